"""Runs that are cut short, and two at a time: what was begun is taken up, and what nobody can tell of is uncertain."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.api import EffectState, Hand, Run, State
from daemon.testing import NOW
from jobs.kinds.paper import SHEETS, SLIP
from tests.jobs.sheet_scenes import Power, PowerCutError, Shop

PEOPLE = Hand("ada", NOW, ZoneInfo("Europe/Berlin"))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.mark.parametrize("commit", range(48))
def test_the_power_may_go_at_any_moment_and_nothing_is_printed_twice_or_forgotten(tmp_path: Path, commit: int) -> None:
    left = iter(range(commit, -1, -1))
    shop = Shop(tmp_path, Power())
    shop.has(3)
    shop.night.goes = lambda: next(left, -1) == 0  # type: ignore[attr-defined]
    with pytest.raises(PowerCutError):
        shop.prints()
    for key, effect in list(shop.night.effects.items()):
        if effect.state is EffectState.CLAIMED:
            shop.night.effects[key] = replace(effect, state=EffectState.UNCERTAIN)
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 1", "slip 2", "slip 3"]
    assert shop.printers["labels"].paper == ["address 1", "address 2", "address 3"]
    assert set(shop.states().values()) == {"printed"}


def test_where_the_printer_forgot_what_a_dead_run_left_it_is_uncertain(tmp_path: Path) -> None:
    shop = Shop(tmp_path, Power())
    shop.has(1, (SLIP,))
    left = iter([False, False, False, False, True])
    shop.night.goes = lambda: next(left, False)  # type: ignore[attr-defined]
    with pytest.raises(PowerCutError):
        shop.prints()
    assert shop.printers["slips"].jobs
    shop.printers["slips"].names.clear()
    shop.printers["slips"].remembers = False
    shop.prints()
    assert shop.item("1").state == "uncertain"


def test_what_a_run_that_goes_on_sent_is_left_to_it(shop: Shop) -> None:
    shop.has(2, (SLIP,))
    sent = SHEETS.step(shop.item("1"), "sent", {**shop.item("1").data, "printer": "slips", "run": 77}, PEOPLE)
    shop.steps(sent)
    shop.night.past_runs = [Run(77, "other", "s", 1, State.RUNNING, NOW, NOW)]
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 2"]
    shop.night.past_runs = [Run(77, "other", "s", 1, State.LOST, NOW, NOW)]
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 2", "slip 1"]


def test_what_was_sent_to_a_printer_that_is_gone_is_uncertain(shop: Shop) -> None:
    shop.has(1, (SLIP,))
    shop.steps(SHEETS.step(shop.item("1"), "sent", {**shop.item("1").data, "printer": "old"}, PEOPLE))
    shop.prints()
    assert shop.item("1").state == "uncertain"


def test_what_was_never_claimed_was_never_handed_over_and_nobody_need_be_asked(tmp_path: Path) -> None:
    shop = Shop(tmp_path, Power())
    shop.has(1, (SLIP,))
    left = iter([False, False, True])
    shop.night.goes = lambda: next(left, False)  # type: ignore[attr-defined]
    with pytest.raises(PowerCutError):
        shop.prints()
    assert (shop.item("1").state, shop.night.effects) == ("sent", {})
    shop.printers["slips"].remembers = False
    shop.prints()
    assert shop.printers["slips"].paper == ["slip 1"]


def test_a_printer_is_asked_back_to_the_newest_number_it_gave_also_to_a_run_that_died(tmp_path: Path) -> None:
    shop = Shop(tmp_path, Power())
    shop.has(3, (SLIP,))
    left = iter([*[False] * 8, True])
    shop.night.goes = lambda: next(left, False)  # type: ignore[attr-defined]
    with pytest.raises(PowerCutError):
        shop.prints()
    assert [shop.item(number).state for number in "123"] == ["printed", "waiting", "waiting"]
    shop.night.now += timedelta(hours=1)
    shop.prints()
    assert [shop.item(number).data["before"] for number in "123"] == ["", "1", "2"]
