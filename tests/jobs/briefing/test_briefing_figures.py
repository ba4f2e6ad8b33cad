"""Yesterday beside its weekday, its month and its reasons, as a reader gets it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from daemon.api import SOURCE_RECORDS
from jobs.briefing import BriefingOptions
from jobs.kinds import facts
from tests.jobs.briefing.steady import DAY, WEEK, YESTERDAY, flat, holiday, read, steady


def titles(mail: Any) -> list[str]:
    return [row["title"].id for row in mail.values["attention"]["rows"]]


def test_where_last_weeks_day_was_a_holiday_the_one_before_is_the_base(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY - WEEK, 2, "50.00", as_of=read(YESTERDAY - WEEK))
    holiday(scene, YESTERDAY - WEEK, "Founders' Day")
    scene.day(YESTERDAY, 50, "1104.00")
    mail = scene.brief()
    assert "Mon 13 Jul was a holiday (Founders' Day), so the comparison is with Mon 6 Jul." in flat(mail)
    assert "Gross: £1,104.00 · +10% vs Mon 6 Jul (£1,004.00)" in flat(mail)
    assert "That is +10% vs Mon 6 Jul (£1,004.00)." in flat(mail)


def test_where_last_weeks_day_had_no_orders_at_all_it_is_no_base(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY - WEEK, 0, "0", as_of=read(YESTERDAY - WEEK))
    scene.day(YESTERDAY, 50, "1104.00")
    assert "Mon 13 Jul had no orders at all, so the comparison is with Mon 6 Jul." in flat(scene.brief())


def test_a_holiday_is_compared_with_nothing_and_never_called_unusual(scene: Any) -> None:
    steady(scene)
    holiday(scene, YESTERDAY, "Summer Bank Holiday")
    scene.day(YESTERDAY, 3, "60.00")
    mail = scene.brief()
    assert "Monday was a holiday (Summer Bank Holiday) and is compared with no ordinary day." in flat(mail)
    assert "unusual" not in flat(mail)
    assert "vs last" not in flat(mail)


def test_a_weekday_on_which_the_shop_never_sells_is_no_news(scene: Any) -> None:
    steady(scene, closed=(0,))
    scene.day(YESTERDAY, 0, "0")
    scene.fact(SOURCE_RECORDS, 0)
    mail = scene.brief()
    assert "No orders, as on every Monday of the last weeks." in flat(mail)
    assert mail.subject.startswith("All is well")
    assert all(tile["change"] is None for tile in mail.values["numbers"]["tiles"])


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (12, "The source was read and has 12 records of the day, none of them a sale."),
        (0, "The source has no record of the day at all: data may be missing."),
    ],
)
def test_a_busy_weekday_without_an_order_asks_whether_the_shop_takes_any(scene: Any, records: int, said: str) -> None:
    steady(scene)
    scene.day(YESTERDAY, 0, "0")
    scene.fact(SOURCE_RECORDS, records)
    mail = scene.brief()
    assert titles(mail) == ["No orders on {day:weekday}: is the shop taking orders?"]
    assert f"The last 8 had 40 to 42. {said}" in flat(mail)
    assert mail.values["attention"]["rows"][0]["urgency"] == "A"


def test_a_holiday_without_an_order_worries_nobody(scene: Any) -> None:
    steady(scene)
    holiday(scene, YESTERDAY, "Midsummer")
    scene.day(YESTERDAY, 0, "0")
    assert titles(scene.brief()) == []


def test_a_quiet_shop_may_have_a_day_without_orders(scene: Any) -> None:
    for ago in range(1, 60):
        scene.day(YESTERDAY - DAY * ago, 1 + ago % 2, "20.00", as_of=read(YESTERDAY - DAY * ago))
    scene.day(YESTERDAY, 0, "0")
    assert titles(scene.brief()) == []


def test_an_unusual_day_says_beside_what_whether_it_is_good_and_what_explains_it(scene: Any) -> None:
    steady(scene)
    scene.options = BriefingOptions.model_validate(
        {"campaigns": [{"name": "Sommarrea", "from": "2026-07-19", "to": "2026-07-21"}]}
    )
    scene.day(YESTERDAY, 90, "2900.00")
    said = flat(scene.brief())
    assert "Gross: £2,900.00 is unusually high for a Monday, and that is good; the last 8 had £1,000.00 to" in said
    assert "Orders: 90 is unusually high for a Monday, and that is good; the last 8 had 40 to 42." in said
    assert "Your campaign “Sommarrea” was on." in said
    assert "usual range" not in said


def test_more_returns_are_bad_and_fewer_no_news(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY, 41, "1001.00")
    scene.fact(facts.RETURNS, Decimal("600.00"))
    assert "Returns: £600.00 is unusually high for a Monday, and that is bad;" in flat(scene.brief())
    scene.fact(facts.RETURNS, Decimal("0.00"))
    assert "unusually" not in flat(scene.brief())


def test_returns_out_of_all_proportion_are_the_first_thing_to_look_at(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY, 41, "1003.00")
    scene.fact(facts.RETURNS, Decimal("900.00"))
    mail = scene.brief()
    assert mail.subject.startswith("1 thing needs you")
    assert titles(mail) == ["Returns of {now} on {day:weekday}: is that right?"]
    assert "Returns of £900.00 on Monday: is that right?" in flat(mail)
    assert "Next: Look at the day's largest returns before they are paid out." in flat(mail)


def test_bad_news_about_a_day_stands_in_the_first_lines(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY, 12, "203.00")
    first = flat(scene.brief()).split("Yesterday in numbers")[0]
    assert "Gross: £203.00 is unusually low for a Monday, and that is bad" in first
    holiday(scene, YESTERDAY - DAY, "Sunday of Days")
    assert "unusually" not in flat(scene.brief()).split("Yesterday in numbers")[0], "a holiday explains it"
    scene.day(YESTERDAY, 90, "3003.00")
    assert "unusually" not in flat(scene.brief()).split("Yesterday in numbers")[0], "good news can wait"


def test_of_a_day_without_orders_only_gross_and_orders_are_compared(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY, 0, "0")
    numbers = scene.brief().values["numbers"]
    assert [tile["change"] is not None for tile in numbers["tiles"]] == [True, True, False]
    assert {row["change"] for row in numbers["rest"]} == {None}


def test_a_month_of_one_day_is_not_summed_up(scene: Any) -> None:
    scene.now = datetime(2026, 7, 2, 5, tzinfo=UTC)
    scene.day(scene.yesterday, 41, "1003.00")
    assert "Gross from" not in flat(scene.brief())


def test_without_a_reason_that_is_said_only_where_the_calendar_is_known(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY, 40, "100.00")
    said = flat(scene.brief())
    assert "Gross: £100.00 is unusually low for a Monday, and that is bad;" in said
    assert "explains it" not in said
    holiday(scene, date(2026, 5, 1), "May Day")
    assert "No holiday and no campaign of yours explains it." in flat(scene.brief())
    holiday(scene, YESTERDAY - DAY, "Sunday of Days")
    assert "It was the day after a holiday: Sunday of Days." in flat(scene.brief())


def test_days_of_a_campaign_do_not_widen_what_is_usual(scene: Any) -> None:
    steady(scene)
    sale = YESTERDAY - WEEK * 2
    scene.day(sale, 200, "5000.00", as_of=read(sale))
    scene.day(YESTERDAY, 41, "1001.00")
    assert "to £5,000.00 (last 8)" in flat(scene.brief())
    scene.options = BriefingOptions.model_validate({"campaigns": [{"name": "Sale", "from": sale, "to": sale}]})
    assert "to £1,004.00 (last 7)" in flat(scene.brief())


def test_a_day_compared_with_one_of_23_hours_says_so(scene: Any) -> None:
    scene.now = datetime(2026, 4, 6, 4, 58, tzinfo=UTC)
    sunday = date(2026, 4, 5)
    scene.day(sunday - WEEK, 40, "1000.00", as_of=read(sunday - WEEK))
    scene.day(sunday, 41, "1100.00")
    assert "Sun 29 Mar had 23 hours: the clocks changed." in flat(scene.brief())


@pytest.mark.parametrize("name", ["stale", "failed", "first", "empty"])
def test_what_is_not_known_in_full_is_neither_forecast_nor_judged(at: Callable[[str], Any], name: str) -> None:
    said = flat(at(name).brief())
    assert "probably" not in said
    assert "unusually" not in said
    assert "to be expected by now" not in said


def customers(scene: Any, new: int, returning: int, unknown: int, since: date) -> None:
    scene.fact(facts.CUSTOMERS_SINCE, since.isoformat())
    scene.fact(facts.CUSTOMERS_NEW, new)
    scene.fact(facts.CUSTOMERS_RETURNING, returning)
    scene.fact(facts.CUSTOMERS_UNKNOWN, unknown)


def test_new_and_returning_customers_say_since_when_history_counts(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY, 41, "1003.00")
    customers(scene, 12, 25, 3, date(2026, 5, 1))
    scene.fact(facts.CUSTOMERS_NEW, 10, YESTERDAY - WEEK, as_of=read(YESTERDAY - WEEK))
    said = flat(scene.brief())
    assert "New customers: 12 · +20% vs last Monday (10)" in said
    assert "Returning customers: 25" in said
    assert "New customers bought for the first time since Fri 1 May." in said
    assert "3 orders name no customer and are in neither." in said


def test_with_a_short_history_nobody_is_called_new(scene: Any) -> None:
    scene.day(YESTERDAY, 41, "1003.00")
    customers(scene, 30, 7, 4, date(2026, 7, 1))
    said = flat(scene.brief())
    assert "New customers:" not in said
    assert "Customers are known since Wed 1 Jul; new and returning are told apart from Thu 30 Jul." in said


def test_a_shop_that_names_no_customers_has_no_such_figures(scene: Any) -> None:
    scene.day(YESTERDAY, 41, "1003.00")
    customers(scene, 0, 0, 41, date(2026, 5, 1))
    said = flat(scene.brief())
    assert "New customers:" not in said
    assert "No order names a customer, so new and returning ones can't be told apart." in said


def test_customers_nobody_could_count_yesterday_are_not_available(scene: Any) -> None:
    scene.fact(facts.CUSTOMERS_NEW, 10, YESTERDAY - DAY, as_of=read(YESTERDAY - DAY))
    assert "New customers: not available" in flat(scene.brief())


def test_what_was_left_at_the_till_stands_beside_the_same_weekday(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY, 41, "1003.00")
    scene.fact(facts.CHECKOUTS, 10, YESTERDAY - WEEK, as_of=read(YESTERDAY - WEEK))
    scene.fact(facts.CHECKOUTS, 12)
    scene.fact(facts.CHECKOUTS_VALUE, Decimal("300.00"), currency="GBP")
    said = flat(scene.brief())
    assert "Abandoned checkouts: 12 · +20% vs last Monday (10)" in said
    assert "Left in abandoned checkouts: £300.00" in said


def test_a_shop_that_tells_nothing_of_its_till_has_no_such_figures(scene: Any) -> None:
    steady(scene)
    scene.day(YESTERDAY, 41, "1003.00")
    assert "Abandoned" not in flat(scene.brief())
