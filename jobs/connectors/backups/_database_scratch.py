"""Scratch databases: their names, the folder that each drill works in, and what earlier drills left behind.

Every drill has a folder of its own (0700) named as its database, which it holds until it ends, however that is. A
folder that nobody holds is left over: its database is dropped at the next start. Databases of the prefix without a
folder here are another machine's, or of a state folder that was put back; they are dropped when no drill can be running
any more.
"""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daemon.api import OutsideError
from jobs.connectors.backups._database_options import PREFIX
from jobs.connectors.backups._held import hold

ABANDONED = timedelta(days=2)
"""A drill takes a day at most, so a database that is older than this is nobody's any more."""
_NAME = re.compile(rf"{PREFIX}(\d{{14}})_[0-9a-f]{{16}}")
_STAMP = "%Y%m%d%H%M%S"


@dataclass(frozen=True)
class ScratchName:
    """The name of a scratch database; no other name can be made or dropped. Raises ValueError for any other."""

    text: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.text):
            raise ValueError(f"{self.text!r} is no name of a scratch database")

    @property
    def made(self) -> datetime:
        """When it was made (UTC), by the clock of whoever made it; raises ValueError where that is no time."""
        return datetime.strptime(self.text.removeprefix(PREFIX)[:14], _STAMP).replace(tzinfo=UTC)


def new_name(now: datetime) -> ScratchName:
    """Return a name that nobody has had yet."""
    return ScratchName(f"{PREFIX}{now.astimezone(UTC).strftime(_STAMP)}_{secrets.token_hex(8)}")


def scratch_names(names: Iterable[str]) -> list[ScratchName]:
    """Return those of the names that scratch databases have."""
    return [ScratchName(name) for name in names if _NAME.fullmatch(name)]


@dataclass(frozen=True)
class Place:
    """Where a drill works: its database's name, and a folder that nobody else may look into."""

    name: ScratchName
    folder: Path

    def keep(self, file: str, content: str) -> Path:
        """Write a file that only we may read, such as one with a password."""
        path = self.folder / file
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(content)
        return path


@contextmanager
def place(root: Path, now: datetime) -> Iterator[Place]:
    """Give a drill its folder below `root`, without its files afterwards; it goes with its database, by `forget`."""
    name = new_name(now)
    made = Place(name, root / name.text)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(root):
        made.folder.mkdir(mode=0o700)
        held = hold(made.folder)
    try:
        yield made
    finally:
        _empty(made.folder)
        if held is not None:
            os.close(held)


def forget(made: Place) -> None:
    """Take a drill's folder away, as its database is gone."""
    shutil.rmtree(made.folder, ignore_errors=True)


def sweep(root: Path, now: datetime, there: list[ScratchName], drop: Callable[[ScratchName], None]) -> int:
    """Drop what earlier drills left of the databases that are `there`; return how many there were.

    What can't be dropped is tried again at the next start.
    """
    left, ours = _left_over(root)
    kept = set[str]()
    dropped = 0
    for name in there:
        if name.text not in left and (name.text in ours or not _ancient(name, now)):
            continue
        try:
            drop(name)
            dropped += 1
        except OutsideError:
            kept.add(name.text)
    for text in left - kept:
        shutil.rmtree(root / text, ignore_errors=True)
    return dropped


def _left_over(root: Path) -> tuple[set[str], set[str]]:
    """Return the names whose folder nobody holds any more, their files gone, and those of all folders."""
    if not root.is_dir():
        return set(), set()
    with _alone_in(root):
        ours = {path.name for path in root.iterdir() if _NAME.fullmatch(path.name)}
        left = {name for name in ours if _is_free(root / name)}
    for name in left:
        _empty(root / name)
    return left, ours


@contextmanager
def _alone_in(root: Path) -> Iterator[None]:
    """Hold the folder of all drills, for as long as making and holding one takes: no sweep comes in between."""
    lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _is_free(folder: Path) -> bool:
    held = hold(folder)
    if held is None:
        return False
    os.close(held)
    return True


def _empty(folder: Path) -> None:
    """Take the files of a drill away, among them one with a password."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            path.unlink()


def _ancient(name: ScratchName, now: datetime) -> bool:
    try:
        return now - name.made > ABANDONED
    except ValueError:
        return False
