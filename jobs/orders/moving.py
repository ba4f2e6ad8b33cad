"""Where an order belongs on the line: by what the line knows and what the shop says now. Pure, one order at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daemon.api import PERSON, WorkItem
from jobs.orders.line import (
    CANCELLED,
    CHANGED,
    CHECKED,
    CLOSED,
    GONE,
    HELD,
    NEW,
    ORDERS_LINE,
    OUT,
    READY,
    REASONS,
    RETURNED,
    SHIPPED,
    STOPS,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the line knows of an order, without its card; an empty state says that it never saw it."""

    state: str = ""
    mark: str = ""
    reasons: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    held_in: str = ""
    changed: datetime | None = None
    owner: str = ""
    lease_until: datetime | None = None
    joined: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    part_of: str = ""

    @property
    def bound(self) -> bool:
        """Whether a person joined the order with others, or it is a part of one: a change of it stops it at once."""
        return bool(self.joined or self.part_of)

    @property
    def base(self) -> str:
        """The state that the order stands in, or was held in."""
        return self.held_in if self.state == HELD else self.state


def known_of(item: WorkItem) -> Known:
    """Return a work item without what only a person reads."""
    data: Any = item.data
    return Known(
        item.state, data.get("mark", ""), tuple(data.get("reasons", ())), tuple(data.get("cleared", ())),
        data.get("from", ""), item.changed, item.owner, item.lease_until,
        tuple(data.get("joined", ())), tuple(data.get("parts", ())), data.get("part_of", ""),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What the shop says of an order: its fate, its fingerprint, and what the checks have against it.

    `fate` is SHIPPED or CANCELLED where that happened in the shop, GONE where it shows the order no more, NEW where it
    does not say how it stands, and empty where it is open.
    """

    fate: str = ""
    mark: str = ""
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A state and the reasons for which it is HELD."""

    state: str
    reasons: tuple[str, ...] = ()


def place(known: Known, told: Told, *, review: bool) -> Place:
    """Return where an order belongs; where that is where it stands, nothing is to be done.

    `review` says that a person confirms each order before it is ready.
    """
    if told.fate in {SHIPPED, CANCELLED, GONE}:
        return _ended(known, told.fate)
    if known.state in {SHIPPED, CLOSED, RETURNED}:
        return Place(known.state)
    if known.base in OUT:
        return _out(known, told)
    return _waiting(known, told, review=review)


def _ended(known: Known, fate: str) -> Place:
    """Return where an order belongs that the shop has done with."""
    if known.state in ORDERS_LINE.done and not (known.state == CANCELLED and fate == SHIPPED):
        return Place(known.state)
    if fate == SHIPPED:
        return Place(SHIPPED)
    if fate == CANCELLED:
        return _held(CANCELLED) if known.base in OUT else Place(CANCELLED)
    return _held(GONE, *known.reasons)


def _out(known: Known, told: Told) -> Place:
    """Return where an order belongs whose goods or papers are in somebody's hands: there, or stopped."""
    changed = CHANGED in known.reasons or told.mark != known.mark
    stops = [reason for reason in told.reasons if reason in STOPS and reason not in known.cleared]
    reasons = [*([CHANGED] if changed else []), *stops, *(reason for reason in known.reasons if reason == PERSON)]
    return _held(*reasons) if reasons else Place(known.base)


def _waiting(known: Known, told: Told, *, review: bool) -> Place:
    """Return where an order belongs that nobody has begun to pick."""
    same = told.mark == known.mark
    standing = _standing(known, told, same=same)
    if standing:
        return _held(*standing)
    if told.fate == NEW and known.base in {"", NEW}:
        return Place(NEW)
    if review and not (known.base == READY and same):
        return Place(CHECKED)
    return Place(READY)


def _standing(known: Known, told: Told, *, same: bool) -> list[str]:
    """Return what speaks against an order: what the checks say and nobody cleared, and what a person must see."""
    standing = [reason for reason in told.reasons if not (same and reason in known.cleared)]
    standing += [reason for reason in known.reasons if reason in {PERSON, CHANGED}]
    standing += [CHANGED] if known.bound and not same else []
    return standing


def _held(*reasons: str) -> Place:
    return Place(HELD, tuple(reason for reason in REASONS if reason in reasons))
