"""A small process that forks children in a millisecond or two, because it stays light and has one thread.

It is forked before the daemon imports its heavy libraries and before any thread or loop exists. The parent asks
for a run with one message and three file descriptors; the spawner answers with the child's pid and later with its
end. Signals go through the spawner too: it alone knows that a pid is still the child's, because it reaps.
The parent's end going away ends everything that still runs, then the spawner; where the spawner is gone too, the
kernel ends the groups.
"""

import array
import contextlib
import gc
import json
import os
import signal
import socket
import stat
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from daemon.roll import Roll
from daemon.spawner.birth import ChildMain
from daemon.spawner.loop import CANNOT_START, Loop
from daemon.spawner.words import LARGEST_MESSAGE, send

__all__ = ["CANNOT_START", "ChildMain", "Spawner", "start_spawner"]
_STDERR = 2
_DAEMONS_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def _spawner_main(control: socket.socket, child_main: ChildMain) -> NoReturn:
    """Live as the spawner; signals meant for the daemon's terminal or group don't end it, its parent does."""
    code = 1
    try:
        for number in _DAEMONS_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _DAEMONS_SIGNALS)
        Loop(control, child_main).run()
        code = 0
    except BaseException:  # noqa: BLE001 - a fork must never return into the daemon; its journal shows why it died
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


@dataclass(frozen=True)
class Spawner:
    """The parent's end: the spawner's pid and the socket that leads to it."""

    pid: int
    control: socket.socket

    def ask(
        self, run: int, sock: socket.socket, output_fd: int, memory: int | None = None, roll: Roll | None = None
    ) -> int:
        """Ask for a child that works on `run` with these descriptors; `memory` in bytes limits its data.

        The child stands on `roll` for as long as anything of it is there. Return its lifeline: a descriptor to close
        when the run has ended. Where it closes before, by the end of this process, say, the kernel kills the child's
        group at once.
        """
        listed = {"roll": str(roll.folder), "boot": roll.boot} if roll is not None else {"roll": "", "boot": ""}
        message = json.dumps({"run": run, "memory": memory or 0, **listed}).encode()
        theirs, lifeline = os.pipe()
        rights = array.array("i", [sock.fileno(), output_fd, theirs])
        try:
            self.control.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        except OSError:
            os.close(lifeline)
            raise
        finally:
            os.close(theirs)
        return lifeline

    def signal(self, run: int, number: int) -> None:
        """Send a signal to all of a run, if it still runs."""
        send(self.control, run=run, signal=number)

    def receive(self) -> dict[str, int] | None:
        """Return the next word of the spawner: a child's pid or its end; None where the spawner is gone."""
        body = self.control.recv(LARGEST_MESSAGE)
        return json.loads(body) if body else None

    def close(self) -> None:
        """Let the spawner end everything that still runs, and wait for it."""
        self.control.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _let_go_of_sockets_but(kept: int) -> None:
    """Close the sockets this process inherited, its output apart: another's end would never be seen to close."""
    for fd in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        with contextlib.suppress(OSError):  # the listing's own is gone already
            if fd > _STDERR and fd != kept and stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.close(fd)


def start_spawner(child_main: ChildMain) -> Spawner:
    """Fork the spawner; call it while the process is light, has one thread and no loop."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    gc.collect()
    gc.freeze()  # what is there now is shared: a collector that walks it in either process would copy every page
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, _DAEMONS_SIGNALS)  # until the spawner is deaf to them
    pid = os.fork()
    if pid == 0:
        _let_go_of_sockets_but(theirs.fileno())
        _spawner_main(theirs, child_main)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _DAEMONS_SIGNALS)
    theirs.close()
    ours.setblocking(True)
    return Spawner(pid, ours)
