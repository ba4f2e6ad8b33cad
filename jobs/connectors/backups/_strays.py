"""Programs that work in a scratch folder: they are found by their working folder, which no session of their own hides.

PostgreSQL gives each of its processes a session of its own (src/backend/utils/init/miscinit.c, InitPostmasterChild),
so ending a group misses them. All of them work in the folder of the data (proc(5), `cwd`).
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from daemon.api import stopwatch

ASKED = 2.0
"""Seconds between asking to end and ending: a run that is cut short has four in all."""
DYING = 5.0
"""Seconds in which the kernel must let go of what was killed."""
_MOMENT = 0.01
_PROCESSES = Path("/proc")


def end_all_in(folder: Path) -> None:
    """End whatever works in a folder or below it; SIGQUIT is what lets PostgreSQL end at once and in order."""
    for what, patience in ((signal.SIGQUIT, ASKED), (signal.SIGKILL, DYING)):
        passed = stopwatch()
        while _signalled(folder.resolve(), what) and passed() < patience:
            time.sleep(_MOMENT)


def working_in(folder: Path) -> Iterator[int]:
    """Yield the numbers of the processes that work in a folder or below it, as far as this user may know."""
    for entry in _PROCESSES.iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid() and _works_in(int(entry.name), folder):
            yield int(entry.name)


def _works_in(number: int, folder: Path) -> bool:
    try:
        return f"{(_PROCESSES / str(number) / 'cwd').readlink()}/".startswith(f"{folder}/")
    except OSError:
        return False


def _signalled(folder: Path, what: signal.Signals) -> int:
    """Send a signal to what works in a folder; return to how many. The handle keeps a number from being another's."""
    sent = 0
    for number in working_in(folder):
        with contextlib.suppress(OSError):
            handle = os.pidfd_open(number)
            try:
                if _works_in(number, folder):
                    signal.pidfd_send_signal(handle, what)
                    sent += 1
            finally:
                os.close(handle)
    return sent
