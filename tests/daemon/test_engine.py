"""Every slot is accounted for and runs once, in its turn, whatever dies in between."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from daemon.clock import VirtualClock
from daemon.engine.assigning import Setup
from daemon.errors import NightclerkError
from daemon.model import Text
from daemon.occurrences.asked import Wish
from daemon.records import State
from tests.daemon.evenings import EVENING, WHERE, Opened, occurrences, pump, runs, world


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(EVENING)


def test_a_slot_runs_once_however_often_the_night_is_looked_at(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: fine, at: "21:30"}\n', clock) as shift:
            await pump(shift)
            assert await runs(shift) == []
            clock.moment += timedelta(minutes=30)
            for _ in range(3):
                await pump(shift)
            assert [run.slot for run in await runs(shift)] == ["2026-11-20T21:30"]
            assert [one.state for one in await occurrences(shift)] == [State.OK]

    asyncio.run(work())


def test_a_failed_try_is_repeated_after_its_waits_and_not_before(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    routine = """\
  lamps:
    job: stubborn
    at: "21:30"
    retry: {tries: 3, first: 10m, factor: 3, jitter: 0}
    options: {world: WORLD, times: 2}
"""

    async def work() -> None:
        async with opened(routine, clock) as shift:
            ends = []
            for minutes in (30, 9, 1, 29, 1):
                clock.moment += timedelta(minutes=minutes)
                await pump(shift)
                ends.append([run.state.value for run in await runs(shift)])
            assert ends == [["failed"], ["failed"], ["failed"] * 2, ["failed"] * 2, ["failed", "failed", "ok"]]
            assert [(one.state, one.tries) for one in await occurrences(shift)] == [(State.OK, 3)]

    asyncio.run(work())
    assert len(world(tmp_path)) == 3


@pytest.mark.parametrize(
    ("overlap", "second"),
    [("skip", ("skipped", "still running since 21:30")), ("queue", ("pending", ""))],
)
def test_a_slot_that_falls_into_a_run_is_skipped_or_waits_as_the_routine_says(
    opened: Opened, clock: VirtualClock, overlap: str, second: tuple[str, str]
) -> None:
    routine = f'  lamps: {{job: hanging, at: ["21:30", "21:40"], overlap: {overlap}, {WHERE}}}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            for _ in range(2):
                clock.moment += timedelta(minutes=30 if clock.moment == EVENING else 10)
                await shift.engine.account()
                await shift.engine.dispatch()
            first, later = await occurrences(shift)
            assert first.state is State.RUNNING
            assert (later.state.value, later.reason) == second

    asyncio.run(work())


def test_the_next_slot_ends_the_run_before_it_where_the_routine_says_kill(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    routine = f'  lamps: {{job: hanging, at: ["21:30", "21:40"], overlap: kill, {WHERE}}}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            clock.moment += timedelta(minutes=30)
            await shift.engine.account()
            await shift.engine.dispatch()
            clock.moment += timedelta(minutes=10)
            await pump(shift)
            await shift.engine.dispatch()
            first, later = await occurrences(shift)
            assert (first.state, later.state) == (State.FAILED, State.RUNNING)
            assert "made room" in first.reason

    asyncio.run(work())


def test_a_run_that_was_going_on_when_the_daemon_died_is_lost_and_tried_once_more(
    opened: Opened, clock: VirtualClock
) -> None:
    routine = '  lamps: {job: fine, at: "21:30", max_late: 2h}\n'

    async def died_during(slot: datetime) -> None:
        async with opened(routine, clock) as shift:
            clock.moment = slot
            await shift.engine.account()
            (due,) = [one for one in await occurrences(shift) if one.state is State.PENDING]
            assert await shift.bookkeeper.call(shift.engine.ledger.history.start, due, slot, "boot")

    async def after(wait: timedelta) -> list[str]:
        clock.moment += wait
        async with opened(routine, clock) as shift:
            await pump(shift)
            return [run.state.value for run in await runs(shift)]

    asyncio.run(died_during(EVENING + timedelta(minutes=30)))
    assert asyncio.run(after(timedelta(hours=1))) == ["lost", "ok"]
    asyncio.run(died_during(EVENING + timedelta(days=1, minutes=30)))
    assert asyncio.run(after(timedelta(hours=3))) == ["lost", "ok", "lost"]


def test_what_a_person_asked_for_before_the_daemon_died_does_not_start_after(
    opened: Opened, clock: VirtualClock
) -> None:
    async def work() -> None:
        async with opened("  lamps: {job: fine, every: 1d}\n", clock) as shift:
            await shift.engine.add_manual("lamps", "ada", Wish())
        async with opened("  lamps: {job: fine, every: 1d}\n", clock) as shift:
            await pump(shift)
            assert [(one.state, one.reason) for one in await occurrences(shift)] == [
                (State.SKIPPED, "the daemon ended before it began")
            ]

    asyncio.run(work())


def test_a_routine_waits_for_those_it_follows_and_takes_the_last_ones_slot(opened: Opened, clock: VirtualClock) -> None:
    routines = """\
  first: {job: fine, at: "21:20"}
  second: {job: raising, at: "21:30"}
  last: {job: fine, after: [first, second]}
