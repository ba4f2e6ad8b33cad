"""All printers in turn, in one loop, until each has printed its pile or stands still for too long."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from daemon.api import Context, State
from jobs.kinds.paper import HELD, PRINTED, SENT, UNCERTAIN
from jobs.kinds.printer import PRINTER, Printer
from jobs.paper.lanes import JOB, Bench, Lane
from jobs.paper.options import PaperJobOptions
from jobs.paper.piles import Entry, pages

SHORTEST, LONGEST = 0.2, 3.0
"""Seconds between two looks: short while paper comes out, longer while all printers stand still."""
MARK = "last"
"""The watermark, by printer, that holds a number it gave: only who remembers that far back can say it took no sheet."""
_RUN_BACK = timedelta(days=2)
_ENDED = (PRINTED, HELD, UNCERTAIN)

Pause = Callable[[float], None]
Queues = Mapping[str, deque[Entry]]
"""Sheets by the name of their printer, in their order."""


def lanes(bench: Bench, options: PaperJobOptions, found: Sequence[Entry]) -> tuple[list[Lane], list[Entry]]:
    """Return a lane for each printer that has anything to do, and the sheets that no printer prints.

    A sheet that was sent is with the printer it was sent to, whatever the options say now; where that connection is
    gone nobody can ask what became of it.
    """
    printers = bench.ctx.connections(PRINTER)
    resumed = _resumed(bench.ctx, [one for one in found if one.is_handed_over])
    waiting, unprinted = _divided([one for one in found if not one.is_handed_over], options)
    _lost(bench, [one for name, some in resumed.items() if name not in printers for one in some])
    names = [name for name in printers if waiting.get(name) or resumed.get(name)]
    return [_lane(name, printers[name], bench, waiting, resumed) for name in names], unprinted


def _resumed(ctx: Context, handed_over: Sequence[Entry]) -> Queues:
    """Return, by printer, what this run has to ask about; what a run that goes on handed over is left to it."""
    others = running(ctx) if any(one.run for one in handed_over) else frozenset[int]()
    resumed: Queues = defaultdict(deque)
    for one in handed_over:
        if one.run not in others:
            resumed[one.printer].append(one)
    return resumed


def _divided(found: Iterable[Entry], options: PaperJobOptions) -> tuple[Queues, list[Entry]]:
    """Return what waits for each printer, and what none prints: it has no queue, or went into a file before."""
    waiting: Queues = defaultdict(deque)
    unprinted: list[Entry] = []
    for one in found:
        queue = options.queues.get(one.document)  # type: ignore[call-overload]
        if queue is None or one.file:
            unprinted.append(one)
        else:
            waiting[queue.printer].append(one)
    return waiting, unprinted


def _lane(name: str, printer: Printer, bench: Bench, waiting: Queues, resumed: Queues) -> Lane:
    last = _last(bench.ctx, name) or bench.ctx.night.watermark(f"{MARK}/{name}") or ""
    return Lane(name, printer, bench, waiting[name], resumed[name], last)


def _last(ctx: Context, name: str) -> str:
    """Return the newest number that a printer gave in the last days, also to a run that left no watermark."""
    mine = (item for item in pages(ctx, _ENDED, ctx.now - _RUN_BACK) if item.data.get("printer") == name)
    newest = max((item for item in mine if item.data.get(JOB)), key=lambda item: item.changed, default=None)
    return str(newest.data[JOB]) if newest is not None else ""


def running(ctx: Context) -> frozenset[int]:
    """Return the runs that go on beside this one: what they sent is theirs."""
    return frozenset(run.id for run in ctx.night.runs(ctx.now - _RUN_BACK) if run.state is State.RUNNING)


def _lost(bench: Bench, found: Iterable[Entry]) -> None:
    """Call uncertain what was sent to a printer that is no connection any more."""
    for entry in found:
        item = bench.item(entry.id)
        if item is not None and item.state == SENT:
            bench.take(item, UNCERTAIN)


def work(found: Sequence[Lane], pause: Pause) -> None:
    """Serve all lanes in turn until none has anything left to do; remember the numbers that printers gave."""
    wait = SHORTEST
    while busy := [lane for lane in found if lane.busy]:
        if any([lane.step() for lane in busy]):  # noqa: C419 - each of them has its turn
            wait = SHORTEST
        elif any(lane.busy for lane in busy):
            pause(wait)
            wait = min(wait * 2, LONGEST)
    _remember(found)


def _remember(found: Sequence[Lane]) -> None:
    """Tell the next run the last number that each printer gave."""
    for lane in found:
        if lane.last:
            lane.bench.ctx.mark(f"{MARK}/{lane.name}", lane.last)
