"""Whether processes that are no children of the test still live, by the kernel's own word."""

import os
import select
from pathlib import Path

from daemon.processes import look

PATIENCE_MS = 10_000


def lives(pid: int) -> bool:
    """Say whether a process is there and no mere entry of a dead one that nobody reaped."""
    found = look(pid)
    return found is not None and found.lives


def wait_for_end(pid: int) -> bool:
    """Say whether a process ends within the patience."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    try:
        return bool(poll.poll(PATIENCE_MS))
    finally:
        os.close(handle)


def pids_in(path: Path) -> list[int]:
    """Return the processes that a job of the fixtures wrote down; none where it has not begun."""
    return [int(line) for line in path.read_text(encoding="ascii").split()] if path.exists() else []
