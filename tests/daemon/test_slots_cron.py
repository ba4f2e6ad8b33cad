"""Cron means what crontab(5) says, and no clock change, border or zone loses a slot or doubles one."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.config import RoutineConfig
from daemon.model import Slot
from daemon.occurrences.slots import Schedule, schedule_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
NAMES = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}


def schedule(**words: object) -> Schedule:
    made = schedule_of(RoutineConfig.model_validate({"job": "sweep", **words}))
    assert made is not None
    return made


def slots(made: Schedule, first: str, last: str, zone: ZoneInfo = BERLIN) -> list[Slot]:
    """The slots from midnight of the first local day to midnight after the last."""
    after = datetime.combine(date.fromisoformat(first), time(), zone).astimezone(UTC) - timedelta.resolution
    until = datetime.combine(date.fromisoformat(last) + DAY, time(), zone).astimezone(UTC) - timedelta.resolution
    return list(made.between(zone, after, until))


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", {"sun"}), ("7", {"sun"}), ("1", {"mon"}), ("sun", {"sun"}), ("5-7", {"fri", "sat", "sun"}),
        ("mon-fri", {"mon", "tue", "wed", "thu", "fri"}),
    ],
)  # fmt: skip
def test_t11_weekday_numbers_are_crontabs(field: str, days: set[str]) -> None:
    found = slots(schedule(cron=f"0 9 * * {field}"), "2026-11-02", "2026-11-15")
    assert {f"{slot.at:%a}".lower() for slot in found} == days
    assert len(found) == 2 * len(days)


def test_t11_the_first_monday_is_the_first_monday_only() -> None:
    found = slots(schedule(cron="0 9 * * mon#1"), "2026-01-01", "2026-03-31")
    assert [slot.name[:10] for slot in found] == ["2026-01-05", "2026-02-02", "2026-03-02"]


def test_day_of_month_or_day_of_week_as_crontab_has_it() -> None:
    found = slots(schedule(cron="0 9 13 * fri"), "2026-02-01", "2026-02-28")
    assert [slot.name[8:10] for slot in found] == ["06", "13", "20", "27"]
    assert [s.name[8:10] for s in slots(schedule(cron="0 9 10 * fri"), "2026-02-01", "2026-02-14")] == [
        "06",
        "10",
        "13",
    ]


def test_an_hour_list_that_begins_with_a_star_still_names_hours() -> None:
    found = slots(schedule(cron="30 */12,2 * * *"), "2026-03-29", "2026-03-29")
    assert [slot.name for slot in found] == ["2026-03-29T00:30", "2026-03-29T02:30", "2026-03-29T12:30"]


SCHEDULES = st.one_of(
    st.lists(st.times().map(lambda t: f"{t:%H:%M}"), min_size=1, max_size=3).map(lambda at: schedule(at=at)),
    st.sampled_from(["7m", "15m", "1h", "5h", "1d", "3d"]).map(lambda every: schedule(every=every)),
    st.sampled_from(
        ["*/20 * * * *", "30 */2 * * *", "*/30 1-4 * * *", "0 2,3 * * sun", "15 0 1,15 * mon", "59 23 L * *"]
    ).map(lambda cron: schedule(cron=cron)),
)  # fmt: skip
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Beirut", "America/Nuuk",
     "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu", "America/Havana", "UTC"]
).map(ZoneInfo)  # fmt: skip
CHANGES = st.sampled_from(
    [
        (2026, 3, 8),
        (2026, 3, 29),
        (2026, 4, 5),
        (2026, 9, 6),
        (2026, 10, 4),
        (2026, 10, 25),
        (2026, 11, 1),
        (2011, 12, 30),
    ]
).map(lambda day: datetime(*day, tzinfo=UTC))
OFFSETS = st.integers(-60 * 48, 60 * 48).map(lambda minutes: timedelta(minutes=minutes))


@settings(max_examples=150, deadline=None)
@given(SCHEDULES, ZONES, CHANGES, st.lists(OFFSETS, min_size=3, max_size=3))
def test_slots_only_go_forward_and_no_border_loses_or_doubles_one(
    made: Schedule, zone: ZoneInfo, change: datetime, offsets: list[timedelta]
) -> None:
    a, b, c = sorted(change + offset for offset in offsets)
    whole = list(made.between(zone, a, c))
    assert all(one.at < other.at for one, other in pairwise(whole))
    assert len({slot.name for slot in whole}) == len(whole)
    assert [*made.between(zone, a, b), *made.between(zone, b, c)] == whole
    assert all(a < slot.at <= c for slot in whole)


def _field(text: str, low: int, high: int) -> set[int]:
    """One field of crontab(5), read the slow way; names of weekdays are numbers already."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        found |= set(range(int(first), int(last or (high if step else first)) + 1, int(step or 1)))
    return found


def _day_matches(day: date, month_days: str, months: str, weekdays: str) -> bool:
    by_month_day = day.day in _field(month_days, 1, 31)
    by_weekday = day.isoweekday() % 7 in {number % 7 for number in _field(weekdays, 0, 7)}
    both = month_days.startswith("*") or weekdays.startswith("*")
    chosen = (by_month_day and by_weekday) if both else (by_month_day or by_weekday)
    return chosen and day.month in _field(months, 1, 12)


def oracle(expression: str, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """Every minute tried: passing minutes where the hour is open, wall minutes where it is fixed."""
    minutes, hours, *days = expression.split()
    wanted = set()
    real = hours == "*" or hours.startswith("*/")
    at = after if real else after - 2 * DAY
    while at <= until + (timedelta(0) if real else 2 * DAY):
        wall = at.astimezone(zone) if real else at.replace(tzinfo=None)
        if (
            wall.minute in _field(minutes, 0, 59)
            and wall.hour in _field(hours, 0, 23)
            and _day_matches(wall.date(), *days)
        ):
            wanted.add(at if real else wall.replace(tzinfo=zone, fold=0).astimezone(UTC))
        at += timedelta(minutes=1)
    return sorted(moment for moment in wanted if after < moment <= until)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    minutes = draw(st.sampled_from(["0", "30", "*/20", "5,35", "10-12", "59", "3/15"]))
    hours = draw(st.sampled_from(["*", "*/2", "*/5", "0", "2", "3", "1-3", "0,23", "2-8/3"]))
    month_days = draw(st.sampled_from(["*", "*", "1", "29", "*/2", "25-31", "5,8"]))
    months = draw(st.sampled_from(["*", "*", "3", "10-11", "3,4,9"]))
    weekdays = draw(st.sampled_from(["*", "*", "0", "7", "1", "6,0", "5-7", "1-5"]))
    return f"{minutes} {hours} {month_days} {months} {weekdays}"


@settings(max_examples=60, deadline=None)
@given(expressions(), ZONES, CHANGES)
def test_cron_agrees_with_trying_every_minute(expression: str, zone: ZoneInfo, change: datetime) -> None:
    after, until = change - DAY, change + 2 * DAY
    found = [slot.at for slot in schedule(cron=expression).between(zone, after, until)]
    assert found == oracle(expression, zone, after, until)


def test_weekday_names_mean_what_their_numbers_mean() -> None:
    for name, number in NAMES.items():
        by_name = slots(schedule(cron=f"0 9 * * {name}"), "2026-11-01", "2026-11-14")
        assert by_name == slots(schedule(cron=f"0 9 * * {number}"), "2026-11-01", "2026-11-14")
