"""Sheets on their printers: each once, in order, and what stops one stops no other."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from daemon.api import Hand, NightclerkError, Text
from daemon.testing import NOW
from daemon.workline import release
from jobs.kinds.paper import ADDRESS, LABEL, PICK_LIST, SHEETS, SLIP, Wave
from jobs.paper.judging import judge
from jobs.paper.naming import LONGEST_NAME, name_of
from jobs.paper.options import PaperJobOptions
from tests.jobs.sheet_scenes import (
    TWO,
    FakePrinter,
    Shop,
    found,
    pick_list,
    spoken,
)

PEOPLE = Hand("ada", NOW, ZoneInfo("Europe/Berlin"))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def told(ctx: Any, key: str) -> str:
    return spoken(found(ctx)[key].title)


def test_each_sheet_comes_out_once_and_the_piles_have_the_same_order(shop: Shop) -> None:
    shop.has(5)
    shop.prints()
    assert shop.printers["slips"].paper == [f"slip {n}" for n in range(1, 6)]
    assert shop.printers["labels"].paper == [f"address {n}" for n in range(1, 6)]
    assert set(shop.states().values()) == {"printed"}
    shop.prints()
    assert len(shop.printers["slips"].paper) == 5


def test_what_leaves_first_is_printed_first(shop: Shop) -> None:
    shop.has(2, (SLIP,), Wave("late", NOW, NOW + timedelta(hours=9)))
    shop.has(2, (SLIP,), Wave("soon", NOW, NOW + timedelta(hours=3)), first=11)
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 11", "slip 12", "slip 1", "slip 2"]


def test_the_next_sheet_is_handed_over_when_the_one_before_has_ended(shop: Shop) -> None:
    shop.has(3, (SLIP,))
    printer = shop.printers["slips"]
    printer.habits = ["hold"]
    shop.prints()
    assert printer.paper == ["slip 1", "slip 2", "slip 3"]
    assert len(printer.jobs) == 3


def test_only_so_many_lie_with_the_printer_as_it_may_have(shop: Shop) -> None:
    shop.has(6, (SLIP,))
    most = []

    class Watched(FakePrinter):
        def standing(self, number: str) -> Any:
            most.append(sum(habit == "" for habit in self.jobs.values()))
            return super().standing(number)

    for ahead in (1, 3):
        shop.printers["slips"] = Watched("slips", ahead=ahead)
        shop.has(6, (SLIP,), Wave(f"w{ahead}", NOW), first=ahead * 100)
        shop.prints()
        assert max(most) == ahead


def test_one_printer_serves_several_documents_wave_after_wave(shop: Shop) -> None:
    shop.options = PaperJobOptions.model_validate(
        {"queues": {"slip": {"printer": "slips"}, "address": {"printer": "slips"}}}
    )
    shop.has(2)
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 1", "slip 2", "address 1", "address 2"]


def test_a_sheet_that_is_refused_or_given_up_is_held_and_the_pile_goes_on(shop: Shop) -> None:
    shop.has(4, (SLIP,))
    shop.printers["slips"].habits = ["", "refuse", "give-up", ""]
    ctx = shop.prints()
    assert shop.printers["slips"].paper == ["slip 1", "slip 4"]
    assert [shop.item(str(n)).state for n in (1, 2, 3, 4)] == ["printed", "held", "held", "printed"]
    assert shop.item("2").data["reasons"] == ["refused"]
    assert shop.item("3").data["reasons"] == ["given-up"]
    assert told(ctx, "paper:held") == "2 sheets were not printed and are held: 2/slip/aa, 3/slip/aa"
    assert "paper:stopped:slips" not in found(ctx)


def test_a_held_sheet_that_is_let_go_is_handed_over_as_another(shop: Shop) -> None:
    shop.has(2, (SLIP,))
    shop.printers["slips"].habits = ["refuse", "give-up"]
    shop.prints()
    for number in ("1", "2"):
        shop.steps(release(SHEETS, shop.item(number), PEOPLE))
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 1", "slip 2"]
    assert len(shop.printers["slips"].names) == 3


def test_a_printer_that_refuses_everything_leaves_the_rest_waiting(shop: Shop) -> None:
    shop.has(9, (SLIP,))
    shop.printers["slips"].habits = ["refuse"] * 9
    ctx = shop.prints()
    assert sorted(shop.states().values()) == ["held"] * 3 + ["waiting"] * 6
    assert "it takes no such paper" in told(ctx, "paper:stopped:slips")


@pytest.mark.parametrize("habit", ["lose", "doubt", "doubt-not"])
def test_a_lost_answer_is_asked_for_and_not_repeated(shop: Shop, habit: str) -> None:
    shop.has(3, (SLIP,))
    shop.printers["slips"].habits = ["", habit]
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 1", "slip 2", "slip 3"]
    assert set(shop.states().values()) == {"printed"}


def test_a_printer_that_is_away_for_a_while_gets_the_sheet_when_it_answers(shop: Shop) -> None:
    shop.has(2, (SLIP,))
    shop.printers["slips"].habits = ["away", "away"]
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 1", "slip 2"]


@pytest.mark.parametrize("habit", ["tear0", "tear1", "tear2", "forget"])
def test_what_nobody_can_tell_of_is_uncertain_and_never_repeated(shop: Shop, habit: str) -> None:
    shop.has(3, (SLIP,))
    shop.printers["slips"].habits = ["", habit]
    ctx = shop.prints()
    assert shop.item("2").state == "uncertain"
    assert shop.item("3").state == "printed"
    assert told(ctx, "paper:uncertain") == "The sheet 2/slip/aa may have been printed or not"
    step = spoken(found(ctx)["paper:uncertain"].next_step)
    assert "`nightclerk print confirm 2/slip/aa` if you hold it" in step
    assert "`nightclerk print again 2/slip/aa --reason lost`" in step
    before = list(shop.printers["slips"].paper)
    assert shop.prints().report.findings[0].key == "paper:uncertain"
    assert shop.printers["slips"].paper == before


def test_a_jam_is_waited_out_and_otherwise_the_next_run_goes_on_exactly_there(shop: Shop) -> None:
    shop.has(5)
    slips = shop.printers["slips"]
    slips.habits = ["", ""]
    takes = slips.submit

    def submit(printout: Any) -> str:
        number = takes(printout)
        if len(slips.jobs) == 3:
            slips.stuck = Text("paper jam")
        return number

    slips.submit = submit  # type: ignore[method-assign]
    ctx = shop.prints()
    assert slips.paper == ["slip 1", "slip 2"]
    assert shop.printers["labels"].paper == [f"address {n}" for n in range(1, 6)]
    assert shop.item("3").state == "sent"
    assert {shop.item(str(n)).state for n in (4, 5)} == {"waiting"}
    assert told(ctx, "paper:stopped:slips") == "The printer slips stopped before slip 3/5: paper jam"
    finding = found(ctx)["paper:stopped:slips"]
    assert spoken(finding.detail) == "3 sheets of it wait, from 3/slip/aa on"
    assert 600 <= shop.waited < 700
    slips.stuck = None
    shop.prints()
    assert slips.paper == [f"slip {n}" for n in range(1, 6)]
    assert len(slips.jobs) == 5


def test_a_sheet_that_a_dead_printer_certainly_never_took_waits_again(shop: Shop) -> None:
    shop.has(2, (SLIP,))
    shop.printers["slips"].habits = ["away"] * 1000
    ctx = shop.prints()
    assert set(shop.states().values()) == {"waiting"}
    assert not shop.night.effects
    assert told(ctx, "paper:stopped:slips") == "The printer slips stopped before slip 1/2: it does not answer"


@pytest.mark.parametrize(("state", "mark", "after"), [
    ("held", "aa", "waiting"), ("ready", "aa", "waiting"), ("batched", "bb", "dropped"), ("held", "bb", "dropped"),
    ("cancelled", "aa", "dropped"), ("shipped", "aa", "dropped"),
])  # fmt: skip
def test_an_order_that_was_stopped_or_changed_meanwhile_is_not_printed(
    shop: Shop, state: str, mark: str, after: str
) -> None:
    shop.has(3, (SLIP,))
    shop.stands("2", state, mark)
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 1", "slip 3"]
    assert shop.item("2").state == after
    if after == "waiting":
        shop.stands("2", "batched")
        shop.prints()
        assert shop.printers["slips"].paper == ["slip 1", "slip 3", "slip 2"]


def test_a_sheet_that_a_person_drops_while_the_pile_is_printed_does_not_come_out(shop: Shop) -> None:
    shop.has(3, (SLIP,))
    printer = shop.printers["slips"]
    printer.habits = ["hold"]
    shop.meanwhile = lambda: (
        shop.steps(SHEETS.step(shop.item("2"), "dropped", shop.item("2").data, PEOPLE))
        if shop.item("2").state == "waiting"
        else None
    )
    shop.prints()
    assert printer.paper == ["slip 1", "slip 3"]


def test_a_pick_list_leaves_out_what_can_not_go(shop: Shop) -> None:
    shop.has(3, ())
    sheet = pick_list(shop, ["1", "2", "3"])
    shop.night.move([sheet.step(NOW)])
    shop.stands("1", "cancelled")
    _, values = judge(shop.context(), shop.night.items[SHEETS.kind, sheet.id])
    assert values["rows"] == [{"bin": "A-1", "sku": "A", "title": "Tasse", "quantity": 5, "places": [2, 3]}]
    assert values["orders"] == 2
    for number in "23":
        shop.stands(number, "cancelled")
    shop.options = PaperJobOptions.model_validate({"queues": {"pick-list": {"printer": "slips"}}})
    shop.prints()
    assert shop.states()["w/pick-list/cc"] == "dropped"


def test_a_template_that_fails_costs_only_its_own_sheet(shop: Shop) -> None:
    shop.has(3, (SLIP,))
    shop.type.broken = frozenset({"2"})
    ctx = shop.prints()
    assert shop.printers["slips"].paper == ["slip 1", "slip 3"]
    assert shop.item("2").state == "waiting"
    assert told(ctx, "paper:unset:2/slip/aa") == "The sheet 2/slip/aa was not printed: the template can't be set"
    shop.type.broken = frozenset()
    shop.prints()
    assert shop.item("2").state == "printed"


def test_labels_that_are_not_there_are_named_and_the_others_printed(shop: Shop) -> None:
    labels = shop.folder / "labels"
    labels.mkdir()
    for name in ("104.pdf", "1042-dhl.pdf", "7.pdf"):
        (labels / name).write_bytes(b"%PDF-" + name.encode())
    (labels / "8.pdf").write_bytes(b"hello")
    shop.options = PaperJobOptions.model_validate({"queues": {"label": {"printer": "labels"}}})
    for place, number in enumerate(("104", "1042", "10", "7", "8"), 1):
        shop.stands(number, "batched")
        sheet = shop.sheet(number, LABEL, place, 5)
        values = {**sheet.values, "folder": str(labels), "name": "{order}*.pdf"}
        shop.night.move([replace(sheet, values=values).step(NOW)])
    mates = {"folder": str(labels), "name": "{order}*.pdf", "with": ["77"]}
    shop.stands("76", "batched")
    shop.night.move([replace(shop.sheet("76", LABEL, 6, 6), values={"order": "76", **mates}).step(NOW)])
    (labels / "77.pdf").write_bytes(b"%PDF-77.pdf")
    ctx = shop.prints()
    assert shop.printers["labels"].paper.pop() == "%PDF-77.pdf"
    assert shop.printers["labels"].paper == ["%PDF-104.pdf", "%PDF-1042-dhl.pdf", "%PDF-7.pdf"]
    assert told(ctx, f"paper:labels:{labels}") == f"Order 10 has no label in {labels}"
    assert "is no PDF" in told(ctx, "paper:unset:8/label/aa")
    (labels / "10.pdf").write_bytes(b"%PDF-10")
    shop.prints()
    assert shop.printers["labels"].paper[-1] == "%PDF-10"


def test_a_dry_run_prints_nothing_and_says_what_it_would(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.has(3)
    shop.prints(dry=True)
    assert not shop.printers["slips"].paper
    assert set(shop.states().values()) == {"waiting"}
    assert "would be printed: 3 x slip of wave 2026-11-20 05:00" in capsys.readouterr().out


def test_a_queue_for_a_printer_that_is_not_there_is_said_and_so_is_a_printer_without_a_queue(shop: Shop) -> None:
    shop.options = PaperJobOptions.model_validate({"queues": {"slip": {"printer": "slisp"}}})
    with pytest.raises(NightclerkError, match=r"there is no printer slisp under connections:\. Did you mean slips\?"):
        shop.prints()
    shop.options = PaperJobOptions()
    with pytest.raises(NightclerkError, match="nothing is to be printed on it"):
        shop.prints()


def test_a_printer_knows_a_sheet_by_a_name_of_plain_letters(shop: Shop) -> None:
    sheet = shop.sheet("ÄÖ 10/42 " + "x" * 200, SLIP, 1, 1)
    shop.night.move([sheet.step(NOW)])
    item = shop.night.items[SHEETS.kind, sheet.id]
    name = name_of(shop.context(), item)
    assert name.isascii()
    assert len(name) <= LONGEST_NAME
    again = replace(item, data={**item.data, "tries": 1})
    assert name_of(shop.context(), again) != name


def test_a_media_size_is_the_queues_own_else_the_usual() -> None:
    assert [TWO.media_of(document) for document in (SLIP, ADDRESS, PICK_LIST)] == ["a4", "100x150", "a4"]
