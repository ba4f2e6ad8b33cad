"""What can be said of one backup in a bucket: whether it is as its list says, and whether it is locked.

Sums that the server took when an object was uploaded are compared without a download. An ETag is compared with nothing:
that of an upload in parts is no hash of the content, and which one it is can't be seen.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import PurePosixPath

from daemon.api import Text, Value, stopwatch
from jobs.connectors.backups._outcomes import Budget, OverLimitError, UnknownError
from jobs.connectors.backups._s3_asking import Bucket, Head, Lock, Stored
from jobs.connectors.backups._s3_copies import Held
from jobs.connectors.backups._s3_told import MISSING, S3Error
from jobs.connectors.backups.manifest import Entry, ManifestError, parse_manifest
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import Outcome, Verdict

_REPLACED = Text("it was replaced while it was looked at")


@dataclass
class _Tally:
    """What asking about the files of a backup has shown so far."""

    listed: int
    held: int = 0
    bare: int = 0
    """Files that nothing could be compared with."""
    left: int = 0
    read: int = 0
    broken: list[str] = field(default_factory=list)
    unknown: list[Text] = field(default_factory=list)

    def note(self, name: str, known: str, found: str) -> None:
        """Note whether a file has the sum that is known of it; either may be empty."""
        if not (known and found):
            self.bare += 1
        elif known == found:
            self.held += 1
        else:
            self.broken.append(name)


@dataclass(frozen=True)
class Comparing:
    """Compares one backup with its list; `budget` says how many bytes may be read back, None that none are."""

    bucket: Bucket
    held: Held
    budget: Budget | None

    def verdict(self) -> Verdict:
        """Return what the comparison shows; raise UnknownError, S3Error or ManifestError where none can be made."""
        if not self.held.lists and self.budget is None:
            return Verdict(Outcome.NOT_ASKED)
        passed = stopwatch()
        there = {one.key: one for one in self.held.objects}
        sums = self._sums() if self.held.lists else dict.fromkeys(there, "")
        tally = self._tallied(sums, there)
        unlisted = [self._name(key) for key in there if key not in sums]
        return self._verdict(tally, unlisted, Decimal(f"{passed():.3f}"))

    def _tallied(self, sums: Mapping[str, str], there: Mapping[str, Stored]) -> _Tally:
        """Compare what is `there` with its sums, as far as so many may be asked about; what is not there is broken."""
        tally = _Tally(len(sums))
        for number, (key, digest) in enumerate(sorted(sums.items())):
            if key not in there:
                tally.broken.append(self._name(key))
            elif number >= self.bucket.most_asked:
                tally.left += 1
            else:
                self._compare(there[key], digest, tally)
        return tally

    def _compare(self, one: Stored, wanted: str, tally: _Tally) -> None:
        """Compare one object with its sum (empty: none is listed) and note what that shows."""
        try:
            head = self._head(one)
            found = head.sha256 if self.budget is None else self._read(one.key, head, tally)
        except OverLimitError:
            tally.left += 1
        except UnknownError as error:
            tally.unknown.append(error.reason)
        except S3Error as error:
            if error.status != MISSING:
                raise
            tally.broken.append(self._name(one.key))
        else:
            tally.note(self._name(one.key), wanted or head.sha256, found)

    def _head(self, one: Stored) -> Head:
        head = self.bucket.head(one.key)
        if head.size != one.size:
            raise UnknownError(_REPLACED)
        return head

    def _read(self, key: str, head: Head, tally: _Tally) -> str:
        assert self.budget is not None
        self.budget.spend(head.size)
        sums = hashlib.sha256()
        for piece in self.bucket.pieces(key, head):
            sums.update(piece)
            tally.read += len(piece)
        return sums.hexdigest()

    def _name(self, key: str) -> str:
        return shown(key[len(self.held.folder) :])

    def _sums(self) -> dict[str, str]:
        """Return the hash of each listed file by its key; raise ManifestError where a list can't be used."""
        sums: dict[str, str] = {}
        for key in self.held.lists:
            for entry in parse_manifest(self.bucket.small(key), shown(key)):
                named = self._named(entry)
                if named and sums.setdefault(named, entry.sha256) != entry.sha256:
                    raise ManifestError(f"{shown(key)} gives {shown(entry.name)} another checksum than before")
        if self.held.alone and not sums:
            raise ManifestError("it does not list this backup")
        return sums

    def _named(self, entry: Entry) -> str:
        """Return the key that an entry means; "" where that is another backup's."""
        path = PurePosixPath(entry.name)
        if self.held.alone:
            own = self.held.objects[0].key
            return own if path.name == own.rpartition("/")[2] else ""
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ManifestError(f"it names {shown(entry.name)}, which is no part of the copy")
        return self.held.folder + str(path)

    def _verdict(self, tally: _Tally, unlisted: list[str], seconds: Decimal) -> Verdict:
        read = None if self.budget is None else tally.read
        if tally.broken:
            return Verdict(
                Outcome.BROKEN,
                tally.held,
                tally.listed,
                tuple(tally.broken),
                tuple(unlisted),
                read=read,
                seconds=seconds,
            )
        if tally.unknown:
            return Verdict(
                Outcome.UNKNOWN,
                tally.held,
                tally.listed,
                (),
                tuple(unlisted),
                tally.unknown[0],
                read=read,
                seconds=seconds,
            )
        outcome = Outcome.HELD if tally.held == tally.listed else Outcome.PARTLY
        how = _shown(tally, self.held, self.budget)
        return Verdict(outcome, tally.held, tally.listed, (), tuple(unlisted), shown=how, read=read, seconds=seconds)


