"""K1 to K8: whatever dies, hangs or fills up, every slot has one end, and nothing runs that can't be recorded.

The many random kills of K1 and the full disks of K4 are played in tests/system/crash.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from daemon.clock import SystemClock, VirtualClock
from daemon.ledger import open_ledger
from daemon.model import Slot
from daemon.scheduler import Heart
from tests.acceptance.nights import (
    EVENING,
    PATIENCE,
    Opened,
    occurrences,
    pump,
    put_on,
    runs,
    wait_until,
)
from tests.daemon.outlasting import lives

MOMENTS = 4
SHOP = "shop: {name: Lamps, timezone: Europe/Berlin}\n"
LAMPS = """\
import os, signal, sys
from pathlib import Path
from daemon.api import Job, NoOptions, Text

HERE = Path(__file__).parent

def note(line):
    with (HERE / "world").open("a") as out:
        out.write(f"{line}\\n")

def endless(ctx, options):
    signal.signal(signal.SIGTERM, lambda *_: (note("TERM"), sys.exit(1)))
    note(os.getpid())
    while True:
        signal.pause()

def brief(ctx, options):
    note(ctx.slot)
    return Text("done")

endless_once = Job("endless", "Never ends, never repeated.", NoOptions, endless, repeatable=False)
brief_one = Job("brief", "Ends at once.", NoOptions, brief)
"""


@pytest.fixture
def house(machine: Any) -> Any:
    """A machine with the jobs above and two routines that nobody starts by the clock."""
    plugins = machine.folder / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "lamps.py").write_text(LAMPS, encoding="utf-8")
    (plugins / "lamps.py").chmod(0o644)
    routines = 'routines: {endless: {job: endless, at: "06:00"}, brief: {job: brief, at: "06:00", overlap: queue}}'
    machine.configure(f"{SHOP}plugins: plugins\n{routines}")
    return machine


def world(house: Any) -> list[str]:
    path = house.folder / "plugins" / "world"
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def ledger_rows(state: Path, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(state / "ledger.db")) as ledger:
        return ledger.execute(query).fetchall()


def test_k1_a_run_that_was_cut_off_is_lost_and_one_that_may_not_be_repeated_is_not(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    routines = '  once: {job: counting, at: "21:30", options: {world: WORLD}}\n  again: {job: fine, at: "21:30"}\n'

    async def die_after_the_claims() -> None:
        async with opened(routines, clock) as shift:
            put_on(clock, minutes=30)
            await shift.engine.account()
            for due in await occurrences(shift):
                assert await shift.bookkeeper.call(shift.engine.ledger.history.start, due, clock.now(), "boot")

    async def after() -> list[tuple[str, str, int]]:
        async with opened(routines, clock) as shift:
            for _ in range(3):
                await pump(shift)
            return sorted((one.routine, one.state.value, one.tries) for one in await occurrences(shift))

    asyncio.run(die_after_the_claims())
    assert asyncio.run(after()) == [("again", "ok", 2), ("once", "lost", 1)]
    assert not (tmp_path / "world").exists()


@pytest.mark.system
def test_k2_a_child_does_not_outlive_a_killed_daemon_and_no_second_one_works_beside_it(house: Any) -> None:
    daemon, _ = house.serve()
    house.launch_command("run", "endless")
    wait_until(lambda: bool(world(house)))
    daemon.kill()
    daemon.wait(PATIENCE)
    (child,) = map(int, world(house))
    assert wait_until(lambda: not lives(child)) < 2
    daemon, _ = house.serve()
    assert ledger_rows(house.state, "select state from runs") == [("lost",)]
    assert world(house) == [str(child)]
    assert house.stop(daemon)[0] == 0


@pytest.mark.system
def test_k3_a_copy_of_the_state_taken_at_any_moment_opens_clean(house: Any, tmp_path: Path) -> None:
    daemon, _ = house.serve()
    for number in range(MOMENTS):
        asked = [house.launch_command("run", "brief") for _ in range(2)]
        wait_until(lambda: len(world(house)) > number)  # noqa: B023 - called before the loop goes on
        os.kill(daemon.pid, signal.SIGSTOP)  # a power cut leaves all files as they were at one moment
        shutil.copytree(house.state, tmp_path / f"copy{number}", ignore=shutil.ignore_patterns("*.sock"))
        os.kill(daemon.pid, signal.SIGCONT)
        for one in asked:
            one.wait(PATIENCE)
    assert house.stop(daemon)[0] == 0
    for number in range(MOMENTS):
        copy = tmp_path / f"copy{number}"
        open_ledger(copy, "shop", ZoneInfo("Europe/Berlin"), EVENING, "test").close()
        assert ledger_rows(copy, "pragma integrity_check") == [("ok",)]
        begun = ledger_rows(copy, "select slot from runs")
        assert len(begun) == len(set(begun)) >= 1
    assert "synchronous=FULL" in Path("daemon/ledger/store.py").read_text(encoding="utf-8")


@pytest.mark.system
def test_k4_a_state_that_can_not_be_written_is_refused_with_a_sentence_and_runs_nothing(house: Any) -> None:
    house.state.parent.joinpath("state").symlink_to("/proc")
    daemon = house.launch()
    assert daemon.wait(PATIENCE) == 1
    assert "state" in house.log()
    assert "Traceback" not in house.log()
    assert world(house) == []


@pytest.mark.system
def test_k5_a_second_daemon_ends_at_once_with_75_and_names_the_first(house: Any) -> None:
    daemon, ready = house.serve()
    clock = SystemClock()
    before = clock.monotonic()
    second = house.run("serve")
    took = clock.monotonic() - before
    assert second.returncode == 75
    assert f"in use by the process {daemon.pid}" in second.stderr
    assert took < max(1.0, 2 * ready)
    assert house.stop(daemon)[0] == 0


@dataclass(frozen=True)
class Broken:
    """A schedule with a defect."""

    def between(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
        raise ArithmeticError("no such calendar")


def test_k6_a_schedule_that_raises_stops_its_own_routine_only(
    opened: Opened, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        async with opened('  bad: {job: fine, at: "21:30"}\n  good: {job: fine, at: "21:30"}\n', clock) as shift:
            table = shift.engine.timetable
            shift.engine.timetable = replace(table, schedules={**table.schedules, "bad": Broken()})
            for _ in range(3):
                put_on(clock, minutes=30)
                await pump(shift)
            assert [run.routine for run in await runs(shift)] == ["good"]
            assert [one.routine for one in shift.engine.timetable.first(clock.now(), 1)] == ["good"]
            assert [text.values["routine"] for text in shift.notices()] == ["bad"]

    asyncio.run(work())
    said = [record for record in caplog.records if "bad" in record.getMessage() and record.levelname == "ERROR"]
    assert len(said) == 1


def test_k7_while_the_reconcile_hangs_no_sign_of_life_is_given() -> None:
    async def work() -> tuple[int, int]:
        begun, signs = [0], [0]

        async def reconcile() -> None:
            begun[0] += 1
            if begun[0] == 3:
                await asyncio.Event().wait()

        def after() -> None:
            signs[0] += 1

        heart = Heart(asyncio.Event(), reconcile, VirtualClock(EVENING))
        beating = asyncio.create_task(heart.beat(after, lambda: timedelta(0)))
        for _ in range(50):
            await asyncio.wait([beating], timeout=0.01)
        beating.cancel()
        return begun[0], signs[0]

    assert asyncio.run(work()) == (3, 2)
    unit = Path("systemd/nightclerk.service").read_text(encoding="utf-8").splitlines()
    assert {"WatchdogSec=2min", "Restart=on-failure"} <= set(unit)


@pytest.mark.system
def test_k8_a_stop_ends_what_runs_with_sigterm_says_stopping_and_leaves_no_process(house: Any) -> None:
    daemon, _ = house.serve()
    house.launch_command("run", "endless")
    wait_until(lambda: bool(world(house)))
    code, seconds = house.stop(daemon)
    assert code == 0
    assert seconds < 10
    house.wait_for_notice("STOPPING=1")
    child, word = world(house)
    assert word == "TERM"
    assert not lives(int(child))
    assert ledger_rows(house.state, "select state, reason from runs") == [("lost", "lost (stopped)")]
