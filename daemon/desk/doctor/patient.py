"""What is examined: a configuration in force and the machine it works on, and how a finding about them is said."""

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from daemon.engine.assigning import Setup
from daemon.records import Diagnosis, Health

HIDDEN = "look again with sudo"
"""What to do about that which this user may not look at."""


@dataclass(frozen=True)
class Machine:
    """Where the machine's own files are, and the bytes free on the state's disk below which it is short or full."""

    root: Path = Path("/")
    zones: Sequence[str] = zoneinfo.TZPATH
    short: int = 1_000_000_000
    full: int = 100_000_000


@dataclass(frozen=True)
class Patient:
    """The configuration in force and the moment of the examination.

    `serving` says that this process is the service itself: what it may not read, no run can read. Otherwise it may
    only be the person who asks that has no right. `refusal` is what is wrong with the file that is not in force.
    """

    setup: Setup
    now: datetime
    serving: bool
    refusal: tuple[str, ...] = ()
    machine: Machine = Machine()

    def closed(self, what: str, sentence: str, remedy: str) -> Diagnosis:
        """Return what it means that something may not be read: wrong for the service, unknown for anybody else."""
        return ill(what, sentence, remedy) if self.serving else unknown(what, sentence, HIDDEN)


def ill(what: str, sentence: str, remedy: str) -> Diagnosis:
    """Return a finding that keeps a part of the night from working, or gives away what is secret."""
    return Diagnosis(what, Health.ILL, sentence, remedy)


def warn(what: str, sentence: str, remedy: str) -> Diagnosis:
    """Return a finding that will be one to worry about."""
    return Diagnosis(what, Health.WARN, sentence, remedy)


def unknown(what: str, sentence: str, remedy: str = "") -> Diagnosis:
    """Return that something could not be found out."""
    return Diagnosis(what, Health.UNKNOWN, sentence, remedy)


def well(what: str, sentence: str) -> Diagnosis:
    """Return that something was looked at and is as it should be."""
    return Diagnosis(what, Health.WELL, sentence)
