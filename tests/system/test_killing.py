"""A program over its time is gone in time, with everything of its group: measured from outside, by the kernel's list."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.api import stopwatch
from daemon.processes import descendants, everyone, look
from jobs.connectors.backups._drill import sweep
from jobs.connectors.command import Finished, Program
from tests.system.crash.outside import until

pytestmark = pytest.mark.system
LIMIT = 0.5
GRACE = 0.5
SLACK = 0.2
"""Seconds beside limit and grace."""
SCRIPT = """\
import os, signal, sys, time
from pathlib import Path

here = Path(sys.argv[0]).parent
kinds = set(sys.argv[1:])
(here / "group").write_text(str(os.getpgrp()))
if "deaf" in kinds:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "grandchild" in kinds and os.fork() == 0:
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)
if "forks" in kinds and os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        if os.fork():
            os.wait()
        else:
            time.sleep(0.01)
            os._exit(0)
if "stopped" in kinds:
    os.kill(os.getpid(), signal.SIGSTOP)
if "tidy" in kinds:
    def tidy(*_):
        (here / "lock").unlink()
        sys.exit(3)
    (here / "lock").touch()
    signal.signal(signal.SIGTERM, tidy)
print("said", flush=True)
while "prints" in kinds:
    os.write(1, b"x" * 65536)
if "ends" not in kinds:
    time.sleep(600)
"""


def killed(folder: Path, *kinds: str, limit: float = LIMIT) -> tuple[Finished, float, list[int]]:
    """Run a program of these kinds; return how it ended, after how long, and who of its group lives on."""
    script = folder / "tool"
    script.write_text(f"#!{sys.executable}\n{SCRIPT}", encoding="utf-8")
    script.chmod(0o755)
    passed = stopwatch()
    finished = Program(str(script), grace=GRACE, most=1000).run(kinds, timedelta(seconds=limit))
    took = passed()
    group = int((folder / "group").read_text())
    return finished, took, [one.pid for one in everyone() if one.group == group and one.lives]


@pytest.mark.parametrize(
    ("kinds", "code", "longest"),
    [
        ((), -signal.SIGTERM, LIMIT),
        (("grandchild",), -signal.SIGTERM, LIMIT),
        (("deaf",), -signal.SIGKILL, LIMIT + GRACE),
        (("deaf", "grandchild"), -signal.SIGKILL, LIMIT + GRACE),
        (("deaf", "prints"), -signal.SIGKILL, LIMIT + GRACE),
        (("forks",), -signal.SIGTERM, LIMIT),
        (("stopped",), -signal.SIGKILL, LIMIT + GRACE),
        (("tidy",), 3, LIMIT),
    ],
)
def test_a24_a_program_over_its_time_is_gone_in_time_with_all_of_its_group(
    tmp_path: Path, kinds: tuple[str, ...], code: int, longest: float
) -> None:
    finished, took, left = killed(tmp_path, *kinds)
    print(*kinds, f"{took:.3f} s of {longest:.1f}", left)
    assert finished.timed_out
    assert finished.code == code
    assert LIMIT <= took < longest + SLACK
    assert left == []
    if kinds != ("stopped",):
        assert finished.text.startswith("said\n")


def test_a24_a_program_that_is_asked_to_end_gives_its_lock_back(tmp_path: Path) -> None:
    killed(tmp_path, "tidy")
    assert not (tmp_path / "lock").exists()


def test_what_a_program_leaves_of_its_group_ends_with_it(tmp_path: Path) -> None:
    finished, took, left = killed(tmp_path, "ends", "grandchild", limit=30)
    assert (finished.code, finished.timed_out, left) == (0, False, [])
    assert finished.text == "said\n"
    assert took < 5


DRILL = """\
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from jobs.connectors.backups._drill import scratch
from jobs.connectors.command import Program
from datetime import timedelta

here = Path(sys.argv[2])
with scratch(here) as tree:
    Program("sh").run(["-c", "mkdir deep; echo x >deep/file; : >../../begun; sleep 600"], timedelta(minutes=5), folder=tree)
"""


@pytest.mark.parametrize(("number", "left"), [(signal.SIGTERM, 0), (signal.SIGKILL, 1)])
def test_a27_a_drill_leaves_nothing_when_told_to_end_and_goes_with_the_next_when_killed(
    tmp_path: Path, number: signal.Signals, left: int
) -> None:
    checkout = Path(__file__).parents[2]
    drill = subprocess.Popen([sys.executable, "-c", DRILL, str(checkout), str(tmp_path)])
    assert until((tmp_path / "begun").exists, 20)
    below = [one.pid for one in descendants(drill.pid)]
    drill.send_signal(number)
    drill.wait(20)
    assert len(list((tmp_path / "drills").iterdir())) == left
    if left:
        for pid in below:
            os.kill(pid, signal.SIGKILL)
        until(lambda: not any(_lives(pid) for pid in below), 20)
        sweep(tmp_path)
    assert not list((tmp_path / "drills").iterdir())
    assert not any(_lives(pid) for pid in below)


def _lives(pid: int) -> bool:
    found = look(pid)
    return found is not None and found.lives
