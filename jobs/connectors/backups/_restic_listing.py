"""Listing what a repository holds, choosing the check that was asked for, and what to do where neither works."""

import json
from collections.abc import Callable
from pathlib import Path

from daemon.api import Outlet, OutsideError, Text
from jobs.connectors._rights import unreadable, unreadable_root
from jobs.connectors.backups import _restic_checks as checks
from jobs.connectors.backups import _restic_restoring as restoring
from jobs.connectors.backups._drill import sweep
from jobs.connectors.backups._restic_answers import Snapshot, Trouble, sized, snapshots_of, total_of, trouble_of
from jobs.connectors.backups._restic_checks import Place
from jobs.connectors.backups._restic_options import ResticOptions
from jobs.connectors.backups._restic_program import Restic, restic
from jobs.connectors.backups._restic_words import refusal, sentence
from jobs.kinds.backup import Check, Copy, Outcome, Part, Verdict

_SIZES = "sizes.json"


def place(options: ResticOptions, outlet: Outlet, snapshots: tuple[Snapshot, ...] = ()) -> Place:
    """Return the repository as the connection is configured."""
    return Place(options, restic(options, outlet.folder), outlet.folder, outlet.now, outlet.dry, snapshots)


def listed(options: ResticOptions, outlet: Outlet) -> tuple[list[Snapshot], list[str]]:
    """Return the copies, newest first, and the names of those that restic could not read.

    Raise OutsideError where it can't list any.
    """
    sweep(outlet.folder)
    asked = restic(options, outlet.folder)
    finished = asked.ask_quickly("snapshots", "--json", "--no-lock", *options.filters)
    trouble = trouble_of(finished)
    if trouble is not None:
        raise refusal(trouble, finished, asked)
    try:
        snapshots, unread = snapshots_of(finished)
    except ValueError as error:
        raise refusal(Trouble.STRANGE, finished, asked) from error
    return _measured(snapshots, asked, outlet.folder / _SIZES), unread


def _measured(snapshots: list[Snapshot], asked: Restic, remembered: Path) -> list[Snapshot]:
    """Return the copies with sizes that an older restic does not list: the newest's is asked for once, and kept."""
    if all(one.copy.size is not None for one in snapshots):
        return snapshots
    known = _sizes(remembered)
    newest = snapshots[0].copy
    if newest.size is None and newest.id not in known:
        total = total_of(asked.ask("stats", newest.id, "--json", "--no-lock"))
        if total is not None:
            known[newest.id] = total
            _keep(remembered, {one.copy.id: known[one.copy.id] for one in snapshots if one.copy.id in known})
    return [sized(one, known.get(one.copy.id)) for one in snapshots]


def _sizes(path: Path) -> dict[str, int]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): int(size) for name, size in kept.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _keep(path: Path, sizes: dict[str, int]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(sizes), encoding="utf-8")
    new.replace(path)


def examined(where: Place, check: Check, copy: Copy, part: Part) -> Verdict:
    """Make one check of those that the store offers."""
    made: dict[Check, Callable[[], Verdict]] = {
        Check.STRUCTURE: lambda: checks.structure(where),
        Check.DATA: lambda: checks.data(where, part),
        Check.VERSION: lambda: checks.version(where),
        Check.KEY: lambda: restoring.key(where),
        Check.ROOM: lambda: restoring.enough_room(where, copy),
        Check.RESTORE: lambda: restoring.restored(where, copy),
    }
    try:
        return made[check]()
    except OutsideError as error:
        return Verdict(Outcome.UNKNOWN, reason=Text("restic can't be asked: {error}", {"error": str(error)}))
    except OSError as error:
        return Verdict(
            Outcome.UNKNOWN, reason=Text("it can't be read: {error}", {"error": error.strerror or str(error)})
        )


def advice(options: ResticOptions, outlet: Outlet) -> Text | None:
    """Return what to do where the repository can't be opened or holds no copy that counts; nothing is kept."""
    where = place(options, outlet)
    version = checks.version(where)
    if version.reason is not None:
        return version.reason
    closed = _closed(options)
    if closed is not None:
        return closed
    finished = where.restic.ask_quickly("snapshots", "--json", "--no-lock", "--no-cache", *options.filters)
    trouble = trouble_of(finished)
    if trouble is not None:
        return sentence(trouble, finished, where.restic)
    snapshots, _ = snapshots_of(finished)
    if not snapshots:
        return Text("the repository holds no copy that counts: make one, or correct `host:`, `tags:` and `paths:`")
    return None


def _closed(options: ResticOptions) -> Text | None:
    """Return which file or folder of this machine can't be read, and what to do; restic tells of a missing one."""
    files = [path for path in (options.password_file, options.key_file) if path is not None]
    found = [unreadable(path) for path in files]
    if options.folder is not None:
        found += [unreadable_root(options.folder), *(unreadable(path) for path in _inside(options.folder))]
    return next(filter(None, found), None)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
