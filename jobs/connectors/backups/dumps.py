"""Database dumps that are files on a disk of this machine: whether the newest is whole, and whether it restores.

Each dump is read to its end in pieces, never unpacked to disk; pg_dump's own formats are read by pg_restore. With
`drill:` it is restored into a scratch database, which is dropped again. A dump that is being written is neither whole
nor damaged yet, so nothing is claimed of it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from daemon.api import Connector, Duration, Options, Outlet, OutsideError, Size, Text
from jobs.connectors.backups._copies import Copies, usable_path
from jobs.connectors.backups._database_options import DatabaseDrill
from jobs.connectors.backups._kept_sums import KeptSums, offered
from jobs.connectors.backups._outcomes import (
    NOT_FOUND,
    DamagedError,
    OverLimitError,
    UnknownError,
    unread,
)
from jobs.kinds.backup import BACKUP, BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

_NO_DRILL = Text("no server for drills is named: say one with `drill:`")


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
    pg_restore: str = Field(
        "pg_restore", min_length=1, description="Where pg_restore is, for dumps in pg_dump's own formats."
    )
    read_time: Duration = Field(
        timedelta(hours=1), gt=timedelta(0), le=timedelta(days=1), description="How long pg_restore may read a dump."
    )
    drill: DatabaseDrill | None = Field(
        None, description="A server into which a dump is restored to try it, into a scratch database that is dropped."
    )


@dataclass(frozen=True)
class DumpStore(BackupStore, Examined):
    """The dumps that a path or a pattern names; `files` finds them, `outlet` says which are still being written."""

    options: DumpsOptions
    files: Copies
    outlet: Outlet

    @property
    def offers(self) -> frozenset[Check]:
        """Whether dumps change by themselves; where the owner named a server a drill, its room and its programs.

        Reading a dump is `verify`, in its own rhythm, as that is not free.
        """
        drill = {Check.RESTORE, Check.ROOM, Check.VERSION} if self.options.drill else set()
        return offered(self.files.found, self.options.verify_limit) | drill

    def inventory(self) -> Inventory:
        """Return every dump; raise OutsideError where the folder can't be read."""
        return self.files.inventory()

    def check(self) -> Text | None:
        """Return what to do where no dump can be found or read, or no drill be made, else None; none is verified."""
        reason = self.files.check()
        if reason is not None or self.options.drill is None:
            return reason
        from jobs.connectors.backups._database_drill import Drill, ill  # noqa: PLC0415 - heavy, and a run's only

        return ill(Drill(self.options.drill, self.options.pg_restore, self.outlet))

    def verify(self, copy: Copy) -> Verdict:
        """Read the dump to its end, up to the limit; whatever stands in the way makes it unknown."""
        return self._judged(Check.WHOLE, copy)

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:
        """Make one check; whatever stands in the way is UNKNOWN with its reason."""
        if check not in {Check.WHOLE, *self.offers}:
            return Verdict(Outcome.UNKNOWN, reason=_NO_DRILL)
        if check is Check.UNCHANGED:
            return KeptSums(self.files.found, self.outlet, self.options.verify_limit).verdict(copy, part.of)
        return self._judged(check, copy)

    def _judged(self, check: Check, copy: Copy) -> Verdict:
        from jobs.connectors.backups._dump_examining import examined  # noqa: PLC0415 - heavy, and a run's only

        path = self.files.found.get(copy)
        if path is None:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        try:
            return examined(check, path, copy, self.options, self.outlet)
        except DamagedError as error:
            return Verdict(Outcome.BROKEN, 0, 1, (copy.name,), reason=error.reason)
        except UnknownError as error:
            reason = error.reason
        except OverLimitError:
            return Verdict(Outcome.PARTLY, 0, 1)
        except OutsideError as error:
            reason = Text("{error}", {"error": str(error)})
        except OSError as error:
            reason = unread(path, error)
        return Verdict(Outcome.UNKNOWN, reason=reason)


def _open(options: DumpsOptions, outlet: Outlet) -> BackupStore:
    return DumpStore(options, Copies(options.path, options.newest_by), outlet)


DUMPS = Connector(
    "dumps",
    BACKUP,
    "Database dumps on this machine (mysqldump, mariadb-dump, pg_dump, pg_dumpall), read to their end and restored",
    DumpsOptions,
    _open,
    DumpStore.check,
)
