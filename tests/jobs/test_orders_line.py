"""The orders on the line over several nights: what stops, what goes on by itself, and what only a person lets go."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.api import LASTING, PERSON, Context, NightclerkError, WorkItem, read_card
from jobs.kinds.shop import Status
from jobs.orders import OrdersOptions
from jobs.orders.line import KIND, ORDERS_LINE
from tests.jobs.line_scenes import DAY, HOME, LINE, ORDER, Scene, confirming, confirming_to, holding, releasing


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    made.has(ORDER)
    return made


def keys(ctx: Context) -> list[str]:
    return [finding.key for finding in ctx.report.findings if finding.key.startswith(("orders:held", "orders:un"))]


def test_an_order_with_nothing_against_it_is_ready_after_its_first_night(scene: Scene) -> None:
    scene.passes()
    assert scene.where() == ("ready", [])
    changed = scene.item().changed
    scene.passes()
    assert scene.item().changed == changed


def test_what_clears_itself_in_the_shop_needs_no_person(scene: Scene) -> None:
    scene.edit(status=Status.UNPAID)
    assert keys(scene.passes()) == ["orders:held:unpaid"]
    assert scene.where() == ("held", ["unpaid"])
    scene.edit(status=Status.OPEN)
    assert keys(scene.passes()) == []
    assert scene.where() == ("ready", [])


def test_a_note_that_somebody_read_does_not_hold_the_order_again_but_a_new_one_does(scene: Scene) -> None:
    scene.edit(note="ring twice")
    scene.passes()
    scene.does(releasing)
    scene.passes()
    assert scene.where() == ("ready", [])
    scene.edit(note="ring three times")
    scene.passes()
    assert scene.where() == ("held", ["note"])


@pytest.mark.parametrize("steps", [1, 2])
def test_an_order_edited_after_it_was_picked_stops_until_somebody_confirms_the_difference(
    scene: Scene, steps: int
) -> None:
    scene.passes()
    for state in ("picked", "packed")[:steps]:
        scene.does(confirming_to(state))
    scene.edit(address=replace(HOME, street="Weg 99"))
    assert "orders:held:changed" in keys(scene.passes())
    assert scene.where() == ("held", ["changed"])
    assert scene.item().data["was"] == {"address": ["Ada Bauer", "Weg 1", "53111", "Bonn", "DE"]}
    with pytest.raises(NightclerkError, match="waits for a confirmation"):
        scene.does(releasing)
    scene.passes()
    assert scene.where() == ("held", ["changed"])
    scene.does(confirming)
    assert scene.where() == ("ready", [])
    scene.passes()
    assert scene.where() == ("ready", [])


def test_an_order_edited_before_it_was_picked_goes_on_as_it_is_now(scene: Scene) -> None:
    scene.passes()
    scene.edit(lines=(replace(LINE, quantity=5),))
    scene.passes()
    assert scene.where() == ("ready", [])
    assert read_card(scene.item().data)["lines"][0][2] == 5


def test_a_second_edit_of_a_stopped_order_keeps_showing_what_was_picked(scene: Scene) -> None:
    scene.passes()
    scene.does(confirming)
    for street in ("Weg 2", "Weg 3"):
        scene.edit(address=replace(HOME, street=street), note=street)
        scene.passes()
    was: Any = scene.item().data["was"]
    assert (was["address"][1], was["note"]) == ("Weg 1", None)
    assert read_card(scene.item().data)["address"][1] == "Weg 3"


def test_what_was_sent_or_cancelled_in_the_shop_moves_here_too_and_nobody_is_named_any_more(scene: Scene) -> None:
    scene.has(replace(ORDER, number="8", customer="bo"))
    scene.passes()
    scene.edit(status=Status.SHIPPED)
    scene.edit("8", status=Status.CANCELLED)
    assert keys(scene.passes()) == []
    assert (scene.where(), scene.where("8")) == (("shipped", []), ("cancelled", []))
    assert "Bauer" not in str(scene.night.items)
    assert "ada@shop.test" not in str([item for item in scene.night.items.values() if item.state != LASTING])


def test_an_order_cancelled_after_it_was_picked_stops_until_the_goods_are_back(scene: Scene) -> None:
    scene.passes()
    scene.does(confirming)
    scene.edit(status=Status.CANCELLED)
    for _ in range(2):
        assert keys(scene.passes()) == ["orders:held:cancelled"]
    scene.does(confirming)
    assert scene.where() == ("cancelled", [])
    assert keys(scene.passes()) == []


def test_an_order_that_the_shop_lost_is_not_lost_here(scene: Scene) -> None:
    scene.passes()
    del scene.orders["7"]
    assert keys(scene.passes()) == ["orders:held:gone"]
    scene.has(ORDER)
    scene.passes()
    assert scene.where() == ("ready", [])


def test_a_payment_taken_back_stops_even_a_packed_parcel_and_lets_it_go_on_where_it_was(scene: Scene) -> None:
    scene.passes()
    scene.does(confirming_to("picked"))
    scene.does(confirming_to("packed"))
    scene.edit(status=Status.UNPAID)
    scene.passes()
    assert scene.where() == ("held", ["unpaid"])
    scene.edit(status=Status.OPEN)
    scene.passes()
    assert scene.where() == ("packed", [])


def test_what_a_person_holds_stays_held_whatever_the_night_finds(scene: Scene) -> None:
    scene.passes()
    scene.does(holding)
    scene.edit(lines=(replace(LINE, quantity=5),))
    scene.passes()
    assert scene.where() == ("held", [PERSON])
    scene.does(releasing)
    assert scene.where() == ("ready", [])


def test_a_cancelled_order_that_is_open_again_comes_back_on_the_line(scene: Scene) -> None:
    scene.passes()
    scene.edit(status=Status.CANCELLED)
    scene.passes()
    with pytest.raises(NightclerkError, match="there is nothing left to hold"):
        scene.does(holding)
    scene.edit(status=Status.OPEN)
    scene.passes()
    assert scene.where() == ("ready", [])
    assert read_card(scene.item().data)["address"][0] == "Ada Bauer"


def test_an_order_whose_state_the_shop_does_not_tell_stays_new(scene: Scene) -> None:
    scene.edit(status=Status.UNKNOWN)
    assert keys(scene.passes()) == ["orders:held:new"]
    assert scene.where() == ("new", [])


def test_with_review_a_person_confirms_each_order_before_it_is_picked_and_again_once_it_was_edited(
    scene: Scene,
) -> None:
    scene.options = OrdersOptions.model_validate({"line": {"review": True}})
    assert keys(scene.passes()) == ["orders:held:checked"]
    assert scene.where() == ("checked", [])
    scene.does(confirming)
    scene.passes()
    assert scene.where() == ("ready", [])
    scene.edit(lines=(replace(LINE, quantity=3),))
    scene.passes()
    assert scene.where() == ("checked", [])


def test_goods_in_somebodys_hands_are_not_promised_to_another(scene: Scene) -> None:
    scene.stock = {"A": 2}
    scene.options = OrdersOptions.model_validate({"line": {"stock": "on-hand"}})
    scene.passes()
    scene.does(confirming)
    scene.has(replace(ORDER, number="6", customer="bo", placed=ORDER.placed - DAY))
    scene.passes()
    assert (scene.where(), scene.where("6")) == (("picked", []), ("held", ["oversold"]))
    assert read_card(scene.item("6").data)["short"] == {"A": 2}


def test_what_was_sent_by_a_persons_word_and_is_open_in_the_shop_is_told(scene: Scene) -> None:
    scene.passes()
    for state in ("picked", "packed", "shipped"):
        scene.does(confirming_to(state))
    ctx = scene.passes()
    assert "orders:unmarked" in keys(ctx)
    assert "orders:late" not in [finding.key for finding in ctx.report.findings]
    assert scene.where() == ("shipped", [])


def test_a_dry_run_moves_nothing_and_says_the_same(scene: Scene) -> None:
    scene.edit(note="ring")
    assert keys(scene.passes(dry=True)) == ["orders:held:note"]
    assert scene.night.items == {}


def test_what_a_person_moved_during_the_night_stays_as_they_left_it(scene: Scene) -> None:
    scene.passes()
    scene.edit(note="ring")
    meddling = scene.night.work_items

    def meddle(*args: Any) -> list[WorkItem]:
        found = meddling(*args)
        if scene.item().state == "ready" and args[:2] == (KIND, ORDERS_LINE.open):
            scene.does(confirming)
        return found

    scene.night.__dict__["work_items"] = meddle
    scene.passes()
    assert scene.where() == ("picked", [])
