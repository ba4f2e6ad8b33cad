"""Backups of PostgreSQL by pgBackRest: what its stanza holds, and whether what lies there is as it was written."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.api import Connector, Outlet, OutsideError, Text
from jobs.connectors.backups._outcomes import NOT_FOUND, unreachable
from jobs.connectors.backups._pgbackrest_options import PgBackRestOptions
from jobs.connectors.backups._tools import Tool, newest_first
from jobs.connectors.command import Program
from jobs.kinds.backup import BACKUP, BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

if TYPE_CHECKING:
    from jobs.connectors.backups._pgbackrest_reading import Stanza

_ALLOWED = frozenset({"info", "verify"})
_SILENT = Text("pgbackrest verified something and said nothing: it is older than 2.45, or of a kind not known here")


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
        """Which checks can be made: a restore, and room for one, where a drill is configured."""
        drill = {Check.RESTORE, Check.ROOM} if self.options.drill is not None else set()
        return frozenset({Check.STRUCTURE, Check.DATA} | drill)

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:  # noqa: ARG002 - it reads everything or nothing
        """Make one check; whatever stands in the way makes it unknown."""
        makers = {
            Check.STRUCTURE: self._structure, Check.DATA: self._data, Check.RESTORE: self._restored,
            Check.ROOM: self._room,
        }  # fmt: skip
        try:
            return makers[check](copy) if check in makers else Verdict(Outcome.NOT_ASKED)
        except OutsideError as error:
            return unreachable(error)

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
        ended = self._tool().ask("verify", "--output=text", "--verbose", *self.options.about)
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

    def _restored(self, copy: Copy) -> Verdict:
        """Restore a backup into a scratch folder and look at it; one that went meanwhile is not known."""
        from jobs.connectors.backups._pgbackrest_drill import drill_of  # noqa: PLC0415 - as above

        drill = drill_of(self.options, self.outlet)
        if drill is None:
            return Verdict(Outcome.NOT_ASKED)
        verdict = drill.restored(self._stanza(), copy)
        if verdict.outcome is Outcome.BROKEN and copy.id not in self._stanza().labels:
            return Verdict(
                Outcome.UNKNOWN, reason=Text("{name} was expired while it was restored", {"name": copy.name})
            )
        return verdict

    def _room(self, copy: Copy) -> Verdict:
        """Say whether there is room for a restore, where one is tried."""
        from jobs.connectors.backups._pgbackrest_drill import drill_of  # noqa: PLC0415 - as above

        drill = drill_of(self.options, self.outlet)
        return drill.room(copy) if drill else Verdict(Outcome.NOT_ASKED)

    def _stanza(self) -> "Stanza":
        from jobs.connectors.backups._pgbackrest_reading import stanza_in  # noqa: PLC0415 - memory for a run only

        return stanza_in(self._tool().answer("info", "--output=json", *self.options.about), self.options.stanza)

    def _tool(self) -> Tool:
        return Tool(Program(self.options.program, _ALLOWED), self.options.limit)


PGBACKREST = Connector(
    "pgbackrest",
    BACKUP,
    "Backups of PostgreSQL by pgBackRest",
    PgBackRestOptions,
    PgBackRestStore,
    PgBackRestStore.check,
)
