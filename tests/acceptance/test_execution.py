"""E1 to E10: however a run behaves, its group ends, its slot has a state, and the night goes on."""

import asyncio
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.clock import VirtualClock
from daemon.engine.assigning import Setup
from daemon.engine.turns import PLACES
from daemon.occurrences.asked import Wish
from daemon.records import MailStatus, State
from daemon.runner import GRACE
from tests.acceptance.nights import (
    Opened,
    look,
    occurrences,
    pump,
    put_on,
    runs,
    states,
    until,
    web_server,
)
from tests.daemon.outlasting import lives, pids_in

WHERE = "options: {world: WORLD}"


@pytest.mark.slow
def test_e1_a_run_over_its_time_leaves_no_process_and_the_next_slot_runs(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    async def work() -> None:
        async with opened(f'  lamps: {{job: hanging, at: ["21:30", "21:40"], timeout: 1s, {WHERE}}}\n', clock) as shift:
            for minutes, count in ((30, 2), (10, 4)):
                put_on(clock, minutes=minutes)
                await pump(shift)
                assert [lives(pid) for pid in pids_in(tmp_path / "world")] == [False] * count
            assert [(run.slot[-5:], run.state, run.reason) for run in await runs(shift)] == [
                (slot, State.TIMED_OUT, "cut off after its time limit") for slot in ("21:30", "21:40")
            ]

    asyncio.run(work())


def test_e1_everything_a_run_started_hears_sigterm_before_anything_is_killed(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    async def work() -> None:
        async with opened(f'  lamps: {{job: family, at: "21:30", timeout: 1s, {WHERE}}}\n', clock) as shift:
            put_on(clock, minutes=30)
            await pump(shift)
            assert await states(shift) == ["timed-out"]

    asyncio.run(work())
    assert (tmp_path / "world").read_text(encoding="utf-8") == "heard\n"


@pytest.mark.slow
def test_e2_a_run_deaf_to_sigterm_is_killed_after_the_grace_with_its_child(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    async def work() -> None:
        async with opened(f'  lamps: {{job: deaf, at: "21:30", timeout: 1s, {WHERE}}}\n', clock) as shift:
            put_on(clock, minutes=30)
            await look(shift)
            await until(lambda: len(pids_in(tmp_path / "world")) == 2)
            began = asyncio.get_running_loop().time()
            await shift.engine.idle()
            took = asyncio.get_running_loop().time() - began
            assert await states(shift) == ["timed-out"]
            assert timedelta(seconds=took) < timedelta(seconds=1) + GRACE + timedelta(seconds=3)

    asyncio.run(work())
    assert [lives(pid) for pid in pids_in(tmp_path / "world")] == [False, False]


@pytest.mark.parametrize(
    ("job", "more", "reason"),
    [
        ("leaving", "", "exit code 7"),
        ("crashing", "", "Segmentation fault"),
        ("stopping", "", "exit code 3"),
        ("unwinding", "", "left no report"),
        ("greedy", ", memory: 300M", "MemoryError"),
    ],
)
def test_e3_whatever_ends_a_child_is_a_failed_run_and_the_daemon_lives(
    opened: Opened, clock: VirtualClock, job: str, more: str, reason: str
) -> None:
    routines = f'  bad: {{job: {job}, at: "21:30"{more}}}\n  good: {{job: fine, at: "21:40"}}\n'

    async def work() -> None:
        async with opened(routines, clock) as shift:
            for minutes in (30, 10):
                put_on(clock, minutes=minutes)
                await pump(shift)
            bad, good = await runs(shift)
            assert (bad.state, good.state) == (State.FAILED, State.OK)
            assert reason in bad.reason

    asyncio.run(work())


@pytest.mark.slow
def test_e3_of_a_gigabyte_of_output_the_end_is_kept(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  loud: {job: gigabyte, at: "21:30", timeout: 2m}\n', clock) as shift:
            put_on(clock, minutes=30)
            await pump(shift)
            (run,) = await runs(shift)
            assert run.state is State.OK
            assert "earlier lines not kept" in run.output.splitlines()[0]
            assert len(run.output) < 1_000_000

    asyncio.run(work())


def test_e4_where_every_place_is_taken_a_slot_waits_and_then_says_why_it_never_ran(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    hung = "".join(f'  hung{n}: {{job: hanging, at: "21:30", max_late: 7d, {WHERE}}}\n' for n in range(20))

    async def work() -> None:
        async with opened(hung + '  lamps: {job: fine, at: "21:31", max_late: 1h}\n', clock) as shift:
            put_on(clock, minutes=31)
            await look(shift)
            assert len(shift.engine.active_runs()) == PLACES
            put_on(clock, minutes=61)
            await look(shift)
            (last,) = [one for one in await occurrences(shift) if one.routine == "lamps"]
            assert (last.state, last.reason) == (State.SKIPPED, "later than max_late: no free place")

    asyncio.run(work())


@pytest.mark.slow
def test_e4_a_slot_starts_as_soon_as_a_place_is_free(opened: Opened, clock: VirtualClock, tmp_path: Path) -> None:
    hung = "".join(f'  hung{n}: {{job: hanging, at: "21:30", {WHERE}}}\n' for n in range(PLACES))

    async def work() -> None:
        async with opened(hung + '  lamps: {job: fine, at: "21:31"}\n', clock) as shift:
            put_on(clock, minutes=31)
            await look(shift)
            first = shift.engine.active_runs()[0]
            await until(lambda: len(pids_in(tmp_path / "world")) == 2 * PLACES)
            shift.engine.cancel(first.id, "ada")
            await until(lambda: len(shift.engine.active_runs()) < PLACES)
            assert shift.engine.changed.is_set()
            await look(shift)
            await until(lambda: len(shift.engine.active_runs()) < PLACES)
            assert [run.state for run in await runs(shift) if run.routine == "lamps"] == [State.OK]

    asyncio.run(work())


def test_e6_tries_come_at_their_times_with_bounded_jitter_also_after_a_restart(
    opened: Opened, clock: VirtualClock
) -> None:
    routine = '  lamps: {job: raising, at: "21:30", retry: {tries: 4, first: 1m, factor: 2, jitter: 0.1}}\n'

    async def try_until_final(wait: float) -> float:
        """Open the night anew, do the try that is due, check that none comes early; return the next wait in seconds."""
        async with opened(routine, clock) as shift:
            if wait:
                put_on(clock, seconds=wait - 1)
                before = len(await runs(shift))
                await pump(shift)
                assert len(await runs(shift)) == before
                put_on(clock, seconds=1)
            await pump(shift)
            (one,) = await occurrences(shift)
            return (one.not_before - clock.now()).total_seconds() if one.not_before else 0

    async def work() -> list[float]:
        async with opened(routine, clock):
            put_on(clock, minutes=30)
        waits = [await try_until_final(0)]
        while waits[-1]:
            waits.append(await try_until_final(waits[-1]))
        async with opened(routine, clock) as shift:
            assert await states(shift) == ["failed"] * 4
        return waits

    waits = asyncio.run(work())
    assert len(waits) == 4
    for wait, least in zip(waits, (60, 120, 240, 0), strict=True):
        assert least <= wait <= least * 1.1


@pytest.mark.slow
@pytest.mark.parametrize(("wanted", "state"), [("", State.TIMED_OUT), (", on_timeout: true", State.PENDING)])
def test_e7_a_run_that_was_cut_off_is_tried_again_only_where_that_is_written(
    opened: Opened, clock: VirtualClock, wanted: str, state: State
) -> None:
    routine = f'  lamps: {{job: hanging, at: "21:30", timeout: 1s, retry: {{tries: 3{wanted}}}, {WHERE}}}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            put_on(clock, minutes=30)
            await pump(shift)
            assert [one.state for one in await occurrences(shift)] == [state]

    asyncio.run(work())


def test_e9_a_manual_run_waits_for_the_scheduled_one_and_takes_no_slot(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    async def work() -> None:
        async with opened(f'  lamps: {{job: waiting, at: ["21:30", "21:40"], {WHERE}}}\n', clock) as shift:
            put_on(clock, minutes=30)
            await look(shift)
            asked = await shift.engine.add_manual("lamps", "ada", Wish())
            await look(shift)
            assert [run.slot for run in shift.engine.active_runs()] == ["2026-11-20T21:30"]
            (tmp_path / "world").touch()
            await shift.engine.idle()
            put_on(clock, minutes=10)
            while any(not one.state.ended for one in await occurrences(shift)) or len(await runs(shift)) < 3:
                await pump(shift)
            assert asked.slot.startswith("manual-2026-11-20T20:30:00Z-")
            assert {(run.slot, run.state) for run in await runs(shift)} == {
                ("2026-11-20T21:30", State.OK), ("2026-11-20T21:40", State.OK), (asked.slot, State.OK)
            }  # fmt: skip

    asyncio.run(work())


def test_e10_a_dry_run_reads_but_changes_nothing_outside_and_calls_no_mail_server(
    opened: Opened, setup_of: Callable[[str], Setup], clock: VirtualClock
) -> None:
    async def ended(shift_of: Opened, routines: str, *, dry: bool) -> tuple[str, list[MailStatus]]:
        async with shift_of(routines, clock) as shift:
            occurrence = await shift.engine.add_manual("notes", "ada", Wish(dry=dry))
            await shift.engine.start_one(occurrence)
            run = (await shift.engine.wait_with_mails(occurrence))[0]
            shift.deliver()
            await shift.delivered()
            assert run.summary is not None
            return str(run.summary.values["dry"]), await shift.bookkeeper.call(shift.engine.ledger.post.status)

    with web_server() as (url, heard), socket.create_server(("127.0.0.1", 0)) as post:
        post.setblocking(False)
        port = post.getsockname()[1]
        mail = f"connections: {{mail: {{use: smtp, host: 127.0.0.1, port: {port}, security: none, from: a@b.example, timeout: 1s}}}}\n"
        routines = f'  notes: {{job: noting, at: "06:00", options: {{url: "{url}"}}}}\n{mail}'
        assert asyncio.run(ended(opened, routines, dry=True)) == ("True", [])
        assert heard == ["GET"]
        with pytest.raises(BlockingIOError):
            post.accept()
        told, queued = asyncio.run(ended(opened, routines, dry=False))
        assert (told, len(queued)) == ("False", 1)
        assert heard == ["GET", "GET", "POST"]
        post.accept()[0].close()
