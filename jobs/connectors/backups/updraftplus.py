"""Backups by UpdraftPlus, from its folder or a copy of it: whether the newest is complete and each file whole.

The site is never asked. With copies of two options of its database the files are held against the checksums that
UpdraftPlus took when it made them, and a backup that it calls failed is told as such.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from daemon.api import Connector, Outlet, Text
from jobs.connectors._rights import unreadable
from jobs.connectors.backups._copies import Copies
from jobs.connectors.backups._outcomes import NOT_FOUND, DamagedError, UnknownError, unread
from jobs.connectors.backups._updraft_names import Backup, backups_of
from jobs.connectors.backups._updraft_options import UpdraftOptions
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import BACKUP, BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

if TYPE_CHECKING:
    from jobs.connectors.backups._archives import Unpacking
    from jobs.connectors.backups._file_drill import FileDrill


@dataclass(frozen=True)
class UpdraftStore(BackupStore, Examined):
    """The backups in a folder, `files` finds their files; `outlet.now` says which are still being written."""

    options: UpdraftOptions
    files: Copies
    zone: ZoneInfo
    outlet: Outlet
    found: dict[Copy, Backup] = field(default_factory=dict)

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks can be made, as the connection is configured."""
        return frozenset({Check.ROOM} | ({Check.RESTORE} if self.options.drill else set()))

    def inventory(self) -> Inventory:
        """Return every backup, timed by its name; raise OutsideError where the folder can't be read."""
        if self.options.drill:
            self._drill.sweep()
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
            return verify(backup, copy.moment, self.options, self.outlet.now)
        except DamagedError as error:
            return Verdict(Outcome.BROKEN, 0, len(backup.archives), (copy.name,), reason=error.reason)
        except UnknownError as error:
            return Verdict(Outcome.UNKNOWN, reason=error.reason)
        except OSError as error:
            return Verdict(Outcome.UNKNOWN, reason=unread(Path(self.options.path), error))

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:  # noqa: ARG002 - no check reads in parts
        """Restore a backup, or look for room; whatever stands in the way makes it unknown."""
        if check not in self.offers:
            return Verdict(Outcome.NOT_ASKED)
        if copy not in self.found:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        if check is Check.ROOM:
            return self._drill.room(self.files.folder, copy)
        return self._drill.restored(list(self.found), copy, self._unpack)

    @property
    def _drill(self) -> "FileDrill":
        from jobs.connectors.backups._file_drill import FileDrill  # noqa: PLC0415 - memory for a run only

        return FileDrill(self.options.drill, self.outlet)

    def _unpack(self, copy: Copy, unpacking: "Unpacking") -> None:
        from jobs.connectors.backups._updraft_restoring import unpack  # noqa: PLC0415 - memory for a run only

        unpack(self.found[copy], self.options, self.outlet.now, unpacking)


def _open(options: UpdraftOptions, outlet: Outlet) -> BackupStore:
    place = Copies(f"{options.path.rstrip('/')}/backup_*")
    zone = ZoneInfo(options.zone or outlet.shop.timezone)
    return UpdraftStore(options, place, zone, outlet)


UPDRAFTPLUS = Connector(
    "updraftplus",
    BACKUP,
    "Backups by UpdraftPlus (WordPress), from its folder or a copy of it",
    UpdraftOptions,
    _open,
    UpdraftStore.check,
)
