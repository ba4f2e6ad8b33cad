"""What is told of the timetable before it is too late: orders with one chance left, slipped steps, missed batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from daemon.api import HOLIDAY, Context, Finding, Goal, Horizon, Text, Urgency, Value
from jobs.kinds import facts
from jobs.kinds.shop import Order
from jobs.orders.line import BATCHED, ORDERS_LINE, PACKED, PICKED, READY
from jobs.orders.piles import Piles
from jobs.orders.promise import Promise
from jobs.orders.timetable import Behind, Risk, Step, Timetable, behind, risks

_BACK, _AHEAD = timedelta(days=90), timedelta(days=180)
"""How far from today holidays matter: no open order is older, no promise reaches further."""
_DONE = {READY: None, BATCHED: None, PICKED: Step.PICK, PACKED: Step.PACK}
"""The last step done of an order in each state in which somebody can go on with it."""
_SHOWN = 4
"""Orders that a sentence names; it counts all of them."""


@dataclass(frozen=True)
class Floor:
    """What the warehouse has to do: the open orders, how they are sorted, and up to when that is known."""

    orders: Sequence[Order]
    piles: Piles
    as_of: datetime

    @property
    def waiting(self) -> list[Order]:
        """The orders that have not left."""
        return [order for order in self.orders if self.piles.states.get(order.number) not in ORDERS_LINE.done]

    @property
    def held(self) -> frozenset[str]:
        """The numbers of the orders that are held."""
        return frozenset(order.number for orders in self.piles.held.values() for order in orders)

    @property
    def stopped(self) -> frozenset[str]:
        """The numbers of the orders that nobody may go on with: held, or no longer shown by the shop."""
        return self.held.union(*self.piles.gone.values())

    @property
    def reached(self) -> dict[str, Step | None]:
        """The last step that the line records of each order that can be worked on."""
        return {number: _DONE[state] for number, state in self.piles.states.items() if state in _DONE}


def holidays(ctx: Context) -> frozenset[date]:
    """Return the days that a routine with `job: calendar` made holidays of."""
    known = ctx.night.facts([HOLIDAY.name], ctx.today - _BACK, ctx.today + _AHEAD)
    return frozenset(fact.day for fact in known if fact.value)


def tell(ctx: Context, source: str, floor: Floor, promise: Promise, timetable: Timetable) -> None:
    """Count and report the orders that may be late and the batches that are behind; late ones are told elsewhere."""
    found = risks(floor.waiting, promise, timetable, ctx.now)
    ctx.fact(facts.AT_RISK, ctx.today, len(found), as_of=floor.as_of, source=source)
    today = timetable.calendar.first(timetable.calendar.day_of(ctx.now))
    for (_, key), some in groupby(sorted(found, key=_leaves), key=_leaves):
        ctx.find(_risk(list(some), floor.held, f"orders:risk{key}", today))
    if timetable.batches:
        _tell_behind(ctx, source, floor, timetable)


def _leaves(risk: Risk) -> tuple[str, str]:
    """Return what puts risks into one finding: with which departure they go, and the end of its key."""
    if risk.departure is None:
        return "", ""
    return risk.departure.leaves.isoformat(), f":{risk.departure.batch.carrier}:{risk.departure.leaves.isoformat()}"


def _risk(some: Sequence[Risk], held: frozenset[str], key: str, day: date) -> Finding:
    numbers = [risk.order.number for risk in some]
    departure = some[0].departure
    stuck = [number for number in numbers if number in held]
    if departure is None:
        title = _plural("Order {orders} is late unless it leaves on {day}",
                        "{n} orders are late unless they leave on {day}: {orders}", numbers, day=day)  # fmt: skip
    else:
        title = _plural("Order {orders} is late unless it leaves with {carrier}, {moment}",
                        "{n} orders are late unless they leave with {carrier}, {moment}: {orders}", numbers,
                        carrier=_carrier(departure.batch.carrier), moment=departure.leaves)  # fmt: skip
    return _finding(
        key, title, len(numbers), departure.leaves if departure else some[0].aim,
        detail=_plural("Order {orders} is held", "{n} of them are held: {orders}", stuck) if stuck else None,
        step=_plural("Send it before the others", "Send them before the others", numbers),
    )  # fmt: skip


def _tell_behind(ctx: Context, source: str, floor: Floor, timetable: Timetable) -> None:
    late = {order.number for order in floor.piles.late}
    reached = floor.reached
    waiting = [(one, one.placed) for one in floor.orders if one.number in reached and one.number not in late]
    found = behind(waiting, reached, timetable, floor.as_of)
    ctx.fact(facts.BEHIND, ctx.today, sum(len(one.orders) for one in found), as_of=floor.as_of, source=source)
    for one in found:
        ctx.find(_left(one, timetable, ctx.now) if one.step is Step.COLLECT else _slipped(one))
    if not found:
        ctx.checked(Text("no batch is behind", {}))


def _left(one: Behind, timetable: Timetable, now: datetime) -> Finding:
    """Return that orders were left behind; it is due when the next departure takes no more."""
    numbers = [order.number for order in one.orders]
    following = timetable.next(one.departure.batch.carrier, now)
    values: dict[str, Value] = {"carrier": _carrier(one.departure.batch.carrier), "moment": one.departure.leaves}
    title = _plural("Order {orders} was left behind by {carrier}, {moment}",
                    "{n} orders were left behind by {carrier}, {moment}: {orders}", numbers, **values)  # fmt: skip
    step = None if following is None else _plural(
        "Put it into the batch that takes orders until {moment}",
        "Put them into the batch that takes orders until {moment}", numbers, moment=following.cutoff,
    )  # fmt: skip
    return _finding(_key(one), title, len(numbers), following.cutoff if following else None, _person(one), step)


def _slipped(one: Behind) -> Finding:
    """Return that a step slipped; it is due when the carrier collects."""
    numbers = [order.number for order in one.orders]
    wanted = one.departure.ends[one.step]
    if one.step is Step.PICK:
        title = _plural("Order {orders} should have been picked by {moment}",
                        "{n} orders should have been picked by {moment}: {orders}", numbers, moment=wanted)  # fmt: skip
    else:
        title = _plural("Order {orders} should have been packed by {moment}",
                        "{n} orders should have been packed by {moment}: {orders}", numbers, moment=wanted)  # fmt: skip
    leaves = one.departure.leaves
    values: dict[str, Value] = {"carrier": _carrier(one.departure.batch.carrier), "moment": leaves}
    step = Text("Do it now: {carrier} collects {moment}", values)
    return _finding(_key(one), title, len(numbers), leaves, _person(one), step)


def _key(one: Behind) -> str:
    return f"orders:behind:{one.step.value}:{one.departure.batch.carrier}:{one.departure.leaves.isoformat()}"


def _person(one: Behind) -> Text | None:
    name = one.departure.batch.person
    return Text("{person} sees to this batch", {"person": name}) if name else None


def _carrier(name: str) -> Value:
    return name or Text("the carrier", {})


def _finding(
    key: str, title: Text, count: int, due: datetime | None, detail: Text | None, step: Text | None
) -> Finding:
    return Finding(
        key, Urgency.DUE_TODAY, title, detail, step, due=due, stake=Decimal(count),
        goal=Goal.CONVERSION, horizon=Horizon.SHORT,
    )  # fmt: skip


def _plural(one: str, many: str, numbers: Sequence[str], **values: Value) -> Text:
    named = list(numbers) if len(numbers) <= _SHOWN else [*numbers[: _SHOWN - 1], "…"]
    return Text(one, {"n": len(numbers), "orders": ", ".join(named), **values}, many)
