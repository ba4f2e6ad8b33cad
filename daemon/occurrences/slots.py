"""From a schedule to its slots: pure functions of schedule, zone and time.

The rules (the design's word *slot*): a time of day and cron with a fixed hour name local wall times, each of
which falls once a local day, at the instant that `fold=0` gives; inside a gap it therefore moves by the gap, as
RFC 5545 3.3.5 has it. `every:` and cron whose hour is `*` or `*/n` are real time: minutes and hours of the clock
as they pass, through both hours of a fold. Of two slots at one instant the later name stays.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from cronsim import CronSim

from daemon.clock import EPOCH
from daemon.config import RoutineConfig
from daemon.model import Slot
from daemon.values import DAILY

_EVERY_HOUR = re.compile(r"\*(/\d+)?")
"""The hour fields of cron that mean passing hours; all others name hours of the wall clock."""
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
HORIZON = timedelta(days=5 * 366)
"""How far ahead a schedule is searched; one without a date in it is refused by `check`."""


class Schedule(Protocol):
    """When a routine runs."""

    def between(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield the slots with after < at <= until, strictly increasing; both moments aware."""
        ...


def _dates(zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[date]:
    day = after.astimezone(zone).date() - DAY
    last = until.astimezone(zone).date() + DAY
    while day <= last:
        yield day
        day += DAY


@lru_cache(maxsize=4096)
def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


@dataclass(frozen=True)
class WallSchedule:
    """Times of day on the local days for which `holds` says yes."""

    times: tuple[time, ...]
    holds: Callable[[date], bool]

    def between(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield the slots in order; a time moved by a gap may pass those of the next day, so a day is held back."""
        held: dict[datetime, Slot] = {}
        for day in _dates(zone, after, until):
            midnight = _instant(day, time(), zone)
            yield from _wanted(held, after, min(until, midnight - timedelta.resolution))
            held = {at: slot for at, slot in held.items() if at >= midnight}
            held |= {slot.at: slot for slot in self._of_day(day, zone)}
        yield from _wanted(held, after, until)

    def _of_day(self, day: date, zone: ZoneInfo) -> list[Slot]:
        if not self.holds(day):
            return []
        return [Slot(f"{day.isoformat()}T{at:%H:%M}", _instant(day, at, zone)) for at in self.times]


def _wanted(held: dict[datetime, Slot], after: datetime, until: datetime) -> list[Slot]:
    return [held[at] for at in sorted(held) if after < at <= until]


def _real(at: datetime) -> Slot:
    return Slot(f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}Z", at)


@dataclass(frozen=True)
class RealSchedule:
    """Every passing minute whose local fields match, on the local days for which `holds` says yes."""

    hours: frozenset[int]
    minutes: frozenset[int]
    holds: Callable[[date], bool]

    def between(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield the slots in order, minute by minute over the days that match."""
        for day in _dates(zone, after, until):
            if self.holds(day):
                yield from self._of_day(day, zone, after, until)

    def _of_day(self, day: date, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
        start, end = _instant(day, time(), zone), _instant(day + DAY, time(), zone)
        at = start + max(0, (after - start) // MINUTE + 1) * MINUTE
        while at < end and at <= until:
            local = at.astimezone(zone)
            if local.minute in self.minutes and local.hour in self.hours:
                yield _real(at)
            at += MINUTE


@dataclass(frozen=True)
class IntervalSchedule:
    """Every so much real time, counted from the epoch."""

    every: timedelta

    def between(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:  # noqa: ARG002
        """Yield the slots in order; the zone plays no part."""
        at = EPOCH + ((after - EPOCH) // self.every + 1) * self.every
        while at <= until:
            yield _real(at)
            at += self.every


def _cron(expression: str) -> Schedule:
    fields = CronSim(expression, EPOCH)

    def holds(day: date) -> bool:
        return day.month in fields.months and fields.match_day(day)

    if _EVERY_HOUR.fullmatch(expression.split()[1]):
        return RealSchedule(frozenset(fields.hours), frozenset(fields.minutes), holds)
    times = tuple(time(hour, minute) for hour in sorted(fields.hours) for minute in sorted(fields.minutes))
    return WallSchedule(times, holds)


def _every(every: timedelta) -> Schedule:
    if every < DAY:
        return IntervalSchedule(every)
    return WallSchedule((time(),), lambda day: (day - EPOCH.date()) % every == timedelta(0))


def schedule_of(routine: RoutineConfig) -> Schedule | None:
    """Return the routine's own schedule, or None where it only follows others (`after:` alone)."""
    if routine.cron is not None:
        return _cron(routine.cron)
    if routine.every is not None:
        return _every(routine.every)
    if routine.at is not None:
        return WallSchedule(routine.at, (routine.days or DAILY).holds)
    return None


@dataclass(frozen=True)
class Without:
    """A schedule without the slots that fall on certain local days."""

    schedule: Schedule
    days: frozenset[date]

    def between(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield the slots whose instant is on none of the days."""
        return (s for s in self.schedule.between(zone, after, until) if s.at.astimezone(zone).date() not in self.days)


@dataclass(frozen=True)
class Following:
    """The last slot of each local day among several schedules: for a routine that only follows others."""

    others: tuple[Schedule, ...]

    def between(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
        """Yield, for each local day, the latest slot of the others, where it lies between the two moments."""
        for day in _dates(zone, after, until):
            start = _instant(day, time(), zone) - timedelta.resolution
            end = _instant(day + DAY, time(), zone) - timedelta.resolution
            ofday = [slot for other in self.others for slot in other.between(zone, start, end)]
            if ofday and after < (last := max(ofday, key=lambda slot: slot.at)).at <= until:
                yield last


def newest(schedule: Schedule, zone: ZoneInfo, after: datetime, until: datetime, most: int) -> list[Slot]:
    """Return the last `most` slots between the two moments, never enumerating more than a few times as many."""
    span = timedelta(hours=1)
    while True:
        start = max(after, until - span)
        found = list(schedule.between(zone, start, until))
        if len(found) >= most or start == after:
            return found[-most:]
        span *= 2


def shift_note(slot: Slot, zone: ZoneInfo) -> str:
    """Say why a slot's moment differs from its name, or nothing where it doesn't."""
    local = slot.at.astimezone(zone)
    if slot.name.endswith("Z") or not slot.name[:4].isdigit() or slot.name == f"{local:%Y-%m-%dT%H:%M}":
        return ""
    named = datetime.fromisoformat(slot.name)
    return f"{local:%H:%M}, shifted: {named:%H:%M} does not exist on {named.day} {named:%B}"
