"""One daemon with its shop, its mail server and its clock, killed at a point and started again until all is quiet."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from daemon import paths
from daemon.control.client import connect
from daemon.errors import EXIT_DONE, EXIT_INTERNAL, NightclerkError
from tests.system.crash.outside import MailServer, Shop, until

ROOT = Path(__file__).parents[3]
START = datetime(2026, 3, 2, 0, 10, tzinfo=UTC)
FIRST_NIGHT, DOWN, SECOND_NIGHT = timedelta(hours=2), timedelta(minutes=65), timedelta(hours=1)
A_LITTLE = timedelta(minutes=11)
"""Longer than a mail of uncertain fate waits for its second try."""
PATIENCE = 20.0
"""Seconds anything may take."""
POKE = 0.3
"""Seconds without rest after which the clock is put on, and what waits for a moment is looked at again."""
A_MOMENT = timedelta(seconds=2)
"""Longer than a failed run waits for its next try."""
NIGHT = "= a night begins"
"""The line between the points of two daemons."""
ROUTINES = ("notes", "pages", "posts")
CONFIG = """\
shop: {{name: Lamps, timezone: Europe/Berlin}}
people: {{ada: {{email: ada@lamps.example}}}}
plugins: {plugins}
state: {folder}/state
connections:
  mail: {{use: smtp, host: 127.0.0.1, port: {mail}, security: none, from: night@lamps.example, timeout: 3s}}
routines:
  notes: {{job: crash-notes, every: 1h, missed: run-all, overlap: queue, retry: {retry}, options: {options}}}
  pages: {{job: crash-pages, every: 1h, retry: {retry}, options: {options}}}
  posts: {{job: crash-posts, every: 1h, approve: auto, retry: {retry}, options: {options}}}
"""
_BUSY = """\
select (select count(*) from occurrences where state in ('pending', 'running'))
     + (select count(*) from drafts where state = 'approved')
     + (select count(*) from mails where state in ('queued', 'sending'))
