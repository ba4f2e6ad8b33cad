"""N1, decided: which ends of occurrences are an alarm, which are policy, and what was told already."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.engine.alerting import MADE_ROOM, Alert, Case, Kind, Told, broken, judge, look
from daemon.engine.telling import Circumstances, note_of
from daemon.occurrences.accounting import COVERED, MISSED, PAUSED, TOO_LATE
from daemon.occurrences.dispatching import NO_PLACE
from daemon.records import Occurrence, State

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""21:00 in Berlin, on a Friday."""


def ended(minutes: float, state: State = State.FAILED, reason: str = "", **more: object) -> Occurrence:
    at = EVENING + timedelta(minutes=minutes)
    values = {"slot": f"{at:%Y-%m-%dT%H:%M}", "routine": "lamps", **more}
    return Occurrence(due=at, state=state, reason=reason, ended=at, **values)  # type: ignore[arg-type]


def kinds(*found: Occurrence, waiting: tuple[Occurrence, ...] = ()) -> list[str]:
    _, alerts = look(Told(EVENING), found, waiting, BERLIN)
    return [alert.kind.value for alert in alerts]


@pytest.mark.parametrize("reason", [TOO_LATE, NO_PLACE])
def test_a_skip_that_nobody_asked_for_is_told(reason: str) -> None:
    assert kinds(ended(1, State.SKIPPED, reason)) == ["skipped"]


@pytest.mark.parametrize("reason", [PAUSED, COVERED, MISSED, "disabled in the configuration", "broken: no such job"])
def test_skips_by_the_owners_own_policy_are_never_told_however_many(reason: str) -> None:
    assert kinds(*(ended(minute, State.SKIPPED, reason) for minute in range(9))) == []


@pytest.mark.parametrize("reason", ["still running since 21:30", "blocked: stock did not end well"])
def test_the_third_slot_left_out_in_a_row_is_told(reason: str) -> None:
    skips = [ended(minute, State.SKIPPED, reason) for minute in range(5)]
    assert [len(kinds(*skips[:count])) for count in range(1, 6)] == [0, 0, 1, 1, 1]
    assert kinds(*skips[:2], ended(2, State.OK), *skips[3:]) == []


def test_a_run_that_made_room_for_the_next_is_policy_until_the_third_in_a_row() -> None:
    ends = [ended(minute, State.FAILED, MADE_ROOM) for minute in range(3)]
    assert (kinds(*ends[:2]), kinds(*ends)) == ([], ["skipped"])


def test_nobody_is_mailed_about_a_run_that_a_person_ended() -> None:
    assert kinds(ended(1, State.FAILED, "cancelled by ada")) == []


def test_a_slot_that_was_too_late_is_not_told_where_a_later_one_runs_in_its_place() -> None:
    late = ended(1, State.SKIPPED, TOO_LATE)
    assert kinds(late, waiting=(ended(9, State.PENDING),)) == []
    assert kinds(late, waiting=(ended(9, State.PENDING, routine="bulbs"),)) == ["skipped"]


def test_a_draft_that_could_not_be_applied_is_told_and_no_other_run_passes_for_its_recovery() -> None:
    draft = ended(1, slot="draft-7-20261120T200100")
    assert kinds(draft, ended(2, State.OK)) == ["failed"]
    alert = look(Told(EVENING), [draft], [], BERLIN)[1][0]
    text = "\n".join(line.id for line in note_of(alert, Circumstances("Lamps")).lines)
    assert "nightclerk approve {draft}" in text


@given(st.lists(st.tuples(st.sampled_from(list(State)[2:]), st.integers(0, 600)), max_size=40))
def test_however_a_routine_fares_each_kind_of_mail_comes_at_most_once_a_day_and_recovery_follows_trouble(
    steps: list[tuple[State, int]],
) -> None:
    case, at, told = Case(), EVENING, list[tuple[Kind, date]]()
    for state, minutes in steps:
        at += timedelta(minutes=minutes)
        day = at.astimezone(BERLIN).date()
        reason = NO_PLACE if state is State.SKIPPED else ""
        case, kind = judge(case, Occurrence("lamps", f"{at:%Y-%m-%dT%H:%M}", at, state, reason), day)
        if kind is not None:
            told.append((kind, day))
    troubles = [day for kind, day in told if kind is not Kind.RECOVERED]
    assert len(troubles) == len(set(troubles))
    recoveries = [index for index, (kind, _) in enumerate(told) if kind is Kind.RECOVERED]
    assert all(index > 0 and told[index - 1][0] is not Kind.RECOVERED for index in recoveries)


@given(st.lists(st.sampled_from([State.OK, State.FAILED, State.SKIPPED]), max_size=20), st.integers(1, 5))
def test_what_is_told_does_not_depend_on_how_often_one_looks(states: list[State], step: int) -> None:
    rows = [ended(index // 2, state, slot=f"2026-11-20T{index:02}:00") for index, state in enumerate(states)]
    told, often = Told(EVENING), list[Alert]()
    for count in range(step, len(rows) + step, step):
        known = [row for row in rows[:count] if row.ended and row.ended >= told.looked]
        told, alerts = look(told, known, [], BERLIN)
        often += alerts
    assert often == look(Told(EVENING), rows, [], BERLIN)[1]


def test_a_broken_routine_that_stays_broken_is_no_news() -> None:
    cases, first = broken({}, {"lamps": "no such job"}, EVENING, BERLIN)
    assert [alert.kind for alert in first] == [Kind.BROKEN]
    assert broken(cases, {"lamps": "no such job"}, EVENING + timedelta(days=3), BERLIN) == (cases, [])
