"""Who did how much on the line and how it went, from the steps that people confirmed: throughput, errors, time to ship.

Only steps that a person confirmed are counted: those that a run made say when it looked, not when it happened. A day on
which nobody confirmed anything has no figures.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from daemon.api import Context, WorkItem, read_card
from jobs.kinds import facts
from jobs.orders.line import KIND, SHIPPED

CONFIRM, HOLD = "confirm", "hold"
PAGE = 2000
"""Work items in one message: some 2 MB."""
_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Deed:
    """One step of an order: when (UTC), by whom (empty: a run), to which state, and as which command."""

    at: datetime
    who: str
    state: str
    deed: str


@dataclass
class Tally:
    """What people did on one day; `waits` are the times from placed to shipped, in seconds."""

    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    waits: list[Decimal] = field(default_factory=list)
    late: int = 0

    def add(self, item: WorkItem, first: datetime, until: datetime) -> None:
        """Count the deeds of one order that fall into [first, until)."""
        confirmed = ""
        for deed in deeds_of(item):
            inside = first <= deed.at < until
            if inside and deed.who and deed.deed == CONFIRM:
                self.steps[deed.who, deed.state] += 1
                self._shipped(item, deed)
            if inside and deed.deed == HOLD and confirmed:
                self.errors[confirmed] += 1
            confirmed = deed.who if deed.deed == CONFIRM else ""

    def _shipped(self, item: WorkItem, deed: Deed) -> None:
        if deed.state != SHIPPED:
            return
        card = read_card(item.data)
        if "placed" not in card:
            return
        self.waits.append(_seconds(deed.at - datetime.fromisoformat(card["placed"])))
        self.late += "ship by" in card and deed.at > datetime.fromisoformat(card["ship by"])


def _seconds(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(seconds=1))


def deeds_of(item: WorkItem) -> list[Deed]:
    """Return an order's steps, oldest first."""
    history: Any = item.data.get("history", [])
    return [Deed(datetime.fromisoformat(at), who, state, deed) for at, who, state, deed in history]


def tally(items: Iterable[WorkItem], first: datetime, until: datetime) -> Tally:
    """Return what people did in [first, until)."""
    found = Tally()
    for item in items:
        found.add(item, first, until)
    return found


def report(ctx: Context, source: str, days: Iterable[date]) -> None:
    """Report what people did on each of these local days, which are over, as facts."""
    wanted = sorted(days)
    changed = list(_changed(ctx, source, ctx.start_of(wanted[0]))) if wanted else []
    for day in wanted:
        found = tally(changed, ctx.start_of(day), ctx.start_of(day + _ONE))
        if found.steps:
            _facts(ctx, source, day, found)


def _changed(ctx: Context, source: str, since: datetime) -> Iterator[WorkItem]:
    """Yield the source's orders that moved since a moment, without those that no person touched."""
    after = ""
    while page := ctx.night.work_items(KIND, [], [], after, PAGE, since):
        yield from (one for one in page if one.id.startswith(f"{source}/") and any(map(_who, deeds_of(one))))
        after = page[-1].id


def _who(deed: Deed) -> str:
    return deed.who


def _facts(ctx: Context, source: str, day: date, found: Tally) -> None:
    people = sorted({who for who, _ in found.steps})
    for (who, state), count in sorted(found.steps.items()):
        which = {"person": who, "state": state}
        ctx.fact(facts.STEPS, day, count, as_of=ctx.now, source=source, dimensions=which)
    for who in sorted({*people, *found.errors}):
        ctx.fact(facts.ERRORS, day, found.errors[who], as_of=ctx.now, source=source, dimensions={"person": who})
    if found.waits:
        ctx.fact(facts.SHIPPING_TIME, day, Decimal(median(found.waits)), as_of=ctx.now, source=source)
        ctx.fact(facts.SHIPPED_LATE, day, found.late, as_of=ctx.now, source=source)
