"""Which edition of its day a briefing is: the first, or a correction of the one that stands there already.

A mail's identifier names the day and the edition, and the ledger keeps each identifier once. So a briefing that
says something new needs an edition of its own, and one that says nothing new must not get one.
"""

from datetime import date, datetime

from daemon.bookkeeper import Bookkeeper
from daemon.engine.assigning import Setup
from daemon.engine.bare import BRIEFING_JOB
from daemon.occurrences.asked import manual_details
from daemon.records import Run

FIRST = 1


async def next_edition(setup: Setup, bookkeeper: Bookkeeper, routine: str, day: date) -> int:
    """Return the edition after those that stand there of a local day; other jobs than briefings have the first only."""
    if setup.config.routines[routine].job != BRIEFING_JOB:
        return FIRST
    return await bookkeeper.call(bookkeeper.ledger.post.editions, routine, day) + 1


async def edition_of(setup: Setup, bookkeeper: Bookkeeper, run: Run, now: datetime) -> int:
    """Return the edition of a run's mail: a manual run's was settled when it was asked for, its slot names it.

    A scheduled one corrects what was mailed before it fell due. Where another scheduled one mailed since (several
    mornings are caught up), it is that same first edition, which the ledger does not keep twice.
    """
    if not run.slot[:4].isdigit():
        return manual_details(run.slot).edition
    day = now.astimezone(setup.shop_zone).date()
    if await bookkeeper.call(bookkeeper.ledger.post.briefed, run.routine, day, run.due):
        return FIRST
    return await next_edition(setup, bookkeeper, run.routine, day)
