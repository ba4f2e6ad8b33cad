"""What a run tells of the paper: how much came out, where a printer stopped, and what a person must look at."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import chain

from daemon.api import Context, Finding, Goal, Horizon, Text, Urgency, Value, WorkItem, number_of
from jobs.kinds import facts
from jobs.kinds.paper import BOUND, HELD, PRINTED, SENT, UNCERTAIN, WAITING
from jobs.paper.lanes import Lane, Tally
from jobs.paper.piles import Entry, pages
from jobs.paper.setting import Missing, Unset

_SHOWN = 4
"""Sheets that a sentence names; it counts all of them."""
_LETTERS = 12
_OPEN = (WAITING, SENT, HELD, UNCERTAIN)
_BACK = timedelta(hours=20)
"""How long ago a sheet was printed that belongs to the same morning."""


def tell(ctx: Context, tally: Tally, lanes: Sequence[Lane]) -> None:
    """Report where printers stopped, and which sheets wait for what."""
    found = [*_of_printers(ctx, lanes), *_unset(tally.unset), *_of_sheets(ctx)]
    for finding in found:
        ctx.find(finding)
    if not found:
        ctx.checked(Text("every sheet of paper that could be printed is"))


def _of_printers(ctx: Context, lanes: Iterable[Lane]) -> Iterator[Finding]:
    return (_stopped(ctx, lane) for lane in lanes if lane.stopped)


def _of_sheets(ctx: Context) -> Iterator[Finding]:
    """Yield that somebody must look at sheets: nobody knows what became of them, or they are held."""
    uncertain = [number_of(item) for item in pages(ctx, [UNCERTAIN])]
    if uncertain:
        yield _uncertain(uncertain)
    held = list(pages(ctx, [HELD]))
    if held:
        yield _held(held)


def count(ctx: Context) -> None:
    """Report how many sheets stand where: of those that are done, what this morning's runs did."""
    done = pages(ctx, (PRINTED, BOUND), ctx.now - _BACK)
    counts = Counter(item.state for item in chain(done, pages(ctx, _OPEN)))
    if any(counts.values()):
        for state in (PRINTED, BOUND, *_OPEN):
            ctx.fact(
                facts.SHEETS, ctx.today, counts[state], as_of=ctx.now, source=ctx.routine, dimensions={"state": state}
            )


def _stopped(ctx: Context, lane: Lane) -> Finding:
    entry = lane.next
    left = len(lane.flying) + len(lane.resumed) + len(lane.waiting)
    reason = lane.trouble or Text("it says nothing")
    values: dict[str, Value] = {
        "printer": lane.name, "n": left, "reason": reason, "routine": ctx.routine,
        "sheet": entry.number if entry else "", "place": entry.place if entry else 0,
        "places": entry.places if entry else 0, "document": entry.document if entry else "",
    }  # fmt: skip
    where = "The printer {printer} stopped before {document} {place}/{places}: {reason}"
    return Finding(
        f"paper:stopped:{lane.name}", Urgency.DUE_TODAY, Text(where, values),
        detail=Text("{n} sheet of it waits, from {sheet} on", values, "{n} sheets of it wait, from {sheet} on"),
        next_step=Text("See to the printer; then `nightclerk run {routine}` goes on exactly there", values),
        stake=Decimal(left), goal=Goal.CONVERSION, horizon=Horizon.SHORT,
    )  # fmt: skip


def _unset(unset: Sequence[tuple[Entry, Unset]]) -> Iterator[Finding]:
    """Yield what could not be set: labels that are not there by their folder, all else by its reason."""
    found: dict[tuple[type[Unset], str], list[Entry]] = defaultdict(list)
    for entry, error in unset:
        found[type(error), str(error.folder) if isinstance(error, Missing) else str(error)].append(entry)
    for (kind, what), entries in found.items():
        yield _missing(what, entries) if kind is Missing else _flawed(what, entries)


def _missing(folder: str, entries: Sequence[Entry]) -> Finding:
    orders = [one.number.rpartition(f"/{one.document}/")[0] for one in entries]
    values: dict[str, Value] = {"n": len(entries), "orders": _named(orders), "folder": folder}
    return Finding(
        f"paper:labels:{folder}", Urgency.DUE_TODAY,
        Text("Order {orders} has no label in {folder}", values, "{n} orders have no label in {folder}: {orders}"),
        next_step=Text("Buy it and put it there: it is printed with the next run", values,
                       "Buy them and put them there: they are printed with the next run"),
        stake=Decimal(len(entries)), goal=Goal.CONVERSION, horizon=Horizon.SHORT,
    )  # fmt: skip


