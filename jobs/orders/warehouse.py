"""What the owner says about the warehouse and its batches, and the values that it stands for."""

from datetime import date, time
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from daemon.api import Options
from jobs.orders.promise import Promise, WorkDays
from jobs.orders.timetable import Batch, Timetable

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = get_args(Weekday)
WORKDAYS: tuple[Weekday, ...] = WEEK[:5]


def _clock(text: str) -> str:
    time.fromisoformat(text)
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text or "UTC")
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"{text!r} is no time zone: write one such as Europe/Berlin") from error
    return text


Clock = Annotated[str, Field(pattern=r"^\d\d:\d\d$"), AfterValidator(_clock)]
"""A local time of day, such as 09:00."""
OptionalClock = Annotated[
    str, Field(pattern=r"^(\d\d:\d\d)?$"), AfterValidator(lambda text: _clock(text) if text else "")
]


class WarehouseOptions(Options):
    """Where and when parcels are made ready; its zone may differ from the shop's."""

    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "", description="The warehouse's zone, such as Europe/Warsaw; the shop's where not set."
    )
    cutoff: OptionalClock = Field("", description="What is placed later counts as the next day's, such as 14:00.")
    closes: OptionalClock = Field("", description="When the last day of a promise ends; midnight where not set.")
    reserve: int = Field(0, ge=0, le=30, description="Working days of `ship_within` that are kept in reserve.")
    holidays: bool = Field(True, description="Whether nobody works on the days of a routine with `job: calendar`.")
    closed: tuple[date, ...] = Field((), description="More days on which nobody works, such as 2026-12-28.")
    open: tuple[date, ...] = Field((), description="Days on which you work all the same, such as a Saturday.")
    early: dict[date, Clock] = Field({}, description="Days that end earlier, such as { 2026-12-23: 12:00 }.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.cutoff and self.closes and self.cutoff > self.closes:
            raise ValueError(f"the cut-off {self.cutoff} is after the closing time {self.closes}: swap them")
        return self

    def calendar(self, zone: ZoneInfo, week: frozenset[int], holidays: frozenset[date]) -> WorkDays:
        """Return the days that are worked on; `zone` is the shop's, `holidays` those of its calendar."""
        closed = frozenset(self.closed) | (holidays if self.holidays else frozenset())
        return WorkDays(ZoneInfo(self.timezone) if self.timezone else zone, week, closed, frozenset(self.open))

    def promise(self, days: int, calendar: WorkDays) -> Promise:
        """Return the promise to send within so many working days."""
        early = {day: time.fromisoformat(clock) for day, clock in self.early.items()}
        return Promise(days, calendar, _time(self.cutoff), _time(self.closes), early, self.reserve)


class BatchOptions(Options):
    """The orders of one carrier that leave together; the times are the warehouse's and follow each other on one day."""

    carrier: str = Field(
        "", description="The way of shipping as the shop calls it; all that have no batch where not set."
    )
    cutoff: Clock = Field(description="Orders that are in by then belong to it, such as 11:00.")
    pick: Clock = Field(description="When all of it is to be picked.")
    pack: Clock = Field(description="When all of it is to be packed.")
    collect: Clock = Field(description="When the carrier collects it.")
    days: tuple[Weekday, ...] = Field(WORKDAYS, min_length=1, description="Days on which the carrier collects.")
    person: str = Field("", max_length=80, description="Who sees to it.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        clocks = [self.cutoff, self.pick, self.pack, self.collect]
        if clocks != sorted(clocks):
            raise ValueError("the times of a batch follow each other: cutoff, pick, pack, collect")
        return self

    def batch(self) -> Batch:
        """Return the batch this stands for."""
        clocks = (self.cutoff, self.pick, self.pack, self.collect)
        cutoff, pick, pack, collect = map(time.fromisoformat, clocks)
        return Batch(self.carrier, cutoff, pick, pack, collect, days_of(self.days), self.person)


def timetable(calendar: WorkDays, batches: tuple[BatchOptions, ...]) -> Timetable:
    """Return the timetable of these batches."""
    return Timetable(calendar, tuple(batch.batch() for batch in batches))


def days_of(days: tuple[Weekday, ...] | list[Weekday]) -> frozenset[int]:
    """Return days of the week as numbers, 0 is Monday."""
    return frozenset(map(WEEK.index, days))


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None
