"""Backups by UpdraftPlus, from its folder or a copy of it: whether the newest is complete and each file whole.

The site is never asked. With copies of two options of its database the files are held against the checksums that
UpdraftPlus took when it made them, and a backup that it calls failed is told as such.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from daemon.api import Connector, Outlet, Text
from jobs.connectors._rights import unreadable
from jobs.connectors.backups._copies import Copies
from jobs.connectors.backups._outcomes import NOT_FOUND, DamagedError, UnknownError, unread
from jobs.connectors.backups._updraft_names import Backup, backups_of
from jobs.connectors.backups._updraft_options import UpdraftOptions
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import BACKUP, BackupStore, Copy, Inventory, Outcome, Verdict


@dataclass(frozen=True)
class UpdraftStore(BackupStore):
    """The backups in a folder; `files` finds their files, `now` (UTC) says which are still being written."""

    options: UpdraftOptions
    files: Copies
    zone: ZoneInfo
    now: datetime
    found: dict[Copy, Backup] = field(default_factory=dict)

    def inventory(self) -> Inventory:
        """Return every backup, timed by its name; raise OutsideError where the folder can't be read."""
        listing = self.files.inventory()
        self.found.clear()
        for backup in backups_of({path: copy.size or 0 for copy, path in self.files.found.items()}):
            if backup.entities().intersection(self.options.expects):
                first, files = backup.first, len(backup.archives)
                self.found[Copy(shown(first.backup), first.moment(self.zone), backup.size, files)] = backup
        newest_first = sorted(self.found, key=lambda copy: (copy.moment, copy.name), reverse=True)
        return Inventory(newest_first, listing.unreadable)

    def check(self) -> Text | None:
        """Return what to do where no backup or no copy of an option can be found or read, else None."""
        copies = [Path(path) for path in (self.options.history, self.options.last_backup) if path]
        return self.files.check() or next(filter(None, map(unreadable, copies)), None)

    def verify(self, copy: Copy) -> Verdict:
        """Read every file of the backup, up to the limit; whatever stands in the way makes it unknown."""
        from jobs.connectors.backups._updraft_verifying import verify  # noqa: PLC0415 - memory for a run only

        backup = self.found.get(copy)
        if backup is None:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        try:
            return verify(backup, copy.moment, self.options, self.now)
        except DamagedError as error:
            return Verdict(Outcome.BROKEN, 0, len(backup.archives), (copy.name,), reason=error.reason)
        except UnknownError as error:
            return Verdict(Outcome.UNKNOWN, reason=error.reason)
        except OSError as error:
            return Verdict(Outcome.UNKNOWN, reason=unread(Path(self.options.path), error))


def _open(options: UpdraftOptions, outlet: Outlet) -> BackupStore:
    place = Copies(f"{options.path.rstrip('/')}/backup_*")
    zone = ZoneInfo(options.zone or outlet.shop.timezone)
    return UpdraftStore(options, place, zone, outlet.now)


UPDRAFTPLUS = Connector(
    "updraftplus",
    BACKUP,
    "Backups by UpdraftPlus (WordPress), from its folder or a copy of it",
    UpdraftOptions,
    _open,
    UpdraftStore.check,
)
