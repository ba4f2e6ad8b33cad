"""A night on a ledger that is older than the world: what was done in the lost time is not done again.

The judge is a file outside, to which a made effect adds a line.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import VirtualClock
from daemon.desk import Order, obey
from daemon.desk.people import Actor
from daemon.engine.shift import Shift
from daemon.errors import NightclerkError, UsageError
from daemon.records import DraftState, State

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""21:00 in Berlin, on a Friday."""
HALF_HOUR = timedelta(minutes=30)
ROOT, ADA = Actor("root", frozenset({"admin"})), Actor("ada", frozenset({"owner"}))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(EVENING)


async def pump(shift: Shift) -> None:
    """Do what is due now, to its end."""
    await shift.engine.account()
    await shift.engine.dispatch()
    await shift.engine.idle()


async def ask(shift: Shift, command: str, actor: Actor = ROOT, **args: Any) -> Any:
    async def say(_text: str) -> None:
        await asyncio.sleep(0)

    return await obey(command, Order(shift, actor, args, say), {})


def world(tmp_path: Path) -> list[str]:
    path = tmp_path / "world"
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def routine(job: str, asks: str = "true") -> str:
    return f'  posts: {{job: {job}, at: "21:30", options: {{world: WORLD, asks: {asks}}}}}\n'


async def lose_an_evening(
    opened: Opened, routines: str, clock: VirtualClock, before: Callable[[Shift], Awaitable[None]]
) -> None:
    """Copy the ledger after `before`, work on for an hour, and put the copy back, as after the loss of a disk."""
    copy = Path("lost")
    async with opened(routines, clock) as shift:
        await before(shift)
        copy = shift.setup.state.parent / "copy.db"
        await ask(shift, "backup", file=str(copy))
        clock.moment += HALF_HOUR
        await pump(shift)
        state = shift.setup.state
    for old in state.glob("ledger.db*"):
        old.unlink()
    shutil.copy(copy, state / "ledger.db")
    clock.moment += HALF_HOUR


async def half_an_hour(shift: Shift) -> None:
    shift.clock.moment += HALF_HOUR  # type: ignore[attr-defined]
    await pump(shift)


async def nothing(_shift: Shift) -> None:
    await asyncio.sleep(0)


@pytest.mark.parametrize(("asks", "ends"), [("true", State.OK), ("false", State.FAILED)])
def test_a_slot_that_is_made_up_after_a_restore_makes_its_effect_no_second_time(
    opened: Opened, clock: VirtualClock, tmp_path: Path, asks: str, ends: State
) -> None:
    async def work() -> None:
        await lose_an_evening(opened, routine("posting", asks), clock, nothing)
        assert world(tmp_path) == ["posted"]
        async with opened(routine("posting", asks), clock) as shift:
            await pump(shift)
            (run,) = await ask(shift, "runs")
            assert (run.slot, run.state) == ("2026-11-20T21:30", ends)
            in_doubt = [one.what for one in (await ask(shift, "reconcile"))["effects"]]
            assert in_doubt == ([] if ends is State.OK else ["the post"])

    asyncio.run(work())
    assert world(tmp_path) == ["posted"]


def test_an_effect_that_the_outside_does_not_know_is_made(opened: Opened, clock: VirtualClock, tmp_path: Path) -> None:
    async def work() -> None:
        await lose_an_evening(opened, routine("posting"), clock, nothing)
        (tmp_path / "world").write_text("")
        async with opened(routine("posting"), clock) as shift:
            await pump(shift)

    asyncio.run(work())
    assert world(tmp_path) == ["posted"]


@pytest.mark.parametrize(("asks", "ends"), [("true", DraftState.APPLIED), ("false", DraftState.UNCERTAIN)])
@pytest.mark.parametrize("lifted", [False, True])
def test_a_draft_approved_before_the_copy_is_applied_no_second_time_also_after_the_guard(
    opened: Opened, clock: VirtualClock, tmp_path: Path, asks: str, ends: DraftState, *, lifted: bool
) -> None:
    routines = routine("drafting", asks)

    async def approved(shift: Shift) -> None:
        await half_an_hour(shift)
        await ask(shift, "approve", draft=1)

    async def work() -> None:
        await lose_an_evening(opened, routines, clock, approved)
        assert world(tmp_path) == ["posted"]
        async with opened(routines, clock) as shift:
            assert [one.id for one in (await ask(shift, "reconcile", release=lifted))["drafts"]] == [1]
            await pump(shift)
            assert [one.state for one in await ask(shift, "drafts", all=True)] == [ends]

    asyncio.run(work())
    assert world(tmp_path) == ["posted"]


