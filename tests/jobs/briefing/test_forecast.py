"""What a forecast promises, for any history whatever, and how it does on half a year of a real shop."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.briefing.forecast import Forecast, Series, of_day, of_span, quantile

DAY = timedelta(days=1)
FIRST = date(2026, 1, 5)
DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "online-retail"
amounts = st.decimals(min_value=0, max_value=100000, places=2, allow_nan=False, allow_infinity=False)
histories = st.lists(amounts, min_size=56, max_size=84)


def days(values: list[Decimal]) -> dict[date, Decimal]:
    return {FIRST + DAY * n: value for n, value in enumerate(values)}


def today(series: Series) -> date:
    return max(series.values) + DAY


def week_ahead(series: Series) -> Forecast | None:
    return of_span(series, today(series), [today(series) + DAY * n for n in range(7)], Decimal(0))


@given(histories, st.randoms(use_true_random=False))
def test_the_order_in_which_the_days_are_given_changes_nothing(values: list[Decimal], dice: object) -> None:
    shuffled = list(days(values).items())
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    series, mixed = Series(days(values)), Series(dict(shuffled))
    assert of_day(series, today(series)) == of_day(mixed, today(mixed))
    assert week_ahead(series) == week_ahead(mixed)


@given(st.decimals(min_value="0.01", max_value=100000, places=2), st.integers(56, 126))
def test_a_constant_series_forecasts_itself_without_a_band_and_without_error(value: Decimal, length: int) -> None:
    series = Series(days([value] * length))
    found = of_day(series, today(series))
    assert found is not None
    assert found.expected == found.low == found.high == value
    assert found.error == found.baseline_error == 0
    ahead = week_ahead(series)
    assert ahead is not None
    assert ahead.expected == ahead.low == ahead.high == value * 7


@given(histories, st.integers(-3, 6))
def test_money_in_another_unit_is_forecast_in_that_unit(values: list[Decimal], power: int) -> None:
    scale = Decimal(10) ** power
    one, other = (Series(days([value * factor for value in values])) for factor in (Decimal(1), scale))
    for plain, scaled in ((of_day(one, today(one)), of_day(other, today(other))), (week_ahead(one), week_ahead(other))):
        assert (plain is None) == (scaled is None)
        if plain is not None and scaled is not None:
            for part in ("expected", "low", "high"):
                assert float(getattr(scaled, part)) == pytest.approx(float(getattr(plain, part) * scale))
            assert float(scaled.error) == pytest.approx(float(plain.error))


@given(histories)
def test_the_band_holds_the_forecast_and_the_choice_is_no_worse_than_last_weeks_figure(values: list[Decimal]) -> None:
    series = Series(days(values))
    for found in (of_day(series, today(series)), week_ahead(series)):
        if found is not None:
            assert found.low <= found.expected <= found.high
            assert found.error <= found.baseline_error


def test_with_less_than_four_weeks_nothing_is_claimed() -> None:
    short, enough = Series(days([Decimal(5)] * 27)), Series(days([Decimal(5)] * 28))
    assert of_day(short, today(short)) is None
    assert of_day(enough, today(enough)) is not None


def test_one_wild_day_does_not_carry_into_the_next_week() -> None:
    values = days([Decimal(100 + n % 7) for n in range(70)])
    wild = max(values) - DAY * 6
    found = of_day(Series({**values, wild: Decimal(9000)}), today(Series(values)))
    assert found is not None
    assert found.expected < 110


def test_a_day_known_to_be_odd_is_no_model_for_the_next() -> None:
    values = days([Decimal(100)] * 70)
    holidays = frozenset(max(values) - DAY * 6 - timedelta(weeks=week) for week in range(4))
    series = Series({**values, **dict.fromkeys(holidays, Decimal(0))}, holidays, holidays)
    found = of_day(series, today(series))
    assert found is not None
    assert (found.expected, found.error) == (Decimal(100), Decimal(0))


def test_what_is_done_of_a_span_is_added_and_has_no_error() -> None:
    series = Series(days([Decimal(100)] * 70))
    found = of_span(series, today(series), [today(series)], Decimal(900))
    assert found is not None
    assert (found.expected, found.low, found.high) == (Decimal(1000),) * 3


@pytest.mark.parametrize(("share", "value"), [("0", 1), ("0.5", 2), ("0.75", "2.5"), ("1", 3)])
def test_a_quantile_lies_between_its_neighbours(share: str, value: object) -> None:
    assert quantile([Decimal(1), Decimal(2), Decimal(3)], Decimal(share)) == Decimal(str(value))


@pytest.fixture(scope="module")
def gross() -> Mapping[date, Decimal]:
    """Gross of every day of half a year, days without a file as zero."""
    if not DATA.is_dir():
        pytest.skip("the transactions are not beside this checkout")
    found: dict[date, Decimal] = defaultdict(Decimal)
    for path in DATA.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
                if quantity > 0 and price > 0 and row["InvoiceNo"][0] not in "AC":
                    found[date.fromisoformat(path.stem)] += quantity * price
    first, last = min(found), max(found)
    return {first + DAY * n: found.get(first + DAY * n, Decimal(0)) for n in range((last - first).days + 1)}


def test_on_a_real_half_year_it_beats_last_weeks_figure_and_its_band_holds(gross: Mapping[date, Decimal]) -> None:
    missed = baseline = total = Decimal(0)
    inside = tried = 0
    for day in sorted(gross)[28:]:
        series = Series({past: value for past, value in gross.items() if day - DAY * 126 <= past < day})
        found = of_day(series, day)
        assert found is not None
        missed += abs(gross[day] - found.expected)
        baseline += abs(gross[day] - series.values[day - DAY * 7])
        total += gross[day]
        tried += 1
        inside += found.low <= gross[day] <= found.high
    assert missed / total < baseline / total * Decimal("0.95")
    assert Decimal("0.7") < Decimal(inside) / tried < Decimal("0.9")
