"""Backups of PostgreSQL by pgBackRest: what its stanza holds, and whether what lies there is as it was written."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from daemon.api import Connector, Outlet, OutsideError, Text
from jobs.connectors.backups._drill_options import DrillOptions
from jobs.connectors.backups._outcomes import NOT_FOUND, unreachable
from jobs.connectors.backups._tools import PlainName, Tool, ToolOptions, newest_first
from jobs.connectors.command import Program
from jobs.kinds.backup import BACKUP, BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

if TYPE_CHECKING:
    from jobs.connectors.backups._pgbackrest_reading import Stanza

_ALLOWED = frozenset({"info", "verify"})
_SILENT = Text("pgbackrest verified something and said nothing: it is older than 2.45, or of a kind not known here")


class PgBackRestOptions(ToolOptions):
    """Which stanza, and by which configuration."""

    stanza: PlainName = Field(description="The stanza, as pgBackRest's configuration names it.")
    repo: int | None = Field(None, ge=1, le=256, description="Which repository, where there are several; else all.")
    program: str = Field("pgbackrest", min_length=1, description="The program, by its name or its path.")
    drill: DrillOptions | None = Field(None, description="How a restore is tried; none is where not set: `{}` will do.")

    @field_validator("drill")
    @classmethod
    def _whole(cls, value: DrillOptions | None) -> DrillOptions | None:
        if value is not None and value.include:
            raise ValueError("pgBackRest restores a server as a whole: leave `include:` out")
        return value


@dataclass(frozen=True)
class PgBackRestStore(BackupStore, Examined):
    """The backups of one stanza."""

    options: PgBackRestOptions
    outlet: Outlet

    def inventory(self) -> Inventory:
        """Return every backup; raise OutsideError where the stanza can't be read. Left-overs of drills are removed."""
        if self.options.drill is not None:
            from jobs.connectors.backups._drill import sweep  # noqa: PLC0415 - memory for a run only

            sweep(self.outlet.folder)
        return Inventory(newest_first(self._stanza().copies()))

    def verify(self, copy: Copy) -> Verdict:
        """Say that nothing was read: pgBackRest verifies everything or nothing, which is the check `data`."""
        if not any(one.id == copy.id for one in self.inventory().copies):
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        return Verdict(Outcome.NOT_ASKED, shown=Text("its files were not read now: that is the check `data`"))

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks can be made, as the connection is configured."""
        drill = {Check.RESTORE, Check.ROOM} if self.options.drill is not None else set()
        return frozenset({Check.STRUCTURE, Check.DATA} | drill)

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:  # noqa: ARG002 - it reads everything or nothing
        """Make one check; whatever stands in the way makes it unknown."""
        makers = {
            Check.STRUCTURE: self._structure, Check.DATA: self._data, Check.RESTORE: self._restored,
            Check.ROOM: self._room,
        }  # fmt: skip
        try:
            return makers[check](copy) if check in self.offers else Verdict(Outcome.NOT_ASKED)
        except OutsideError as error:
            return unreachable(error)
        except OSError as error:
            reason = Text("it can't be restored here: {error}", {"error": error.strerror or str(error)})
            return Verdict(Outcome.UNKNOWN, reason=reason)

    def check(self) -> Text | None:
        """Return what to do where the stanza holds no backup, else None."""
        if self.inventory().copies:
            return None
        return Text("the stanza {stanza} holds no backup yet: make one", {"stanza": self.options.stanza})

    def _structure(self, copy: Copy) -> Verdict:
        """Say whether pgBackRest's own list speaks for a backup and the WAL that it needs; no file is read."""
        from jobs.connectors.backups._pgbackrest_reading import wrong_with  # noqa: PLC0415 - as above

        wrong = wrong_with(self._stanza(), copy.id)
        if wrong:
            return Verdict(Outcome.BROKEN, reason=wrong)
        return Verdict(Outcome.HELD, shown=Text("pgbackrest lists it, all that it needs and its WAL; no file was read"))

    def _data(self, copy: Copy) -> Verdict:
        """Let pgBackRest read every file of every backup and of the archive, and compare them with their checksums.

        What was made or expired meanwhile is left out: only backups listed before and afterwards must be valid.
        """
        from jobs.connectors.backups import _pgbackrest_reading as reading  # noqa: PLC0415 - as above

        before = self._stanza().labels
        ended = self._tool().ask("verify", "--output=text", "--verbose", *self._about())
        verified = reading.verified_in(ended.text)
        failed = self._tool().failed(ended)
        if failed or verified is None:
            return failed or Verdict(Outcome.UNKNOWN, reason=_SILENT, seconds=ended.seconds)
        if verified.status != "ok":
            reason = Text("pgbackrest verify: {said}", {"said": verified.complaint})
            return Verdict(Outcome.BROKEN, reason=reason, seconds=ended.seconds)
        after = self._stanza()
        missing = reading.unverified(verified, sorted(before & after.labels))
        if missing:
            reason = Text("pgbackrest lists a backup that it does not find valid ({missing})", {"missing": missing})
            return Verdict(Outcome.BROKEN, reason=reason, seconds=ended.seconds)
        wrong = reading.wrong_with(after, copy.id)
        if wrong:
            return Verdict(Outcome.BROKEN, reason=wrong, seconds=ended.seconds)
        told = {"files": verified.files}
        shown = Text("pgbackrest read {files} files of all backups and the archived WAL; all match", told)
        return Verdict(Outcome.HELD, shown=shown, seconds=ended.seconds)

    def _restored(self, newest: Copy) -> Verdict:
        """Have pgBackRest restore a backup into a scratch folder; no server is started on it."""
        from jobs.connectors.backups import _pgbackrest_restoring as restoring  # noqa: PLC0415 - as above

        assert self.options.drill is not None
        program = Program(self.options.program, restoring.ALLOWED, restoring.REFUSED)
        today = self.outlet.now.astimezone(self.outlet.zone).date()
        made = restoring.Restoring(
            Tool(program, self.options.limit), self._about(), self.outlet.folder, self.options.drill
        )
        return made.restored(self._stanza().copies(), newest, today)

    def _room(self, newest: Copy) -> Verdict:
        from jobs.connectors.backups._room import Needs, room  # noqa: PLC0415 - as above

        return room([Needs(self.outlet.folder, newest.size)])

    def _stanza(self) -> "Stanza":
        from jobs.connectors.backups._pgbackrest_reading import stanza_in  # noqa: PLC0415 - memory for a run only

        return stanza_in(self._tool().answer("info", "--output=json", *self._about()), self.options.stanza)

    def _about(self) -> list[str]:
        """Return the words that name the stanza, without a log file, which belongs to whoever makes the backups."""
        words = [f"--stanza={self.options.stanza}", "--log-level-file=off"]
        words += [f"--config={self.options.config}"] if self.options.config else []
        return words + ([f"--repo={self.options.repo}"] if self.options.repo else [])

    def _tool(self) -> Tool:
        return Tool(Program(self.options.program, _ALLOWED), self.options.limit)


def _open(options: PgBackRestOptions, outlet: Outlet) -> BackupStore:
    return PgBackRestStore(options, outlet)


PGBACKREST = Connector(
    "pgbackrest", BACKUP, "Backups of PostgreSQL by pgBackRest", PgBackRestOptions, _open, PgBackRestStore.check
)
