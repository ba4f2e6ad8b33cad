"""A run of the job `paper`: what waits is printed, or bound where there is no printer, and told."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from daemon.api import Context, Text, stopwatch
from jobs.kinds.printer import PRINTER
from jobs.paper import bundles, printing, telling
from jobs.paper.lanes import Bench
from jobs.paper.options import PaperJobOptions
from jobs.paper.piles import Entry, pile
from jobs.paper.printing import Pause
from jobs.paper.setting import Setter, Typesetter
from jobs.paper.typist import Typist


@dataclass(frozen=True)
class Time:
    """How a run waits, and how it knows for how long: both of seconds."""

    pause: Pause = time.sleep
    elapsed: Callable[[], float] = field(default_factory=stopwatch)


def set_and_run(ctx: Context, options: PaperJobOptions) -> Text:
    """Print what waits with the typesetter of the program, and tell what it could not set as it was meant to be."""
    with ExitStack() as stack:
        typist = Typist(ctx, stack)
        done = run(ctx, options, typist, Time())
        telling.flaws(ctx, typist.notes, typist.lacking)
        return done


def run(ctx: Context, options: PaperJobOptions, typesetter: Typesetter, timing: Time) -> Text:
    """Print what waits and return what was done in one sentence."""
    options.known(ctx.connections(PRINTER))
    found = pile(ctx)
    if ctx.dry or ctx.rehearsal:
        return _only_say(found)
    setter = Setter(ctx, typesetter, options.media_of)
    bench = Bench(ctx, setter.one, options.media_of, timing.elapsed, options.patience)
    lanes, unprinted = printing.lanes(bench, options, found)
    printing.work(lanes, timing.pause)
    if unprinted:
        bundles.bind(bench, setter, options, unprinted)
    telling.tell(ctx, bench.tally, lanes)
    telling.count(ctx)
    return telling.summary(bench.tally, lanes)


def _only_say(found: Sequence[Entry]) -> Text:
    counts = Counter((one.wave, one.document) for one in found)
    for (wave, document), count in counts.items():
        print(f"would be printed: {count} x {document} of wave {wave}")  # noqa: T201 - a run's output is what people read
    return Text("{n} sheet would be printed", {"n": len(found)}, "{n} sheets would be printed")
