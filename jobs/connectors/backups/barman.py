"""Backups of PostgreSQL by barman: what its catalogue holds, what its own check says, and whether files are as written.

Facts are of barman 3.4 and 3.17 (barman/output.py): in JSON an error is a key of its own, and the exit code 1. Its
`check` makes folders that its configuration names and that are missing; nothing else that is asked here writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from daemon.api import Connector, Outlet, OutsideError, Text, Value
from jobs.connectors.backups._outcomes import unreachable
from jobs.connectors.backups._tools import (
    PlainName,
    Tool,
    ToolOptions,
    epoch,
    json_in,
    last_words,
    newest_first,
    understood,
)
from jobs.connectors.backups.tree import shown
from jobs.connectors.command import Finished, Program
from jobs.kinds.backup import BACKUP, BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

_ALLOWED = frozenset({"--format=json list-backups", "--format=json check", "--format=json verify-backup"})
_DONE = frozenset({"DONE", "WAITING_FOR_WALS"})
_UNMADE = ("pg_verifybackup not found", "backup_manifest", "not supported", "Unknown")
"""What barman says where a backup can't be verified at all, which is no damage."""


class BarmanOptions(ToolOptions):
    """Which server of barman's."""

    server: PlainName = Field(description="The server, as barman's configuration names it.")
    program: str = Field("barman", min_length=1, description="The program, by its name or its path.")


@dataclass(frozen=True)
class BarmanStore(BackupStore, Examined):
    """The backups of one server of barman's."""

    options: BarmanOptions

    def inventory(self) -> Inventory:
        """Return every backup that is done; raise OutsideError where the catalogue can't be read."""
        told = self._told(self._ask("list-backups"))
        return Inventory(newest_first(understood("barman list-backups", lambda: self._copies(told))))

    def verify(self, copy: Copy) -> Verdict:
        """Say that nothing was read: that is the check `whole`, which needs pg_verifybackup."""
        if copy.id not in {one.id for one in self.inventory().copies}:
            return Verdict(Outcome.UNKNOWN, reason=Text("it is no longer in barman's catalogue"))
        return Verdict(Outcome.NOT_ASKED, shown=Text("its files were not read now: that is the check `whole`"))

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks can be made."""
        return frozenset({Check.STRUCTURE, Check.WHOLE})

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:  # noqa: ARG002 - a backup is read whole
        """Make one check; whatever stands in the way makes it unknown."""
        try:
            if check is Check.STRUCTURE:
                return self._structure()
            return self._read(copy) if check is Check.WHOLE else Verdict(Outcome.NOT_ASKED)
        except OutsideError as error:
            return unreachable(error)

    def check(self) -> Text | None:
        """Return what to do where there is no backup, else None; barman's own check is left to the night."""
        if self.inventory().copies:
            return None
        return Text("barman has no backup of {server} yet: make one", {"server": self.options.server})

    def _structure(self) -> Verdict:
        """Return what barman's own check says: one that failed is a failure, whatever else is well."""
        ended = self._ask("check")
        told = self._told(ended)
        failed = understood("barman check", lambda: [
            (name, str(one.get("hint", ""))) for name, one in told.items() if one["status"] != "OK"
        ])  # fmt: skip
        if failed:
            name, hint = failed[0]
            values: dict[str, Value] = {"check": shown(name), "hint": shown(hint) or "no hint", "n": len(failed)}
            reason = Text(
                "barman's check of {check} failed ({hint})", values,
                "{n} of barman's checks failed, one of {check} ({hint})",
            )  # fmt: skip
            return Verdict(Outcome.BROKEN, reason=reason, seconds=ended.seconds)
        if not told or ended.code:
            return self._tool().failed(ended) or Verdict(Outcome.UNKNOWN, reason=Text("barman checked nothing"))
        shown_text = Text("all {n} of barman's own checks are well; no file was read", {"n": len(told)})
        return Verdict(Outcome.HELD, shown=shown_text, seconds=ended.seconds)

    def _read(self, copy: Copy) -> Verdict:
        """Let pg_verifybackup compare the files of one backup with its manifest; the archived WAL is not read."""
        ended = self._ask("verify-backup", copy.id)
        said = f"{ended.text}\n{ended.complaint}"
        told = {"said": last_words(ended)}
        if ended.timed_out or any(word in said for word in _UNMADE):
            failed = self._tool().failed(ended)
            return failed or Verdict(Outcome.UNKNOWN, reason=Text("barman could not verify it: {said}", told))
        if ended.code or "_ERROR" in said:
            return Verdict(Outcome.BROKEN, reason=Text("pg_verifybackup: {said}", told), seconds=ended.seconds)
        shown_text = Text("pg_verifybackup compared every file of it with its manifest")
        return Verdict(Outcome.HELD, shown=shown_text, read=copy.size, seconds=ended.seconds)

    def _copies(self, told: Any) -> list[Copy]:
        done = [row for row in told if row["status"] in _DONE]
        return [
            Copy(shown(str(row["backup_id"])), epoch(row["end_time_timestamp"]), _size(row), None,
                 id=str(row["backup_id"]), series=shown(self.options.server))
            for row in done
        ]  # fmt: skip

    def _told(self, ended: Finished) -> Any:
        """Return what barman says of the server; raise OutsideError where it says nothing of it."""
        if ended.timed_out:
            raise OutsideError(f"barman was not done after {self.options.limit} and was ended: see `limit:`")
        try:
            told = json_in(ended.text)
            if isinstance(told, Mapping) and self.options.server in told:
                return told[self.options.server]
            errors = told.get("_ERROR", []) if isinstance(told, Mapping) else []
        except ValueError:
            errors = []
        said = shown(str(errors[0])) if errors else last_words(ended)
        raise OutsideError(f"barman tells nothing of {self.options.server}: {said}")

    def _ask(self, command: str, *more: str) -> Finished:
        return self._tool().ask("--format=json", command, self.options.server, *more)

    def _tool(self) -> Tool:
        """Return barman, which is told of its configuration by its environment: an option would stand in the way."""
        told = {"BARMAN_CONFIG_FILE": self.options.config} if self.options.config else {}
        return Tool(Program(self.options.program, _ALLOWED, environment=told), self.options.limit)


def _size(row: Mapping[str, Any]) -> int | None:
    """Return how many bytes a backup has; None where barman does not know, as with snapshots."""
    return int(row["size_bytes"]) if row.get("size_bytes") else None


def _open(options: BarmanOptions, _outlet: Outlet) -> BackupStore:
    return BarmanStore(options)


BARMAN = Connector("barman", BACKUP, "Backups of PostgreSQL by barman", BarmanOptions, _open, BarmanStore.check)
