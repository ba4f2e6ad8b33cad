"""Who waits for a turn, as the last look at the ledger found them, so that a free place is given away at once.

To read a thousand who wait anew after each run's end takes longer than the run. What is remembered decides nothing:
whoever starts an occurrence claims it in the ledger, and one that is new comes with the next look.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from daemon.bookkeeper import Bookkeeper
from daemon.config import RoutineConfig
from daemon.occurrences import Kill, Situation, Step, in_turn
from daemon.occurrences.timetable import Timetable
from daemon.records import Occurrence, State

PLACES = 8
"""Runs that may go on at once."""
LOOK_BACK = timedelta(hours=48)
"""How far back an occurrence may matter to one that waits for it."""
Rule = Callable[[list[Occurrence], Situation], list[Step]]


class Turns:
    """The pending occurrences. Whoever reads them or takes steps holds `still`, so that no place is given twice."""

    def __init__(self, bookkeeper: Bookkeeper) -> None:
        self._call, self._history = bookkeeper.call, bookkeeper.ledger.history
        self._waiting: list[Occurrence] = []
        self.still = asyncio.Lock()

    async def read(self) -> None:
        """Look who waits."""
        found = await self._call(self._history.occurrences, open_only=True)
        self._waiting = in_turn(one for one in found if one.state is State.PENDING)

    async def decide(self, rule: Rule, timetable: Timetable, routines: Mapping[str, RoutineConfig],
                     running: Mapping[str, datetime], now: datetime) -> list[Step]:  # fmt: skip
        """Return what `rule` says of those who wait; `running` maps a routine to its current run's start."""
        if not self._waiting:
            return []
        known = await self._known_to_followers(routines, now)
        return rule(self._waiting, Situation(now, timetable.zone, routines, running, known, PLACES))

    async def _known_to_followers(self, routines: Mapping[str, RoutineConfig], now: datetime) -> list[Occurrence]:
        """Return the occurrences of the last two days where one of the pending waits for others, else none."""
        if not any(routines[one.routine].after for one in self._waiting if one.routine in routines):
            return []
        return await self._call(self._history.occurrences, since=now - LOOK_BACK)

    def taken(self, step: Step) -> None:
        """Remember that a step was taken: who was started or skipped waits no longer."""
        if not isinstance(step, Kill):
            self._waiting.remove(step.occurrence)
