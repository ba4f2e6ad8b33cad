"""The small words of the YAML mean what a person reads, and anything else is refused with the right spelling."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.values import DAILY, Days, parse_days, parse_duration, parse_size, parse_time, parse_times, write_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("15m", 900), ("1h30m", 5400), ("1d", 86400), ("2w", 1209600), ("1h 5s", 3605)]
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "15", "m", "1.5h", "-1h", "1 year", 15, None, True, "1h30", "٣m0"])
def test_what_is_no_duration_is_refused_with_an_example(value: object) -> None:
    with pytest.raises(ValueError, match="15m, 1h30m"):
        parse_duration(value)


@given(st.integers(0, 10**8))
def test_a_written_duration_reads_back(seconds: int) -> None:
    assert parse_duration(write_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@given(st.times(), st.sampled_from(["{0:%H}:{0:%M}", "{0.hour}:{0:%M}", " {0:%H:%M} "]))
def test_times_of_day_are_read(at: time, form: str) -> None:
    assert parse_time(form.format(at)) == time(at.hour, at.minute)


@pytest.mark.parametrize("value", ["24:00", "12:60", "7", "7:5", "22:00:00", 1320, None, "07.30", "7:30pm"])
def test_what_is_no_time_of_day_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match='"07:30"'):
        parse_time(value)


def test_times_come_in_order_and_once() -> None:
    assert parse_times(["23:00", "07:30", "7:30"]) == (time(7, 30), time(23))
    assert parse_times("07:30") == (time(7, 30),)
    with pytest.raises(ValueError, match="at least one"):
        parse_times([])


@pytest.mark.parametrize(
    ("value", "size"),
    [("300M", 300 << 20), ("300 MB", 300 << 20), ("2g", 2 << 30), ("512", 512), (512, 512), ("1K", 1024)],
)
def test_sizes_are_read(value: object, size: int) -> None:
    assert parse_size(value) == size


@pytest.mark.parametrize("value", ["", "M", "1.5G", "-1", True, None, "300 MiB"])
def test_what_is_no_size_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="300M, 2G"):
        parse_size(value)


def november(value: object) -> list[int]:
    days = parse_days(value)
    return [n for n in range(1, 31) if days.holds(date(2026, 11, n))]


@pytest.mark.parametrize(
    ("value", "dates"),
    [
        ("daily", list(range(1, 31))), ("weekend", [1, 7, 8, 14, 15, 21, 22, 28, 29]), (["mon", "thu"], [2, 5, 9, 12, 16, 19, 23, 26, 30]),
        ([1, 15], [1, 15]), ("last", [30]), ("first mon", [2]), ("last sun", [29]), (["fourth thu", 31], [26]), ([15, "sun"], [1, 8, 15, 22, 29]),
    ],
)  # fmt: skip
def test_days_hold_on_the_dates_a_person_would_mark(value: object, dates: list[int]) -> None:
    assert november(value) == dates


@given(st.dates(date(2020, 1, 1), date(2032, 12, 31)))
def test_the_last_day_is_the_one_before_the_first(day: date) -> None:
    assert parse_days("last").holds(day) == ((day + timedelta(days=1)).day == 1)
    fridays = parse_days("last fri").holds(day)
    assert fridays == (day.weekday() == 4 and (day + timedelta(days=7)).month != day.month)


@pytest.mark.parametrize("value", [[], "monday", "fifth mon", 0, 32, True, "first", ["mon", "xyz"], None])
def test_what_names_no_day_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="days are daily"):
        parse_days(value)


def test_days_that_are_days_already_stay() -> None:
    assert parse_days(DAILY) is DAILY
    assert parse_days(["mon", "weekend"]) == Days(weekdays=frozenset({0, 5, 6}))
