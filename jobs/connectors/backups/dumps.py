"""Database dumps that are files on a disk of this machine: whether the newest is whole, without a database.

Each dump is read to its end in pieces, never unpacked to disk and never restored. A dump that is being written is
neither whole nor damaged yet, so nothing is claimed of it.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from daemon.api import Connector, Options, Outlet, Size, Text
from jobs.connectors.backups._copies import Copies, usable_path
from jobs.connectors.backups._outcomes import (
    NOT_FOUND,
    Budget,
    DamagedError,
    OverLimitError,
    UnknownError,
    require_settled,
    unread,
)
from jobs.connectors.backups.tree import open_below, steady
from jobs.kinds.backup import BACKUP, BackupStore, Copy, Inventory, Outcome, Verdict

_FOLDER = Text("it is a folder: pg_dump's directory format is read by `pg_restore -f /dev/null FOLDER`")


class DumpsOptions(Options):
    """Which files are dumps, and how they were made."""

    path: Annotated[str, AfterValidator(usable_path)] = Field(
        description="A pattern such as /var/backups/mysql/shop-*.sql.gz, or a folder that holds nothing but dumps.",
        json_schema_extra={"format": "path"},
    )
    program: Literal["any", "mysqldump", "pg_dump", "pg_dumpall", "UpdraftPlus"] = Field(
        "any", description="What made the dumps (mysqldump: mariadb-dump too); any: told by each dump's first lines."
    )
    trailer: Literal["expected", "none"] = Field(
        "expected", description="none: made with --skip-comments or --compact, so that no closing line shows the end."
    )
    newest_by: Literal["mtime", "name"] = Field(
        "mtime", description="What makes a dump the newest; its age is always taken from its time of modification."
    )
    verify_limit: Size = Field(
        10 * 1024**3,
        ge=0,
        description="The most to read of a dump, unpacked, such as 10G; the briefing says what was left unread.",
        json_schema_extra={"default": "10G"},
    )


@dataclass(frozen=True)
class DumpStore(BackupStore):
    """The dumps that a path or a pattern names; `files` finds them, `now` (UTC) says which are still being written."""

    options: DumpsOptions
    files: Copies
    now: datetime

    def inventory(self) -> Inventory:
        """Return every dump; raise OutsideError where the folder can't be read."""
        return self.files.inventory()

    def check(self) -> Text | None:
        """Return what to do where no dump can be found or read, else None; none is verified."""
        return self.files.check()

    def verify(self, copy: Copy) -> Verdict:
        """Read the dump to its end, up to the limit; whatever stands in the way makes it unknown."""
        path = self.files.found.get(copy)
        if path is None:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        try:
            return self._verify(path)
        except DamagedError as error:
            return Verdict(Outcome.BROKEN, 0, 1, (copy.name,), reason=error.reason)
        except UnknownError as error:
            return Verdict(Outcome.UNKNOWN, reason=error.reason)
        except OverLimitError:
            return Verdict(Outcome.PARTLY, 0, 1)
        except OSError as error:
            return Verdict(Outcome.UNKNOWN, reason=unread(path, error))

    def _verify(self, path: Path) -> Verdict:
        from jobs.connectors.backups._dump_judging import Wanted, judge, read_dump  # noqa: PLC0415 - a run's only

        if path.is_dir():
            raise UnknownError(_FOLDER)
        with steady(open_below(path.parent, (path.name,))) as file:
            require_settled(os.fstat(file.fileno()), self.now)
            dump = read_dump(file, path.name, Budget(self.options.verify_limit))
        sound = judge(dump, Wanted(self.options.program, closed=self.options.trailer == "expected"))
        if sound.ended:
            return Verdict(Outcome.HELD, 1, 1, shown=sound.shown)
        return Verdict(Outcome.PARTLY, 0, 1, shown=sound.shown)


def _open(options: DumpsOptions, outlet: Outlet) -> BackupStore:
    return DumpStore(options, Copies(options.path, options.newest_by), outlet.now)


DUMPS = Connector(
    "dumps",
    BACKUP,
    "Database dumps on this machine (mysqldump, mariadb-dump, pg_dump, pg_dumpall), read to their end",
    DumpsOptions,
    _open,
    DumpStore.check,
)
