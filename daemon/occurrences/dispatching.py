"""What may start now of all that waits: turns, places, overlap, and who waits for whom."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from daemon.config import RoutineConfig
from daemon.occurrences.accounting import ON_TIME
from daemon.occurrences.asked import draft_number
from daemon.records import Occurrence, State

NO_PLACE = "later than max_late: no free place"
STILL_RUNNING = "still running since"
BLOCKED = "blocked:"


@dataclass(frozen=True)
class Situation:
    """All that decides which pending occurrences may start now.

    `running` maps a routine to the moment its current run started; `known` are the occurrences of the last two
    days, oldest first; `places` how many runs may go on at once.
    """

    now: datetime
    zone: ZoneInfo
    routines: Mapping[str, RoutineConfig]
    running: Mapping[str, datetime]
    known: Sequence[Occurrence]
    places: int


@dataclass(frozen=True)
class Start:
    """Start a run of this occurrence; `missing` names the routines it did not wait for any longer."""

    occurrence: Occurrence
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skip:
    """End this occurrence as skipped."""

    occurrence: Occurrence
    reason: str


@dataclass(frozen=True)
class Kill:
    """End the routine's current run to make room for this occurrence (`overlap: kill`)."""

    occurrence: Occurrence


Step = Start | Skip | Kill


def _same_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    return one.astimezone(zone).date() == other.astimezone(zone).date()


def _before(occurrence: Occurrence, name: str, situation: Situation) -> list[Occurrence]:
    """Return the named routine's occurrences of the same local day up to this one, without rehearsals and drafts."""
    return [
        other
        for other in situation.known
        if other.routine == name
        and other.due <= occurrence.due
        and _same_day(other.due, occurrence.due, situation.zone)
        and not other.dry
        and draft_number(other.slot) is None
    ]


def _went_wrong(occurrence: Occurrence, name: str, situation: Situation) -> bool:
    """Say whether the last of the named routine's occurrences ended otherwise than well; of none nothing is said."""
    ended = [other for other in _before(occurrence, name, situation) if other.state.ended]
    return bool(ended) and ended[-1].state is not State.OK


def _waits_for(occurrence: Occurrence, situation: Situation) -> tuple[str, ...]:
    routine = situation.routines.get(occurrence.routine)
    if routine is None or not _scheduled(occurrence):
        return ()
    return tuple(
        name for name in routine.after if any(not other.state.ended for other in _before(occurrence, name, situation))
    )


def _scheduled(occurrence: Occurrence) -> bool:
    """Say whether a schedule named the slot, and not a person (manual runs, drafts)."""
    return occurrence.slot[:4].isdigit()


def _overlapping(occurrence: Occurrence, situation: Situation, queued: set[str]) -> Step | bool:
    """Return a step where the routine is still running, True to wait, False where it isn't running.

    `overlap` is about slots that fall during a run. One that was there before the run began waits for its turn (of
    several the oldest, with `run-all` each), and so does what a person asked for and what is tried again.
    """
    since = situation.running.get(occurrence.routine)
    if since is None:
        return False
    routine = situation.routines[occurrence.routine]
    older = occurrence.due <= since
    if _has_a_turn(occurrence) or (older and routine.missed == "run-all"):
        return True
    if (older or routine.overlap == "queue") and occurrence.routine not in queued:
        queued.add(occurrence.routine)
        return True
    return _shut_out(occurrence, since, situation)


def _shut_out(occurrence: Occurrence, since: datetime, situation: Situation) -> Kill | Skip:
    """Return what becomes of a slot that fell during a run, begun at `since`, and may not wait for its end."""
    if situation.routines[occurrence.routine].overlap == "kill" and occurrence.due > since:
        return Kill(occurrence)
    local = since.astimezone(situation.zone)
    return Skip(occurrence, f"{STILL_RUNNING} {local:%H:%M}")


