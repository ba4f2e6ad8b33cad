"""How reading a backup can end other than well, and what is said then; light enough to be imported with a connector."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from daemon.api import OutsideError, Text
from jobs.connectors._rights import unreadable
from jobs.connectors.backups.tree import moment
from jobs.kinds.backup import Outcome, Verdict

SETTLED = timedelta(minutes=1)
"""A file that was written to within this time is taken to be unfinished."""
BEING_WRITTEN = Text("it is being written: run this routine later, when the backup is done")
NOT_FOUND = Text("it is not one of the copies that were found")


class DamagedError(Exception):
    """What was read is no whole backup; `reason` says how that showed."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.id)
        self.reason = reason


class UnknownError(Exception):
    """Whether the file is whole can't be told here; `reason` says why, and who could tell."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.id)
        self.reason = reason


class ArchiveError(UnknownError):
    """It is in pg_dump's own format, which only pg_restore reads."""


class OverLimitError(Exception):
    """More would have to be read than the owner allows."""


@dataclass
class Budget:
    """How many bytes, unpacked, may still be read."""

    left: int

    def spend(self, size: int) -> None:
        """Take `size` bytes off; raise OverLimitError where there are not as many."""
        if size > self.left:
            raise OverLimitError
        self.left -= size


def require_settled(status: os.stat_result, now: datetime) -> None:
    """Raise UnknownError where a file was written to shortly before `now` (UTC), or later."""
    if now - moment(status) < SETTLED:
        raise UnknownError(BEING_WRITTEN)


def first_words(message: str, most: int = 200) -> str:
    """Return the beginning of what a program printed as one line that can be shown; it may hold anything."""
    line = " ".join(message.split())
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return printable if len(printable) <= most else printable[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def unread(path: Path, error: OSError) -> Text:
    """Return why a file could not be read and, where it is for want of rights, what to do."""
    reason = unreadable(path) if isinstance(error, PermissionError) else None
    return reason or Text("it can't be read: {error}", {"error": error.strerror or str(error)})


def worded(reason: Text) -> str:
    """Return a sentence in English, for an error; a number of its values is written as it is."""
    return reason.id.format_map(dict(reason.values))


def unreachable(error: OutsideError) -> Verdict:
    """Return that nothing is known, since what would have to be asked could not be."""
    return Verdict(Outcome.UNKNOWN, reason=Text("{error}", {"error": str(error)}))
