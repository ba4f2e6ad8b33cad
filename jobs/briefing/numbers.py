"""The figures of a day, exact, with what they rest on.

A day whose source was read before the day was over is partial: it is shown with "up to" its moment and compared
with nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from daemon.api import SOURCE_RECORDS, Money
from jobs.briefing.gather import Morning
from jobs.kinds import facts

WEEK = timedelta(days=7)
WEEKS = 8


@dataclass(frozen=True)
class Figures:
    """The figures of one local day; None or an empty tuple is "not available".

    `read` is the oldest `as_of`. `foreign` is gross in other currencies, which nothing here adds to `gross`. `new` and
    `returning` count customers, `unknown` the orders that name none. `records` stand behind all of it in the source.
    `checkouts` were left at the till, with `left` in them.
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
    new: Decimal | None = None
    returning: Decimal | None = None
    unknown: Decimal | None = None
    records: Decimal | None = None
    checkouts: Decimal | None = None
    left: tuple[Money, ...] = ()

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
        new=book.count(facts.CUSTOMERS_NEW, day),
        returning=book.count(facts.CUSTOMERS_RETURNING, day),
        unknown=book.count(facts.CUSTOMERS_UNKNOWN, day),
        records=book.count(SOURCE_RECORDS, day),
        checkouts=book.count(facts.CHECKOUTS, day),
        left=book.money(facts.CHECKOUTS_VALUE, day),
    )


def earlier(morning: Morning, days: timedelta) -> Figures | None:
    """Return the figures of the day that lies `days` before yesterday, or None where they are partial or unknown."""
    found = figures(morning, morning.yesterday - days)
    return None if found.partial or found.read is None else found


def only(amounts: tuple[Money, ...]) -> Money | None:
    """Return the amount where there is exactly one currency."""
    return amounts[0] if len(amounts) == 1 else None
