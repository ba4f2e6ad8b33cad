"""What a daemon does where it can't write, where another one works already, and with children of one that died."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.crash.judge import verdict
from tests.system.crash.outside import until
from tests.system.crash.scene import FIRST_NIGHT, SECOND_NIGHT, Scene

pytestmark = pytest.mark.system
STUBBORN = '''\
"""A run that is deaf to SIGTERM and never ends; it says when two of it are at work."""

import fcntl
import os
import signal
from pathlib import Path

from daemon.api import Job, NoOptions

HERE = Path(__file__).parent


def run(ctx, options):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    held = (HERE / "alone").open("a")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        (HERE / "twice").touch()
    (HERE / f"at-work-{ctx.slot}-{os.getpid()}").touch()
    while True:
        signal.pause()


stubborn = Job("stubborn", "Never ends.", NoOptions, run)
'''


def mounted(folder: Path, *options: str) -> None:
    """Mount a small file system of its own on a folder, or skip."""
    ended = subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)], capture_output=True, check=False)
    if ended.returncode:
        pytest.skip(f"no file system can be mounted here: {ended.stderr.decode().strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB for the state folder."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    mounted(state, "-o", "size=2m,mode=700")
    yield state
    subprocess.run(["umount", "-l", str(state)], check=True)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A daemon with its outside, which looks at the night twice a second, as under a short watchdog."""
    made = Scene(tmp_path, 3, {"WATCHDOG_USEC": "1000000"})
    yield made
    made.close()


def fill(disk: Path) -> None:
    """Write until nothing fits any more."""
    with (disk / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(b"\0" * 4096):
            pass


def test_on_a_full_disk_nothing_starts_that_can_not_be_recorded_and_it_goes_on_when_there_is_room(
    disk: Path, scene: Scene
) -> None:
    daemon = scene.start()
    fill(disk)
    scene.pass_time(FIRST_NIGHT)
    assert until(lambda: "nothing is started" in scene.log, 10)
    time.sleep(2)
    assert scene.shop.done == []
    assert scene.log.count("nothing is started") == 1
    (disk / "filler").unlink()
    scene.wait(daemon)
    assert scene.stop(daemon) == 0
    assert scene.log.count("the ledger can be used again") == 1
    assert scene.shop.done
    assert verdict(scene) == []


def test_a_disk_that_fills_during_a_run_makes_no_effect_twice_and_forgets_no_run(disk: Path, scene: Scene) -> None:
    scene.shop.before = lambda: fill(disk)
    daemon = scene.start()
    scene.pass_time(FIRST_NIGHT)
    assert until(lambda: bool(scene.shop.done) and "trying again" in scene.log, 10)
    made = list(scene.shop.done)
    time.sleep(6)
    assert scene.shop.done == made
    assert scene.log.count("trying again") == 1
    scene.shop.before = lambda: None
    (disk / "filler").unlink()
    scene.wait(daemon)
    assert scene.stop(daemon) == 0
    assert verdict(scene) == []


def test_a_start_on_a_full_disk_is_refused_with_a_sentence(disk: Path, scene: Scene) -> None:
    fill(disk)
    daemon = scene.launch()
    assert daemon.wait(20) == 1
    assert str(disk) in scene.log
    assert "Traceback" not in scene.log


def test_a_state_folder_that_is_read_only_is_refused_with_a_sentence(disk: Path, scene: Scene) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    daemon = scene.launch()
    assert daemon.wait(20) == 1
    assert f"the state folder {disk} can't be used: Read-only file system" in scene.log
    assert "Traceback" not in scene.log


def test_a_second_daemon_names_the_first_and_leaves_it_in_peace(scene: Scene) -> None:
    first = scene.start()
    second = scene.launch()
    assert second.wait(20) == 75
    assert f"in use by the process {first.pid}" in scene.log
    scene.pass_time(SECOND_NIGHT)
    scene.wait(first)
    assert scene.stop(first) == 0
    assert verdict(scene) == []


@pytest.fixture
def stubborn(machine: Any) -> Any:
    """A machine with a routine whose run never ends by itself, due with the first missed slot."""
    plugins = machine.folder / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "stubborn.py").write_text(STUBBORN, encoding="utf-8")
    machine.configure(
        "shop: {name: Lamps, timezone: UTC}\nplugins: plugins\nroutines: {deaf: {job: stubborn, every: 1h}}"
    )
    return machine


def at_work(machine: Any) -> list[int]:
    """Return the processes that said they are at work, in order of their start."""
    said = sorted((machine.folder / "plugins").glob("at-work-*"), key=lambda path: path.stat().st_mtime)
    return [int(path.name.rpartition("-")[2]) for path in said]


def runs(pid: int) -> bool:
    """Say whether a process is there and not dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("stopped", [False, True], ids=["at-work", "stopped"])
@pytest.mark.parametrize("killed", [["daemon"], ["spawner"], ["spawner", "daemon"]], ids="-and-".join)
def test_a_child_never_outlives_its_daemon_into_the_next_ones_work(
    stubborn: Any, spawner_of: Any, killed: list[str], stopped: bool
) -> None:
    daemon, _ = stubborn.serve()
    stubborn.launch_command("run", "deaf")
    assert until(lambda: bool(at_work(stubborn)), 10)
    (child,) = at_work(stubborn)
    pids = {"daemon": daemon.pid, "spawner": spawner_of(daemon.pid)}
    if stopped:
        os.kill(child, signal.SIGSTOP)
    for name in killed:
        os.kill(pids[name], signal.SIGKILL)
    daemon.wait(20)
    after, _ = stubborn.serve()
    assert not runs(child)
    stubborn.launch_command("run", "deaf")
    assert until(lambda: len(at_work(stubborn)) == 2, 10)
    assert not (stubborn.folder / "plugins" / "twice").exists()
    assert stubborn.stop(after)[0] == 0
    assert not any(runs(pid) for pid in at_work(stubborn))
