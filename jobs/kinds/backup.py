"""What a job may ask of a place where backups lie. Nothing here can change, prune or unlock a backup.

A copy is one backup of one moment, whatever it consists of. Names come from outside and may hold anything; they
are given in a form that can be printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from daemon.api import Kind, Text


class Check(StrEnum):
    """What can be asked of a backup, each by itself and in its own rhythm; `docs/backups.md` says what each shows."""

    REACHABLE = "reachable"
    """The place answers."""
    FRESH = "fresh"
    """The newest copy is young enough."""
    FILLED = "filled"
    """There is something in it."""
    SIZE = "size"
    """It is about as large as its forerunners."""
    KEPT = "kept"
    """There are copies enough, old enough, and none that was seen has vanished before its time."""
    WHOLE = "whole"
    """The copy itself was read to its end."""
    LISTED = "listed"
    """It holds what its list says, and nothing besides."""
    STRUCTURE = "structure"
    """The program that made it finds its repository in order."""
    DATA = "data"
    """What is stored was read back, all of it or a part in turn."""
    UNCHANGED = "unchanged"
    """Its copies hold what they held when they were first read, all of them or a part in turn."""
    RESTORE = "restore"
    """It was restored into a scratch place and what came back was looked at."""
    OFFSITE = "offsite"
    """One of a group's copies is somewhere else, and young enough."""
    LOCKED = "locked"
    """Nobody can remove it before a day."""
    KEY = "key"
    """What is needed to open it exists outside of it."""
    ROOM = "room"
    """There is room for the next copy, and for a restore."""
    VERSION = "version"
    """The programs are new enough for it and for each other."""
    SILENCE = "silence"
    """Each check that is due said something."""


CHECK_WORDS = MappingProxyType(
    {
        Check.REACHABLE: Text("reachable"),
        Check.FRESH: Text("age"),
        Check.FILLED: Text("content"),
        Check.SIZE: Text("size"),
        Check.KEPT: Text("kept copies"),
        Check.WHOLE: Text("whole"),
        Check.LISTED: Text("as listed"),
        Check.STRUCTURE: Text("structure"),
        Check.DATA: Text("data"),
        Check.UNCHANGED: Text("unchanged"),
        Check.RESTORE: Text("restore"),
        Check.OFFSITE: Text("off-site"),
        Check.LOCKED: Text("locked"),
        Check.KEY: Text("key"),
        Check.ROOM: Text("room"),
        Check.VERSION: Text("versions"),
        Check.SILENCE: Text("silence"),
    }
)
"""What each check is called where people read of it."""


@dataclass(frozen=True)
class Copy:
    """One backup: when it was begun or last written (UTC), how many bytes and files it has (None: not known).

    `id` names it, whatever `name` shows of it, and `origin` stays even where its owner names or tags it anew, which
    gives it another id; copies with the same `series` are of the same things.
    """

    name: str
    moment: datetime
    size: int | None
    files: int | None
    id: str = ""
    series: str = ""
    origin: str = ""


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
    WARN = "warn"
    """Nothing is lost yet; `reason` says what will not stay well."""
    UNKNOWN = "unknown"
    """It could not be verified; `reason` says why."""


@dataclass(frozen=True)
class Verdict:
    """What was verified of one copy: `held` of `listed` files; `broken` and `unlisted` name files.

    `shown` completes "newest copy 3 hours old; ..." where what speaks for the copy is not the hashes of a manifest;
    it claims what was looked at and nothing else. `reason` says why where the copy is `UNKNOWN`, and how where it is
    `BROKEN` otherwise than by files that do not match a manifest. `read` is how many bytes were read back or restored,
    `seconds` how long that took; a store that was busy says in `again` after how long it is to be asked again.
    """

    outcome: Outcome
    held: int = 0
    listed: int = 0
    broken: Sequence[str] = ()
    unlisted: Sequence[str] = ()
    reason: Text | None = None
    shown: Text | None = None
    read: int | None = None
    seconds: Decimal | None = None
    again: timedelta | None = None


@dataclass(frozen=True)
class Part:
    """Which part of all data is to be read: number 1 to `of`; 1 of 1 is everything."""

    number: int = 1
    of: int = 1


class BackupStore(Protocol):
    """A place where backups lie; it is only ever read."""

    def inventory(self) -> Inventory:
        """Return what is there; raise OutsideError where the place can't be looked at."""
        ...

    def verify(self, copy: Copy) -> Verdict:
        """Read the copy and say what was shown; what can't be read is `UNKNOWN`, never an error."""
        ...


@runtime_checkable
class Examined(Protocol):
    """A place that can be asked more than what lies there, mostly by a program; it is never changed by that."""

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks `examine` knows here, as the connection is configured."""
        ...

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:
        """Make one check; whatever stands in the way is `UNKNOWN` with its reason, never an error.

        `copy` is the newest one that can be believed, for `RESTORE` now and then an older one. `part` matters
        to `DATA` (`HELD` says that all of it was read, `PARTLY` that this part was) and, by its size, to `UNCHANGED`.
        """
        ...


BACKUP: Kind[BackupStore] = Kind("backup")
