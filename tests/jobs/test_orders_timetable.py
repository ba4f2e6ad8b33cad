"""Which batch orders go with, which of them are at risk, and what is said in time."""

from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from pydantic import ValidationError

from daemon.api import Context, Fact, Urgency
from daemon.render.say import Voice, say
from daemon.testing import NOW, FakeNight, make_context, names_in
from jobs.kinds import facts
from jobs.kinds.shop import Order, Status
from jobs.orders import warning
from jobs.orders.moving import Place
from jobs.orders.piles import pile
from jobs.orders.promise import Promise, WorkDays
from jobs.orders.timetable import Batch, Step, Timetable, behind, risks
from jobs.orders.warehouse import BatchOptions, WarehouseOptions
from tests.jobs.warehouse_scenes import CALENDAR, MOMENTS, NEW_YORK, ORDER, WEEK, ZONES, at

DHL = Batch("DHL", time(11), time(13), time(15), time(16), WEEK, "Anna")
DECLARED = names_in(facts)
READY = Place("ready")
TABLE = Timetable(CALENDAR, (DHL, replace(DHL, carrier="", collect=time(18), cutoff=time(12))))


@pytest.mark.parametrize(
    ("carrier", "since", "leaves"),
    [
        ("DHL", "2026-11-19T11:00", "2026-11-19T16:00"),
        ("dhl", "2026-11-19T11:01", "2026-11-20T16:00"),
        ("DHL", "2026-11-20T12:00", "2026-11-23T16:00"),
        ("Post", "2026-11-19T11:30", "2026-11-19T18:00"),
    ],
)
def test_an_order_goes_with_the_first_batch_of_its_carrier_whose_cutoff_it_makes(
    carrier: str, since: str, leaves: str
) -> None:
    departure = TABLE.next(carrier, at(since))
    assert departure is not None
    assert departure.leaves == at(leaves)


def test_nobody_collects_on_a_holiday_and_an_unknown_carrier_has_no_batch() -> None:
    closed = replace(TABLE, calendar=replace(CALENDAR, closed=frozenset({date(2026, 11, 19)})), batches=(DHL,))
    departure = closed.next("DHL", at("2026-11-19T08:00"))
    assert departure is not None
    assert departure.day == date(2026, 11, 20)
    assert closed.next("Post", at("2026-11-19T08:00")) is None


@given(MOMENTS, ZONES)
def test_the_four_times_of_a_departure_follow_each_other_in_every_night(since: datetime, zone: ZoneInfo) -> None:
    night = Batch("", time(1, 30), time(2), time(2, 15), time(2, 30), frozenset(range(7)))
    departure = Timetable(WorkDays(zone, frozenset(range(7))), (night,)).next("", since)
    assert departure is not None
    assert since <= departure.cutoff <= departure.ends[Step.PICK] <= departure.ends[Step.PACK] <= departure.leaves


PROMISE = Promise(1, CALENDAR)
PLACED = at("2026-11-18T10:00")


def numbers(table: Timetable, now: str, *orders: Order) -> list[str]:
    return [risk.order.number for risk in risks(orders, PROMISE, table, at(now))]


def test_without_batches_an_order_is_at_risk_on_its_last_working_day_and_not_before() -> None:
    order = replace(ORDER, placed=PLACED)
    bare = Timetable(CALENDAR)
    assert numbers(bare, "2026-11-18T23:59", order) == []
    assert numbers(bare, "2026-11-19T05:00", order) == ["1"]
    assert numbers(bare, "2026-11-20T00:00", order) == []
    assert numbers(bare, "2026-11-19T05:00", replace(order, status=Status.UNPAID)) == []


def test_on_friday_an_order_due_on_monday_still_has_monday() -> None:
    order = replace(ORDER, placed=at("2026-11-20T08:00"))
    assert numbers(Timetable(CALENDAR), "2026-11-20T09:00", order) == []
    assert numbers(Timetable(CALENDAR), "2026-11-22T09:00", order) == []
    assert numbers(Timetable(CALENDAR), "2026-11-23T00:00", order) == ["1"]


def test_with_batches_an_order_is_at_risk_while_only_one_more_leaves_in_time() -> None:
    order = replace(ORDER, placed=PLACED, carrier="DHL")
    table = Timetable(CALENDAR, (DHL,))
    assert numbers(table, "2026-11-18T15:59", order) == []
    (risk,) = risks([order], PROMISE, table, at("2026-11-18T16:00"))
    assert risk.departure is not None
    assert risk.departure.leaves == at("2026-11-19T16:00")


def test_a_batch_that_takes_no_more_orders_is_still_the_chance_of_those_that_made_it() -> None:
    made = replace(ORDER, placed=at("2026-11-18T10:30"), carrier="DHL")
    missed = replace(made, number="2", placed=at("2026-11-18T11:30"))
    found = risks([made, missed], replace(PROMISE, days=0), Timetable(CALENDAR, (DHL,)), at("2026-11-18T12:00"))
    leaves = {risk.order.number: risk.departure.leaves for risk in found if risk.departure}
    assert leaves == {"1": at("2026-11-18T16:00"), "2": at("2026-11-19T16:00")}


@pytest.mark.parametrize(
    ("now", "reached", "step"),
    [
        ("12:59", {"1": None}, None),
        ("13:00", {"1": None}, Step.PICK),
        ("13:00", {"1": Step.PICK}, None),
        ("15:30", {"1": None}, Step.PICK),
        ("15:30", {"1": Step.PICK}, Step.PACK),
        ("15:30", {}, None),
        ("16:00", {"1": Step.PACK}, Step.COLLECT),
        ("16:00", {}, Step.COLLECT),
    ],
)
def test_a_step_has_slipped_once_its_time_is_over(now: str, reached: dict[str, Step | None], step: Step | None) -> None:
    order = replace(ORDER, carrier="DHL")
    found = behind([(order, at("2026-11-19T09:00"))], reached, TABLE, at(f"2026-11-19T{now}"))
    assert [one.step for one in found] == ([] if step is None else [step])


