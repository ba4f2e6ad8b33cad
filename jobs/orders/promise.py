"""When an order must be gone: working days of the warehouse, counted from the cut-off it still made. Pure.

The rule is that of OCA `sale_delivery_date` (github.com/OCA/sale-workflow, 14.0, `sale_order_line.py`): a moment after
the cut-off counts as the next day, the work begins on the first working day from there, and each further day of the
lead is a working day; the security lead (`reserve`) is the last part of the lead, so what is planned lies that many
working days before what was promised. Days and cut-offs are the warehouse's, in its own zone and not the shop's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jobs.kinds.shop import Order

ONE = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class WorkDays:
    """The days a warehouse works: those of the week (0 is Monday) but for `closed`, and those `opened` besides."""

    zone: ZoneInfo
    week: frozenset[int]
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Say whether anybody works on a local day; a day that was opened goes before one that was closed."""
        return day in self.opened or (day.weekday() in self.week and day not in self.closed)

    def first(self, day: date) -> date:
        """Return the first working day that is not before `day`."""
        while not self.works(day):
            day += ONE
        return day

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day` (0: the first one that is not before it)."""
        day = self.first(day)
        for _ in range(count):
            day = self.first(day + ONE)
        return day

    def before(self, day: date, count: int) -> date:
        """Return the `count`-th working day before `day` (0: the last one that is not after it)."""
        day = self._last(day)
        for _ in range(count):
            day = self._last(day - ONE)
        return day

    def _last(self, day: date) -> date:
        while not self.works(day):
            day -= ONE
        return day

    def day_of(self, moment: datetime) -> date:
        """Return the warehouse's local day of a moment."""
        return moment.astimezone(self.zone).date()

    def next_day(self, moment: datetime) -> datetime:
        """Return the instant (UTC) at which the working day after that of `moment` begins."""
        return self.at(self.first(self.day_of(moment) + ONE), time())

    def at(self, day: date, clock: time) -> datetime:
        """Return a local time of a day as an instant (UTC); a repeated time is the first one."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


@dataclass(frozen=True)
class Promise:
    """Within how many working days an order must be gone, and what of that is kept in `reserve`.

    What is placed after `cutoff` counts as the next day's; without one the day lasts to its end. The last day ends
    when the warehouse `closes`, on a day of `early` at its time, else at midnight.
    """

    days: int
    calendar: WorkDays
    cutoff: time | None = None
    closes: time | None = None
    early: Mapping[date, time] = field(default_factory=dict)
    reserve: int = 0
    _cuts: dict[date, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)
    _dues: dict[date, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Worked out once a day: a hundred thousand orders begin on a few dozen days."""

    def begins(self, placed: datetime) -> date:
        """Return the working day on which an order that was placed at `placed` (UTC) is first worked on."""
        day = self.calendar.day_of(placed)
        return self.calendar.first(day + ONE if placed > self._cut(day) else day)

    def promised(self, placed: datetime) -> date:
        """Return the last local day of the promise."""
        return self.calendar.after(self.begins(placed), self.days)

    def planned(self, placed: datetime) -> date:
        """Return the local day on which it is to go: the reserve before the promise, never before the work begins."""
        return self.calendar.after(self.begins(placed), max(self.days - self.reserve, 0))

    def due(self, order: Order) -> datetime:
        """Return the shop's own promise, or the end of the last day promised."""
        if order.ship_by is not None:
            return order.ship_by
        begins = self.begins(order.placed)
        if begins not in self._dues:
            self._dues[begins] = self._end(self.calendar.after(begins, self.days))
        return self._dues[begins]

    def aim(self, order: Order) -> datetime:
        """Return the moment by which it is to be gone so that the reserve is untouched; never after `due`."""
        if order.ship_by is None:
            return self._end(self.planned(order.placed))
        if not self.reserve:
            return order.ship_by
        return min(self._end(self.calendar.before(self.last_day(order), self.reserve)), order.ship_by)

    def last_day(self, order: Order) -> date:
        """Return the last local day on which the order could be sent in time; a day ends at its midnight."""
        return self.calendar.day_of(self.due(order) - _INSTANT)

    def _cut(self, day: date) -> datetime:
        """Return the instant after which an order counts as the next day's."""
        if day not in self._cuts:
            given = (self.cutoff, self.early.get(day, self.closes))
            instants = [self.calendar.at(day, clock) for clock in given if clock is not None]
            self._cuts[day] = min(instants, default=self.calendar.at(day + ONE, time()))
        return self._cuts[day]

    def _end(self, day: date) -> datetime:
        """Return when a day ends."""
        closing = self.early.get(day, self.closes)
        return self.calendar.at(day, closing) if closing is not None else self.calendar.at(day + ONE, time())
