"""The copies that a path or a pattern names: what counts as one, how old and how large it is. Only ever read."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path
from typing import Literal

from daemon.api import OutsideError, Text
from jobs.connectors._rights import unreadable
from jobs.connectors.backups.tree import files_below, moment, shown
from jobs.kinds.backup import Copy, Inventory

_WILD = re.compile(r"[*?\[]")
_NO_COPIES = frozenset({"lost+found"})


def usable_path(path: str) -> str:
    """Return the path as it is; raise ValueError for one that is relative or could lead anywhere."""
    if not path.startswith("/"):
        raise ValueError("the path is given from the root, such as /srv/backup or /srv/backup/shop-*.tar.gz")
    if "**" in path or ".." in Path(path).parts:
        raise ValueError("** and .. can't be part of the path: name each level, such as /srv/backup/*/*.gz")
    return path


@dataclass(frozen=True)
class Copies:
    """Where copies lie, and what was found there; files that match `listing` tell of others and are part of none."""

    path: str
    newest_by: Literal["mtime", "name"] = "mtime"
    listing: str = ""
    found: dict[Copy, Path] = field(default_factory=dict)

    def inventory(self) -> Inventory:
        """Return every copy below the path; raise OutsideError where its plain part can't be read."""
        self.found.clear()
        unreadable: list[str] = []
        root, pattern = self._place()
        try:
            candidates = list(self._matching(root, pattern, unreadable))
        except OSError as error:
            raise OutsideError(
                f"the backups below {root} can't be read ({error.strerror}): is the disk mounted and readable by us?"
            ) from error
        for path in candidates:
            copy = self._copy(root, path, unreadable)
            if copy is not None:
                self.found[copy] = path
        by_name = self.newest_by == "name"
        newest_first = sorted(self.found, key=lambda c: (c.name if by_name else c.moment, c.name), reverse=True)
        return Inventory(newest_first, tuple(unreadable))

    def check(self) -> Text | None:
        """Return what to do where no copy can be found or read, else None; no copy is verified."""
        root, pattern = self._place()
        closed: list[str] = []
        reason = unreadable(root)
        if reason is not None:
            return reason
        found = next(self._matching(root, pattern, closed), None)
        if found is not None:
            return unreadable(found)
        if closed:
            return unreadable(Path(closed[0]))
        return Text("no backup is found at {path}: make one, or correct `path:`", {"path": self.path})

    @property
    def folder(self) -> Path:
        """The folder that all copies lie below."""
        return self._place()[0]

    def _place(self) -> tuple[Path, tuple[str, ...]]:
        """Return the folder before the first wildcard and the pattern of each level below it."""
        path = Path(self.path)
        wild = next((i for i, part in enumerate(path.parts) if _WILD.search(part)), None)
        if wild is not None:
            return Path(*path.parts[:wild]), path.parts[wild:]
        return (path.parent, (escape(path.name),)) if path.is_file() else (path, ("*",))

    def _matching(self, folder: Path, pattern: Sequence[str], unreadable: list[str]) -> Iterator[Path]:
        with os.scandir(folder) as entries:
            matching = [e for e in entries if fnmatchcase(e.name, pattern[0]) and self._counts(e, pattern[0])]
        for entry in matching:
            if len(pattern) == 1:
                yield Path(entry.path)
            elif entry.is_dir(follow_symlinks=False):
                try:
                    yield from self._matching(Path(entry.path), pattern[1:], unreadable)
                except FileNotFoundError:
                    continue
                except OSError:
                    unreadable.append(shown(entry.path))

    def _counts(self, entry: os.DirEntry[str], pattern: str) -> bool:
        hidden = entry.name.startswith(".") and not pattern.startswith(".")
        return not (hidden or self.is_listing(entry.name) or entry.name in _NO_COPIES)

    def _copy(self, root: Path, path: Path, unreadable: list[str]) -> Copy | None:
        name = shown(str(path.relative_to(root)))
        try:
            status = path.lstat()
        except FileNotFoundError:
            return None
        if stat.S_ISREG(status.st_mode):
            return Copy(name, moment(status), status.st_size, 1)
        if not stat.S_ISDIR(status.st_mode):
            return None
        inside = [s for relative, s in files_below(path, unreadable) if not self.is_listing(relative)]
        newest = max(inside, key=lambda s: s.st_mtime, default=status)
        return Copy(name, moment(newest), sum(s.st_size for s in inside), len(inside))

    def is_listing(self, relative: str) -> bool:
        """Say whether a file, by its name below the copy, tells of others."""
        return bool(self.listing) and fnmatchcase(relative, self.listing) and "/" not in relative
