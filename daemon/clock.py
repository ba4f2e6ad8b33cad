"""The only place that reads the system clock; everywhere else time is an argument."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What the rest of the program may ask about time."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that is never set."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; unaffected by clock steps."""
        return time.monotonic()  # noqa: TID251


@dataclass
class VirtualClock:
    """A clock that stands where it is put: for replays and tests."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment the clock was put to."""
        return self.moment

    def monotonic(self) -> float:
        """Return the moment as seconds since the epoch."""
        return self.moment.timestamp()


def stopwatch() -> Callable[[], float]:
    """Return what tells how many seconds have passed since now: for how long a thing of the outside really took."""
    started = time.monotonic()  # noqa: TID251
    return lambda: time.monotonic() - started  # noqa: TID251
