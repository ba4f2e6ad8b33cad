"""Orders that a person put into one parcel: what moves together, what stops together, and what is undone."""

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.api import Money, NightclerkError
from jobs.kinds.shop import Line, Status
from tests.jobs.line_scenes import DAY, HOME, LINE, ORDER, Scene
from tests.jobs.parcel_scenes import FIRST, TOLD, confirms, eur, holds, merges, releases, undoes

SECOND = replace(FIRST, number="8", placed=FIRST.placed + DAY / 4, lines=(replace(LINE, sku="B", quantity=1),))
THIRD = replace(SECOND, number="9", placed=FIRST.placed + DAY / 3, lines=(replace(LINE, sku="C", quantity=1),))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    made.has(FIRST, SECOND)
    made.passes()
    return made


@pytest.fixture
def parcel(scene: Scene) -> Scene:
    merges(scene, "7", "8")
    scene.passes()
    return scene


def both(scene: Scene) -> list[tuple[str, list[str]]]:
    return [scene.where("7"), scene.where("8")]


def test_orders_that_waited_for_a_decision_go_on_as_one_parcel_and_are_not_asked_about_again(scene: Scene) -> None:
    assert both(scene) == [("held", ["together"])] * 2
    assert merges(scene, "8", "7") == {"postage paid too much": "4.90 EUR"}
    ctx = scene.passes()
    assert both(scene) == [("ready", [])] * 2
    told = [one for one in ctx.report.findings if one.key.startswith("orders:together")]
    assert [(one.key, one.title.values["money"]) for one in told] == [("orders:together:surplus", eur("4.90"))]
    confirms(scene, "8")
    assert both(scene) == [("picked", [])] * 2


def test_a_merge_made_twice_says_who_made_it_and_when(parcel: Scene) -> None:
    with pytest.raises(NightclerkError, match=r"order 8 is ready: already merged by anna at .*\d\d:\d\d"):
        merges(parcel, "8", "7")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"address": replace(HOME, street="Gasse 9")}, "they go to different addresses"),
        ({"carrier": "post"}, "they are sent in different ways"),
        ({"total": Money(Decimal(9), "USD"), "lines": (Line("B", "B", 1, Money(Decimal(9), "USD")),)}, "currencies"),
        ({"delivery": replace(TOLD, tax_country="AT")}, "they are taxed in different countries"),
        ({"delivery": replace(TOLD, gift=True)}, "one is a gift and the other is not"),
        ({"delivery": replace(TOLD, separately=True)}, "one customer wants a parcel of its own"),
        ({"placed": FIRST.placed - 4 * DAY}, "placed further apart than `together_hours` allows"),
        ({"ship_by": FIRST.placed + 3 * DAY}, "they are to be sent by different days"),
    ],
)
def test_a_condition_that_fails_is_named_and_nothing_is_merged(tmp_path: Path, changes: Any, why: str) -> None:
    scene = Scene(tmp_path)
    scene.has(replace(FIRST, ship_by=FIRST.placed + DAY), replace(SECOND, **{"ship_by": FIRST.placed + DAY, **changes}))
    scene.passes()
    with pytest.raises(NightclerkError, match=rf"orders 7 and 8 can't share a parcel: .*{why}"):
        merges(scene, "7", "8")
    assert "joined" not in scene.item("7").data


def test_what_waits_for_something_else_or_is_picked_is_not_merged(scene: Scene) -> None:
    scene.edit("8", note="ring twice")
    scene.passes()
    with pytest.raises(NightclerkError, match=r"order 8 is held \(note\): settle that first"):
        merges(scene, "7", "8")
    releases(scene, "8")
    confirms(scene, "8", "picked")
    with pytest.raises(NightclerkError, match="order 8 is picked: it can't be merged any more"):
        merges(scene, "7", "8")


def test_an_order_that_shares_a_parcel_brings_its_mates_and_all_of_them_must_agree(parcel: Scene) -> None:
    parcel.has(replace(THIRD, placed=FIRST.placed + DAY))
    parcel.passes()
    with pytest.raises(NightclerkError, match="orders 9 and 8 can't share a parcel: together they are heavier"):
        merges(parcel, "9", "8", options={"together": {"most_grams": 900}})
    with pytest.raises(NightclerkError, match="these orders can't share a parcel: together they are heavier"):
        merges(parcel, "9", "8", options={"together": {"most_grams": 1200}})
    with pytest.raises(NightclerkError, match="orders 9 and 7 can't share a parcel: they were placed further apart"):
        merges(parcel, "9", "8", options={"together_hours": 20})
    merges(parcel, "9", "8")
    holds(parcel, "7")
    assert [parcel.where(number) for number in "789"] == [("held", ["person"])] * 3
    releases(parcel, "9")
    assert [parcel.where(number) for number in "789"] == [("ready", [])] * 3


