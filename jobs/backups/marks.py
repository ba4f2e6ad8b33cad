"""What came of a check: five marks, how they are weighed against each other, and one row of a place's table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from daemon.api import Finding, Text
from jobs.kinds.backup import Check, Outcome

STUBBORN = 2
"""After so many runs in a row without an answer, not to know weighs more than a warning."""


class Mark(StrEnum):
    """What a check says of a place. Only `OK` speaks for it; `UNKNOWN` and `SKIPPED` never do."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


MARK_OF = {
    Outcome.HELD: Mark.OK,
    Outcome.PARTLY: Mark.OK,
    Outcome.BROKEN: Mark.FAIL,
    Outcome.NOT_ASKED: Mark.SKIPPED,
    Outcome.WARN: Mark.WARN,
    Outcome.UNKNOWN: Mark.UNKNOWN,
}
CONTENT = frozenset({Check.WHOLE, Check.LISTED, Check.DATA, Check.RESTORE})
"""The checks that read what is in a copy."""


@dataclass(frozen=True)
class Row:
    """One check of a place as it stands: when it was made, how long it took (seconds), and what is to be told of it.

    `unknown` counts the runs in a row that gave no answer.
    """

    check: Check
    mark: Mark
    at: datetime | None = None
    reason: Text | None = None
    seconds: Decimal | None = None
    unknown: int = 0
    findings: tuple[Finding, ...] = ()


def weight(row: Row) -> int:
    """Return how heavy a row weighs in the verdict of its place: not to know for long is worse than a warning."""
    if row.mark is Mark.UNKNOWN:
        return 4 if row.unknown >= STUBBORN else 2
    return {Mark.FAIL: 5, Mark.WARN: 3, Mark.OK: 1, Mark.SKIPPED: 0}[row.mark]


def worst(rows: Iterable[Row]) -> Mark:
    """Return the verdict of a place: its heaviest row; unknown where nobody has read what is in its copies."""
    found = list(rows)
    heaviest = max(found, key=weight, default=None)
    if heaviest is None or heaviest.mark is Mark.SKIPPED:
        return Mark.UNKNOWN
    read = any(row.mark is Mark.OK and row.check in CONTENT for row in found)
    return heaviest.mark if heaviest.mark is not Mark.OK or read else Mark.UNKNOWN


def unwell(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that warn, failed or are not known, the heaviest first."""
    return sorted((row for row in rows if row.mark not in {Mark.OK, Mark.SKIPPED}), key=weight, reverse=True)
