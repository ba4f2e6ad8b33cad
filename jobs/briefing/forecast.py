"""What a day will probably bring, by its weekday, with a band and an honest error; pure, Decimal in and out.

Two methods look at the same weekday of earlier weeks: its last value (the seasonal naive forecast, the one to
beat) and the median of its last four, which one wild day can't pull. Each day of a back-test is forecast from what was
known before it, by the method whose error was the smaller until then, so that the choice is tested with the rest.

The error is the weighted absolute percentage error, sum |actual - forecast| / sum actual (Hyndman and Koehler,
International Journal of Forecasting 22, 2006, on why days of zero forbid the mean percentage error). The band of
a day is the forecast times the 10 % and 90 % quantiles of actual / forecast over the back-test: it held 8 days of 10.
That of a span takes the smallest and the largest, because spans overlap and so are fewer tries than they seem.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from jobs.briefing.unusual import median

DAY = timedelta(days=1)
WEEKS = 4
TESTED = 28
"""Days of a back-test; as many again stand before it for the choice of the method."""
FEWEST_DAYS = 28
FEWEST_TESTS = 14
SPANS_TESTED = 56
"""Starts of past spans, a day apart."""
DAY_BAND = Decimal("0.1"), Decimal("0.9")
SPAN_BAND = Decimal(0), Decimal(1)

Method = Callable[[Sequence[Decimal]], Decimal]
"""From the values of the same weekday, the newest first and at least one, to what comes next."""


def _last(same: Sequence[Decimal]) -> Decimal:
    return same[0]


METHODS: tuple[Method, ...] = (_last, median)
BASELINE, ROBUST = 0, 1
"""The places of the seasonal naive forecast and of the median among them."""


@dataclass(frozen=True)
class Forecast:
    """An expected amount with its band, and by which share (0.14 is 14 %) this and the baseline were off."""

    expected: Decimal
    low: Decimal
    high: Decimal
    error: Decimal
    baseline_error: Decimal
    tested: int


@dataclass(frozen=True)
class _Test:
    """One past day or span: what came, and what each method would have said."""

    actual: Decimal
    said: tuple[Decimal, ...]


@dataclass(frozen=True)
class Series:
    """Amounts by local day, in any order.

    `odd` days (holidays, campaigns, closures) are no model for another day; those whose oddness could be `foreseen` are
    not tested either, because nothing would have been forecast for them.
    """

    values: Mapping[date, Decimal]
    odd: frozenset[date] = frozenset()
    foreseen: frozenset[date] = frozenset()

    @cached_property
    def _weekdays(self) -> dict[int, list[date]]:
        """The ordinary days of each weekday, in order."""
        days = sorted(day for day in self.values if day not in self.odd)
        return {weekday: [day for day in days if day.weekday() == weekday] for weekday in range(7)}

    def same(self, day: date, before: date) -> list[Decimal]:
        """Return the ordinary values of the weekday of `day` on days before `before`, newest first, at most four."""
        days = self._weekdays[day.weekday()]
        end = bisect_left(days, before)
        return [self.values[one] for one in reversed(days[max(end - WEEKS, 0) : end])]

    def said(self, day: date, before: date) -> tuple[Decimal, ...] | None:
        """Return what each method says of `day` from what was known before `before`; None where nothing was."""
        same = self.same(day, before)
        return tuple(method(same) for method in METHODS) if same else None

    @cached_property
    def tests(self) -> dict[date, _Test]:
        """The tests of all days but odd foreseen ones, each from the days before it."""
        known = sorted(day for day in self.values if day not in self.foreseen)
        said = ((day, self.said(day, day)) for day in known)
        return {day: _Test(self.values[day], one) for day, one in said if one is not None}

    def best(self, before: date) -> int:
        """Return the place of the method with the smallest error on the 28 days before `before`.

        At first, and where errors are equal, it is the last one, which a single wild day can't pull.
        """
        recent = [test for day, test in self.tests.items() if before - TESTED * DAY <= day < before]
        if len(recent) < FEWEST_TESTS:
            return ROBUST
        missed = [_missed((test.actual, test.said[place]) for test in recent) for place in range(len(METHODS))]
        return max(place for place, one in enumerate(missed) if one == min(missed))


def of_day(series: Series, day: date) -> Forecast | None:
    """Return the forecast of `day` from the days before it; None with less than four weeks of them."""
    if not _enough(series, day):
        return None
    said = series.said(day, day)
    pairs = [(test, series.best(past)) for past, test in series.tests.items() if day - TESTED * DAY <= past < day]
    return None if said is None else _weighed(said, series.best(day), pairs, DAY_BAND)


def of_span(series: Series, first: date, days: Sequence[date], done: Decimal) -> Forecast | None:
    """Return the forecast of `done` plus `days` (of which `first` is the earliest) from the days before `first`.

    Tested on the newest past spans of the same length; `done` is known and takes no part in the errors.
    """
    if not days or not _enough(series, first):
        return None
    total = _span_said(series, first, days)
    pairs = [pair for start in _starts(first, len(days)) for pair in _span_test(series, start, len(days))]
    if total is None:
        return None
    found = _weighed(total, series.best(first), pairs, SPAN_BAND)
    return None if found is None else Forecast(
        done + found.expected, done + found.low, done + found.high, found.error, found.baseline_error, found.tested
    )  # fmt: skip


def _enough(series: Series, before: date) -> bool:
    return sum(1 for day in series.values if day < before) >= FEWEST_DAYS


def _starts(first: date, length: int) -> Iterator[date]:
    """Yield the starts of the newest spans that ended before `first`."""
    return (first - DAY * (length + ago) for ago in range(SPANS_TESTED))


def _span_test(series: Series, start: date, length: int) -> Iterator[tuple[_Test, int]]:
    """Yield one test of a span, where all its days are known and every weekday was known before it."""
    days = [start + DAY * n for n in range(length)]
    if any(day not in series.values for day in days) or not _enough(series, start):
        return
    said = _span_said(series, start, [day for day in days if day not in series.foreseen])
    if said is not None:
        yield _Test(sum((series.values[day] for day in days), Decimal(0)), said), series.best(start)


def _span_said(series: Series, before: date, days: Iterable[date]) -> tuple[Decimal, ...] | None:
    """Return each method's sum over `days`, all from what was known before `before`; None where one has no past."""
    weekdays: dict[int, tuple[Decimal, ...] | None] = {}
    sums = [Decimal(0)] * len(METHODS)
    for day in days:
        if day.weekday() not in weekdays:
            weekdays[day.weekday()] = series.said(day, before)
        said = weekdays[day.weekday()]
        if said is None:
            return None
        sums = [total + one for total, one in zip(sums, said, strict=True)]
    return tuple(sums)


