"""What becomes of the slots that have fallen since the last look: each gets its row, to run or to be skipped."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from daemon.config import RoutineConfig
from daemon.model import Slot
from daemon.occurrences.slots import Schedule, newest
from daemon.records import Occurrence, State

ON_TIME = timedelta(seconds=60)
"""A slot found within this time of its moment was not missed; the reconcile comes every 30 s."""
MOST_ACCOUNTED = 1000
"""Missed slots that get a row of their own; what lies before them is never enumerated, the oldest row says so."""
MOST_REPEATED = 24
"""Missed slots that `run-all` still runs, newest kept."""
MISSED = "missed: the daemon was not running"
COVERED = "missed: a later slot ran in its place"
TOO_LATE = "missed: later than max_late"
BEFORE = "missed, like all before it, which are not listed"
PAUSED = "paused"


@dataclass(frozen=True)
class Accounting:
    """What becomes of the slots that have fallen since the last look: rows to add, in order."""

    occurrences: tuple[Occurrence, ...]
    accounted: datetime


def _skipped(routine: str, slot: Slot, reason: str, now: datetime) -> Occurrence:
    return Occurrence(routine, slot.name, slot.at, State.SKIPPED, reason, ended=now)


def _pending(routine: str, slot: Slot, now: datetime) -> Occurrence:
    """Return an occurrence that may start; for a late one `not_before` is the moment its waiting begins."""
    late = now - slot.at > ON_TIME
    return Occurrence(routine, slot.name, slot.at, State.PENDING, not_before=now if late else None)


def _verdict(slot: Slot, position: int, routine: RoutineConfig, now: datetime) -> str:
    """Return why a slot is skipped, or nothing where it runs; `position` counts back from the newest, 0."""
    late = now - slot.at
    if late <= ON_TIME:
        return "" if routine.missed == "run-all" or position == 0 else COVERED
    if routine.missed == "skip":
        return MISSED
    if late > routine.max_late:
        return TOO_LATE
    most = MOST_REPEATED if routine.missed == "run-all" else 1
    return "" if position < most else COVERED


def account(name: str, routine: RoutineConfig, schedule: Schedule, since: datetime, now: datetime, zone: ZoneInfo,
            hold: str = "") -> Accounting:  # fmt: skip
    """Return the rows for the slots with since < at <= now, by the routine's `missed` policy.

    `hold` is the reason why the routine may not run at all now (paused, broken); its slots are then skipped
    with it. After a clock that went backwards the slots of the last minute are named again: what has a row keeps
    it, and what falls from now on is not lost.
    """
    start = since if since <= now else now - ON_TIME
    slots = newest(schedule, zone, start, now, MOST_ACCOUNTED + 1)
    rows = []
    for position, slot in enumerate(reversed(slots[-MOST_ACCOUNTED:])):
        reason = hold or _verdict(slot, position, routine, now)
        rows.append(_skipped(name, slot, reason, now) if reason else _pending(name, slot, now))
    if len(slots) > MOST_ACCOUNTED:
        rows[-1] = _skipped(name, slots[1], BEFORE, now)
    return Accounting(tuple(reversed(rows)), now)
