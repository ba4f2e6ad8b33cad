"""What a job may ask of a place where backups lie. Nothing here can change, prune or unlock a backup.

A copy is one backup of one moment, whatever it consists of. Names come from outside and may hold anything; they
are given in a form that can be printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from daemon.api import Kind, Text


@dataclass(frozen=True)
class Copy:
    """One backup: when it was last written (UTC), how many bytes and files it has."""

    name: str
    moment: datetime
    size: int
    files: int


@dataclass(frozen=True)
class Inventory:
    """Every copy that was found, newest first, and the names of what could not be read."""

    copies: Sequence[Copy]
    unreadable: Sequence[str] = ()


class Outcome(StrEnum):
    """What reading a copy has shown. Only `HELD` and `PARTLY` speak for it."""

    HELD = "held"
    """Everything that is listed was read and is as listed."""
    PARTLY = "partly"
    """What was read is as listed; the rest was left unread because of a limit."""
    BROKEN = "broken"
    """At least one file is missing, differs or is no whole backup."""
    NOT_ASKED = "not-asked"
    """The owner named nothing to verify the copy against."""
    UNKNOWN = "unknown"
    """It could not be verified; `reason` says why."""


@dataclass(frozen=True)
class Verdict:
    """What was verified of one copy: `held` of `listed` files; `broken` and `unlisted` name files.

    `shown` completes "newest copy 3 hours old; ..." where what speaks for the copy is not the hashes of a manifest;
    it claims what was looked at and nothing else. `reason` says why where the copy is `UNKNOWN`, and how where it is
    `BROKEN` otherwise than by files that do not match a manifest.
    """

    outcome: Outcome
    held: int = 0
    listed: int = 0
    broken: Sequence[str] = ()
    unlisted: Sequence[str] = ()
    reason: Text | None = None
    shown: Text | None = None


class BackupStore(Protocol):
    """A place where backups lie; it is only ever read."""

    def inventory(self) -> Inventory:
        """Return what is there; raise OutsideError where the place can't be looked at."""
        ...

    def verify(self, copy: Copy) -> Verdict:
        """Read the copy and say what was shown; what can't be read is `UNKNOWN`, never an error."""
        ...


BACKUP: Kind[BackupStore] = Kind("backup")
