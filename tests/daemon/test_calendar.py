"""Holidays: looked up in a run of their own, kept as facts, and left out by the routines that say so."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from daemon import calendar
from daemon.calendar import CalendarOptions, days_off, run
from daemon.config.loading import load
from daemon.context import HOLIDAY, Context
from daemon.errors import NightclerkError
from daemon.outbox.transports import TRANSPORTS
from daemon.plugins import build
from daemon.testing import SHOP, FakeNight, make_context, names_in

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CHRISTMAS, EVE, MIDSUMMER_EVE = date(2026, 12, 25), date(2026, 12, 24), date(2027, 6, 25)


def context(folder: Path, country: str, night: FakeNight | None = None) -> Context:
    shop = replace(SHOP, country=country)
    changes = {"night": night} if night else {}
    return make_context(folder, names_in(calendar), shop=shop, now=NOW, **changes)


def made(folder: Path, country: str, options: CalendarOptions) -> frozenset[date]:
    one = context(folder, country)
    run(one, options)
    return days_off(one.report.facts)


def test_this_year_and_the_next_are_made(tmp_path: Path) -> None:
    days = made(tmp_path, "DE", CalendarOptions())
    assert {CHRISTMAS, date(2027, 12, 25), date(2026, 1, 1)} <= days
    assert {day.year for day in days} == {2026, 2027}


def test_swedens_eves_count_where_the_category_is_named(tmp_path: Path) -> None:
    eves = {EVE, MIDSUMMER_EVE}
    assert not eves & made(tmp_path, "SE", CalendarOptions())
    assert eves <= made(tmp_path, "SE", CalendarOptions(categories=("public", "de_facto")))


def test_a_subdivision_has_days_of_its_own(tmp_path: Path) -> None:
    epiphany = date(2026, 1, 6)
    assert epiphany not in made(tmp_path, "DE", CalendarOptions())
    assert epiphany in made(tmp_path, "DE", CalendarOptions(subdivision="BY"))


def test_own_days_are_added_and_worked_holidays_taken_out(tmp_path: Path) -> None:
    days = made(tmp_path, "DE", CalendarOptions(extra=(EVE,), working=(CHRISTMAS,)))
    assert EVE in days
    assert CHRISTMAS not in days


def test_a_day_that_is_no_holiday_any_more_is_taken_back(tmp_path: Path) -> None:
    night = FakeNight(now=NOW)
    first = context(tmp_path, "DE", night)
    run(first, CalendarOptions(extra=(EVE,)))
    night.accept(first)
    second = context(tmp_path, "DE", night)
    run(second, CalendarOptions())
    night.accept(second)
    known = night.facts([HOLIDAY.name], date(2026, 1, 1), date(2027, 12, 31))
    assert EVE not in days_off(known)
    assert CHRISTMAS in days_off(known)


@pytest.mark.parametrize(
    ("country", "options", "sentence"),
    [
        ("", CalendarOptions(), "needs a country"),
        ("XX", CalendarOptions(), "no such calendar"),
        ("DE", CalendarOptions(subdivision="XX"), "no such calendar"),
    ],
)
def test_a_calendar_that_does_not_exist_is_said(
    tmp_path: Path, country: str, options: CalendarOptions, sentence: str
) -> None:
    with pytest.raises(NightclerkError, match=sentence):
        run(context(tmp_path, country), options)


FILE = """shop: {name: Lamps, timezone: Europe/Berlin, country: DE}
routines:
  lamps: {job: calendar, at: "05:30", except: holidays}
"""


def test_leaving_out_holidays_that_nobody_looks_up_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(FILE.replace("job: calendar", "job: other"))
    problems = load(path, lambda _folder: build(calendar), TRANSPORTS).problems
    assert [problem.sentence.partition(":")[0] for problem in problems] == ["nobody looks the holidays up"]
    path.write_text(FILE)
    assert load(path, lambda _folder: build(calendar), TRANSPORTS).problems == ()


def test_the_facts_that_matter_reach_back_a_month_and_to_the_end_of_next_year() -> None:
    assert calendar.span(date(2026, 1, 5)) == (date(2025, 12, 5), date(2027, 12, 31))
