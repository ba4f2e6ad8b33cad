"""Hands each recipient their lines once: one mail or draft a batch, and a fact an order in the same transaction.

An order is handed to a recipient in the first run in which it can be picked, and never again; what changes after that
is a finding, as only a person can take back what somebody else may have packed. A run that dies hands over nothing.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from daemon.api import Context, Finding, Goal, Horizon, Person, Text, Urgency, Value
from jobs.kinds import facts
from jobs.kinds.shop import Order
from jobs.orders import asking
from jobs.orders.envelope import mail
from jobs.orders.handover import HandoverOptions, Packing, Slip, slips

_SHOWN = 4
"""Orders that a sentence names; it counts all of them."""


def hand_over(
    ctx: Context, source: str, as_of: datetime, recipients: Sequence[HandoverOptions],
    orders: Sequence[Order], stopped: frozenset[str], packing: Packing,
) -> frozenset[str]:  # fmt: skip
    """Hand the orders that can be picked to whoever is to have lines of them; return those that somebody now works by.

    `stopped` are the numbers of orders that are held or gone; those handed over before are told.
    """
    begun: set[str] = set()
    before = _handed(ctx, orders) if recipients else {}
    for recipient in recipients:
        known = {order: mark for (to, order), mark in before.items() if to == recipient.to}
        found = slips(orders, recipient, packing, ctx.zone)
        new = [slip for slip in found if slip.order not in known]
        if new:
            begun |= _hand_new(ctx, source, as_of, recipient, new)
        changed = {slip.order for slip in found if known.get(slip.order, slip.mark) != slip.mark}
        if altered := changed | (stopped & known.keys()):
            ctx.find(_taken_back(recipient, sorted(altered)))
    return frozenset(begun)


def _hand_new(ctx: Context, source: str, as_of: datetime, recipient: HandoverOptions, new: Sequence[Slip]) -> set[str]:
    """Hand over and remember what was not handed over before; return the orders that the recipient now works by.

    Where nobody knows an address nothing is handed over, which is told.
    """
    person = _person(ctx, recipient)
    if person is None:
        ctx.find(_unknown(recipient, new))
        return set()
    _hand(ctx, recipient, person, new)
    _remember(ctx, source, as_of, recipient, new)
    return {slip.order for slip in new} if recipient.works else set()


def _handed(ctx: Context, orders: Sequence[Order]) -> dict[tuple[str, str], str]:
    """Return the marks of what was handed over, by recipient and order, since the oldest of these orders was placed."""
    first = min((order.placed.astimezone(ctx.zone).date() for order in orders), default=ctx.today)
    return {
        (fact.dimensions["to"], fact.dimensions["order"]): str(fact.value)
        for fact in ctx.night.facts([facts.HANDED.name], min(first, _weeks_ago(ctx.today)), ctx.today)
    }


def _weeks_ago(today: date) -> date:
    """Return the day from which on orders that were handed over and then stopped are told of."""
    return date.fromordinal(today.toordinal() - 28)


def _person(ctx: Context, recipient: HandoverOptions) -> Person | None:
    """Return whom the mail goes to; None where nobody knows an address."""
    if recipient.email:
        return asking.stranger(ctx, recipient.to, recipient.email, recipient.language)
    return next((one for one in (*ctx.people, *ctx.staff) if one.email and recipient.to in {one.key, one.name}), None)


def _hand(ctx: Context, recipient: HandoverOptions, person: Person, new: Sequence[Slip]) -> None:
    """Mail the slips, or ask first where they leave the house."""
    if recipient.email and recipient.approve == "ask":
        asking.ask(ctx, recipient, new)
    else:
        mail(ctx, person, recipient.given, new)


def _remember(ctx: Context, source: str, as_of: datetime, recipient: HandoverOptions, new: Sequence[Slip]) -> None:
    for slip in new:
        which = {"to": recipient.to, "order": slip.order}
        ctx.fact(facts.HANDED, ctx.today, slip.mark, as_of=as_of, source=source, dimensions=which)


def _unknown(recipient: HandoverOptions, new: Sequence[Slip]) -> Finding:
    values_: dict[str, Value] = {"n": len(new), "to": recipient.to, "orders": _named([slip.order for slip in new])}
    return Finding(
        f"orders:handover:nobody:{recipient.to}", Urgency.DUE_TODAY,
        Text("Order {orders} was not handed over: nobody knows an address of {to}", values_,
             "{n} orders were not handed over, as nobody knows an address of {to}: {orders}"),
        next_step=Text("Give {to} an `email:` in `handover:` or under `people:`", {"to": recipient.to}),
        stake=Decimal(len(new)), goal=Goal.CONVERSION, horizon=Horizon.SHORT,
    )  # fmt: skip


def _taken_back(recipient: HandoverOptions, numbers: Sequence[str]) -> Finding:
    values_: dict[str, Value] = {"n": len(numbers), "to": recipient.to, "orders": _named(numbers)}
    return Finding(
        f"orders:handover:changed:{recipient.to}", Urgency.DUE_TODAY,
        Text("Order {orders} was changed or stopped after it was handed to {to}", values_,
             "{n} orders were changed or stopped after they were handed to {to}: {orders}"),
        next_step=Text("Tell {to} what to do with it", values_, "Tell {to} what to do with them"),
        stake=Decimal(len(numbers)), goal=Goal.CONVERSION, horizon=Horizon.SHORT,
    )  # fmt: skip


def _named(numbers: Sequence[str]) -> str:
    return ", ".join(numbers if len(numbers) <= _SHOWN else [*numbers[: _SHOWN - 1], "…"])
