"""Starts the real daemon with points of interest around what it does, from the outside; at one of them something dies.

Every point has a name and, within its process, a number: `ledger after History.start#2`. `CRASH_AT` names the one
at which `CRASH_VICTIM` (daemon, spawner or self) is killed, `CRASH_POINTS` is the file that all of them are written
to, and `CRASH_CLOCK` holds what the time is: seconds of the epoch that belong to a reading of the monotonic clock.
"""

import http.client
import os
import re
import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

from daemon import child, cli, clock, context, remote, spawner
from daemon.cli import common, serving
from daemon.spawner import loop

_MOMENTS = re.compile(r"(manual|draft-\d+)-[^/ ]*")
"""The parts of a slot that hold the second it was made at; without them a point is called the same every time."""


class Points:
    """Writes down the points reached in this process, and kills the victim once at the wanted one."""

    def __init__(self, wanted: str, victim: str, log: int) -> None:
        self.wanted, self.victim, self.log = wanted, victim, log
        self.daemon, self.counts = os.getpid(), Counter[str]()
        self.spawner = 0
        self.working_on = ""
        self.token, given = os.pipe()
        os.set_blocking(self.token, False)
        os.write(given, b".")

    def reach(self, name: str) -> None:
        """Be at a point."""
        name = _MOMENTS.sub(r"\1", name)
        self.counts[name] += 1
        point = f"{name}#{self.counts[name]}"
        os.write(self.log, f"{point}\n".encode())
        if point == self.wanted and self._first():
            os.write(self.log, b"! killed here\n")
            os.kill(self._pid(), signal.SIGKILL)

    def _first(self) -> bool:
        try:
            return bool(os.read(self.token, 1))
        except BlockingIOError:
            return False

    def _pid(self) -> int:
        if self.victim == "daemon":
            return self.daemon
        if self.victim == "self":
            return os.getpid()
        in_child = os.getppid() != self.daemon and os.getpid() != self.daemon
        return self.spawner or (os.getppid() if in_child else os.getpid())

    def around(self, owner: Any, name: str, call_it: Callable[..., str]) -> None:
        """Put a point before and one after a function; `call_it` makes their name of its arguments."""
        plain = getattr(owner, name)

        @wraps(plain)
        def wrapped(*args: Any, **named: Any) -> Any:
            kind, _, rest = call_it(*args, **named).partition(" ")
            self.reach(f"{kind} before {rest}")
            result = plain(*args, **named)
            self.reach(f"{kind} after {rest}")
            return result

        setattr(owner, name, wrapped)


def put(owner: Any, **functions: Callable[..., Any]) -> None:
    """Put functions in the place of others."""
    for name, function in functions.items():
        setattr(owner, name, function)


def set_clock(path: Path) -> None:
    """Let the daemon's one clock say what the file says, so that hours pass when a test wants them to."""

    def now(self: clock.SystemClock) -> datetime:
        seconds, reading = map(float, path.read_text(encoding="ascii").split())
        return datetime.fromtimestamp(seconds + self.monotonic() - reading, UTC)

    put(clock.SystemClock, now=now)


def watch_light(points: Points) -> None:
    """Put points into what the spawner and the children do; called before the spawner is forked."""
    points.around(spawner.Spawner, "ask", lambda _self, run, *_: f"spawn ask {run}")
    points.around(loop.Loop, "_fork", lambda _self, message, *_: f"spawn fork {message['run']}")
    points.around(loop.Loop, "_reap", lambda *_: "reap child")
    for verb in ("claim", "confirm", "doubt", "release"):
        points.around(remote.RemoteNight, verb, lambda _self, key, *_, verb=verb: f"effect {verb} {key}")
    points.around(http.client.HTTPConnection, "getresponse", lambda *_: f"effect answer {points.working_on}")
    plain_make, plain_work, plain_ask = context.Context._make, child.work, remote.Line.ask

    def make(self: context.Context, key: str, make_it: Callable[[], str]) -> str:
        points.reach(f"effect before make {key}")
        answer = plain_make(self, key, make_it)
        points.reach(f"effect after make {key}")
        return answer

    def work(assignment: Any, *more: Any) -> Any:
        points.working_on = f"{assignment.routine} {assignment.slot}"
        points.reach(f"work before {points.working_on}")
        return plain_work(assignment, *more)

    def ask(self: remote.Line, verb: str, *args: Any) -> Any:
        if verb != "end":
            return plain_ask(self, verb, *args)
        points.reach(f"work before report {points.working_on}")
        answer = plain_ask(self, verb, *args)
        points.reach(f"work after report {points.working_on}")
        return answer

    put(context.Context, _make=make)
    put(remote.Line, ask=ask)
    put(child, work=work)


def main() -> None:
    """Wrap, then be the command `nightclerk` with the words given."""
    log = os.open(os.environ["CRASH_POINTS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    points = Points(os.environ.get("CRASH_AT", ""), os.environ.get("CRASH_VICTIM", ""), log)
    set_clock(Path(os.environ["CRASH_CLOCK"]))
    watch_light(points)
    plain = common.fork_spawner

    def fork_spawner(loaded: Any) -> Any:
        forked = plain(loaded)
        points.spawner = forked.pid
        from tests.system.crash import watching  # noqa: PLC0415 - imports what is heavy; the spawner is forked before

        watching.watch_ledger(points)
        watching.watch_mail(points)
        return forked

    put(serving, fork_spawner=fork_spawner)
    cli.main()


if __name__ == "__main__":
    main()
