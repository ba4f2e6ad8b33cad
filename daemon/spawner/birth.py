"""What a forked process does before its run's own code: it leaves everything of the spawner behind."""

import contextlib
import fcntl
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn, TextIO

from daemon.processes import adopt_orphans

POLITE = 5
"""By how much a run gives way: the daemon's clock must not wait for the work it starts, nor a shop on this machine."""
ChildMain = Callable[[socket.socket], None]
"""What a child does: it is given its end of the run's socket."""


@dataclass(frozen=True)
class Belongings:
    """What a child is given: its socket, where its output goes, its lifeline, and its memory in bytes (0: no limit)."""

    sock: int
    output: int
    lifeline: int
    memory: int


def _die_with(lifeline: int) -> None:
    """Have the kernel kill this group as soon as the lifeline's other end closes, were it stopped or deaf by then."""
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:  # it closed before the kernel was told
        os.killpg(0, signal.SIGKILL)


def _line_by_line(fd: int) -> TextIO:
    """Return a text stream that loses no whole line where its process is killed, and takes every letter."""
    return os.fdopen(fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _settle(mine: Belongings, others: Iterable[int]) -> None:
    """Get a session and a lifeline, take up one's own descriptors and let go of the spawner's."""
    os.setsid()
    with contextlib.suppress(OSError):  # a sandbox may refuse it; the run's work matters more than its manners
        os.nice(POLITE)
    _die_with(mine.lifeline)
    adopt_orphans()  # so that whatever this run starts can be found below it, in whatever session that is
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(mine.output, 1)
    os.dup2(mine.output, 2)
    os.close(mine.output)
    sys.stdout, sys.stderr = _line_by_line(1), _line_by_line(2)
    for fd in others:
        os.close(fd)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if mine.memory:
        resource.setrlimit(resource.RLIMIT_DATA, (mine.memory, mine.memory))


def become_child(child_main: ChildMain, mine: Belongings, others: Iterable[int]) -> NoReturn:
    """Run the child's main function in this forked process; never return. `others` are the spawner's descriptors."""
    code = 1
    try:
        _settle(mine, others)
        child_main(socket.socket(fileno=mine.sock))
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)  # noqa: T201 - as the interpreter does; it is the run's output
    except BaseException:  # noqa: BLE001 - a fork must never return into the spawner's loop; the run's output shows why
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
