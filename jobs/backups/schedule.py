"""When a check is due, which part of the data is next, and which checks have been silent for too long. Pure.

A rhythm of whole days counts local days of the shop: a run that begins a second earlier than the day before, or on a
day of 23 hours, is due all the same, and a second run of a day is not.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from types import MappingProxyType
from zoneinfo import ZoneInfo

from jobs.backups.marks import MARK_OF, Mark
from jobs.backups.memory import Cycle, Last
from jobs.backups.options import ChecksOptions, Quiet
from jobs.kinds.backup import Check, Outcome, Part

DAY = timedelta(days=1)
EVERY = MappingProxyType(
    {
        Check.VERSION: DAY, Check.KEY: 7 * DAY, Check.LOCKED: DAY, Check.ROOM: DAY, Check.WHOLE: timedelta(0),
        Check.LISTED: timedelta(0), Check.STRUCTURE: 7 * DAY, Check.DATA: DAY, Check.UNCHANGED: DAY,
        Check.RESTORE: 30 * DAY,
    }
)  # fmt: skip
"""How often each check is made where the owner says nothing; 0 is at every run. From the fastest to the slowest."""
MOST_PARTS = 256
"""restic knows no more (`--read-data-subset=n/t`, doc/045_working_with_repos.rst)."""
PERIODS = 2
"""A check that gave no answer for so many of its periods is silent."""


@dataclass(frozen=True)
class Rhythm:
    """How often a check is made, and when not."""

    every: timedelta = timedelta(0)
    quiet: Quiet | None = None
    enabled: bool = True


class When(StrEnum):
    """Whether a check is made in this run, and why not."""

    NOW = "now"
    LATER = "later"
    QUIET = "quiet"
    OFF = "off"


def rhythm_of(checks: ChecksOptions, check: Check) -> Rhythm:
    """Return the rhythm of a check; what needs no more than the list is made at every run."""
    if check not in EVERY:
        return Rhythm()
    chosen = getattr(checks, check.value)
    return Rhythm(EVERY[check] if chosen.every is None else chosen.every, chosen.not_during, chosen.enabled)


def when(rhythm: Rhythm, last: Last | None, now: datetime, zone: ZoneInfo) -> When:
    """Return whether a check is made now. One that failed or gave no answer is made again at the next run."""
    if not rhythm.enabled:
        return When.OFF
    if last is not None and not _due(rhythm, last, now, zone):
        return When.LATER
    if rhythm.quiet is not None and rhythm.quiet.holds(now.astimezone(zone).time()):
        return When.QUIET
    return When.NOW


def _due(rhythm: Rhythm, last: Last, now: datetime, zone: ZoneInfo) -> bool:
    if last.at > now:  # the clock was put back: nobody can wait for what lies ahead
        return True
    if last.mark in {Mark.FAIL, Mark.UNKNOWN}:
        return last.again is None or now >= last.again
    if rhythm.every and rhythm.every % DAY == timedelta(0):
        return now.astimezone(zone).date() - last.at.astimezone(zone).date() >= rhythm.every
    return now - last.at >= rhythm.every * 0.9


def parts(checks: ChecksOptions, check: Check) -> int:
    """Return in how many parts a check reads what is stored, so that all of it is read in `full_every`."""
    every = rhythm_of(checks, check).every
    full_every: timedelta = getattr(checks, check.value).full_every
    return min(MOST_PARTS, max(1, ceil(full_every / every))) if every else 1


def next_part(cycle: Cycle, of: int) -> Part:
    """Return the part whose turn it is; where the number of parts was changed it begins anew."""
    return Part(cycle.number, of) if cycle.of == of else Part(1, of)


def after_part(cycle: Cycle, part: Part, outcome: Outcome, now: datetime) -> Cycle:
    """Return the cycle after a part was read; one that failed or is not known comes again.

    Where a place read all of its data in one go (`HELD`), all of it is read now, whatever the number of the part.
    """
    begun = replace(cycle, of=part.of, number=part.number)
    if MARK_OF[outcome] not in {Mark.OK, Mark.WARN}:
        return begun
    full = now if outcome is Outcome.HELD or part.number == part.of else cycle.full
    return replace(begun, number=part.number % part.of + 1, full=full)


def silent(rhythm: Rhythm, last: Last | None, since: datetime, now: datetime) -> bool:
    """Say whether a check has given no answer for two of its periods; `since` is when it could first be made."""
    heard = last.answered if last is not None and last.answered is not None else since
    return rhythm.enabled and now - heard > PERIODS * max(rhythm.every, DAY)


def behind(checks: ChecksOptions, cycle: Cycle, since: datetime, now: datetime) -> bool:
    """Say whether not all of the data was read in twice the time it may take."""
    full = cycle.full if cycle.full is not None else since
    return checks.data.enabled and now - full > PERIODS * max(checks.data.full_every, DAY)
