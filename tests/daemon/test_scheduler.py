"""The alarm rings when a slot falls, once, and the reconcile does not depend on it."""

import asyncio
import logging
import signal
from datetime import UTC, datetime, timedelta

import pytest

from daemon.clock import SystemClock, VirtualClock
from daemon.scheduler import Alarm, Heart

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
PATIENCE = 10.0


async def rings(event: asyncio.Event, within: float) -> bool:
    """Wait for the alarm and say whether it came."""
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        return False
    return True


def test_the_alarm_rings_at_its_moment_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def work() -> timedelta:
        clock, event = SystemClock(), asyncio.Event()
        alarm = Alarm(event)
        alarm.start()
        due = clock.now() + timedelta(milliseconds=200)
        alarm.set(due)
        assert await rings(event, PATIENCE)
        late = clock.now() - due
        alarm.stop()
        return late

    assert timedelta(0) <= asyncio.run(work()) < timedelta(seconds=1)
    assert [record.name for record in caplog.records if record.name.startswith("apscheduler")] == []


def test_a_slot_that_fell_before_the_alarm_was_set_rings_at_once_but_only_once() -> None:
    async def work() -> list[bool]:
        event = asyncio.Event()
        alarm = Alarm(event)
        alarm.start()
        past = SystemClock().now() - timedelta(minutes=1)
        found = []
        for _ in range(2):
            alarm.set(past)
            found.append(await rings(event, 0.3))
            event.clear()
        alarm.stop()
        return found

    assert asyncio.run(work()) == [True, False]


def test_another_moment_takes_the_place_of_the_one_before_and_none_is_silence() -> None:
    async def work() -> list[bool]:
        found = []
        for other in (SystemClock().now() + timedelta(hours=1), None):
            event = asyncio.Event()
            alarm = Alarm(event)
            alarm.start()
            alarm.set(SystemClock().now() + timedelta(milliseconds=100))
            alarm.set(other)
            found.append(await rings(event, 0.3))
            alarm.stop()
        return found

    assert asyncio.run(work()) == [False, False]


def test_a_signal_is_heard_however_often_the_alarm_was_set() -> None:
    async def work() -> None:
        alarm, told = Alarm(asyncio.Event()), asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, told.set)
        alarm.start()
        for number in range(100):
            alarm.set(NOON + timedelta(days=3650, minutes=number))
        signal.raise_signal(signal.SIGUSR1)
        try:
            assert await rings(told, PATIENCE)
        finally:
            alarm.stop()
            asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR1)

    asyncio.run(work())


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
