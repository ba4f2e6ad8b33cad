"""Whether the machine's clock can be believed: no row is written by one that is plainly wrong.

Two signs: the clock stands before the moment at which the ledger was last written (a machine that booted without
its time), and the clock moves otherwise than the steady one that is never set. A small step is only said; a leap of
more than a day is waited out for two minutes, because it would make a year's slots fall at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.model import Text, Value

BEHIND = timedelta(hours=1)
"""How far before the ledger's newest row a clock may stand at start."""
STEP = timedelta(minutes=1)
"""A difference to the steady clock that is said; below are the corrections of a time service."""
LEAP = timedelta(days=1)
SETTLE = timedelta(minutes=2)
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True)
class Reading:
    """Both clocks at one moment; `steady` in seconds."""

    wall: datetime
    steady: float


@dataclass(frozen=True)
class Jump:
    """A step of the clock: where it stood, where it stands, and when that was by the steady clock."""

    before: datetime
    after: datetime
    steady: float

    @property
    def by(self) -> timedelta:
        """How far it went; negative where it went back."""
        return self.after - self.before


def jump_between(earlier: Reading, now: Reading) -> Jump | None:
    """Return the step the clock made between two readings, None where it went evenly."""
    expected = earlier.wall + timedelta(seconds=now.steady - earlier.steady)
    return Jump(expected, now.wall, now.steady) if abs(now.wall - expected) > STEP else None


class ClockGuard:
    """Watches one clock. `newest` is when the ledger was last written before this start, None for a new one."""

    def __init__(self, first: Reading, newest: datetime | None) -> None:
        self.last = first
        self._newest = newest if newest is not None and first.wall < newest - BEHIND else None
        self.jump: Jump | None = None

    def trust(self) -> None:
        """Believe the clock as it stands: a person says that it is right."""
        self._newest = None

    def look(self, now: Reading) -> Jump | None:
        """Take a reading and return the step that was made since the one before, if there was one."""
        found = jump_between(self.last, now)
        self.last = now
        self.jump = found or self.jump
        if self._newest is not None and now.wall >= self._newest - BEHIND:
            self._newest = None
        return found

    @property
    def doubt(self) -> Text | None:
        """Return why nothing may start now, None where the clock is believed."""
        if self._newest is not None:
            return Text(
                "The clock says {now}, but the ledger was written at {newest}: nothing is started until the clock is "
                "right. Set it; where it is right, give `nightclerk resume`.",
                {"now": self.last.wall, "newest": self._newest},
            )
        jump = self.jump
        if jump is not None and jump.by > LEAP and self.last.steady - jump.steady < SETTLE.total_seconds():
            return Text("The clock jumped by {by}: nothing is started for two minutes.", {"by": jump.by})
        return None

    def notices(self) -> list[Text]:
        """Return what the next briefing should say of the clock."""
        if self.doubt is not None:
            return [self.doubt]
        jump = self.jump
        if jump is None or timedelta(seconds=self.last.steady - jump.steady) > REMEMBERED:
            return []
        forward = "The clock jumped ahead by {by}, or the machine slept: from {before} to {after}."
        back = "The clock jumped back by {by}: from {before} to {after}."
        values: dict[str, Value] = {"by": abs(jump.by), "before": jump.before, "after": jump.after}
        return [Text(forward if jump.by > timedelta(0) else back, values)]
