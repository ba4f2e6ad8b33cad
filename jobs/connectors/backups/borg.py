"""Repositories of borg 1.x as a connector: what stands in the configuration; the store is imported when opened."""

from typing import Any

from daemon.api import Connector, Outlet, Text
from jobs.connectors.backups._borg_options import BorgOptions
from jobs.kinds.backup import BACKUP, BackupStore


def _open(options: BorgOptions, outlet: Outlet) -> BackupStore:
    from jobs.connectors.backups._borg_asking import Borg  # noqa: PLC0415 - memory that only a run with borg needs
    from jobs.connectors.backups._borg_store import BorgStore  # noqa: PLC0415

    return BorgStore(Borg(options, outlet.folder), outlet.now, outlet.zone)


def _check(store: Any) -> Text | None:
    found: Text | None = store.check()
    return found


BORG = Connector("borg", BACKUP, "A repository of borg 1.x, here or over ssh", BorgOptions, _open, _check)
