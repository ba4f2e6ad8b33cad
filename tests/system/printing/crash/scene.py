"""One morning's paper on three real queues: the daemon dies at a point, printers fail, and all is started again."""

import contextlib
import csv
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from daemon import paths
from daemon.control.client import connect
from daemon.errors import NightclerkError
from tests.system.crash.outside import until
from tests.system.crash.scene import NIGHT, PATIENCE, ROOT, Kill, processes
from tests.system.printing.cups import QUEUES, Cups

START = datetime(2026, 3, 2, 4, 10, tzinfo=UTC)
ORDERS = 8
ROUNDS = 8
"""How often the paper is asked for until every sheet has ended."""
CONFIG = """\
shop: {{name: Lamps, timezone: Europe/Berlin, country: DE, currency: EUR}}
people: {{ada: {{email: ada@lamps.example, login: root}}}}
state: {folder}/state
connections:
  shop: {{use: csv, path: {folder}/orders.csv, profile: shopify}}
  lists: {{use: ipp, uri: "{lists}", format: raw, writes: true}}
  slips: {{use: ipp, uri: "{slips}", format: raw, writes: true}}
  labels: {{use: ipp, uri: "{labels}", format: raw, writes: true}}
routines:
  orders:
    job: orders
    at: "23:00"
    options: {{together_hours: 0, paper: {{documents: [pick-list, slip, address]}}}}
  paper:
    job: paper
    at: "23:30"
    options:
      patience: 2s
      queues: {{pick-list: {{printer: lists}}, slip: {{printer: slips}}, address: {{printer: labels}}}}
"""
_HEAD = (
    "Name", "Email", "Financial Status", "Fulfillment Status", "Currency", "Total", "Created at", "Lineitem quantity",
    "Lineitem name", "Lineitem price", "Lineitem sku", "Shipping Name", "Shipping Street", "Shipping City",
    "Shipping Zip", "Shipping Country", "Shipping Method",
)  # fmt: skip


