"""The routine, the evening and the moments on which the tests of `daemon.occurrences` play; all of it in UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from daemon.config import RoutineConfig
from daemon.occurrences import Accounting, account
from daemon.occurrences.slots import schedule_of

UTC_ZONE = ZoneInfo("UTC")
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def routine(**words: object) -> RoutineConfig:
    """Return a routine with these words, due at 02:00 unless they say when."""
    timing = {} if {"at", "every", "cron", "after"} & set(words) else {"at": "02:00"}
    return RoutineConfig.model_validate({"job": "sweep", **timing, **words})


def at(clock: str, day: int = 20) -> datetime:
    """Return the moment of a time of day in November."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}:00+00:00")


def accounted(one: RoutineConfig, since: datetime, now: datetime, hold: str = "") -> Accounting:
    """Return what becomes of the slots of a routine between two moments."""
    schedule = schedule_of(one)
    assert schedule is not None
    return account("sweep", one, schedule, since, now, UTC_ZONE, hold)
