"""Reading a tree of files that others change meanwhile: no links, no devices, nothing outside of it."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

_LAST_SECOND = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


def shown(name: str) -> str:
    """Return a file name as text that can be printed and stored, whatever bytes it is made of."""
    printable = os.fsencode(name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in printable)


def open_below(folder: Path, parts: Sequence[str]) -> int:
    """Return a descriptor of the regular file `parts` below `folder`; raise OSError where a link is on the way."""
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = inner
        opened = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    finally:
        os.close(here)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError("not a regular file")
    return opened


@contextmanager
def steady(opened: int) -> Iterator[BinaryIO]:
    """Give the file of a descriptor to read; raise OSError, whatever was read, where it was written to meanwhile."""
    with os.fdopen(opened, "rb") as file:
        before = os.fstat(file.fileno())
        try:
            yield file
        finally:
            after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise OSError("it was written to while it was read")


def files_below(folder: Path, unreadable: list[str]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield each regular file below a folder by its relative name; folders that can't be read go to `unreadable`."""

    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            unreadable.append(shown(str(error.filename)))

    for base, _, names in os.walk(folder, onerror=note):
        for name in names:
            path = os.path.join(base, name)  # noqa: PTH118 - os.walk gives text, and there may be many
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode):
                yield os.path.relpath(path, folder), status


def moment(status: os.stat_result) -> datetime:
    """Return the time of modification (UTC); a time that no calendar holds becomes the last day there is."""
    return datetime.fromtimestamp(max(0, min(status.st_mtime, _LAST_SECOND)), UTC)
