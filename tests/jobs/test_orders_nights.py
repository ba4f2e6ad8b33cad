"""Seeded nights of random events, crashes included: no order lost, none owned by two, no parcel of a changed order sent.

The line runs on a real ledger; a crash cuts a batch off before or after its commit. People confirm, hold, merge, split
and undo at random. What is sent is judged against the shop's own record as it was at the last night that a pass went
through: no paper counts that is older than the last change seen, what was picked into one box leaves in one, and what
left of an order, whole or in parts, is what was ordered, to the piece and to the cent.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from daemon import arranging, companions
from daemon.api import (
    ABSENCE,
    AWAY,
    PERSON,
    Context,
    Hand,
    Money,
    NightclerkError,
    Person,
    Transition,
    WorkItem,
)
from daemon.companions import Company
from daemon.errors import LedgerError
from daemon.ledger import Ledger, open_ledger
from daemon.ledger.items import Items
from daemon.testing import NOW, make_context, names_in
from jobs.kinds import facts
from jobs.kinds.shop import BadRecord, Coverage, Danger, Delivery, Order, Product, Risk, Status
from jobs.orders import OrdersOptions, belt, onward, ruling
from jobs.orders.card import mark_of
from jobs.orders.line import BATCHED, CANCELLED, CLOSED, HELD, KIND, ORDERS_LINE, PICKED, SHIPPED, SPLIT
from jobs.orders.promise import Promise, WorkDays
from tests.jobs.line_scenes import HOME, LINE, ORDER
from tests.jobs.night_scenes import (
    NOTHING,
    Goods,
    Night,
    PowerCutError,
    company,
    goods_in,
    goods_of,
    has_a_way_out,
    merging,
    order_in,
    splitting,
    stands,
    travels,
)  # fmt: skip

STAFF = tuple(Person(name, key=name) for name in ("anna", "bo", "cy"))
OPTIONS = OrdersOptions.model_validate(
    {"line": {"assign": {"to": ["anna", "bo", "cy"], "rule": "load", "lease": "20h"}}}
)
POSTAGE = Money(Decimal("4.90"), "EUR")
PROMISE = Promise(2, WorkDays(ZoneInfo("Europe/Berlin"), frozenset(range(5))))


@dataclass
class World:
    """A shop, the people of its warehouse, and chance."""

    folder: Path
    dice: Random
    items: Items
    now: datetime = NOW
    orders: dict[str, Order] = field(default_factory=dict)
    record: dict[str, Order] = field(default_factory=dict)
    packed: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, frozenset[str]] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)
    sent: dict[str, Goods] = field(default_factory=dict)
    deeds: Counter[str] = field(default_factory=Counter)
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
        """Let one thing happen to the shop or its people."""
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
            ORDER, number=number, placed=self.now, lines=lines, note=note, status=status,
            customer=self.dice.choice("ab"),
            total=Money(Decimal(self.dice.randint(1000, 9999)).scaleb(-2), "EUR"),
            delivery=Delivery("DE", None, False, False, postage=POSTAGE, discount=Money(Decimal("1.01"), "EUR")),
        )  # fmt: skip

    def edit(self) -> None:
        for number, one in self._one():
            changes: list[dict[str, Any]] = [
                {"address": replace(HOME, street=f"Weg {self.dice.randint(2, 99)}")},
                {"lines": (replace(LINE, quantity=self.dice.randint(1, 9)),)},
                {"carrier": self.dice.choice(["dhl", "post"])},
                {"risk": self.dice.choice([None, Risk(Danger.HIGH)])},
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
        of = self._company(self.dice.choice(found))
        hand = Hand(self.dice.choice(STAFF).key, self.now, PROMISE.calendar.zone)
        deed = self.dice.choice(
            [*[self._confirm] * 6, self._release, self._hold, *[self._merge] * 2, self._split, self._undo]
        )
        with suppress(NightclerkError):
            steps = deed(of, hand)
            made = self.items.move(steps, self.now)
            assert all(made), "nobody else was there"
            self.deeds[deed.__name__] += bool(made)
            self._stepped(steps)

    def _company(self, item: WorkItem) -> Company:
        return company(self.items, item)

    def _confirm(self, of: Company, hand: Hand) -> Sequence[Transition]:
        return companions.confirm(ORDERS_LINE, of, hand, ORDERS_LINE.confirms.get(of.item.state, ""))

    def _release(self, of: Company, hand: Hand) -> Sequence[Transition]:
        return companions.release(ORDERS_LINE, of, hand)

    def _hold(self, of: Company, hand: Hand) -> Sequence[Transition]:
        return companions.hold(ORDERS_LINE, of, hand, "wait")

    def _merge(self, of: Company, hand: Hand) -> Sequence[Transition]:
        steps = merging(self.items, of, hand)
        self.bound |= {step.id: str(step.data["mark"]) for step in steps}
        return steps

    def _split(self, of: Company, hand: Hand) -> Sequence[Transition]:
        ways: list[dict[str, Any]] = [{"by": ["stock"]}, {"most_pieces": 1}, {"most_pieces": 2}]
        steps = splitting(of, hand, self.dice.choice(ways))
        self.bound |= {step.id: str(of.item.data["mark"]) for step in steps}
        return steps

    def _undo(self, of: Company, hand: Hand) -> Sequence[Transition]:
        return arranging.undo(ORDERS_LINE, of, hand)

    def _stepped(self, steps: Sequence[Transition]) -> None:
        """Judge a person's steps: what leaves is what was picked, and what was picked is what the line last saw."""
        goods = [step for step in steps if not step.data.get("parts")]
        picked = frozenset(step.id for step in goods if step.after == PICKED)
        self.packed |= {step.id: str(step.data["mark"]) for step in goods if step.after == PICKED}
        self.boxes |= dict.fromkeys(picked, picked)
        leaving = [step for step in goods if step.after == SHIPPED]
        for step in leaving:
            assert self.boxes[step.id] <= {one.id for one in leaving}, f"{step.id} left without what is in its box"
            self._left(step)

    def _left(self, step: Transition) -> None:
        """Judge what left: an order that the shop shows as it was picked, and no more of it than was ordered."""
        order = self.record[order_in(step.id)]
        assert self.packed[step.id] == mark_of(order), f"{step.id} was changed and its parcel went on"
        sent = self.sent[order.number] = self.sent.get(order.number, NOTHING) + goods_of(step)
        assert sent <= goods_in(order), f"more of order {order.number} left than was ordered"
        (whole,) = self.items.find(KIND, (), [f"main/{order.number}"])
        if whole.state == SHIPPED and not self.cut(whole):
            assert sent == goods_in(order), f"order {order.number} is called sent and a part of it is not"

    def cut(self, whole: WorkItem) -> bool:
        """Return whether a part of an order came to another end than a carrier, by the shop's word."""
        return any(one.state == CANCELLED for one in self._company(whole).parts)

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
        by = belt.Orderly(ruling.rules(ctx, OPTIONS.line, list(self.products())), PROMISE, OPTIONS.line.roster(ctx))
        belt.work(ctx, self, shown, by)
        self.record |= {order.number: order for order in shown}
        self._handed(ctx, [order.number for order in shown if self.dice.random() < 0.1])
        self.judge(shown)

    def _handed(self, ctx: Context, numbers: list[str]) -> None:
        """Hand some orders to a packer, who works by what was seen of them now."""
        before = {item.id for item in self.items.find(KIND, [BATCHED])}
        with suppress(PowerCutError):
            onward.batch(ctx, self.name, numbers)
        for item in self.items.find(KIND, [BATCHED]):
            if item.id not in before:
                self.packed[item.id] = str(item.data["mark"])

    def judge(self, shown: list[Order]) -> None:
        """Hold the line against the shop after a pass that went through."""
        items = {item.id: item for item in self.items.find(KIND)}
        away = {
            item.id for item in self.items.find(ABSENCE, [AWAY]) if item.lease_until and item.lease_until > self.now
        }
        for order in shown:
            item = items[f"main/{order.number}"]
            stands(order, [items[name] for name in companions.ids(item, "parts")] or [item], self.packed, self.bound)
            travels(item, items, self.orders, self.bound)
            assert item.state != CANCELLED, f"order {order.number} is open in the shop and lost on the line"
        for number, item in items.items():
            if self.orders[order_in(number)].status is Status.CANCELLED:
                assert item.state in {CANCELLED, HELD, SHIPPED, CLOSED, SPLIT}, number
            if item.state == HELD:
                assert item.data["reasons"], number
                assert has_a_way_out(self.items, item, Hand("anna", self.now, ZoneInfo("UTC"))), number
                assert PERSON in ORDERS_LINE.reasons
            if item.state in ORDERS_LINE.open:
                assert item.owner not in away, number
                assert not item.owner or item.lease_until is not None


def live(folder: Path, ledger: Ledger, seeds: range) -> None:
    """Live three nights of some forty events for each seed, each in a shop of its own; people do all they can do."""
    deeds: set[str] = set()
    for seed in seeds:
        world = World(folder, Random(seed), ledger.items, name="main")
        for night in range(3):
            for _ in range(world.dice.randint(5, 20)):
                world.happen()
            world.now = max(world.now, NOW + timedelta(days=night + 1))
            world.passes()
        deeds |= {deed for deed, times in world.deeds.items() if times}
        ledger.purge(NOW + timedelta(days=4000))
    assert deeds == {"_confirm", "_release", "_hold", "_merge", "_split", "_undo"}


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
