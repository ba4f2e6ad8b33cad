"""A shop that is a list, people who take steps, and the nights of the orders job one after the other."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from daemon.api import (
    Context,
    Hand,
    Money,
    Person,
    Text,
    Transition,
    WorkItem,
)
from daemon.testing import NOW, FakeNight, make_context, names_in
from daemon.workline import confirm, hold, release
from jobs.kinds import facts
from jobs.kinds.shop import Address, BadRecord, Coverage, Document, Line, Order, Product, Status
from jobs.orders import ORDERS, OrdersOptions
from jobs.orders.line import KIND, ORDERS_LINE

DAY = timedelta(days=1)
HOME = Address("Ada Bauer", "Weg 1", "53111", "Bonn", "DE")
LINE = Line("A", "Tasse", 2, Money(Decimal("4.50"), "EUR"))
ORDER = Order("7", datetime(2026, 11, 19, 10, tzinfo=UTC), (LINE,), Status.OPEN, HOME, "ada@shop.test")
Step = Callable[[WorkItem, Hand], Transition]


@dataclass
class Scene:
    """A shop that is a list, a ledger in memory, and the nights one after the other."""

    folder: Path
    orders: dict[str, Order] = field(default_factory=dict)
    stock: dict[str, int] = field(default_factory=dict)
    night: FakeNight = field(default_factory=FakeNight)
    now: datetime = NOW
    staff: tuple[Person, ...] = (Person("Ada", key="ada"),)
    options: OrdersOptions = field(default_factory=OrdersOptions)
    name: str = "main"

    def documents(self, first: datetime, until: datetime) -> list[Document]:
        return [order for order in self.orders.values() if first <= order.placed < until]

    def open_orders(self) -> list[Order]:
        done = {Status.SHIPPED, Status.CANCELLED}
        return [order for order in self.orders.values() if order.status not in done]

    def products(self) -> list[Product]:
        return [Product(sku, sku, pieces) for sku, pieces in self.stock.items()]

    def coverage(self) -> Coverage:
        return Coverage(None, self.now)

    def problems(self) -> list[BadRecord]:
        return []

    def has(self, *orders: Order) -> None:
        self.orders |= {order.number: order for order in orders}

    def edit(self, number: str = "7", **changes: Any) -> None:
        self.orders[number] = replace(self.orders[number], **changes)

    def passes(self, **changes: Any) -> Context:
        """Work one night a day later."""
        self.now += DAY
        self.night.now = self.now
        ctx = make_context(
            self.folder, names_in(facts), now=self.now, night=self.night, staff=self.staff,
            opened={"shop": {"main": self}}, **changes,
        )  # fmt: skip
        assert isinstance(ORDERS.run(ctx, self.options), Text)
        self.night.accept(ctx)
        return ctx

    def item(self, number: str = "7") -> WorkItem:
        return self.night.items[KIND, f"main/{number}"]

    def does(self, step: Step, number: str = "7", who: str = "anna") -> None:
        """Take a person's step an hour after the last night."""
        self.night.now += timedelta(hours=1)
        taken = step(self.item(number), Hand(who, self.night.now, ZoneInfo("Europe/Berlin")))
        assert self.night.move([taken]) == [True]

    def where(self, number: str = "7") -> tuple[str, list[str]]:
        data: Any = self.item(number).data
        return self.item(number).state, data.get("reasons", [])


def confirming(item: WorkItem, hand: Hand) -> Transition:
    return confirm(ORDERS_LINE, item, hand, "")


def confirming_to(state: str) -> Step:
    return lambda item, hand: confirm(ORDERS_LINE, item, hand, state)


def releasing(item: WorkItem, hand: Hand) -> Transition:
    return release(ORDERS_LINE, item, hand)


def holding(item: WorkItem, hand: Hand) -> Transition:
    return hold(ORDERS_LINE, item, hand, "ask first")
