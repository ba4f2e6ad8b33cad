"""Yesterday's figures: exact, compared only with what is comparable, and honest about what is not there."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from daemon.model import Money
from jobs.briefing.comparing import change
from jobs.kinds import facts

YESTERDAY = date(2026, 7, 20)


def test_a_figure_is_the_exact_sum_rounded_half_even_for_the_eye_only(scene: Any) -> None:
    dice = random.Random(5)
    for day in range(141):
        scene.night.kept.clear()
        cents = [Decimal(dice.randrange(1, 10**8)) / 1000 for _ in range(dice.randrange(1, 40))]
        for number, amount in enumerate(cents):
            scene.fact(facts.GROSS, amount, source=f"shop {number}", channel=str(number))
        scene.fact(facts.ORDERS, 1000 + day)
        shown = sum(cents, Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        numbers = scene.brief()
        for part in (numbers.text, numbers.seen):
            assert f"£{shown:,}" in part
            assert f"{1000 + day:,}" in part


def test_22_what_nobody_could_read_is_not_available_and_never_zero(at: Callable[[str], Any]) -> None:
    mail = at("failed").brief()
    for label in ("Gross", "Orders", "Average order", "Returns", "Net (gross less returns)", "Units sold"):
        assert f"{label}: not available\n" in mail.text
    assert mail.values["numbers"]["chart"]["bars"][-1]["height"] is None
    assert all(tile["change"] is None for tile in mail.values["numbers"]["tiles"])
    assert "There is no record of the orders of Mon 20 Jul" in " ".join(mail.text.split())


def test_23_a_stale_time_stands_wherever_its_figures_do(at: Callable[[str], Any]) -> None:
    mail = at("stale").brief()
    flat = " ".join(mail.text.split())
    assert mail.subject.startswith("Incomplete: orders read ≤ 14:05")
    assert "41 orders, £18,240.50 on Monday (≤ 14:05); later orders were not read." in flat
    assert "Up to 14:05 only (≤ 14:05)" in mail.text
    assert "≤ 14:05" in mail.seen
    assert all(tile["change"] is None for tile in mail.values["numbers"]["tiles"] + mail.values["numbers"]["rest"])


@pytest.mark.parametrize("name", ["stale", "failed", "empty"])
def test_15_without_its_figures_a_briefing_never_says_that_all_is_well(at: Callable[[str], Any], name: str) -> None:
    scene = at(name)
    scene.night.seen.clear()
    mail = scene.brief()
    assert mail.subject.startswith("Incomplete: ")
    assert "All is well" not in mail.text + mail.seen


@pytest.mark.parametrize(
    ("now", "base", "said"),
    [
        (Decimal(41), Decimal(35), "+{n}% vs last {day:weekday} ({base})"),
        (Decimal(35), Decimal(41), "-{n}% vs last {day:weekday} ({base})"),
        (Decimal(5), Decimal(9), "{n} less than last {day:weekday} ({base})"),
        (Decimal(9), Decimal(5), "{n} more than last {day:weekday} ({base})"),
        (Decimal(400), Decimal(100), "+{n}% vs last {day:weekday} ({base})"),
        (Decimal(401), Decimal(100), "{n} more than last {day:weekday} ({base})"),
        (Decimal(500), Decimal(0), "{n} more than last {day:weekday} ({base})"),
        (Decimal(500), Decimal(-20), "{n} more than last {day:weekday} ({base})"),
        (Decimal(-5), Decimal(200), "{n} less than last {day:weekday} ({base})"),
        (Decimal(1000), Decimal(1001), "about the same as last {day:weekday} ({base})"),
        (Decimal(7), Decimal(7), "the same as last {day:weekday} ({base})"),
    ],
)
def test_24_a_percentage_has_its_base_and_small_numbers_none(now: Decimal, base: Decimal, said: str) -> None:
    told = change(now, base, YESTERDAY)
    assert told is not None
    assert told.id == said
    assert told.values["base"] == base


def test_two_currencies_are_never_compared() -> None:
    assert change(Money(Decimal(5), "EUR"), Money(Decimal(5), "SEK"), YESTERDAY) is None


def test_two_currencies_stand_side_by_side_and_are_never_added(scene: Any) -> None:
    scene.fact(facts.ORDERS, 3)
    scene.fact(facts.GROSS, Decimal("10.00"), unit="GBP", connection="a")
    scene.fact(facts.GROSS, Decimal("20.00"), unit="EUR", connection="b")
    mail = scene.brief()
    assert "Gross: €20.00 + £10.00" in mail.text
    assert "30.00" not in mail.text
    assert "Average order: not available" in mail.text


def test_gross_in_another_currency_has_a_line_of_its_own_and_no_average_is_guessed(scene: Any) -> None:
    scene.day(YESTERDAY, 3, "30.00")
    scene.fact(facts.FOREIGN_GROSS, Decimal("20.00"), unit="EUR", currency="EUR")
    mail = scene.brief()
    assert "Gross: £30.00\n" in mail.text
    assert "Gross in other currencies: €20.00" in mail.text
    assert "Average order: not available" in mail.text


def test_the_usual_range_needs_four_weeks(scene: Any) -> None:
    scene.day(YESTERDAY, 41, "500.00")
    for week in (1, 2, 3):
        past = YESTERDAY - timedelta(weeks=week)
        scene.day(past, 20, f"{week}00.00", as_of=datetime(2026, 7, 21, tzinfo=UTC))
    assert "sual" not in scene.brief().text
    scene.day(YESTERDAY - timedelta(weeks=4), 20, "400.00")
    assert "Above the usual range for a Monday: £100.00 to £400.00 (last 4)." in scene.brief().text


def test_a_day_of_last_week_that_was_read_too_early_is_no_base(at: Callable[[str], Any]) -> None:
    scene = at("well")
    week_ago = YESTERDAY - timedelta(days=7)
    scene.day(week_ago, 1, "1.00", as_of=datetime(2026, 7, 13, 12, 0, tzinfo=UTC))
    mail = scene.brief()
    assert "vs last Monday" not in mail.text
    assert "There are no whole figures of Mon 13 Jul to compare with." in mail.text


def test_a_day_without_an_order_gets_its_mail(at: Callable[[str], Any]) -> None:
    mail = at("zero").brief()
    assert mail.subject == "1 thing needs you · no orders · Tue 21 Jul"
    assert "No orders on Monday." in mail.text
    assert "Gross: £0.00" in mail.text


def test_the_first_briefing_says_when_comparison_starts(at: Callable[[str], Any]) -> None:
    mail = at("first").brief()
    assert "These are the first figures: comparison starts on Tue 28 Jul." in mail.text
    assert "vs" not in mail.text
    assert mail.values["numbers"]["chart"] is None


def test_42_the_line_of_blocks_has_a_sign_for_each_day_and_a_dot_for_a_gap(at: Callable[[str], Any]) -> None:
    chart = at("well").brief().values["numbers"]["chart"]
    assert len(chart["line"]) == len(chart["bars"]) == 14
    assert [index for index, sign in enumerate(chart["line"]) if sign == "·"] == [9]
    assert chart["bars"][9]["height"] is None
    assert max(bar["height"] or 0 for bar in chart["bars"]) == 54


@pytest.mark.parametrize(
    ("now", "hours"), [(datetime(2026, 3, 30, 5, 0, tzinfo=UTC), 23), (datetime(2026, 10, 26, 6, 0, tzinfo=UTC), 25)]
)
def test_30_a_day_on_which_the_clocks_changed_says_its_hours(scene: Any, now: datetime, hours: int) -> None:
    scene.now = now
    scene.day(now.date() - timedelta(days=1), 20, "100.00")
    assert f"Sunday had {hours} hours: the clocks changed." in scene.brief().text


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "Asia/Shanghai", "America/St_Johns"])
@pytest.mark.parametrize("clock", ["00:10", "06:58", "23:59"])
def test_31_yesterday_is_the_shops_own(scene: Any, zone: str, clock: str) -> None:
    hour, minute = map(int, clock.split(":"))
    scene.shop = replace(scene.shop, timezone=zone)
    scene.now = datetime(2026, 7, 21, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    scene.day(YESTERDAY, 20, "100.00")
    mail = scene.brief()
    assert "Yesterday in numbers: Monday 20 July 2026" in mail.text
    assert "20 orders, £100.00 on Monday." in mail.text
    assert mail.stored.day == date(2026, 7, 21)
