"""What the job knows of a place from one run to the next: one JSON text for each, kept as a watermark of the routine.

A watermark is written in one transaction with the run's end, so a run that dies repeats what it did and forgets
nothing. Facts would not do: they go after `retention`, and the ids of copies and the turn of a part must not. The text
is bounded: at most `MOST_KNOWN` copies, and `WINDOW` sizes for each of `MOST_SERIES` series.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from daemon.api import Text
from jobs.backups.marks import Mark
from jobs.backups.texts import packed, unpacked
from jobs.kinds.backup import Check

VERSION = 1
MOST_KNOWN = 1000
WINDOW = 14
"""So many sizes of a series say what is usual."""
MOST_SERIES = 50
LONGEST_NAME = 100
"""Letters of an id or a series that are kept; ids of programs are hashes of 64."""


@dataclass(frozen=True)
class Last:
    """A check's last answer: when it was asked for, what it was, and when it last was any but "not known".

    `unknown` counts the runs in a row without an answer; `busy` is since when the place has been too busy to say one,
    `again` when it wants to be asked again.
    """

    mark: Mark
    at: datetime
    answered: datetime | None = None
    reason: Text | None = None
    seconds: Decimal | None = None
    unknown: int = 0
    busy: datetime | None = None
    again: datetime | None = None


@dataclass(frozen=True)
class Cycle:
    """Which part of the data is next (`number` of `of`), and when the last part of all was read, or all in one go."""

    of: int = 0
    number: int = 1
    full: datetime | None = None


@dataclass(frozen=True)
class Drill:
    """The last restore that went well: when, of a copy of which moment, how long (seconds) and how much (bytes)."""

    at: datetime
    moment: datetime
    seconds: Decimal | None
    read: int | None


@dataclass(frozen=True)
class Memory:
    """All that is known of a place from earlier runs.

    `checks` are the last answers, `since` says since when each check could be made, `known` the time of each copy that
    was seen and is to stay, `gone` which of them were missing at the last look, `sizes` what is usual for each series
    (oldest first), `newest` the size of its newest copy at the last look, `levels` the size a person accepted,
    `accepted` when a person last accepted anything, `proven` the time of the newest copy that was read whole or
    restored, `drills` how many restores went well.
    """

    checks: Mapping[Check, Last] = field(default_factory=dict)
    since: Mapping[Check, datetime] = field(default_factory=dict)
    cycle: Cycle = field(default_factory=Cycle)
    known: Mapping[str, datetime] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    sizes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    newest: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    accepted: datetime | None = None
    drill: Drill | None = None
    drills: int = 0
    proven: datetime | None = None


def write(memory: Memory) -> str:
    """Return a memory as one text, cut to its bounds."""
    known = sorted(memory.known.items(), key=lambda pair: pair[1])[-MOST_KNOWN:]
    series = list(memory.sizes)[-MOST_SERIES:]
    return json.dumps(
        {
            "version": VERSION,
            "checks": {check.value: _of_last(last) for check, last in memory.checks.items()},
            "since": {check.value: _written(at) for check, at in memory.since.items()},
            "cycle": [memory.cycle.of, memory.cycle.number, _written(memory.cycle.full)],
            "known": {name: int(moment.timestamp()) for name, moment in known},
            "gone": [name for name in memory.gone if name in memory.known][:MOST_KNOWN],
            "sizes": {one: dict(list(memory.sizes[one].items())[-WINDOW:]) for one in series},
            "newest": {one: memory.newest[one] for one in series if one in memory.newest},
            "levels": {one: memory.levels[one] for one in series if one in memory.levels},
            "accepted": _written(memory.accepted),
            "drill": _of_drill(memory.drill),
            "drills": memory.drills,
            "proven": _written(memory.proven),
        },
        ensure_ascii=True, separators=(",", ":"),
    )  # fmt: skip


def read(text: str | None) -> Memory:
    """Return the memory that a text holds; a new one where there is none, or none that can be read."""
    try:
        told = json.loads(text) if text else {}
        return _memory(told) if told.get("version") == VERSION else Memory()
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
        return Memory()


def _memory(told: Mapping[str, Any]) -> Memory:
    of, number, full = told["cycle"]
    return Memory(
        checks={Check(check): _last(last) for check, last in told["checks"].items()},
        since={Check(check): moment for check, at in told["since"].items() if (moment := _moment(at))},
        cycle=Cycle(int(of), int(number), _moment(full)),
        known={name: datetime.fromtimestamp(at, UTC) for name, at in told["known"].items()},
        sizes={one: {name: int(size) for name, size in sizes.items()} for one, sizes in told["sizes"].items()},
        gone=tuple(told["gone"]),
        newest={one: int(size) for one, size in told["newest"].items()},
        levels={one: int(size) for one, size in told["levels"].items()},
        accepted=_moment(told["accepted"]),
        drill=_drill(told["drill"]),
        drills=int(told["drills"]),
        proven=_moment(told["proven"]),
    )


def _of_last(last: Last) -> list[Any]:
    moments = map(_written, (last.at, last.answered, last.busy, last.again))
    return [last.mark.value, *moments, packed(last.reason), _plain(last.seconds), last.unknown]


def _last(told: list[Any]) -> Last:
    mark, at, answered, busy, again, reason, seconds, unknown = told
    return Last(
        Mark(mark), datetime.fromisoformat(at), _moment(answered), unpacked(reason), _exact(seconds), int(unknown),
        _moment(busy), _moment(again),
    )  # fmt: skip


def _of_drill(drill: Drill | None) -> list[Any] | None:
    if drill is None:
        return None
    return [_written(drill.at), _written(drill.moment), _plain(drill.seconds), drill.read]


def _drill(told: list[Any] | None) -> Drill | None:
    if told is None:
        return None
    at, moment, seconds, read_ = told
    return Drill(datetime.fromisoformat(at), datetime.fromisoformat(moment), _exact(seconds), read_)


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(number: Decimal | None) -> str | None:
    return str(number) if number is not None else None


def _exact(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def still_known(
    known: Mapping[str, datetime], present: Iterable[tuple[str, datetime]], keeps: timedelta | None, stay: int,
    now: datetime,
) -> dict[str, datetime]:  # fmt: skip
    """Return which copies are to be remembered: those that the declared retention keeps, gone ones among them."""
    every = {**known, **dict(present)}
    newest = sorted(every.items(), key=lambda pair: pair[1], reverse=True)
    kept = (pair for n, pair in enumerate(newest) if n < stay or (keeps is not None and now - pair[1] < keeps))
    return dict(list(kept)[:MOST_KNOWN])
