"""The spawner's own life: it waits for the daemon or for the end of a child, and leaves nothing of a run behind.

A run's processes are its group, and what moved into sessions of its own: each child is the parent of the orphans
below it while it lives, the spawner after that. So whatever is a child of the spawner and no run is a stray to end.
"""

import contextlib
import os
import select
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon import processes
from daemon.processes import Process, adopt_orphans
from daemon.roll import Roll
from daemon.spawner.birth import Belongings, ChildMain, become_child
from daemon.spawner.words import receive, send

TICK_MS = 50
TICKS_OF_GRACE = 20
"""What a finished child left running has a second between SIGTERM and SIGKILL."""
TICKS_TO_DIE = 10
"""After SIGKILL what is left counts as gone: the kernel may hold a process for ever."""
CANNOT_START = 71
"""The exit status told for a child that could not be forked (EX_OSERR of sysexits.h)."""


@dataclass
class _Running:
    run: int
    pid: int
    pidfd: int
    entry: Path | None


@dataclass
class _Leftover:
    """A group whose leader has ended: the word about it waits until the rest is gone too."""

    message: dict[str, int]
    entry: Path | None
    ticks: int = 0


def _signal_group(pid: int, number: int) -> bool:
    """Send a signal to a group; say whether there was one."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal_child(pid: int, number: int) -> None:
    """Send a signal to a child that was not reaped yet, so that the number is still its own, and to all below it."""
    elsewhere = [one for one in processes.descendants(pid) if one.group != pid]
    if not _signal_group(pid, number):
        os.kill(pid, number)  # it was forked just now and has no group of its own yet
    for one in elsewhere:
        processes.send(one, number)


def _strike(entry: Path | None) -> None:
    if entry is not None:
        with contextlib.suppress(OSError):
            entry.unlink()


class Loop:
    """The spawner's loop over its control socket and its children."""

    def __init__(self, control: socket.socket, child_main: ChildMain) -> None:
        self.control = control
        self.child_main = child_main
        self.running: dict[int, _Running] = {}
        self.leftovers: dict[int, _Leftover] = {}
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)

    def run(self) -> None:
        """Serve until the parent's end closes, then end every group."""
        adopt_orphans()
        while True:
            for fd, _ in self.poll.poll(TICK_MS if self.leftovers else None):
                if fd != self.control.fileno():
                    self._reap(fd)
                elif not self._serve():
                    self._end_all()
                    return
            if self.leftovers:
                self._clear_leftovers()

    def _serve(self) -> bool:
        message, fds = receive(self.control)
        if message is None:
            return False
        if "signal" in message:
            self._signal(message["run"], message["signal"])
        else:
            self._fork(message, fds)
        return True

    def _signal(self, run: int, number: int) -> None:
        for child in self.running.values():
            if child.run == run:
                _signal_child(child.pid, number)

    def _fork(self, message: dict[str, Any], fds: list[int]) -> None:
        run: int = message["run"]
        try:
            pid = os.fork()
        except OSError:
            self._tell_no_start(run, fds)
            return
        if pid == 0:
            sock, output, lifeline = fds
            mine = Belongings(sock, output, lifeline, message["memory"])
            become_child(self.child_main, mine, [self.control.detach(), *self.running])
        for fd in fds:
            os.close(fd)
        roll = Roll(Path(message["roll"]), message["boot"]) if message["roll"] else None
        child = _Running(run, pid, os.pidfd_open(pid), roll.enter(run, pid) if roll else None)
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
            send(self.control, **message)

    def _reap(self, pidfd: int) -> None:
        """Tell what is left of the child to end, then let its pid go."""
        child = self.running.pop(pidfd)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        _signal_group(child.pid, signal.SIGTERM)  # its leader is dead and still ours: the number can't be another's
        _, status, usage = os.wait4(child.pid, 0)
        for stray in self._strays():
            processes.send(stray, signal.SIGTERM)
        code = os.waitstatus_to_exitcode(status)
        told = {"run": child.run, "status": code, "max_rss_kb": usage.ru_maxrss}
        self.leftovers[child.pid] = _Leftover(told, child.entry)

    def _strays(self) -> list[Process]:
        """Return the children of this process that are no runs: they became its own when the run above them ended.

        Dead ones are reaped.
        """
        leaders = {child.pid for child in self.running.values()}
        found = []
        for pid in processes.children(os.getpid()):
            stray = processes.look(pid) if pid not in leaders else None
            if stray is not None and stray.lives:
                found.append(stray)
            elif stray is not None:
                os.waitpid(pid, os.WNOHANG)
        return found

    def _clear_leftovers(self) -> None:
        """Tell of the runs of which nothing is left; end what has had its grace."""
        strays = self._strays()
        for pid, leftover in list(self.leftovers.items()):
            left = _signal_group(pid, 0) or bool(strays)
            if not left or leftover.ticks > TICKS_OF_GRACE + TICKS_TO_DIE:
                del self.leftovers[pid]
                _strike(leftover.entry)
                self._tell(**leftover.message)
                continue
            leftover.ticks += 1
            if leftover.ticks > TICKS_OF_GRACE:
                _signal_group(pid, signal.SIGKILL)
                for stray in strays:
                    processes.send(stray, signal.SIGKILL)

    def _end_all(self) -> None:
        for pid in self.leftovers:
            _signal_group(pid, signal.SIGKILL)
        for child in self.running.values():
            _signal_child(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
        entries = [one.entry for one in self.running.values()] + [one.entry for one in self.leftovers.values()]
        self.running.clear()
        while strays := self._strays():
            for stray in strays:
                processes.send(stray, signal.SIGKILL)
                os.waitpid(stray.pid, 0)
        for entry in entries:
            _strike(entry)
