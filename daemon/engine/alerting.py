"""What alert is owed: pure decisions over how occurrences ended and what was told already.

A routine that fails for good is told once, at most once a local day while it goes on, and its recovery once. Skips by
the owner's own policy are history; they count where nobody asked for them (`UNASKED`) or where the policy leaves
out one slot after the other (`RECURRING`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from daemon.occurrences.accounting import TOO_LATE
from daemon.occurrences.asked import draft_number
from daemon.occurrences.dispatching import BLOCKED, NO_PLACE, STILL_RUNNING
from daemon.records import Occurrence, State

UNASKED = (TOO_LATE, NO_PLACE)
"""Reasons of skips that no policy of the owner's asked for."""
MADE_ROOM = "made room for the next slot (overlap: kill)"
CANCELLED = "cancelled by"
"""How the reason begins of a run that a person ended, and so knows of."""
RECURRING = (STILL_RUNNING, BLOCKED, MADE_ROOM)
"""How reasons begin that are policy once and trouble where they repeat."""
IN_A_ROW = 3
_BAD = (State.FAILED, State.TIMED_OUT, State.LOST)


class Kind(StrEnum):
    """What an alert says."""

    FAILED = "failed"
    SKIPPED = "skipped"
    BROKEN = "broken"
    RECOVERED = "recovered"
    USABLE = "usable"


@dataclass(frozen=True)
class Case:
    """What is remembered of one routine: since when it is in trouble, whether that was told, and the last such day."""

    since: datetime | None = None
    told: bool = False
    day: date | None = None
    skips: int = 0


@dataclass(frozen=True)
class Alert:
    """One mail that is owed. `occurrence` is what gave rise to it; a broken routine has none."""

    kind: Kind
    routine: str
    day: date
    reason: str = ""
    since: datetime | None = None
    occurrence: Occurrence | None = None


@dataclass(frozen=True)
class Told:
    """What is known: the cases by routine, up to when every end was looked at, and which ends were at that moment."""

    looked: datetime
    seen: frozenset[tuple[str, str]] = frozenset()
    cases: Mapping[str, Case] = field(default_factory=dict)


def case_of(occurrence: Occurrence) -> str:
    """Return what an occurrence is a case of: its routine or, where it applies a draft, that draft alone."""
    number = draft_number(occurrence.slot)
    return occurrence.routine if number is None else f"{occurrence.routine} draft {number}"


def counts(occurrence: Occurrence) -> bool:
    """Say whether an occurrence may alert: nobody is told of what was rehearsed or what a person asked for and saw."""
    asked = occurrence.slot.startswith("manual-") or occurrence.reason.startswith(CANCELLED)
    return not occurrence.dry and not asked


def judge(case: Case, one: Occurrence, day: date) -> tuple[Case, Kind | None]:
    """Return what is remembered after an occurrence has ended, and what is to be told of it now, if anything."""
    if one.state is State.OK:
        return Case(day=case.day), Kind.RECOVERED if case.told else None
    failed = _failed(one)
    skips = 0 if failed else case.skips + _by_policy(one)
    if not _troubles(one, skips):
        return replace(case, skips=skips), None
    after = replace(case, skips=skips, since=case.since or one.due)
    if case.day == day:
        return after, None
    return replace(after, told=True, day=day), Kind.FAILED if failed else Kind.SKIPPED


def _by_policy(one: Occurrence) -> bool:
    return one.reason.startswith(RECURRING)


def _failed(one: Occurrence) -> bool:
    return one.state in _BAD and not _by_policy(one)


def _troubles(one: Occurrence, skips: int) -> bool:
    """Say whether an end is trouble; `skips` are those by policy in a row, this one with them."""
    return _failed(one) or one.reason in UNASKED or (_by_policy(one) and skips >= IN_A_ROW)


def look(
    told: Told, ended: Sequence[Occurrence], waiting: Iterable[Occurrence], zone: ZoneInfo
) -> tuple[Told, list[Alert]]:
    """Return what is known after the occurrences that ended since `told.looked`, and the alerts owed.

    `ended` is in the order of their ends and may hold what was seen already; `waiting` are the open occurrences.
    """
    later = _newest([*ended, *waiting])
    cases, alerts = dict(told.cases), list[Alert]()
    for one in ended:
        if (one.routine, one.slot) in told.seen or not counts(one) or _made_up_for(one, later):
            continue
        key, day = case_of(one), _day(one, told, zone)
        before = cases.get(key, Case())
        cases[key], kind = judge(before, one, day)
        if kind is not None:
            since = before.since or cases[key].since
            alerts.append(Alert(kind, one.routine, day, one.reason, since, one))
    looked = max((one.ended for one in ended if one.ended), default=told.looked)
    seen = frozenset((one.routine, one.slot) for one in ended if one.ended == looked)
    return Told(looked, seen, _worth_keeping(cases, looked.astimezone(zone).date())), alerts


def _day(one: Occurrence, told: Told, zone: ZoneInfo) -> date:
    return (one.ended or told.looked).astimezone(zone).date()


def _newest(found: Iterable[Occurrence]) -> dict[str, datetime]:
    """Return the due moment of each routine's newest slot that was not too late."""
    newest: dict[str, datetime] = {}
    for one in found:
        if one.reason != TOO_LATE and counts(one):
            newest[one.routine] = max(newest.get(one.routine, one.due), one.due)
    return newest


def _made_up_for(one: Occurrence, later: Mapping[str, datetime]) -> bool:
    """Say whether a slot was too late but a later one of its routine was not: that one runs in its place."""
    return one.reason == TOO_LATE and one.due < later.get(one.routine, one.due)


def _worth_keeping(cases: Mapping[str, Case], today: date) -> dict[str, Case]:
    return {key: case for key, case in cases.items() if case.since or case.skips or case.day == today}


def broken(
    cases: Mapping[str, Case], problems: Mapping[str, str], now: datetime, zone: ZoneInfo
) -> tuple[dict[str, Case], list[Alert]]:
    """Return the cases of routines that can't run at all, and the alerts owed: one when it begins, one when it ends.

    `problems` says of each such routine what is wrong.
    """
    day = now.astimezone(zone).date()
    begun = [Alert(Kind.BROKEN, name, day, why, now) for name, why in problems.items() if name not in cases]
    over = [Alert(Kind.USABLE, name, day, since=case.since) for name, case in cases.items() if name not in problems]
    kept = {name: cases.get(name, Case(now, told=True, day=day)) for name in problems}
    return kept, [*begun, *over]
