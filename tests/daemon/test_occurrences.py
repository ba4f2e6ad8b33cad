"""Every slot is accounted for once, whatever became of the daemon meanwhile, and what may start starts in its turn.

Tests named c1 to c8, e5 and e8 are the acceptance checks of the scheduler's research notes.
"""

from collections.abc import Mapping
from datetime import timedelta
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.occurrences import (
    MOST_ACCOUNTED,
    PAUSED,
    Accounting,
)
from daemon.occurrences.slots import schedule_of
from daemon.records import State
from tests.daemon.moments import DAY, HOUR, MIDNIGHT, MINUTE, UTC_ZONE, accounted, at, routine


def verdicts(found: Accounting) -> list[tuple[str, str]]:
    return [(one.slot, one.reason or one.state.value) for one in found.occurrences]


def test_c1_a_night_slept_through_is_made_up_once_and_only_within_max_late() -> None:
    found = accounted(routine(at="02:00", max_late="12h"), at("01:50"), at("09:10"))
    assert verdicts(found) == [("2026-11-20T02:00", "pending")]
    late = accounted(routine(at="02:00", max_late="2h"), at("01:50"), at("09:10"))
    assert verdicts(late) == [("2026-11-20T02:00", "missed: later than max_late")]
    assert late.occurrences[0].state is State.SKIPPED
    assert late.occurrences[0].ended == at("09:10")


def test_c2_ten_days_down_run_once_runs_one_and_lists_the_others() -> None:
    found = accounted(routine(every="1h", max_late="30d"), MIDNIGHT - 10 * DAY, MIDNIGHT)
    assert len(found.occurrences) == 240
    assert [one.slot for one in found.occurrences if one.state is State.PENDING] == ["2026-11-20T00:00Z"]
    assert {one.reason for one in found.occurrences[:-1]} == {"missed: a later slot ran in its place"}


def test_c2_run_all_runs_the_newest_twenty_four() -> None:
    found = accounted(routine(every="1h", missed="run-all", max_late="30d"), MIDNIGHT - 10 * DAY, MIDNIGHT)
    pending = [one.due for one in found.occurrences if one.state is State.PENDING]
    assert pending == [MIDNIGHT - n * HOUR for n in range(23, -1, -1)]


def test_missed_skip_runs_nothing_that_is_late() -> None:
    found = accounted(routine(at="02:00", missed="skip"), at("01:50"), at("02:05"))
    assert verdicts(found) == [("2026-11-20T02:00", "missed: the daemon was not running")]
    assert verdicts(accounted(routine(at="02:00", missed="skip"), at("01:50"), at("02:01"))) == [
        ("2026-11-20T02:00", "pending")
    ]


@pytest.mark.parametrize("missed", ["run-once", "run-all", "skip"])
def test_c3_a_restart_across_a_slot_runs_it_once(missed: str) -> None:
    before, after = at("15:59") + timedelta(seconds=59), at("16:00") + timedelta(seconds=16)
    found = accounted(routine(at="16:00", missed=missed), before, after)
    assert verdicts(found) == [("2026-11-20T16:00", "pending")]


@pytest.mark.parametrize("words", [{"every": "1m"}, {"cron": "* * * * *"}, {"every": "1m", "missed": "run-all"}])
def test_c4_ten_years_of_missed_minutes_are_not_enumerated(words: dict[str, object]) -> None:
    began = process_time()
    found = accounted(routine(**words, max_late="7d"), MIDNIGHT - 3653 * DAY, MIDNIGHT)
    assert process_time() - began < 2
    assert len(found.occurrences) == MOST_ACCOUNTED
    assert found.occurrences[0].reason == "missed, like all before it, which are not listed"
    assert found.occurrences[0].due == MIDNIGHT - (MOST_ACCOUNTED - 1) * MINUTE
    assert found.occurrences[-1].state is State.PENDING


def test_exactly_as_many_as_are_listed_say_nothing_of_others() -> None:
    found = accounted(routine(every="1m", max_late="2d"), MIDNIGHT - MOST_ACCOUNTED * MINUTE, MIDNIGHT)
    assert len(found.occurrences) == MOST_ACCOUNTED
    assert found.occurrences[0].reason == "missed: a later slot ran in its place"


def test_c4_after_a_clock_that_was_ten_years_ahead_the_next_slot_falls_as_usual() -> None:
    ahead = accounted(routine(at="02:00"), at("01:00"), at("01:00") + 3650 * DAY).accounted
    back = accounted(routine(at="02:00"), ahead, at("01:00") + MINUTE)
    assert back.occurrences == ()
    at_two = accounted(routine(at="02:00"), ahead, at("02:00") + timedelta(seconds=20))
    assert verdicts(at_two) == [("2026-11-20T02:00", "pending")]
    assert accounted(routine(at="02:00"), at_two.accounted, at("02:01")).occurrences == ()


def test_c5_a_clock_put_back_names_no_slot_that_is_older_than_a_minute() -> None:
    found = accounted(routine(every="15m"), at("04:00"), at("02:10"))
    assert found == Accounting((), at("02:10"))


def test_c6_a_suspend_across_a_slot_is_made_up() -> None:
    assert verdicts(accounted(routine(at="02:00"), at("01:55"), at("02:15"))) == [("2026-11-20T02:00", "pending")]


def test_c7_a_new_routine_does_not_run_for_a_time_that_has_passed() -> None:
    assert accounted(routine(at="07:00"), at("12:00"), at("12:00")).occurrences == ()
    assert accounted(routine(at="07:00"), at("12:00"), at("23:59")).occurrences == ()


@pytest.mark.parametrize("reason", [PAUSED, "broken: the secret shop-key is missing"])
def test_c8_slots_of_a_held_routine_are_rows_with_the_reason(reason: str) -> None:
    found = accounted(routine(at="02:00", missed="run-all"), at("01:00", 17), at("03:00"), reason)
    assert verdicts(found) == [(f"2026-11-{day}T02:00", reason) for day in (17, 18, 19, 20)]
    assert accounted(routine(at="02:00"), found.accounted, at("12:00")).occurrences == ()


def test_a_late_slot_notes_when_its_waiting_begins() -> None:
    (late,) = accounted(routine(at="02:00"), at("01:50"), at("09:10")).occurrences
    assert late.not_before == at("09:10")
    (prompt,) = accounted(routine(at="02:00"), at("01:50"), at("02:00")).occurrences
    assert prompt.not_before is None


TIMINGS = st.sampled_from(
    [{"every": "15m"}, {"every": "1h"}, {"at": ["02:00", "14:30"]}, {"cron": "*/20 3-5 * * *"}, {"cron": "30 * * * *"}]
)


@settings(max_examples=80, deadline=None)
@given(
    TIMINGS,
    st.sampled_from(["run-once", "run-all", "skip"]),
    st.lists(st.integers(0, 72 * 60 * 60), min_size=1, max_size=30),
)
def test_whatever_the_wake_ups_every_slot_gets_exactly_one_row(
    timing: Mapping[str, object], missed: str, wakes: list[int]
) -> None:
    one = routine(**timing, missed=missed)
    schedule = schedule_of(one)
    assert schedule is not None
    since, rows = MIDNIGHT, []
    for second in sorted(wakes):
        found = accounted(one, since, MIDNIGHT + timedelta(seconds=second))
        since = found.accounted
        rows += [row.slot for row in found.occurrences]
        assert accounted(one, since, since).occurrences == ()
    assert rows == [slot.name for slot in schedule.between(UTC_ZONE, MIDNIGHT, since)]
