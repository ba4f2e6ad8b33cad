"""Nothing of a run outlives its time: measured from outside, by the kernel's own list of processes.

A child that outlived daemon and spawner is found by the next daemon and ended before anything is tried again.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.processes import look
from daemon.runner import GRACE
from tests.daemon.outlasting import lives
from tests.system.crash.outside import until

pytestmark = pytest.mark.system
LIMIT = 1.0
SLACK = 0.2
"""Seconds: what the machine itself may take."""
PLUGIN = '''\
import os
import signal
from pathlib import Path

from daemon.api import Job, NoOptions

HERE = Path(__file__).parent


def note(word):
    part = HERE / f"part-{os.getpid()}"
    part.write_text(word)
    part.rename(HERE / f"{word}-{os.getpid()}")


def block():
    nothing, _open = os.pipe()
    while True:
        os.read(nothing, 1)


def deaf(ctx, options):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        note("grandchild")
        block()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            note("stranger")
            block()
        os._exit(0)
    note("child")
    block()


def loose(ctx, options):
    """Let go of everything that ties a run to its daemon, and become another program."""
    if not (HERE / "alone").exists():
        (HERE / "alone").touch()
        note("loose")
        os.closerange(3, 64)
        os.execv("/bin/sleep", ["sleep", "600"])
    old = Path("/proc", next(HERE.glob("loose-*")).name.partition("-")[2], "stat")
    gone = not old.exists() or old.read_text().rpartition(")")[2].split()[0] in "ZX"
    note("after" if gone else "twice")


deaf_job = Job("deaf", "Hears no SIGTERM, and neither do its grandchildren, one of them in a session of its own.",
               NoOptions, deaf)
loose_job = Job("loose", "Outlives its daemon.", NoOptions, loose)
'''


@pytest.fixture
def house(machine: Any) -> Any:
    """A machine with the jobs above."""
    plugins = machine.folder / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "wild.py").write_text(PLUGIN, encoding="utf-8")
    (plugins / "wild.py").chmod(0o644)
    machine.configure(
        "shop: {name: Lamps, timezone: UTC}\nplugins: plugins\nroutines:\n"
        f'  deaf: {{job: deaf, at: "06:00", timeout: {LIMIT:g}s}}\n'
        '  loose: {job: loose, at: "06:00"}\n'
    )
    return machine


def noted(house: Any, word: str) -> list[int]:
    """Return the processes that said a word."""
    return [int(path.name.partition("-")[2]) for path in (house.folder / "plugins").glob(f"{word}-*")]


def since_start(pid: int) -> float:
    """Return how many seconds ago a process was forked, by the kernel's own clock."""
    found = look(pid)
    assert found is not None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - found.ticks / os.sysconf("SC_CLK_TCK")


def test_e2_a_child_deaf_to_sigterm_is_dead_with_its_grandchildren_right_after_limit_and_grace(house: Any) -> None:
    daemon, _ = house.serve()
    house.launch_command("run", "deaf")
    words = ("child", "grandchild", "stranger")
    assert until(lambda: all(noted(house, word) for word in words), 10)
    pids = [noted(house, word)[0] for word in words]
    begun = time.monotonic() - since_start(pids[0])
    died = dict[int, float]()
    while len(died) < len(pids) and time.monotonic() - begun < LIMIT + GRACE.total_seconds() + 5:
        for pid in pids:
            if pid not in died and not lives(pid):
                died[pid] = time.monotonic() - begun
        time.sleep(0.002)
    over = {pid: seconds - LIMIT - GRACE.total_seconds() for pid, seconds in died.items()}
    for word, pid in zip(words, pids, strict=True):
        print(f"{word}: dead after limit + grace + {over.get(pid, float('inf')):.3f} s")
    assert sorted(over) == sorted(pids)
    assert all(-0.1 < seconds <= SLACK for seconds in over.values())
    assert until(lambda: '"timed-out"' in house.run("runs", "--json").stdout, 5)
    assert not list((house.state / "children").iterdir())
    assert house.stop(daemon)[0] == 0


def lose_daemon_and_spawner(house: Any, spawner_of: Callable[[int], int]) -> int:
    """Leave a child at work that nothing ties to a daemon any more; return its pid."""
    daemon, _ = house.serve()
    spawner = spawner_of(daemon.pid)
    house.launch_command("run", "loose")
    assert until(lambda: bool(noted(house, "loose")), 10)
    (child,) = noted(house, "loose")
    assert until(lambda: Path(f"/proc/{child}/comm").read_text(encoding="ascii") == "sleep\n", 10)
    for pid in (spawner, daemon.pid):
        os.kill(pid, signal.SIGKILL)
    daemon.wait(20)
    assert until(lambda: not lives(spawner), 10)
    assert lives(child)
    return child


def test_k2_an_orphan_that_let_go_of_its_lifeline_is_ended_before_anything_runs_again(
    house: Any, spawner_of: Callable[[int], int]
) -> None:
    child = lose_daemon_and_spawner(house, spawner_of)
    daemon, _ = house.serve()
    assert not lives(child)
    assert f"still at work (process {child}): ending it" in house.log()
    assert house.run("run", "loose").returncode == 0
    assert noted(house, "after")
    assert not noted(house, "twice")
    assert not list((house.state / "children").iterdir())
    assert house.stop(daemon)[0] == 0


def test_k2_a_process_that_only_has_the_pid_of_a_run_is_left_alone(
    house: Any, spawner_of: Callable[[int], int]
) -> None:
    child = lose_daemon_and_spawner(house, spawner_of)
    (entry,) = (house.state / "children").iterdir()
    run, pid, ticks, boot = entry.name.split(".", 3)
    entry.rename(entry.with_name(f"{run}.{pid}.{int(ticks) - 1}.{boot}"))
    daemon, _ = house.serve()
    try:
        assert lives(child)
        assert "still at work" not in house.log()
        assert not list((house.state / "children").iterdir())
    finally:
        os.kill(child, signal.SIGKILL)
    assert house.stop(daemon)[0] == 0