"""


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


@dataclass
class Scene:
    """The folder and the outside of one point; `problems` are sentences on what went wrong while it was played."""

    folder: Path
    seed: int
    environ: Mapping[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = self.folder / "state"
        self.points = self.folder / "points"
        self.shop, self.mail = Shop(self.seed), MailServer(self.seed)
        options = f"{{port: {self.shop.port}, folder: {self.folder}}}"
        retry = "{tries: 4, first: 1s, factor: 1, jitter: 0}"
        plugins = self.folder / "plugins"
        shutil.copytree(Path(__file__).with_name("plugins"), plugins)
        for path in (plugins, *plugins.iterdir()):
            path.chmod(0o755)  # a checkout may be writable by its group, which plug-ins must not be
        text = CONFIG.format(plugins=plugins, folder=self.folder, mail=self.mail.port, options=options, retry=retry)
        (self.folder / "config.yaml").write_text(text, encoding="utf-8")
        self.now = START
        self._looking: list[threading.Thread] = []
        self._daemons: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        """End what still runs, and close the outside."""
        for daemon in self._daemons:
            daemon.kill()
            daemon.wait(PATIENCE)
        self.shop.close()
        self.mail.close()

    def play(self, kill: Kill, again: Kill) -> None:
        """Work a night, be killed, recover (and be killed once more there, if so told), recover, and stop."""
        self._night(kill, FIRST_NIGHT)
        self.now += DOWN
        if again.point:
            self._night(again, SECOND_NIGHT)
        self._night(Kill(), SECOND_NIGHT)
        for looking in self._looking:
            looking.join()

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
        """Return rows of the ledger, read from outside; none where there is no ledger yet."""
        with contextlib.closing(sqlite3.connect(f"file:{self.state}/ledger.db?mode=ro", uri=True)) as ledger:
            return ledger.execute(query, values).fetchall()

    def newest_slot(self) -> str:
        """Return the moment of the last full hour, as the ledger writes it."""
        return self.now.replace(minute=0, second=0).strftime("%Y-%m-%dT%H:%M:%S.000000Z")

    def _set_clock(self) -> None:
        part = self.folder / "clock.new"
        part.write_text(f"{self.now.timestamp()} {time.monotonic()}", encoding="ascii")
        part.replace(self.folder / "clock")

    def pass_time(self, span: timedelta) -> None:
        """Let time pass for the daemon, and have it look."""
        self.now += span
        self._set_clock()
        self._poke()

    def _night(self, kill: Kill, passing: timedelta) -> None:
        """Start a daemon, let time pass, wait until it is dead or quiet, and stop it; nothing of it may be left."""
        before = self.killed
        name = uuid4().hex
        daemon = self.launch(kill, name)
        if self._ready(daemon):
            self.pass_time(passing)
            threading.Thread(target=self._ask, args=("run", {"routine": "notes"}), daemon=True).start()
            self.wait(daemon, last=not kill.point)
        code = self.stop(daemon)
        expected = (kill if self.killed > before else Kill()).exit_codes
        if code not in expected:
            self.problems.append(f"the daemon ended with {code} instead of {expected}")
        looking = threading.Thread(target=self._look_for_orphans, args=(name,))
        looking.start()
        self._looking.append(looking)

    def start(self) -> subprocess.Popen[bytes]:
        """Start a daemon and return it once it listens."""
        daemon = self.launch()
        assert self._ready(daemon), self.log
        return daemon

    def _ready(self, daemon: subprocess.Popen[bytes]) -> bool:
        """Wait until a daemon listens or has ended; say whether it lives."""
        return until(lambda: daemon.poll() is not None or self._poke(), PATIENCE) and daemon.poll() is None

    def stop(self, daemon: subprocess.Popen[bytes]) -> int:
        """Stop a daemon as systemd does, if it is still there, and return its exit code."""
        daemon.send_signal(signal.SIGTERM)
        try:
            return daemon.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.problems.append("the daemon did not stop")
            daemon.kill()
            return daemon.wait(PATIENCE)

    def launch(self, kill: Kill = Kill(), name: str = "") -> subprocess.Popen[bytes]:
        """Start a daemon and return it at once."""
        with self.points.open("a", encoding="utf-8") as out:
            out.write(f"{NIGHT}\n")
        self._set_clock()
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

    def _ask(self, command: str, args: dict[str, Any]) -> bool:
        """Give a command over the control socket; say whether anybody listened."""
        with contextlib.suppress(NightclerkError, OSError, EOFError):
            client = connect(paths.control_sockets(self.state, {}), self.state)
            if client is not None:
                client.ask(command, args, lambda _text: None)
                return True
        return False

    def _poke(self) -> bool:
        return self._ask("retry", {"mail": None})

    def _quiet(self) -> bool:
        with contextlib.suppress(sqlite3.OperationalError):
            fallen = self.rows("select count(*) from occurrences where due = ?", self.newest_slot())
            return bool(fallen[0][0] == len(ROUTINES) and self.rows(_BUSY)[0][0] == 0)
        return False

    def wait(self, daemon: subprocess.Popen[bytes], *, last: bool = True) -> None:
        """Wait until the daemon is dead or has nothing to do; the last one also until no mail waits for its moment."""

        def over() -> bool:
            return daemon.poll() is not None or self._quiet()

        for _ in _seconds(PATIENCE):
            if not until(over, POKE):
                self.pass_time(A_MOMENT)
            elif last and daemon.poll() is None and self.rows("select 1 from mails where next_try is not null"):
                self.pass_time(A_LITTLE)
            else:
                return
        self.problems.append(f"the daemon never came to rest: {self.rows(_BUSY)} things to do")

    def _look_for_orphans(self, name: str) -> None:
        """Find out whether anything that began as one daemon is left; it gets two seconds to go."""
        if not until(lambda: not processes(name), 2.0):
            self.problems.append(f"processes outlived their daemon: {processes(name)}")


def _seconds(count: float) -> Iterator[None]:
    end = time.monotonic() + count
    while time.monotonic() < end:
        yield


def processes(name: str) -> list[int]:
    """Return the processes that were started, at whatever remove, under a name (dead ones that nobody reaped not)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if name.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found