@dataclass
class Scene:
    """The folder, the printers and the daemons of one point; `problems` are sentences on what went wrong."""

    folder: Path
    seed: int
    cups: Cups
    problems: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state, self.points = self.folder / "state", self.folder / "points"
        with (self.folder / "orders.csv").open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(_HEAD)
            rows.writerows(_order(number) for number in range(1, ORDERS + 1))
        lists, slips, labels = (self.cups.uri(queue) for queue in QUEUES)
        text = CONFIG.format(folder=self.folder, lists=lists, slips=slips, labels=labels)
        (self.folder / "config.yaml").write_text(text, encoding="utf-8")
        self._daemons: list[subprocess.Popen[bytes]] = []
        self._over = threading.Event()

    def close(self) -> None:
        """End what still runs."""
        self._over.set()
        for daemon in self._daemons:
            daemon.kill()
            daemon.wait(PATIENCE)

    def play(self, kill: Kill, *, faults: bool) -> None:
        """Print a morning's paper while things break; then mend all, start again, and print the rest."""
        breaking = threading.Thread(target=self._break) if faults else None
        daemon, name = self._start(kill)
        if breaking:
            breaking.start()
        if self._ready(daemon):
            self._ask_until_dead(daemon, "orders")
            self._ask_until_dead(daemon, "paper")
        self._stop(daemon, name)
        if breaking:
            self._over.set()
            breaking.join()
        self._mend()
        daemon, name = self._start(Kill())
        if self._ready(daemon):
            self._finish(daemon)
        self._stop(daemon, name)

    @property
    def killed(self) -> int:
        """How many of the kills were reached."""
        return self.points.read_text(encoding="utf-8").count("! killed here") if self.points.exists() else 0

    @property
    def reached(self) -> list[str]:
        """The points that the first daemon came by."""
        return self.points.read_text(encoding="utf-8").split(f"{NIGHT}\n")[1].splitlines()

    @property
    def log(self) -> str:
        """What all the daemons logged."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows of the ledger, read from outside."""
        with contextlib.closing(sqlite3.connect(f"file:{self.state}/ledger.db?mode=ro", uri=True)) as ledger:
            return ledger.execute(query, values).fetchall()

    def _finish(self, daemon: subprocess.Popen[bytes]) -> None:
        """Ask for orders and paper, and let go what printers gave up, until every sheet has ended."""
        self._ask("run", {"routine": "orders"})
        for _ in range(ROUNDS):
            self._ask("run", {"routine": "paper"})
            for number in self._in_state("held"):
                self._ask("line_release", {"line": "print", "item": number})
            if daemon.poll() is not None or not (self._in_state("waiting") or self._in_state("sent")):
                return
        left = self._in_state("waiting") + self._in_state("sent")
        self.problems.append(f"never printed: {left}")

    def _in_state(self, state: str) -> list[str]:
        query = "select id from work_items where kind = 'sheet' and state = ?"
        return [name.partition("/")[2] for (name,) in self.rows(query, state)]

    def _ask_until_dead(self, daemon: subprocess.Popen[bytes], routine: str) -> None:
        asking = threading.Thread(target=self._ask, args=("run", {"routine": routine}), daemon=True)
        asking.start()
        until(lambda: daemon.poll() is not None or not asking.is_alive(), 3 * PATIENCE)

    def _break(self) -> None:
        """Break one thing after the other, and mend each after a while."""
        chance = random.Random(self.seed)
        self._over.wait(chance.uniform(1.0, 2.5))
        while not self._over.is_set():
            queue, how = chance.choice(QUEUES), chance.choice(_FAULTS)
            self.faults.append(f"{how} {queue}")
            with contextlib.suppress(subprocess.CalledProcessError, AssertionError):
                self._fault(how, queue, chance.uniform(0.1, 0.8))
            self._over.wait(chance.uniform(0.1, 0.6))

    def _fault(self, how: str, queue: str, seconds: float) -> None:
        if how == "killed":
            self.cups.kill()
            self._over.wait(seconds)
            self.cups.restart()
        elif how == "disabled":
            self.cups.disable(queue)
            self._over.wait(seconds)
            self.cups.enable(queue)
        elif how == "rejected":
            self.cups.reject(queue)
            self._over.wait(seconds)
            self.cups.accept(queue)
        else:
            self.cups.behave(queue, how)
            self._over.wait(seconds)
            self.cups.behave(queue, "ok")
            if how == "stop":
                self.cups.enable(queue)

    def _mend(self) -> None:
        """Make every printer print again, and let go what it holds."""
        if self.cups.running is None:
            self.cups.restart()
        for queue in QUEUES:
            self.cups.behave(queue, "ok")
            self.cups.enable(queue)
            self.cups.accept(queue)
        self.cups.release_all()

    def _start(self, kill: Kill) -> tuple[subprocess.Popen[bytes], str]:
        with self.points.open("a", encoding="utf-8") as out:
            out.write(f"{NIGHT}\n")
        (self.folder / "clock").write_text(f"{START.timestamp()} {time.monotonic()}", encoding="ascii")
        name = uuid4().hex
        environ = {key: value for key, value in os.environ.items() if not key.endswith("_DIRECTORY")}
        environ |= {
            "PYTHONPATH": str(ROOT), "HOME": str(self.folder), "CRASH_AT": kill.point, "CRASH_VICTIM": kill.victim,
            "CRASH_POINTS": str(self.points), "CRASH_CLOCK": str(self.folder / "clock"), "CRASH_NAME": name,
        }  # fmt: skip
        words = ["-m", "tests.system.crash.launcher", "serve", "-c", str(self.folder / "config.yaml")]
        with (self.folder / "log").open("ab") as out:
            daemon = subprocess.Popen(
                [sys.executable, *words], env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self._daemons.append(daemon)
        return daemon, name

    def _ready(self, daemon: subprocess.Popen[bytes]) -> bool:
        return until(lambda: daemon.poll() is not None or self._ask("status", {}), PATIENCE) and daemon.poll() is None

    def _stop(self, daemon: subprocess.Popen[bytes], name: str) -> None:
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.problems.append("the daemon did not stop")
            daemon.kill()
            daemon.wait(PATIENCE)
        if not until(lambda: not processes(name), 2.0):
            self.problems.append(f"processes outlived their daemon: {processes(name)}")

    def _ask(self, command: str, args: dict[str, Any]) -> bool:
        """Give a command over the control socket; say whether anybody listened."""
        with contextlib.suppress(NightclerkError, OSError, EOFError):
            client = connect(paths.control_sockets(self.state, {}), self.state)
            if client is not None:
                client.ask(command, args, lambda _text: None)
                return True
        return False


_FAULTS = ("killed", "disabled", "rejected", "slow", "hang", "fail", "hold", "stop", "cancel", "paper")


def _order(number: int) -> list[str]:
    street = f"Weg {number}, Hinterhaus, c/o Müller"
    return [
        f"#{1000 + number}", f"c{number}@x.example", "paid", "unfulfilled", "EUR", "9.00", "2026-03-01 10:00:00 +0100",
        "2", f"Tasse {number}", "4.50", f"MUG-{number}", f"Ada {number} 李", street, "Bonn", f"531{number:02}", "DE", "DHL",
    ]  # fmt: skip
