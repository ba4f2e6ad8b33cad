"""A person's steps along a line: once each, in order, never past what must be confirmed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from daemon.errors import NightclerkError
from daemon.model import Transition
from daemon.records import WorkItem
from daemon.workline import Hand, WorkLine, assign, confirm, hold, noted, read_card, release, written

NOW = datetime(2026, 11, 20, 5, 12, tzinfo=UTC)
CAKES = WorkLine(
    name="cakes", kind="line.cake", what="cake",
    follows={"mixed": ("baked", "held"), "baked": ("sold", "held"), "held": ("mixed", "baked", "sold"), "sold": ()},
    confirms={"mixed": "baked", "baked": "sold"}, held="held", free="mixed",
    reasons={"burnt": "scrape it", "late": "hurry"}, settles={"burnt": "mixed"}, done=frozenset({"sold"}),
    private=frozenset({"for"}), alike="customer", leaves=frozenset({"candles", "shelf"}),
)  # fmt: skip
ANNA = Hand("anna", NOW, ZoneInfo("Europe/Berlin"))
CAKE = WorkItem(
    "line.cake", "7", "mixed", NOW, {"number": "7", "card": written({"for": "Ada", "kg": 2}), "history": []}
)


def after(item: WorkItem, step: Transition) -> WorkItem:
    assert step.before == item.state
    return replace(item, state=step.after, data=step.data)


def held(*reasons: str, **data: Any) -> WorkItem:
    return replace(CAKE, state="held", data={**CAKE.data, "reasons": list(reasons), **data})


def test_a_second_confirmation_is_told_who_was_first_and_when_and_takes_no_second_step() -> None:
    baked = after(CAKE, confirm(CAKES, CAKE, ANNA, ""))
    later = Hand("per", NOW + timedelta(minutes=3), ANNA.zone)
    for to in ("", "baked"):
        with pytest.raises(NightclerkError) as refused:
            confirm(CAKES, baked, later, to)
        assert str(refused.value) == (
            "cake 7 is baked: already confirmed by anna at 06:12; the next step is `nightclerk cakes confirm 7 sold`"
        )
    assert confirm(CAKES, baked, later, "sold").after == "sold"
    with pytest.raises(NightclerkError, match="at 2026-11-20 06:12"):
        confirm(CAKES, baked, replace(later, now=NOW + timedelta(days=1)), "")


def test_no_step_is_left_out() -> None:
    with pytest.raises(NightclerkError, match="cake 7 is mixed: baked comes before sold"):
        confirm(CAKES, CAKE, ANNA, "sold")


def test_after_a_run_moved_an_item_its_next_confirmation_is_a_new_one() -> None:
    baked = after(CAKE, confirm(CAKES, CAKE, ANNA, ""))
    moved = replace(baked, data={**baked.data, "history": noted(baked.data, NOW, "baked")})
    assert confirm(CAKES, moved, ANNA, "").after == "sold"


def test_what_is_held_goes_on_from_where_it_was() -> None:
    baked = after(CAKE, confirm(CAKES, CAKE, ANNA, ""))
    stopped = after(baked, hold(CAKES, baked, ANNA, "smells odd"))
    assert (stopped.state, stopped.data["words"], stopped.data["reasons"]) == ("held", "smells odd", ["person"])
    with pytest.raises(NightclerkError, match="cake 7 is held: already held by anna at 06:12"):
        hold(CAKES, stopped, ANNA, "again")
    freed = after(stopped, release(CAKES, stopped, ANNA))
    assert (freed.state, "words" in freed.data, "reasons" in freed.data) == ("baked", False, False)
    with pytest.raises(NightclerkError, match="already released by anna"):
        release(CAKES, freed, ANNA)


def test_a_reason_that_somebody_lifted_is_remembered_as_lifted() -> None:
    freed = after(held("late"), release(CAKES, held("late"), ANNA))
    assert (freed.state, freed.data["cleared"]) == ("mixed", ["late"])


def test_what_must_be_seen_is_confirmed_and_not_released() -> None:
    burnt = held("burnt", **{"was": {"kg": 1}, "from": "baked"})
    with pytest.raises(NightclerkError, match=r"waits for a confirmation \(burnt\)"):
        release(CAKES, burnt, ANNA)
    settled = after(burnt, confirm(CAKES, burnt, ANNA, ""))
    assert (settled.state, "was" in settled.data) == ("mixed", False)
    with pytest.raises(NightclerkError, match="already confirmed by anna"):
        confirm(CAKES, settled, ANNA, "")


def test_confirming_one_reason_leaves_the_others_standing() -> None:
    both = held("burnt", "late", **{"from": "baked"})
    left = after(both, confirm(CAKES, both, ANNA, ""))
    assert (left.state, left.data["reasons"]) == ("held", ["late"])
    with pytest.raises(NightclerkError, match=r"is held \(late\)"):
        confirm(CAKES, left, ANNA, "")


def test_what_is_done_keeps_nobodys_name_and_can_neither_be_held_nor_given_away() -> None:
    baked = replace(CAKE, state="baked")
    sold = after(baked, confirm(CAKES, baked, ANNA, ""))
    assert read_card(sold.data) == {"kg": 2}
    with pytest.raises(NightclerkError, match="there is nothing left to hold"):
        hold(CAKES, sold, ANNA, "x")
    with pytest.raises(NightclerkError, match="there is nothing left to do for per"):
        assign(CAKES, sold, "per", None)


def test_a_step_that_no_state_allows_is_a_defect_and_not_made() -> None:
    with pytest.raises(ValueError, match="sold does not follow mixed"):
        CAKES.step(CAKE, "sold", CAKE.data, ANNA)


def test_giving_an_item_to_somebody_changes_nothing_else() -> None:
    given = assign(CAKES, CAKE, "per", NOW)
    assert (given.before, given.after, given.owner, given.lease_until) == ("mixed", "mixed", "per", NOW)
    assert given.data == CAKE.data


def test_a_history_does_not_grow_without_end() -> None:
    data: dict[str, Any] = {}
    for n in range(60):
        data = {"history": noted(data, NOW, str(n))}
    assert [len(data["history"]), data["history"][-1][2]] == [24, "59"]
