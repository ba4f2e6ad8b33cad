"""A run of the job `paper`: what waits is printed, or bound where there is no printer, and told."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from daemon.api import Context, Text, stopwatch
from jobs.kinds.printer import PRINTER
from jobs.paper import bundles, printing, telling
from jobs.paper.lanes import Bench
from jobs.paper.options import PaperJobOptions
from jobs.paper.piles import Entry, pile
from jobs.paper.printing import Pause
from jobs.paper.setting import Setter, Typesetter


@dataclass(frozen=True)
class Time:
    """How a run waits, and how it knows for how long: both of seconds."""

    pause: Pause = time.sleep
    elapsed: Callable[[], float] = field(default_factory=stopwatch)


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
