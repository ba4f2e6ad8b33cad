"""The business days that ended since the last good run: which they are, what of them is known, what is reported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

from daemon.api import SOURCE_RECORDS, Context, Finding, Goal, Text, Urgency, Value
from jobs.kinds import facts
from jobs.kinds.shop import Coverage, ShopSystem
from jobs.orders import customers
from jobs.orders.figures import Figures, by_day

MARK = "day"
ONE = timedelta(days=1)
_SHOWN = 4
"""Days that a sentence names; it counts all of them."""


@dataclass(frozen=True)
class Span:
    """Local days, both inclusive: `first` to `last` are due, `back` to `first` are read for comparisons only.

    `skipped` counts due days that are too long ago to be caught up.
    """

    back: date
    first: date
    last: date
    skipped: int = 0

    def days(self) -> Iterator[date]:
        """Yield every day from `back` to `last`."""
        return (self.back + ONE * n for n in range((self.last - self.back).days + 1))


def span(mark: str | None, today: date, history_days: int, catch_up_days: int) -> Span:
    """Return the days to count when `mark` names the last day counted (None: this is the first run)."""
    last = today - ONE
    if mark is None:
        return Span(last - ONE * history_days, last, last)
    first = date.fromisoformat(mark) + ONE
    earliest = last - ONE * (catch_up_days - 1)
    kept = max(first, earliest)
    return Span(kept, kept, last, max((earliest - first).days, 0))


@dataclass(frozen=True)
class Counted:
    """What became of the days: the figures by day, and the due days of which nothing or only a part is known."""

    span: Span
    figures: dict[date, Figures]
    missing: tuple[date, ...] = ()
    partial: tuple[date, ...] = ()

    @property
    def newest(self) -> Figures | None:
        """The figures of the last due day, where they are known."""
        return self.figures.get(self.span.last)


def count(ctx: Context, shop: ShopSystem, coverage: Coverage, wanted: Span) -> Counted:
    """Read the days in one pass; a day not covered is left out, a covered day without a record is zero."""
    if wanted.first > wanted.last:
        return Counted(wanted, {})
    documents = shop.documents(ctx.start_of(wanted.back), ctx.start_of(wanted.last + ONE))
    found = by_day(documents, lambda moment: moment.astimezone(ctx.zone).date(), ctx.shop.currency)
    if coverage.silence_is_zero:
        _add_silent(ctx, coverage, wanted, found)
    due = [day for day in wanted.days() if day >= wanted.first]
    missing = tuple(day for day in due if day not in found)
    partial = tuple(day for day in due if day in found and coverage.as_of < ctx.start_of(day + ONE))
    return Counted(wanted, found, missing, partial)


def _add_silent(ctx: Context, coverage: Coverage, wanted: Span, found: dict[date, Figures]) -> None:
    """Add zeros for the days without a record that the source reaches back to."""
    for day in wanted.days():
        if coverage.since is None or coverage.since < ctx.start_of(day + ONE):
            found.setdefault(day, Figures(ctx.shop.currency))


def settled(ctx: Context, coverage: Coverage, counted: Counted) -> date | None:
    """Return the last day that need not be counted again: known to its end, or missing with later records present."""
    last = None
    for day in counted.span.days():
        end = ctx.start_of(day + ONE)
        late = day in counted.missing and (coverage.trails is None or coverage.trails < end)
        if coverage.as_of < end or late:
            break
        last = day
    return last


def report(ctx: Context, source: str, coverage: Coverage, counted: Counted, top: int) -> None:
    """Report each known day's figures as facts; products only of the days that are due."""
    told = customers.told_apart(ctx, source, {day: one.buyers for day, one in counted.figures.items()})
    for day, figures in sorted(counted.figures.items()):
        _facts(ctx, source, coverage, day, figures)
        _customers(ctx, source, coverage, day, figures, told)
        if day >= counted.span.first:
            _products(ctx, source, coverage, day, figures, top)


def _facts(ctx: Context, source: str, coverage: Coverage, day: date, figures: Figures) -> None:
    currency, as_of = ctx.shop.currency, coverage.as_of
    for name, number in (
        (facts.ORDERS, figures.orders),
        (facts.UNITS, figures.units),
        (facts.CANCELLATIONS, figures.cancellations),
        (SOURCE_RECORDS, figures.records),
    ):
        ctx.fact(name, day, number, as_of=as_of, source=source)
    for name, money in ((facts.GROSS, figures.gross), (facts.RETURNS, figures.returns)):
        ctx.fact(name, day, money.get(currency, 0), as_of=as_of, source=source, unit=currency)
    for code, amount in figures.foreign.items():
        where = {"currency": code}
        ctx.fact(facts.FOREIGN_GROSS, day, amount, as_of=as_of, source=source, unit=code, dimensions=where)


