"""What borg 1.x lists: archives with their moments, and what one holds.

`borg list --json` (docs/internals/frontends.rst, 1.4): times are written without a zone, in the one of the machine that
runs borg. More than name, id and start is not asked for: a host's name, say, lies in each archive, so that one damaged
archive would hide all others. How large an archive is, is summed from the list of its files: `borg info` says the same
number, but builds its cache of every archive first, which takes hours and gigabytes where there are many.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from daemon.api import OutsideError
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import Copy

CONTENT = "{type} {size}{NL}"
_PLAIN = frozenset({"none", "authenticated", "authenticated-blake2"})


@dataclass(frozen=True)
class Listing:
    """The archives of a repository, newest first, their names as borg knows them by id, and whose they are."""

    copies: Sequence[Copy] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    repository: str = ""
    encrypted: bool = True


@dataclass(frozen=True)
class Content:
    """How much an archive holds: bytes and files."""

    size: int
    files: int


def listing(printed: str, zone: tzinfo) -> Listing:
    """Read what `list --json` printed; raise OutsideError where it is not that."""
    try:
        told = json.loads(printed)
        rows = told["archives"]
        copies = [_copy(row, zone) for row in rows]
        names = {str(row["id"]): str(row["name"]) for row in rows}
        mode, repository = str(told["encryption"]["mode"]), str(told["repository"]["id"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise OutsideError("what borg lists can't be understood: is `program:` borg 1.2 or newer, not 2?") from error
    newest_first = sorted(copies, key=lambda copy: (copy.moment, copy.name), reverse=True)
    return Listing(newest_first, names, repository, mode not in _PLAIN)


def _copy(row: Mapping[str, Any], zone: tzinfo) -> Copy:
    """Return an archive; `rename` and `recreate` give it another id and leave when it was begun, in microseconds."""
    name, moment = shown(str(row["name"])), moment_of(str(row["start"]), zone)
    return Copy(name, moment, None, None, id=str(row["id"]), series=_begin(name), origin=f"{moment:%Y%m%dT%H%M%S.%f}")


def moment_of(text: str, zone: tzinfo) -> datetime:
    """Return a moment of borg's in UTC; one without a zone is of `zone`, where borg runs."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _begin(name: str) -> str:
    """Return what stands before the first digit: archives are named after what they are of, then after their date."""
    return name[: next((n for n, c in enumerate(name) if c.isdigit()), len(name))]


def content(printed: str) -> Content:
    """Sum what `list ::ARCHIVE` printed for each file; raise ValueError where it is not that."""
    size, files = 0, 0
    for line in printed.splitlines():
        kind, _, length = line.partition(" ")
        if kind == "-":
            size, files = size + int(length), files + 1
    return Content(size, files)


@dataclass(frozen=True)
class Remembered:
    """How much each archive holds, by its id, kept in a file: no archive ever changes."""

    file: Path

    def read(self) -> dict[str, Content]:
        """Return what is known; nothing where the file is spoilt, as each can be asked for again."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            return {str(one): Content(int(size), int(files)) for one, (size, files) in kept.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def write(self, known: Mapping[str, Content]) -> None:
        """Keep what is known; a disk that refuses costs only asking again."""
        kept = {one: (held.size, held.files) for one, held in known.items()}
        fresh = self.file.with_suffix(".tmp")
        with contextlib.suppress(OSError):
            fresh.write_text(json.dumps(kept), encoding="utf-8")
            fresh.replace(self.file)
