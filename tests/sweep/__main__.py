"""Every time zone through seven years: a daily routine falls exactly once on every local date, in order.

Run by `make sweep`; tests/daemon/test_slots.py looks at a sample of it in every test run.
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from daemon.clock import SystemClock
from daemon.config import RoutineConfig
from daemon.model import Slot
from daemon.occurrences.slots import schedule_of

FIRST, LAST = date(2024, 1, 1), date(2030, 12, 31)
TIMES = ("00:00", "00:30", "01:00", "01:59", "02:00", "02:30", "03:00", "12:00", "23:30")
DAY = timedelta(days=1)
LONGEST = timedelta(hours=26)
"""Between two fires of a daily time: a day and the largest change of a zone's clock in these years, two hours."""


@dataclass(frozen=True)
class Swept:
    """How many fires one zone had, and what was wrong."""

    fires: int
    problems: tuple[str, ...]


def _of_dates(zone: ZoneInfo, at: str) -> list[Slot]:
    """Return the slots named after the dates swept; a fire moved by a gap may fall on the day after its name."""
    schedule = schedule_of(RoutineConfig.model_validate({"job": "sweep", "at": at}))
    assert schedule is not None
    after = datetime.combine(FIRST - DAY, time(), zone).astimezone(UTC)
    until = datetime.combine(LAST + 2 * DAY, time(), zone).astimezone(UTC)
    return [s for s in schedule.between(zone, after, until) if FIRST.isoformat() <= s.name[:10] <= LAST.isoformat()]


def _wrong(found: list[Slot], at: str) -> Iterator[str]:
    expected = [f"{FIRST + n * DAY}T{at}" for n in range((LAST - FIRST).days + 1)]
    if [slot.name for slot in found] != expected:
        yield f"{len(found)} fires instead of {len(expected)}"
    for one, other in pairwise(found):
        if not timedelta(0) < other.at - one.at <= LONGEST:
            yield f"{other.name} is {other.at - one.at} after {one.name}"


def sweep(name: str) -> Swept:
    """Sweep one zone."""
    fires, problems = 0, list[str]()
    for at in TIMES:
        found = _of_dates(ZoneInfo(name), at)
        fires += len(found)
        problems += [f"{name} {at}: {problem}" for problem in _wrong(found, at)]
    return Swept(fires, tuple(problems))


def main() -> int:
    """Sweep every zone on all cores, print the count, and return how many things were wrong."""
    clock, zones = SystemClock(), sorted(available_timezones() - {"localtime"})
    began = clock.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        swept = list(pool.map(sweep, zones, chunksize=4))
    problems = [problem for one in swept for problem in one.problems]
    for problem in problems:
        print(problem)
    fires = sum(one.fires for one in swept)
    took = clock.monotonic() - began
    print(
        f"{len(zones)} zones x {len(TIMES)} times, {FIRST} to {LAST}: {fires} fires, {len(problems)} problems, {took:.0f} s"
    )
    return min(len(problems), 1)


if __name__ == "__main__":
    sys.exit(main())
