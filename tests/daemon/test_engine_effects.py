"""What a run does outside is done once, and what it leaves is kept whole; a file outside is the judge."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.clock import VirtualClock
from daemon.occurrences.asked import Wish
from daemon.records import DraftState, Run, State
from tests.daemon.evenings import EVENING, WHERE, Opened, drafts, move, pump, runs, world


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(EVENING)


def test_an_approved_draft_is_made_real_once_and_only_then(opened: Opened, clock: VirtualClock, tmp_path: Path) -> None:
    routine = f'  posts: {{job: drafting, at: "21:30", {WHERE}}}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            clock.moment += timedelta(minutes=30)
            await pump(shift)
            await pump(shift)
            assert [one.state for one in await drafts(shift)] == [DraftState.WAITING]
            assert not (tmp_path / "world").exists()
            assert await move(shift, 1, DraftState.WAITING, DraftState.APPROVED)
            for _ in range(3):
                await pump(shift)
            assert [one.state for one in await drafts(shift)] == [DraftState.APPLIED]

    asyncio.run(work())
    assert world(tmp_path) == ["posted"]


def test_a_draft_whose_end_was_kept_but_not_its_own_state_is_settled_and_not_applied_again(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    routine = f'  posts: {{job: drafting, at: "21:30", {WHERE}}}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            clock.moment += timedelta(minutes=30)
            await pump(shift)
            await move(shift, 1, DraftState.WAITING, DraftState.APPROVED)
            await pump(shift)
            await move(shift, 1, DraftState.APPLIED, DraftState.APPROVED)  # as after a crash between the two
        async with opened(routine, clock) as shift:
            await pump(shift)
            assert [one.state for one in await drafts(shift)] == [DraftState.APPLIED]

    asyncio.run(work())
    assert world(tmp_path) == ["posted"]


def test_a_paused_routine_applies_no_draft_until_it_goes_on(
    opened: Opened, clock: VirtualClock, tmp_path: Path
) -> None:
    routine = f'  posts: {{job: drafting, at: "21:30", {WHERE}}}\n'

    async def work() -> None:
        async with opened(routine, clock) as shift:
            clock.moment += timedelta(minutes=30)
            await pump(shift)
            await shift.engine.pause("posts", None, paused=True)
            await move(shift, 1, DraftState.WAITING, DraftState.APPROVED)
            await pump(shift)
            assert not (tmp_path / "world").exists()
            await shift.engine.pause("posts", None, paused=False)
            await pump(shift)

    asyncio.run(work())
    assert world(tmp_path) == ["posted"]


@pytest.mark.parametrize(
    ("how", "states", "answer", "made"),
    [
        ("dies: before, asks: true", ["failed", "ok"], "made", ["tried", "posted"]),
        ("dies: after, asks: true", ["failed", "ok"], "found", ["posted"]),
        ("dies: after, asks: false", ["failed", "failed"], "nobody can say", ["posted"]),
    ],
)
def test_an_effect_cut_off_between_making_and_confirming_is_asked_for_and_never_blindly_repeated(
    opened: Opened,
    clock: VirtualClock,
    tmp_path: Path,
    how: str,
    states: list[str],
    answer: str,
    made: list[str],
) -> None:
    options = f"options: {{world: WORLD, {how}}}"

    async def work() -> Run:
        async with opened(f'  posts: {{job: posting, at: ["21:30", "21:40"], {options}}}\n', clock) as shift:
            for minutes in (30, 10):
                clock.moment += timedelta(minutes=minutes)
                await pump(shift)
            first, second = await runs(shift)
            assert [first.state.value, second.state.value] == states
            return second

    run = asyncio.run(work())
    assert answer in (str(run.summary.values["how"]) if run.summary else run.reason)
    assert world(tmp_path) == made


def test_a_dry_run_leaves_its_row_and_nothing_else(opened: Opened, clock: VirtualClock, tmp_path: Path) -> None:
    routines = f"  report: {{job: reporting, every: 1d}}\n  posts: {{job: posting, every: 1d, {WHERE}}}\n"

    async def left(dry: bool) -> list[int]:
        async with opened(routines, clock) as shift:
            for name in ("report", "posts"):
                occurrence = await shift.engine.add_manual(name, "ada", Wish(dry=dry))
                await shift.engine.start_one(occurrence)
                assert (await shift.engine.wait_with_mails(occurrence))[0].state is State.OK
            ledger = shift.engine.ledger
            night = ledger.night((await runs(shift))[0], clock.now, lambda _until: [], list)
            day = EVENING.date()
            found: list[list[object]] = [
                list(await shift.bookkeeper.call(night.findings, EVENING - timedelta(days=1))),
                list(await shift.bookkeeper.call(ledger.facts, ["lamps.lit"], day, day)),
                [await shift.bookkeeper.call(night.watermark, "seen")],
                list(await drafts(shift)),
                list(await shift.bookkeeper.call(ledger.post.status)),
            ]
            return [len([one for one in some if one is not None]) for some in found]

    assert asyncio.run(left(dry=True)) == [0, 0, 0, 0, 0]
    assert not (tmp_path / "world").exists()
    assert asyncio.run(left(dry=False)) == [1, 1, 1, 1, 1]
    assert world(tmp_path) == ["posted"]


def test_a_report_that_the_ledger_can_never_keep_is_a_failed_run(opened: Opened, clock: VirtualClock) -> None:
    async def work() -> None:
        async with opened('  report: {job: reporting, at: "21:30"}\n', clock) as shift:

            def choke(ending: object) -> None:
                raise OverflowError("an integer too large")

            vars(shift.engine.ledger.reports)["keep"] = choke
            clock.moment += timedelta(minutes=30)
            await pump(shift)
            (run,) = await runs(shift)
            assert run.state is State.FAILED
            assert "OverflowError" in run.reason

    asyncio.run(work())
