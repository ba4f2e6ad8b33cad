r"""A folder that `pg_dump -Fd` wrote: whether each of its files is there to its end, which pg_restore does not tell.

Of a file that is empty, and of one that is not packed and cut off anywhere, `pg_restore` ends with 0, and a real
restore does, too, with rows missing (15.18). So each file is read here: a packed one to the end of its packing, a
table's to the `\.` and three line ends that `COPY` ends with, or the `;` and three line ends of `--inserts`. Large
objects have no such end: one that is not packed is only known to be listed in `blobs.toc`.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from daemon.api import Text
from jobs.connectors.backups._archive_reading import Archive
from jobs.connectors.backups._dump_programs import WINDOW
from jobs.connectors.backups._outcomes import BEING_WRITTEN, SETTLED, Budget, DamagedError, UnknownError
from jobs.connectors.backups._unpacking import packed_as, unpacked
from jobs.connectors.backups.tree import files_below, moment, open_below, shown

CONTENTS = "toc.dat"
_ROWS = re.compile(r"\d+\.dat(\.\w+)?")
_OBJECT = re.compile(r"(blob_\d+\.dat)(\.\w+)?")
_OBJECTS = re.compile(r"blobs(_\d+)?\.toc")
_LONGEST_END = 8
_NO_ROWS = b"\n\n"
_INSERTS = b"INSERT INTO "


@contextmanager
def settled_folder(folder: Path, now: datetime) -> Iterator[Archive]:
    """Give a folder of pg_dump's to read; raise UnknownError where it is none, or is written to (`now` in UTC)."""
    before = _state(folder)
    if CONTENTS not in before:
        raise UnknownError(Text("it is a folder without {file}: not one that pg_dump wrote", {"file": CONTENTS}))
    newest = max(before.values(), key=lambda status: status.st_mtime)
    if now - moment(newest) < SETTLED:
        raise UnknownError(BEING_WRITTEN)
    yield Archive(folder, _first(folder, CONTENTS, WINDOW))
    if {name: _mark(one) for name, one in _state(folder).items()} != {n: _mark(one) for n, one in before.items()}:
        raise UnknownError(Text("it was written to while it was read"))


def require_whole_files(folder: Path, budget: Budget) -> None:
    """Read each file to its end; raise DamagedError for one that lacks it, UnknownError where that can't be told.

    Raises OverLimitError where more than the budget would have to be read.
    """
    names = sorted(_state(folder))
    listed = _listed_objects(folder, names)
    for name in names:
        told = {"file": shown(name)}
        try:
            _require_whole(folder, name, budget)
        except DamagedError as error:
            raise DamagedError(Text("its file {file}: {reason}", {**told, "reason": error.reason})) from error
        found = _OBJECT.fullmatch(name)
        if found and found[1] not in listed:
            raise DamagedError(Text("its list of large objects lacks {file}", told))


def _require_whole(folder: Path, name: str, budget: Budget) -> None:
    rows = _ROWS.fullmatch(name)
    found = rows or _OBJECT.fullmatch(name)
    if found is None:
        budget.spend((folder / name).stat().st_size)
        return
    if name.endswith(".lz4"):
        raise UnknownError(Text("its rows are packed with lz4, whose end can't be looked for here: use gzip or zstd"))
    head, tail = _ends(folder, name, budget, packed=not name.endswith(".dat"))
    if rows and not _ends_rows(head, tail):
        raise DamagedError(Text("its rows are cut off"))


def _ends(folder: Path, name: str, budget: Budget, *, packed: bool) -> tuple[bytes, bytes]:
    """Return the first and the last bytes of a file, unpacked."""
    head = tail = b""
    packing = packed_as(_first(folder, name, 8))
    with os.fdopen(open_below(folder, tuple(name.split("/"))), "rb") as file:
        if packed and not os.fstat(file.fileno()).st_size:
            raise DamagedError(Text("it is empty"))
        for piece in unpacked(file, packing) if packed else iter(lambda: file.read(1024 * 1024), b""):
            budget.spend(len(piece))
            head = head or piece[: len(_INSERTS)]
            tail = (tail + piece)[-_LONGEST_END:]
    return head, tail


def _ends_rows(head: bytes, tail: bytes) -> bool:
    if head == _NO_ROWS:
        return True
    end = b";\n\n\n" if head.startswith(_INSERTS) else b"\\.\n\n\n"
    return tail.endswith(end)


def _listed_objects(folder: Path, names: list[str]) -> set[str]:
    """Return the files of large objects that the lists of such objects name."""
    listed = set[str]()
    for name in names:
        if _OBJECTS.fullmatch(name):
            with os.fdopen(open_below(folder, (name,)), "rb") as file:
                listed |= {os.fsdecode(line.split(b" ", 1)[-1].strip()) for line in file}
    return listed


def _first(folder: Path, name: str, size: int) -> bytes:
    with os.fdopen(open_below(folder, tuple(name.split("/"))), "rb") as file:
        return file.read(size)


def _state(folder: Path) -> dict[str, os.stat_result]:
    unreadable: list[str] = []
    found = dict(files_below(folder, unreadable))
    if unreadable:
        raise UnknownError(Text("it can't be read: {error}", {"error": unreadable[0]}))
    return found


def _mark(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
