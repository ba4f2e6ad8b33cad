"""Backups in a bucket of S3 or of a server that speaks as S3 does; the store behind is imported when it is opened."""

from typing import Any

from daemon.api import Connector, Outlet, Text
from jobs.connectors.backups._s3_options import S3Options
from jobs.kinds.backup import BACKUP, BackupStore


def _open(options: S3Options, outlet: Outlet) -> BackupStore:
    from jobs.connectors.backups._s3_asking import bucket  # noqa: PLC0415 - memory that only a run with a bucket needs
    from jobs.connectors.backups._s3_store import S3Store  # noqa: PLC0415

    return S3Store(options, bucket(options, outlet), outlet.now)


def _check(store: Any) -> Text | None:
    found: Text | None = store.check()
    return found


S3 = Connector("s3", BACKUP, "Backups in a bucket of S3 or a server that speaks as S3 does", S3Options, _open, _check)
