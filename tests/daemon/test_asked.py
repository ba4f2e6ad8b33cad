"""The names of slots that no schedule names carry what was asked, and nothing else is read into other names."""

from datetime import UTC, datetime

import pytest

from daemon.model import NewDraft, Text
from daemon.occurrences.asked import Asked, Wish, draft_number, draft_slot, manual_details
from daemon.records import Draft, DraftState

NOW = datetime(2026, 11, 20, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wish", "asked"),
    [
        (Wish(), Asked(at_moment=False, edition=1)),
        (Wish(at=NOW), Asked(at_moment=True, edition=1)),
        (Wish(edition=2), Asked(at_moment=False, edition=2)),
        (Wish(at=NOW, dry=True, edition=13), Asked(at_moment=True, edition=13)),
    ],
)
def test_a_manual_slots_name_gives_the_wish_back(wish: Wish, asked: Asked) -> None:
    assert manual_details(f"manual-2026-11-20T04:05:06Z-1{wish.suffix}") == asked


@pytest.mark.parametrize("slot", ["2026-11-20T05:00", "2026-11-20T04:00Z", "draft-2-20261120T040506"])
def test_other_slots_carry_no_wish(slot: str) -> None:
    assert manual_details(slot) == Asked(at_moment=False, edition=1)


def test_each_decision_about_a_draft_has_a_slot_of_its_own() -> None:
    new = NewDraft("letter", Text("A letter"), "Dear customer", {})
    first = Draft(12, "newsletter", DraftState.APPROVED, new, NOW, "ada", NOW)
    again = Draft(12, "newsletter", DraftState.APPROVED, new, NOW, "ada", NOW.replace(minute=6))
    assert draft_slot(first) != draft_slot(again)
    assert {draft_number(draft_slot(one)) for one in (first, again)} == {12}


@pytest.mark.parametrize("slot", ["2026-11-20T05:00", "manual-2026-11-20T04:05:06Z-1", "draft", "draft-x-1"])
def test_no_other_slot_applies_a_draft(slot: str) -> None:
    assert draft_number(slot) is None
