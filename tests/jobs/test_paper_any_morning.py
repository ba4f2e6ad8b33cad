"""Any morning: printers with any habits, the power going at any commit, people who do anything; the tray is the judge."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.api import EffectState
from jobs.kinds.paper import SHEETS
from tests.jobs.sheet_scenes import Power, PowerCutError, Shop

HABITS = [
    "",
    "",
    "",
    "lose",
    "doubt",
    "doubt-not",
    "refuse",
    "away",
    "tear0",
    "tear1",
    "tear2",
    "forget",
    "give-up",
    "hold",
]
_FATES = {"printed": {1}, "held": {0}, "waiting": {0}, "dropped": {0}, "uncertain": {0, 1, 2}}
"""How often a sheet may lie in the tray, by what the line says of it."""


@st.composite
def mornings(draw: st.DrawFn) -> tuple[Shop, list[int | None]]:
    """Draw a shop with its printers' habits, and after how many commits the power goes in each run (None: never)."""
    shop = Shop(Path(), Power())
    shop.has(draw(st.integers(1, 5)))
    for printer in shop.printers.values():
        printer.ahead = draw(st.sampled_from([1, 1, 3]))
        printer.habits = draw(st.lists(st.sampled_from(HABITS), max_size=8))
    for number in draw(st.sets(st.integers(1, 5), max_size=2)):
        shop.stands(
            str(number), draw(st.sampled_from(["held", "cancelled", "batched"])), draw(st.sampled_from(["aa", "bb"]))
        )
    cuts = draw(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=4))
    return shop, cuts


def _night_ends(shop: Shop) -> None:
    """Call uncertain what a run left claimed, as the ledger does when an occurrence has ended for good."""
    for key, effect in list(shop.night.effects.items()):
        if effect.state is EffectState.CLAIMED:
            shop.night.effects[key] = replace(effect, state=EffectState.UNCERTAIN)


@settings(max_examples=20, deadline=None)
@given(mornings())
def test_whatever_happens_each_sheet_came_out_once_or_is_told_of(morning: tuple[Shop, list[int | None]]) -> None:
    _play(*morning)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(mornings())
def test_whatever_happens_in_many_more_mornings(morning: tuple[Shop, list[int | None]]) -> None:
    _play(*morning)


def _play(shop: Shop, cuts: list[int | None]) -> None:
    with TemporaryDirectory() as folder:
        shop.folder = Path(folder)
        for n, cut in enumerate([*cuts, None, None]):
            if n > len(cuts):
                for printer in shop.printers.values():
                    printer.habits.clear()
            left = iter(range(cut if cut is not None else -1, -1, -1))
            shop.night.goes = lambda left=left: next(left, -1) == 0  # type: ignore[attr-defined]
            try:
                shop.prints()
            except PowerCutError:
                _night_ends(shop)
    _judge(shop)


def _judge(shop: Shop) -> None:
    sheets = [item for item in shop.night.items.values() if item.kind == SHEETS.kind]
    for item in sheets:
        number, document, _ = item.id.partition("/")[2].split("/")
        printer = shop.printers["slips" if document == "slip" else "labels"]
        times = printer.paper.count(f"{document} {number}")
        assert times in _FATES[item.state], f"{item.id} is {item.state} and came out {times} times"
    for printer in shop.printers.values():
        came = list(dict.fromkeys(printer.paper))
        assert came == sorted(came), f"the pile of {printer.name} is out of order: {came}"
    assert not [item.id for item in sheets if item.state == "sent"], "nobody looks after a sheet"
    waiting = {item.id.split("/")[1] for item in sheets if item.state == "waiting"}
    assert all(shop.night.items["line.order", f"main/{number}"].state == "held" for number in waiting)