def _weighed(
    said: tuple[Decimal, ...], place: int, pairs: Sequence[tuple[_Test, int]], band: tuple[Decimal, Decimal]
) -> Forecast | None:
    """Return the forecast with the band and errors of its tests; None where they are too few or all of nothing.

    Where the baseline was better on all of the tests it is the forecast.
    """
    actual = sum((test.actual for test, _ in pairs), Decimal(0))
    if len(pairs) < FEWEST_TESTS or actual <= 0:
        return None
    baseline = _missed((test.actual, test.said[BASELINE]) for test, _ in pairs)
    chosen = _missed((test.actual, test.said[one]) for test, one in pairs)
    if baseline < chosen:
        place, chosen, pairs = BASELINE, baseline, [(test, BASELINE) for test, _ in pairs]
    low, high = _band(said[place], _ratios(pairs), band)
    return Forecast(said[place], low, high, chosen / actual, baseline / actual, len(pairs))


def _ratios(pairs: Iterable[tuple[_Test, int]]) -> list[Decimal]:
    """Return how many times what was said came true in each test; one that said nothing tells nothing."""
    return [test.actual / test.said[one] for test, one in pairs if test.said[one] > 0]


def _band(expected: Decimal, ratios: Sequence[Decimal], band: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    """Return the band of an expected amount from the ratios actual / forecast; it holds the amount itself."""
    if not ratios:
        return expected, expected
    low, high = (expected * quantile(sorted(ratios), share) for share in band)
    return min(low, expected), max(high, expected)


def _missed(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the sum of the distances between what came and what was said."""
    return sum((abs(actual - said) for actual, said in pairs), Decimal(0))


def quantile(ordered: Sequence[Decimal], share: Decimal) -> Decimal:
    """Return a quantile of ordered values by linear interpolation (type 7 of Hyndman and Fan, 1996)."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
