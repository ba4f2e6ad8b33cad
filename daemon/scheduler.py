"""The alarm clock: wakes the engine at the moment a slot falls, and every 30 seconds whatever happens.

APScheduler (memory store, one asyncio loop) only sets an event, at one moment that is computed here: no schedule is
asked in its triggers, because an exception there would end its alarms while it goes on calling itself running (3.11.3,
`_process_jobs`), and a job per routine holds up the loop where a thousand ring at once. The alarm is set anew after
every reconcile, which does not depend on it: losing every alarm costs 30 seconds.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from daemon.clock import Clock

RECONCILE = timedelta(seconds=30)


class Alarm:
    """Sets `event` at one moment: the first slot that nobody has accounted for yet."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event
        self._at: datetime | None = None
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # at info it tells of every alarm that is set
        self._scheduler: Any = AsyncIOScheduler(timezone=UTC)  # type: ignore[no-untyped-call]

    def start(self) -> None:
        """Start ringing."""
        self._scheduler.start()

    def set(self, at: datetime | None) -> None:
        """Ring at this moment instead of any other, at once where it is past; with None, not at all.

        One moment rings once, however often it is set: a slot that can't be recorded must not ring without end.
        """
        if at == self._at:
            return
        self._at = at
        self._scheduler.remove_all_jobs()
        if at is not None:
            trigger = DateTrigger(at, UTC)  # type: ignore[no-untyped-call]
            self._scheduler.add_job(self._ring, trigger, misfire_grace_time=None)

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
