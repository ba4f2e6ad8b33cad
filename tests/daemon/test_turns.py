"""A place that a run leaves is given to who waits, at once and once, without a look at the whole night."""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clock import SystemClock, VirtualClock
from daemon.engine.turns import PLACES
from daemon.occurrences import Situation, Start, dispatch, in_turn, refill
from daemon.records import Occurrence, State
from tests.daemon.evenings import EVENING, WHERE, Opened, occurrences, runs
from tests.daemon.moments import MIDNIGHT, MINUTE, routine

NAMES = "abcdef"
ROUTINES = {
    name: routine(overlap=overlap, missed=missed)
    for name, (overlap, missed) in zip(
        NAMES, [(o, m) for o in ("skip", "queue", "kill") for m in ("run-once", "run-all")], strict=True
    )
}
PENDING = st.builds(
    lambda name, minute, tries: Occurrence(
        name, f"2026-11-20T00:{minute:02}", MIDNIGHT + minute * MINUTE, State.PENDING, tries=tries
    ),
    st.sampled_from(NAMES), st.integers(0, 59), st.integers(0, 1),
)  # fmt: skip


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(EVENING)


@given(
    st.lists(PENDING, max_size=12, unique_by=lambda one: (one.routine, one.slot)),
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 59).map(lambda n: MIDNIGHT + n * MINUTE), max_size=3),
    st.integers(4, 6),
)
def test_to_refill_is_to_dispatch_up_to_the_last_free_place(
    pending: list[Occurrence], running: dict[str, object], places: int
) -> None:
    now = MIDNIGHT + timedelta(hours=1)
    situation = Situation(now, ZoneInfo("UTC"), ROUTINES, running, [], places)  # type: ignore[arg-type]
    whole, part = dispatch(pending, situation), refill(in_turn(pending), situation)
    assert part == whole[: len(part)]
    left_out = [step for step in whole[len(part) :] if isinstance(step, Start)]
    assert not left_out
    starts = sum(isinstance(step, Start) for step in part)
    assert part == whole if len(running) + starts < places else isinstance(part[-1], Start)


def test_a_free_place_is_given_away_at_once_and_the_rest_seen_to_a_little_later(opened: Opened) -> None:
    clock = SystemClock()
    many = PLACES + 3
    text = "".join(f"  lamp{n}: {{job: fine, every: 1h}}\n" for n in range(many))

    async def work() -> None:
        async with opened(text, clock) as shift:
            engine = shift.engine
            engine.freed = shift.freed
            rows = [Occurrence(f"lamp{n}", "2026-11-20T21:00Z", clock.now(), State.PENDING) for n in range(many)]
            await shift.bookkeeper.call(engine.ledger.history.account, [], rows)
            engine.changed.clear()
            await engine.dispatch()
            async with asyncio.timeout(20):
                while [run.state for run in await runs(shift)] != [State.OK] * many:
                    await engine.idle()
                await engine.changed.wait()

    asyncio.run(work())


def test_a_place_is_not_given_twice_however_many_runs_end_at_once(opened: Opened, clock: VirtualClock) -> None:
    text = "".join(f'  lamp{n}: {{job: hanging, at: "21:30", {WHERE}}}\n' for n in range(PLACES + 3))

    async def work() -> None:
        async with opened(text, clock) as shift:
            engine = shift.engine
            clock.moment += timedelta(minutes=30)
            await engine.account()
            await engine.dispatch()
            for run in engine.active_runs()[:2]:
                engine.cancel(run.id, "ada")
            while len(engine.active_runs()) > PLACES - 2:
                await asyncio.wait([asyncio.ensure_future(engine.changed.wait())])
                engine.changed.clear()
            await asyncio.gather(*(engine.refill() for _ in range(4)))
            assert len(engine.active_runs()) == PLACES
            pending = [one.routine for one in await occurrences(shift) if one.state is State.PENDING]
            assert pending == ["lamp9"], "the oldest two of those who waited have gone"

    asyncio.run(work())


def test_nothing_new_is_started_from_memory_and_nothing_at_all_by_a_daemon_that_stops(
    opened: Opened, clock: VirtualClock
) -> None:
    async def work() -> None:
        async with opened('  lamps: {job: fine, at: "21:30"}\n', clock) as shift:
            clock.moment += timedelta(minutes=30)
            await shift.engine.account()
            await shift.engine.refill()
            assert shift.engine.active_runs() == [], "the last look did not find it"
            shift.engine.stopping = True
            await shift.engine.dispatch()
            await shift.engine.refill()
            assert shift.engine.active_runs() == []

    asyncio.run(work())


def test_the_coming_slot_is_the_first_that_is_not_accounted_for(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> list[str]:
        found = []
        async with opened('  lamps: {job: fine, at: ["21:30", "22:00"]}\n', clock) as shift:
            for minutes in (0, 29, 1, 40):
                clock.moment += timedelta(minutes=minutes)
                coming = shift.engine.coming()
                assert coming is not None
                found.append(coming.slot[-5:])
                if minutes < 2:
                    await shift.engine.account()
            return found

    assert asyncio.run(work()) == ["21:30", "21:30", "21:30", "22:00"]
