"""The month against its goal, and what is likely to come, as a reader gets it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from jobs.briefing import BriefingOptions
from jobs.briefing.goal import share, weekday_weights
from tests.jobs.briefing.steady import DAY, WEEK, YESTERDAY, flat, holiday, read, steady


def test_the_month_against_its_goal_says_how_pace_was_reckoned(scene: Any) -> None:
    steady(scene)
    scene.options = BriefingOptions.model_validate({"goal": 31000})
    scene.day(YESTERDAY, 41, "1003.00")
    said = flat(scene.brief())
    assert "Gross from Wed 1 Jul to Mon 20 Jul: £20,043.00, 65% of the month's goal (£31,000.00)." in said
    assert "On pace: 65% is to be expected by now, by the weekdays of the last 8 weeks." in said
    scene.options = BriefingOptions.model_validate({"goal": {"jul": 20000, "2026-07": 62000}})
    assert "Behind pace by £19,9" in flat(scene.brief())


def test_with_little_history_pace_goes_by_the_days(scene: Any) -> None:
    steady(scene, days=19)
    scene.options = BriefingOptions.model_validate({"goal": 15500})
    scene.day(YESTERDAY, 41, "1003.00")
    said = flat(scene.brief())
    assert "Ahead of pace by £10,043.00: 65% is to be expected by now, by the number of days." in said


def test_a_month_with_a_gap_has_no_pace(scene: Any) -> None:
    steady(scene)
    scene.night.kept = [fact for fact in scene.night.kept if fact.day != YESTERDAY - DAY * 3]
    scene.options = BriefingOptions.model_validate({"goal": 31000})
    scene.day(YESTERDAY, 41, "1003.00")
    said = flat(scene.brief())
    assert "1 day of it is not known." in said
    assert "pace" not in said
    assert "Wed 1 Jul to Fri 31 Jul probably" not in said


def test_on_the_first_of_a_month_the_last_one_is_closed(scene: Any) -> None:
    scene.now = datetime(2026, 7, 1, 4, 58, tzinfo=UTC)
    for ago in range(70):
        day = date(2026, 6, 30) - DAY * ago
        scene.day(day, 40, "1000.00", as_of=read(day))
    scene.options = BriefingOptions.model_validate({"goal": 31000})
    assert "The month is over: its goal was missed by £1,000.00." in flat(scene.brief())
    scene.options = BriefingOptions.model_validate({"goal": 29000})
    assert "The month is over: its goal was reached with £1,000.00 to spare." in flat(scene.brief())


def test_a_holiday_to_come_weighs_nothing_in_the_months_share() -> None:
    month = [date(2026, 7, n) for n in range(1, 32)]
    even = dict.fromkeys(range(7), Decimal(10))
    plain, with_holiday = (share(month, YESTERDAY, even, off) for off in (frozenset(), frozenset({date(2026, 7, 24)})))
    assert plain.expected == Decimal(20) / 31
    assert with_holiday.expected == Decimal(20) / 30


def test_odd_days_have_no_weight_of_their_own() -> None:
    values = {YESTERDAY - DAY * n: Decimal(100) for n in range(56)}
    values[YESTERDAY - WEEK] = Decimal(9000)
    weights = weekday_weights(values, frozenset({YESTERDAY - WEEK}), YESTERDAY)
    assert weights == dict.fromkeys(range(7), Decimal(100))


def test_the_forecast_shows_its_error_beside_that_of_last_weeks_figure(scene: Any) -> None:
    steady(scene, days=125)
    scene.day(YESTERDAY, 41, "1003.00")
    said = flat(scene.brief())
    assert "Today: about £1,000, on 8 days of 10 between £9" in said
    assert "Over the last 28 days such forecasts were off by 0%, last week's figure alone by 0%." in said
    assert "Wed 1 Jul to Fri 31 Jul: about £31,100, between £31," in said


def test_a_holiday_today_gets_no_forecast(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY, 41, "1003.00")
    holiday(scene, YESTERDAY + DAY, "Midsummer")
    said = flat(scene.brief())
    assert "Today is a holiday (Midsummer), so there is no forecast for it." in said
    assert "Today: about" not in said


def test_a_forecast_that_was_off_by_more_than_half_is_not_given(scene: Any) -> None:
    for ago in range(1, 71):
        day = YESTERDAY - DAY * ago
        scene.day(day, 40, str(10 ** (ago // 7 % 5)), as_of=read(day))
    scene.day(YESTERDAY, 40, "10.00")
    assert "such forecasts" not in flat(scene.brief())


@pytest.mark.parametrize(
    "options",
    [
        {"goal": 0},
        {"goal": {"july": 5}},
        {"goal": {"2026-13": 5}},
        {"campaigns": [{"name": "Sale", "from": "2026-07-21", "to": "2026-07-19"}]},
    ],
)
def test_a_plan_that_can_not_be_meant_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BriefingOptions.model_validate(options)
