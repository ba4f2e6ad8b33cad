"""The small words of the YAML as types: durations, times of day, days, sizes.

Each accepts only text that a person would read the same way; the strict scalars of `source` see to it that
`22:00` arrives here as text and not as 1320.
"""

import re
from datetime import date, time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema
from pydantic.dataclasses import dataclass

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(?:\d+[smhdw]\s*)+")
_PART = re.compile(r"(\d+)([smhdw])")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SIZE = re.compile(r"(\d+)\s*([KMGT]?)B?", re.IGNORECASE)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
LAST_DAY = -1
LONGEST_MONTH = 31


def parse_duration(value: object) -> timedelta:
    """Return the duration that text such as `15m`, `1h30m` or `7d` names; raise ValueError otherwise."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _DURATION.fullmatch(value.strip()):
        raise ValueError("a duration is written as 30s, 15m, 1h30m, 1d or 2w")
    return timedelta(seconds=sum(int(n) * _UNITS[unit] for n, unit in _PART.findall(value)))


def write_duration(value: timedelta) -> str:
    """Return a duration as a person writes it, such as `1h30m`: the other way round than `parse_duration`."""
    seconds, text = int(value.total_seconds()), ""
    for unit in ("d", "h", "m", "s"):
        count, seconds = divmod(seconds, _UNITS[unit])
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def parse_time(value: object) -> time:
    """Return the time of day that text such as `07:30` names; raise ValueError otherwise."""
    if isinstance(value, time):
        return value
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a time of day is written as "07:30", from 00:00 to 23:59')
    return time(int(match[1]), int(match[2]))


def parse_times(value: object) -> tuple[time, ...]:
    """Return the times of day of one text or a list of them, in order and each once."""
    many = value if isinstance(value, list | tuple) else [value]
    if not many:
        raise ValueError("at least one time of day is needed")
    return tuple(sorted({parse_time(one) for one in many}))


def parse_size(value: object) -> int:
    """Return the bytes that text such as `300 MB` or a whole number names (K, M, G, T are powers of 1024)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a size is written as 300M, 2G or a number of bytes")
    power: int = " KMGT".index(match[2].upper() or " ")
    return int(match[1]) * int(1024**power)


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Days:
    """Which local days count: weekdays (0 is Monday), days of the month (-1 is the last), nth weekdays."""

    weekdays: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()

    def holds(self, day: date) -> bool:
        """Say whether `day` is one of them."""
        to_end = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - day
        counted = {((day.day - 1) // 7 + 1, day.weekday())}
        counted |= {(LAST_DAY, day.weekday())} if to_end <= timedelta(days=7) else set()
        return (
            day.weekday() in self.weekdays
            or day.day in self.month_days
            or (LAST_DAY in self.month_days and to_end == timedelta(days=1))
            or bool(counted & self.nth)
        )


DAILY = Days(weekdays=frozenset(range(7)))
_NAMED = {
    "daily": DAILY,
    "weekdays": Days(weekdays=frozenset(range(5))),
    "weekend": Days(weekdays=frozenset({5, 6})),
    "last": Days(month_days=frozenset({LAST_DAY})),
}
_DAYS_HELP = "days are daily, weekdays, weekend, last, first mon, [mon, thu] or [1, 15]"


def _one_day(word: object) -> Days:
    if isinstance(word, int) and not isinstance(word, bool) and 1 <= word <= LONGEST_MONTH:
        return Days(month_days=frozenset({word}))
    text = str(word).strip().lower()
    if text in _NAMED:
        return _NAMED[text]
    if text in WEEKDAYS:
        return Days(weekdays=frozenset({WEEKDAYS.index(text)}))
    ordinal, _, weekday = text.partition(" ")
    if ordinal in _ORDINALS and weekday in WEEKDAYS:
        return Days(nth=frozenset({(_ORDINALS[ordinal], WEEKDAYS.index(weekday))}))
    raise ValueError(_DAYS_HELP)


def parse_days(value: object) -> Days:
    """Return the days that a word or a list of words names; raise ValueError otherwise."""
    if isinstance(value, Days):
        return value
    words = value if isinstance(value, list | tuple) else [value]
    parts = [_one_day(word) for word in words]
    if not parts:
        raise ValueError(_DAYS_HELP)
    return Days(
        frozenset().union(*(p.weekdays for p in parts)),
        frozenset().union(*(p.month_days for p in parts)),
        frozenset().union(*(p.nth for p in parts)),
    )


_TEXT_TIME = {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$"}
_DAY_NAMES = "daily|weekdays|weekend|last|mon|tue|wed|thu|fri|sat|sun"
_NTH_NAMES = "(first|second|third|fourth|last) (mon|tue|wed|thu|fri|sat|sun)"
_DAY_WORDS: list[dict[str, str | int]] = [
    {"type": "string", "pattern": f"^({_DAY_NAMES}|{_NTH_NAMES})$"},
    {"type": "integer", "minimum": 1, "maximum": LONGEST_MONTH},
]

Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+[smhdw]\s*)+$", "examples": ["15m", "1h30m", "7d"]}),
]
Times = Annotated[
    tuple[time, ...],
    BeforeValidator(parse_times),
    WithJsonSchema({"anyOf": [_TEXT_TIME, {"type": "array", "items": _TEXT_TIME, "minItems": 1}]}),
]
DaySet = Annotated[
    Days,
    BeforeValidator(parse_days),
    WithJsonSchema({"anyOf": [*_DAY_WORDS, {"type": "array", "items": {"anyOf": _DAY_WORDS}, "minItems": 1}]}),
]
Size = Annotated[
    int,
    BeforeValidator(parse_size),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d+\s*[KMGTkmgt]?[Bb]?$"}, {"type": "integer"}]}),
]
Missed = Literal["run-once", "run-all", "skip"]
Overlap = Literal["skip", "queue", "kill"]
Approve = Literal["ask", "auto"]
