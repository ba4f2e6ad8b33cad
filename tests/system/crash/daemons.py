"""The daemons of one point, one after the other: launched by a clock of their own, asked, stopped, and looked after."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from daemon import paths
from daemon.control.client import connect
from daemon.errors import EXIT_DONE, EXIT_INTERNAL, NightclerkError
from tests.system.crash.outside import until

ROOT = Path(__file__).parents[3]
PATIENCE = 20.0
"""Seconds anything may take."""
NIGHT = "= a night begins"
"""The line between the points of two daemons."""


@dataclass(frozen=True)
class Kill:
    """Where something dies, and what: `point` as the launcher writes it; `victim` is daemon, spawner or self."""

    point: str = ""
    victim: str = ""

    @property
    def exit_codes(self) -> set[int]:
        """How the daemon may end that meets this; without its spawner it may be told to stop while it ends."""
        ends = {"daemon": {-signal.SIGKILL}, "spawner": {EXIT_INTERNAL, EXIT_DONE, -signal.SIGTERM}}
        return ends.get(self.victim, {EXIT_DONE})


NOBODY = Kill()
"""Nobody dies."""


class Daemons:
    """A folder with a configuration and the daemons that serve it; `problems` are sentences on what went wrong."""

    folder: Path
    problems: list[str]
    environ: Mapping[str, str] = MappingProxyType({})

    def __post_init__(self) -> None:
        self.state, self.points = self.folder / "state", self.folder / "points"
        self._daemons: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        """End what still runs."""
        for daemon in self._daemons:
            daemon.kill()
            daemon.wait(PATIENCE)

    @property
    def killed(self) -> int:
        """How many of the kills were reached."""
        return self.points.read_text(encoding="utf-8").count("! killed here") if self.points.exists() else 0

    @property
    def nights(self) -> list[list[str]]:
        """The points reached, night by night."""
        return [night.splitlines() for night in self.points.read_text(encoding="utf-8").split(f"{NIGHT}\n")[1:]]

    @property
    def log(self) -> str:
        """What all the daemons logged."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows of the ledger, read from outside."""
        with contextlib.closing(sqlite3.connect(f"file:{self.state}/ledger.db?mode=ro", uri=True)) as ledger:
            return ledger.execute(query, values).fetchall()

    def set_clock(self, now: datetime) -> None:
        """Say what time it is for the daemons."""
        part = self.folder / "clock.new"
        part.write_text(f"{now.timestamp()} {time.monotonic()}", encoding="ascii")
        part.replace(self.folder / "clock")

    def launch(self, kill: Kill = NOBODY, name: str = "") -> subprocess.Popen[bytes]:
        """Start a daemon and return it at once."""
        with self.points.open("a", encoding="utf-8") as out:
            out.write(f"{NIGHT}\n")
        environ = {key: value for key, value in os.environ.items() if not key.endswith("_DIRECTORY")}
        environ |= {
            "PYTHONPATH": str(ROOT), "HOME": str(self.folder), "CRASH_AT": kill.point, "CRASH_VICTIM": kill.victim,
            "CRASH_POINTS": str(self.points), "CRASH_CLOCK": str(self.folder / "clock"), "CRASH_NAME": name, **self.environ,
        }  # fmt: skip
        words = ["-m", "tests.system.crash.launcher", "serve", "-c", str(self.folder / "config.yaml")]
        with (self.folder / "log").open("ab") as out:
            daemon = subprocess.Popen(
                [sys.executable, *words], env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self._daemons.append(daemon)
        return daemon

    def comes_up(self, daemon: subprocess.Popen[bytes], listens: Callable[[], bool]) -> bool:
        """Wait until a daemon listens or has ended; say whether it lives."""
        return until(lambda: daemon.poll() is not None or listens(), PATIENCE) and daemon.poll() is None

    def stop(self, daemon: subprocess.Popen[bytes]) -> int:
        """Stop a daemon as systemd does, if it is still there, and return its exit code."""
        daemon.send_signal(signal.SIGTERM)
        try:
            return daemon.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.problems.append("the daemon did not stop")
            daemon.kill()
            return daemon.wait(PATIENCE)

    def look_for_orphans(self, name: str) -> None:
        """Find out whether anything that began as one daemon is left; it gets two seconds to go."""
        if not until(lambda: not processes(name), 2.0):
            self.problems.append(f"processes outlived their daemon: {processes(name)}")

    def ask(self, command: str, args: dict[str, Any]) -> bool:
        """Give a command over the control socket; say whether anybody listened."""
        with contextlib.suppress(NightclerkError, OSError, EOFError):
            client = connect(paths.control_sockets(self.state, {}), self.state)
            if client is not None:
                client.ask(command, args, lambda _text: None)
                return True
        return False


def processes(name: str) -> list[int]:
    """Return the processes that were started, at whatever remove, under a name (dead ones that nobody reaped not)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if name.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found
