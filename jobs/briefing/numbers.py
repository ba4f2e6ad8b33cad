"""Yesterday's figures and what they are held against: exact, and silent wherever a comparison would mislead.

A day whose source was read before the day was over is partial: it is shown with "up to" its moment and compared
with nothing. A percentage always carries its base; under ten, the difference is said instead.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from daemon.api import Money, Text, Value
from jobs.briefing.gather import Morning
from jobs.kinds import facts

WEEK = timedelta(days=7)
WEEKS = 8
ENOUGH_WEEKS = 4
SMALL = 10
"""Below it a percentage says nothing."""

Amount = Decimal | Money


@dataclass(frozen=True)
class Figures:
    """The figures of one local day; None or an empty tuple is "not available".

    `read` is the oldest `as_of`. `foreign` is gross in other currencies, which nothing here adds to `gross`.
    """

    day: date
    orders: Decimal | None
    units: Decimal | None
    cancellations: Decimal | None
    gross: tuple[Money, ...]
    returns: tuple[Money, ...]
    read: datetime | None
    partial: bool
    foreign: tuple[Money, ...] = ()

    @property
    def net(self) -> tuple[Money, ...]:
        """Gross minus returns by currency; empty where either is not known."""
        if not self.gross or not self.returns:
            return ()
        back = {money.currency: money for money in self.returns}
        sold = {money.currency: money for money in self.gross}
        codes = sorted({*sold, *back})
        return tuple(
            sold.get(code, Money(Decimal(0), code)) - back.get(code, Money(Decimal(0), code)) for code in codes
        )

    @property
    def average(self) -> tuple[Money, ...]:
        """Gross per order; empty without orders or with several currencies, which one order count can't divide."""
        if not self.orders or len(self.gross) != 1 or self.foreign:
            return ()
        return (Money(self.gross[0].amount / self.orders, self.gross[0].currency),)


def figures(morning: Morning, day: date) -> Figures:
    """Return what is known of a local day."""
    book = morning.book
    names = (facts.ORDERS, facts.GROSS, facts.UNITS, facts.RETURNS, facts.CANCELLATIONS)
    read = min((fact.as_of for name in names for fact in book.of(name, day)), default=None)
    return Figures(
        day=day,
        orders=book.count(facts.ORDERS, day),
        units=book.count(facts.UNITS, day),
        cancellations=book.count(facts.CANCELLATIONS, day),
        gross=book.money(facts.GROSS, day),
        returns=book.money(facts.RETURNS, day),
        read=read,
        foreign=book.money(facts.FOREIGN_GROSS, day),
        partial=read is not None and read < morning.start_of(day + timedelta(days=1)),
    )


def earlier(morning: Morning, days: timedelta) -> Figures | None:
    """Return the figures of the day that lies `days` before yesterday, or None where they are partial or unknown."""
    found = figures(morning, morning.yesterday - days)
    return None if found.partial or found.read is None else found


def change(now: Amount | None, base: Amount | None, day: date) -> Text | None:
    """Return how `now` differs from `base` of the `day` a week before; None where they can't be compared."""
    pair = _comparable(now, base)
    if pair is None:
        return None
    new, old = pair
    values: dict[str, Value] = {"base": base, "day": day}
    if new == old:
        return Text("the same as last {day:weekday} ({base})", values)
    if old <= 0 or new < 0 or max(new, old) < SMALL:
        return _absolute(pair, now, values)
    percent = ((new - old) * 100 / old).quantize(Decimal(1), ROUND_HALF_EVEN)
    if percent == 0:
        return Text("about the same as last {day:weekday} ({base})", values)
    sign = "+" if percent > 0 else "-"
    return Text(sign + "{n}% vs last {day:weekday} ({base})", {**values, "n": abs(int(percent))})


def _comparable(now: Amount | None, base: Amount | None) -> tuple[Decimal, Decimal] | None:
    if isinstance(now, Decimal) and isinstance(base, Decimal):
        return now, base
    if isinstance(now, Money) and isinstance(base, Money) and now.currency == base.currency:
        return now.amount, base.amount
    return None


def _absolute(pair: tuple[Decimal, Decimal], now: Amount | None, values: dict[str, Value]) -> Text:
    distance = abs(pair[0] - pair[1])
    n = Money(distance, now.currency) if isinstance(now, Money) else distance
    if pair[0] > pair[1]:
        return Text("{n} more than last {day:weekday} ({base})", {**values, "n": n})
    return Text("{n} less than last {day:weekday} ({base})", {**values, "n": n})


def only(amounts: tuple[Money, ...]) -> Money | None:
    """Return the amount where there is exactly one currency."""
    return amounts[0] if len(amounts) == 1 else None


def usual(morning: Morning, today: Figures) -> Text | None:
    """Return the range of gross over the last same weekdays, and whether this one lies outside it."""
    amount = only(today.gross)
    same = [] if amount is None else _same_weekdays(morning, amount.currency)
    if amount is None or len(same) < ENOUGH_WEEKS:
        return None
    low, high = min(same), max(same)
    values: dict[str, Value] = {"day": today.day, "low": low, "high": high, "n": len(same)}
    if today.partial or low <= amount <= high:
        return Text("Usual for a {day:weekday}: {low} to {high} (last {n})", values)
    if amount < low:
        return Text("Below the usual range for a {day:weekday}: {low} to {high} (last {n})", values)
    return Text("Above the usual range for a {day:weekday}: {low} to {high} (last {n})", values)


def _same_weekdays(morning: Morning, currency: str) -> list[Money]:
    """Return the gross of the last same weekdays that are known in full and in this currency alone."""
    days = [earlier(morning, WEEK * week) for week in range(1, WEEKS + 1)]
    amounts = [only(day.gross) for day in days if day is not None]
    return [money for money in amounts if money is not None and money.currency == currency]
