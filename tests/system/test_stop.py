"""A stop is over in time whatever hangs: a run that hears nothing, a watcher that never answers, a full disk."""

import contextlib
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import SystemClock
from daemon.runner import GRACE
from tests.system.crash.judge import verdict
from tests.system.crash.outside import until
from tests.system.crash.scene import FIRST_NIGHT, Scene
from tests.system.crash.test_limits import disk, fill

pytestmark = pytest.mark.system
__all__ = ["disk"]
IN_TIME = GRACE.total_seconds() + 2
PLUGIN = """\
import os
import signal
from pathlib import Path

from daemon.api import Job, NoOptions, Text

HERE = Path(__file__).parent


def deaf(ctx, options):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (HERE / f"deaf-{os.getpid()}").touch()
    while True:
        signal.pause()


deaf_job = Job("deaf", "Hears no SIGTERM.", NoOptions, deaf)
brief_job = Job("brief", "Ends at once.", NoOptions, lambda ctx, options: Text("done"))
"""


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a watcher that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/ping"


@pytest.fixture
def house(machine: Any) -> Any:
    plugins = machine.folder / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "wild.py").write_text(PLUGIN, encoding="utf-8")
    (plugins / "wild.py").chmod(0o644)
    return machine


def configure(house: Any, *routines: str) -> None:
    lines = "\n".join(f"  {line}" for line in routines)
    house.configure(f"shop: {{name: Lamps, timezone: UTC}}\nplugins: plugins\nroutines:\n{lines}\n")


def ends(house: Any) -> list[tuple[str, str]]:
    """Return how all runs ended, as the ledger keeps it."""
    with contextlib.closing(sqlite3.connect(house.state / "ledger.db")) as ledger:
        return ledger.execute("select state, reason from runs order by id").fetchall()


def at_work(house: Any) -> bool:
    return bool(list((house.folder / "plugins").glob("deaf-*")))


def _now() -> float:
    return SystemClock().monotonic()


def test_k8_runs_deaf_to_sigterm_are_killed_after_the_grace_and_are_lost(house: Any) -> None:
    configure(house, 'one: {job: deaf, at: "06:00"}', 'two: {job: deaf, at: "06:00"}')
    daemon, _ = house.serve()
    for name in ("one", "two"):
        house.launch_command("run", name)
    assert until(lambda: len(list((house.folder / "plugins").glob("deaf-*"))) == 2, 10)
    code, seconds = house.stop(daemon)
    print(f"stopped after {seconds:.2f} s")
    assert code == 0
    assert GRACE.total_seconds() <= seconds <= IN_TIME
    assert ends(house) == [("lost", "lost (stopped)")] * 2
    for path in (house.folder / "plugins").glob("deaf-*"):
        assert not Path("/proc", path.name.partition("-")[2]).exists()


def test_k8_a_watcher_that_never_answers_does_not_hold_up_the_stop(house: Any, silent: str) -> None:
    configure(house, f'brief: {{job: brief, at: "06:00", ping: "{silent}"}}')
    daemon, _ = house.serve()
    assert house.run("run", "brief").returncode == 0
    code, seconds = house.stop(daemon)
    print(f"stopped after {seconds:.2f} s")
    assert code == 0
    assert seconds < 3
    assert ends(house) == [("ok", "")]


def test_a_command_alone_waits_for_its_pings_but_not_for_ever(house: Any, silent: str) -> None:
    configure(house, f'brief: {{job: brief, at: "06:00", ping: "{silent}"}}')
    ran = house.run("run", "brief")
    assert ran.returncode == 0
    assert ends(house) == [("ok", "")]


def test_k8_a_stop_on_a_full_disk_says_what_is_not_recorded_and_nothing_is_doubled(disk: Path, tmp_path: Path) -> None:
    scene = Scene(tmp_path, 3, {"WATCHDOG_USEC": "1000000"})
    try:
        scene.shop.before = lambda: fill(disk)
        daemon = scene.start()
        scene.pass_time(FIRST_NIGHT)
        assert until(lambda: bool(scene.shop.done) and "trying again" in scene.log, 10)
        began = _now()
        assert scene.stop(daemon) == 0
        seconds = _now() - began
        print(f"stopped after {seconds:.2f} s")
        assert seconds <= IN_TIME
        assert "could not be recorded before the stop" in scene.log
        assert "Traceback" not in scene.log
        made = list(scene.shop.done)
        scene.shop.before = lambda: None
        (disk / "filler").unlink()
        after = scene.start()
        assert scene.rows("select count(*) from runs where state = 'lost'")[0][0] >= 1
        scene.wait(after)
        assert scene.stop(after) == 0
        assert scene.shop.done[: len(made)] == made
        assert verdict(scene) == []
    finally:
        scene.close()
