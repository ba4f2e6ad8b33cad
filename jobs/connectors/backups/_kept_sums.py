"""Whether stored copies still hold what they held when they were first read: no format needs a checksum for that.

A disk or a cloud that turns a bit changes neither a file's size nor its time. So the SHA-256 of each copy is kept from
its first reading on, and held against each later one. A copy that was written to since is another copy. The sums lie
in the connection's own folder, away from the copies; the least recently read are read first, so that all are in turn.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil
from pathlib import Path

from daemon.api import Outlet, Text, Value, stopwatch
from jobs.connectors.backups._outcomes import (
    BEING_WRITTEN,
    Budget,
    OverLimitError,
    UnknownError,
    require_settled,
    unread,
)
from jobs.connectors.backups.tree import files_below, open_below, steady
from jobs.kinds.backup import Check, Copy, Outcome, Verdict

FILE = "sums.json"
KEEP_AFTER = timedelta(minutes=1)
"""So often what was read is kept meanwhile: a run that is cut short need not read it again."""
_CHUNK = 1024 * 1024
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sum:
    """What a copy held: `stamp` tells names, sizes and times of its files, `sha256` what is in them.

    `first` and `last` (ISO 8601, UTC) are when it was first and last read; `changed`, that the last reading differed.
    """

    stamp: str
    sha256: str
    first: str
    last: str
    changed: bool = False


@dataclass
class _Tally:
    """What reading copies has shown so far; `read` is in bytes."""

    same: int = 0
    new: int = 0
    read: int = 0
    changed: dict[str, Sum] = field(default_factory=dict)
    closed: list[Text] = field(default_factory=list)

    @property
    def found(self) -> int:
        """How many copies were read and speak for themselves."""
        return self.same + self.new


def offered(copies: Iterable[Copy], limit: int) -> frozenset[Check]:
    """Return the check, but nothing where every copy is larger than may be read: it would never give an answer."""
    every = list(copies)
    return frozenset({Check.UNCHANGED}) if not every or _within(every, limit) else frozenset()


def _within(copies: Iterable[Copy], limit: int) -> list[Copy]:
    """Return the copies that are not larger than may be read."""
    return [copy for copy in copies if (copy.size or 0) <= limit]


@dataclass(frozen=True)
class KeptSums:
    """The copies at their paths; `limit` is how many bytes of one may be read."""

    copies: Mapping[Copy, Path]
    outlet: Outlet
    limit: int

    def verdict(self, newest: Copy, share: int) -> Verdict:
        """Read back at least one part of `share` of all bytes, and say whether anything changed by itself."""
        passed, kept_at = stopwatch(), 0.0
        known, tally, readable = self._known(), _Tally(), _within(self.copies, self.limit)
        wanted = ceil(sum(copy.size or 0 for copy in readable) / share)
        for copy in sorted(readable, key=lambda copy: _turn(copy, known.get(copy.name), newest)):
            self._read(copy, known, tally)
            if passed() - kept_at > KEEP_AFTER.total_seconds():
                self._keep(known)
                kept_at = passed()
            if tally.read >= wanted:
                break
        self._keep(known)
        said = _verdict(tally, over=len(self.copies) - len(readable))
        return replace(said, read=tally.read, seconds=Decimal(f"{passed():.3f}"))

    def _read(self, copy: Copy, known: dict[str, Sum], tally: _Tally) -> None:
        """Read one copy and note what that shows, in the tally and among the sums that are known."""
        path, before = self.copies[copy], known.get(copy.name)
        try:
            held = _held(path, self.outlet.now, self.limit)
        except (FileNotFoundError, OverLimitError, UnknownError):  # it goes or grows just now: its turn comes again
            return
        except OSError as error:
            tally.closed.append(unread(path, error))
            return
        tally.read += copy.size or 0
        if before is None or before.stamp != held.stamp:
            tally.new += 1
            known[copy.name] = held
            return
        changed = before.sha256 != held.sha256
        known[copy.name] = replace(before, last=held.last, changed=changed)
        if changed:
            tally.changed[copy.name] = before
        else:
            tally.same += 1

    def _known(self) -> dict[str, Sum]:
        """Return the sums of the copies that are still there; none where the file is spoilt, so that all begin anew."""
        try:
            told = json.loads((self.outlet.folder / FILE).read_text(encoding="utf-8"))
            kept = {str(name): Sum(**one) for name, one in told.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
        return {copy.name: kept[copy.name] for copy in self.copies if copy.name in kept}

    def _keep(self, known: Mapping[str, Sum]) -> None:
        """Keep the sums; a disk that refuses costs only reading again, and a dry run leaves nothing."""
        if self.outlet.dry:
            return
        with contextlib.suppress(OSError):
            self.outlet.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = self.outlet.folder / f"{FILE}.new"
            fresh.write_text(json.dumps({name: asdict(one) for name, one in known.items()}), encoding="utf-8")
            fresh.replace(self.outlet.folder / FILE)


def _turn(copy: Copy, kept: Sum | None, newest: Copy) -> tuple[bool, bool, datetime, datetime]:
    """Return when a copy's turn is: what had changed, a newest copy without a sum, the least recently read."""
    calm = kept is None or not kept.changed
    known = kept is not None or copy != newest
    return calm, known, datetime.fromisoformat(kept.last) if kept else _NEVER, copy.moment


