"""A dump in pg_dump's own format (custom, directory, tar), read to its end by pg_restore, without a database.

`pg_restore -f /dev/null DUMP` unpacks every row and ends with 0 only where all of it is there; `--list` ends with 0 on
a dump that is cut off, changed or short of a file, as the table of contents stands at the front (pg_restore 15.18).
Of a tar it does not notice that the end is missing, so that is looked for first.
Rows in a tar, or in an archive that is not packed, have no checksum.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from daemon.api import OutsideError, Text
from jobs.connectors.backups._dump_origins import Version, is_tar, origin_of, version_in, written
from jobs.connectors.backups._outcomes import Budget, DamagedError, UnknownError, first_words
from jobs.connectors.backups._tars import whole_tar
from jobs.connectors.backups._unpacking import Packing, unpacked
from jobs.connectors.command import Finished, Program

READING = ("-f", "/dev/null")
RESTORING = (
    "--no-password", "--no-owner", "--no-privileges", "--exit-on-error", "--no-comments", "--no-publications",
    "--no-subscriptions", "--no-security-labels", "--no-tablespaces",
)  # fmt: skip
"""A scratch database belongs to a role of its own, so nothing is made that only a superuser, or the owner, may make."""
REFUSED = frozenset({"-c", "--clean", "-C", "--create", "-l", "--list"})
_SHOWN = Text("pg_restore read all of it, which unpacks every row, and found nothing missing")
_HERE_TOO_OLD = (
    "it was made by pg_dump {dump}, and pg_restore is here {here}: `apt install postgresql-client-{dump}`, or name "
    "that one with `pg_restore:`"
)
_NOT_READABLE_HERE = ("unsupported version", "not built with", "does not support compression", "out-of-order")


@dataclass(frozen=True)
class Archive:
    """An archive, or a folder of pg_dump's: `path`, its first bytes, and, where it is packed, what it unpacks to."""

    path: Path
    head: bytes
    unpacked: Iterator[bytes] | None = None

    def give(self, program: Program, words: Sequence[str], limit: timedelta) -> Finished:
        """Have pg_restore read it, and read what it leaves of it: it does not look whether an end is there."""
        if self.unpacked is None:
            return program.run([*words, str(self.path)], limit)
        ended = program.run(words, limit, given=self.unpacked)
        if not ended.code:
            for _ in self.unpacked:
                pass
        return ended


def archive_of(path: Path, file: BinaryIO, packing: Packing, head: bytes, budget: Budget) -> Archive:
    """Return an archive that begins with `head`, to be read once; raise DamagedError for a tar that lacks its end.

    What has to be unpacked, or is a tar, is taken from `budget` as it is read.
    """
    file.seek(0)
    if packing is Packing.NONE and not is_tar(head):
        budget.spend(os.fstat(file.fileno()).st_size)
        return Archive(path, head)
    pieces = _spending(unpacked(file, packing), budget)
    if not is_tar(head):
        return Archive(path, head, pieces)
    whole = whole_tar(pieces)
    if packing is not Packing.NONE:
        return Archive(path, head, whole)
    for _ in whole:
        pass
    return Archive(path, head)


def _spending(pieces: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    for piece in pieces:
        budget.spend(len(piece))
        yield piece


def pg_restore(path: str, environment: dict[str, str] | None = None) -> Program:
    """Return pg_restore, which may read or restore and never clean, create or only list."""
    allowed = frozenset({READING[0], RESTORING[0], "--version"})
    return Program(path, allowed=allowed, refused=REFUSED, environment=environment or {}, grace=5)


def client_version(program: Program, limit: timedelta, *, option: str) -> Version:
    """Return the version of a client; raise UnknownError where it is not there, with the option that names it."""
    try:
        ended = program.run(["--version"], limit)
    except OutsideError as error:
        values = {"program": Path(program.path).name, "option": option}
        raise UnknownError(
            Text(
                "{program} is not installed here: install the database's client programs, or say where it is with "
                "`{option}:`",
                values,
            )
        ) from error
    if ended.code:
        raise UnknownError(Text("{error}", {"error": first_words(ended.complaint)}))
    return version_in(ended.text.partition("Distrib")[2] or ended.text)


def read_archive(archive: Archive, program: Program, limit: timedelta) -> Text:
    """Read an archive to its end and return what was shown; raise DamagedError or UnknownError where nothing was."""
    require_new_enough(archive.head, client_version(program, limit, option="pg_restore"))
    raise_for(archive.give(program, READING, limit))
    return _SHOWN


def require_new_enough(head: bytes, here: Version) -> None:
    """Raise UnknownError where an archive was made by a newer pg_dump than the pg_restore that is to read it."""
    made = origin_of(head).tool
    if made and here and here[0] < made[0]:
        raise UnknownError(Text(_HERE_TOO_OLD, {"dump": str(made[0]), "here": written(here)}))


def raise_for(ended: Finished) -> None:
    """Raise DamagedError or UnknownError unless pg_restore ended with 0, which alone speaks for an archive."""
    if ended.timed_out:
        raise UnknownError(
            Text("pg_restore took longer than {limit}", {"limit": timedelta(seconds=int(ended.seconds))})
        )
    if ended.code < 0:
        raise UnknownError(Text("pg_restore was ended by signal {signal}", {"signal": -ended.code}))
    said = first_words(ended.complaint)
    if ended.code and any(words in said for words in _NOT_READABLE_HERE):
        raise UnknownError(Text("pg_restore can't read it here: {error}", {"error": said}))
    if ended.code:
        raise DamagedError(Text("pg_restore can't read it: {error}", {"error": said}))
