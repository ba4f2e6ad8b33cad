"""R1 to R6: a configuration is put in force whole or not at all, and nothing that is due or running gets lost."""

import asyncio
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import SystemClock, VirtualClock
from daemon.engine.assigning import Setup
from daemon.records import State
from tests.acceptance.nights import Opened, look, occurrences, pump, put_on, runs, states, wait_until
from tests.daemon.outlasting import lives, pids_in

SHOP = "shop: {name: Lamps, timezone: Europe/Berlin}\npeople: {ada: {email: ada@lamps.example}}\n"
ONE = f'{SHOP}routines: {{morning: {{job: briefing, at: "06:00"}}}}'
TWO = f'{SHOP}routines: {{morning: {{job: briefing, at: "06:00"}}, second: {{job: briefing, at: "07:00"}}}}'


def test_r1_a_slot_that_is_due_but_not_started_survives_a_reload_and_runs_once(
    opened: Opened, setup_of: Callable[[str], Setup], clock: VirtualClock
) -> None:
    routines = '  lamps: {job: fine, at: "21:30"}\n'

    async def work() -> None:
        async with opened(routines, clock) as shift:
            put_on(clock, minutes=31)
            await shift.adopt(setup_of(routines))
            await shift.engine.account()
            await shift.adopt(setup_of(routines))
            for _ in range(3):
                await pump(shift)
            assert [run.slot for run in await runs(shift)] == ["2026-11-20T21:30"]

    asyncio.run(work())


@pytest.mark.system
def test_r2_a_broken_file_stays_out_and_is_said_in_log_status_and_briefing(machine: Any) -> None:
    machine.configure(ONE)
    daemon, _ = machine.serve()
    machine.config.write_text(f"shop: [unclosed\nstate: {machine.state}\n", encoding="utf-8")
    daemon.send_signal(signal.SIGHUP)
    wait_until(lambda: "config.yaml:1:7: " in machine.log())
    assert machine.run("reload").returncode == 78
    status = machine.run("status")
    assert "config.yaml:1:7: " in status.stdout
    assert "morning" in status.stdout
    with_daemon = machine.config.with_name("good.yaml")
    machine.configure(ONE)
    machine.config.rename(with_daemon)
    ran = machine.run("run", "morning", "-c", str(with_daemon))
    assert (ran.returncode, ran.stderr) == (0, "")
    mails = [path.read_text(encoding="utf-8") for path in (machine.state / "mail").rglob("*.eml")]
    assert len(mails) == 1
    assert "configuration was refused" in mails[0].replace("=\n", "")
    assert machine.stop(daemon)[0] == 0


def test_r3_a_time_moved_to_one_that_has_passed_counts_from_tomorrow(
    opened: Opened, setup_of: Callable[[str], Setup], clock: VirtualClock
) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: fine, at: "07:00"}\n', clock) as shift:
            put_on(clock, hours=11)
            await pump(shift)
            assert await states(shift) == ["ok"]
            await shift.adopt(setup_of('  lamps: {job: fine, at: "06:00"}\n'))
            await pump(shift)
            assert await states(shift) == ["ok"]
            slot = shift.engine.timetable.next_of("lamps", clock.now())
            assert slot is not None
            assert slot.name == "2026-11-22T06:00"
            put_on(clock, hours=22)
            await pump(shift)
            assert [run.slot for run in await runs(shift)] == ["2026-11-21T07:00", "2026-11-22T06:00"]

    asyncio.run(work())


@pytest.mark.parametrize(
    "after", ["  other: {job: fine, every: 1d}\n", '  renamed: {job: waiting, at: "21:30", options: {world: WORLD}}\n']
)
def test_r4_a_running_routine_that_is_removed_or_renamed_ends_and_is_recorded(
    opened: Opened, setup_of: Callable[[str], Setup], clock: VirtualClock, tmp_path: Path, after: str
) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: waiting, at: "21:30", options: {world: WORLD}}\n', clock) as shift:
            put_on(clock, minutes=30)
            await look(shift)
            await shift.adopt(setup_of(after))
            await look(shift)
            (tmp_path / "world").touch()
            await pump(shift)
            assert [(run.routine, run.state) for run in await runs(shift)] == [("lamps", State.OK)]
            assert [one.state for one in await occurrences(shift)] == [State.OK]

    asyncio.run(work())


def test_r4_the_time_limit_of_a_removed_routine_still_holds(
    opened: Opened, setup_of: Callable[[str], Setup], clock: VirtualClock, tmp_path: Path
) -> None:
    async def work() -> None:
        routine = '  lamps: {job: hanging, at: "21:30", timeout: 1s, options: {world: WORLD}}\n'
        async with opened(routine, clock) as shift:
            put_on(clock, minutes=30)
            await look(shift)
            await shift.adopt(setup_of("  other: {job: fine, every: 1d}\n"))
            await pump(shift)
            assert await states(shift) == ["timed-out"]

    asyncio.run(work())
    assert not any(lives(pid) for pid in pids_in(tmp_path / "world"))


@pytest.mark.system
def test_r5_a_file_swapped_for_another_is_read_when_asked_and_never_half(machine: Any) -> None:
    machine.configure(TWO)
    two = machine.folder / "two.yaml"
    machine.config.rename(two)
    machine.configure(ONE)
    one = machine.folder / "one.yaml"
    machine.config.rename(one)
    machine.config.symlink_to(one)
    daemon, _ = machine.serve()

    def swap(target: Path) -> None:
        machine.folder.joinpath("new").symlink_to(target)
        machine.folder.joinpath("new").replace(machine.config)

    half = machine.folder / "half.yaml"
    half.write_text(f"state: {machine.state}\n{two.read_text(encoding='utf-8')[:150]}", encoding="utf-8")
    swap(half)
    assert machine.run("reload").returncode == 78
    assert "second" not in machine.run("status").stdout
    half.write_text(f"{two.read_text(encoding='utf-8')[:150]}", encoding="utf-8")  # cut off before its `state:`
    nowhere = machine.run("reload")
    assert nowhere.returncode == 78
    assert re.match(rf"{re.escape(str(machine.config))}:\d+:\d+: ", nowhere.stderr.removeprefix("nightclerk: "))
    swap(two)
    assert "second" not in machine.run("status").stdout
    reloaded = machine.run("reload")
    assert reloaded.stdout == f"reloaded {machine.config}: 2 routines.\n"
    assert "second" in machine.run("status").stdout
    assert machine.stop(daemon)[0] == 0


@pytest.mark.system
def test_r6_a_signal_to_reload_is_answered_to_systemd_with_its_moment_and_then_ready(machine: Any) -> None:
    machine.configure(ONE)
    daemon, _ = machine.serve()
    before = SystemClock().monotonic()
    os.kill(daemon.pid, signal.SIGHUP)
    said = dict(line.split("=", 1) for line in machine.wait_for_notice("RELOADING=1").splitlines())
    assert before * 1e6 <= int(said["MONOTONIC_USEC"]) <= SystemClock().monotonic() * 1e6
    machine.wait_for_notice("READY=1")
    assert machine.stop(daemon)[0] == 0
