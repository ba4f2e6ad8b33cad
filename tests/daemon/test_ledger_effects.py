"""An effect that was begun and never confirmed is called uncertain as soon as no run will look at it again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.ledger import Ending, Ledger, open_ledger
from daemon.records import EffectState, Occurrence, Run, State

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path, "lamps", ZoneInfo("Europe/Berlin"), NOW, "1")
    yield opened
    opened.close()


def started(ledger: Ledger, slot: str) -> Run:
    """Start the next try of a slot."""
    ledger.history.account([], [Occurrence("orders", slot, NOW, State.PENDING)])
    (waiting,) = [one for one in ledger.history.occurrences(open_only=True) if one.slot == slot]
    run = ledger.history.start(waiting, NOW, "boot")
    assert run is not None
    return run


def claim(ledger: Ledger, run: Run, key: str) -> EffectState | None:
    """Claim an effect in a run; return how an earlier claim stands."""
    earlier = ledger.night(run, lambda: NOW, lambda _until: [], list).claim(key, "a note")
    return earlier.state if earlier else None


def lost(run: Run) -> Run:
    return replace(run, state=State.LOST, ended=NOW, reason="lost")


def test_while_a_run_is_to_be_tried_again_its_effect_is_only_claimed(ledger: Ledger) -> None:
    run = started(ledger, "a")
    claim(ledger, run, "note/1")
    ledger.history.ended(lost(run), NOW + timedelta(minutes=1))
    assert claim(ledger, started(ledger, "b"), "note/1") is EffectState.CLAIMED


@pytest.mark.parametrize("tries", [1, 2])
def test_after_the_last_try_an_effect_without_an_answer_is_uncertain(ledger: Ledger, tries: int) -> None:
    run = started(ledger, "a")
    claim(ledger, run, "note/1")
    for _ in range(tries - 1):
        ledger.history.ended(lost(run), NOW)
        run = started(ledger, "a")
    ledger.history.ended(lost(run))
    assert claim(ledger, started(ledger, "b"), "note/1") is EffectState.UNCERTAIN


def test_a_good_run_that_went_on_after_an_effect_failed_leaves_it_uncertain(ledger: Ledger) -> None:
    run = started(ledger, "a")
    claim(ledger, run, "note/1")
    ledger.reports.keep(Ending(replace(run, state=State.OK, ended=NOW)))
    assert claim(ledger, started(ledger, "b"), "note/1") is EffectState.UNCERTAIN


def test_what_was_confirmed_and_what_others_claimed_stays_as_it_is(ledger: Ledger) -> None:
    other, run = started(ledger, "b"), started(ledger, "a")
    claim(ledger, other, "note/2")
    claim(ledger, run, "note/1")
    ledger.night(run, lambda: NOW, lambda _until: [], list).confirm("note/1", "id 7")
    ledger.history.ended(lost(run))
    assert [claim(ledger, other, key) for key in ("note/1", "note/2")] == [EffectState.CONFIRMED, EffectState.CLAIMED]


def test_an_occurrence_that_is_skipped_instead_of_tried_again_leaves_no_open_claim(ledger: Ledger) -> None:
    run = started(ledger, "a")
    claim(ledger, run, "note/1")
    ledger.history.ended(lost(run), NOW)
    (waiting,) = ledger.history.occurrences(open_only=True)
    ledger.history.skip(waiting, "removed from the configuration", NOW)
    assert claim(ledger, started(ledger, "b"), "note/1") is EffectState.UNCERTAIN


def test_a_person_is_told_of_an_uncertain_effect_for_a_week(ledger: Ledger) -> None:
    run = started(ledger, "a")
    claim(ledger, run, "note/1")
    ledger.history.ended(lost(run))
    later = started(ledger, "b")

    def told(moment: datetime) -> list[object]:
        night = ledger.night(later, lambda: moment, lambda _until: [], list)
        return [text.values["what"] for text in night.notices()]

    assert told(NOW + timedelta(days=6)) == ["a note"]
    assert told(NOW + timedelta(days=8)) == []
