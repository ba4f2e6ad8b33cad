"""A real cupsd killed at drawn moments: whatever is said of a sheet afterwards holds against what came out."""

import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.api import OutsideError, UncertainError
from daemon.clock import stopwatch
from jobs.kinds.printer import Fate, Printer
from jobs.testing_printers import sheet
from tests.system.printing.cups import Cups, why_not
from tests.system.printing.scene import LOOK, next_second, opened, titles, until

pytestmark = [pytest.mark.system, pytest.mark.skipif(bool(why_not()), reason=why_not())]
ROUNDS = 16
LONG_ENOUGH = 8.0
"""Seconds; cupsd 2.4.2 that was killed and started at once now and then leaves a sheet under way that is out already."""
CALM = 0.3
"""How often a sheet is handed over in between while nothing is killed."""
LONGEST = 0.12
"""Seconds from handing a sheet over to the kill: about what a sheet takes."""


@dataclass(frozen=True)
class Said:
    """What was said of one sheet when all was over: `fate` None where it was said not to have been taken."""

    fate: Fate | None
    plainly: bool


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_said_of_a_sheet_after_a_kill_holds_against_the_paper(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    said: dict[str, Said] = {}
    with Cups.start(tmp_path / "cups", DirtyCleanInterval=chance.choice([0, 1])) as cups:
        before = opened(cups, "SLIPS").submit(sheet("order-0"))
        until(opened(cups, "SLIPS"), before, Fate.PRINTED)
        for n in range(1, ROUNDS):
            name = f"order-{n}"
            said[name] = _round(cups, name, before, chance)
            if chance.random() < CALM:
                said[f"calm-{n}"] = _calm(cups, f"calm-{n}")
        _settled(cups)
        counts = {name: titles(cups, "SLIPS").count(name) for name in said}
    print(sorted((str(one.fate), one.plainly, counts[name]) for name, one in said.items()))
    assert sum(one.fate is Fate.WAITING for one in said.values()) <= ROUNDS / 4
    for name, one in said.items():
        if one.fate is None:
            assert counts[name] == 0, (name, one)
        if one.fate is Fate.PRINTED:
            assert counts[name] >= 1, (name, one)
        if one.plainly:
            assert counts[name] == 1, (name, one)


def _round(cups: Cups, name: str, before: str, chance: random.Random) -> Said:
    """Hand a sheet over while the server is killed, start it again, and return what is said then."""
    cups.behave("SLIPS", chance.choice(["ok", "ok", "brief"]))
    killer = threading.Timer(chance.uniform(0, LONGEST), cups.kill)
    killer.start()
    number: str | None = ""
    try:
        number = opened(cups, "SLIPS").submit(sheet(name))
    except OutsideError as error:
        number = None if error.nothing_done else ""
    killer.join()
    cups.restart()
    again = opened(cups, "SLIPS")
    try:
        number = again.find(name, before) if number == "" else number
    except UncertainError:
        return Said(Fate.FORGOTTEN, plainly=False)
    return Said(None, plainly=False) if number is None else _ended(again, number)


def _calm(cups: Cups, name: str) -> Said:
    """Hand a sheet over once the second of the last restart is over."""
    cups.behave("SLIPS", "ok")
    next_second()
    printer = opened(cups, "SLIPS")
    said = _ended(printer, printer.submit(sheet(name)))
    assert said.plainly
    return said


def _ended(printer: Printer, number: str) -> Said:
    passed = stopwatch()
    while (standing := printer.standing(number)).fate in {Fate.WAITING, Fate.HELD} and passed() < LONG_ENOUGH:
        time.sleep(LOOK)
    return Said(standing.fate, plainly=standing.fate is Fate.PRINTED and standing.reason is None)


def _settled(cups: Cups) -> None:
    """Let every backend end, also those that a killed server left behind."""
    time.sleep(1)
    assert cups.running is not None
