"""The sheets that are to be printed, in the order in which they are printed; what is on them is read when they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daemon.api import Context, WorkItem
from jobs.kinds.paper import DOCUMENTS, SENT, SHEETS, WAITING

PAGE = 500
"""Sheets in one message: some 1 MB."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sheet in its pile: where it stands, its place among the others of its wave and document, and whose it is.

    `printer` is who was handed it (empty: nobody yet), `run` the run that did so, `file` what it is bound into.
    """

    id: str
    state: str
    document: str
    wave: str
    turn: str
    place: int
    places: int
    printer: str = ""
    run: int = 0
    file: str = ""

    @property
    def order(self) -> tuple[str, int, int, str]:
        """What it is sorted by: wave after wave, in a wave one document after the other, then by place."""
        return self.turn, DOCUMENTS.index(self.document), self.place, self.id

    @property
    def is_handed_over(self) -> bool:
        """Whether a printer has it: it was sent, and into no file."""
        return self.state == SENT and not self.file

    @property
    def number(self) -> str:
        """What a person types for it."""
        return self.id.partition("/")[2]


def pile(ctx: Context, states: Sequence[str] = (WAITING, SENT)) -> list[Entry]:
    """Return the sheets in these states, in the order in which they are to be printed."""
    return sorted((_entry(item) for item in pages(ctx, states)), key=lambda one: one.order)


def pages(ctx: Context, states: Sequence[str], since: datetime | None = None) -> Iterator[WorkItem]:
    """Yield the sheets in these states by id; with `since`, only those that were changed at or after it."""
    after = ""
    while page := ctx.night.work_items(SHEETS.kind, states, [], after, PAGE, since):
        yield from page
        after = page[-1].id


def _entry(item: WorkItem) -> Entry:
    data: Any = item.data
    return Entry(
        item.id, item.state, data["document"], data["wave"], data["turn"], int(data["place"]), int(data["places"]),
        data.get("printer", ""), int(data.get("run", 0)), data.get("file", ""),
    )  # fmt: skip
