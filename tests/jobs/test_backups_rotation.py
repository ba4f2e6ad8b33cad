"""The data read in parts: each part once a cycle, across restarts, and again where it failed or gave no answer."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.testing import NOW
from jobs.backups.marks import Mark
from jobs.backups.memory import Cycle, Last, Memory, read, write
from jobs.backups.options import BackupOptions, ChecksOptions
from jobs.backups.schedule import Rhythm, When, after_part, next_part, parts, when
from jobs.kinds.backup import Check, Outcome, Verdict
from tests.jobs.backup_scenes import DAY, NIGHTLY, PARTLY, Nights, Program, broken, copy_of, held, keys, unknown

BERLIN = ZoneInfo("Europe/Berlin")
LATE = st.integers(-40, 40)
OUTCOMES = st.sampled_from([Outcome.PARTLY, Outcome.WARN, Outcome.BROKEN, Outcome.UNKNOWN])


def test_a23_seven_runs_on_seven_days_read_each_seventh_exactly_once() -> None:
    place = Program(NIGHTLY, answers={Check.DATA: [PARTLY]})
    nights = Nights({"nas": place})
    for day in range(7):
        nights.run(NOW + day * DAY + timedelta(seconds=(day * 37) % 50 - 25))
        nights.run(NOW + day * DAY + timedelta(hours=9))
    assert place.parts() == [(n, 7) for n in range(1, 8)]
    nights.run(NOW + 7 * DAY)
    assert place.parts()[7:] == [(1, 7)]


def test_a23_a_part_that_failed_or_gave_no_answer_comes_again() -> None:
    answers = [PARTLY, broken(), unknown(), PARTLY, PARTLY]
    place = Program(NIGHTLY, answers={Check.DATA: answers})
    nights = Nights({"nas": place})
    found = [keys(nights.run(NOW + day * DAY)) & {"data"} for day in range(5)]
    assert place.parts() == [(1, 7), (2, 7), (2, 7), (2, 7), (3, 7)]
    assert found == [set(), {"data"}, {"data"}, set(), set()]


def test_a23_a_run_that_dies_moves_no_part() -> None:
    place = Program([copy_of(timedelta(hours=3))], answers={Check.DATA: [PARTLY]})
    nights = Nights({"nas": place})
    nights.run(dry=True)
    nights.run()
    assert place.parts() == [(1, 7), (1, 7)]


def test_parts_on_several_days_prove_no_copy_and_all_of_it_at_once_does() -> None:
    place = Program(NIGHTLY, answers={Check.DATA: [PARTLY, PARTLY, held()]})
    nights = Nights({"nas": place}, {"checks": {"data": {"full_every": "2d"}}})
    found = []
    for day in range(3):
        nights.run(NOW + day * DAY)
        found.append((nights.item().state, nights.card()["rpo"]))
    assert found == [("sound", None), ("sound", None), ("sound", 3 * 3600)]


@given(st.integers(1, 256), st.lists(OUTCOMES, max_size=60))
def test_whatever_happens_parts_come_in_turn_and_none_is_left_out(of: int, outcomes: list[Outcome]) -> None:
    cycle, passed = Cycle(), []
    for day, outcome in enumerate(outcomes):
        cycle = read(write(Memory(cycle=cycle))).cycle
        part = next_part(cycle, of)
        cycle = after_part(cycle, part, outcome, NOW + day * DAY)
        passed += [part.number] if outcome in {Outcome.PARTLY, Outcome.WARN} else []
        if outcome in {Outcome.BROKEN, Outcome.UNKNOWN}:
            assert next_part(cycle, of) == part
    assert passed == [n % of + 1 for n in range(len(passed))]
    assert (cycle.full is not None) == (len(passed) >= of)


@given(st.integers(1, 60), st.integers(1, 400))
def test_all_parts_are_read_within_the_time_for_all_of_it(every: int, full: int) -> None:
    chosen = {"every": f"{every}h", "full_every": f"{max(every, full)}h"}
    of = parts(ChecksOptions.model_validate({"data": chosen}), Check.DATA)
    assert 1 <= of <= 256
    assert of == 256 or (of - 1) * every < max(every, full) <= of * every


@given(st.dates(date(2026, 3, 20), date(2026, 4, 3)), st.integers(0, 23), st.lists(LATE, min_size=8, max_size=8))
def test_every_day_is_a_day_whatever_the_clocks_do(first: date, hour: int, late: list[int]) -> None:
    """On a day of 23 hours, and where a run begins up to 40 seconds earlier or later than the day before."""
    last, rhythm = None, Rhythm(DAY)
    for n, seconds in enumerate(late):
        local = datetime.combine(first + n * DAY, time(hour, 30), BERLIN)
        now = local.astimezone(UTC) + timedelta(seconds=seconds)
        assert when(rhythm, last, now, BERLIN) is When.NOW
        last = Last(Mark.OK, now, now)
        assert when(rhythm, last, now + timedelta(minutes=20), BERLIN) is When.LATER


def test_a_partly_read_part_passes_and_one_that_warns_too() -> None:
    answers = [Verdict(Outcome.PARTLY), Verdict(Outcome.WARN), held()]
    place = Program(NIGHTLY, answers={Check.DATA: answers})
    nights = Nights({"nas": place})
    for day in range(3):
        nights.run(NOW + day * DAY)
    assert [number for number, _ in place.parts()] == [1, 2, 3]


def test_all_of_it_takes_at_least_one_part() -> None:
    with pytest.raises(ValueError, match="full_every is at least as long as every"):
        BackupOptions.model_validate({"checks": {"data": {"every": "7d", "full_every": "1d"}}})
