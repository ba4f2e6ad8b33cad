"""A slot falls once, where a person would look for it: through clock changes, odd zones and cron's own dialect.

The tests named t01 to t11 are the acceptance checks of the scheduler's research notes.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from daemon.config import RoutineConfig
from daemon.model import Slot
from daemon.occurrences.slots import Following, Schedule, Without, newest, schedule_of, shift_note

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def schedule(**words: object) -> Schedule:
    made = schedule_of(RoutineConfig.model_validate({"job": "sweep", **words}))
    assert made is not None
    return made


def slots(made: Schedule, first: str, last: str, zone: ZoneInfo = BERLIN) -> list[Slot]:
    """The slots from midnight of the first local day to midnight after the last."""
    after = datetime.combine(date.fromisoformat(first), time(), zone).astimezone(UTC) - timedelta.resolution
    until = datetime.combine(date.fromisoformat(last) + DAY, time(), zone).astimezone(UTC) - timedelta.resolution
    return list(made.between(zone, after, until))


def walls(found: list[Slot], zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{slot.at.astimezone(zone):%m-%d %H:%M}" for slot in found]


def test_t01_a_time_inside_the_spring_gap_runs_an_hour_later_under_its_own_name() -> None:
    found = slots(schedule(at="02:30"), "2026-03-28", "2026-03-30")
    assert walls(found) == ["03-28 02:30", "03-29 03:30", "03-30 02:30"]
    assert found[1] == Slot("2026-03-29T02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    assert shift_note(found[1], BERLIN) == "03:30, shifted: 02:30 does not exist on 29 March"
    assert [shift_note(found[n], BERLIN) for n in (0, 2)] == ["", ""]


def test_t02_a_repeated_time_runs_once_the_first_time() -> None:
    found = slots(schedule(at="02:30"), "2026-10-25", "2026-10-25")
    assert found == [Slot("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))]
    assert shift_note(found[0], BERLIN) == ""


def test_t03_midnight_survives_spring_forward() -> None:
    found = slots(schedule(at=["00:00", "00:30"]), "2026-03-29", "2026-03-31")
    assert walls(found) == [f"03-{day} {at}" for day in (29, 30, 31) for at in ("00:00", "00:30")]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-04-01"), ("Europe/London", "2026-04-01"), ("America/New_York", "2026-04-01"),
        ("Asia/Beirut", "2026-04-01"), ("Africa/Cairo", "2026-05-01"), ("America/Santiago", "2026-10-01"),
        ("Australia/Sydney", "2026-11-01"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", [{"at": "00:05", "days": [1]}, {"cron": "5 0 1 * *"}])
def test_t04_the_first_of_the_month_after_a_clock_change_runs(zone: str, day: str, words: dict[str, object]) -> None:
    assert [s.name for s in slots(schedule(**words), day, day, ZoneInfo(zone))] == [f"{day}T00:05"]


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Europe/Berlin", "2026-03-30"), ("America/New_York", "2026-03-09"), ("Australia/Sydney", "2026-10-05")],
)
@pytest.mark.parametrize("words", [{"at": "00:00", "days": ["mon"]}, {"cron": "0 0 * * 1"}])
def test_t05_monday_midnight_after_a_clock_change_runs(zone: str, day: str, words: dict[str, object]) -> None:
    before = (date.fromisoformat(day) - 6 * DAY).isoformat()
    assert [s.name for s in slots(schedule(**words), before, day, ZoneInfo(zone))] == [f"{day}T00:00"]


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 92), ("2026-10-25", 100), ("2026-06-01", 96)])
@pytest.mark.parametrize("words", [{"every": "15m"}, {"cron": "*/15 * * * *"}])
def test_t06_a_quarter_of_an_hour_is_real_time_through_both_nights(
    day: str, count: int, words: dict[str, object]
) -> None:
    found = slots(schedule(**words), day, day)
    assert len(found) == count
    assert {b.at - a.at for a, b in pairwise(found)} == {timedelta(minutes=15)}
    assert all(slot.name == f"{slot.at:%Y-%m-%dT%H:%M}Z" for slot in found)
    assert {shift_note(slot, BERLIN) for slot in found} == {""}


def test_t07_the_missing_hour_makes_no_duplicate() -> None:
    found = slots(schedule(cron="*/30 1-4 * * *"), "2026-03-29", "2026-03-29")
    assert [w[6:] for w in walls(found)] == ["01:00", "01:30", "03:00", "03:30", "04:00", "04:30"]
    assert [slot.name[-5:] for slot in found][2:4] == ["03:00", "03:30"]


@pytest.mark.parametrize(
    ("zone", "day", "at", "runs"),
    [
        ("America/Santiago", "2026-09-06", "00:00", "2026-09-06T01:00-0300"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-04T02:45+1100"),
        ("America/Nuuk", "2026-03-28", "23:30", "2026-03-29T00:30-0100"),
    ],
)
def test_t08_odd_gaps_keep_the_run(zone: str, day: str, at: str, runs: str) -> None:
    first, last = (date.fromisoformat(day) - DAY).isoformat(), (date.fromisoformat(day) + DAY).isoformat()
    found = [s for s in slots(schedule(at=at), first, last, ZoneInfo(zone)) if s.name == f"{day}T{at}"]
    assert [f"{s.at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M%z}" for s in found] == [runs]


def test_t08_a_date_that_never_was_makes_no_second_run() -> None:
    apia = ZoneInfo("Pacific/Apia")
    found = slots(schedule(at="09:00"), "2011-12-29", "2011-12-31", apia)
    assert [slot.name for slot in found] == ["2011-12-29T09:00", "2011-12-31T09:00"]


def test_t09_in_every_zone_a_daily_time_falls_once_on_every_date() -> None:
    chance = random.Random(2026)
    for zone in sorted(available_timezones() - {"localtime"}):
        month = date(chance.randint(2024, 2030), chance.choice([3, 4, 9, 10, 11, chance.randint(1, 12)]), 1)
        at = chance.choice(["00:00", "00:30", "01:00", "01:59", "02:00", "02:30", "03:00", "12:00", "23:30"])
        last = month + 27 * DAY
        found = [s for s in slots(schedule(at=at), (month - DAY).isoformat(), (last + DAY).isoformat(), ZoneInfo(zone))
                 if month.isoformat() <= s.name[:10] <= last.isoformat()]  # fmt: skip
        assert [s.name for s in found] == [f"{month + n * DAY}T{at}" for n in range(28)], zone
        steps = [b.at - a.at for a, b in pairwise(found)]
        assert all(timedelta(0) < step <= timedelta(hours=26) for step in steps), zone


def test_whole_days_count_from_local_midnight_in_summer_and_winter() -> None:
    found = slots(schedule(every="1d"), "2026-10-24", "2026-10-26")
    assert [slot.name for slot in found] == [f"2026-10-{day}T00:00" for day in (24, 25, 26)]
    assert walls(found) == [f"10-{day} 00:00" for day in (24, 25, 26)]
    every_other = slots(schedule(every="2d"), "2026-10-01", "2026-10-31")
    assert {int(b.name[8:10]) - int(a.name[8:10]) for a, b in pairwise(every_other)} == {2}


def test_an_interval_counts_from_the_epoch_and_not_from_the_start_of_the_daemon() -> None:
    start = datetime(2026, 11, 20, 4, 7, 11, tzinfo=UTC)
    found = list(schedule(every="7h").between(BERLIN, start, start + DAY))
    assert all(int(slot.at.timestamp()) % (7 * 3600) == 0 for slot in found)
    assert len(found) in {3, 4}


def test_two_times_that_a_gap_brings_together_are_one_slot() -> None:
    found = slots(schedule(at=["02:30", "03:30"]), "2026-03-29", "2026-03-29")
    assert [slot.name for slot in found] == ["2026-03-29T03:30"]


def test_a_routine_that_only_follows_takes_the_last_slot_of_each_day() -> None:
    others = (schedule(at="02:00"), schedule(at="04:15", days="weekdays"))
    found = slots(Following(others), "2026-11-20", "2026-11-22")
    assert [slot.name for slot in found] == ["2026-11-20T04:15", "2026-11-21T02:00", "2026-11-22T02:00"]
    assert slots(Following(()), "2026-11-20", "2026-11-22") == []


def test_days_left_out_are_left_out() -> None:
    free = Without(schedule(at="02:00"), frozenset({date(2026, 12, 25), date(2026, 12, 26)}))
    assert [s.name[8:10] for s in slots(free, "2026-12-24", "2026-12-27")] == ["24", "27"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ({"every": "1m"}, ["2026-11-19T23:59Z", "2026-11-20T00:00Z"]),
        ({"cron": "* * * * *"}, ["2026-11-19T23:59Z", "2026-11-20T00:00Z"]),
        ({"at": "02:30"}, ["2026-11-18T02:30", "2026-11-19T02:30"]),
        ({"cron": "0 0 29 2 *"}, ["2020-02-29T00:00", "2024-02-29T00:00"]),
    ],
)
def test_the_newest_slots_of_ten_years_are_the_last_ones(words: dict[str, object], names: list[str]) -> None:
    until = datetime(2026, 11, 20, tzinfo=UTC)
    assert [slot.name for slot in newest(schedule(**words), BERLIN, until - 3653 * DAY, until, 2)] == names