def told(folder: Path, now: str, *standing: tuple[Order, Place], days: int = 3) -> Context:
    moment = at(now)
    ctx = make_context(folder, DECLARED, now=moment)
    promise = Promise(days, CALENDAR)
    floor = warning.Floor([order for order, _ in standing], pile(standing, promise, moment), moment)
    warning.tell(ctx, "main", floor, promise, Timetable(CALENDAR, (DHL,)))
    return ctx


VOICE = Voice("en", "DE", "Europe/Berlin", date(2026, 11, 2))


def words(ctx: Context) -> list[str]:
    parts = ((one.title, one.detail, one.next_step) for one in ctx.report.findings)
    return [" | ".join(say(text, VOICE) for text in found if text is not None) for found in parts]


def test_a_missed_batch_is_told_before_the_next_cutoff(tmp_path: Path) -> None:
    ctx = told(tmp_path, "2026-11-20T05:00", (replace(ORDER, carrier="DHL", placed=at("2026-11-19T09:00")), READY))
    assert words(ctx) == [
        (
            "Order 1 was left behind by DHL, Thu 19 Nov 16:00 | Anna sees to this batch | "
            "Put it into the batch that takes orders until Fri 20 Nov 11:00"
        )
    ]
    (finding,) = ctx.report.findings
    assert (finding.urgency, finding.due) == (Urgency.DUE_TODAY, at("2026-11-20T11:00"))


def test_a_slipped_step_is_told_before_the_carrier_comes(tmp_path: Path) -> None:
    some = [replace(ORDER, number=str(n), carrier="DHL", placed=at("2026-11-19T09:00")) for n in range(6)]
    ctx = told(tmp_path, "2026-11-19T13:30", *((one, READY) for one in some))
    assert words(ctx) == [
        (
            "6 orders should have been picked by Thu 19 Nov 13:00: 0, 1, 2, … | Anna sees to this batch | "
            "Do it now: DHL collects Thu 19 Nov 16:00"
        )
    ]
    assert ctx.report.findings[0].due == at("2026-11-19T16:00")
    assert [fact.value for fact in ctx.report.facts if fact.name == "orders.behind"] == [6]


def test_a_late_risk_names_the_departure_and_what_is_held(tmp_path: Path) -> None:
    order = replace(ORDER, carrier="DHL", placed=at("2026-11-19T09:00"), note="ring")
    ctx = told(tmp_path, "2026-11-19T12:00", (order, Place("held", ("note",))), days=0)
    assert words(ctx) == [
        "Order 1 is late unless it leaves with DHL, Thu 19 Nov 16:00 | Order 1 is held | Send it before the others"
    ]
    assert [fact.value for fact in ctx.report.facts if fact.name == "orders.risk"] == [1]


def test_what_was_picked_has_not_slipped_and_what_was_sent_is_nobodys_risk(tmp_path: Path) -> None:
    order = replace(ORDER, carrier="DHL", placed=at("2026-11-19T09:00"))
    picked = told(tmp_path, "2026-11-19T13:30", (order, Place("picked")))
    sent = told(tmp_path, "2026-11-19T13:30", (order, Place("shipped")), days=0)
    assert words(picked) == words(sent) == []
    assert [say(text, VOICE) for text in picked.report.checked] == ["no batch is behind"]


def test_a_late_order_is_told_as_late_and_not_again_as_left_behind(tmp_path: Path) -> None:
    ctx = told(tmp_path, "2026-11-19T12:00", (replace(ORDER, carrier="DHL", placed=at("2026-11-09T09:00")), READY))
    assert words(ctx) == []


def test_holidays_are_those_that_the_calendar_made_but_for_what_was_taken_back(tmp_path: Path) -> None:
    night = FakeNight()
    for day, name in ((1, "All Saints"), (2, "")):
        night.keep(Fact("calendar.holiday", date(2026, 12, day), name, "name", NOW, "holidays"))
    assert warning.holidays(make_context(tmp_path, night=night)) == {date(2026, 12, 1)}


def test_the_warehouse_has_its_own_zone_and_may_work_on_holidays() -> None:
    eve, shop = frozenset({date(2026, 12, 24)}), ZoneInfo("Europe/Berlin")
    own = WarehouseOptions.model_validate({"timezone": "America/New_York", "early": {"2026-12-23": "12:00"}})
    assert own.calendar(shop, WEEK, eve).zone == NEW_YORK
    assert not own.calendar(shop, WEEK, eve).works(date(2026, 12, 24))
    assert WarehouseOptions(holidays=False).calendar(shop, WEEK, eve).works(date(2026, 12, 24))
    assert WarehouseOptions().calendar(shop, WEEK, eve).zone == shop
    assert own.promise(1, CALENDAR).early == {date(2026, 12, 23): time(12)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timezone": "Mars/Base"}, "is no time zone"),
        ({"cutoff": "17:00", "closes": "16:00"}, "after the closing time"),
        ({"cutoff": "25:00"}, "hour must be in"),
    ],
)
def test_a_warehouse_that_cannot_be_is_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        WarehouseOptions.model_validate(options)


def test_the_times_of_a_batch_must_follow_each_other() -> None:
    given_ = {"cutoff": "11:00", "pick": "13:00", "pack": "12:00", "collect": "16:00"}
    with pytest.raises(ValidationError, match="follow each other"):
        BatchOptions.model_validate(given_)
    assert BatchOptions.model_validate({**given_, "pack": "15:00", "carrier": "DHL", "person": "Anna"}).batch() == DHL
