"""What restic finds in its repository: its structure, its data in parts, its key, and how new restic itself is.

A check without a lock sees a repository that somebody may be changing, and restic before 0.18.1 could take a
disturbed reading for damage (its changelog, 5467). So errors are looked at twice before they are called damage.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from daemon.api import Text, Value
from jobs.connectors.backups._restic_answers import (
    Lock,
    Snapshot,
    Trouble,
    broken_packs,
    ids_of,
    lock_of,
    trouble_of,
    trouble_of_check,
    version_of,
)
from jobs.connectors.backups._restic_options import ResticOptions
from jobs.connectors.backups._restic_program import Restic
from jobs.connectors.backups._restic_words import LATER, sentence, unknown
from jobs.connectors.command import Finished
from jobs.kinds.backup import Outcome, Part, Verdict

SURE_SINCE = (0, 18, 1)
"""From this version on an error in the data of a local repository needs no second look."""
MOST_PARTS = 256
"""restic sorts packs into parts by the first byte of their names (its cmd_check.go)."""
ENOUGH_PACKS = 4
"""How many packs for each part there must be; with fewer a part may be empty, and reading all is quick."""


@dataclass(frozen=True)
class Place:
    """A repository and what is known of it in this run; `folder` is the connection's own, `now` is in UTC."""

    options: ResticOptions
    restic: Restic
    folder: Path
    now: datetime
    dry: bool = False
    snapshots: tuple[Snapshot, ...] = ()

    @property
    def lock(self) -> list[str]:
        """The argument by which checks leave locks alone, unless the owner wants them to lock."""
        return [] if self.options.lock else ["--no-lock"]


def structure(place: Place) -> Verdict:
    """Have restic check everything but the data itself, and look for a lock that a dead program left behind."""
    shown = Text("restic finds its repository in order; its data was not read")
    verdict = _checked(place, [], Verdict(Outcome.HELD, shown=shown), sure=False)
    if verdict.outcome is not Outcome.HELD:
        return verdict
    left = next((lock for lock in _locks(place) if not lock.is_live(place.now)), None)
    return verdict if left is None else Verdict(Outcome.WARN, reason=_left(left, place.now), seconds=verdict.seconds)


def data(place: Place, part: Part) -> Verdict:
    """Have restic read back a part of the data, or all of it where the part would be too small to hold any."""
    listed = place.restic.ask_quickly("list", "packs", "--no-lock")
    trouble = trouble_of(listed)
    if trouble is not None:
        return unknown(trouble, listed, place.restic)
    asked, claim = _reading(ids_of(listed), part)
    return _checked(place, [asked], claim, sure=place.options.folder is not None and _is_sure(place.restic))


def _reading(packs: list[str], part: Part) -> tuple[str, Verdict]:
    """Return how to ask for a part of the packs, and what is claimed where it is well."""
    of = min(part.of, MOST_PARTS)
    if of == 1 or len(packs) < of * ENOUGH_PACKS:
        return "--read-data", Verdict(
            Outcome.HELD, shown=Text("restic read all its data back, {n} packs, without an error", {"n": len(packs)})
        )
    parts = [[pack for pack in packs if int(pack[:2], 16) % of == number] for number in range(of)]
    wanted = (part.number - 1) % of
    number = next(one % of for one in range(wanted, wanted + of) if parts[one % of])
    told: dict[str, Value] = {"n": len(parts[number]), "all": len(packs), "number": number + 1, "of": of}
    shown = Text("restic read part {number} of {of} of its data back, {n} of {all} packs, without an error", told)
    return f"--read-data-subset={number + 1}/{of}", Verdict(Outcome.PARTLY, shown=shown)


def _is_sure(restic: Restic) -> bool:
    version = version_of(restic.ask_quickly("version"))
    return version is not None and version >= SURE_SINCE


