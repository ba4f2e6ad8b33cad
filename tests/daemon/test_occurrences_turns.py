"""What may start starts in its turn, waits for whom it was told to, and is tried again no oftener than it should.

Tests named c1 to c8, e5 and e8 are the acceptance checks of the scheduler's research notes.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from daemon.config import RoutineConfig
from daemon.occurrences import (
    Kill,
    Situation,
    Skip,
    Start,
    Step,
    dispatch,
    retry_at,
)
from daemon.records import Occurrence, State
from tests.daemon.moments import HOUR, MIDNIGHT, MINUTE, UTC_ZONE, accounted, at, routine


def waiting(name: str, due: datetime, **more: Any) -> Occurrence:
    return replace(Occurrence(name, f"{due:%Y-%m-%dT%H:%M}", due, State.PENDING), **more)


def ended(name: str, due: datetime, state: State = State.OK) -> Occurrence:
    return waiting(name, due, state=state, tries=1)


def steps(
    pending: list[Occurrence],
    now: datetime,
    routines: Mapping[str, RoutineConfig],
    running: Mapping[str, datetime] | None = None,
    known: list[Occurrence] | None = None,
    places: int = 8,
) -> list[Step]:
    everything = sorted([*pending, *(known or [])], key=lambda one: one.due)
    return dispatch(pending, Situation(now, UTC_ZONE, routines, running or {}, everything, places))


def started(found: list[Step]) -> list[str]:
    return [f"{one.occurrence.routine} {one.occurrence.slot}" for one in found if isinstance(one, Start)]


def skipped(found: list[Step]) -> list[str]:
    return [f"{one.occurrence.routine}: {one.reason}" for one in found if isinstance(one, Skip)]


def test_the_oldest_go_first_while_there_are_places() -> None:
    routines = {name: routine() for name in "abcd"}
    pending = [waiting(name, at(f"02:0{n}")) for n, name in enumerate("dcba")]
    found = steps(pending, at("02:05"), routines, running={"x": at("01:00")}, places=3)
    assert started(found) == ["d 2026-11-20T02:00", "c 2026-11-20T02:01"]
    assert skipped(found) == []


def test_what_found_no_place_within_max_late_is_skipped_and_says_so() -> None:
    pending = [waiting("a", at("02:00"))]
    full = {"x": at("01:00")}
    assert steps(pending, at("03:00"), {"a": routine(max_late="1h")}, full, places=1) == []
    found = steps(pending, at("03:01"), {"a": routine(max_late="1h")}, full, places=1)
    assert skipped(found) == ["a: later than max_late: no free place"]


def test_e5_overlap_skip_says_since_when_the_other_runs() -> None:
    found = steps([waiting("a", at("02:15"))], at("02:15"), {"a": routine(overlap="skip")}, {"a": at("02:00")})
    assert skipped(found) == ["a: still running since 02:00"]


def test_e5_overlap_queue_lets_one_wait() -> None:
    pending = [waiting("a", at("02:15")), waiting("a", at("02:30"))]
    queueing = {"a": routine(overlap="queue")}
    found = steps(pending, at("02:30"), queueing, {"a": at("02:00")})
    assert [one.occurrence.slot for one in found] == ["2026-11-20T02:30"]
    assert skipped(found) == ["a: still running since 02:00"]
    assert started(steps(pending[:1], at("02:31"), queueing)) == ["a 2026-11-20T02:15"]


def test_e5_overlap_kill_makes_room_and_then_starts() -> None:
    pending, killing = [waiting("a", at("02:15"))], {"a": routine(overlap="kill")}
    assert steps(pending, at("02:15"), killing, {"a": at("02:00")}) == [Kill(pending[0])]
    assert started(steps(pending, at("02:16"), killing)) == ["a 2026-11-20T02:15"]


@pytest.mark.parametrize("overlap", ["skip", "queue", "kill"])
def test_c2_run_all_works_off_every_missed_slot_in_order_and_one_at_a_time(overlap: str) -> None:
    every = {"a": routine(every="1h", missed="run-all", overlap=overlap, max_late="2d")}
    left = [replace(one, routine="a") for one in accounted(every["a"], at("00:00", 19), MIDNIGHT).occurrences]
    now, done = MIDNIGHT, []
    while left:
        found = steps(left, now, every)
        assert [type(step) for step in found] == [Start]
        assert steps(left[1:], now + MINUTE, every, running={"a": now}) == []
        done.append(found[0].occurrence.due)
        left.remove(found[0].occurrence)
        now += 2 * MINUTE
    assert done == [MIDNIGHT - n * HOUR for n in range(23, -1, -1)]


def test_of_slots_that_piled_up_before_a_run_began_one_waits_for_its_end() -> None:
    pending = [waiting("a", at("02:15")), waiting("a", at("02:30"))]
    found = steps(pending, at("02:40"), {"a": routine()}, {"a": at("02:35")})
    assert skipped(found) == ["a: still running since 02:35"]
    assert [one.occurrence.slot for one in found] == ["2026-11-20T02:30"]


def test_a_manual_run_waits_for_the_end_and_takes_nobodys_place_in_the_queue() -> None:
    manual = waiting("a", at("02:10"), slot="manual-2026-11-20T02:10:00Z-1")
    scheduled = waiting("a", at("02:15"))
    assert steps([manual, scheduled], at("02:15"), {"a": routine(overlap="queue")}, {"a": at("02:00")}) == []


@pytest.mark.parametrize("slot", ["manual-2026-11-20T08:00:00Z-1-at", "draft-3-20261120T080000"])
def test_what_a_person_asked_for_is_never_too_late_and_waits_for_nobody(slot: str) -> None:
    old = waiting("b", at("02:00", 10), slot=slot)
    routines = {"a": routine(), "b": routine(at="02:00", after=["a"], after_ok=True, max_late="1h", enabled=False)}
    assert steps([old], at("08:00"), routines, known=[ended("a", at("01:00", 10), State.FAILED)]) == [Start(old)]


def test_another_try_waits_for_its_moment_and_for_the_run_that_came_between() -> None:
    again = waiting("a", at("02:00"), tries=1, not_before=at("02:20"))
    assert steps([again], at("02:19"), {"a": routine()}) == []
    assert steps([again], at("02:20"), {"a": routine()}, {"a": at("02:15")}) == []
    assert steps([again], at("18:00"), {"a": routine(max_late="1h")}) == [Start(again)]


@pytest.mark.parametrize(
    ("routines", "reason"),
    [({}, "removed from the configuration"), ({"a": routine(enabled=False)}, "disabled in the configuration")],
)
def test_a_routine_that_is_gone_starts_nothing_more(routines: Mapping[str, RoutineConfig], reason: str) -> None:
    assert skipped(steps([waiting("a", at("02:00"))], at("02:00"), routines)) == [f"a: {reason}"]


# Who waits for whom


PAIR = {"a": routine(at="02:00"), "b": routine(at="02:30", after=["a"], after_limit="30m", max_late="12h")}


@pytest.mark.parametrize("state", [State.OK, State.FAILED, State.TIMED_OUT, State.LOST, State.SKIPPED])
def test_e8_waiting_ends_in_whatever_state_the_other_ended(state: State) -> None:
    b = waiting("b", at("02:30"))
    assert steps([b], at("02:30"), PAIR, known=[ended("a", at("02:00"), state)]) == [Start(b)]


@pytest.mark.parametrize("state", [State.RUNNING, State.PENDING])
def test_e8_waiting_lasts_until_the_limit_and_then_says_what_is_missing(state: State) -> None:
    b, a = waiting("b", at("02:30")), waiting("a", at("02:00"), state=state)
    assert steps([b], at("02:59"), PAIR, {"a": at("02:00")}, [a]) == []
    assert steps([b], at("03:00"), PAIR, {"a": at("02:00")}, [a]) == [Start(b, ("a",))]


def test_e8_after_a_night_slept_through_the_follower_still_waits() -> None:
    rows = [
        replace(accounted(PAIR[name], at("01:00"), at("09:10")).occurrences[0], routine=name) for name in ("a", "b")
    ]
    assert started(steps(rows, at("09:10"), PAIR)) == ["a 2026-11-20T02:00"]
    running = [replace(rows[0], state=State.RUNNING)]
    assert steps(rows[1:], at("09:39"), PAIR, {"a": at("09:10")}, running) == []
    assert steps(rows[1:], at("09:40"), PAIR, {"a": at("09:10")}, running) == [Start(rows[1], ("a",))]


def test_a_max_late_shorter_than_the_waiting_does_not_drop_the_follower() -> None:
    short = {**PAIR, "b": routine(at="02:30", after=["a"], after_limit="30m", max_late="5m")}
    b, a = waiting("b", at("02:30")), waiting("a", at("02:00"), state=State.RUNNING)
    assert steps([b], at("02:50"), short, {"a": at("02:00")}, [a]) == []


def test_only_the_same_local_day_is_waited_for_and_nothing_that_falls_later() -> None:
    b = waiting("b", at("02:30"))
    others = [waiting("a", at("23:00", 19)), waiting("a", at("04:00"))]
    found = dispatch([b], Situation(at("02:30"), UTC_ZONE, PAIR, {}, others, 8))
    assert found == [Start(b)]


def test_rehearsals_and_drafts_of_the_other_are_not_waited_for() -> None:
    b = waiting("b", at("02:30"))
    others = [waiting("a", at("02:10"), dry=True), waiting("a", at("02:20"), slot="draft-1-20261120T022000")]
    assert dispatch([b], Situation(at("02:30"), UTC_ZONE, PAIR, {}, others, 8)) == [Start(b)]


OK_ONLY = {**PAIR, "b": routine(at="02:30", after=["a"], after_ok=True)}


@pytest.mark.parametrize("state", [State.FAILED, State.TIMED_OUT, State.LOST, State.SKIPPED])
def test_e8_after_ok_skips_where_the_other_did_not_end_well(state: State) -> None:
    found = steps([waiting("b", at("02:30"))], at("02:30"), OK_ONLY, known=[ended("a", at("02:00"), state)])
    assert skipped(found) == ["b: blocked: a did not end well"]


def test_e8_after_ok_skips_where_the_other_had_not_ended_in_time() -> None:
    a = [ended("a", at("01:00")), waiting("a", at("02:00"), state=State.RUNNING)]
    found = steps([waiting("b", at("02:30"))], at("03:00"), OK_ONLY, {"a": at("02:00")}, a)
    assert skipped(found) == ["b: blocked: a had not ended"]


def test_after_ok_runs_after_success_and_on_days_on_which_the_other_is_not_due() -> None:
    b = waiting("b", at("02:30"))
    good = [ended("a", at("01:00"), State.FAILED), ended("a", at("02:00"), State.OK)]
    assert steps([b], at("02:30"), OK_ONLY, known=good) == [Start(b)]
    assert steps([b], at("02:30"), OK_ONLY) == [Start(b)]


# Trying again


FAILED = ended("a", at("02:00"), State.FAILED)


def test_waits_grow_by_the_factor_and_jitter_only_adds() -> None:
    one = routine(retry={"tries": 4, "first": "1m", "factor": 2, "jitter": 0.5})
    waits = [retry_at(one, replace(FAILED, tries=n), at("03:00"), 0.0) for n in (1, 2, 3)]
    assert waits == [at("03:01"), at("03:02"), at("03:04")]
    assert retry_at(one, replace(FAILED, tries=2), at("03:00"), 1.0) == at("03:03")
    assert retry_at(one, replace(FAILED, tries=4), at("03:00"), 0.0) is None


def test_without_retry_a_failure_is_final() -> None:
    assert retry_at(routine(), FAILED, at("03:00"), 0.5) is None


def test_no_wait_grows_beyond_a_day() -> None:
    one = routine(retry={"tries": 20, "first": "1h", "factor": 10, "jitter": 0})
    assert retry_at(one, replace(FAILED, tries=19), at("03:00"), 0.0) == at("03:00", 21)
    slow = routine(retry={"tries": 3, "first": "2d", "factor": 10, "jitter": 0})
    assert retry_at(slow, replace(FAILED, tries=2), at("03:00"), 0.0) == at("03:00", 22)


def test_a_run_that_was_cut_off_is_tried_again_only_where_that_is_wanted() -> None:
    cut = replace(FAILED, state=State.TIMED_OUT)
    assert retry_at(routine(retry={"tries": 3}), cut, at("03:00"), 0.0) is None
    assert retry_at(routine(retry={"tries": 3, "on_timeout": True}), cut, at("03:00"), 0.0) == at("03:01")


def test_a_lost_run_gets_one_more_within_max_late_and_not_for_ever() -> None:
    lost = replace(FAILED, state=State.LOST)
    assert retry_at(routine(), lost, at("09:00"), 0.5) == at("09:00")
    assert retry_at(routine(max_late="6h"), lost, at("09:00"), 0.5) is None
    assert retry_at(routine(), replace(lost, tries=2), at("09:00"), 0.5) is None
    three = routine(retry={"tries": 3})
    assert retry_at(three, replace(lost, tries=3), at("09:00"), 0.5) == at("09:00")
    assert retry_at(three, replace(lost, tries=4), at("09:00"), 0.5) is None
