"""One UpdraftPlus backup unpacked into a scratch folder, as its files would lie below wp-content."""

from datetime import datetime

from daemon.api import Text
from jobs.connectors.backups._archives import ENCRYPTED, Unpacking
from jobs.connectors.backups._outcomes import DamagedError, UnknownError
from jobs.connectors.backups._updraft_names import Backup
from jobs.connectors.backups._updraft_options import UpdraftOptions
from jobs.connectors.backups._updraft_verifying import absent, require_ended
from jobs.connectors.backups.tree import open_below, steady


def unpack(backup: Backup, options: UpdraftOptions, now: datetime, unpacking: Unpacking) -> None:
    """Unpack every file of a backup, each database to `db.sql`, `db1.sql`; it is not put into any database.

    Raise DamagedError, UnknownError, OverLimitError or OSError where that can't be done.
    """
    require_ended(backup, now)
    lacking = absent(backup.archives.values(), options)
    if lacking:
        raise DamagedError(Text("{name}: it is missing", {"name": lacking[0]}))
    for path in sorted(backup.archives):
        if path.name.endswith(".crypt"):
            raise UnknownError(ENCRYPTED)
        with steady(open_below(path.parent, (path.name,))) as file:
            if path.suffix == ".zip":
                unpacking.file(file)
            else:
                unpacking.single(file, f"{path.name.rpartition('-')[2].partition('.')[0]}.sql")