"""

    async def work() -> None:
        async with opened(routines, clock) as shift:
            clock.moment += timedelta(minutes=30)
            await shift.engine.account()
            while any(one.state is State.PENDING for one in await occurrences(shift)):
                await shift.engine.dispatch()
                await shift.engine.idle()
            ended = await runs(shift)
            assert [run.routine for run in ended][-1] == "last"
            assert ended[-1].slot == "2026-11-20T21:30"
            assert [run.state.value for run in ended] == ["ok", "failed", "ok"]
            clock.moment += timedelta(hours=2)
            await pump(shift)
            assert len(await runs(shift)) == 3

    asyncio.run(work())


def test_a_cancelled_run_is_not_tried_again(opened: Opened, clock: VirtualClock, tmp_path: Path) -> None:
    routine = f'  lamps: {{job: hanging, at: "21:30", retry: {{tries: 3, first: 1s}}, {WHERE}}}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            clock.moment += timedelta(minutes=30)
            await shift.engine.account()
            await shift.engine.dispatch()
            (run,) = shift.engine.active_runs()
            while not (tmp_path / "world").exists():
                await asyncio.wait([asyncio.ensure_future(shift.engine.idle())], timeout=0.02)
            assert shift.engine.cancel(run.id, "ada")
            await shift.engine.idle()
            assert not shift.engine.cancel(run.id, "ada")
            clock.moment += timedelta(minutes=10)
            await pump(shift)
            assert [(one.state, one.reason) for one in await runs(shift)] == [(State.FAILED, "cancelled by ada")]

    asyncio.run(work())


def test_a_manual_run_takes_no_scheduled_slot(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: fine, at: "21:30"}\n', clock) as shift:
            asked = await shift.engine.add_manual("lamps", "ada", Wish())
            again = await shift.engine.add_manual("lamps", "ada", Wish())
            assert asked.slot != again.slot
            await pump(shift)
            await pump(shift)
            assert (await shift.engine.wait_with_mails(asked))[
                0
            ].state is State.OK  # it had ended before anybody waited
            clock.moment += timedelta(minutes=30)
            await pump(shift)
            assert "2026-11-20T21:30" in [run.slot for run in await runs(shift)]

    asyncio.run(work())


def test_a_broken_routine_says_why_it_can_not_run(opened: Opened, clock: VirtualClock, tmp_path: Path) -> None:
    async def work() -> None:
        async with opened("  lamps: {job: telling, every: 1d, options: {key: !secret lost}}\n", clock) as shift:
            with pytest.raises(NightclerkError, match=r"lamps can't run: .*the secret lost is missing"):
                await shift.engine.add_manual("lamps", "ada", Wish())

    asyncio.run(work())


def test_a_pause_survives_a_look_at_the_night_that_was_going_on(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: fine, at: "21:30"}\n', clock) as shift:
            clock.moment += timedelta(hours=2)
            await asyncio.gather(
                shift.engine.account(), shift.engine.pause("lamps", None, paused=True), shift.engine.account()
            )
            assert shift.engine.paused() == {"lamps": None}
            clock.moment += timedelta(days=1)
            await pump(shift)
            assert [one.reason for one in await occurrences(shift)][-1] == "paused"

    asyncio.run(work())


def test_a_reload_keeps_what_is_due_and_counts_new_routines_from_now(
    opened: Opened, setup_of: Callable[[str], Setup], clock: VirtualClock
) -> None:
    old = '  lamps: {job: fine, at: "21:30"}\n'

    async def work() -> None:
        async with opened(old, clock) as shift:
            clock.moment += timedelta(minutes=35)
            await shift.adopt(setup_of(old + '  more: {job: fine, at: "21:30"}\n'))
            await pump(shift)
            assert [run.routine for run in await runs(shift)] == ["lamps"]
            clock.moment += timedelta(days=1)
            await pump(shift)
            assert sorted(run.routine for run in await runs(shift)) == ["lamps", "lamps", "more"]

    asyncio.run(work())


def test_the_briefing_hears_of_downtime(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: fine, at: "21:30"}\n', clock) as shift:
            await shift.reconcile()
            assert shift.notices() == []
            await shift.delivered()
        clock.moment += timedelta(hours=3)
        async with opened('  lamps: {job: fine, at: "21:30"}\n', clock) as shift:
            said = Text(
                "nightclerk was not running from {start} to {end}.",
                {"start": EVENING, "end": EVENING + timedelta(hours=3)},
            )
            assert shift.notices() == [said]

    asyncio.run(work())
