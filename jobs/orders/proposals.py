"""Orders that may share a parcel, put to a person: who is asked about, how they wait, and what the briefing says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from daemon.api import Finding, Goal, Horizon, Money, Options, Text, Urgency, Value
from jobs.orders.conditions import Candidate, Condition, Match, Rules
from jobs.orders.line import CHECKED, HELD, READY, TOGETHER
from jobs.orders.merging import Group, groups
from jobs.orders.moving import Known, Place
from jobs.orders.parcels import Parcel, merge

UNDECIDED = Place(HELD, (TOGETHER,))
"""Where an order stands until a person has decided whether it shares a parcel."""
_SHOWN = 4
"""Groups that a sentence names; it counts all of them."""
_DOUBTS: Mapping[Condition, Text] = {
    Condition.CUSTOMER: Text("whether it is one customer"),
    Condition.ADDRESS: Text("whether it is one address"),
    Condition.CARRIER: Text("how they are to be sent"),
    Condition.TAX_COUNTRY: Text("the country of their tax"),
    Condition.UNSHIPPED: Text("whether they are sent already"),
    Condition.UNTOUCHED: Text("whether they are picked already"),
    Condition.PAID: Text("whether they are paid"),
    Condition.WEIGHT: Text("their weight"),
    Condition.TOGETHER: Text("whether the customer wants them apart"),
    Condition.GIFT: Text("whether one is a gift"),
}


@dataclass(frozen=True)
class Sharing:
    """By which rules orders may share a parcel; with `review` they wait until a person has decided."""

    rules: Rules
    review: bool = True


class TogetherOptions(Options):
    """What becomes of orders that may share a parcel."""

    mode: Literal["review", "tell", "off"] = Field(
        "review", description="Hold them until a person has decided, only tell of them, or do neither."
    )
    most_grams: int | None = Field(None, ge=1, description="What a parcel of several orders may weigh at most.")

    def sharing(self, hours: int, zone: ZoneInfo) -> Sharing | None:
        """Return the rules for orders placed at most so many hours apart, ship-by days being those of `zone`."""
        if self.mode == "off" or not hours:
            return None
        return Sharing(Rules(timedelta(hours=hours), zone, self.most_grams), self.mode == "review")


def waits(known: Known, mark: str, place: Place) -> bool:
    """Return whether somebody may be asked about an order: it can be picked, is not yet, and nobody has decided."""
    released = TOGETHER in known.cleared and known.mark == mark
    return place.state in {READY, CHECKED} and not released and not known.bound


def proposed(candidates: Iterable[Candidate], sharing: Sharing | None) -> Sequence[Group]:
    """Return the groups to ask about."""
    return () if sharing is None else groups(candidates, sharing.rules)


def findings(found: Sequence[Group], states: Mapping[str, str]) -> list[Finding]:
    """Return what a person is to decide: one thing for all that surely go to one place, one for what only looks so.

    `states` says by number where an order stands: what is not held waits for nobody, and is told all the same.
    """
    sure = [group for group in found if group.match is not Match.ALIKE]
    alike = [group for group in found if group.match is Match.ALIKE]
    told = []
    if sure:
        title = Text(
            "Orders {orders} go to one customer at one address",
            _named(sure),
            "{n} customers have several orders to one address: {orders}",
        )
        told.append(_finding("orders:together", title, sure, states))
    if alike:
        title = Text(
            "Orders {orders} may go to one customer at one address",
            _named(alike),
            "{n} groups of orders may each go to one customer at one address: {orders}",
        )
        told.append(_finding("orders:together:alike", title, alike, states))
    return told


def _named(found: Sequence[Group]) -> dict[str, Value]:
    parcels = [" + ".join(order.number for order in group.orders) for group in found]
    return {"n": len(found), "orders": _first(parcels)}


def _first(parcels: Sequence[str]) -> str:
    return ", ".join(parcels if len(parcels) <= _SHOWN else [*parcels[: _SHOWN - 1], "…"])


def _finding(key: str, title: Text, found: Sequence[Group], states: Mapping[str, str]) -> Finding:
    return Finding(
        key=key,
        urgency=Urgency.NEEDS_APPROVAL,
        title=title,
        detail=_detail(found),
        next_step=_next_step(found, states),
        since=min(group.orders[0].placed for group in found),
        goal=Goal.CONVERSION,
        horizon=Horizon.SHORT,
    )


def _next_step(found: Sequence[Group], states: Mapping[str, str]) -> Text:
    if any(states.get(order.number) == HELD for group in found for order in group.orders):
        return Text(
            "Put them into one parcel with `nightclerk orders merge`, or let each go with `nightclerk orders release`"
        )
    return Text("Decide whether they share a parcel", {})


def _detail(found: Sequence[Group]) -> Text | None:
    """Return what is in doubt, else what was paid too much for postage; None where neither is known."""
    doubts = {condition for group in found for condition in group.doubts}
    if doubts:
        named = [_DOUBTS[condition] for condition in Condition if condition in doubts]
        return Text("Not known for sure: {what}", {"what": reduce(_and, named)})
    surplus = _surplus([merge(group.orders) for group in found])
    if surplus is not None:
        return Text("In one parcel, {money} of the postage was paid too much", {"money": surplus})
    return None


def surplus(parcels: Sequence[Parcel]) -> list[Finding]:
    """Return what is to be told of postage that was paid too much for the open parcels; a person may pay it back."""
    paid = [parcel for parcel in parcels if parcel.surplus is not None and parcel.surplus.amount > 0]
    money = _surplus(paid)
    if money is None:
        return []
    names = [parcel.name for parcel in paid]
    values: dict[str, Value] = {"n": len(paid), "orders": _first(names), "money": money}
    return [
        Finding(
            "orders:together:surplus",
            Urgency.STAYS_BROKEN,
            Text(
                "{money} of the postage of parcel {orders} was paid too much",
                values,
                "{money} of the postage of {n} parcels was paid too much: {orders}",
            ),
            next_step=Text("Pay it back in the shop if you want to; it is told until the parcel has left"),
            since=min(parcel.base.placed for parcel in paid),
            goal=Goal.CONVERSION,
            horizon=Horizon.SHORT,
        )
    ]


def _and(one: Text, other: Text) -> Text:
    return Text("{one}, {other}", {"one": one, "other": other})


def _surplus(found: Sequence[Parcel]) -> Money | None:
    """Return what all parcels together paid too much; None where one of them is not known or in another currency."""
    known = [parcel.surplus for parcel in found if parcel.surplus is not None]
    if len(known) < len(found) or len({money.currency for money in known}) != 1:
        return None
    return sum(known[1:], known[0])
