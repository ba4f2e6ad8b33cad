"""What an idle daemon may cost: the time to READY and the memory of all its processes."""

import time
from pathlib import Path
from typing import Any

import pytest

from daemon import paths

pytestmark = pytest.mark.system
MOST_SECONDS = 1.5
MOST_MEGABYTES = 75.0


def pss_kb(pid: int) -> int:
    """Return the share of memory (PSS) of one process in kB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1])


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in family(int(child)))]


def test_an_idle_daemon_is_ready_in_time_and_small(machine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    machine.configure(paths.example().read_text(encoding="utf-8"))
    machine.stop(machine.serve()[0])
    starts = []
    for _ in range(3):
        daemon, seconds = machine.serve()
        starts.append(seconds)
        if len(starts) < 3:
            machine.stop(daemon)
    time.sleep(2)
    sizes = {pid: pss_kb(pid) / 1024 for pid in family(daemon.pid)}
    code, stop = machine.stop(daemon)
    figures = ", ".join(f"{size:.1f}" for size in sizes.values())
    with capsys.disabled():
        print(
            f"\nREADY after {min(starts):.2f} to {max(starts):.2f} s; {sum(sizes.values()):.1f} MB PSS ({figures});"
            f" stopped after {stop:.2f} s"
        )
    assert code == 0
    assert len(sizes) == 2
    assert min(starts) <= MOST_SECONDS
    assert sum(sizes.values()) <= MOST_MEGABYTES
