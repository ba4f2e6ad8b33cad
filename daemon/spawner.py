"""A small process that forks children in a millisecond or two, because it stays light and has one thread.

It is forked before the daemon imports its heavy libraries and before any thread or loop exists. The parent asks
for a run with one message and three file descriptors; the spawner answers with the child's pid and later with its
end. Signals go through the spawner too: it alone knows that a pid is still the child's, because it reaps.
The parent's end going away ends every group that still runs, then the spawner; where the spawner is gone too, the
kernel does it.
"""

import array
import contextlib
import fcntl
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TextIO

LARGEST_MESSAGE = 65536
TICK_MS = 50
TICKS_OF_GRACE = 20
"""What a finished child left running has a second between SIGTERM and SIGKILL."""
TICKS_TO_DIE = 10
"""After SIGKILL the group counts as gone: where nobody reaps orphans (a container), its dead stay in the list."""
CANNOT_START = 71
"""The exit status told for a child that could not be forked (EX_OSERR of sysexits.h)."""
_DAEMONS_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
ChildMain = Callable[[socket.socket], None]
"""What a child does: it is given its end of the run's socket."""


@dataclass
class _Running:
    run: int
    pid: int
    pidfd: int


@dataclass
class _Leftover:
    """A group whose leader has ended: the word about it waits until the rest is gone too."""

    message: dict[str, int]
    ticks: int = 0


def _send(control: socket.socket, **message: int) -> None:
    control.send(json.dumps(message).encode())


def _receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Return the parent's next message and the descriptors that came with it, or None at its end."""
    fds = array.array("i")
    try:
        body, ancillary, _, _ = control.recvmsg(LARGEST_MESSAGE, socket.CMSG_SPACE(3 * fds.itemsize))
    except ConnectionResetError:  # the parent ended before it had read everything
        return None, []
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return (json.loads(body) if body else None), list(fds)


def _signal_group(pid: int, number: int) -> bool:
    """Send a signal to a group; say whether there was one."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal_child(pid: int, number: int) -> None:
    """Send a signal to the group of a child that was not reaped yet, so that the number is still its own."""
    if not _signal_group(pid, number):
        os.kill(pid, number)  # it was forked just now and has no group of its own yet


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


class _Loop:
    """The spawner's life: wait for the parent or for the end of a child."""

    def __init__(self, control: socket.socket, child_main: ChildMain) -> None:
        self.control = control
        self.child_main = child_main
        self.running: dict[int, _Running] = {}
        self.leftovers: dict[int, _Leftover] = {}
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)

    def run(self) -> None:
        """Serve until the parent's end closes, then end every group."""
        while True:
            for fd, _ in self.poll.poll(TICK_MS if self.leftovers else None):
                if fd != self.control.fileno():
                    self._reap(fd)
                elif not self._serve():
                    self._end_all()
                    return
            self._clear_leftovers()

    def _serve(self) -> bool:
        message, fds = _receive(self.control)
        if message is None:
            return False
        if "signal" in message:
            self._signal(message["run"], message["signal"])
        else:
            self._fork(message["run"], message["memory"], fds)
        return True

    def _signal(self, run: int, number: int) -> None:
        for child in self.running.values():
            if child.run == run:
                _signal_child(child.pid, number)

    def _fork(self, run: int, memory: int, fds: list[int]) -> None:
        try:
            pid = os.fork()
        except OSError:
            self._tell_no_start(run, fds)
            return
        if pid == 0:
            self._become_child(fds, memory)
        for fd in fds:
            os.close(fd)
        child = _Running(run, pid, os.pidfd_open(pid))
        self.running[child.pidfd] = child
        self.poll.register(child.pidfd, select.POLLIN)
        self._tell(run=run, pid=pid)

    def _tell_no_start(self, run: int, fds: list[int]) -> None:
        """Let a run end at once that the system gives no process to; the others go on."""
        for fd in fds:
            os.close(fd)
        self._tell(run=run, pid=0)
        self._tell(run=run, status=CANNOT_START, max_rss_kb=0)

    def _tell(self, **message: int) -> None:
        """Tell the parent; where it has just gone, its end is seen with the next look and every group is ended."""
        with contextlib.suppress(OSError):
            _send(self.control, **message)

    def _become_child(self, fds: list[int], memory: int) -> NoReturn:
        """Leave everything of the spawner behind and run the child's main function; never return."""
        code = 1
        sock_fd, output_fd, lifeline = fds
        try:
            os.setsid()
            _die_with(lifeline)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output_fd, 1)
            os.dup2(output_fd, 2)
            os.close(output_fd)
            sys.stdout, sys.stderr = _line_by_line(1), _line_by_line(2)
            self.control.close()
            for fd in self.running:
                os.close(fd)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            if memory:
                resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
            self.child_main(socket.socket(fileno=sock_fd))
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

    def _reap(self, pidfd: int) -> None:
        """Tell what is left of the child's group to end, then let its pid go."""
        child = self.running.pop(pidfd)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        _signal_group(child.pid, signal.SIGTERM)  # its leader is dead and still ours: the number can't be another's
        _, status, usage = os.wait4(child.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self.leftovers[child.pid] = _Leftover({"run": child.run, "status": code, "max_rss_kb": usage.ru_maxrss})

    def _clear_leftovers(self) -> None:
        for pid, leftover in list(self.leftovers.items()):
            if not _signal_group(pid, 0) or leftover.ticks > TICKS_OF_GRACE + TICKS_TO_DIE:
                del self.leftovers[pid]
                self._tell(**leftover.message)
                continue
            leftover.ticks += 1
            if leftover.ticks > TICKS_OF_GRACE:
                _signal_group(pid, signal.SIGKILL)

    def _end_all(self) -> None:
        for pid in self.leftovers:
            _signal_group(pid, signal.SIGKILL)
        for child in self.running.values():
            _signal_child(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)


def _spawner_main(control: socket.socket, child_main: ChildMain) -> NoReturn:
    """Live as the spawner; signals meant for the daemon's terminal or group don't end it, its parent does."""
    try:
        for number in _DAEMONS_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _DAEMONS_SIGNALS)
        _Loop(control, child_main).run()
    finally:
        os._exit(0)


@dataclass(frozen=True)
class Spawner:
    """The parent's end: the spawner's pid and the socket that leads to it."""

    pid: int
    control: socket.socket

    def ask(self, run: int, sock: socket.socket, output_fd: int, memory: int | None) -> int:
        """Ask for a child that works on `run` with these descriptors; `memory` in bytes limits its data.

        Return its lifeline: a descriptor to close when the run has ended. Where it closes before, by the end of this
        process, say, the kernel kills the child's group at once.
        """
        message = json.dumps({"run": run, "memory": memory or 0}).encode()
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
        """Send a signal to the whole group of a run, if it still runs."""
        _send(self.control, run=run, signal=number)

    def receive(self) -> dict[str, int] | None:
        """Return the next word of the spawner: a child's pid or its end; None where the spawner is gone."""
        body = self.control.recv(LARGEST_MESSAGE)
        return json.loads(body) if body else None

    def close(self) -> None:
        """Let the spawner end everything that still runs, and wait for it."""
        self.control.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


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
        ours.close()
        _spawner_main(theirs, child_main)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _DAEMONS_SIGNALS)
    theirs.close()
    ours.setblocking(True)
    return Spawner(pid, ours)