def _has_a_turn(occurrence: Occurrence) -> bool:
    """Say whether somebody asked for it, or it was begun already: then it is not dropped for what else goes on."""
    return not _scheduled(occurrence) or _retrying(occurrence)


def _ready(occurrence: Occurrence, situation: Situation) -> Start | Skip | None:
    """Return what to do with an occurrence whose routine is free, or None where it waits for others."""
    routine = situation.routines[occurrence.routine]
    missing = _waits_for(occurrence, situation)
    if missing and situation.now < _waiting_since(occurrence) + routine.after_limit:
        return None
    blocked = _blocked(occurrence, missing, situation) if routine.after_ok else ""
    return Skip(occurrence, f"{BLOCKED} {blocked}") if blocked else Start(occurrence, missing)


def _blocked(occurrence: Occurrence, missing: tuple[str, ...], situation: Situation) -> str:
    """Return what is wrong with the routines after whose good end it would run, or nothing."""
    if missing:
        return f"{', '.join(missing)} had not ended"
    after = situation.routines[occurrence.routine].after if _scheduled(occurrence) else ()
    bad = [name for name in after if _went_wrong(occurrence, name, situation)]
    return f"{', '.join(bad)} did not end well" if bad else ""


def _waiting_since(occurrence: Occurrence) -> datetime:
    """Return when waiting began: a slot caught up hours later waits from then on as long as one on time."""
    return max(occurrence.due, occurrence.not_before or occurrence.due)


def _dropped(occurrence: Occurrence, situation: Situation) -> str:
    """Return why a pending occurrence will not start any more, or nothing."""
    routine = situation.routines.get(occurrence.routine)
    if routine is None:
        return "removed from the configuration"
    if _has_a_turn(occurrence):
        return ""
    if not routine.enabled:
        return "disabled in the configuration"
    patience = max(routine.max_late, ON_TIME) + (routine.after_limit if routine.after else timedelta(0))
    return NO_PLACE if situation.now - occurrence.due > patience else ""


def _retrying(occurrence: Occurrence) -> bool:
    return occurrence.tries > 0


def _step(occurrence: Occurrence, situation: Situation, queued: set[str]) -> Step | None:
    dropped = _dropped(occurrence, situation)
    if dropped:
        return Skip(occurrence, dropped)
    if occurrence.not_before is not None and occurrence.not_before > situation.now:
        return None
    overlap = _overlapping(occurrence, situation, queued)
    if overlap is True:
        return None
    return overlap or _ready(occurrence, situation)


def in_turn(pending: Iterable[Occurrence]) -> list[Occurrence]:
    """Return occurrences in the order in which they get their turn: the oldest first."""
    return sorted(pending, key=lambda o: (o.due, o.routine, o.slot))


def _steps(pending: Iterable[Occurrence], situation: Situation) -> Iterator[Step]:
    """Yield what to do, one after the other; whom a place is missing goes on waiting."""
    queued: set[str] = set()
    running = dict(situation.running)
    current = replace(situation, running=running)
    for occurrence in pending:
        step = _step(occurrence, current, queued)
        if isinstance(step, Start):
            if len(running) >= situation.places:
                continue
            running[occurrence.routine] = situation.now
        if step is not None:
            yield step


def dispatch(pending: Iterable[Occurrence], situation: Situation) -> list[Step]:
    """Return what to do now with the pending occurrences, oldest first; those left out go on waiting."""
    return list(_steps(in_turn(pending), situation))


def refill(pending: Sequence[Occurrence], situation: Situation) -> list[Step]:
    """Return what to do until every place is taken; those behind, who are not looked at, go on waiting.

    `pending` is in turn. With a thousand who wait this is a look at the first few instead of at all.
    """
    steps: list[Step] = []
    free = situation.places - len(situation.running)
    for step in _steps(pending, situation):
        steps.append(step)
        free -= isinstance(step, Start)
        if free <= 0:
            break
    return steps