def test_the_guard_is_told_until_an_admin_lifts_it(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        await lose_an_evening(opened, routine("posting"), clock, half_an_hour)
        for _ in range(2):
            async with opened(routine("posting"), clock) as shift:
                told = (await ask(shift, "status"))["restored"]
                assert "an older copy that was put back" in told.id
                assert told in shift.notices()
                with pytest.raises(NightclerkError, match="ada may not do this: it takes one of the roles admin"):
                    await ask(shift, "reconcile", ADA, release=True)
        async with opened(routine("posting"), clock) as shift:
            answer = await ask(shift, "reconcile", release=True)
            assert (answer["released"], answer["restored"].noticed) == (True, clock.moment)
            assert (await ask(shift, "status"))["restored"] is None
            assert shift.notices() == []
            assert not (await ask(shift, "reconcile", release=True))["released"]

    asyncio.run(work())


def test_mail_of_before_is_held_and_mail_of_after_leaves(opened: Opened, clock: VirtualClock, tmp_path: Path) -> None:
    routines = '  morning: {job: briefing, at: "21:15"}\n'

    def sent() -> int:
        return len(list((tmp_path / "state" / "mail").glob("*.eml")))

    async def work() -> None:
        await lose_an_evening(opened, routines, clock, half_an_hour)
        async with opened(routines, clock) as shift:
            assert await shift.outbox.deliver_due() == 0
            clock.moment += timedelta(days=1)
            await pump(shift)
            assert await shift.outbox.deliver_due() == 1
            assert [one.state.value for one in await ask(shift, "outbox")] == ["sent", "held"]
            assert [one.id for one in (await ask(shift, "reconcile", send_mail=True))["mails"]] == [1]
            await shift.delivered()
            assert [one.state.value for one in await ask(shift, "outbox")] == ["sent", "sent"]

    asyncio.run(work())
    assert sent() == 2


def test_what_a_person_says_did_not_happen_is_made_once_its_draft_is_approved_anew(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    async def approved(shift: Shift) -> None:
        await half_an_hour(shift)
        await ask(shift, "approve", draft=1)

    async def work() -> None:
        await lose_an_evening(opened, routine("drafting", "false"), clock, approved)
        (tmp_path / "world").write_text("")
        async with opened(routine("drafting", "false"), clock) as shift:
            await pump(shift)
            assert world(tmp_path) == []
            with pytest.raises(UsageError, match="no uncertain effect has the key post/2"):
                await ask(shift, "reconcile", not_done=["post/2"])
            clock.moment += HALF_HOUR
            await ask(shift, "reconcile", release=True, not_done=["post/1"])
            assert (await ask(shift, "reconcile"))["effects"] == []
            await pump(shift)
            assert [one.state for one in await ask(shift, "drafts", all=True)] == [DraftState.WAITING]
            clock.moment += HALF_HOUR
            await ask(shift, "approve", draft=1)
            await pump(shift)
            assert [one.state for one in await ask(shift, "drafts", all=True)] == [DraftState.APPLIED]

    asyncio.run(work())
    assert world(tmp_path) == ["posted"]


def test_what_an_admin_did_is_written_down(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> Path:
        await lose_an_evening(opened, routine("posting"), clock, nothing)
        async with opened(routine("posting"), clock) as shift:
            await ask(shift, "reconcile")
            await ask(shift, "reconcile", release=True, send_mail=True)
            return shift.setup.state

    state = asyncio.run(work())
    with closing(sqlite3.connect(state / "ledger.db")) as ledger:
        lines = ledger.execute("select actor, detail from journal where action = 'state reconcile' order by id")
        written = lines.fetchall()
    assert written == [("root", "released"), ("root", "0 held mails let go")]
