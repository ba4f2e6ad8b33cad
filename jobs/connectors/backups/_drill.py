"""A file drill: a copy is restored into a scratch folder, what came back is looked at, and the folder is removed.

How the copy gets there is the connector's part; here is the rest. The scratch folder lies below the connection's
own folder, is nobody else's to read, and goes whatever happens: at the end, when the run is told to end (SIGTERM),
and where it was killed at the beginning of the next one. What was restored is hostile: no link in it is followed, so
nothing outside of it is looked at, changed or removed.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from daemon.api import Text, Value
from jobs.connectors.backups._drill_options import AtLeast, Canary, DrillOptions, parts_of
from jobs.connectors.backups._held import ended_in_order, hold
from jobs.connectors.backups._outcomes import DamagedError
from jobs.connectors.backups._strays import end_all_in
from jobs.connectors.backups.tree import files_below, open_below, shown
from jobs.kinds.backup import Copy, Outcome, Verdict

MORE_THAN_THE_COPY = Decimal("1.3")
"""How many times its size must be free before a copy is restored."""
_BELOW = "drills"
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Restored:
    """What came back: regular files, their bytes, and how many seconds that took."""

    files: int
    bytes: int
    seconds: Decimal


def sweep(folder: Path) -> None:
    """Remove the scratch folders that killed runs left below the connection's folder; those in use are left alone.

    What still works in one of them is ended first.
    """
    for left in _entries(folder / _BELOW):
        held = hold(left)
        if held is not None:
            end_all_in(left)
            remove(left)
            os.close(held)


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Give an empty folder (0700) below the connection's folder, and remove it with all that is in it afterwards.

    A SIGTERM meanwhile ends the run by SystemExit, so that it is removed then, too.
    """
    sweep(folder)
    below = folder / _BELOW
    below.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ended_in_order():
        made = Path(tempfile.mkdtemp(dir=below))
        held = hold(made)
        try:
            yield made
        finally:
            remove(made)
            if held is not None:
                os.close(held)


def is_scratch(made: Path, folder: Path) -> bool:
    """Return whether `made` is a scratch folder below the connection's own folder, wherever links may lead."""
    below = folder / _BELOW
    return _is_folder(made) and made.resolve() == below.resolve() / made.name


def remove(folder: Path) -> None:
    """Remove a folder and what was restored into it, also where that may not be written to; follow no link."""
    for base, names, _ in os.walk(folder):
        for name in names:
            path = Path(base, name)
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def chosen(copies: Sequence[Copy], newest: Copy, older: int, today: date) -> Copy:
    """Return the copy to restore on a day: the newest of its series or, on one of `older` days, an earlier one."""
    earlier = [copy for copy in copies if copy.series == newest.series and copy.moment < newest.moment]
    drawn = int(hashlib.sha256(today.isoformat().encode()).hexdigest(), 16)
    if not older or not earlier or drawn % older:
        return newest
    return earlier[drawn // older % len(earlier)]


def measured(copy: Copy, copies: Sequence[Copy]) -> Copy:
    """Return a copy with a size to make room for: its own, else that of the largest beside it whose size is known."""
    known = [one.size for one in copies if one.size is not None]
    return replace(copy, size=max(known)) if copy.size is None and known else copy


def lacking(folder: Path, copy: Copy, options: DrillOptions) -> Text | None:
    """Return why there is no room to restore a copy below a folder, None where there is enough."""
    needed = options.room if options.room is not None else copy.size and int(copy.size * MORE_THAN_THE_COPY)
    if needed is None:
        return Text("how much room a restore needs is not known: say it with `room:` of the drill")
    there = next(one for one in (folder, *folder.parents) if one.is_dir())
    free = shutil.disk_usage(there).free
    if free >= needed:
        return None
    told: dict[str, Value] = {"folder": str(folder), "free": free, "needed": needed}
    return Text("there is no room for a restore in {folder}: {free} of {needed} bytes are free", told)


def judged(tree: Path, options: DrillOptions, seconds: Decimal) -> Verdict:
    """Look at what was restored into a folder in so many seconds, and say what that shows."""
    files = [status.st_size for _, status in files_below(tree, [])]
    came = Restored(len(files), sum(files), seconds)
    try:
        claim = _claim(tree, options, came)
    except DamagedError as error:
        return Verdict(Outcome.BROKEN, reason=error.reason, read=came.bytes, seconds=seconds)
    return Verdict(Outcome.HELD, shown=claim, read=came.bytes, seconds=seconds)


def _claim(tree: Path, options: DrillOptions, came: Restored) -> Text:
    _require_enough(options.at_least, came)
    for path in options.holds:
        if not is_below(tree, parts_of(path)):
            raise DamagedError(Text("a restore did not bring back {path}", {"path": shown(path)}))
    told: dict[str, Value] = {"files": came.files, "bytes": came.bytes, "took": timedelta(seconds=float(came.seconds))}
    claim = Text("{files} files with {bytes} bytes were restored in {took}", told)
    if options.canary is None:
        return claim
    _require_unchanged(tree, options.canary)
    return Text("{claim}, {path} unchanged", {"claim": claim, "path": shown(options.canary.path)})


def _require_enough(wanted: AtLeast, came: Restored) -> None:
    told: dict[str, Value] = {
        "files": came.files, "bytes": came.bytes, "least_files": wanted.files, "least_bytes": wanted.bytes,
    }  # fmt: skip
    if not came.files or not came.bytes:
        raise DamagedError(Text("a restore brought back nothing: {files} files with {bytes} bytes", told))
    if came.files < wanted.files:
        raise DamagedError(Text("a restore brought back {files} of at least {least_files} files", told))
    if came.bytes < wanted.bytes:
        raise DamagedError(Text("a restore brought back {bytes} of at least {least_bytes} bytes", told))


def _require_unchanged(tree: Path, canary: Canary) -> None:
    told = {"path": shown(canary.path)}
    sums = hashlib.sha256()
    try:
        with os.fdopen(open_below(tree, parts_of(canary.path)), "rb") as file:
            while chunk := file.read(_CHUNK):
                sums.update(chunk)
    except FileNotFoundError as error:
        raise DamagedError(Text("a restore did not bring back {path}", told)) from error
    except OSError as error:
        raise DamagedError(Text("{path} came back and can't be read", told)) from error
    if sums.hexdigest() != canary.sha256.lower():
        raise DamagedError(Text("a restore brought back {path} with other content", told))


def is_below(tree: Path, parts: Sequence[str]) -> bool:
    """Return whether `parts` lead to something below a folder without a link on the way, which could lead anywhere."""
    here = tree
    for part in parts[:-1]:
        here = here / part
        if not _is_folder(here):
            return False
    return os.path.lexists(here / parts[-1])


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _entries(folder: Path) -> list[Path]:
    try:
        return [one for one in folder.iterdir() if _is_folder(one)]
    except OSError:
        return []
