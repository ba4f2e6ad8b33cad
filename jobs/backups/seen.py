"""What one place looked like tonight, all of it together, and the figures that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from daemon.api import Finding, Text, Urgency
from jobs.backups.look import Look
from jobs.backups.marks import Mark, Row, worst
from jobs.backups.memory import Memory
from jobs.kinds.backup import CHECK_WORDS, Check, Copy, Verdict


@dataclass(frozen=True)
class Seen:
    """A place after its checks: `newest` is the newest copy that can be believed, `copies` how many there are.

    `verdict` is what reading the newest copy showed; both are None where the place could not be looked at.
    """

    look: Look
    memory: Memory
    rows: Mapping[Check, Row]
    newest: Copy | None = None
    copies: int | None = None
    verdict: Verdict | None = None

    @property
    def table(self) -> list[Row]:
        """The rows in the order of the checks."""
        return [self.rows[check] for check in Check if check in self.rows]

    @property
    def mark(self) -> Mark:
        """The verdict of the place."""
        return worst(self.rows.values())

    @property
    def findings(self) -> list[Finding]:
        """What a person is told, each thing once."""
        return list({one.key: one for row in self.table for one in row.findings}.values())

    @property
    def rpo(self) -> timedelta | None:
        """How old the newest copy is that was read whole or restored; None where none ever was."""
        return None if self.memory.proven is None else max(self.look.now - self.memory.proven, timedelta(0))

    @property
    def rto(self) -> timedelta | None:
        """How long a recovery takes: size of the newest copy by the pace of the last restore, and what is done by hand.

        None where no restore was ever measured.
        """
        drill = self.memory.drill
        if drill is None or drill.seconds is None:
            return None
        size = self.newest.size if self.newest is not None else None
        share = Decimal(size) / drill.read if size is not None and drill.read else Decimal(1)
        return timedelta(seconds=int(drill.seconds * share)) + self.look.options.by_hand

    def with_row(self, row: Row) -> "Seen":
        """Return the place with one more row."""
        return replace(self, rows={**self.rows, row.check: row})


def silence_row(look: Look, quiet: list[Check], since: datetime) -> Row:
    """Return whether each check that is due said something; `since` is when the silent one was last heard."""
    if not quiet:
        return Row(Check.SILENCE, Mark.OK, look.now)
    finding = look.finding(
        "silence", Urgency.STAYS_BROKEN, "A check of {connection} has said nothing for too long: {check}",
        {"check": CHECK_WORDS[quiet[0]], "since": since, "n": len(quiet)},
        "No answer since {since}, though it was due: look at its quiet hours and at what stands in its way",
        "{n} checks of {connection} have said nothing for too long, {check} among them",
    )  # fmt: skip
    return Row(
        Check.SILENCE, Mark.WARN, look.now, Text("{check}", {"check": CHECK_WORDS[quiet[0]]}), findings=(finding,)
    )
