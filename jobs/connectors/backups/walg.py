"""Backups of PostgreSQL by WAL-G: what its storage lists, and whether the WAL since the oldest is all there.

Facts are of WAL-G 3.0 (docs/PostgreSQL.md). Without a backup it prints a sentence instead of a list. It has no command
that reads a backup back: only a restore shows whether one is whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from daemon.api import Connector, Outlet, OutsideError, Text, Value
from jobs.connectors.backups._outcomes import NOT_FOUND, unreachable
from jobs.connectors.backups._tools import Tool, ToolOptions, json_in, newest_first, understood
from jobs.connectors.backups.tree import shown
from jobs.connectors.command import Finished, Program
from jobs.kinds.backup import BACKUP, BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

_ALLOWED = frozenset({"backup-list", "wal-verify integrity"})
_NONE = "No backups found"
_ASKED = ("integrity", "timeline")
_OUTCOMES = {"OK": Outcome.HELD, "WARNING": Outcome.WARN, "FAILURE": Outcome.BROKEN}
_WORST = (Outcome.BROKEN, Outcome.UNKNOWN, Outcome.WARN, Outcome.HELD)


class WalgOptions(ToolOptions):
    """By which configuration WAL-G reaches its storage and, for `wal-verify`, the server."""

    program: str = Field("wal-g", min_length=1, description="The program, by its name or its path.")


@dataclass(frozen=True)
class WalgStore(BackupStore, Examined):
    """The backups in one storage of WAL-G's."""

    options: WalgOptions

    def inventory(self) -> Inventory:
        """Return every backup; raise OutsideError where the storage can't be listed."""
        printed = self._tool().ask("backup-list", "--detail", "--json", *self._config())
        if printed.code == 0 and not printed.timed_out and _NONE in printed.text + printed.complaint:
            return Inventory(())
        listed = self._tool().answered(printed)
        return Inventory(newest_first(understood("wal-g backup-list", lambda: _copies(listed))))

    def verify(self, copy: Copy) -> Verdict:
        """Say that nothing was read: WAL-G has no command for that."""
        if copy.id not in {one.id for one in self.inventory().copies}:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        return Verdict(Outcome.NOT_ASKED, shown=Text("WAL-G lists it; its content was not read"))

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks can be made."""
        return frozenset({Check.STRUCTURE})

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:  # noqa: ARG002 - WAL is of no one backup
        """Make one check; whatever stands in the way makes it unknown."""
        if check is not Check.STRUCTURE:
            return Verdict(Outcome.NOT_ASKED)
        try:
            ended = self._tool().ask("wal-verify", *_ASKED, "--json", *self._config())
            failed = self._tool().failed(ended)
            return _judged(ended) if not ended.timed_out and "{" in ended.text else failed or _UNTOLD
        except OutsideError as error:
            return unreachable(error)

    def check(self) -> Text | None:
        """Return what to do where there is no backup, else None."""
        return None if self.inventory().copies else Text("WAL-G's storage holds no backup yet: make one")

    def _config(self) -> list[str]:
        return ["--config", self.options.config] if self.options.config else []

    def _tool(self) -> Tool:
        return Tool(Program(self.options.program, _ALLOWED), self.options.limit)


_UNTOLD = Verdict(Outcome.UNKNOWN, reason=Text("WAL-G verified something and said nothing"))


def _copies(printed: str) -> list[Copy]:
    return [_copy(row) for row in json_in(printed)]


def _copy(row: Mapping[str, Any]) -> Copy:
    """Return a backup, begun at `start_time`; `time` is when its description was last written."""
    name = str(row["backup_name"])
    begun = datetime.fromisoformat(str(row.get("start_time") or row["time"]))
    if begun.tzinfo is None:
        raise ValueError("a time without a zone")
    size = row.get("uncompressed_size")
    return Copy(shown(name), begun.astimezone(UTC), int(size) if size else None, None, id=name,
                series=shown(str(row.get("hostname", ""))))  # fmt: skip


def _judged(ended: Finished) -> Verdict:
    """Return the worse of what both checks say; one that is missing or says another word is not known."""
    try:
        states, lost = _told(ended.text)
    except (ValueError, KeyError, TypeError, AttributeError):
        return _UNTOLD
    outcomes = {name: _OUTCOMES.get(state, Outcome.UNKNOWN) for name, state in states.items()}
    name = min(outcomes, key=lambda one: _WORST.index(outcomes[one]))
    if outcomes[name] is Outcome.HELD and ended.code == 0:
        shown_text = Text("WAL-G finds all WAL since the oldest backup, of the server's timeline; no backup was read")
        return Verdict(Outcome.HELD, shown=shown_text, seconds=ended.seconds)
    outcome = Outcome.UNKNOWN if outcomes[name] is Outcome.HELD else outcomes[name]
    return Verdict(outcome, reason=_why(name, states[name], lost), seconds=ended.seconds)


def _told(printed: str) -> tuple[dict[str, str], list[Mapping[str, Any]]]:
    """Return in what state each check found the WAL, "" where it is missing, and the pieces that are lost."""
    told = json_in(printed)
    states = {name: str(told[name]["status"]) if name in told else "" for name in _ASKED}
    lost = [one for one in told.get("integrity", {}).get("details") or () if one["status"] == "MISSING_LOST"]
    return states, lost


def _why(name: str, state: str, lost: list[Mapping[str, Any]]) -> Text:
    told: dict[str, Value] = {"check": name, "state": shown(state) or "nothing", "n": len(lost)}
    if name == "integrity" and lost:
        told["first"], told["last"] = (shown(str(lost[0].get(key, "?"))) for key in ("start_segment", "end_segment"))
        return Text("WAL from {first} to {last} is lost: no later moment can be restored from an earlier backup", told)
    return Text("wal-verify says {state} of {check}", told)


def _open(options: WalgOptions, _outlet: Outlet) -> BackupStore:
    return WalgStore(options)


WALG = Connector("walg", BACKUP, "Backups of PostgreSQL by WAL-G", WalgOptions, _open, WalgStore.check)
