"""What the seeded nights are made of: a ledger that may lose power, what people do with several orders, and the judge."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from daemon import arranging, companions
from daemon.api import Hand, NightclerkError, Transition, WorkItem, read_card
from daemon.companions import Company
from daemon.ledger.items import Items
from daemon.testing import FakeNight
from jobs.kinds.shop import Order, Status
from jobs.orders.card import mark_of
from jobs.orders.kept import money_of
from jobs.orders.line import CLOSED, HELD, KIND, ORDERS_LINE, OUT, SHIPPED


def order_in(name: str) -> str:
    """Return the number of the order that an item is, or is a part of."""
    return name.split("/")[1]


@dataclass(frozen=True)
class Goods:
    """Pieces by sku and price, and money."""

    pieces: Counter[tuple[str, str]]
    cents: Decimal

    def __add__(self, other: "Goods") -> "Goods":
        return Goods(self.pieces + other.pieces, self.cents + other.cents)

    def __le__(self, other: "Goods") -> bool:
        return self.pieces <= other.pieces and self.cents <= other.cents


NOTHING = Goods(Counter(), Decimal(0))


def goods_of(item: WorkItem | Transition) -> Goods:
    """Return what whoever packs an item by its card puts in, and what it is worth."""
    card = read_card(item.data)
    pieces: Counter[tuple[str, str]] = Counter()
    for sku, _title, quantity, price in card["lines"]:
        pieces[sku, price] += quantity
    return Goods(pieces, money_of(card["total"]).amount)


def goods_in(order: Order) -> Goods:
    """Return what was ordered, as the shop says."""
    assert order.total is not None
    pieces: Counter[tuple[str, str]] = Counter()
    for line in order.lines:
        pieces[line.sku, f"{line.price.amount} {line.price.currency}"] += line.quantity
    return Goods(pieces, order.total.amount)


class PowerCutError(Exception):
    """The power went."""


@dataclass
class Night(FakeNight):
    """The night's work items in a real ledger; it may crash when a batch is handed over."""

    store: Items | None = None
    crash: Callable[[], bool] = lambda: False

    def work_items(
        self,
        kind: str,
        states: Sequence[str],
        ids: Sequence[str],
        after: str = "",
        most: int = 0,
        since: datetime | None = None,
    ) -> list[WorkItem]:
        assert self.store is not None
        return self.store.find(kind, states, ids, after, most, since)

    def move(self, steps: Sequence[Transition]) -> list[bool]:
        assert self.store is not None
        if self.crash():
            raise PowerCutError
        made = self.store.move(steps, self.now)
        if self.crash():
            raise PowerCutError
        return made


def company(items: Items, item: WorkItem) -> Company:
    """Return an order with all that a step of it touches."""
    return companions.company_of(lambda ids: items.find(KIND, (), ids), item)


def merging(found: Items, of: Company, hand: Hand) -> Sequence[Transition]:
    """Merge the order with another that may share its parcel, as somebody does who tries one after the other."""
    assert ORDERS_LINE.joins is not None
    for other in found.find(KIND, ["checked", "ready"]):
        items = list({one.id: one for one in (*of.joined, *company(found, other).joined)}.values())
        with suppress(NightclerkError):
            arranging.may_join(ORDERS_LINE, items, hand)
            return arranging.join(ORDERS_LINE, items, hand, ORDERS_LINE.joins(items, {}))
    return []


def splitting(of: Company, hand: Hand, by: Mapping[str, Any]) -> Sequence[Transition]:
    """Split an order."""
    assert ORDERS_LINE.parts is not None
    arranging.may_part(ORDERS_LINE, of, hand)
    return arranging.part(ORDERS_LINE, of.item, ORDERS_LINE.parts(of.item, by, {}), hand)


def stands(order: Order, items: Sequence[WorkItem], packed: Mapping[str, str], bound: Mapping[str, str]) -> None:
    """Judge what somebody works by: an order, or its parts, which are all of it and stop with it.

    `packed` are the marks by which goods were picked, `bound` those by which a person merged or split.
    """
    for one in items:
        cleared: Any = one.data.get("cleared", ())
        if one.state in OUT:
            assert one.data["mark"] == mark_of(order) == packed[one.id], one.id
            assert order.status is not Status.UNPAID or "unpaid" in cleared
    if items[0].id == f"main/{order.number}":
        return
    if bound[items[0].id] != mark_of(order):
        assert all(one.state in {HELD, SHIPPED, CLOSED} for one in items), f"a part of {order.number} goes on"
    else:
        assert sum((goods_of(one) for one in items), NOTHING) == goods_in(order), order.number


def travels(
    item: WorkItem, items: Mapping[str, WorkItem], orders: Mapping[str, Order], bound: Mapping[str, str]
) -> None:
    """Judge a parcel: one owner, and where an order in it was changed or has gone, none of it goes on."""
    mates = [items[name] for name in companions.ids(item, "joined")]
    if not mates or item.state in {SHIPPED, CLOSED}:
        return
    assert {one.owner for one in mates if one.state in ORDERS_LINE.open} == {item.owner}
    shown = {one.id: orders[order_in(one.id)] for one in mates}
    gone = {Status.SHIPPED, Status.CANCELLED}
    if any(one.status in gone or bound[name] != mark_of(one) for name, one in shown.items()):
        assert item.state == HELD, f"{item.id} goes on and its parcel is not what it was"


def has_a_way_out(found: Items, item: WorkItem, hand: Hand) -> bool:
    """Return whether somebody's word lets a held order, or what it is bound to, go on or end.

    What is left of a split order that was changed after a part of it was sent waits for the shop's word instead.
    """
    of = company(found, item)
    if any(one.state in {SHIPPED, CLOSED} for one in of.parts):
        return True
    for one in of.joined:
        mine = company(found, one)
        with suppress(NightclerkError):
            return bool(companions.release(ORDERS_LINE, mine, hand))
        with suppress(NightclerkError):
            return bool(companions.confirm(ORDERS_LINE, mine, hand, ""))
    return False
