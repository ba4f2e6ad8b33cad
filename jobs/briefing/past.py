"""What is known of the days before, day by day, and which of them were no ordinary ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from daemon.api import Text
from jobs.briefing.gather import FAR_BACK, FAR_FACTS, Morning
from jobs.briefing.numbers import WEEK, WEEKS, only
from jobs.briefing.plan import Campaign
from jobs.briefing.unusual import median
from jobs.kinds import facts

DAY = timedelta(days=1)
BUSY = 5
"""Orders in the middle of the same weekdays from which a day without any is no chance."""
CLOSED_WEEKS = 3
"""So many same weekdays in a row without an order, and all that are known, make a closed weekday."""


@dataclass(frozen=True)
class Past:
    """Orders and gross (in the shop's currency) of the days known in full up to `yesterday`; a gap is a missing key.

    `holidays` names the days that the calendar knows; where no calendar was made `calendar` is false.
    """

    yesterday: date
    orders: Mapping[date, Decimal]
    gross: Mapping[date, Decimal]
    holidays: Mapping[date, str]
    campaigns: tuple[Campaign, ...]
    calendar: bool

    def weeks_before(self, day: date) -> list[date]:
        """Return the same weekday of the eight weeks before a day, the nearest first."""
        return [day - WEEK * week for week in range(1, WEEKS + 1)]

    def campaign(self, day: date) -> Campaign | None:
        """Return the campaign that was on, the one that began last."""
        on = [one for one in self.campaigns if one.first <= day <= one.last]
        return max(on, key=lambda one: one.first, default=None)

    def _orders_of(self, days: Sequence[date]) -> list[Decimal]:
        return [self.orders[day] for day in days if day in self.orders]

    def regularly_closed(self, day: date) -> bool:
        """Whether nothing was sold on any of the last same weekdays: the shop has no business then."""
        before = self._orders_of(self.weeks_before(day))
        return len(before) >= CLOSED_WEEKS and not any(before)

    @cached_property
    def shut(self) -> frozenset[date]:
        """The days without an order whose weekday is a busy one otherwise: closed, or something was broken."""
        busy = {n for n in range(7) if self._middle(n) >= BUSY}
        return frozenset(day for day, orders in self.orders.items() if orders == 0 and day.weekday() in busy)

    def _middle(self, weekday: int) -> Decimal:
        return median([n for day, n in self.orders.items() if day.weekday() == weekday] or [Decimal(0)])

    @cached_property
    def odd(self) -> frozenset[date]:
        """The days that are no measure for others: holidays, campaigns, and those that were shut."""
        on = (day for day in self.orders if self.campaign(day) is not None)
        return frozenset({*self.holidays, *self.shut, *on})

    def ordinary(self, day: date) -> bool:
        """Whether a day may be held against others."""
        return day not in self.odd


def past_of(morning: Morning) -> Past:
    """Return what the book says of the days up to yesterday; partial days and those in several currencies are gaps."""
    book, currency = morning.book, morning.shop.currency
    days = [day for ago in range(FAR_BACK + 1) if _whole(morning, day := morning.yesterday - DAY * ago)]
    orders = {day: book.count(facts.ORDERS, day) for day in days}
    gross = {day: only(book.money(facts.GROSS, day)) for day in days}
    return Past(
        yesterday=morning.yesterday,
        orders={day: count for day, count in orders.items() if count is not None},
        gross={day: money.amount for day, money in gross.items() if money and money.currency == currency},
        holidays={fact.day: str(fact.value) for fact in morning.holidays if fact.value},
        campaigns=morning.plan.campaigns,
        calendar=bool(morning.holidays),
    )


def _whole(morning: Morning, day: date) -> bool:
    """Whether a day's orders and gross are known up to its end."""
    known = [fact.as_of for name in FAR_FACTS for fact in morning.book.of(name, day)]
    return bool(known) and min(known) >= morning.start_of(day + DAY)


def reason(past: Past, day: date) -> Text | None:
    """Return what was special about a day, or that nothing was, as a sentence; None where nobody knows."""
    found = special(past, day)
    if found is None and past.calendar:
        return Text("No holiday and no campaign of yours explains it.")
    return found


def special(past: Past, day: date) -> Text | None:
    """Return the campaign or the holiday next to a day, as a sentence; None where none is known."""
    if (campaign := past.campaign(day)) is not None:
        return Text("Your campaign “{name}” was on.", {"name": campaign.name})
    if day - DAY in past.holidays:
        return Text("It was the day after a holiday: {name}.", {"name": past.holidays[day - DAY]})
    if day + DAY in past.holidays:
        return Text("It was the day before a holiday: {name}.", {"name": past.holidays[day + DAY]})
    return None
