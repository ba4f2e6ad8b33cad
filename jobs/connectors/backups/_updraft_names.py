"""What UpdraftPlus says in the name of a file: which backup it belongs to, what it holds, and which part of that it is.

`backup_2026-11-20-0200_My_shop_0123456789ab-uploads2.zip` is the second part of the uploads. The time is the site's
own, to the minute, and the twelve digits are the same for all files of one backup. A number after `db` is no part but
another database.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

_NAME = re.compile(
    r"(backup_([12]\d{3}-\d\d-\d\d-\d{4})_[^/\0]*_([0-9a-f]{12}))-([a-z-]*[a-z])(\d{0,4})\.(zip|gz|gz\.crypt)",
    re.DOTALL,
)
_UNFINISHED = re.compile(r"(backup_\d{4}-\d\d-\d\d-\d{4}_[^/\0]*_[0-9a-f]{12})-(?:db-table-.*|.*\.tmp)", re.DOTALL)
_STAMP = "%Y-%m-%d-%H%M"


@dataclass(frozen=True)
class Archive:
    """A file of a backup: `backup` begins the names of all of them, `part` counts from 0."""

    name: str
    backup: str
    stamp: str
    nonce: str
    entity: str
    part: int

    def moment(self, zone: ZoneInfo) -> datetime:
        """Return when the backup was begun (UTC) by the clock of a site in that zone."""
        return datetime.strptime(self.stamp, _STAMP).replace(tzinfo=zone).astimezone(UTC)


def archive_of(name: str) -> Archive | None:
    """Return what the name of a file says; None where it is no finished file of a backup."""
    match = _NAME.fullmatch(name)
    if match is None or not _is_stamp(match[2]):
        return None
    number = int(match[5] or 0)
    part = 0 if match[4] == "db" else max(number - 1, 0)
    return Archive(name, match[1], match[2], match[3], match[4], part)


def unfinished(name: str) -> str:
    """Return the backup that a file is a piece of while UpdraftPlus still works on it; empty where it is none."""
    match = _UNFINISHED.fullmatch(name)
    return match[1] if match else ""


@dataclass
class Backup:
    """The files of one backup, their bytes, and a file that shows that it has not ended ("" where none does)."""

    archives: dict[Path, Archive] = field(default_factory=dict)
    size: int = 0
    unfinished: str = ""

    @property
    def first(self) -> Archive:
        """Any of its files; all agree about what the backup is called and when it was begun."""
        return next(iter(self.archives.values()))

    def entities(self) -> set[str]:
        """Return what the backup holds."""
        return {archive.entity for archive in self.archives.values()}


def backups_of(files: Mapping[Path, int]) -> list[Backup]:
    """Return the backups that files (their sizes in bytes) belong to; what is no file of a backup is left out."""
    backups: dict[Path, Backup] = {}
    for path, size in files.items():
        archive = archive_of(path.name)
        begun = archive.backup if archive else unfinished(path.name)
        backup = backups.setdefault(path.with_name(begun), Backup()) if begun else Backup()
        if archive is None:
            backup.unfinished = path.name
        else:
            backup.archives[path] = archive
            backup.size += size
    return [backup for backup in backups.values() if backup.archives]


def missing_parts(archives: Iterable[Archive]) -> list[str]:
    """Return the parts that should lie before the last one of each kind and do not, such as `uploads2`."""
    parts: dict[str, set[int]] = {}
    for archive in archives:
        parts.setdefault(archive.entity, set()).add(archive.part)
    return [
        entity if part == 0 else f"{entity}{part + 1}"
        for entity, there in sorted(parts.items())
        for part in range(max(there))
        if part not in there
    ]


def _is_stamp(text: str) -> bool:
    try:
        datetime.strptime(text, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return False
    return True