def _held(path: Path, now: datetime, limit: int) -> Sum:
    """Return what a copy holds.

    Raises UnknownError where it is being written, OverLimitError where it is larger than may be read, OSError where it
    can't be read.
    """
    stamp, content, budget = hashlib.sha256(), hashlib.sha256(), Budget(limit)
    for folder, name in _files(path):
        with steady(open_below(folder, name.split("/"))) as file:
            status = os.fstat(file.fileno())
            require_settled(status, now)
            budget.spend(status.st_size)
            inside = hashlib.sha256()
            while chunk := file.read(_CHUNK):
                inside.update(chunk)
        stamp.update(os.fsencode(name) + f"\0{status.st_size} {status.st_mtime_ns}\n".encode())
        content.update(os.fsencode(name) + b"\0" + inside.digest())
    moment = now.isoformat()
    return Sum(stamp.hexdigest(), content.hexdigest(), moment, moment)


def _files(path: Path) -> Sequence[tuple[Path, str]]:
    """Return the files of a copy, each with the folder that its name is below; raise OSError where one is closed."""
    if not path.is_dir():
        return [(path.parent, path.name)]
    closed: list[str] = []
    names = sorted(name for name, _ in files_below(path, closed))
    if closed:
        raise PermissionError(None, "a folder in it is closed", closed[0])
    return [(path, name) for name in names]


def _verdict(tally: _Tally, over: int) -> Verdict:
    if tally.changed:
        listed = tally.found + len(tally.changed)
        return Verdict(Outcome.BROKEN, tally.found, listed, tuple(tally.changed), reason=_changed(tally.changed))
    if tally.closed:
        return Verdict(Outcome.UNKNOWN, reason=tally.closed[0])
    if not tally.found:
        return Verdict(Outcome.NOT_ASKED, shown=BEING_WRITTEN)
    return Verdict(Outcome.PARTLY, tally.found, tally.found, shown=_claim(tally, over))


def _changed(changed: Mapping[str, Sum]) -> Text:
    name, before = next(iter(changed.items()))
    told: dict[str, Value] = {"name": name, "first": datetime.fromisoformat(before.first), "n": len(changed)}
    return Text(
        "{name} holds something else than when it was first read ({first}), though nobody wrote to it",
        told,
        "{n} copies hold something else than when they were first read, though nobody wrote to them; one is {name}",
    )


def _claim(tally: _Tally, over: int) -> Text:
    told: dict[str, Value] = {"n": tally.found, "new": tally.new}
    claim = Text(
        "{n} copy was read back, {new} for the first time; it has not changed",
        told,
        "{n} copies were read back, {new} for the first time; none has changed",
    )
    return Text("{claim}; larger than `verify_limit`: {over}", {"claim": claim, "over": over}) if over else claim
