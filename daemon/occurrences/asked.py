"""Slots that no schedule names: what a person asked for, and approved drafts."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from daemon.records import Draft

_DRAFT = re.compile(r"draft-([0-9]+)-")
_DECIDED = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Wish:
    """What a person asked of a manual run: another moment, a dry run, a corrected or a test edition of its mail."""

    at: datetime | None = None
    dry: bool = False
    edition: int = 1

    @property
    def suffix(self) -> str:
        """The part of the slot's name that carries the wish through the ledger."""
        return ("-at" if self.at else "") + (f"-e{self.edition}" if self.edition != 1 else "")


@dataclass(frozen=True)
class Asked:
    """What a manual slot's name says of the wish behind it."""

    at_moment: bool
    edition: int


def manual_details(slot: str) -> Asked:
    """Return what a manual slot's name says of the wish behind it."""
    if not slot.startswith("manual-"):
        return Asked(at_moment=False, edition=1)
    parts = slot.split("-")
    editions = [int(part[1:]) for part in parts if part[:1] == "e" and part[1:].isdigit()]
    return Asked("at" in parts, editions[0] if editions else 1)


def draft_slot(draft: Draft) -> str:
    """Return the slot under which an approved draft is applied: one per decision."""
    return f"draft-{draft.id}-{draft.decided_at:{_DECIDED}}"


def draft_number(slot: str) -> int | None:
    """Return the draft that a slot applies, or None for every other slot."""
    match = _DRAFT.match(slot)
    return int(match[1]) if match else None


def draft_decided(slot: str) -> datetime | None:
    """Return when the draft that a slot applies was decided about, or None for every other slot."""
    match = _DRAFT.match(slot)
    return datetime.strptime(slot[match.end() :], _DECIDED).replace(tzinfo=UTC) if match else None