def test_an_address_that_only_looks_alike_is_a_persons_to_decide(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.has(FIRST, replace(SECOND, address=replace(HOME, street="Weeg 1")))
    scene.passes()
    merges(scene, "7", "8")
    assert both(scene) == [("ready", [])] * 2


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_an_edit_of_one_order_stops_the_whole_parcel_until_a_person_saw_it(parcel: Scene, steps: int) -> None:
    for state in ("picked", "packed")[:steps]:
        confirms(parcel, "7", state)
    parcel.edit("8", address=replace(HOME, street="Weg 99"))
    for _ in range(2):
        ctx = parcel.passes()
        assert both(parcel) == [("held", ["mate"]), ("held", ["changed"])]
        assert {"orders:held:mate", "orders:held:changed"} <= {one.key for one in ctx.report.findings}
    with pytest.raises(NightclerkError, match="waits for a confirmation"):
        releases(parcel, "7")
    confirms(parcel, "7")
    parcel.passes()
    assert both(parcel) == [("ready", [])] * 2
    assert "joined" not in parcel.item("7").data


@pytest.mark.parametrize("state", [Status.OPEN, Status.CANCELLED])
def test_a_parcel_that_was_stopped_and_then_changed_is_parted_by_one_word_and_stays_stopped(
    parcel: Scene, state: Status
) -> None:
    confirms(parcel, "7", "picked")
    holds(parcel, "7")
    parcel.edit("8", carrier="post", status=state)
    parcel.passes()
    with pytest.raises(NightclerkError, match="waits for a confirmation"):
        releases(parcel, "8")
    confirms(parcel, "7")
    parcel.passes()
    assert parcel.where("7") == ("held", ["person"])
    releases(parcel, "7")
    assert parcel.where("7") == ("ready", [])


def test_an_order_cancelled_in_the_shop_stops_its_mates_and_leaves_them(parcel: Scene) -> None:
    parcel.edit("8", status=Status.CANCELLED)
    for _ in range(2):
        parcel.passes()
        assert both(parcel) == [("held", ["mate"]), ("cancelled", [])]
    confirms(parcel, "7")
    parcel.passes()
    assert parcel.where("7") == ("ready", [])


def test_one_cancelled_after_it_was_picked_is_put_back_and_its_mate_is_picked_anew(parcel: Scene) -> None:
    confirms(parcel, "7", "picked")
    parcel.edit("8", status=Status.CANCELLED)
    parcel.passes()
    assert both(parcel) == [("held", ["mate"]), ("held", ["cancelled"])]
    confirms(parcel, "8")
    assert both(parcel) == [("ready", []), ("cancelled", [])]


def test_a_payment_taken_back_stops_the_parcel_and_lets_it_go_on_where_it_was(parcel: Scene) -> None:
    confirms(parcel, "7", "picked")
    parcel.edit("8", status=Status.UNPAID)
    parcel.passes()
    assert both(parcel) == [("held", ["mate"]), ("held", ["unpaid"])]
    parcel.edit("8", status=Status.OPEN)
    parcel.passes()
    assert both(parcel) == [("picked", [])] * 2
    parcel.edit("8", status=Status.UNPAID)
    parcel.passes()
    releases(parcel, "7")
    assert both(parcel) == [("picked", [])] * 2


def test_a_parcel_is_sent_whole(parcel: Scene) -> None:
    for state in ("picked", "packed", "shipped"):
        confirms(parcel, "8", state)
    assert both(parcel) == [("shipped", [])] * 2


def test_a_merge_is_undone_while_nothing_is_picked_and_nobody_is_asked_again(parcel: Scene) -> None:
    undoes(parcel, "7")
    with pytest.raises(NightclerkError, match="already taken apart by anna"):
        undoes(parcel, "7")
    parcel.passes()
    assert both(parcel) == [("ready", [])] * 2
    merges(parcel, "7", "8")
    confirms(parcel, "7", "picked")
    with pytest.raises(NightclerkError, match="order 8 is picked: it can't be taken apart any more"):
        undoes(parcel, "8")


def test_the_pick_list_names_the_parcel(parcel: Scene) -> None:
    parcel.has(replace(ORDER, number="5", customer="bo", placed=FIRST.placed + DAY / 8))
    ctx = parcel.passes()
    (path,) = [str(fact.value) for fact in ctx.report.facts if fact.name == "pick.file"]
    rows = list(csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines()))
    assert {row["sku"]: row["orders"] for row in rows} == {"A": "7+8 5", "B": "7+8"}


def test_all_of_a_parcel_belong_to_one_person(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.has(FIRST, SECOND)
    scene.passes()
    scene.night.items["line.order", "main/8"] = replace(scene.item("8"), owner="bo")
    merges(scene, "7", "8")
    assert (scene.item("7").owner, scene.item("8").owner) == ("bo", "bo")


def test_a_parcel_of_which_somebody_is_handed_one_line_is_batched_whole_and_stays_together(parcel: Scene) -> None:
    parcel.options = parcel.options.model_validate(
        {"handover": [{"to": "Glow", "email": "pack@glow.test", "approve": "auto", "skus": ["B"]}]}
    )
    ctx = parcel.passes()
    assert both(parcel) == [("batched", [])] * 2
    (mail,) = ctx.report.mails
    assert b"7+8" in mail.attachments[0].content
    with pytest.raises(NightclerkError, match="order 7 is batched: it can't be taken apart any more"):
        undoes(parcel, "7")
