"""The alarm clock: wakes the engine at the moment a slot falls, and every 30 seconds whatever happens.

APScheduler (memory store, one asyncio loop) only sets an event; its trigger is ours and never raises, because an
exception there would end its alarms while it goes on calling itself running (3.11.3, `_process_jobs`). The
reconcile does not depend on it: losing every alarm costs 30 seconds.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from daemon.clock import Clock
from daemon.occurrences.timetable import Timetable

RECONCILE = timedelta(seconds=30)
_log = logging.getLogger(__name__)


class SlotTrigger(BaseTrigger):
    """Fires when the next slot of a routine falls; a schedule that fails to compute is left to the reconcile."""

    def __init__(self, timetable: Timetable, routine: str) -> None:
        self._timetable, self._routine = timetable, routine

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the moment of the next slot after both arguments, or None."""
        try:
            after = max(now, previous_fire_time or now).astimezone(UTC)
            slot = self._timetable.next_of(self._routine, after)
        except Exception:  # noqa: BLE001 - what a trigger raises would end every alarm (see above)
            _log.exception("the schedule of %s can't be computed; it has no alarm", self._routine)
            return None
        return None if slot is None else slot.at


class Alarm:
    """Sets `event` at every slot of the timetable in force."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # at info it tells of every alarm that is set
        self._scheduler: Any = AsyncIOScheduler(timezone=UTC)  # type: ignore[no-untyped-call]

    def start(self) -> None:
        """Start ringing."""
        self._scheduler.start()

    def follow(self, timetable: Timetable) -> None:
        """Ring at this timetable's slots from now on.

        While it is paused: each job added to a running scheduler writes a byte to the loop's wake-up socket, and a
        few hundred fill it, so that a signal that comes then (SIGTERM) would never be heard.
        """
        running = self._scheduler.running
        if running:
            self._scheduler.pause()
        self._scheduler.remove_all_jobs()
        for routine in timetable.schedules:
            self._scheduler.add_job(
                self._ring, SlotTrigger(timetable, routine), id=routine, misfire_grace_time=None, coalesce=True
            )
        if running:
            self._scheduler.resume()

    async def _ring(self) -> None:
        self._event.set()

    def stop(self) -> None:
        """Stop ringing."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


class Heart:
    """The loop that reconciles: on every event, and after 30 seconds without one."""

    def __init__(self, event: asyncio.Event, reconcile: Callable[[], Awaitable[None]], clock: Clock) -> None:
        self._event, self._reconcile, self._clock = event, reconcile, clock
        self.last_beat: datetime | None = None

    async def beat(self, after: Callable[[], None], pause: Callable[[], timedelta]) -> None:
        """Reconcile for ever; call `after` once each has ended, and wait at most `pause` for the next event."""
        while True:
            self._event.clear()
            await self._reconcile()
            self.last_beat = self._clock.now()
            after()
            try:
                async with asyncio.timeout(max(0.0, pause().total_seconds())):
                    await self._event.wait()
            except TimeoutError:
                continue
