"""What fell while nothing could be recorded is told to its owners as soon as it can be."""

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from daemon.clock import VirtualClock
from daemon.engine.shift import Shift
from tests.daemon.letterbox import letters, night, subjects

Opened = Callable[..., AbstractAsyncContextManager[Shift]]


@pytest.fixture
def clock() -> VirtualClock:
    """21:00 in Berlin, on a Friday."""
    return VirtualClock(datetime(2026, 11, 20, 20, 0, tzinfo=UTC))


async def lock(shift: Shift, *, locked: bool) -> None:
    """Have the database refuse every write, as on a full disk, or take it again."""
    database = shift.engine.ledger._store.engine.raw_connection().driver_connection
    assert database is not None
    await shift.bookkeeper.call(database.execute, f"PRAGMA query_only={locked:d}")


@pytest.mark.parametrize(
    ("max_late", "said"),
    [("12h", "(is made up now|was made up and is ok)"), ("5m", "was left out: missed: later than max_late")],
)
def test_a_slot_that_could_not_be_recorded_is_told_once_it_can_be(
    opened: Opened, clock: VirtualClock, max_late: str, said: str
) -> None:
    async def work() -> list[EmailMessage]:
        async with opened(f'  lamps: {{job: fine, at: "21:30", max_late: {max_late}}}\n', clock) as shift:
            await night(shift)
            await lock(shift, locked=True)
            for _ in range(3):
                clock.moment += timedelta(minutes=15)
                await night(shift)
            await lock(shift, locked=False)
            await night(shift)
            clock.moment += timedelta(minutes=15)
            await night(shift)
            return await letters(shift)

    mails = {str(mail["Subject"]): mail.get_content() for mail in asyncio.run(work())}
    text = " ".join(mails.pop("Nothing could be recorded for a while (Lamps)").split())
    assert "From 21:00 to 21:45 nothing could be recorded, so nothing was started: the ledger" in text
    assert re.search(f"lamps, due 21:30: {said}", text)
    assert len(mails) == (max_late == "5m")


def test_a_ledger_that_refuses_for_a_moment_in_which_nothing_falls_due_is_no_mail(
    opened: Opened, clock: VirtualClock
) -> None:
    async def work() -> list[str]:
        async with opened('  lamps: {job: fine, at: "23:30"}\n', clock) as shift:
            await night(shift)
            await lock(shift, locked=True)
            clock.moment += timedelta(minutes=15)
            await night(shift)
            await lock(shift, locked=False)
            await night(shift)
            return await subjects(shift)

    assert asyncio.run(work()) == []
