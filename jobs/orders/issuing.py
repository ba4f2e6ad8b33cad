"""Makes the sheets that the orders to be picked are to have, each once, and drops those that show what was changed.

All paper of a wave is made in one batch or not at all; so no crash leaves half a pile, and the next run sees by the
sheets themselves which parcels still lack theirs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.api import Context, Hand, Transition, WorkItem, original
from jobs.kinds.paper import DROPPED, HELD, PICK_LIST, SHEETS, WAITING, Sheet, wave_of
from jobs.kinds.shop import Order
from jobs.orders import carriers, sheets, waves
from jobs.orders.card import mark_of
from jobs.orders.line import BATCHED, KIND, READY
from jobs.orders.parcels import Parcel
from jobs.orders.sheets import Desk
from jobs.orders.timetable import Timetable
from jobs.orders.waves import Box, Load

PAGE = 500
"""Sheets in one message: some 1 MB."""
_ASKED = 2000


@dataclass(frozen=True)
class ToPick:
    """The orders to be picked and the parcels that some of them share."""

    orders: Sequence[Order]
    parcels: Sequence[Parcel]


def issue(ctx: Context, desk: Desk, to_pick: ToPick, timetable: Timetable) -> frozenset[str]:
    """Make what is due and return the numbers of the orders that somebody now works by paper."""
    if not desk.options.made:
        return frozenset()
    found = _boxes(ctx, desk, to_pick)
    known = _known(ctx, _ids(found, desk))
    fresh = [box for box in found if _lacks_all(box, desk, known)]
    zone = timetable.calendar.zone
    new = waves.loads(fresh, timetable, ctx.now, zone)
    if ctx.dry:
        _only_say(new, desk)
        return frozenset()
    made = [box for load in new if _make(ctx, desk, load, known) for box in load.boxes]
    had = [box for box in found if not _lacks_all(box, desk, known)]
    _complete(ctx, desk, had, known)
    _drop(ctx, desk, found)
    carriers.write_due(ctx)
    return frozenset(_numbers((*made, *had)))


def _ids(found: Iterable[Box], desk: Desk) -> list[str]:
    """Return the ids of all sheets that these parcels are to have."""
    return [name for box in found for name in sheets.ids(box, desk)]


def _numbers(found: Iterable[Box]) -> set[str]:
    """Return the numbers of the orders in these parcels."""
    return {order.number for box in found for order in box.orders}


def _boxes(ctx: Context, desk: Desk, to_pick: ToPick) -> list[Box]:
    """Return the parcels that are to be picked, as the line has them now: somebody may have stopped one meanwhile."""
    named = {f"{desk.source}/{order.number}": order for order in to_pick.orders}
    items = _found(ctx, KIND, list(named))
    if ctx.dry:  # the line was left as it is, so that of a new order it knows nothing
        here = list(to_pick.orders)
        marks = {order.number: mark_of(order) for order in here}
        return waves.boxes(here, to_pick.parcels, marks)
    here = [named[name] for name in named if name in items and items[name].state in {READY, BATCHED}]
    marks = {order.number: str(items[f"{desk.source}/{order.number}"].data["mark"]) for order in here}
    return waves.boxes(here, to_pick.parcels, marks)


def _known(ctx: Context, names: Sequence[str]) -> dict[str, WorkItem]:
    return _found(ctx, SHEETS.kind, names)


def _found(ctx: Context, kind: str, names: Sequence[str]) -> dict[str, WorkItem]:
    parts = (names[start : start + _ASKED] for start in range(0, len(names), _ASKED))
    return {item.id: item for part in parts for item in ctx.night.work_items(kind, [], part)}


def _lacks_all(box: Box, desk: Desk, known: dict[str, WorkItem]) -> bool:
    """Return whether a parcel has no paper: it never had any, or a run dropped it all when it could not go."""
    names = sheets.ids(box, desk)
    return not any(name in known and not _gone(known[name]) for name in names)


def _gone(item: WorkItem) -> bool:
    """Return whether a run dropped a sheet; what a person has dropped stays so."""
    history: Any = item.data.get("history") or [("", "", "", "")]
    return item.state == DROPPED and not history[-1][1]


def _make(ctx: Context, desk: Desk, load: Load, known: dict[str, WorkItem]) -> bool:
    """Make all that a wave is to have, or nothing: where one step can't be taken the next run makes another wave."""
    made = list(_of(load, desk))
    steps = [_step(ctx, one, known.get(one.id), load.wave.name) for one in made]
    return all(ctx.night.move([*steps, *carriers.due(ctx.now, load, desk, load.wave.name)]))


