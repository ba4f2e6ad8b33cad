"""One daemon with its shop, its mail server and its clock, killed at a point and started again until all is quiet."""

import contextlib
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from tests.system.crash.daemons import NOBODY, PATIENCE, Daemons, Kill
from tests.system.crash.outside import MailServer, Shop, until

START = datetime(2026, 3, 2, 0, 10, tzinfo=UTC)
FIRST_NIGHT, DOWN, SECOND_NIGHT = timedelta(hours=2), timedelta(minutes=65), timedelta(hours=1)
A_LITTLE = timedelta(minutes=11)
"""Longer than a mail of uncertain fate waits for its second try."""
POKE = 0.3
"""Seconds without rest after which the clock is put on, and what waits for a moment is looked at again."""
A_MOMENT = timedelta(seconds=2)
"""Longer than a failed run waits for its next try."""
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


@dataclass
class Scene(Daemons):
    """The folder and the outside of one point; `problems` are sentences on what went wrong while it was played."""

    folder: Path
    seed: int
    environ: Mapping[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
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

    def close(self) -> None:
        """End what still runs, and close the outside."""
        super().close()
        self.shop.close()
        self.mail.close()

    def play(self, kill: Kill, again: Kill) -> None:
        """Work a night, be killed, recover (and be killed once more there, if so told), recover, and stop."""
        self._night(kill, FIRST_NIGHT)
        self.now += DOWN
        if again.point:
            self._night(again, SECOND_NIGHT)
        self._night(NOBODY, SECOND_NIGHT)
        for looking in self._looking:
            looking.join()

    def newest_slot(self) -> str:
        """Return the moment of the last full hour, as the ledger writes it."""
        return self.now.replace(minute=0, second=0).strftime("%Y-%m-%dT%H:%M:%S.000000Z")

    def pass_time(self, span: timedelta) -> None:
        """Let time pass for the daemon, and have it look."""
        self.now += span
        self.set_clock(self.now)
        self._poke()

    def _night(self, kill: Kill, passing: timedelta) -> None:
        """Start a daemon, let time pass, wait until it is dead or quiet, and stop it; nothing of it may be left."""
        before = self.killed
        name = uuid4().hex
        daemon = self.launch(kill, name)
        if self._ready(daemon):
            self.pass_time(passing)
            threading.Thread(target=self.ask, args=("run", {"routine": "notes"}), daemon=True).start()
            self.wait(daemon, last=not kill.point)
        code = self.stop(daemon)
        expected = (kill if self.killed > before else NOBODY).exit_codes
        if code not in expected:
            self.problems.append(f"the daemon ended with {code} instead of {expected}")
        looking = threading.Thread(target=self.look_for_orphans, args=(name,))
        looking.start()
        self._looking.append(looking)

    def start(self) -> subprocess.Popen[bytes]:
        """Start a daemon and return it once it listens."""
        daemon = self.launch()
        assert self._ready(daemon), self.log
        return daemon

    def _ready(self, daemon: subprocess.Popen[bytes]) -> bool:
        return self.comes_up(daemon, self._poke)

    def launch(self, kill: Kill = NOBODY, name: str = "") -> subprocess.Popen[bytes]:
        """Start a daemon by the clock of the scene and return it at once."""
        self.set_clock(self.now)
        return super().launch(kill, name)

    def _poke(self) -> bool:
        return self.ask("retry", {"mail": None})

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


def _seconds(count: float) -> Iterator[None]:
    end = time.monotonic() + count
    while time.monotonic() < end:
        yield
