"""Backups of MySQL and MariaDB by xtrabackup or mariadb-backup: folders on this machine, only ever read.

No program is run: that a backup can be restored shows only when it is prepared and a server started on it, which needs
as much room and time as the restore itself.
"""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from daemon.api import Connector, Options, Outlet, OutsideError, Text, Value
from jobs.connectors._rights import unreadable
from jobs.connectors.backups._copies import usable_path
from jobs.connectors.backups._outcomes import BEING_WRITTEN, NOT_FOUND, SETTLED, DamagedError, UnknownError, unread
from jobs.connectors.backups._tools import newest_first
from jobs.connectors.backups._zones import ZoneName
from jobs.connectors.backups.tree import shown
from jobs.kinds.backup import BACKUP, BackupStore, Copy, Inventory, Outcome, Verdict

if TYPE_CHECKING:
    from jobs.connectors.backups._xtrabackup_reading import Backup


class XtrabackupOptions(Options):
    """Where the folders of backups lie."""

    path: Annotated[str, AfterValidator(usable_path)] = Field(
        description="The folder in which each backup has a folder of its own.", json_schema_extra={"format": "path"}
    )
    log: str = Field(
        "", description="What the program logged: a file in each backup, or beside it as {name}.log; it is read.",
    )  # fmt: skip
    zone: ZoneName = Field("", description="The time zone of the database's machine; the shop's where not set.")


@dataclass(frozen=True)
class XtrabackupStore(BackupStore):
    """The backups in a folder; `now` (UTC) says which are still being written."""

    options: XtrabackupOptions
    zone: tzinfo
    now: datetime
    found: "dict[str, Backup]" = field(default_factory=dict)

    def inventory(self) -> Inventory:
        """Return every backup, begun or done; raise OutsideError where the folder can't be read."""
        from jobs.connectors.backups._xtrabackup_reading import backup_in, copy_of  # noqa: PLC0415 - a run's only

        root, closed, copies = Path(self.options.path), [], []
        try:
            folders = sorted(one for one in root.iterdir() if one.is_dir() and not one.is_symlink())
        except OSError as error:
            raise OutsideError(
                f"the backups in {root} can't be read ({error.strerror}): is the disk mounted?"
            ) from error
        self.found.clear()
        for folder in folders:
            try:
                backup = backup_in(folder, self.zone)
            except OSError:
                closed.append(shown(folder.name))
                continue
            if backup is not None:
                copies.append(copy_of(backup, closed))
                self.found[copies[-1].id] = backup
        return Inventory(newest_first(copies), closed)

    def verify(self, copy: Copy) -> Verdict:
        """Say what a backup's notes show: that it was made to its end, and that all it builds on is there."""
        from jobs.connectors.backups._xtrabackup_reading import last_written  # noqa: PLC0415 - as above

        backup = self.found.get(copy.id)
        if backup is None:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        try:
            return Verdict(Outcome.PARTLY, shown=self._shown(self._steps(backup)))
        except DamagedError as error:
            if self.now - last_written(backup.folder) < SETTLED:
                return Verdict(Outcome.UNKNOWN, reason=BEING_WRITTEN)
            return Verdict(Outcome.BROKEN, reason=error.reason)
        except UnknownError as error:
            return Verdict(Outcome.UNKNOWN, reason=error.reason)
        except OSError as error:
            return Verdict(Outcome.UNKNOWN, reason=unread(backup.folder, error))

    def _steps(self, backup: "Backup") -> int:
        """Return how many backups a restore of one takes; raise DamagedError where it or one of them is not whole."""
        from jobs.connectors.backups import _xtrabackup_reading as reading  # noqa: PLC0415 - as above

        chain = reading.chain(backup, list(self.found.values()))
        for one in chain:
            if one.wrong:
                raise DamagedError(one.wrong)
            if self.options.log:
                reading.require_completed(one.folder, self.options.log)
        return len(chain)

    def check(self) -> Text | None:
        """Return what to do where no backup can be found or read, else None."""
        closed = unreadable(Path(self.options.path))
        if closed is not None or self.inventory().copies:
            return closed
        return Text("no backup is found in {path}: make one, or correct `path:`", {"path": self.options.path})

    def _shown(self, steps: int) -> Text:
        told: dict[str, Value] = {"n": steps}
        if self.options.log:
            return Text(
                "its log says that it was completed, and it needs no other backup; its data was not read", told,
                "its log says that it was completed, and all {n} backups that it takes are here; no data was read",
            )  # fmt: skip
        return Text(
            "by its notes it was made to its end, and it needs no other backup; its data was not read", told,
            "by its notes it was made to its end, and all {n} backups that it takes are here; no data was read",
        )  # fmt: skip


def _open(options: XtrabackupOptions, outlet: Outlet) -> BackupStore:
    return XtrabackupStore(options, ZoneInfo(options.zone) if options.zone else outlet.zone, outlet.now)


XTRABACKUP = Connector(
    "xtrabackup", BACKUP, "Backups of MySQL and MariaDB by xtrabackup or mariadb-backup, on this machine",
    XtrabackupOptions, _open, XtrabackupStore.check,
)  # fmt: skip
