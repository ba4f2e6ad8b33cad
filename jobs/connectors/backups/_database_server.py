"""What a drill asks of a database server, whichever it is, and how a server's refusals are judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from daemon.api import OutsideError, Text, stopwatch
from jobs.connectors.backups._archive_reading import Archive
from jobs.connectors.backups._database_options import ServerOptions
from jobs.connectors.backups._database_scratch import ScratchName
from jobs.connectors.backups._dump_origins import Origin, Version
from jobs.connectors.backups._outcomes import DamagedError, UnknownError, first_words
from jobs.connectors.command import Finished, Program

QUESTION_LIMIT = timedelta(minutes=10)
"""How long one question may take: counting the rows of a large table does."""


class AnswerError(OutsideError):
    """The server refused a question; `missing` says that it knows no such table."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


@dataclass
class Deadline:
    """How long a drill may still take, counted from its making."""

    limit: timedelta

    def __post_init__(self) -> None:
        self._passed = stopwatch()

    def left(self, most: timedelta | None = None) -> timedelta:
        """Return what is left, a tenth of a second at least, and no more than `most`."""
        left = max(self.limit - timedelta(seconds=self._passed()), timedelta(seconds=0.1))
        return left if most is None else min(left, most)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self._passed() >= self.limit.total_seconds()


@dataclass(frozen=True)
class Standing:
    """What a server says of itself and of our role: its version, and what the role may that a drill's must not."""

    version: Version
    vendor: str
    excess: str = ""
    lacking: str = ""


class Asked(Protocol):
    """A database server that is asked, and nothing more. Raises OutsideError where it does not answer."""

    def tables(self, database: str) -> set[str]:
        """Return the tables of a database, each by every name that it may be given."""
        ...

    def ask(self, database: str, sql: str) -> str:
        """Return the one value that a question has as its answer; empty for none. Raises AnswerError."""
        ...


class Server(Asked, Protocol):
    """A database server for drills, asked through its own client program; raises OutsideError as above."""

    @property
    def client(self) -> Program:
        """The client program."""
        ...

    def standing(self) -> Standing:
        """Return what it says of itself and of our role."""
        ...

    def names(self) -> list[str]:
        """Return the names of its databases."""
        ...

    def create(self, name: ScratchName) -> None:
        """Make an empty database."""
        ...

    def drop(self, name: ScratchName) -> None:
        """Drop a database with whatever is still at work in it; one that is not there is none to drop."""
        ...

    def size(self, name: ScratchName) -> int:
        """Return how many bytes a database takes."""
        ...

    def folder(self) -> Path | None:
        """Return where its data lies on this machine; None where that is not known."""
        ...

    def restore_sql(self, name: ScratchName, pieces: Iterable[bytes], origin: Origin, client: Version) -> Finished:
        """Give it a dump that is SQL; raise UnknownError where that can't be tried."""
        ...

    def restore_archive(self, name: ScratchName, archive: Archive, /) -> Finished:
        """Give it an archive of pg_dump's; raise UnknownError where that can't be tried."""
        ...

    def is_own_fault(self, ended: Finished) -> bool:
        """Return whether a restore failed for a reason that lies with the server, its role or its disk."""
        ...


def raise_for(server: Server, ended: Finished, limit: timedelta) -> None:
    """Raise DamagedError or UnknownError unless a restore ended with 0."""
    said = first_words(ended.complaint)
    if ended.timed_out:
        raise UnknownError(Text("the restore took longer than {limit} and was ended", {"limit": limit}))
    if ended.code < 0:
        raise UnknownError(Text("the restore was ended by signal {signal}", {"signal": -ended.code}))
    if ended.code and server.is_own_fault(ended):
        raise UnknownError(Text("the server for drills could not take it: {error}", {"error": said}))
    if ended.code:
        raise DamagedError(Text("it can't be restored: {error}", {"error": said}))


def told_of(options: ServerOptions) -> str:
    """Return where a server is, as a person calls it."""
    return options.socket or (f"{options.host}:{options.port}" if options.port else options.host)
