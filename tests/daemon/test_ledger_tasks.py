"""Findings become tasks, one each; only a person closes one, and what a person decided stays."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.context import TASK_LISTED
from daemon.errors import LedgerError
from daemon.ledger import Ending, Ledger, open_ledger
from daemon.model import Fact, Finding, Goal, Horizon, NewDraft, Text, Transition, Urgency
from daemon.records import Occurrence, Run, SeenFinding, State, Task

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAY = timedelta(days=1)
LATE = Finding(
    "orders:late", Urgency.LOSES_MONEY, Text("{n} orders are late", {"n": 2}), goal=Goal.CONVERSION,
    horizon=Horizon.SHORT, stake=Decimal(90), due=NOW + timedelta(hours=21),
)  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(tmp_path, "mine", ZoneInfo("Europe/Berlin"), NOW, "1.0")
    yield made
    made.close()


def work(ledger: Ledger, *found: Finding, now: datetime = NOW, routine: str = "orders", slot: str = "") -> Run:
    occurrence = Occurrence(routine, slot or f"{now:%Y-%m-%dT%H:%M}", now, State.PENDING)
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, now, "boot")
    assert run is not None
    ended = replace(run, state=State.OK, ended=now)
    ledger.reports.keep(Ending(ended, findings=found))
    return ended


def show(ledger: Ledger, now: datetime, *numbers: str) -> None:
    """Do as a briefing does that showed these tasks as ones for its day."""
    run = replace(work(ledger, now=now, routine="briefing"), ended=now)
    day = now.astimezone(ZoneInfo("Europe/Berlin")).date()
    listed = (Fact(TASK_LISTED.name, day, Decimal(1), "count", now, "briefing", {"task": one}) for one in numbers)
    ledger.reports.keep(Ending(run, facts=tuple(listed)))


def only(ledger: Ledger, now: datetime = NOW) -> Task:
    (task,) = ledger.tasks.open(now)
    return task


def test_a_finding_becomes_a_task_in_the_box_that_its_job_chose(ledger: Ledger) -> None:
    work(ledger, LATE)
    task = only(ledger)
    assert (task.id, task.title, task.source) == ("1", LATE.title, "orders:late")
    assert (task.goal, task.horizon, task.impact) == (Goal.CONVERSION, Horizon.SHORT, Decimal(90))
    assert task.due == date(2026, 11, 21), "01:00 UTC is the next day in Berlin"
    assert task.urgency is LATE.urgency


def test_a_task_keeps_its_findings_class_until_the_cause_goes_or_a_person_moves_it(ledger: Ledger) -> None:
    work(ledger, LATE)
    ledger.tasks.change("1", {"owner": "anna", "due": date(2026, 11, 24)})
    assert only(ledger).urgency is LATE.urgency, "an owner and a date are no box"
    ledger.tasks.change("1", {"goal": Goal.ACQUISITION})
    assert only(ledger).urgency is None
    work(ledger, replace(LATE, key="orders:held"), now=NOW + DAY)
    work(ledger, now=NOW + 2 * DAY)
    assert [(task.id, task.offered, task.urgency) for task in ledger.tasks.open(NOW + 2 * DAY)] == [
        ("1", True, None),
        ("2", True, None),
    ]


def test_what_a_person_takes_back_is_again_as_the_finding_says(ledger: Ledger) -> None:
    work(ledger, LATE)
    before = only(ledger)
    ledger.tasks.change("1", {"goal": Goal.ACQUISITION, "due": date(2026, 11, 24), "owner": "anna"})
    assert ledger.tasks.change("1", {"impact": Decimal(1)}, ["goal", "due", "owner"])
    assert only(ledger) == replace(before, impact=Decimal(1))


def test_the_same_finding_on_five_nights_makes_one_task_that_says_what_is_so_now(ledger: Ledger) -> None:
    for night in range(5):
        title = Text("{n} orders are late", {"n": night})
        work(ledger, replace(LATE, title=title, stake=Decimal(night)), now=NOW + night * DAY)
    task = only(ledger)
    assert task.title == Text("{n} orders are late", {"n": 4})
    assert (task.impact, task.created) == (Decimal(4), NOW)


def test_a_finding_without_goal_and_horizon_is_an_unsorted_task(ledger: Ledger) -> None:
    work(ledger, Finding("x", Urgency.STAYS_BROKEN, Text("Something")))
    assert (only(ledger).goal, only(ledger).horizon) == (None, None)


def test_when_the_cause_goes_the_task_is_offered_for_closing_and_stays(ledger: Ledger) -> None:
    work(ledger, LATE)
    work(ledger, now=NOW + DAY)
    assert only(ledger).offered
    work(ledger, LATE, now=NOW + 2 * DAY)
    assert not only(ledger).offered, "the cause is back: it is the same task"


def test_a_cause_that_another_routine_still_sees_is_not_gone(ledger: Ledger) -> None:
    work(ledger, LATE)
    work(ledger, LATE, routine="second-shop")
    work(ledger, now=NOW + DAY)
    assert not only(ledger).offered
    work(ledger, routine="second-shop", now=NOW + DAY)
    assert only(ledger).offered


def test_a_draft_that_is_applied_closes_no_cause(ledger: Ledger) -> None:
    work(ledger, LATE)
    work(ledger, now=NOW + DAY, slot="draft-7-2026")
    assert not only(ledger).offered


def test_a_dry_run_finds_no_cause_gone(ledger: Ledger) -> None:
    run = work(ledger, LATE)
    occurrence = Occurrence("orders", "manual-2026-1", NOW + DAY, State.PENDING, dry=True)
    ledger.history.account([], [occurrence])
    dry = ledger.history.start(occurrence, NOW + DAY, "boot")
    assert dry is not None
    ledger.reports.keep(Ending(replace(dry, state=State.OK, ended=NOW + DAY)))
    assert not only(ledger).offered
    assert ledger.reports.findings_of(run.id) == [LATE]
    assert [one.finding for one in standing(ledger, run)] == [LATE]


def standing(ledger: Ledger, run: Run) -> list[SeenFinding]:
    return ledger.night(run, lambda: NOW, lambda _until: [], list).findings(NOW - DAY)


def test_what_a_person_closed_does_not_come_back_while_the_cause_lasts(ledger: Ledger) -> None:
    work(ledger, LATE)
    assert ledger.tasks.close("1", NOW)
    assert not ledger.tasks.close("1", NOW), "it is done already"
    work(ledger, LATE, now=NOW + DAY)
    assert ledger.tasks.open(NOW) == []
    work(ledger, now=NOW + 2 * DAY)
    work(ledger, LATE, now=NOW + 3 * DAY)
    assert only(ledger).id == "2", "it went away and came back: a new one"
    assert [(task.id, task.closed) for task in ledger.tasks.closed()] == [("1", NOW)]


def test_what_a_person_decided_outlives_what_the_next_night_finds(ledger: Ledger) -> None:
    work(ledger, LATE)
    chosen = {"goal": Goal.ACQUISITION, "horizon": Horizon.LONG, "due": date(2026, 12, 24), "owner": "ada"}
    assert ledger.tasks.change("1", chosen)
    work(ledger, LATE, now=NOW + DAY)
    task = only(ledger)
    assert {name: getattr(task, name) for name in chosen} == chosen
    assert task.impact == Decimal(90)


def test_a_slip_is_an_earlier_morning_on_which_a_task_was_listed(ledger: Ledger) -> None:
    work(ledger, LATE)
    ledger.tasks.add("Water the plants", {}, "ada", NOW)
    for morning in (NOW, NOW + timedelta(minutes=1), NOW + DAY):
        show(ledger, morning, "1")
        assert [task.slipped for task in ledger.tasks.open(morning)] == [(morning - NOW).days, 0]
    assert [task.slipped for task in ledger.tasks.open(NOW + 5 * DAY)] == [2, 0]
    assert only_one(ledger, "1", NOW + 5 * DAY).goal is Goal.CONVERSION, "left over, it stays in its box"


def only_one(ledger: Ledger, number: str, now: datetime) -> Task:
    found = ledger.tasks.get(number, now)
    assert found is not None
    return found


def test_a_persons_task_has_a_number_of_its_own_and_their_words(ledger: Ledger) -> None:
    numbers = [ledger.tasks.add(f"Thing {n}", {"impact": Decimal(n)}, "ada", NOW) for n in range(11)]
    assert numbers == [str(n) for n in range(1, 12)]
    task = only_one(ledger, "11", NOW)
    assert (task.title, task.author, task.impact, task.source) == ("Thing 10", "ada", Decimal(10), "")
    assert ledger.tasks.get("99", NOW) is None


def test_a_run_that_is_not_kept_leaves_no_task(ledger: Ledger) -> None:
    run = work(ledger)
    unkeepable = NewDraft("x", Text("x"), "", {"a": object()})
    with pytest.raises(Exception, match="can't travel"):
        ledger.reports.keep(Ending(run, findings=(LATE,), drafts=(unkeepable,)))
    assert ledger.tasks.open(NOW) == []


def test_what_is_to_be_done_is_never_forgotten_and_what_is_done_goes_with_its_age(ledger: Ledger) -> None:
    ledger.tasks.add("Some day", {}, "ada", NOW)
    ledger.tasks.add("Done", {}, "ada", NOW)
    ledger.tasks.close("2", NOW)
    ledger.purge(NOW + 900 * DAY)
    assert [task.title for task in ledger.tasks.open(NOW)] == ["Some day"]
    assert ledger.tasks.closed() == []


def test_a_run_reads_the_open_tasks_and_makes_none_of_its_own(ledger: Ledger) -> None:
    run = work(ledger, LATE)
    night = ledger.night(run, lambda: NOW, lambda _until: [], list)
    assert [task.source for task in night.tasks()] == ["orders:late"]
    with pytest.raises(LedgerError, match="report a finding"):
        night.move([Transition("task", "1", "open", "done")])
