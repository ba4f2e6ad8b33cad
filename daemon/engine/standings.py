"""What is remembered of each routine: up to when its slots are accounted for, and whether it is paused."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from daemon.bookkeeper import Bookkeeper
from daemon.clock import Clock
from daemon.config import Config
from daemon.engine.assigning import Setup
from daemon.ledger import Standing
from daemon.occurrences import PAUSED, account
from daemon.occurrences.timetable import Lookout, Timetable, signature
from daemon.records import Occurrence, Upcoming

ALL = "*"
"""Stands for all routines where everything is paused."""
WRITE_STANDING = timedelta(hours=1)
"""How often the standing of a routine without slots is written."""
_log = logging.getLogger(__name__)


class Standings:
    """The standings of one shop's routines. Whoever changes them holds `still`, so that no change is overwritten.

    `unfit` are the routines whose slots can't be computed, with the reason.
    """

    def __init__(self, bookkeeper: Bookkeeper, clock: Clock) -> None:
        self._bookkeeper, self._history, self._clock = bookkeeper, bookkeeper.ledger.history, clock
        self._known: dict[str, Standing] = {}
        self.unfit: dict[str, str] = {}
        self._looked: tuple[Timetable, datetime] | None = None
        self._lookout = Lookout()
        self.still = asyncio.Lock()

    async def read(self) -> None:
        """Take up what an earlier daemon left."""
        self._known = await self._bookkeeper.call(self._history.standings)

    async def adopt(self, config: Config, scheduled: Iterable[str]) -> None:
        """Count new and rescheduled routines from now; forget the schedule of those that are gone."""
        now, names = self._clock.now(), set(scheduled)
        self.unfit.clear()
        fresh = []
        for name in names:
            signed, known = signature(config, name), self._known.get(name)
            if known is None or known.signature != signed:
                fresh.append(replace(known or Standing(name, signed, now), signature=signed, accounted=now))
        gone = set(self._known) - names - {ALL}
        fresh += [replace(self._known[name], signature="", accounted=now) for name in gone]
        self._known |= {one.routine: one for one in fresh}
        await self._bookkeeper.call(self._history.account, fresh, [])

    async def account(self, setup: Setup, timetable: Timetable, more: list[Occurrence]) -> None:
        """Give every slot that has fallen since the last look its row, and add `more` rows with them."""
        now = self._clock.now()
        if self._quiet(timetable, now):
            await self._keep([], more)
            return
        fallen = self._fallen(setup, timetable, now)
        await self._keep([standing for standing, _ in fallen], [*more, *(row for _, rows in fallen for row in rows)])
        if timetable.schedules:
            self._looked = timetable, now

    async def _keep(self, standings: list[Standing], rows: list[Occurrence]) -> None:
        if rows or standings:
            await self._bookkeeper.call(self._history.account, standings, rows)
            self._known |= {one.routine: one for one in standings}

    def _fallen(self, setup: Setup, timetable: Timetable, now: datetime) -> list[tuple[Standing, Sequence[Occurrence]]]:
        """Return the standings that are to be written, each with the slots that have fallen since the one before."""
        fallen: list[tuple[Standing, Sequence[Occurrence]]] = []
        for name, schedule in timetable.schedules.items():
            known, routine = self._known[name], setup.config.routines[name]
            hold = self.hold(setup, name, now)
            try:
                found = account(name, routine, schedule, known.accounted, now, timetable.zone, hold)
            except Exception as error:  # noqa: BLE001 - a defect in one schedule must not stop the others
                self._call_unfit(name, error)
                continue
            if found.occurrences or now - known.accounted > WRITE_STANDING:
                fallen.append((replace(known, accounted=found.accounted), found.occurrences))
        return fallen

    def _quiet(self, timetable: Timetable, now: datetime) -> bool:
        """Say whether no slot can have fallen since the last look: that needs no schedule computed anew."""
        if self._looked is None or self._looked[0] is not timetable:
            return False
        if not self._looked[1] <= now < self._looked[1] + WRITE_STANDING:
            return False
        coming = self.coming(timetable)
        return coming is None or now < coming.at

    def coming(self, timetable: Timetable) -> Upcoming | None:
        """Return the first slot that is not accounted for yet; it may have fallen already."""
        now = self._clock.now()
        looked = self._looked[1] if self._looked is not None and self._looked[0] is timetable else now
        return self._lookout.next(timetable, min(looked, now))

    def _call_unfit(self, name: str, error: Exception) -> None:
        """Remember, and say once, that a routine's slots can't be computed; a new configuration tries again."""
        if name not in self.unfit:
            self.unfit[name] = f"its schedule can't be computed: {type(error).__name__}: {error}"
            _log.error("%s can't run: %s", name, self.unfit[name], exc_info=error)

    def hold(self, setup: Setup, name: str, now: datetime) -> str:
        """Return why a routine may not run now (broken, paused), or nothing."""
        broken = setup.loaded.broken.get(name)
        if broken:
            return f"broken: {broken[0].sentence}"
        return PAUSED if any(self._paused(one, now) for one in (name, ALL)) else ""

    def _paused(self, name: str, now: datetime) -> bool:
        one = self._known.get(name)
        return one is not None and one.paused and (one.paused_until is None or now < one.paused_until)

    async def pause(self, name: str, until: datetime | None, *, paused: bool) -> None:
        """Pause or resume a routine, or with `ALL` all of them."""
        standing = replace(
            self._known.get(name) or Standing(name, "", self._clock.now()), paused=paused, paused_until=until
        )
        await self._bookkeeper.call(self._history.account, [standing], [])
        self._known[name] = standing

    def paused(self, now: datetime) -> dict[str, datetime | None]:
        """Return what is paused, by routine or `ALL`, and until when."""
        return {name: one.paused_until for name, one in self._known.items() if self._paused(name, now)}