def _shown(tally: _Tally, held: Held, budget: Budget | None) -> Text:
    """Return what is claimed: how much was compared, with what, and whether anything was read back."""
    told = {"held": tally.held, "listed": tally.listed}
    against = Text("the list") if held.lists else Text("the server's own checksums")
    if budget is not None:
        done = Text("{held} of {listed} files read back and as {against} has them", {**told, "against": against})
    else:
        done = Text("the server's checksums of {held} of {listed} files are those of the list; not read back", told)
    if tally.bare:
        return Text(
            "{done}; the server keeps no SHA-256 of {bare}: upload with one, or say `read: true` beside a list",
            {"done": done, "bare": tally.bare},
        )
    return Text("{done}; {left} left because of a limit", {"done": done, "left": tally.left}) if tally.left else done


def locked(bucket: Bucket, held: Held, now: datetime, days: int) -> Verdict:
    """Return whether each object of a backup is locked for so many days from `now`; raise S3Error where not told."""
    asked = {one.key: bucket.lock(one.key) for one in held.objects[: bucket.most_asked]}
    locks = {key: lock for key, lock in asked.items() if lock is not None and _holds(lock, now)}
    loose = [key for key in asked if key not in locks]
    if loose:
        return _broken(loose, held, _why_not(bucket))
    return _long_enough(locks, held, now, days)


def _holds(lock: Lock, now: datetime) -> bool:
    return lock.mode in {"COMPLIANCE", "GOVERNANCE"} and lock.until > now


def _long_enough(locks: Mapping[str, Lock], held: Held, now: datetime, days: int) -> Verdict:
    """Return whether the locks of all objects that were asked about last for so many days."""
    first = min(lock.until for lock in locks.values())
    short = [key for key, lock in locks.items() if lock.until < now + timedelta(days=days)]
    told: Mapping[str, Value] = {"until": first, "days": days, "n": len(locks), "all": len(held.objects)}
    if short:
        return _broken(short, held, Text("its lock ends at {until}, before the {days} days that it should hold", told))
    outcome = Outcome.HELD if len(locks) == len(held.objects) else Outcome.PARTLY
    return Verdict(outcome, len(locks), len(held.objects), shown=_strength(locks.values(), told))


def _broken(keys: list[str], held: Held, reason: Text) -> Verdict:
    listed = len(held.objects)
    return Verdict(Outcome.BROKEN, listed - len(keys), listed, tuple(map(shown, keys)), reason=reason)


def _why_not(bucket: Bucket) -> Text:
    try:
        able = bucket.locks()
    except S3Error:
        able = True
    if able:
        return Text("it is not locked: give the bucket a default retention, or the program that uploads one")
    return Text("it is not locked, as its bucket can't lock: object lock is switched on for a bucket first")


def _strength(known: Iterable[Lock], told: Mapping[str, Value]) -> Text:
    """Return what is claimed of locks that are all long enough."""
    if all(lock.mode == "COMPLIANCE" for lock in known):
        return Text("{n} of {all} files can be removed by nobody before {until}", told)
    return Text(
        "{n} of {all} files are locked until {until}, but whoever may bypass it can remove them (GOVERNANCE)", told
    )
