"""Backups that a program of the owner's knows about: it lists them, and may say what it finds of one.

The contract is `docs/backups/command.md`. How the program ends counts as much as what it prints: an answer that speaks
for a backup is believed only from a program that ended by itself and with 0.
"""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from daemon.api import Connector, Outlet, OutsideError, Text
from jobs.connectors._own_program import OwnProgram, last_words, started, unready
from jobs.connectors.backups._outcomes import NOT_FOUND
from jobs.connectors.command import GRACE, Finished
from jobs.kinds.backup import BACKUP, BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

_AGAINST = frozenset({Outcome.BROKEN, Outcome.UNKNOWN, Outcome.WARN})
"""What a program may say and still end with another number than 0."""


class CommandOptions(OwnProgram):
    """Which program knows about the backups, and what it can be asked."""

    verify: bool = Field(
        False, description="Whether it can be asked `verify ID`; else nothing is claimed of a content."
    )
    checks: list[Literal["whole", "listed", "structure", "data", "restore", "locked", "key", "room", "version"]] = (
        Field([], description="What else it can be asked, each as `CHECK ID`.")
    )


@dataclass(frozen=True)
class CommandStore(BackupStore, Examined):
    """The backups that a program lists; at its limit it has `grace` seconds to end by itself."""

    options: CommandOptions
    outlet: Outlet
    found: set[Copy] = field(default_factory=set)
    grace: float = GRACE

    @property
    def offers(self) -> frozenset[Check]:
        """Which checks the owner says that the program makes."""
        return frozenset(map(Check, self.options.checks))

    def inventory(self) -> Inventory:
        """Return the backups that it lists; raise OutsideError where it fails or says anything odd."""
        from jobs.connectors.backups._told_lines import OddError, inventory_of  # noqa: PLC0415 - memory for a run only

        finished = started(self.options, ["list"], self.grace)
        trouble = self._trouble(finished)
        if trouble:
            raise OutsideError(f"{self._where}: {trouble}: run it as the service's user with the argument `list`")
        try:
            listed = inventory_of(finished.out)
        except OddError as error:
            raise OutsideError(f"{self._where}: asked to list, {error}") from error
        self.found.clear()
        self.found.update(listed.copies)
        return listed

    def verify(self, copy: Copy) -> Verdict:
        """Ask what the program finds of a backup, where it can be asked."""
        return self._asked("verify", copy, []) if self.options.verify else Verdict(Outcome.NOT_ASKED)

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:
        """Ask the program to make one check; whatever is odd about its answer makes it unknown."""
        if check not in self.offers:
            return Verdict(Outcome.NOT_ASKED)
        return self._asked(check.value, copy, [str(part.number), str(part.of)] if check is Check.DATA else [])

    def check(self) -> Text | None:
        """Return why the program can't be asked, or that it lists nothing; else None."""
        advice = unready(self.options)
        if advice is not None or self.inventory().copies:
            return advice
        return Text("{program} lists no backup: make one, or look at what it looks at", {"program": self.options.name})

    def _asked(self, what: str, copy: Copy, more: list[str]) -> Verdict:
        from jobs.connectors.backups._told_lines import OddError, verdict_of  # noqa: PLC0415 - memory for a run only

        if copy not in self.found:
            return Verdict(Outcome.UNKNOWN, reason=NOT_FOUND)
        try:
            finished = started(self.options, [what, copy.id, *more], self.grace)
            verdict = verdict_of(finished.out)
        except OutsideError as error:
            return _unknown(str(error))
        except OddError as error:
            return _unknown(self._trouble(finished) or str(error))
        trouble = self._trouble(finished)
        if trouble and (finished.timed_out or finished.cut or verdict.outcome not in _AGAINST):
            return _unknown(trouble)
        return verdict

    def _trouble(self, finished: Finished) -> str:
        """Return why an answer is not to be believed, by how the program ended; empty where it is."""
        if finished.timed_out:
            return f"it was ended after {finished.seconds} s, its limit"
        if finished.cut:
            return "it printed more than is read"
        if finished.code:
            how = f"it ended with {finished.code}" if finished.code > 0 else f"signal {-finished.code} ended it"
            return f"{how} ({last_words(finished, self.options) or 'it said nothing'})"
        return ""

    @property
    def _where(self) -> str:
        return f"{self.outlet.name}: {self.options.name}"


def _unknown(why: str) -> Verdict:
    return Verdict(Outcome.UNKNOWN, reason=Text("the program's answer can't be used: {why}", {"why": why}))


COMMAND = Connector(
    "command",
    BACKUP,
    "Backups that a program of your own lists and looks at",
    CommandOptions,
    CommandStore,
    CommandStore.check,
)
