"""One morning's paper on three real queues: the daemon dies at a point, printers fail, and all is started again."""

import contextlib
import csv
import random
import subprocess
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from tests.system.crash.daemons import NOBODY, PATIENCE, Daemons, Kill
from tests.system.crash.outside import until
from tests.system.printing.cups import QUEUES, Cups

START = datetime(2026, 3, 2, 4, 10, tzinfo=UTC)
ORDERS = 6
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
class Scene(Daemons):
    """The folder, the printers and the daemons of one point; `problems` are sentences on what went wrong."""

    folder: Path
    seed: int
    cups: Cups
    problems: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        with (self.folder / "orders.csv").open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(_HEAD)
            rows.writerows(_order(number) for number in range(1, ORDERS + 1))
        lists, slips, labels = (self.cups.uri(queue) for queue in QUEUES)
        text = CONFIG.format(folder=self.folder, lists=lists, slips=slips, labels=labels)
        (self.folder / "config.yaml").write_text(text, encoding="utf-8")
        self._over = threading.Event()

    def close(self) -> None:
        """End what still runs."""
        self._over.set()
        super().close()

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
        daemon, name = self._start(NOBODY)
        if self._ready(daemon):
            self._finish(daemon)
        self._stop(daemon, name)

    @property
    def reached(self) -> list[str]:
        """The points that the first daemon came by."""
        return self.nights[0]

    def _finish(self, daemon: subprocess.Popen[bytes]) -> None:
        """Ask for orders and paper, and let go what printers gave up, until every sheet has ended."""
        self.ask("run", {"routine": "orders"})
        for _ in range(ROUNDS):
            self.ask("run", {"routine": "paper"})
            for number in self._in_state("held"):
                self.ask("line_release", {"line": "print", "item": number})
            if daemon.poll() is not None or not (self._in_state("waiting") or self._in_state("sent")):
                return
        left = self._in_state("waiting") + self._in_state("sent")
        self.problems.append(f"never printed: {left}")

    def _in_state(self, state: str) -> list[str]:
        query = "select id from work_items where kind = 'sheet' and state = ?"
        return [name.partition("/")[2] for (name,) in self.rows(query, state)]

    def _ask_until_dead(self, daemon: subprocess.Popen[bytes], routine: str) -> None:
        asking = threading.Thread(target=self.ask, args=("run", {"routine": routine}), daemon=True)
        asking.start()
        until(lambda: daemon.poll() is not None or not asking.is_alive(), 3 * PATIENCE)

    def _break(self) -> None:
        """Break one thing after the other, and mend each after a while."""
        chance = random.Random(self.seed)
        self._over.wait(chance.uniform(1.0, 3.0))
        while not self._over.is_set():
            queue, how = chance.choice(QUEUES), chance.choice(_FAULTS)
            self.faults.append(f"{how} {queue}")
            with contextlib.suppress(subprocess.CalledProcessError, AssertionError):
                self._fault(how, queue, chance.uniform(0.1, 0.5))
            self._over.wait(chance.uniform(0.3, 1.5))

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
        self.set_clock(START)
        name = uuid4().hex
        return self.launch(kill, name), name

    def _ready(self, daemon: subprocess.Popen[bytes]) -> bool:
        return self.comes_up(daemon, lambda: self.ask("status", {}))

    def _stop(self, daemon: subprocess.Popen[bytes], name: str) -> None:
        self.stop(daemon)
        self.look_for_orphans(name)


_FAULTS = ("killed", "disabled", "rejected", "slow", "hang", "fail", "hold", "stop", "cancel", "paper")


def _order(number: int) -> list[str]:
    street = f"Weg {number}, Hinterhaus, c/o Müller"
    return [
        f"#{1000 + number}", f"c{number}@x.example", "paid", "unfulfilled", "EUR", "9.00", "2026-03-01 10:00:00 +0100",
        "2", f"Tasse {number}", "4.50", f"MUG-{number}", f"Ada {number} 李", street, "Bonn", f"531{number:02}", "DE", "DHL",
    ]  # fmt: skip
