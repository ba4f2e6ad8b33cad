"""What a run may ask of the daemon: one Protocol, kept by the ledger and by the child's end of the wire."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from daemon.model import Fact, Text, Transition
from daemon.records import (
    Draft,
    DraftState,
    Effect,
    MailStatus,
    Occurrence,
    Run,
    SeenFinding,
    Task,
    Upcoming,
    WorkItem,
)

READS = (
    "runs",
    "occurrences",
    "findings",
    "facts",
    "drafts",
    "mails",
    "upcoming",
    "notices",
    "watermark",
    "work_items",
    "tasks",
    "effect",
)
COMMITS = ("move", "claim", "confirm", "release", "doubt")
"""The verbs a run may use; they are the methods of `Night`."""


class Night(Protocol):
    """What a run may ask of the daemon; the answer is always of the run's own shop."""

    def runs(self, since: datetime) -> list[Run]:
        """Return the runs that started at or after `since`, oldest first, without this one."""
        ...

    def occurrences(self, since: datetime) -> list[Occurrence]:
        """Return the occurrences due at or after `since`, oldest first."""
        ...

    def findings(self, since: datetime) -> list[SeenFinding]:
        """Return what each routine's last good run found, where that run ended at or after `since`."""
        ...

    def facts(self, names: Sequence[str], first: date, last: date) -> list[Fact]:
        """Return the facts of these names for the local days `first` to `last` inclusive, oldest day first."""
        ...

    def drafts(self, states: Sequence[DraftState]) -> list[Draft]:
        """Return the drafts in these states (none given: all), oldest first."""
        ...

    def mails(self, since: datetime) -> list[MailStatus]:
        """Return the mails queued at or after `since`, oldest first."""
        ...

    def upcoming(self, until: datetime) -> list[Upcoming]:
        """Return the slots between now and `until`, in order."""
        ...

    def notices(self) -> list[Text]:
        """Return what the daemon itself has to say: downtime, a refused configuration, broken routines."""
        ...

    def watermark(self, name: str) -> str | None:
        """Return where this routine's last good run got to, or None on the first."""
        ...

    def work_items(
        self, kind: str, states: Sequence[str], ids: Sequence[str], after: str = "", most: int = 0,
        since: datetime | None = None,
    ) -> list[WorkItem]:  # fmt: skip
        """Return the work items of a kind in these states (none given: any) and of these ids (none given: all), by id.

        What may be many is read in pages: only those whose id comes after `after`, no more than `most` (0: all). With
        `since`, only those that were changed at or after it.
        """
        ...

    def tasks(self) -> list[Task]:
        """Return the open tasks, oldest first; `daemon.api.listed` puts them in order."""
        ...

    def effect(self, key: str) -> Effect | None:
        """Return where an effect stands, None where nobody ever claimed it."""
        ...

    def move(self, steps: Sequence[Transition]) -> list[bool]:
        """Make each step whose item stands where the step says; return which were made. Commits at once."""
        ...

    def move_all(self, batches: Iterable[Sequence[Transition]]) -> None:
        """Make the steps of each batch as `move` does, one batch after the other, while the next is being prepared."""
        ...

    def claim(self, key: str, what: str) -> Effect | None:
        """Claim an effect and return None, or return the earlier claim of the same key. Commits at once."""
        ...

    def confirm(self, key: str, answer: str) -> None:
        """Record that the effect happened and what the outside answered. Commits at once.

        Like `release` and `doubt`: raises LedgerError where the effect has no open claim.
        """
        ...

    def release(self, key: str) -> None:
        """Give a claim back: the effect certainly did not happen. Commits at once."""
        ...

    def doubt(self, key: str) -> None:
        """Record that nobody can say whether the effect happened. Commits at once."""
        ...
