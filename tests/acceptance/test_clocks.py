"""C1, C2, C3, C6, C7 and C8 on a whole night: what a daemon does about the hours in which it was not there."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from daemon.clock import VirtualClock
from daemon.engine.assigning import Setup
from daemon.records import State
from daemon.scheduler import RECONCILE
from tests.acceptance.nights import Opened, occurrences, pump, put_on, runs, states, wait_until
from tests.system.crash.scene import Scene


@pytest.mark.parametrize(
    ("max_late", "ran", "state", "reason"),
    [("12h", ["ok"], State.OK, ""), ("2h", [], State.SKIPPED, "missed: later than max_late")],
)
def test_c1_a_slot_slept_through_is_made_up_within_max_late_or_is_a_row_that_says_so(
    opened: Opened, clock: VirtualClock, max_late: str, ran: list[str], state: State, reason: str
) -> None:
    routine = f'  lamps: {{job: fine, at: "02:00", max_late: {max_late}}}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            put_on(clock, hours=4, minutes=50)
            await pump(shift)
        put_on(clock, hours=7, minutes=20)
        async with opened(routine, clock) as shift:
            await pump(shift)
            assert await states(shift) == ran
            (one,) = await occurrences(shift)
            assert (one.slot, one.state, one.reason) == ("2026-11-21T02:00", state, reason)

    asyncio.run(work())
    assert timedelta(seconds=30) >= RECONCILE


@pytest.mark.parametrize(("missed", "count"), [("run-once", 1), ("run-all", 24)])
def test_c2_ten_days_down_make_one_run_or_at_most_twenty_four_in_order(
    opened: Opened, clock: VirtualClock, missed: str, count: int
) -> None:
    routine = f"  lamps: {{job: fine, every: 1h, missed: {missed}, max_late: 20d}}\n"

    async def work() -> None:
        async with opened(routine, clock):
            pass
        put_on(clock, days=10)
        async with opened(routine, clock) as shift:
            while any(not one.state.ended for one in await occurrences(shift)) or not await runs(shift):
                await pump(shift)
            found = await runs(shift)
            assert len(found) == count
            assert [run.due for run in found] == sorted(run.due for run in found)
            assert all(a.ended is not None and a.ended <= b.started for a, b in pairwise(found))
            assert found[-1].due == clock.now()
            assert len(await occurrences(shift)) == 240

    asyncio.run(work())


def test_c3_a_slot_that_falls_between_stop_and_start_runs_once(opened: Opened, clock: VirtualClock) -> None:
    routine = '  lamps: {job: fine, at: "22:00"}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            put_on(clock, minutes=59, seconds=59)
            await pump(shift)
        put_on(clock, seconds=17)
        for _ in range(2):
            async with opened(routine, clock) as shift:
                await pump(shift)
                assert [run.slot for run in await runs(shift)] == ["2026-11-20T22:00"]

    asyncio.run(work())


@pytest.mark.system
def test_c6_a_daemon_that_was_suspended_across_a_slot_runs_it_after_it_wakes(tmp_path: Path) -> None:
    scene = Scene(tmp_path, 3)
    try:
        daemon = scene.start()
        os.kill(daemon.pid, signal.SIGSTOP)
        scene.now += timedelta(hours=1)
        scene.set_clock(scene.now)
        os.kill(daemon.pid, signal.SIGCONT)
        took = wait_until(lambda: "2026-03-02T01:00" in scene.log and "ended well" in scene.log, 40)
        assert took <= 31
        assert scene.stop(daemon) == 0
        assert scene.rows("select count(*) from occurrences where routine = 'notes'") == [(1,)]
    finally:
        scene.close()


def test_c7_a_new_routine_does_not_run_for_a_time_of_today_that_has_passed(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: fine, at: "07:00"}\n', clock) as shift:
            await pump(shift)
            put_on(clock, hours=9, minutes=59)
            await pump(shift)
            assert await occurrences(shift) == []
            put_on(clock, minutes=1)
            await pump(shift)
            assert await states(shift) == ["ok"]

    asyncio.run(work())


def test_c8_a_routine_that_was_disabled_makes_nothing_up(
    opened: Opened, setup_of: Callable[[str], Setup], clock: VirtualClock
) -> None:
    routine = '  lamps: {job: fine, at: "07:00"%s}\n'

    async def work() -> None:
        async with opened(routine % "", clock) as shift:
            await shift.adopt(setup_of(routine % ", enabled: false"))
            for _ in range(3):
                put_on(clock, days=1)
                await pump(shift)
            put_on(clock, hours=15)
            await shift.adopt(setup_of(routine % ""))
            await pump(shift)
            assert await runs(shift) == []

    asyncio.run(work())
