"""How the owner wants orders handled on the line: what is looked at, and who gets which order."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Literal

from pydantic import Field

from daemon.api import ABSENCE, AWAY, Context, Duration, NightclerkError, Options
from jobs.orders.roster import Roster
from jobs.orders.watching import NEEDS, FraudOptions, Need

LAST = "assign.last"
"""The watermark that says who got the last order."""


class AssignOptions(Options):
    """Who gets which order."""

    rule: Literal["round-robin", "load", "channel"] = Field(
        "round-robin", description="In turn, to whom has least, or by where the customer came from."
    )
    to: tuple[str, ...] = Field((), description="Who gets orders: keys under `people:`; nobody where not set.")
    channels: dict[str, str] = Field({}, description="With rule channel: who gets the orders of which source.")
    lease: Duration = Field(
        timedelta(days=2), description="How long an order stays with somebody before it goes back to the queue."
    )


class LineOptions(Options):
    """How orders move along the line."""

    review: bool = Field(False, description="Whether a person confirms each order before it is ready to be picked.")
    stock: Literal["available", "on-hand"] = Field(
        "available", description="Whether the shop's stock is what open orders leave over, or what lies on the shelf."
    )
    risk: FraudOptions = Field(FraudOptions(), description="Which orders wait until somebody has looked for a fraud.")
    customs: bool = Field(
        False, description="Whether an order that leaves the customs territory waits for what its declaration needs."
    )
    declare: tuple[Need, ...] = Field(
        NEEDS, min_length=1, description="What the declaration of each line needs: tariff code, origin, weight."
    )
    close_after: Duration = Field(
        timedelta(days=30), description="When an order that was sent, or came back, is closed, unless a return is open."
    )
    assign: AssignOptions = Field(AssignOptions(), description="Who gets which order.")

    def roster(self, ctx: Context) -> Roster:
        """Return those who get orders and are there; one person alone needs no roster.

        Raises NightclerkError for a name that nobody has.
        """
        known = [person.key for person in ctx.staff]
        wanted = list(dict.fromkeys((*self.assign.to, *self.assign.channels.values())))
        _require_known(wanted, known)
        away = _away(ctx)
        people = [name for name in wanted if name not in away] if len(known) > 1 else []
        last = ctx.night.watermark(LAST) or ""
        return Roster(self.assign.rule, people, self.assign.lease, self.assign.channels, Counter(), last)


def _require_known(wanted: Iterable[str], known: Sequence[str]) -> None:
    """Raise NightclerkError for the first name that nobody has."""
    for name in wanted:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise NightclerkError(f"orders can't be assigned to {name}: nobody under people: is called so.{meant}")


def _away(ctx: Context) -> set[str]:
    """Return those who are not there now."""
    absences = ctx.night.work_items(ABSENCE, [AWAY], [])
    return {one.id for one in absences if one.lease_until is None or one.lease_until > ctx.now}
