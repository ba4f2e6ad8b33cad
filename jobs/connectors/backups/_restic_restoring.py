"""What needs a disk beside restic's word: a restore that is looked at, room for it, and the copy of the key."""

from daemon.api import Text, Value
from jobs.connectors.backups._drill import chosen, judged, lacking, measured, scratch
from jobs.connectors.backups._drill_options import DrillOptions
from jobs.connectors.backups._keys import key_copy
from jobs.connectors.backups._restic_answers import Snapshot, Trouble, first_error, ids_of, is_about, trouble_of
from jobs.connectors.backups._restic_checks import Place
from jobs.connectors.backups._restic_words import sentence, unknown
from jobs.connectors.backups._room import Needs, room
from jobs.connectors.command import Finished
from jobs.kinds.backup import Copy, Outcome, Verdict

_FULL = "no space left on device"
_NOT_OURS = "operation not permitted"
"""What restic says of owners, devices and attributes that only root may set."""


def restored(place: Place, newest: Copy) -> Verdict:
    """Restore a copy into a scratch folder, look at what came back, and remove it."""
    drill = place.options.drill or DrillOptions()
    copies = [one.copy for one in place.snapshots]
    copy = chosen(copies, newest, drill.older, place.now.date())
    reason = lacking(place.folder, measured(copy, copies), drill)
    if reason is not None:
        return Verdict(Outcome.UNKNOWN, reason=reason)
    with scratch(place.folder) as tree:
        include = [f"--include={path}" for path in drill.include]
        finished = place.restic.ask("restore", copy.id, "--json", "--no-lock", f"--target={tree}", *include)
        trouble = trouble_of(finished)
        if trouble is not None:
            return _failed(trouble, finished, place)
        verdict = judged(tree, drill, finished.seconds)
    return _of_an_older_one(verdict, copy) if copy != newest else verdict


def _failed(trouble: Trouble, finished: Finished, place: Place) -> Verdict:
    """Return what a restore that restic did not end well shows; neither a full disk nor want of rights is damage."""
    if is_about(finished, _NOT_OURS):
        told = {"error": place.restic.shown(first_error(finished))}
        reason = Text("this user can't restore all of it ({error}): say with `include:` what it can", told)
        return Verdict(Outcome.UNKNOWN, reason=reason)
    if trouble is not Trouble.DAMAGED or _FULL in finished.complaint:
        return unknown(trouble if trouble is not Trouble.DAMAGED else Trouble.FAILED, finished, place.restic)
    reason = Text("a restore failed: {error}", {"error": sentence(Trouble.DAMAGED, finished, place.restic)})
    return Verdict(Outcome.BROKEN, reason=reason, seconds=finished.seconds)


def _of_an_older_one(verdict: Verdict, copy: Copy) -> Verdict:
    told: dict[str, Value] = {"said": verdict.shown or verdict.reason, "at": copy.moment}
    said = Text("{said} (the copy of {at})", told)
    shown, reason = (said, None) if verdict.shown else (None, said)
    return Verdict(verdict.outcome, shown=shown, reason=reason, read=verdict.read, seconds=verdict.seconds)


def enough_room(place: Place, newest: Copy) -> Verdict:
    """Look for room beside a repository on this machine and, where restores are tried, for one."""
    needs = []
    if place.options.folder is not None:
        needs.append(Needs(place.options.folder, _next(place.snapshots, newest)))
    if place.options.drill is not None:
        needs.append(Needs(place.folder, newest.size))
    return room(needs)


def _next(snapshots: tuple[Snapshot, ...], newest: Copy) -> int | None:
    """Return how much the next copy may add: as much as the newest did or, where that is not told, all of it."""
    found = next((one for one in snapshots if one.copy.id == newest.id), None)
    return newest.size if found is None or found.added is None else found.added


def key(place: Place) -> Verdict:
    """List the keys, one of which must fit the password, and look at the copy of the key.

    `key list` would do, but up to 0.14 it takes a lock whatever it is told, and waits for it where it can't be written.
    """
    listed = place.restic.ask_quickly("list", "keys", "--no-lock")
    trouble = trouble_of(listed)
    if trouble is Trouble.PASSWORD:
        return Verdict(Outcome.BROKEN, reason=sentence(trouble, listed, place.restic))
    if trouble is not None:
        return unknown(trouble, listed, place.restic)
    if not ids_of(listed):
        return unknown(Trouble.STRANGE, listed, place.restic)
    opens = Text("the password opens the repository")
    if place.options.key_file is None:
        return Verdict(Outcome.HELD, shown=opens)
    copy = key_copy(place.options.key_file, place.folder, remember=not place.dry)
    shown = copy.shown and Text("{opens}; {copy}", {"opens": opens, "copy": copy.shown})
    return Verdict(copy.outcome, reason=copy.reason, shown=shown)
