"""The paper of the orders to be picked: which sheets, in which waves, each made once, and dropped when it shows the past."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from daemon import arranging
from daemon.api import Context, Hand, WorkItem, read_card
from daemon.companions import company_of
from daemon.testing import NOW, FakeNight
from daemon.workline import confirm
from jobs.kinds.paper import SHEETS
from jobs.kinds.shop import Address, Delivery, Status
from jobs.orders import OrdersOptions
from jobs.orders.line import KIND, ORDERS_LINE
from jobs.orders.paper import PaperOptions
from jobs.orders.timetable import Timetable
from jobs.orders.waves import LARGEST, Box, loads
from tests.jobs.line_scenes import DAY, HOME, LINE, ORDER, Scene, holding, releasing
from tests.jobs.warehouse_scenes import CALENDAR

PAPER = {"documents": ["pick-list", "slip", "address"], "sender": ["Hof 1", "53111 Bonn"]}
FIRST = replace(ORDER, placed=NOW - DAY)
SECOND = replace(FIRST, number="8", customer="bo", address=Address("Bo Ek", "Väg 2", "111 29", "Stockholm", "SE"))
THIRD = replace(SECOND, number="9", customer="cy", address=Address("Cy Lind", "Hof 3", "20095", "Hamburg", "DE"))


def options(paper: Any = PAPER, **more: Any) -> OrdersOptions:
    return OrdersOptions.model_validate({"paper": paper, **more})


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path, options=options())
    made.has(FIRST, SECOND)
    return made


def sheets(scene: Scene, document: str = "") -> list[WorkItem]:
    mine = [item for item in scene.night.items.values() if item.kind == SHEETS.kind]
    return [item for item in mine if document in {"", item.data["document"]}]


def card(item: WorkItem) -> dict[str, Any]:
    return read_card(item.data)


def found(ctx: Context) -> list[str]:
    return [finding.key for finding in ctx.report.findings]


def test_each_order_to_pick_gets_its_sheets_once_and_is_batched(scene: Scene) -> None:
    scene.passes()
    assert sorted(item.id.rpartition("/")[0] for item in sheets(scene)) == [
        "main/2026-11-21-05-00/pick-list", "main/7/address", "main/7/slip", "main/8/address", "main/8/slip",
    ]  # fmt: skip
    assert [scene.where(number)[0] for number in "78"] == ["batched", "batched"]
    before = {item.id: item for item in sheets(scene)}
    scene.passes()
    assert {item.id: item for item in sheets(scene)} == before


def test_a_slip_says_all_that_is_printed_on_it(scene: Scene) -> None:
    scene.passes()
    slip = card(next(item for item in sheets(scene, "slip") if item.id.startswith("main/7/")))
    mark = scene.item("7").data["mark"]
    assert slip == {
        "order": "7", "code": f"7.{str(mark)[:4]}", "wave": "2026-11-21 05:00", "place": 1, "places": 2,
        "shop": {"name": "The Test Shop", "lines": ["Hof 1", "53111 Bonn"]}, "placed": FIRST.placed.isoformat(),
        "ship_by": slip["ship_by"], "address": vars_of(HOME), "gift": False,
        "lines": [{"sku": "A", "title": "Tasse", "quantity": 2, "price": "4.50 EUR"}],
    }  # fmt: skip


def vars_of(address: Address) -> dict[str, str]:
    return {name: getattr(address, name) for name in ("name", "street", "postcode", "city", "country")}


@pytest.mark.parametrize(("prices", "gift"), [(False, False), (True, True)])
def test_no_price_stands_on_the_slip_of_a_present_or_where_the_owner_wants_none(
    scene: Scene, prices: bool, gift: bool
) -> None:
    scene.options = options({**PAPER, "prices": prices})
    scene.has(replace(FIRST, delivery=Delivery(gift=gift)))
    scene.passes()
    slip = card(next(item for item in sheets(scene, "slip") if item.id.startswith("main/7/")))
    assert "price" not in slip["lines"][0]
    assert "total" not in slip


def test_the_same_order_has_the_same_place_in_all_piles_and_the_list_says_which(scene: Scene) -> None:
    scene.has(replace(THIRD, lines=(replace(LINE, sku="B", title="Lampe"), LINE)))
    scene.passes()
    places = {document: {item.id.split("/")[1]: item.data["place"] for item in sheets(scene, document)}
              for document in ("slip", "address")}  # fmt: skip
    assert places["slip"] == places["address"] == {"7": 1, "8": 2, "9": 3}
    (listed,) = sheets(scene, "pick-list")
    assert [(row["sku"], row["pieces"]) for row in card(listed)["rows"]] == [
        ("A", [[1, 2], [2, 2], [3, 2]]), ("B", [[3, 2]]),
    ]  # fmt: skip
    assert card(listed)["numbers"] == [["7"], ["8"], ["9"]]


def test_waves_go_by_carrier_and_departure(scene: Scene) -> None:
    batches = [
        {"carrier": "DHL", "cutoff": "11:00", "pick": "13:00", "pack": "15:00", "collect": "16:00", "days": ["sat"]},
        {"carrier": "GLS", "cutoff": "09:00", "pick": "10:00", "pack": "11:00", "collect": "12:00", "days": ["sat"]},
    ]
    scene.options = options(batches=batches, workdays=["sat"])
    scene.has(replace(FIRST, carrier="DHL"), replace(SECOND, carrier="GLS"), THIRD)
    scene.passes()
    listed = sheets(scene, "pick-list")
    waves = {item.data["wave"]: (item.data.get("leaves"), card(item).get("carriers")) for item in listed}
    assert waves == {
        "2026-11-21 05:00 DHL 16:00": ("2026-11-21T15:00:00+00:00", ["DHL"]),
        "2026-11-21 05:00 GLS 12:00": ("2026-11-21T11:00:00+00:00", ["GLS"]),
        "2026-11-21 05:00": (None, None),
    }


def test_a_held_order_gets_none_until_it_is_released(scene: Scene) -> None:
    scene.has(replace(FIRST, status=Status.UNPAID))
    scene.passes()
    assert not [item for item in sheets(scene) if item.id.startswith("main/7/")]
    scene.does(releasing)
    scene.passes()
    assert [item.data["place"] for item in sheets(scene, "slip")] == [1, 1]
    assert len(sheets(scene, "pick-list")) == 2


def test_an_order_that_was_changed_gets_new_sheets_and_those_that_wait_are_dropped(scene: Scene) -> None:
    scene.passes()
    (old,) = [item for item in sheets(scene, "slip") if item.id.startswith("main/7/")]
    scene.edit(carrier="GLS")
    scene.passes()
    assert scene.where("7")[0] == "held"
    scene.night.now += timedelta(hours=1)
    item = scene.item("7")
    hand = Hand("ada", scene.night.now, ZoneInfo("Europe/Berlin"))
    assert scene.night.move([confirm(ORDERS_LINE, item, hand, "")]) == [True]
    scene.passes()
    states = {item.id: item.state for item in sheets(scene, "slip") if item.id.startswith("main/7/")}
    assert states.pop(old.id) == "dropped"
    assert list(states.values()) == ["waiting"]
    assert {item.state for item in sheets(scene) if item.id.startswith("main/8/")} == {"waiting"}


def test_what_a_run_dropped_is_made_again_when_the_order_comes_back_and_what_a_person_dropped_is_not(
    scene: Scene,
) -> None:
    scene.passes()
    hand = Hand("", scene.night.now, ZoneInfo("Europe/Berlin"))
    for item in sheets(scene):
        number = item.id.split("/")[1]
        if number in {"7", "8"}:
            who = replace(hand, who="ada" if number == "8" else "")
            scene.night.move([SHEETS.step(item, "dropped", item.data, who)])
    scene.passes()
    states = {item.id.split("/")[1]: item.state for item in sheets(scene, "slip")}
    assert states == {"7": "waiting", "8": "dropped"}


def test_an_order_that_comes_back_gets_what_was_not_printed_before_it_went(scene: Scene) -> None:
    scene.passes()
    hand = Hand("", scene.night.now, ZoneInfo("Europe/Berlin"))
    for item in sheets(scene):
        if item.id.startswith("main/7/"):
            after = ("sent", "printed") if "/slip/" in item.id else ("dropped",)
            for state in after:
                scene.night.move([SHEETS.step(scene.night.items[item.kind, item.id], state, item.data, hand)])
    scene.passes()
    states = {item.data["document"]: item.state for item in sheets(scene) if item.id.startswith("main/7/")}
    assert states == {"slip": "printed", "address": "waiting"}


def test_paper_that_waits_of_an_order_that_has_gone_is_dropped(scene: Scene) -> None:
    scene.passes()
    scene.edit("7", status=Status.SHIPPED)
    scene.passes()
    states = {item.id.rpartition("/")[0]: item.state for item in sheets(scene)}
    assert states["main/7/slip"] == states["main/7/address"] == "dropped"
    assert states["main/8/slip"] == states["main/2026-11-21-05-00/pick-list"] == "waiting"
    scene.edit("8", status=Status.SHIPPED)
    scene.passes()
    assert {item.state for item in sheets(scene)} == {"dropped"}


def test_orders_in_one_parcel_share_a_place_an_address_and_a_label_and_name_each_other(scene: Scene) -> None:
    scene.has(replace(FIRST, number="9", placed=FIRST.placed + timedelta(hours=3)))
    scene.options = options({**PAPER, "documents": []})
    scene.passes()
    items = [scene.item("7"), scene.item("9")]
    hand = Hand("ada", scene.night.now, ZoneInfo("Europe/Berlin"))
    assert all(scene.night.move(arranging.join(ORDERS_LINE, items, hand, {})))
    scene.options = options()
    scene.passes()
    slips = {item.id.split("/")[1]: card(item) for item in sheets(scene, "slip")}
    assert (slips["7"]["place"], slips["9"]["place"], slips["8"]["place"]) == (1, 1, 2)
    assert (slips["7"]["with"], slips["9"]["with"]) == (["9"], ["7"])
    addresses = [card(item) for item in sheets(scene, "address")]
    assert sorted((one["order"], one.get("with", [])) for one in addresses) == [("7", ["9"]), ("8", [])]
    found_ = company_of(lambda ids: scene.night.work_items(KIND, [], ids), scene.item("7"))
    assert {one.state for one in found_.joined} == {"batched"}


def test_paper_added_to_the_options_comes_in_the_same_places(scene: Scene) -> None:
    scene.options = options({**PAPER, "documents": ["slip"]})
    scene.passes()
    scene.options = options({**PAPER, "documents": ["slip", "address"]})
    scene.has(replace(FIRST, number="5", customer="cy"))
    scene.passes()
    assert {item.id.split("/")[1]: (item.data["wave"], item.data["place"]) for item in sheets(scene, "address")} == {
        "7": ("2026-11-21 05:00", 1), "8": ("2026-11-21 05:00", 2), "5": ("2026-11-22 05:00", 1),
    }  # fmt: skip


def test_a_dry_run_makes_none_and_says_what_it_would(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.passes(dry=True)
    assert not sheets(scene)
    said = "would be made: the paper of wave 2026-11-21 05:00: 1 x pick-list, 2 x slip, 2 x address"
    assert said in capsys.readouterr().out


def test_half_a_wave_is_never_made(scene: Scene) -> None:
    class Torn(FakeNight):
        def work_items(self, kind: str, *args: Any, **more: Any) -> list[WorkItem]:
            found = super().work_items(kind, *args, **more)
            if kind == SHEETS.kind and not found and not getattr(self, "torn", False):
                self.torn = True
                mark = str(self.items[KIND, "main/8"].data["mark"])[:8]
                name = f"main/8/slip/{mark}"
                self.items[kind, name] = WorkItem(kind, name, "printed", self.now, {"document": "slip", "number": "x"})
            return found

    scene.night = Torn()
    scene.passes()
    assert [item.state for item in sheets(scene)] == ["printed"]
    assert scene.where("7")[0] == "ready"


def test_an_order_that_somebody_stops_meanwhile_is_left_out(scene: Scene) -> None:
    scene.options = OrdersOptions()
    scene.passes()
    scene.does(holding, "8")
    scene.options = options()
    scene.passes()
    assert {item.id.split("/")[1] for item in sheets(scene, "slip")} == {"7"}


@pytest.mark.parametrize("bad", [
    {"documents": ["label"]}, {"documents": ["pick-list"]}, {"documents": ["slip"], "labels": {"folder": "x", "name": "a"}},
    {"documents": ["label"], "labels": {"folder": "x", "name": "../{order}"}},
])  # fmt: skip
def test_options_that_can_not_work_are_refused(bad: Any) -> None:
    with pytest.raises(ValidationError):
        PaperOptions.model_validate(bad)


def test_a_wave_larger_than_one_may_be_is_several() -> None:
    boxes = [Box((replace(FIRST, number=str(n)),), {str(n): "aa"}) for n in range(LARGEST + 1)]
    made = loads(boxes, Timetable(CALENDAR), NOW, CALENDAR.zone)
    assert [(load.wave.name, len(load.boxes)) for load in made] == [
        ("2026-11-20 05:00", LARGEST), ("2026-11-20 05:00 (2)", 1),
    ]  # fmt: skip