def _checked(place: Place, more: list[str], claim: Verdict, *, sure: bool) -> Verdict:
    """Return the claim where a check is well; errors are looked at again, in the time that is left, unless `sure`."""
    arguments = ["check", "--json", *place.lock, *more]
    first = place.restic.ask(*arguments)
    trouble = trouble_of_check(first)
    if trouble is None:
        return _timed(claim, first)
    if trouble is not Trouble.DAMAGED:
        return unknown(trouble, first, place.restic)
    if not place.options.lock and _is_being_changed(place):
        return Verdict(Outcome.UNKNOWN, reason=_changing(first, place.restic), again=LATER)
    return _damaged(first, place.restic) if sure else _looked_again(place, arguments, first)


def _looked_again(place: Place, arguments: list[str], first: Finished) -> Verdict:
    """Return what a second look at errors shows, in the time that the first one left."""
    left = place.restic.limit - timedelta(seconds=float(first.seconds))
    second = place.restic.ask(*arguments, left=left) if left > timedelta() else None
    if second is None or trouble_of_check(second) is not None:
        return _damaged(first, place.restic)
    return Verdict(Outcome.WARN, reason=_passing(first, place.restic), seconds=first.seconds + second.seconds)


def _timed(claim: Verdict, finished: Finished) -> Verdict:
    return Verdict(claim.outcome, shown=claim.shown, seconds=finished.seconds)


def _damaged(finished: Finished, restic: Restic) -> Verdict:
    packs = broken_packs(finished)
    reason = sentence(Trouble.DAMAGED, finished, restic)
    if packs:
        told: dict[str, Value] = {"error": reason, "n": len(packs), "packs": ", ".join(packs[:8])}
        reason = Text("{error} (pack {packs})", told, "{error} ({n} packs: {packs})")
    return Verdict(Outcome.BROKEN, broken=tuple(packs), reason=reason, seconds=finished.seconds)


def _changing(finished: Finished, restic: Restic) -> Text:
    found = sentence(Trouble.DAMAGED, finished, restic)
    return Text("{found}; somebody is changing it meanwhile, so it is asked again", {"found": found})


def _passing(finished: Finished, restic: Restic) -> Text:
    found = sentence(Trouble.DAMAGED, finished, restic)
    return Text(
        "{found}; a second look found none: update restic (before 0.18.1 it could err), and test memory and disk",
        {"found": found},
    )


def _is_being_changed(place: Place) -> bool:
    """Return whether somebody holds the repository for himself alone, as `prune` does, and has not died over it."""
    return any(lock.exclusive and lock.is_live(place.now) for lock in _locks(place))


def _locks(place: Place) -> Iterator[Lock]:
    """Yield the locks on a repository; one that goes while it is asked about is none."""
    for name in ids_of(place.restic.ask_quickly("list", "locks", "--no-lock")):
        found = lock_of(place.restic.ask_quickly("cat", "lock", name, "--no-lock"))
        if found is not None:
            yield found


def _left(lock: Lock, now: datetime) -> Text:
    told: dict[str, Value] = {"who": lock.who, "age": now - lock.moment}
    return Text(
        "a program that no longer renews its lock ({who}, {age}) left it behind, and `forget` and `prune` will stop "
        "at it: where nothing runs there, remove it with `restic unlock`",
        told,
    )


def version(place: Place) -> Verdict:
    """Ask how new restic is, and hold that against what the owner wants."""
    finished = place.restic.ask_quickly("version")
    found = version_of(finished)
    if found is None:
        return unknown(trouble_of(finished) or Trouble.STRANGE, finished, place.restic)
    told: dict[str, Value] = {"found": ".".join(map(str, found)), "wanted": place.options.minimum_version}
    if found < _numbers(place.options.minimum_version):
        return Verdict(Outcome.WARN, reason=Text("restic {found} is older than {wanted}: update it", told))
    return Verdict(Outcome.HELD, shown=Text("restic is {found}", told))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
