"""One look at everything: 1,000 routines, a year's history, nothing due."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

from tests.benchmarks.histories import ROUTINES, set_up, shift_on, write_history
from tests.benchmarks.measuring import Line, spread

DAYS, LOOKS = 365, 50
AIM_MS = 50.0


async def _looks(folder: Path) -> tuple[float, list[float]]:
    setup = set_up(folder)
    write_history(setup, DAYS)
    before = time.perf_counter()
    async with shift_on(setup) as (shift, clock):
        opened = time.perf_counter() - before
        samples = []
        for _ in range(LOOKS):
            clock.moment += timedelta(seconds=30)
            before = time.perf_counter()
            await shift.reconcile()
            samples.append(time.perf_counter() - before)
            await shift.delivered()
    return opened, samples


def ours(folder: Path) -> Line:
    """Reconcile as the heart does every 30 seconds, on a clock that is moved by hand."""
    opened, samples = asyncio.run(_looks(folder))
    figures = spread(samples)
    return {
        **figures, "routines": ROUTINES, "runs_in_ledger": ROUTINES * DAYS, "open_ms": round(opened * 1000, 1),
        "aim_p50_ms": AIM_MS, "met": figures["p50_ms"] <= AIM_MS,
    }  # fmt: skip
