"""When orders must be gone: published figures, cut-offs, holidays and clock changes."""

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.orders.promise import Promise, WorkDays
from tests.jobs.warehouse_scenes import CALENDAR, MOMENTS, NEW_YORK, ORDER, WEEK, ZONES, at

PARIS = ZoneInfo("Europe/Paris")
VECTORS = Path(__file__).parents[2].parent / "shared/specs/commerce-vectors.json"


def cases() -> list[dict[str, Any]]:
    return json.loads(VECTORS.read_text())["cutoff_OCA"]["cases"] if VECTORS.exists() else []


@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are not here")
@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['confirm']}+{case.get('lead_days', 1)}")
def test_cutoff_oca_preparation_and_delivery_fall_on_the_published_days(case: dict[str, Any]) -> None:
    utc = ZoneInfo("UTC")
    promise = Promise(case.get("lead_days", 1), WorkDays(utc, WEEK), time(8), reserve=1)
    confirmed = at(case["confirm"], utc)
    assert promise.planned(confirmed) == date.fromisoformat(case["prep"])
    assert promise.promised(confirmed) == date.fromisoformat(case["deliver"])


@pytest.mark.parametrize(("confirmed", "prepared"), [("00:30", "2021-10-04"), ("23:30", "2021-10-05")])
def test_cutoff_oca_tz_is_the_warehouses_clock(confirmed: str, prepared: str) -> None:
    promise = Promise(1, WorkDays(PARIS, frozenset(range(7))), time(10), reserve=1)
    moment = at(f"2021-10-04T{confirmed}", ZoneInfo("UTC"))
    assert promise.planned(moment) == date.fromisoformat(prepared)
    assert promise.promised(moment) == date.fromisoformat(prepared) + timedelta(days=1)


def test_the_cutoff_itself_is_still_in_time() -> None:
    promise = Promise(0, CALENDAR, time(14))
    assert promise.begins(at("2026-11-19T14:00")) == date(2026, 11, 19)
    assert promise.begins(at("2026-11-19T14:00:01")) == date(2026, 11, 20)


def test_midsummer_eve_that_the_owner_closes_is_no_working_day_and_a_saturday_can_be_one() -> None:
    eve, saturday = date(2026, 6, 19), date(2026, 6, 20)
    promise = Promise(1, replace(CALENDAR, closed=frozenset({eve}), opened=frozenset({saturday})))
    assert promise.promised(at("2026-06-18T10:00")) == saturday


def test_a_day_that_ends_earlier_takes_orders_no_longer_and_ends_the_promise_sooner() -> None:
    eve = date(2026, 12, 23)
    promise = Promise(0, CALENDAR, time(14), time(17), {eve: time(12)})
    assert promise.due(replace(ORDER, placed=at("2026-12-23T11:00"))) == at("2026-12-23T12:00")
    assert promise.due(replace(ORDER, placed=at("2026-12-23T13:00"))) == at("2026-12-24T17:00")


def test_the_shops_own_promise_loses_the_reserve_in_working_days() -> None:
    order = replace(ORDER, ship_by=at("2026-11-23T15:00"))
    assert Promise(2, CALENDAR).aim(order) == at("2026-11-23T15:00")
    assert Promise(2, CALENDAR, reserve=1).aim(order) == at("2026-11-21T00:00")


@pytest.mark.parametrize(
    ("placed", "begins"),
    [
        ("2026-03-08T06:59", date(2026, 3, 8)),
        ("2026-03-08T07:31", date(2026, 3, 9)),
        ("2026-11-01T05:29", date(2026, 11, 1)),
        ("2026-11-01T05:31", date(2026, 11, 2)),
        ("2026-11-01T06:29", date(2026, 11, 2)),
    ],
)
def test_in_the_night_of_a_clock_change_the_warehouses_zone_rules_and_not_the_shops(placed: str, begins: date) -> None:
    cutoffs = {3: time(2, 30), 11: time(1, 30)}
    promise = Promise(0, WorkDays(NEW_YORK, frozenset(range(7))), cutoffs[begins.month])
    moment = at(placed, ZoneInfo("UTC"))
    assert promise.begins(moment) == begins
    assert promise.due(replace(ORDER, placed=moment)) == datetime.combine(
        begins + timedelta(days=1), time(), NEW_YORK
    )  # fmt: skip


CLOCKS = st.none() | st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
DAYS = st.frozensets(st.dates(date(2025, 12, 1), date(2028, 2, 1)), max_size=20)
CALENDARS = st.builds(WorkDays, ZONES, st.frozensets(st.integers(0, 6), min_size=1), DAYS, DAYS)
PROMISES = st.builds(Promise, st.integers(0, 9), CALENDARS, CLOCKS, CLOCKS, st.just({}), st.integers(0, 4))


@given(MOMENTS, PROMISES)
def test_no_order_is_due_before_it_was_placed_nor_planned_after_it_is_due(placed: datetime, promise: Promise) -> None:
    order = replace(ORDER, placed=placed)
    assert placed <= promise.aim(order) <= promise.due(order)


@given(MOMENTS, PROMISES, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_a_longer_lead_and_a_later_order_are_never_due_sooner(
    placed: datetime, promise: Promise, later: timedelta
) -> None:
    order, after = replace(ORDER, placed=placed), replace(ORDER, placed=placed + later)
    assert promise.due(order) <= replace(promise, days=promise.days + 1).due(order)
    assert promise.due(order) <= promise.due(after)


@given(MOMENTS, PROMISES)
def test_work_begins_and_ends_on_working_days(placed: datetime, promise: Promise) -> None:
    assert promise.calendar.works(promise.begins(placed))
    assert promise.calendar.works(promise.promised(placed))
