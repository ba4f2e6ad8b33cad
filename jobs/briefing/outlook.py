"""What today and the month will probably bring, with how far such words were off lately."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TypeGuard

from daemon.api import Money, Text, Value
from jobs.briefing.forecast import Forecast, Series, of_day, of_span
from jobs.briefing.goal import month_days, percent, rest_of_month
from jobs.briefing.past import DAY, Past

WORTHLESS = Decimal("0.5")
"""A forecast that was off by more than half is not given."""
_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN)
"""More digits than these would be made up."""


def outlook(past: Past, currency: str) -> list[Text]:
    """Return the forecasts as sentences, none where less than four weeks are known or yesterday is not."""
    if past.yesterday not in past.gross:
        return []
    series = Series(past.gross, past.odd, frozenset(past.holidays))
    return [*_today(past, series, currency), *_month(past, series, currency)]


def _today(past: Past, series: Series, currency: str) -> list[Text]:
    today = past.yesterday + DAY
    if today in past.holidays:
        name = past.holidays[today]
        return [Text("Today is a holiday ({name}), so there is no forecast for it.", {"name": name})]
    found = of_day(series, today)
    if not _worth_saying(found):
        return []
    return [
        Text(
            "Today: about {expected:whole}, on 8 days of 10 between {low:whole} and {high:whole}. Over the last {n} "
            "days such forecasts were off by {error}%, last week's figure alone by {baseline}%.",
            _values(found, currency),
        )
    ]


def _month(past: Past, series: Series, currency: str) -> list[Text]:
    """Return the forecast of today's month; none where one of its days is not known."""
    today = past.yesterday + DAY
    so_far = [day for day in month_days(today) if day < today]
    if any(day not in past.gross for day in so_far):
        return []
    done = sum((past.gross[day] for day in so_far), Decimal(0))
    found = of_span(series, today, rest_of_month(past), done)
    if not _worth_saying(found):
        return []
    return [
        Text(
            "{first} to {last}: about {expected:whole}, between {low:whole} and {high:whole}. For {n} past spans as "
            "long as what is still to come, such forecasts were off by {error}%, last week's figures alone by "
            "{baseline}%.",
            {**_values(found, currency), "first": today.replace(day=1), "last": month_days(today)[-1]},
        )
    ]


def _worth_saying(found: Forecast | None) -> TypeGuard[Forecast]:
    return found is not None and found.expected > 0 and found.error <= WORTHLESS


def _values(found: Forecast, currency: str) -> dict[str, Value]:
    expected, low, high = (Money(_rounded(one), currency) for one in (found.expected, found.low, found.high))
    errors = {"error": percent(found.error), "baseline": percent(found.baseline_error)}
    return {"expected": expected, "low": low, "high": high, "n": found.tested, **errors}


def _rounded(amount: Decimal) -> Decimal:
    """Return an amount in three digits; the forecast is not exact beyond them."""
    return Decimal(f"{_THREE_DIGITS.plus(amount):f}")
