"""The schedules of all routines together: who follows whom, what comes next, and whether a schedule has changed."""

import heapq
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from daemon import wire
from daemon.config import Config, RoutineConfig
from daemon.model import Slot
from daemon.occurrences.slots import HORIZON, Following, Schedule, Without, schedule_of, shift_note
from daemon.records import Upcoming

_TIMING = ("at", "days", "every", "cron", "after", "except_", "enabled")


@dataclass(frozen=True)
class Timetable:
    """Every enabled routine's schedule in the shop's zone."""

    zone: ZoneInfo
    schedules: Mapping[str, Schedule]

    def next_of(self, routine: str, now: datetime) -> Slot | None:
        """Return a routine's next slot after now, or None where it has none within five years."""
        schedule = self.schedules.get(routine)
        return None if schedule is None else next(schedule.between(self.zone, now, now + HORIZON), None)

    def upcoming(self, now: datetime, until: datetime) -> Iterator[Upcoming]:
        """Yield the slots with now < at <= until of all routines, in order of time."""
        streams = (self._of(name, now, until) for name in sorted(self.schedules))
        return heapq.merge(*streams, key=lambda one: one.at)

    def _of(self, name: str, now: datetime, until: datetime) -> Iterator[Upcoming]:
        """Yield the slots of one routine; one that can't be computed has none here, accounting says why."""
        with suppress(Exception):
            for slot in self.schedules[name].between(self.zone, now, until):
                yield Upcoming(name, slot.name, slot.at, shift_note(slot, self.zone))

    def soonest(self, now: datetime) -> Upcoming | None:
        """Return the first slot of all after now; each schedule is asked no further than the best one so far."""
        best: Upcoming | None = None
        for name in sorted(self.schedules):
            until = best.at - timedelta.resolution if best else now + HORIZON
            best = next(self._of(name, now, until), best)
        return best

    def first(self, now: datetime, count: int, routine: str | None = None) -> list[Upcoming]:
        """Return the next `count` slots, of one routine or of all."""
        stream = self.upcoming(now, now + HORIZON) if routine is None else self._of(routine, now, now + HORIZON)
        return list(islice(stream, count))


class Lookout:
    """Remembers a timetable's next slot, so that it is asked of all schedules once per slot and not at every look."""

    def __init__(self) -> None:
        self._known: tuple[Timetable, datetime, Upcoming | None] | None = None

    def next(self, timetable: Timetable, now: datetime) -> Upcoming | None:
        """Return the first slot after now, or None where there is none within five years."""
        if self._known is not None:
            of, since, coming = self._known
            if of is timetable and since <= now and (coming is None or now < coming.at):
                return coming
        self._known = timetable, now, timetable.soonest(now)
        return self._known[2]


def timetable(config: Config, holidays: frozenset[date] = frozenset()) -> Timetable:
    """Return the timetable of a configuration; `holidays` are the days that `except: holidays` leaves out."""
    schedules: dict[str, Schedule] = {}
    for name in config.routines:
        _add(schedules, config.routines, name, holidays, ())
    enabled = {name: schedule for name, schedule in schedules.items() if config.routines[name].enabled}
    return Timetable(ZoneInfo(config.shop.timezone), enabled)


def _add(
    schedules: dict[str, Schedule],
    routines: Mapping[str, RoutineConfig],
    name: str,
    holidays: frozenset[date],
    path: tuple[str, ...],
) -> None:
    """Add a routine's schedule, after those it follows; a circle (refused by `check`) is cut."""
    if name in schedules or name in path or name not in routines:
        return
    routine = routines[name]
    schedule = schedule_of(routine)
    if schedule is None:
        for other in routine.after:
            _add(schedules, routines, other, holidays, (*path, name))
        schedule = Following(tuple(schedules[other] for other in routine.after if other in schedules))
    schedules[name] = Without(schedule, holidays) if routine.except_ == "holidays" else schedule


def signature(config: Config, name: str) -> str:
    """Return what a routine's schedule depends on, as text: where it differs, the routine counts as rescheduled."""
    routine = config.routines[name]
    timing = routine.model_dump(mode="json", include=set(_TIMING))
    if routine.at is None and routine.cron is None and routine.every is None:
        timing["others"] = [signature(config, other) for other in routine.after if other != name]
    return wire.dumps({"zone": config.shop.timezone, **timing})
