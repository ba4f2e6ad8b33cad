"""The day's batches: when each carrier's orders must be in, picked, packed and handed over, and what is behind. Pure.

A batch is a habit ("DHL at four"), a departure is that batch on one day. Its four times are the warehouse's local
times; a time that a change of the clocks leaves out moves by the hour, one that it repeats is the first of the two.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from itertools import islice

from jobs.kinds.shop import Order, Status
from jobs.orders.promise import ONE, Promise, WorkDays

_REACH = 60
"""Days within which a batch's next departure is looked for."""


class Step(StrEnum):
    """What has to be done with a batch, in this order."""

    PICK = "pick"
    PACK = "pack"
    COLLECT = "collect"


@dataclass(frozen=True)
class Batch:
    """The orders of one carrier (empty: of all) that are in by `cutoff`: when each step is to be over, who sees to it.

    `days` are days of the week, 0 is Monday; on others, and where the warehouse does not work, nobody collects.
    """

    carrier: str
    cutoff: time
    pick: time
    pack: time
    collect: time
    days: frozenset[int]
    person: str = ""


@dataclass(frozen=True)
class Departure:
    """One batch on one local day; moments are UTC and in order."""

    batch: Batch
    day: date
    cutoff: datetime
    ends: Mapping[Step, datetime]

    @property
    def leaves(self) -> datetime:
        """When the carrier collects."""
        return self.ends[Step.COLLECT]

    def needed(self, now: datetime) -> list[Step]:
        """Return the steps that must be over at `now`."""
        return [step for step in Step if self.ends[step] <= now]


@dataclass(frozen=True)
class Timetable:
    """The batches of a warehouse on its working days; without batches nobody knows when a carrier comes."""

    calendar: WorkDays
    batches: tuple[Batch, ...] = ()

    def of(self, carrier: str) -> tuple[Batch, ...]:
        """Return a carrier's own batches, else those of all carriers."""
        own = tuple(batch for batch in self.batches if batch.carrier.casefold() == carrier.casefold())
        return own or tuple(batch for batch in self.batches if not batch.carrier)

    def departures(self, carrier: str, since: datetime) -> Iterator[Departure]:
        """Yield the carrier's departures whose cut-off is not before `since`, in the order in which they leave."""
        batches = self.of(carrier)
        first = self.calendar.day_of(since)
        for ahead in range(_REACH if batches else 0):
            today = [self._departure(batch, first + ONE * ahead) for batch in batches]
            caught = [one for one in today if one is not None and one.cutoff >= since]
            yield from sorted(caught, key=lambda one: (one.leaves, one.cutoff))

    def next(self, carrier: str, since: datetime) -> Departure | None:
        """Return the first departure that an order of the carrier still makes when it is in at `since`."""
        return next(self.departures(carrier, since), None)

    def ahead(self, carrier: str, now: datetime) -> list[Departure]:
        """Return the carrier's departures that have not left at `now`: those of two days or a few more."""
        today = self.calendar.at(self.calendar.day_of(now), time())
        waiting = (one for one in self.departures(carrier, today) if one.leaves > now)
        return list(islice(waiting, 2 * len(self.of(carrier)) + 1))

    def _departure(self, batch: Batch, day: date) -> Departure | None:
        if day.weekday() not in batch.days or not self.calendar.works(day):
            return None
        clocks = {Step.PICK: batch.pick, Step.PACK: batch.pack, Step.COLLECT: batch.collect}
        reached = cutoff = self.calendar.at(day, batch.cutoff)
        ends: dict[Step, datetime] = {}
        for step, clock in clocks.items():
            reached = ends[step] = max(reached, self.calendar.at(day, clock))
        return Departure(batch, day, cutoff, ends)


@dataclass(frozen=True)
class Risk:
    """An order that is late unless it goes with the next departure; None: it must simply go today."""

    order: Order
    aim: datetime
    departure: Departure | None


def risks(orders: Iterable[Order], promise: Promise, timetable: Timetable, now: datetime) -> list[Risk]:
    """Return the orders that are not late yet and have one chance left, the most urgent first.

    With batches the chance is the next departure, where none after it leaves in time; without, it is the last working
    day. An unpaid order is owed nothing.
    """
    ahead = cache(lambda carrier: timetable.ahead(carrier, now))
    tomorrow = timetable.calendar.next_day(now)
    found = []
    for order in orders:
        made = [one for one in ahead(order.carrier) if one.cutoff >= order.placed]
        again = made[1].leaves if len(made) > 1 else tomorrow
        aim = promise.aim(order)
        if order.status is not Status.UNPAID and aim <= again and now < promise.due(order):
            found.append(Risk(order, aim, made[0] if made else None))
    return sorted(found, key=lambda risk: (risk.aim, risk.order.number))


@dataclass(frozen=True)
class Behind:
    """Orders of one departure that lack a step that is over; `step` COLLECT: they were left behind."""

    departure: Departure
    step: Step
    orders: tuple[Order, ...]


def behind(
    waiting: Iterable[tuple[Order, datetime]], reached: Mapping[str, Step | None], timetable: Timetable, now: datetime
) -> list[Behind]:
    """Return what is behind at `now`, by departure.

    `waiting` says since when each order could be worked on; `reached` the last step done, by the order's number. Where
    nobody records the steps of an order it is not in `reached`, and only that it was left behind can be told.
    """
    found: dict[tuple[datetime, str, Step], tuple[Departure, list[Order]]] = {}
    for order, since in waiting:
        departure = timetable.next(order.carrier, since)
        step = None if departure is None else _lacking(departure, order.number, reached, now)
        if departure is not None and step is not None:
            key = (departure.leaves, departure.batch.carrier, step)
            found.setdefault(key, (departure, []))[1].append(order)
    return [Behind(found[key][0], key[2], tuple(found[key][1])) for key in sorted(found)]


def _lacking(departure: Departure, number: str, reached: Mapping[str, Step | None], now: datetime) -> Step | None:
    """Return the step that an open order lacks: that it was left behind, else the first that is over and not done."""
    needed = departure.needed(now)
    if Step.COLLECT in needed:
        return Step.COLLECT
    if number not in reached:
        return None
    done = reached[number]
    steps = list(Step)
    missing = [step for step in needed if done is None or steps.index(step) > steps.index(done)]
    return missing[0] if missing else None
