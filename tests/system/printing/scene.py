"""Queues of a real cupsd, opened as a run would, and sheets that are looked at until they stand where they should."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon.api import Text
from daemon.clock import stopwatch
from daemon.render.say import Voice, say
from daemon.testing import make_outlet
from jobs.connectors.printers.ipp import IPP, IppOptions
from jobs.kinds.printer import Fate, Printer, Standing
from tests.system.printing.cups import PATIENCE, Cups

LOOK = 0.01
"""Seconds between two looks."""


def opened(cups: Cups, queue: str, **options: object) -> Printer:
    """Open a queue as a new run would."""
    outlet = make_outlet(Path(cups.folder), writes=True)
    return IPP.open(IppOptions.model_validate({"uri": cups.uri(queue), **options}), outlet)


def until(printer: Printer, number: str, *fates: Fate) -> Standing:
    """Return how a sheet stands once it is one of these fates; each look in between must be WAITING or HELD."""
    passed = stopwatch()
    while passed() < PATIENCE:
        standing = printer.standing(number)
        if standing.fate in fates:
            return standing
        assert standing.fate in {Fate.WAITING, Fate.HELD}, standing
        time.sleep(LOOK)
    raise AssertionError(f"{number} is {standing} and not {fates}")


def eventually(true: Callable[[], object]) -> None:
    """Wait until something holds."""
    passed = stopwatch()
    while not true():
        assert passed() < PATIENCE, "it never came true"
        time.sleep(LOOK)


def titles(cups: Cups, queue: str) -> list[str]:
    """Return the names of what came out of a queue, in order."""
    return [one.title for one in cups.captured(queue)]


def words(said: Any) -> str:
    """Return a sentence as it is read; empty where there is none."""
    return say(said, Voice("en", "", "Europe/Berlin")) if isinstance(said, Text) else ""


def next_second() -> None:
    """Let the second end in which the server was started: a sheet taken in that second may have been taken before."""
    time.sleep(1.1)
