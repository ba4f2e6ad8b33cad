"""The days that `except: holidays` leaves out, and what has them made where they are not known far enough."""

from datetime import date, datetime

from daemon import calendar
from daemon.bookkeeper import Bookkeeper
from daemon.context import HOLIDAY
from daemon.engine.assigning import Setup
from daemon.records import Occurrence, Run, State


async def days_off(setup: Setup, bookkeeper: Bookkeeper, now: datetime) -> frozenset[date]:
    """Return the days that are left out; where they are not known far enough, a run of the calendar is asked for."""
    if all(routine.except_ is None for routine in setup.config.routines.values()):
        return frozenset()
    first, last = calendar.span(now.astimezone(setup.shop_zone).date())
    known = await bookkeeper.call(bookkeeper.ledger.facts, [HOLIDAY.name], first, last)
    if max((fact.day.year for fact in known), default=0) < last.year:
        rows = [_wanted(name, now) for name in calendar.routines(setup.config)]
        await bookkeeper.call(bookkeeper.ledger.history.account, [], rows)
    return calendar.days_off(known)


def _wanted(routine: str, now: datetime) -> Occurrence:
    """Return an occurrence that makes the calendar now; one a minute at most, however often it is asked for."""
    return Occurrence(routine, f"manual-{now:%Y-%m-%dT%H:%M}Z-calendar", now, State.PENDING, actor="nightclerk")


def made_by(run: Run, setup: Setup) -> bool:
    """Say whether a run has just made the calendar; asked after every run, so it looks at one routine only."""
    routine = setup.config.routines.get(run.routine)
    return run.state is State.OK and not run.dry and routine is not None and routine.job == calendar.CALENDAR.name
