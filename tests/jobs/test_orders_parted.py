"""Orders that a person split: no piece and no cent is lost, they go as their parts go, and a change stops all of them."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.api import NightclerkError, read_card
from jobs.kinds.shop import Order, Status, Supply
from jobs.orders.kept import money_of, order_of
from jobs.orders.line import HELD
from tests.jobs.line_scenes import HOME, LINE, Scene
from tests.jobs.parcel_scenes import FIRST, TOLD, confirms, eur, holds, merges, releases, splits, undoes

WHOLE = replace(
    FIRST, number="20", customer="cy", lines=(replace(LINE, quantity=3), replace(LINE, sku="B", quantity=1, price=eur("2.35"))),
    delivery=replace(TOLD, grams=None), total=eur("20.32"),
)  # fmt: skip


@pytest.fixture
def parted(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path)
    scene.has(WHOLE)
    scene.passes()
    splits(scene, "20", most_pieces=2)
    scene.passes()
    return scene


def pieces(*orders: Order) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in orders:
        found.update({line.sku: line.quantity for line in one.lines})
    return found


def test_the_parts_of_an_order_hold_every_piece_and_every_cent_of_it(parted: Scene) -> None:
    parts = [order_of(parted.item(f"20/{n}")) for n in (1, 2)]
    assert pieces(*parts) == pieces(WHOLE)
    assert sum((one.total or eur("0") for one in parts), eur("0")) == WHOLE.total
    assert sum((money_of(read_card(parted.item(f"20/{n}").data)["total"]) for n in (1, 2)), eur("0")) == WHOLE.total
    assert [parted.where(number)[0] for number in ("20", "20/1", "20/2")] == ["split", "ready", "ready"]


def test_a_split_order_is_shipped_when_its_last_part_is(parted: Scene) -> None:
    for number in ("20/1", "20/2"):
        assert parted.where("20")[0] == "split"
        for state in ("picked", "packed", "shipped"):
            confirms(parted, number, state)
            parted.passes()
    assert parted.where("20")[0] == "shipped"


def test_a_split_order_itself_takes_no_steps(parted: Scene) -> None:
    for step in (confirms, holds, releases):
        with pytest.raises(NightclerkError, match="order 20 is split: name one of 20/1, 20/2"):
            step(parted, "20")
    with pytest.raises(NightclerkError, match=r"already split by anna at .*\d\d:\d\d: 20/1, 20/2"):
        splits(parted, "20", most_pieces=1)
    with pytest.raises(NightclerkError, match="order 20/1 is a part"):
        splits(parted, "20/1", most_pieces=1)
    with pytest.raises(NightclerkError, match="order 20/1 is split"):
        merges(parted, "20/1", "20/2")


@pytest.mark.parametrize("picked", [False, True])
def test_a_change_in_the_shop_stops_every_part_and_its_confirmation_makes_the_order_whole(
    parted: Scene, *, picked: bool
) -> None:
    if picked:
        confirms(parted, "20/1", "picked")
    parted.edit("20", lines=(replace(LINE, quantity=9),))
    for _ in range(2):
        parted.passes()
        assert [parted.where(f"20/{n}") for n in (1, 2)] == [("held", ["changed"])] * 2
    confirms(parted, "20/2")
    assert [parted.where(number)[0] for number in ("20", "20/1", "20/2")] == ["ready", "cancelled", "cancelled"]
    parted.passes()
    assert read_card(parted.item("20").data)["lines"][0][2] == 9
    splits(parted, "20", most_pieces=5)
    assert [parted.where(f"20/{n}")[0] for n in (3, 4)] == ["ready", "ready"]


def test_a_change_after_a_part_was_sent_lets_nothing_go_on(parted: Scene) -> None:
    for state in ("picked", "packed", "shipped"):
        confirms(parted, "20/1", state)
    parted.edit("20", lines=(replace(LINE, quantity=9),))
    parted.passes()
    assert parted.where("20/2") == ("held", ["changed"])
    with pytest.raises(
        NightclerkError, match="order 20/1 is shipped already: settle the rest of 20 where it was ordered"
    ):
        confirms(parted, "20/2")
    parted.edit("20", status=Status.SHIPPED)
    parted.passes()
    assert [parted.where(number)[0] for number in ("20", "20/2")] == ["shipped", "shipped"]


def test_what_becomes_of_the_order_in_the_shop_becomes_of_its_parts(parted: Scene) -> None:
    confirms(parted, "20/1", "picked")
    parted.edit("20", status=Status.CANCELLED)
    for _ in range(2):
        parted.passes()
        assert [parted.where(f"20/{n}") for n in (1, 2)] == [("held", ["cancelled"]), ("cancelled", [])]
        assert parted.where("20")[0] == "split"
    confirms(parted, "20/1")
    assert parted.where("20")[0] == "cancelled"


def test_a_cancelled_order_that_is_open_again_is_made_whole_by_a_person(parted: Scene) -> None:
    confirms(parted, "20/1", "picked")
    parted.edit("20", status=Status.CANCELLED)
    parted.passes()
    parted.edit("20", status=Status.OPEN)
    for _ in range(2):
        parted.passes()
        assert [parted.where(f"20/{n}") for n in (1, 2)] == [("held", ["changed"])] * 2
    confirms(parted, "20/2")
    parted.passes()
    assert parted.where("20") == ("ready", [])
    assert read_card(parted.item("20").data)["address"][0] == "Ada Bauer"


def test_an_order_that_the_shop_lost_stops_its_parts_and_one_that_is_unpaid_too(parted: Scene) -> None:
    parted.edit("20", status=Status.UNPAID)
    parted.passes()
    assert [parted.where(f"20/{n}") for n in (1, 2)] == [("held", ["unpaid"])] * 2
    del parted.orders["20"]
    parted.passes()
    assert [parted.where(f"20/{n}")[1][0] for n in (1, 2)] == ["unpaid", "unpaid"]
    assert "gone" in parted.where("20/1")[1]


def test_a_split_is_undone_while_nothing_is_picked(parted: Scene) -> None:
    undoes(parted, "20/2")
    parted.passes()
    assert [parted.where(number)[0] for number in ("20", "20/1", "20/2")] == ["ready", "cancelled", "cancelled"]
    splits(parted, "20", most_pieces=2)
    confirms(parted, "20/3", "picked")
    with pytest.raises(NightclerkError, match="order 20/3 is picked: it can't be taken apart any more"):
        undoes(parted, "20")


def test_an_order_that_is_short_is_split_into_what_can_go_and_what_waits(tmp_path: Path) -> None:
    scene = Scene(tmp_path, stock={"A": 2, "B": 5})
    scene.options = scene.options.model_validate({"line": {"stock": "on-hand"}})
    scene.has(WHOLE)
    scene.passes()
    assert scene.where("20") == ("held", ["oversold"])
    splits(scene, "20", by=["stock"])
    for _ in range(2):
        assert (scene.where("20/1"), scene.where("20/2")) == (("ready", []), ("held", ["oversold"]))
        scene.passes()
    undoes(scene, "20")
    assert scene.where("20") == (HELD, ["oversold"])


def test_an_order_is_split_by_where_its_lines_go_and_by_who_makes_them(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    away = replace(HOME, name="Bo", street="Weg 2")
    lines = tuple(
        replace(LINE, sku=sku, quantity=1, supply=Supply(vendor=vendor, grams=200, address=address))
        for sku, vendor, address in (("A", "x", None), ("B", "y", away), ("C", "x", away))
    )
    scene.has(replace(WHOLE, lines=lines, total=None))
    scene.passes()
    with pytest.raises(NightclerkError, match="order 20 stays one parcel"):
        splits(scene, "20", by=["warehouse"])
    splits(scene, "20", by=["address", "vendor"])
    scene.passes()
    cards = [read_card(scene.item(f"20/{n}").data) for n in (1, 2, 3)]
    assert [(card["lines"][0][0], card["address"][0]) for card in cards] == [
        ("A", "Ada Bauer"), ("C", "Bo"), ("B", "Bo"),
    ]  # fmt: skip


def test_nobody_is_named_once_parts_and_parcels_are_sent(parted: Scene) -> None:
    parted.edit("20", status=Status.SHIPPED)
    parted.passes()
    left = str([item.data for key, item in parted.night.items.items() if key[0] == "line.order"])
    assert "Bauer" not in left
    assert "more" not in left
