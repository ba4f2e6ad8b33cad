"""The month so far, and against its goal: how much there is, how much there should be by now, and how it will end.

Pace: the expected share of a month by the end of a day is the sum of the weights of its days until then over the sum
of the weights of all its days. A day weighs the mean gross of its weekday over the last eight weeks (ordinary days
only); a holiday still to come weighs nothing. Where a weekday has no such mean every day weighs the same. Which of
the two it was is said.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from daemon.api import Money, Text, Value
from jobs.briefing.past import DAY, Past
from jobs.briefing.plan import Plan

LOOK_BACK = timedelta(weeks=8)
FEWEST_DAYS = 28
EVEN = Decimal("0.02")
"""A distance to the expected sum below this share of it is "on pace"."""


@dataclass(frozen=True)
class Share:
    """Which share of a month's sales is to be expected by now, 0 to 1, and whether by its weekdays or its days."""

    expected: Decimal
    by_weekday: bool


def month_days(day: date) -> list[date]:
    """Return all days of the month of a day."""
    return [day.replace(day=n + 1) for n in range(monthrange(day.year, day.month)[1])]


def weekday_weights(values: Mapping[date, Decimal], odd: frozenset[date], last: date) -> dict[int, Decimal] | None:
    """Return the mean of each weekday over the eight weeks to `last`; None with less than four weeks of days."""
    recent = {day: one for day, one in values.items() if last - LOOK_BACK < day <= last}
    ordinary = {day: one for day, one in recent.items() if day not in odd}
    by_weekday = {n: [one for day, one in ordinary.items() if day.weekday() == n] for n in range(7)}
    if len(recent) < FEWEST_DAYS or not all(by_weekday.values()):
        return None
    return {n: sum(found, Decimal(0)) / len(found) for n, found in by_weekday.items()}


def share(days: Sequence[date], last: date, weights: Mapping[int, Decimal] | None, off: frozenset[date]) -> Share:
    """Return the share of `days` that lies up to `last` inclusive; days in `off` weigh nothing."""
    if weights is not None:
        by_day = {day: weights[day.weekday()] if day not in off else Decimal(0) for day in days}
        if total := sum(by_day.values(), Decimal(0)):
            return Share(sum((by_day[day] for day in days if day <= last), Decimal(0)) / total, by_weekday=True)
    return Share(Decimal(sum(1 for day in days if day <= last)) / len(days), by_weekday=False)


def month(past: Past, plan: Plan, currency: str) -> list[Text]:
    """Return the sentences on the month of yesterday; with days missing the pace is not said."""
    days = month_days(past.yesterday)
    so_far = [day for day in days if day <= past.yesterday]
    known = [past.gross[day] for day in so_far if day in past.gross]
    if not known:
        return []
    done = Money(sum(known, Decimal(0)), currency)
    values: dict[str, Value] = {"first": days[0], "last": past.yesterday, "done": done, "n": len(so_far) - len(known)}
    goal = plan.goal_of(past.yesterday)
    if values["n"]:
        return [*_against(values, goal, currency), _gaps(values)]
    if goal is None:
        return _against(values, goal, currency) if len(so_far) > 1 else []
    return [*_against(values, goal, currency), _pace(past, days, goal, done)]


def _against(values: Mapping[str, Value], goal: Decimal | None, currency: str) -> list[Text]:
    if goal is None:
        return [Text("Gross from {first} to {last}: {done}.", values)]
    done = values["done"]
    reached = done.amount / goal if isinstance(done, Money) else Decimal(0)
    whole = {**values, "goal": Money(goal, currency), "percent": percent(reached)}
    return [Text("Gross from {first} to {last}: {done}, {percent}% of the month's goal ({goal}).", whole)]


def _gaps(values: Mapping[str, Value]) -> Text:
    return Text("{n} day of it is not known.", values, plural="{n} days of it are not known.")


def _pace(past: Past, days: Sequence[date], goal: Decimal, done: Money) -> Text:
    """Return how the month stands against what is to be expected by now."""
    if past.yesterday == days[-1]:
        return _ended(done, Money(goal, done.currency))
    weights = weekday_weights(past.gross, past.odd, past.yesterday)
    off = frozenset(day for day in past.holidays if day > past.yesterday)
    part = share(days, past.yesterday, weights, off)
    due = goal * part.expected
    ahead = Money(abs(done.amount - due), done.currency)
    values: dict[str, Value] = {
        "ahead": ahead,
        "expected": percent(part.expected),
        "way": Text("by the weekdays of the last 8 weeks") if part.by_weekday else Text("by the number of days"),
    }
    if abs(done.amount - due) <= due * EVEN:
        return Text("On pace: {expected}% is to be expected by now, {way}.", values)
    if done.amount > due:
        return Text("Ahead of pace by {ahead}: {expected}% is to be expected by now, {way}.", values)
    return Text("Behind pace by {ahead}: {expected}% is to be expected by now, {way}.", values)


def _ended(done: Money, goal: Money) -> Text:
    distance = Money(abs(done.amount - goal.amount), goal.currency)
    if done.amount >= goal.amount:
        return Text("The month is over: its goal was reached with {distance} to spare.", {"distance": distance})
    return Text("The month is over: its goal was missed by {distance}.", {"distance": distance})


def percent(part: Decimal) -> int:
    """Return a share as whole percent, rounded half even."""
    return int((part * 100).quantize(Decimal(1), ROUND_HALF_EVEN))


def rest_of_month(past: Past) -> list[date]:
    """Return today and the days after it to the end of its month, without the holidays that are known."""
    today = past.yesterday + DAY
    return [day for day in month_days(today) if day >= today and day not in past.holidays]
