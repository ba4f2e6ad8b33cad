"""What the kernel tells of processes: who lives, since when, who descends from whom (proc(5), prctl(2), pidfd_open(2)).

A pid is a number that is used again; a pid with its start is one process. Light: the spawner imports it.
"""

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SET_CHILD_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of linux/prctl.h."""
_DEAD = frozenset("ZX")


@dataclass(frozen=True)
class Process:
    """One process as it stood; `ticks` is its start, in clock ticks since the machine's boot."""

    pid: int
    state: str
    group: int
    session: int
    ticks: int

    @property
    def lives(self) -> bool:
        """Whether it is more than the entry of a dead one that nobody has reaped."""
        return self.state not in _DEAD


def look(pid: int) -> Process | None:
    """Return what /proc says of a pid, None where there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123 - twice as quick
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return Process(pid, fields[0], int(fields[2]), int(fields[3]), int(fields[19])) if fields else None


def everyone() -> Iterator[Process]:
    """Yield every process of this machine, or of what of it this container shows."""
    for folder in Path("/proc").iterdir():
        found = look(int(folder.name)) if folder.name.isdigit() else None
        if found is not None:
            yield found


def children(pid: int) -> list[int]:
    """Return the pids of a process's children; none where it is gone or the kernel keeps no such list."""
    found = list[int]()
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - see above
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as listed:  # noqa: PTH123 - see above
                found += map(int, listed.read().split())
    return found


def descendants(pid: int) -> list[Process]:
    """Return a process's children, theirs, and so on; each as it stood when it was met."""
    found, waiting = dict[int, Process](), children(pid)
    while waiting:
        process = look(waiting.pop())
        if process is not None and process.pid not in found:
            found[process.pid] = process
            waiting += children(process.pid)
    return list(found.values())


def adopt_orphans() -> None:
    """Become the parent of every descendant of this process whose own parent ends, whatever session it is in."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def send(process: Process, number: int) -> None:
    """Signal exactly this process: not where it has ended, and never another one that got its pid."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        now = look(process.pid)
        if now is not None and now.ticks == process.ticks:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                signal.pidfd_send_signal(handle, number)
    finally:
        os.close(handle)