def _of(load: Load, desk: Desk) -> Iterator[Sheet]:
    if PICK_LIST in desk.options.documents:
        yield sheets.pick_list(load, desk)
    for place, box in load.placed():
        yield from sheets.of_box(load, place, len(load.boxes), box, desk)


def _step(ctx: Context, sheet: Sheet, item: WorkItem | None, along: str) -> Transition:
    """Return the step that makes a sheet, or takes up again one that a run has dropped."""
    if item is None:
        return sheet.step(ctx.now, along)
    step = SHEETS.step(item, WAITING, sheet.data(ctx.now), Hand("", ctx.now, ctx.zone))
    return Transition(step.kind, step.id, step.before, step.after, step.data, step.seen, along=along)


def _complete(ctx: Context, desk: Desk, found: Iterable[Box], known: dict[str, WorkItem]) -> None:
    """Make what a parcel lacks beside the sheets it has, in their place: a document was added to the options, say."""
    steps: list[Transition] = []
    for box in found:
        live = {name for name in sheets.ids(box, desk) if name in known and not _gone(known[name])}
        data: Any = known[min(live)].data
        load = Load(wave_of(data), (box,))
        made = sheets.of_box(load, int(data["place"]), int(data["places"]), box, desk)
        steps += [_step(ctx, one, known.get(one.id), "") for one in made if one.id not in live]
    _move(ctx, steps)


def _drop(ctx: Context, desk: Desk, found: Sequence[Box]) -> None:
    """Drop what waits to be printed of an order that was changed since, and has another sheet, or has gone."""
    due, orders = set(_ids(found, desk)), {f"{desk.source}/{number}" for number in _numbers(found)}
    hand = Hand("", ctx.now, ctx.zone)
    for page in _waiting(ctx, desk.source):
        past = [item for item in page if original(item.id) not in due]
        ctx.night.move([SHEETS.step(item, DROPPED, item.data, hand) for item in _replaced(ctx, past, orders)])


def _replaced(ctx: Context, past: Sequence[WorkItem], orders: set[str]) -> list[WorkItem]:
    """Return those sheets of the past whose orders have others, as these do, or are no longer on their way."""
    here = orders | _here(ctx, {name for item in past for name in _marks(item)} - orders)
    return [item for item in past if _about(item, orders) or here.isdisjoint(_marks(item))]


def _marks(item: WorkItem) -> Mapping[str, str]:
    """Return the orders that a sheet is about, with the mark of each."""
    data: Any = item.data
    marks: Mapping[str, str] = data["basis"]["marks"]
    return marks


def _about(item: WorkItem, orders: set[str]) -> bool:
    """Return whether a sheet is of one of these orders; a list of a whole wave leaves out what was changed."""
    return item.data["document"] != PICK_LIST and not orders.isdisjoint(_marks(item))


def _here(ctx: Context, names: set[str]) -> set[str]:
    """Return those of these orders that are still on their way."""
    states = {*sheets.GOOD, *sheets.WAITS}
    return {name for name, item in _found(ctx, KIND, sorted(names)).items() if item.state in states}


def _waiting(ctx: Context, source: str) -> Iterator[list[WorkItem]]:
    """Yield the sheets of a source that wait, page by page."""
    after = ""
    while page := ctx.night.work_items(SHEETS.kind, [WAITING, HELD], [], after, PAGE):
        yield [item for item in page if item.id.startswith(f"{source}/")]
        after = page[-1].id


def _move(ctx: Context, steps: Sequence[Transition]) -> None:
    for start in range(0, len(steps), PAGE):
        ctx.night.move(steps[start : start + PAGE])


def _only_say(new: Sequence[Load], desk: Desk) -> None:
    for load in new:
        counts = sheets.counted(list(_of(load, desk)))
        told = ", ".join(f"{count} x {document}" for document, count in counts.items())
        print(f"would be made: the paper of wave {load.wave.name}: {told or 'none'}")  # noqa: T201 - a run's output
