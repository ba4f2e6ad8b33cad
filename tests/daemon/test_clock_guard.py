"""C4, C5: nothing is done on the word of a clock that is plainly wrong, and a step of it is said."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clock import VirtualClock
from daemon.desk import Order, obey
from daemon.desk.people import Actor
from daemon.engine.clockguard import BEHIND, ClockGuard, Reading, jump_between
from daemon.engine.shift import Shift

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""21:00 in Berlin, on a Friday."""
LAMPS = '  lamps: {job: fine, at: "21:30"}\n'
TEN_YEARS = timedelta(days=3653)


@dataclass
class SetClock:
    """A clock that can be set, beside one that can't."""

    moment: datetime = EVENING
    steady: float = 1000.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.steady

    def go(self, **span: float) -> None:
        """Let time pass on both."""
        self.moment += timedelta(**span)
        self.steady += timedelta(**span).total_seconds()


async def beat(shift: Shift) -> None:
    """Reconcile until what was started has ended."""
    for _ in range(2):
        await shift.reconcile()
        await shift.engine.idle()
        await shift.delivered()


async def slots(shift: Shift) -> list[str]:
    """Return the slots of all runs, oldest first."""
    found = await shift.bookkeeper.call(shift.engine.ledger.history.runs)
    return [run.slot for run in found[::-1]]


def said(shift: Shift) -> list[str]:
    return [text.id for text in shift.notices()]


def test_c4_ten_years_ahead_for_a_second_start_nothing_and_are_said(opened: Opened) -> None:
    clock = SetClock()

    async def work() -> None:
        async with opened(LAMPS, clock) as shift:
            await beat(shift)
            clock.go(seconds=10)
            clock.moment += TEN_YEARS
            await beat(shift)
            assert await slots(shift) == []
            assert "nothing is started" in said(shift)[0]
            clock.go(seconds=1)
            clock.moment -= TEN_YEARS
            await beat(shift)
            assert said(shift) == ["The clock jumped back by {by}: from {before} to {after}."]
            clock.go(minutes=30)
            await beat(shift)
            assert await slots(shift) == ["2026-11-20T21:30"]

    asyncio.run(work())


def test_c4_a_clock_that_stays_ahead_is_believed_after_two_minutes(opened: Opened) -> None:
    clock = SetClock()

    async def work() -> None:
        async with opened(LAMPS, clock) as shift:
            await beat(shift)
            clock.moment += timedelta(days=2, minutes=40)
            await beat(shift)
            assert await slots(shift) == []
            clock.go(minutes=2)
            await beat(shift)
            assert await slots(shift) == ["2026-11-22T21:30"]

    asyncio.run(work())


def resident() -> int:
    """Return how many bytes of memory this process holds now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("stays", [False, True], ids=["for a second", "for good"])
def test_c4_ten_years_ahead_cost_less_than_twenty_megabytes(opened: Opened, *, stays: bool) -> None:
    clock = SetClock()
    minutes = "  lamps: {job: fine, every: 1m, missed: run-all, max_late: 4000d}\n"

    async def work() -> int:
        async with opened(minutes, clock) as shift:
            await beat(shift)
            clock.go(minutes=1)
            await beat(shift)
            before = resident()
            clock.moment += TEN_YEARS
            await beat(shift)
            if stays:
                clock.go(minutes=2)
            else:
                clock.moment -= TEN_YEARS
            await beat(shift)
            return resident() - before

    grown = asyncio.run(work())
    print(f"grown by {grown / 1e6:.1f} MB")
    assert grown < 20e6


def test_c5_two_hours_back_repeat_no_slot_and_the_next_runs_at_its_time(opened: Opened) -> None:
    clock = SetClock()
    lamps = '  lamps: {job: fine, at: ["21:30", "22:15"]}\n'

    async def work() -> None:
        async with opened(lamps, clock) as shift:
            await beat(shift)
            clock.go(minutes=40)
            await beat(shift)
            clock.moment -= timedelta(hours=2)
            await beat(shift)
            for _ in range(180):
                clock.go(minutes=1)
                await shift.engine.account()
                await shift.engine.dispatch()
                await shift.engine.idle()
            await beat(shift)
            assert await slots(shift) == ["2026-11-20T21:30", "2026-11-20T22:15"]

    asyncio.run(work())


def test_c6_a_short_sleep_is_said_and_holds_nothing_up(opened: Opened) -> None:
    clock = SetClock()

    async def work() -> None:
        async with opened(LAMPS, clock) as shift:
            await beat(shift)
            clock.moment += timedelta(minutes=35)
            await beat(shift)
            assert await slots(shift) == ["2026-11-20T21:30"]
            assert said(shift) == ["The clock jumped ahead by {by}, or the machine slept: from {before} to {after}."]

    asyncio.run(work())


def test_a_boot_with_a_clock_before_the_ledger_starts_nothing_until_it_is_right(opened: Opened) -> None:
    clock = SetClock()

    async def work() -> None:
        async with opened(LAMPS, clock) as shift:
            await beat(shift)
        right = clock.moment + timedelta(minutes=31)
        clock.moment = datetime(2026, 11, 19, 20, 40, tzinfo=UTC)
        async with opened(LAMPS, clock) as shift:
            await beat(shift)
            assert await slots(shift) == []
            assert "the ledger was written at" in said(shift)[0]
            clock.moment = right
            await beat(shift)
            clock.go(minutes=2)
            await beat(shift)
            assert await slots(shift) == ["2026-11-20T21:30"]

    asyncio.run(work())


def test_a_boot_a_little_before_the_ledger_goes_on(opened: Opened) -> None:
    clock = VirtualClock(EVENING)

    async def work() -> None:
        async with opened(LAMPS, clock) as shift:
            await beat(shift)
        clock.moment -= BEHIND
        async with opened(LAMPS, clock) as shift:
            assert said(shift) == []
            clock.moment += timedelta(minutes=90)
            await beat(shift)
            assert await slots(shift) == ["2026-11-20T21:30"]

    asyncio.run(work())


def test_a_person_who_knows_the_clock_is_right_ends_the_wait_with_resume(opened: Opened) -> None:
    clock = VirtualClock(EVENING)

    async def nothing(_line: str) -> None:
        return

    async def work() -> None:
        async with opened(LAMPS, clock) as shift:
            await beat(shift)
        clock.moment -= timedelta(days=1)
        async with opened(LAMPS, clock) as shift:
            await beat(shift)
            assert len(said(shift)) == 1
            status = await obey("status", Order(shift, Actor("root", frozenset({"admin"})), {}, nothing), {})
            assert "the ledger was written at" in status["clock"].id
            await obey("resume", Order(shift, Actor("root", frozenset({"admin"})), {}, nothing), {})
            assert said(shift) == []
            clock.moment += timedelta(minutes=30)
            await beat(shift)
            assert await slots(shift) == ["2026-11-19T21:30"]

    asyncio.run(work())


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_a_jump_is_what_the_two_clocks_differ_by(step: int, passed: int) -> None:
    before = Reading(EVENING, 0.0)
    after = Reading(EVENING + timedelta(seconds=passed + step), float(passed))
    jump = jump_between(before, after)
    assert (jump.by if jump else None) == (timedelta(seconds=step) if abs(step) > 60 else None)


def test_a_jump_is_forgotten_after_a_day() -> None:
    guard = ClockGuard(Reading(EVENING, 0.0), None)
    guard.look(Reading(EVENING + timedelta(hours=1), 1.0))
    assert len(guard.notices()) == 1
    guard.look(Reading(EVENING + timedelta(hours=26), 1.0 + 25 * 3600))
    assert guard.notices() == []
