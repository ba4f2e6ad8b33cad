"""N2, N4: whatever becomes of the briefing's own job, there is a mail in the morning, and it says why it is bare."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP

import pytest

from daemon.clock import VirtualClock
from daemon.engine.shift import Shift
from daemon.model import StoredMail
from daemon.outbox.transports import Blame, Kind, Outcome
from daemon.records import MailState

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
NIGHT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""03:00 in Berlin, on a Friday; the briefing of these tests is due at 07:00."""
FRIDAY = date(2026, 11, 20)
SILENT = '  morning: {job: briefing, at: "07:00", options: {mails: false}}\n'
SPEAKING = '  morning: {job: briefing, at: "07:00"}\n'


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NIGHT)


class Deaf:
    """A mail server that is down until told otherwise."""

    def __init__(self) -> None:
        self.up = False
        self.taken: list[StoredMail] = []

    async def send(self, mail: StoredMail) -> Outcome:
        if not self.up:
            return Outcome(Kind.RETRY, "nobody answers", Blame.SERVER)
        self.taken.append(mail)
        return Outcome(Kind.SENT, "")

    async def check(self) -> str | None:
        return None


async def pass_time(shift: Shift, clock: VirtualClock, **span: float) -> None:
    """Let time pass, then do what is due to its end and let the daemon look at it."""
    clock.moment += timedelta(**span)
    for _ in range(3):
        await shift.reconcile()
        await shift.engine.idle()
        await shift.delivered()


async def bare(shift: Shift, day: date = FRIDAY) -> list[str]:
    """Return the text of every bare mail of a day."""
    stored = await shift.bookkeeper.call(shift.engine.ledger.post.stored, "", day)
    return [
        message_from_bytes(mail.content, policy=SMTP).get_content().replace("\r\n", "\n")
        for mail in stored
        if mail.message_id.startswith("<bare.")
    ]


def test_n4_a_briefing_that_fails_is_replaced_after_half_an_hour_once(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> list[str]:
        async with opened(SILENT + '  lamps: {job: raising, at: "05:00"}\n', clock) as shift:
            await pass_time(shift, clock)
            await pass_time(shift, clock, hours=2)
            await pass_time(shift, clock, hours=2)
            await pass_time(shift, clock, minutes=29)
            assert await bare(shift) == []
            await pass_time(shift, clock, minutes=1)
            await pass_time(shift, clock, hours=3)
            return await bare(shift)

    (text,) = asyncio.run(work())
    assert "The briefing morning, due 07:00, is not there." in text
    assert "It is failed: ValueError: no words today" in text
    assert "- 05:00 lamps: failed: ValueError: the till is jammed" in text
    assert "nightclerk run morning" in text


def test_n4_a_briefing_that_is_stored_needs_no_bare_mail(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened(SPEAKING, clock) as shift:
            for _ in range(6):
                await pass_time(shift, clock, hours=1)
            assert len(await shift.bookkeeper.call(shift.engine.ledger.post.status)) == 1
            assert await bare(shift) == []

    asyncio.run(work())


def test_n4_a_briefing_from_before_its_time_stands_in_for_no_other(opened: Opened, clock: VirtualClock) -> None:
    early = StoredMail("<early@x>", "a@x.example", "ada@lamps.example", "Early", b"x", FRIDAY)

    async def work() -> None:
        async with opened(SILENT, clock) as shift:
            await pass_time(shift, clock)
            await shift.bookkeeper.call(shift.engine.ledger.post.add, "morning", [early], clock.now())
            await pass_time(shift, clock, hours=4)
            await pass_time(shift, clock, minutes=30)
            assert len(await bare(shift)) == 1

    asyncio.run(work())


def test_n4_a_bare_mail_is_queued_once_across_restarts(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        for _ in range(2):
            async with opened(SILENT, clock) as shift:
                await pass_time(shift, clock, minutes=5)
                await pass_time(shift, clock, hours=4, minutes=55)
                assert len(await bare(shift)) == 1

    asyncio.run(work())


def test_n4_a_morning_after_a_night_in_which_nothing_ran_says_so_and_why(opened: Opened, clock: VirtualClock) -> None:
    night = '  morning: {job: briefing, at: "07:00", max_late: 1h, options: {mails: false}}\n'

    async def work() -> list[str]:
        async with opened(night, clock) as shift:
            await pass_time(shift, clock)
        clock.moment += timedelta(hours=7)
        async with opened(night, clock) as shift:
            await pass_time(shift, clock)
            assert await bare(shift) == []
            await pass_time(shift, clock, minutes=30)
            return await bare(shift)

    (text,) = asyncio.run(work())
    assert "Nothing ran in the last 24 hours." in text
    assert "nightclerk was not running from 03:00 to 10:00." in text
    assert "missed: later than max_late" in text


def test_n4_a_briefing_caught_up_after_downtime_has_its_half_hour_from_then(
    opened: Opened, clock: VirtualClock
) -> None:
    async def work() -> None:
        async with opened(SPEAKING, clock) as shift:
            await pass_time(shift, clock)
        clock.moment += timedelta(hours=7)
        async with opened(SPEAKING, clock) as shift:
            await pass_time(shift, clock)
            await pass_time(shift, clock, hours=1)
            assert await bare(shift) == []

    asyncio.run(work())


@pytest.mark.parametrize("left_out", ["paused", "new"])
def test_n4_a_briefing_nobody_wanted_is_not_replaced(opened: Opened, clock: VirtualClock, left_out: str) -> None:
    if left_out == "new":
        clock.moment += timedelta(hours=6)

    async def work() -> None:
        async with opened(SILENT, clock) as shift:
            if left_out == "paused":
                await shift.engine.pause("morning", None, paused=True)
            for _ in range(6):
                await pass_time(shift, clock, hours=1)
            assert await bare(shift) == []

    asyncio.run(work())


def test_n4_a_briefing_that_waits_for_others_gets_their_time_too(opened: Opened, clock: VirtualClock) -> None:
    night = (
        '  morning: {job: briefing, at: "07:00", after: [lamps], after_limit: 40m, options: {mails: false}}\n'
        '  lamps: {job: hanging, at: "07:00", timeout: 9h, options: {world: WORLD}}\n'
    )

    async def work() -> None:
        async with opened(night, clock) as shift:
            await shift.reconcile()
            clock.moment += timedelta(hours=4)
            for minutes, mails in ((30, 0), (5, 0), (15, 1)):
                clock.moment += timedelta(minutes=minutes)
                await shift.reconcile()
                await asyncio.sleep(0.5 if minutes == 15 else 0)
                await shift.reconcile()
                assert len(await bare(shift)) == mails
            await shift.delivered()

    asyncio.run(work())


def test_n2_mail_waits_while_the_server_is_down_and_leaves_unchanged(opened: Opened, clock: VirtualClock) -> None:
    server = Deaf()

    async def work() -> None:
        async with opened(SPEAKING, clock) as shift:
            shift.outbox.transport = server
            await pass_time(shift, clock)
            await pass_time(shift, clock, hours=4)
            (queued,) = await shift.bookkeeper.call(shift.engine.ledger.post.status)
            assert queued.state is MailState.QUEUED
            runs = await shift.bookkeeper.call(shift.engine.ledger.history.runs)
            assert [run.state.value for run in runs] == ["ok"]
            (stored,) = await shift.bookkeeper.call(shift.engine.ledger.post.stored, "morning", FRIDAY)
            server.up = True
            await pass_time(shift, clock, hours=2)
            assert server.taken == [stored]
            assert await bare(shift) == []

    asyncio.run(work())
