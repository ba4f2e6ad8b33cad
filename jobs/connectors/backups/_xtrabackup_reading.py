"""What xtrabackup and mariadb-backup leave in the folder of a backup (Percona XtraBackup 8.0 and 8.4, MariaDB 10.11).

`xtrabackup_checkpoints` says of which kind it is and between which positions of the log (LSN) it lies; newer ones of
MariaDB call it `mariadb_backup_checkpoints`. `xtrabackup_info` is written at the end and says when it was begun, in
local time without a zone. An incremental backup begins where an earlier one ended: its `from_lsn` is that one's
`to_lsn`, down to a full one at 0. The last line of what the program logs ends with `completed OK!`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from daemon.api import Text, Value
from jobs.connectors.backups._outcomes import DamagedError, UnknownError
from jobs.connectors.backups.tree import files_below, moment, open_below, shown
from jobs.kinds.backup import Copy

_CHECKPOINTS = ("xtrabackup_checkpoints", "mariadb_backup_checkpoints")
_INFO = ("xtrabackup_info", "mariadb_backup_info")
_KINDS = frozenset({"full-backuped", "incremental", "full-prepared", "log-applied"})
_LARGEST = 1024 * 1024
_TAIL = 4096
_DONE = b"completed OK!"


_BEGUN = ("backup-my.cnf", "ibdata1", "ibdata1.delta", *_INFO)
"""Files by which a backup that was not made to its end is known to be one."""


@dataclass(frozen=True)
class Backup:
    """The folder of one backup, between two positions of the log; `wrong` is what its own notes show to be wrong."""

    folder: Path
    begun: datetime
    from_lsn: int = 0
    to_lsn: int = 0
    wrong: Text | None = None

    @property
    def is_full(self) -> bool:
        """Whether it needs no other."""
        return self.from_lsn == 0


def backup_in(folder: Path, zone: tzinfo) -> Backup | None:
    """Return the backup in a folder, None where none lies there; raise OSError where that can't be told."""
    checkpoints, info = _values(folder, _CHECKPOINTS), _values(folder, _INFO)
    begun = _begun(info or {}, folder, zone)
    if checkpoints is None:
        return _unended(folder, begun)
    try:
        kind, first, last = checkpoints["backup_type"], int(checkpoints["from_lsn"]), int(checkpoints["to_lsn"])
    except (KeyError, ValueError):
        return Backup(folder, begun, wrong=Text("its xtrabackup_checkpoints is not whole"))
    if kind not in _KINDS or not 0 <= first <= last:
        return Backup(folder, begun, wrong=Text("its xtrabackup_checkpoints makes no sense"))
    unended = None if info else Text("it has no xtrabackup_info: it was not made to its end")
    return Backup(folder, begun, first, last, unended)


def _unended(folder: Path, begun: datetime) -> Backup | None:
    """Return a backup whose notes were never written, as they are last; None where the folder is none."""
    if not any((folder / one).exists() for one in _BEGUN):
        return None
    return Backup(folder, begun, wrong=Text("it has no xtrabackup_checkpoints: it was not made to its end"))


def _begun(info: Mapping[str, str], folder: Path, zone: tzinfo) -> datetime:
    """Return when a backup was begun (UTC) or, where it does not say, when its folder was last written to."""
    try:
        return datetime.fromisoformat(info["start_time"]).replace(tzinfo=zone).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return moment(folder.stat())


def _values(folder: Path, names: Sequence[str]) -> dict[str, str] | None:
    """Return the `name = value` lines of the first of these files that is there."""
    for name in names:
        try:
            with os.fdopen(open_below(folder, (name,)), "rb") as file:
                lines = file.read(_LARGEST).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            continue
        return {key.strip(): value.strip() for key, mark, value in (line.partition("=") for line in lines) if mark}
    return None


def copy_of(backup: Backup, unreadable: list[str]) -> Copy:
    """Return a backup as a copy, with the size of all files below its folder."""
    sizes = [status.st_size for _, status in files_below(backup.folder, unreadable)]
    series = "full" if backup.is_full else "incremental"
    name = shown(backup.folder.name)
    return Copy(name, backup.begun, sum(sizes), len(sizes), id=f"{backup.folder.name}/{backup.to_lsn}", series=series)


def last_written(folder: Path) -> datetime:
    """Return when anything below a folder was last written to (UTC)."""
    return max((moment(status) for _, status in files_below(folder, [])), default=moment(folder.stat()))


def chain(backup: Backup, others: Sequence[Backup]) -> list[Backup]:
    """Return the backups that a restore of one takes, it first; raise DamagedError where one of them is missing."""
    taken = [backup]
    while not taken[-1].wrong and not taken[-1].is_full:
        here = taken[-1]
        before = [one for one in others if one not in taken and one.to_lsn == here.from_lsn and one.begun <= here.begun]
        if not before:
            told: dict[str, Value] = {"name": shown(here.folder.name), "lsn": here.from_lsn}
            raise DamagedError(Text("{name} begins at {lsn}, where no backup here ends: one between is gone", told))
        taken.append(min(before, key=lambda one: (one.from_lsn, one.begun)))
    return taken


def require_completed(folder: Path, log: str) -> None:
    """Raise DamagedError where the log in a folder (or beside it: `{name}.log`) does not end as it should."""
    name = log.replace("{name}", folder.name)
    place = folder.parent if "{name}" in log else folder
    try:
        with os.fdopen(open_below(place, (name,)), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            lines = [line.strip() for line in file.read().splitlines() if line.strip()]
    except FileNotFoundError as error:
        raise UnknownError(Text("there is no log {name}", {"name": shown(name)})) from error
    if not lines or not lines[-1].endswith(_DONE):
        last = shown(os.fsdecode(lines[-1]))[:200] if lines else "nothing"
        raise DamagedError(Text("its log ends with: {last}", {"last": last}))
