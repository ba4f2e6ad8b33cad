"""Which post goes out when: pure functions over slots, the queue and what was planned before."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jobs.social.queue import Prepared, QueuedPost


@dataclass(frozen=True)
class Rule:
    """One time of day at which posts go out, on these weekdays (0 is Monday)."""

    weekdays: frozenset[int]
    at: time


@dataclass(frozen=True)
class Planned:
    """A post with the instant (UTC) it goes out."""

    at: datetime
    prepared: Prepared


@dataclass(frozen=True)
class Plan:
    """What goes out within the horizon, the slots that stay `empty` (UTC), and posts `missed` by their fixed time."""

    planned: Sequence[Planned]
    empty: Sequence[datetime]
    missed: Sequence[Prepared]


def digest(post: QueuedPost) -> str:
    """Return what identifies a post: two with the same content are the same post, wherever they stand."""
    content = repr((post.text.strip(), post.link, post.image))
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16]


def wording(text: str) -> str:
    """Return a text as a reader remembers it: without regard to case and spacing."""
    return " ".join(text.split()).casefold()


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a local time; one inside a gap moves by the gap, a repeated one is the first."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def slots(rules: Iterable[Rule], first: date, last: date, zone: ZoneInfo) -> list[datetime]:
    """Return the slots (UTC) of the local days `first` to `last` inclusive, in order and each once."""
    return sorted({instant(datetime.combine(day, r.at), zone) for r in rules for day in _days(first, last, r)})


def _days(first: date, last: date, rule: Rule) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day.weekday() in rule.weekdays:
            yield day


def plan(
    queue: Sequence[Prepared], free: Sequence[datetime], taken: AbstractSet[datetime], now: datetime, zone: ZoneInfo
) -> Plan:
    """Return the plan for the slots `free` to be used; posts with a time of their own keep it, the others follow.

    A fixed time takes the slot of the same instant. Nothing is planned at or before `now`.
    """
    fixed = [Planned(instant(p.post.slot, zone), p) for p in queue if p.post.slot is not None]
    missed = [one.prepared for one in fixed if one.at <= now]
    coming = [one for one in fixed if one.at > now]
    filled, empty = _fill([p for p in queue if p.post.slot is None], free, taken | {one.at for one in coming}, now)
    return Plan(sorted([*coming, *filled], key=lambda one: one.at), empty, missed)


def _fill(
    waiting: Sequence[Prepared], free: Sequence[datetime], occupied: AbstractSet[datetime], now: datetime
) -> tuple[list[Planned], list[datetime]]:
    """Put each waiting post into the next slot that is open, and return the slots that stay so."""
    still_open = [at for at in free if at > now and at not in occupied]
    filled = [Planned(at, one) for at, one in zip(still_open, waiting, strict=False)]
    return filled, still_open[len(filled) :]
