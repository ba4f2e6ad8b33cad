"""How the night's routines ended: counts, what did not go well and why, and what a person must repair."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from daemon.api import Finding, Occurrence, SeenFinding, State, Text, Urgency, Value, worded
from jobs.briefing.gather import Morning
from jobs.briefing.listing import listed

ROWS = 8
NAMED = 4
"""Routines that a thing of several names."""
_TIME = re.compile(r"\d\d:\d\d$")
BAD = (State.FAILED, State.TIMED_OUT, State.LOST)
WORDS = {
    State.FAILED: Text("FAILED"),
    State.TIMED_OUT: Text("TIMED OUT"),
    State.LOST: Text("LOST"),
    State.SKIPPED: Text("SKIPPED"),
}


def routines(morning: Morning) -> dict[str, object]:
    """Return the counts (good and failed always, with zeros) and one row per routine, state and reason."""
    ended = morning.ended
    grouped: dict[tuple[str, State, str], list[Occurrence]] = defaultdict(list)
    for one in ended:
        if one.state in WORDS:
            grouped[one.routine, one.state, _without_time(one.reason)].append(one)
    order = sorted(grouped.items(), key=lambda pair: (list(WORDS).index(pair[0][1]), pair[0][0], pair[0][2]))
    return {**_counts(morning), **listed([_row(same, morning) for _, same in order], ROWS)}


def _without_time(reason: str) -> str:
    """Return a reason as it reads without a time of day at its end: slots skipped by one policy are one row."""
    return _TIME.sub("", reason)


def _counts(morning: Morning) -> dict[str, object]:
    states = Counter(one.state for one in morning.ended)
    running = sum(1 for o in morning.occurrences if not o.state.ended and not o.dry and o.routine != morning.routine)
    return {
        "ok": states[State.OK],
        "failed": states[State.FAILED],
        "timed_out": states[State.TIMED_OUT],
        "lost": states[State.LOST],
        "skipped": states[State.SKIPPED],
        "open": running,
    }


def _row(same: list[Occurrence], morning: Morning) -> dict[str, object]:
    last = same[-1]
    repaired = any(o.routine == last.routine and o.state is State.OK and o.due > last.due for o in morning.ended)
    return {
        "word": WORDS[last.state],
        "bad": last.state in BAD,
        "routine": last.routine,
        "times": len(same),
        "at": last.due,
        "reason": worded(last.reason) if last.reason else "",
        "tries": last.tries,
        "repaired": repaired and last.state in BAD,
    }


def broken(morning: Morning) -> list[SeenFinding]:
    """Return the routines whose last occurrence ended badly as things that need a person, one for each reason.

    What a later run repaired is not here.
    """
    causes: dict[str, list[list[Occurrence]]] = defaultdict(list)
    for routine, past in sorted(_tried(morning).items()):
        failed = _failing_since(past)
        if failed and (failed[-1].ended or failed[-1].due) >= morning.since:
            reason = _without_time(failed[-1].reason)
            causes[reason or routine].append(failed)
    return [_as_finding(failures, morning) for failures in causes.values()]


def _tried(morning: Morning) -> dict[str, list[Occurrence]]:
    """Return what the other routines tried to do, by routine, each oldest first."""
    by_routine: dict[str, list[Occurrence]] = defaultdict(list)
    for one in morning.occurrences:
        if one.state.ended and not one.dry and one.state is not State.SKIPPED and one.routine != morning.routine:
            by_routine[one.routine].append(one)
    return by_routine


def _failing_since(past: list[Occurrence]) -> list[Occurrence]:
    """Return the occurrences after the last good one."""
    good = [index for index, one in enumerate(past) if one.state is State.OK]
    return past[good[-1] + 1 :] if good else past


def _as_finding(failures: list[list[Occurrence]], morning: Morning) -> SeenFinding:
    """Return the routines that failed for one reason as one thing; each is the list of its failed occurrences."""
    every = [one for failed in failures for one in failed]
    first = min(every, key=lambda one: one.due)
    last = max(every, key=lambda one: one.ended or one.due)
    finding = _alone(failures[0]) if len(failures) == 1 else _together(failures)
    since, found = first.due, last.ended or last.due
    return SeenFinding(finding.key.rpartition(".")[2], 0, found, since, _mornings(every, morning), finding)


def _alone(failed: list[Occurrence]) -> Finding:
    last = failed[-1]
    return Finding(
        key=f"briefing.routine.{last.routine}",
        urgency=Urgency.STAYS_BROKEN,
        title=Text("The routine {routine} failed", {"routine": last.routine, "n": len(failed)},
                   plural="The routine {routine} failed {n} times"),
        detail=worded(last.reason) if last.reason else None,
        next_step=Text("See what happened with `nightclerk runs {routine}`.", {"routine": last.routine}),
        stake=Decimal(len(failed)),
    )  # fmt: skip


def _together(failures: list[list[Occurrence]]) -> Finding:
    last = failures[0][-1]
    names = [failed[-1].routine for failed in failures]
    rest = len(names) - NAMED
    others: dict[str, Value] = {"names": ", ".join(names[:NAMED]), "n": rest}
    return Finding(
        key=f"briefing.routine.{last.routine}",
        urgency=Urgency.STAYS_BROKEN,
        title=Text("{n} routines failed, one cause: {reason}", {"n": len(names), "reason": worded(last.reason)}),
        detail=Text("{names} and {n} more", others) if rest > 0 else Text("{names}", others),
        next_step=Text("See what happened with `nightclerk runs {routine}`.", {"routine": last.routine}),
        stake=Decimal(sum(map(len, failures))),
    )


def _mornings(failed: Iterable[Occurrence], morning: Morning) -> int:
    zone = ZoneInfo(morning.shop.timezone)
    days: set[date] = {one.due.astimezone(zone).date() for one in failed}
    return len(days)