def _customers(
    ctx: Context, source: str, coverage: Coverage, day: date, figures: Figures, told: customers.ToldApart
) -> None:
    """Report the day's customers; on the very first day known nobody can be called new or returning."""
    as_of, new = coverage.as_of, told.new.get(day, 0)
    ctx.fact(facts.CUSTOMERS_SINCE, day, told.since.isoformat(), as_of=as_of, source=source)
    ctx.fact(facts.CUSTOMERS_UNKNOWN, day, len(figures.guests), as_of=as_of, source=source)
    if day > told.since:
        ctx.fact(facts.CUSTOMERS_NEW, day, new, as_of=as_of, source=source)
        ctx.fact(facts.CUSTOMERS_RETURNING, day, len(figures.buyers) - new, as_of=as_of, source=source)


def _products(ctx: Context, source: str, coverage: Coverage, day: date, figures: Figures, top: int) -> None:
    for sale in figures.top(top):
        which = {"sku": sale.sku, "title": sale.title}
        as_of, currency = coverage.as_of, ctx.shop.currency
        ctx.fact(facts.PRODUCT_UNITS, day, sale.units, as_of=as_of, source=source, dimensions=which)
        ctx.fact(facts.PRODUCT_GROSS, day, sale.gross, as_of=as_of, source=source, unit=currency, dimensions=which)


def tell(ctx: Context, source: str, coverage: Coverage, counted: Counted) -> None:
    """Report the days that are missing, partial, skipped or in several currencies; say so where there are none."""
    if counted.missing:
        _tell_missing(ctx, source, counted.missing)
    if counted.partial:
        _tell_partial(ctx, source, coverage, counted.partial)
    if counted.span.skipped:
        title = Text(
            "{n} day was too long ago to be counted",
            {"n": counted.span.skipped},
            "{n} days were too long ago to be counted",
        )
        ctx.find(Finding("orders:skipped", Urgency.STAYS_BROKEN, title, goal=Goal.OTHER))
    _tell_currencies(ctx, source, counted)
    if counted.figures and not counted.missing and not counted.partial:
        ctx.checked(_covers(source, counted.span))


def _tell_missing(ctx: Context, source: str, days: Sequence[date]) -> None:
    title = Text(
        "{source} has no record of {days}, so it has no figures",
        {"source": source, "days": _named(days), "n": len(days)},
        "{source} has no record of {n} days, so they have no figures: {days}",
    )
    step = Text("Export the day, or set gaps: closed if the shop was closed", {"n": len(days)},
                "Export the days, or set gaps: closed if the shop was closed")  # fmt: skip
    since = ctx.start_of(days[0])
    ctx.find(Finding("orders:missing", Urgency.STAYS_BROKEN, title, next_step=step, since=since, goal=Goal.OTHER))


def _tell_partial(ctx: Context, source: str, coverage: Coverage, days: Sequence[date]) -> None:
    values: dict[str, Value] = {"source": source, "days": _named(days), "as_of": coverage.as_of}
    title = Text("{source} is known only up to {as_of}, so the figures of {days} may be incomplete", values)
    ctx.find(Finding("orders:partial", Urgency.STAYS_BROKEN, title, since=coverage.as_of, goal=Goal.OTHER))


def _named(days: Sequence[date]) -> Text:
    """Return the first days as a list in one sentence's place."""
    told: list[Value] = [*days[:_SHOWN], *["…"][: len(days) - _SHOWN]]
    first = Text("{day}", {"day": told[0]})
    return reduce(lambda rest, last: Text("{rest}, {last}", {"rest": rest, "last": last}), told[1:], first)


def _covers(source: str, counted: Span) -> Text:
    values: dict[str, Value] = {"source": source, "first": counted.first, "last": counted.last}
    if counted.first == counted.last:
        return Text("{source} covers all of {last}", values)
    return Text("{source} covers every day from {first} to {last}", values)


def _tell_currencies(ctx: Context, source: str, counted: Counted) -> None:
    due = [figures for day, figures in counted.figures.items() if day >= counted.span.first]
    foreign = sorted({code for figures in due for code in figures.foreign})
    if foreign:
        values = {"source": source, "currencies": ", ".join(foreign), "currency": ctx.shop.currency}
        title = Text("{source} also sold in {currencies}; that is not part of the figures in {currency}", values)
        ctx.find(Finding("orders:currencies", Urgency.STAYS_BROKEN, title, goal=Goal.OTHER))
