"""A draft waits for one decision, which one person makes once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.ledger import Ending, Ledger, open_ledger
from daemon.model import NewDraft, Text
from daemon.records import DraftState, Occurrence, State

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
LETTER = NewDraft("letter", Text("A letter"), "Dear customer", {"to": ["ada"]})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(tmp_path, "mine", ZoneInfo("Europe/Berlin"), NOW, "1.0")
    yield made
    made.close()


def put(ledger: Ledger, *new: NewDraft, routine: str = "newsletter", state: DraftState = DraftState.WAITING) -> None:
    slot = f"slot {len(ledger.history.occurrences())}"
    occurrence = Occurrence(routine, slot, NOW, State.PENDING)
    ledger.history.account([], [occurrence])
    run = ledger.history.start(occurrence, NOW, "boot")
    assert run is not None
    ledger.reports.keep(Ending(replace(run, state=State.OK, ended=NOW), drafts=new, draft_state=state))


def test_a_draft_waits_with_all_it_was_given(ledger: Ledger) -> None:
    put(ledger, LETTER)
    (draft,) = ledger.drafts.standing()
    assert (draft.id, draft.routine, draft.state, draft.draft) == (1, "newsletter", DraftState.WAITING, LETTER)
    assert (draft.created, draft.decided_by, draft.decided_at) == (NOW, "", None)


def test_a_key_is_used_once_for_each_routine_whatever_became_of_it(ledger: Ledger) -> None:
    put(ledger, LETTER, LETTER)
    ledger.drafts.move(1, DraftState.WAITING, DraftState.REJECTED, "ada", NOW)
    put(ledger, replace(LETTER, preview="changed"))
    put(ledger, LETTER, routine="social")
    assert [(d.id, d.routine, d.state) for d in ledger.drafts.standing()] == [
        (1, "newsletter", DraftState.REJECTED), (2, "social", DraftState.WAITING)
    ]  # fmt: skip


def test_of_two_decisions_the_first_counts(ledger: Ledger) -> None:
    put(ledger, LETTER)
    assert ledger.drafts.move(1, DraftState.WAITING, DraftState.APPROVED, "ada", NOW)
    assert not ledger.drafts.move(1, DraftState.WAITING, DraftState.REJECTED, "bob", NOW + HOUR)
    (draft,) = ledger.drafts.standing()
    assert (draft.state, draft.decided_by, draft.decided_at) == (DraftState.APPROVED, "ada", NOW)
    assert not ledger.drafts.move(2, DraftState.WAITING, DraftState.APPROVED, "ada", NOW)


def test_applying_keeps_who_decided(ledger: Ledger) -> None:
    put(ledger, LETTER)
    ledger.drafts.move(1, DraftState.WAITING, DraftState.APPROVED, "ada", NOW)
    assert ledger.drafts.move(1, DraftState.APPROVED, DraftState.APPLIED, "nightclerk", NOW + HOUR)
    assert [(d.decided_by, d.decided_at) for d in ledger.drafts.standing([DraftState.APPLIED])] == [("ada", NOW)]


def test_only_the_approved_whose_moment_has_come_are_ripe(ledger: Ledger) -> None:
    put(ledger, LETTER, replace(LETTER, key="later", not_before=NOW + HOUR), replace(LETTER, key="undecided"))
    for number in (1, 2):
        ledger.drafts.move(number, DraftState.WAITING, DraftState.APPROVED, "ada", NOW)
    assert [d.id for d in ledger.drafts.ripe(NOW)] == [1]
    assert [d.id for d in ledger.drafts.ripe(NOW + HOUR)] == [1, 2]


def test_without_approval_time_runs_out(ledger: Ledger) -> None:
    soon = replace(LETTER, expires=NOW + HOUR)
    put(ledger, soon, replace(soon, key="decided"), replace(LETTER, key="for ever"))
    ledger.drafts.move(2, DraftState.WAITING, DraftState.APPROVED, "ada", NOW)
    assert ledger.drafts.expire(NOW + HOUR - timedelta.resolution) == 0
    assert ledger.drafts.expire(NOW + HOUR) == 1
    assert [d.state for d in ledger.drafts.standing()] == [
        DraftState.EXPIRED, DraftState.APPROVED, DraftState.WAITING
    ]  # fmt: skip
    assert not ledger.drafts.move(1, DraftState.WAITING, DraftState.APPROVED, "ada", NOW)


def test_approve_auto_is_written_down_as_such(ledger: Ledger) -> None:
    put(ledger, LETTER, state=DraftState.APPROVED)
    (draft,) = ledger.drafts.ripe(NOW)
    assert (draft.decided_by, draft.decided_at) == ("approve: auto", NOW)
