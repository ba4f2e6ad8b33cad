"""Business calendars: a job that turns published holiday tables into facts, which `except: holidays` then leaves out.

The tables (the `holidays` package) are large, so they are loaded in the job's own process only.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from daemon.config import Config
from daemon.context import HOLIDAY, Context
from daemon.errors import NightclerkError
from daemon.model import Fact, Text
from daemon.plugin import Job, Options

if TYPE_CHECKING:
    from holidays import HolidayBase

WORKDAY = ""
"""The value that takes a holiday back: the day was one in an earlier table and is none now."""
YEARS = 2
"""This year and the next are made; a run a month keeps ahead."""


class CalendarOptions(Options):
    """Which days are holidays."""

    country: str = Field("", pattern="^([A-Z]{2})?$", description="ISO 3166 code; the shop's own where not set.")
    subdivision: str = Field("", description="State or region, as ISO 3166-2 writes it after the country, such as BY.")
    categories: tuple[str, ...] = Field(
        ("public",), description="Kinds of days, such as public, bank or de_facto (Sweden's Christmas Eve)."
    )
    extra: tuple[date, ...] = Field((), description="Days of your own, such as 2026-12-28, on which nothing runs.")
    working: tuple[date, ...] = Field((), description="Holidays on which you work all the same.")


def run(context: Context, options: CalendarOptions) -> Text:
    """Make the facts of this year and the next."""
    years = [context.today.year + n for n in range(YEARS)]
    found = {day: name for day, name in _table(context, options, years).items() if day not in options.working}
    found |= dict.fromkeys(options.extra, "own")
    known = context.night.facts([HOLIDAY.name], date(years[0], 1, 1), date(years[-1], 12, 31))
    gone = {fact.day: WORKDAY for fact in known if fact.day not in found}
    for day, name in sorted((found | gone).items()):
        context.fact(HOLIDAY, day, name, as_of=context.now, source="holidays")
    return Text("{n} holiday in two years", {"n": len(found)}, "{n} holidays in two years")


def _table(context: Context, options: CalendarOptions, years: list[int]) -> "HolidayBase | dict[date, str]":
    import holidays  # noqa: PLC0415 - 20 MB that only this child needs

    country = options.country or context.shop.country
    if not country:
        raise NightclerkError("the job calendar needs a country: set `shop.country` or its own option `country`")
    try:
        return holidays.country_holidays(
            country, subdiv=options.subdivision or None, years=years, categories=options.categories, language="en_US"
        )
    except (NotImplementedError, ValueError) as error:
        raise NightclerkError(f"there is no such calendar: {error}") from error


def routines(config: Config) -> list[str]:
    """Return the routines that make the calendar."""
    return [name for name, routine in config.routines.items() if routine.enabled and routine.job == CALENDAR.name]


def span(today: date) -> tuple[date, date]:
    """Return the first and last day whose holidays matter today; a slot of yesterday may still be accounted for."""
    return today - timedelta(days=31), date(today.year + YEARS - 1, 12, 31)


def days_off(facts: Iterable[Fact]) -> frozenset[date]:
    """Return the days that the facts call holidays."""
    return frozenset(fact.day for fact in facts if fact.value != WORKDAY)


CALENDAR = Job("calendar", "Makes the tables that `except: holidays` leaves out", CalendarOptions, run)
