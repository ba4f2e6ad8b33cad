"""The alarm rings when a slot falls, never raises, and the reconcile does not depend on it."""

import asyncio
import logging
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from daemon.clock import SystemClock, VirtualClock
from daemon.model import Slot
from daemon.occurrences.timetable import Timetable
from daemon.scheduler import Alarm, Heart, SlotTrigger

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
PATIENCE = 10.0


class Once:
    """A schedule with one slot."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def between(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
        if after < self.at <= until:
            yield Slot("once", self.at)


class Broken:
    """A schedule that can't be computed."""

    def between(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Slot]:
        raise ArithmeticError("no such day")


def table(**schedules: Once | Broken) -> Timetable:
    return Timetable(ZoneInfo("UTC"), schedules)


def test_the_trigger_gives_the_next_slot_and_after_the_last_none() -> None:
    trigger = SlotTrigger(table(lamps=Once(NOON)), "lamps")
    assert trigger.get_next_fire_time(None, NOON - timedelta(hours=1)) == NOON
    assert trigger.get_next_fire_time(NOON, NOON - timedelta(hours=1)) is None


def test_a_schedule_that_can_not_be_computed_has_no_alarm_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    assert SlotTrigger(table(lamps=Broken()), "lamps").get_next_fire_time(None, NOON) is None
    assert "the schedule of lamps can't be computed" in caplog.text


def test_the_alarm_rings_at_the_slot_also_beside_a_broken_one_and_says_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    async def work() -> timedelta:
        clock, event = SystemClock(), asyncio.Event()
        alarm = Alarm(event)
        alarm.start()
        due = clock.now() + timedelta(milliseconds=200)
        alarm.follow(table(lamps=Once(due), other=Broken()))
        async with asyncio.timeout(PATIENCE):
            await event.wait()
        late = clock.now() - due
        alarm.stop()
        return late

    assert timedelta(0) <= asyncio.run(work()) < timedelta(seconds=1)
    assert [record.name for record in caplog.records if record.name.startswith("apscheduler")] == []


def test_a_signal_that_comes_while_a_thousand_routines_are_taken_up_is_heard() -> None:
    async def work() -> None:
        alarm, told = Alarm(asyncio.Event()), asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, told.set)
        alarm.start()
        alarm.follow(table(**{f"r{number}": Once(NOON) for number in range(1000)}))
        signal.raise_signal(signal.SIGUSR1)
        try:
            async with asyncio.timeout(PATIENCE):
                await told.wait()
        finally:
            alarm.stop()
            asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR1)

    asyncio.run(work())


def test_a_new_timetable_replaces_the_old_one() -> None:
    async def work() -> bool:
        clock, event = SystemClock(), asyncio.Event()
        alarm = Alarm(event)
        alarm.start()
        alarm.follow(table(lamps=Once(clock.now() + timedelta(milliseconds=100))))
        alarm.follow(table(lamps=Once(clock.now() + timedelta(hours=1))))
        try:
            async with asyncio.timeout(0.3):
                await event.wait()
        except TimeoutError:
            return False
        finally:
            alarm.stop()
        return True

    assert not asyncio.run(work())


def test_the_heart_beats_on_every_event_and_also_without_one() -> None:
    async def work() -> list[str]:
        event, beats = asyncio.Event(), list[str]()

        async def reconcile() -> None:
            beats.append("reconcile")
            if len(beats) == 3:
                event.set()

        def after() -> None:
            beats.append("after")

        heart = Heart(event, reconcile, VirtualClock(NOON))
        pauses = iter([timedelta(0), timedelta(hours=1), timedelta(hours=1)])
        beating = asyncio.create_task(heart.beat(after, lambda: next(pauses)))
        while len(beats) < 6:
            await asyncio.wait([beating], timeout=0.02)
        assert heart.last_beat == NOON
        beating.cancel()
        return beats

    assert asyncio.run(work()) == ["reconcile", "after"] * 3


def test_a_reconcile_that_fails_ends_the_heart_so_that_the_daemon_is_started_anew() -> None:
    async def reconcile() -> None:
        raise ArithmeticError("a defect")

    async def work() -> None:
        heart = Heart(asyncio.Event(), reconcile, VirtualClock(NOON))
        await heart.beat(lambda: None, lambda: timedelta(hours=1))

    with pytest.raises(ArithmeticError):
        asyncio.run(work())
