"""The bare briefing: what the daemon itself mails in the morning where the briefing's job has stored nothing in time.

It needs no plug-in and no template, only the ledger: when the briefing was due, what became of it, how the runs of
the last day ended, and what the daemon has to say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from daemon.config import RoutineConfig
from daemon.engine.plain import Note
from daemon.model import Text, Value
from daemon.occurrences.accounting import COVERED, MISSED, PAUSED
from daemon.reasons import state_word, worded
from daemon.records import Occurrence, State

BRIEFING_JOB = "briefing"
PATIENCE = timedelta(minutes=30)
"""How long after its time a briefing may still be stored by its own job."""
STARTING = timedelta(minutes=5)
"""What a briefing gets beyond `after_limit` where it still waits for other routines."""
A_DAY = timedelta(days=1)
_BY_POLICY = (PAUSED, COVERED, MISSED, "removed ", "disabled ")
"""How the reasons begin for which a briefing was left out on purpose."""


@dataclass(frozen=True)
class Missing:
    """A briefing that was not stored in time: its routine, the local day, and what became of its occurrence."""

    routine: str
    day: date
    occurrence: Occurrence


def limit_of(routine: RoutineConfig, one: Occurrence) -> timedelta:
    """Return how long after its time a briefing counts as missing: longer while it may still wait for others."""
    if routine.after and not one.state.ended:
        return max(PATIENCE, routine.after_limit + STARTING)
    return PATIENCE


def overdue(
    routines: dict[str, RoutineConfig], known: Iterable[Occurrence], now: datetime, awake: datetime, zone: ZoneInfo
) -> list[Missing]:
    """Return the briefings that should be stored by now; whether they are, the ledger knows.

    `known` are the occurrences of the last day; of each routine only the newest that has fallen counts. `awake` is
    the moment the daemon began: what fell while it was down has its time from then on.
    """
    newest: dict[str, Occurrence] = {}
    for one in known:
        named = routines.get(one.routine)
        if named is not None and named.job == BRIEFING_JOB and one.slot[:4].isdigit() and not one.dry:
            newest[one.routine] = max(one, newest.get(one.routine, one), key=lambda other: other.due)
    return [
        Missing(name, one.due.astimezone(zone).date(), one)
        for name, one in newest.items()
        if _wanted(one) and now - max(one.due, awake) >= limit_of(routines[name], one)
    ]


def _wanted(one: Occurrence) -> bool:
    return one.state is not State.SKIPPED or not one.reason.startswith(_BY_POLICY)


def note_of(missing: Missing, shop: str, known: Sequence[Occurrence], notices: Sequence[Text]) -> Note:
    """Return the bare mail: why there is no briefing, what the daemon has to say, and how the last day's runs ended."""
    one = missing.occurrence
    lines = [
        Text("The briefing {routine}, due {due}, is not there. This is what the daemon itself knows.",
             {"routine": one.routine, "due": one.due}),
        _why(one),
        Text("Run it again: nightclerk run {routine}", {"routine": one.routine}),
        Text(""),
    ]  # fmt: skip
    lines += [*notices, Text("")] if notices else []
    runs = [other for other in known if other.state is not State.PENDING and other != one]
    lines += [Text("The last 24 hours:"), *map(_row, runs)] if runs else [Text("Nothing ran in the last 24 hours.")]
    subject = Text("The briefing is missing ({shop})", {"shop": shop})
    return Note("bare", one.routine, missing.day, subject, tuple(lines))


_STATES = {
    State.PENDING: Text("It has not begun."),
    State.RUNNING: Text("It is still running."),
    State.OK: Text("It ended well, but no mail of it was stored."),
}


def _why(one: Occurrence) -> Text:
    known = _STATES.get(one.state)
    if known is not None and not one.reason:
        return known
    reason = worded(one.reason) if one.reason else None
    return Text("It is {state}: {reason}", {"state": state_word(one.state), "reason": reason})


def _row(one: Occurrence) -> Text:
    values: dict[str, Value] = {"due": one.due, "routine": one.routine, "state": state_word(one.state)}
    values["reason"] = worded(one.reason)
    return Text("- {due} {routine}: {state}: {reason}" if one.reason else "- {due} {routine}: {state}", values)
