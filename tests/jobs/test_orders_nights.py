"""Seeded nights of random events, crashes included: no order lost, none owned by two, no parcel of a changed order sent.

The line runs on a real ledger; a crash cuts a batch off before or after its commit. What is sent is judged against the
shop as it was at the last night that a pass went through, and no paper counts that is older than the last change seen.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from daemon.api import ABSENCE, AWAY, PERSON, Hand, NightclerkError, Person, Transition, WorkItem
from daemon.errors import LedgerError
from daemon.ledger import Ledger, open_ledger
from daemon.ledger.items import Items
from daemon.testing import NOW, FakeNight, make_context, names_in
from daemon.workline import confirm, hold, release
from jobs.kinds import facts
from jobs.kinds.shop import BadRecord, Coverage, Order, Product, Status
from jobs.orders import OrdersOptions, belt
from jobs.orders.card import mark_of
from jobs.orders.line import CANCELLED, CLOSED, HELD, KIND, ORDERS_LINE, OUT, SHIPPED
from jobs.orders.promise import Promise, WorkDays
from tests.jobs.line_scenes import HOME, LINE, ORDER

STAFF = tuple(Person(name, key=name) for name in ("anna", "bo", "cy"))
OPTIONS = OrdersOptions.model_validate(
    {"line": {"assign": {"to": ["anna", "bo", "cy"], "rule": "load", "lease": "20h"}}}
)
PROMISE = Promise(2, WorkDays(ZoneInfo("Europe/Berlin"), frozenset(range(5))))


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


@dataclass
class World:
    """A shop, the people of its warehouse, and chance."""

    folder: Path
    dice: Random
    items: Items
    now: datetime = NOW
    orders: dict[str, Order] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    packed: dict[str, str] = field(default_factory=dict)
    count: int = 0
    name: str = "main"

    def documents(self, first: datetime, until: datetime) -> Iterator[Order]:
        return (order for order in self.orders.values() if first <= order.placed < until)

    def open_orders(self) -> Iterator[Order]:
        done = {Status.SHIPPED, Status.CANCELLED}
        return (order for order in self.orders.values() if order.status not in done)

    def products(self) -> Iterator[Product]:
        return iter([Product("A", "Tasse", self.dice.randint(-2, 9))])

    def coverage(self) -> Coverage:
        return Coverage(None, self.now)

    def problems(self) -> list[BadRecord]:
        return []

    def happen(self) -> None:
        """Let one thing happen to the shop, or to its people."""
        self.now += timedelta(minutes=self.dice.randint(1, 240))
        self.dice.choice(
            [self.order, self.order, self.edit, self.status, self.person, self.person, self.person, self.away]
        )()

    def order(self) -> None:
        self.count += 1
        lines = tuple(replace(LINE, sku=self.dice.choice("AB"), quantity=self.dice.randint(1, 3)) for _ in range(2))
        note = self.dice.choice(["", "", "", "ring"])
        status = self.dice.choice([Status.OPEN, Status.OPEN, Status.UNPAID])
        number = str(self.count)
        self.orders[number] = replace(
            ORDER,
            number=number,
            placed=self.now,
            lines=lines,
            note=note,
            status=status,
            customer=self.dice.choice("ab"),
        )

    def edit(self) -> None:
        for number, one in self._one():
            changes: list[dict[str, Any]] = [
                {"address": replace(HOME, street=f"Weg {self.dice.randint(2, 99)}")},
                {"lines": (replace(LINE, quantity=self.dice.randint(1, 9)),)},
                {"carrier": self.dice.choice(["dhl", "post"])},
            ]
            self.orders[number] = replace(one, **self.dice.choice(changes))

    def status(self) -> None:
        for number, one in self._one():
            fates = [Status.OPEN, Status.OPEN, Status.UNPAID, Status.HELD, Status.SHIPPED, Status.CANCELLED]
            self.orders[number] = replace(one, status=self.dice.choice(fates))

    def _one(self) -> list[tuple[str, Order]]:
        return [self.dice.choice(list(self.orders.items()))] if self.orders else []

    def person(self) -> None:
        """Let somebody take a step with an order, as the desk does it."""
        found = self.items.find(KIND, ORDERS_LINE.open)
        if not found:
            return
        item = self.dice.choice(found)
        hand = Hand(self.dice.choice(STAFF).key, self.now, PROMISE.calendar.zone)
        with suppress(NightclerkError):
            step = self.dice.choice([self._confirm, self._confirm, self._confirm, self._release, self._hold])(
                item, hand
            )
            if self.items.move([step], self.now)[0]:
                self._stepped(item, step)

    def _confirm(self, item: WorkItem, hand: Hand) -> Transition:
        return confirm(ORDERS_LINE, item, hand, ORDERS_LINE.confirms.get(item.state, ""))

    def _release(self, item: WorkItem, hand: Hand) -> Transition:
        return release(ORDERS_LINE, item, hand)

    def _hold(self, item: WorkItem, hand: Hand) -> Transition:
        return hold(ORDERS_LINE, item, hand, "wait")

    def _stepped(self, item: WorkItem, step: Transition) -> None:
        """Judge a person's step: what leaves is what was picked, and what was picked is what the line last saw."""
        number = item.id.partition("/")[2]
        if step.after == "picked":
            self.packed[number] = str(item.data["mark"])
        if step.after == SHIPPED:
            assert self.packed[number] == self.seen[number], f"order {number} was changed and its parcel went on"

    def away(self) -> None:
        person = self.dice.choice(STAFF).key
        known = self.items.find(ABSENCE, (), [person])
        state, until = (known[0].state if known else ""), self.now + timedelta(days=self.dice.randint(0, 2))
        self.items.move([Transition(ABSENCE, person, state, AWAY, {}, None, "", until)], self.now)

    def passes(self) -> None:
        """Let the line take up what the shop says; the power may go at any batch, then it begins again."""
        for _ in range(4):
            with suppress(PowerCutError):
                self._pass(self.dice.random() < 0.5)
                return
        self._pass(crashing=False)

    def _pass(self, crashing: bool) -> None:
        night = Night(now=self.now, store=self.items, crash=lambda: crashing and self.dice.random() < 0.2)
        ctx = make_context(self.folder, names_in(facts), now=self.now, night=night, staff=STAFF)
        shown = list(self.open_orders())
        by = belt.Orderly(OPTIONS.line.rules(ctx, list(self.products())), PROMISE, OPTIONS.line.roster(ctx))
        belt.work(ctx, self, shown, by)
        self.seen |= {order.number: mark_of(order) for order in shown}
        self.judge(shown)

    def judge(self, shown: list[Order]) -> None:
        """Hold the line against the shop after a pass that went through."""
        items = {item.id.partition("/")[2]: item for item in self.items.find(KIND)}
        away = {
            item.id for item in self.items.find(ABSENCE, [AWAY]) if item.lease_until and item.lease_until > self.now
        }
        for order in shown:
            item = items[order.number]
            if item.state in OUT:
                assert item.data["mark"] == mark_of(order) == self.packed[order.number], order.number
                assert order.status is not Status.UNPAID or "unpaid" in item.data["cleared"]  # type: ignore[operator]
            assert item.state != CANCELLED, f"order {order.number} is open in the shop and lost on the line"
        for number, item in items.items():
            if number in self.orders and self.orders[number].status is Status.CANCELLED:
                assert item.state in {CANCELLED, HELD, SHIPPED, CLOSED}, number
            if item.state == HELD:
                assert item.data["reasons"], number
                assert PERSON in ORDERS_LINE.reasons
            if item.state in ORDERS_LINE.open:
                assert item.owner not in away, number
                assert not item.owner or item.lease_until is not None


def live(folder: Path, ledger: Ledger, seeds: range) -> None:
    """Live three nights of some forty events for each seed, each in a shop of its own."""
    for seed in seeds:
        world = World(folder, Random(seed), ledger.items, name="main")
        for night in range(3):
            for _ in range(world.dice.randint(5, 20)):
                world.happen()
            world.now = max(world.now, NOW + timedelta(days=night + 1))
            world.passes()
        _empty(ledger)


def _empty(ledger: Ledger) -> None:
    ledger.purge(NOW + timedelta(days=4000))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with suppress(LedgerError):
        opened = open_ledger(tmp_path, "mine", ZoneInfo("Europe/Berlin"), NOW, "test")
        yield opened
        opened.close()


def test_some_hundred_nights_lose_no_order_and_send_no_changed_parcel(tmp_path: Path, ledger: Ledger) -> None:
    live(tmp_path, ledger, range(100))


@pytest.mark.slow
def test_ten_thousand_nights_lose_no_order_and_send_no_changed_parcel(tmp_path: Path, ledger: Ledger) -> None:
    live(tmp_path, ledger, range(100, 3434))