def _flawed(reason: str, entries: Sequence[Entry]) -> Finding:
    values: dict[str, Value] = {"n": len(entries), "sheets": _named([one.number for one in entries]), "reason": reason}
    return Finding(
        f"paper:unset:{entries[0].number}", Urgency.DUE_TODAY,
        Text("The sheet {sheets} was not printed: {reason}", values,
             "{n} sheets were not printed: {reason}: {sheets}"),
        next_step=Text("See to that; they are printed with the next run"),
        stake=Decimal(len(entries)), goal=Goal.CONVERSION, horizon=Horizon.SHORT, group="paper:unset",
    )  # fmt: skip


def _uncertain(numbers: Sequence[str]) -> Finding:
    values: dict[str, Value] = {"n": len(numbers), "sheets": _named(numbers), "sheet": numbers[0]}
    return Finding(
        "paper:uncertain", Urgency.DUE_TODAY,
        Text("Nobody knows whether the sheet {sheets} came out, or came out twice", values,
             "Nobody knows whether {n} sheets came out, or came out twice: {sheets}"),
        next_step=Text(
            "Look beside the printer: `nightclerk print confirm {sheet}` if you hold one (put a second one away), "
            "else `nightclerk print again {sheet} --reason lost`", values,
        ),
        stake=Decimal(len(numbers)), goal=Goal.CONVERSION, horizon=Horizon.SHORT,
    )  # fmt: skip


def _held(items: Sequence[WorkItem]) -> Finding:
    numbers = [number_of(item) for item in items]
    words = next((str(item.data["words"]) for item in items if item.data.get("words")), "")
    values: dict[str, Value] = {"n": len(items), "sheets": _named(numbers), "reason": words, "sheet": numbers[0]}
    return Finding(
        "paper:held", Urgency.DUE_TODAY,
        Text("The sheet {sheets} was not printed and is held", values,
             "{n} sheets were not printed and are held: {sheets}"),
        detail=Text("The printer said: {reason}", values) if words else None,
        next_step=Text(
            "See to the printer, then `nightclerk print release {sheet}`; `nightclerk print drop {sheet}` gives it up",
            values,
        ),
        stake=Decimal(len(items)), goal=Goal.CONVERSION, horizon=Horizon.SHORT,
    )  # fmt: skip


def _named(numbers: Sequence[str]) -> str:
    return ", ".join(numbers if len(numbers) <= _SHOWN else [*numbers[: _SHOWN - 1], "…"])


def flaws(ctx: Context, notes: Sequence[Text], lacking: Collection[str]) -> None:
    """Report what was printed otherwise than it was meant to be: an owner's template that fails, letters of no font."""
    for n, note in enumerate(notes):
        ctx.find(Finding(f"paper:set:{n}", Urgency.STAYS_BROKEN, note, goal=Goal.OTHER, group="paper:set"))
    if lacking:
        letters = " ".join(sorted(lacking)[:_LETTERS])
        values: dict[str, Value] = {"n": len(lacking), "letters": letters}
        ctx.find(
            Finding(
                "paper:letters", Urgency.STAYS_BROKEN,
                Text("No font has the letter {letters}: it was printed as its number", values,
                     "No font has {n} letters, which were printed as their numbers: {letters}"),
                goal=Goal.OTHER,
            )
        )  # fmt: skip


def summary(tally: Tally, lanes: Sequence[Lane]) -> Text:
    """Return what a run did in one sentence."""
    parts: dict[str, Value] = {
        "printed": Text("{n} sheet printed", {"n": len(tally.printed)}, "{n} sheets printed"),
        "bound": Text("{n} bound into files", {"n": len(tally.bound)}),
        "left": sum(len(lane.waiting) + len(lane.flying) + len(lane.resumed) for lane in lanes) + len(tally.unset),
    }
    if tally.bound:
        return Text("{printed}, {bound}, {left} left", parts)
    return Text("{printed}, {left} left", parts)
