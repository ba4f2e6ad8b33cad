"""Papers and their codes at the desk: an old one is refused, a copy says why, what is given up stays so, all is counted."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from daemon.arranging import coded, original, sealed
from daemon.clock import VirtualClock
from daemon.config import PersonConfig
from daemon.desk import Order, obey
from daemon.desk.people import Actor
from daemon.engine.assigning import Setup
from daemon.engine.shift import Shift, open_shift
from daemon.errors import NightclerkError, UsageError
from daemon.ledger.items import Items
from daemon.model import Transition
from daemon.spawner import Spawner
from tests.daemon.test_workline import CAKES

EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
ADA, PER = Actor("ada", frozenset({"owner"})), Actor("per", frozenset({"warehouse"}))
TWO = {"ada": PersonConfig(roles=("owner",)), "per": PersonConfig(roles=("warehouse",))}
BOXES = replace(
    CAKES, seal="mark", many="cakes", dropped="gone", copied=frozenset({"sold", "baked"}), groups=("oven", "kind"),
    follows={**CAKES.follows, "mixed": ("baked", "held", "gone"), "baked": ("sold", "held", "gone"), "gone": ()},
    done=frozenset({"sold", "gone"}), fared=frozenset({"tin"}),
)  # fmt: skip
Ask = Callable[..., Awaitable[Any]]
Play = Callable[[Callable[[Ask, Items], Awaitable[None]]], None]


@pytest.fixture
def plays(setup_of: Callable[[str], Setup], spawner: Spawner) -> Play:
    """Do a piece of work in a shop with three cakes on the line, the second of them in two parts."""

    def play(work: Callable[[Ask, Items], Awaitable[None]]) -> None:
        setup = setup_of('  lamps: {job: fine, at: "21:30"}\n')
        registry = replace(setup.loaded.registry, lines={"cakes": BOXES})
        config = setup.config.model_copy(update={"people": TWO})
        setup = replace(setup, loaded=replace(setup.loaded, registry=registry), config=config)
        marks = {"7": "abcd0123", "8/1/a": "ef45", "8/2/a": "ef45", "9": ""}

        async def scene() -> None:
            async with open_shift(setup, spawner, VirtualClock(EVENING)) as shift:
                items = shift.engine.ledger.items
                items.move([_cake(name, mark) for name, mark in marks.items()], EVENING)
                await work(_asking(shift), items)

        asyncio.run(scene())

    return play


def _cake(name: str, mark: str) -> Transition:
    data = {"number": name, "mark": mark, "oven": "left", "kind": name[0], "history": [], "tin": 4}
    return Transition(BOXES.kind, f"till/{name}", "", "mixed", data)


def _asking(shift: Shift) -> Ask:
    shift.setup.config.connections["till"] = None  # type: ignore[assignment]  # only its name is looked at

    async def ask(command: str, actor: Actor = ADA, **args: Any) -> Any:
        async def say(_text: str) -> None:
            await asyncio.sleep(0)

        return await obey(command, Order(shift, actor, {"line": "cakes", **args}, say), {})

    return ask


def test_the_code_on_a_paper_is_read_and_an_old_one_refused(plays: Play) -> None:
    async def work(ask: Ask, _items: Items) -> None:
        assert await ask("line_confirm", item="7.ABCD") == "cake 7 is baked"
        with pytest.raises(NightclerkError, match="this paper is out of date: cake 7 was changed after it was printed"):
            await ask("line_confirm", item="7.abce")
        with pytest.raises(NightclerkError, match="this paper is out of date"):
            await ask("line_confirm", item="9.abcd")
        with pytest.raises(UsageError, match=r"there is no cake 6\.abcd on the line"):
            await ask("line_confirm", item="6.abcd")

    plays(work)


def test_a_number_that_looks_like_a_code_is_taken_for_neither_without_asking(plays: Play) -> None:
    async def work(ask: Ask, items: Items) -> None:
        items.move([_cake("7.abcd", "00")], EVENING)
        with pytest.raises(UsageError, match=r"7\.abcd may be till/7\.abcd or till/7"):
            await ask("line_confirm", item="7.abcd")
        assert (await ask("line_show", item="till/7"))["number"] == "7"

    plays(work)


def test_an_item_may_be_named_by_how_its_id_begins_where_only_one_does(plays: Play) -> None:
    async def work(ask: Ask, _items: Items) -> None:
        assert (await ask("line_show", item="8/1"))["number"] == "8/1/a"
        with pytest.raises(UsageError, match="8 may be till/8/1/a or till/8/2/a"):
            await ask("line_show", item="8")

    plays(work)


def test_a_copy_says_why_has_a_number_of_its_own_and_takes_nothing_along(plays: Play) -> None:
    async def work(ask: Ask, items: Items) -> None:
        with pytest.raises(NightclerkError, match="cake 7 is mixed: a copy of it would be one too many"):
            await ask("line_again", item="7", reason="lost")
        for state in ("baked", "sold"):
            await ask("line_confirm", item="7", to=state)
        assert await ask("line_again", PER, item="7", reason=" fell  down ") == "cake 7/copy-1 is mixed"
        (copy,) = items.find(BOXES.kind, ids=["till/7/copy-1"])
        assert (copy.data["copy"], copy.data["number"], copy.data["mark"]) == ("fell down", "7/copy-1", "abcd0123")
        assert "tin" not in copy.data
        for state in ("baked", "sold"):
            await ask("line_confirm", item="7/copy-1", to=state)
        assert await ask("line_again", item="7/copy-1", reason="again") == "cake 7/copy-2 is mixed"
        assert (await ask("line_show", item="till/7"))["state"] == "sold"
        for bad in ("", "x" * 201, "a\x1bb"):
            with pytest.raises(UsageError, match="a reason has 1 to 200 characters"):
                await ask("line_again", item="7", reason=bad)

    plays(work)


def test_a_copy_of_what_may_or_may_not_be_there_stands_in_its_place(plays: Play) -> None:
    async def work(ask: Ask, items: Items) -> None:
        await ask("line_confirm", item="7")
        assert await ask("line_again", item="7", reason="lost") == "cake 7/copy-1 is mixed, and 7 is gone"
        assert {one.id: one.state for one in items.find(BOXES.kind, ids=["till/7", "till/7/copy-1"])} == {
            "till/7": "gone", "till/7/copy-1": "mixed",
        }  # fmt: skip
        with pytest.raises(NightclerkError, match="cake 7 is gone: a copy of it would be one too many"):
            await ask("line_again", item="till/7", reason="lost")

    plays(work)


def test_what_is_given_up_needs_the_right_and_a_way_there(plays: Play) -> None:
    async def work(ask: Ask, _items: Items) -> None:
        with pytest.raises(NightclerkError, match="per may not do this"):
            await ask("line_drop", PER, item="7")
        assert await ask("line_drop", item="7") == "cake 7 is gone"
        with pytest.raises(NightclerkError, match="cake 7 is gone: it can't be dropped"):
            await ask("line_drop", item="7")

    plays(work)


def test_items_are_counted_by_what_groups_them_what_is_long_done_is_not(plays: Play) -> None:
    async def work(ask: Ask, items: Items) -> None:
        await ask("line_confirm", item="9")
        await ask("line_drop", item="8/1")
        old = EVENING - timedelta(days=3)
        items.move([replace(_cake("5", ""), after="gone"), _cake("6", "")], old)
        assert await ask("line_counts") == [
            {"oven": "left", "kind": "6", "counts": {"mixed": 1}},
            {"oven": "left", "kind": "7", "counts": {"mixed": 1}},
            {"oven": "left", "kind": "8", "counts": {"gone": 1, "mixed": 1}},
            {"oven": "left", "kind": "9", "counts": {"baked": 1}},
        ]

    plays(work)


def test_who_did_what_is_written_down(plays: Play, tmp_path: Any) -> None:
    async def work(ask: Ask, _items: Items) -> None:
        await ask("line_confirm", item="7")
        await ask("line_again", item="7", reason="lost")
        await ask("line_drop", item="9")

    plays(work)
    with closing(sqlite3.connect(tmp_path / "state" / "ledger.db")) as ledger:
        assert ledger.execute("select actor, action, detail from journal order by id").fetchall()[1:] == [
            ("ada", "cakes again", "till/7/copy-1: lost"), ("ada", "cakes drop", "till/9"),
        ]  # fmt: skip


def test_a_code_is_a_number_a_dot_and_four_digits() -> None:
    assert sealed("10/1", "abcdef") == "10/1.abcd"
    assert coded(BOXES, "10/1.AbCd") == ("10/1", "abcd")
    assert coded(BOXES, "1.2.abcd") == ("1.2", "abcd")
    for plain in ("10", ".abcd", "10.abc", "10.abcde", "10.wxyz"):
        assert coded(BOXES, plain) == (plain, "")
    assert coded(CAKES, "10.abcd") == ("10.abcd", "")
    assert original("10/slip/copy-2") == "10/slip"
