"""Whether one UpdraftPlus backup is complete, and as UpdraftPlus made it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from daemon.api import Text
from jobs.connectors.backups._outcomes import Budget, DamagedError, UnknownError, require_settled, unread
from jobs.connectors.backups._updraft_history import Recorded, last_run, read_option, recorded
from jobs.connectors.backups._updraft_names import Archive, Backup, archive_of, missing_parts
from jobs.connectors.backups._updraft_options import UpdraftOptions
from jobs.connectors.backups._updraft_reading import Tally
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import Verdict


def verify(backup: Backup, begun: datetime, options: UpdraftOptions, now: datetime) -> Verdict:
    """Read every file of a backup that was begun at a moment (UTC).

    Raise DamagedError or UnknownError where there is no need to, OSError where its folder can't be read.
    """
    require_ended(backup, now)
    if options.last_backup:
        _require_success(backup.first.nonce, begun, Path(options.last_backup))
    records = _records(backup.first.nonce, Path(options.history)) if options.history else {}
    archives = _archives(backup, records)
    tally = Tally(Budget(options.verify_limit))
    for name in absent(archives.values(), options):
        tally.lack(name)
    folder = next(iter(backup.archives)).parent
    for name in sorted(archives):
        tally.read(folder, name, records.get(name, Recorded()))
    return tally.verdict(_whole(tally, [records.get(name, Recorded()) for name in archives]))


def absent(archives: Collection[Archive], options: UpdraftOptions) -> list[str]:
    """Return what a backup of these files lacks of what it must hold, and the parts that should lie before others."""
    there = {archive.entity for archive in archives}
    return [*(entity for entity in options.expects if entity not in there), *missing_parts(archives)]


def require_ended(backup: Backup, now: datetime) -> None:
    """Raise UnknownError where a backup is still being made."""
    if backup.unfinished:
        raise UnknownError(
            Text("UpdraftPlus has not ended it: {name} is a piece of it", {"name": shown(backup.unfinished)})
        )
    for path in backup.archives:
        require_settled(path.lstat(), now)


def _require_success(nonce: str, begun: datetime, path: Path) -> None:
    """Raise DamagedError where UpdraftPlus calls this backup failed, UnknownError where another one is and is newer."""
    run = last_run(_option(path), path)
    if run.success or (run.nonce != nonce and run.begun is not None and run.begun < begun):
        return
    told = {"error": run.error}
    if run.nonce == nonce:
        raise DamagedError(Text("UpdraftPlus calls it failed: {error}", told))
    raise UnknownError(Text("UpdraftPlus calls its last backup failed, which is another one: {error}", told))


def _records(nonce: str, path: Path) -> dict[str, Recorded]:
    records = recorded(_option(path), nonce)
    if records is None:
        raise UnknownError(Text("the history does not list it: copy the option updraft_backup_history anew"))
    return records


def _option(path: Path) -> object:
    try:
        return read_option(path)
    except OSError as error:
        why = unread(path, error)
        raise UnknownError(Text("{path} can't be used: {why}", {"path": str(path), "why": why})) from error


def _archives(backup: Backup, records: Mapping[str, Recorded]) -> dict[str, Archive]:
    """Return the files of a backup by name: those that are there and those that the history lists."""
    listed = [archive for archive in map(archive_of, records) if archive is not None]
    return {archive.name: archive for archive in [*backup.archives.values(), *listed]}


def _whole(tally: Tally, records: list[Recorded]) -> Text:
    """Return what is claimed of a backup all of whose files were read and are well."""
    told = {"n": tally.held}
    if all(record.digest for record in records):
        return Text(
            "{n} file is read whole and matches UpdraftPlus's checksum", told,
            "{n} files are read whole and match UpdraftPlus's checksums",
        )  # fmt: skip
    return Text(
        "{n} file is read whole; without UpdraftPlus's checksums, a last part that is missing may not be seen", told,
        "{n} files are read whole; without UpdraftPlus's checksums, a last part that is missing may not be seen",
    )  # fmt: skip
