"""What `next` shows: all routines in order of time, only real dates, and whether a change counts as a new schedule."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from daemon import plugins
from daemon.api import Job, NoOptions
from daemon.config import Config
from daemon.config.loading import load
from daemon.occurrences import account
from daemon.occurrences.timetable import Lookout, Timetable, signature, timetable
from daemon.records import Upcoming

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
SWEEP = Job("sweep", "Sweeps.", NoOptions, lambda _context, _options: None)


def config(zone: str = "Europe/Berlin", **routines: dict[str, object]) -> Config:
    entries = {name: {"job": "sweep", **entry} for name, entry in routines.items()}
    return Config.model_validate({"shop": {"name": "Lamp", "timezone": zone}, "routines": entries})


def days(**timing: object) -> list[str]:
    return [one.slot[:10] for one in timetable(config(a=timing)).first(START, 5)]


def test_t10_the_31st_the_last_and_leap_day_are_real_dates_only() -> None:
    assert days(at="02:00", days=[31]) == ["2026-12-31", "2027-01-31", "2027-03-31", "2027-05-31", "2027-07-31"]
    assert days(at="02:00", days="last") == ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]
    assert days(cron="0 2 29 2 *") == ["2028-02-29"]
    assert days(at="02:00", days=["last fri"])[:3] == ["2026-11-27", "2026-12-25", "2027-01-29"]
    assert days(at="02:00", days=["first mon"])[:3] == ["2026-12-07", "2027-01-04", "2027-02-01"]


@pytest.mark.parametrize("cron", ["0 2 30 2 *", "0 2 31 4,6 *", "61 * * * *", "* * * *", "0 0 7 * * *", "@daily"])
def test_t10_a_schedule_that_never_comes_is_refused(cron: str) -> None:
    with pytest.raises(ValidationError, match="cron"):
        config(a={"cron": cron})


def test_t12_new_zone_rules_move_what_is_to_come_and_repeat_nothing() -> None:
    """Two fixed zones stand for one zone before and after an update of its rules."""
    old, new = ZoneInfo("Etc/GMT-2"), ZoneInfo("Etc/GMT-1")
    routine = config(a={"at": "02:30"}).routines["a"]
    schedule = timetable(config(a={"at": "02:30"})).schedules["a"]
    ran_at = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
    first = account("a", routine, schedule, ran_at - timedelta(hours=1), ran_at, old)
    again = account("a", routine, schedule, first.accounted, ran_at + timedelta(hours=24), new)
    assert [row.slot for row in first.occurrences] == ["2026-11-20T02:30"]
    assert [row.slot for row in again.occurrences] == ["2026-11-20T02:30"], "the ledger knows it: unique by its name"
    later = account("a", routine, schedule, again.accounted, ran_at + timedelta(hours=25), new)
    assert [(row.slot, row.due) for row in later.occurrences] == [("2026-11-21T02:30", ran_at + timedelta(hours=25))]


def test_t13_an_unknown_zone_is_named_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text('shop:\n  name: Lamp\n  timezone: Europe/Berln\nroutines:\n  a: {job: sweep, at: "02:00"}\n')
    loaded = load(path, lambda _folder: plugins.build(SWEEP), {})
    (problem,) = [one for one in loaded.problems if one.path == "shop.timezone"]
    assert problem.place is not None
    assert problem.place.line == 3
    assert "Europe/Berlin" in problem.sentence


def test_next_is_all_routines_in_order_of_time() -> None:
    table = timetable(config(b={"at": ["04:00", "23:00"]}, a={"every": "6h"}, c={"after": ["b"]}))
    found = [(one.routine, f"{one.at:%d %H:%M}") for one in table.first(START, 6)]
    assert found == [
        ("a", "20 18:00"),
        ("b", "20 22:00"),
        ("c", "20 22:00"),
        ("a", "21 00:00"),
        ("b", "21 03:00"),
        ("a", "21 06:00"),
    ]
    assert table.first(START, 1, "b") == [Upcoming("b", "2026-11-20T23:00", START + timedelta(hours=10))]


def test_a_remembered_next_slot_is_the_one_asked_for_anew_whatever_the_clock_and_the_timetable_do() -> None:
    early = timetable(config(lamps={"at": "06:00"}, sweep={"at": "07:30"}))
    late = timetable(config(sweep={"at": "22:00"}))
    lookout, noon = Lookout(), datetime(2026, 7, 1, 12, tzinfo=UTC)
    for hours in (0, 1, 15, 16, 17.5, 18, 40, 3, -30, 0):
        for table in (early, early, late):
            moment = noon + timedelta(hours=hours)
            assert lookout.next(table, moment) == table.first(moment, 1)[0]


def test_next_says_why_a_moment_is_not_the_one_named() -> None:
    (one,) = timetable(config(a={"at": "02:30"})).first(datetime(2026, 3, 28, 12, tzinfo=UTC), 1)
    assert (one.slot, one.note) == ("2026-03-29T02:30", "03:30, shifted: 02:30 does not exist on 29 March")


def test_a_routine_alone_after_others_takes_the_last_ones_slot_even_through_a_chain() -> None:
    table = timetable(
        config(d={"after": ["c"]}, c={"after": ["a", "b"]}, a={"at": "02:00"}, b={"at": "04:00", "days": "weekdays"})
    )
    slots = [table.first(START, 3, name) for name in ("c", "d")]
    assert [[one.slot for one in found] for found in slots] == [
        ["2026-11-21T02:00", "2026-11-22T02:00", "2026-11-23T04:00"]
    ] * 2


def test_disabled_routines_have_no_slots() -> None:
    table = timetable(config(a={"at": "02:00", "enabled": False}, b={"at": "03:00"}))
    assert set(table.schedules) == {"b"}
    assert table.next_of("a", START) is None


def test_holidays_are_left_out_where_asked() -> None:
    holidays = frozenset({date(2026, 11, 21)})
    table = timetable(config(a={"at": "02:00", "except": "holidays"}, b={"at": "02:00"}), holidays)
    nexts = [table.next_of(name, START) for name in ("a", "b")]
    assert [slot.name for slot in nexts if slot] == ["2026-11-22T02:00", "2026-11-21T02:00"]


def test_a_circle_hangs_nobody() -> None:
    table = timetable(config(a={"after": ["b"]}, b={"after": ["a"]}))
    assert isinstance(table, Timetable)
    assert table.first(START, 1) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"at": "03:00"},
        {"at": "02:00", "days": "weekdays"},
        {"cron": "0 2 * * *"},
        {"at": "02:00", "except": "holidays"},
    ],
)
def test_another_time_counts_as_rescheduled(changed: dict[str, object]) -> None:
    assert signature(config(a={"at": "02:00"}), "a") != signature(config(a=changed), "a")


@pytest.mark.parametrize("changed", [{"timeout": "1h"}, {"options": {"x": 1}}, {"missed": "skip"}, {"approve": "auto"}])
def test_another_option_moves_nothing(changed: dict[str, object]) -> None:
    assert signature(config(a={"at": "02:00"}), "a") == signature(config(a={"at": "02:00", **changed}), "a")


def test_a_follower_counts_as_rescheduled_where_the_one_it_follows_does() -> None:
    follower: dict[str, object] = {"after": ["a"]}
    before, after = config(a={"at": "02:00"}, b=follower), config(a={"at": "03:00"}, b=follower)
    assert signature(before, "b") != signature(after, "b")
    assert signature(config(a={"at": "02:00"}), "a") != signature(config("UTC", a={"at": "02:00"}), "a")
