"""What people can ask of several items at once: their plug-in is asked in a process of its own, and all move or none."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

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

EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
ADA, PER = Actor("ada", frozenset({"owner"})), Actor("per", frozenset({"warehouse"}))
TWO = {"ada": PersonConfig(roles=("owner",)), "per": PersonConfig(roles=("warehouse",))}
Ask = Callable[..., Awaitable[Any]]
Play = Callable[[Callable[[Ask, Shift], Awaitable[None]]], None]


@pytest.fixture
def plays(setup_of: Callable[[str], Setup], spawner: Spawner) -> Play:
    """Do a piece of work in a shop with four crates on the line, the third of them blue and the fourth black."""

    def play(work: Callable[[Ask, Shift], Awaitable[None]]) -> None:
        setup = setup_of('  letter: {job: briefing, at: "21:30", options: {mails: false}}\n')
        setup = replace(setup, config=setup.config.model_copy(update={"people": TWO}))

        async def scene() -> None:
            async with open_shift(setup, spawner, VirtualClock(EVENING)) as shift:
                colours = {"1": "red", "2": "red", "3": "blue", "4": "black"}
                made = [
                    Transition("line.crate", f"till/{n}", "", "new", {"number": n, "colour": colour, "history": []})
                    for n, colour in colours.items()
                ]
                shift.engine.ledger.items.move(made, EVENING)

                async def ask(command: str, actor: Actor = ADA, **args: Any) -> Any:
                    async def say(_text: str) -> None:
                        await asyncio.sleep(0)

                    return await obey(command, Order(shift, actor, {"line": "crates", **args}, say), {})

                await work(ask, shift)

        asyncio.run(scene())

    return play


def states(shift: Shift) -> dict[str, str]:
    return {item.id: item.state for item in shift.engine.ledger.items.find("line.crate")}


def test_merged_items_show_each_other_and_move_together(plays: Play) -> None:
    async def work(ask: Ask, shift: Shift) -> None:
        answer = await ask("line_merge", items=["till/2", "till/1"])
        assert answer == {
            "said": "crates 2, 1 are merged and new; stack 2; mails False", "numbers": ["2", "1"], "state": "new",
            "together": {"stack": 2, "mails": False},
        }  # fmt: skip
        shown = await ask("line_show", item="till/1")
        assert ([one["number"] for one in shown["with"]], shown["together"]["stack"]) == (["2"], 2)
        assert await ask("line_confirm", item="till/1") == "crate 1 is shut, and so is 2"
        assert states(shift) == {"till/1": "shut", "till/2": "shut", "till/3": "new", "till/4": "new"}

    plays(work)


def test_what_is_merged_twice_is_told_who_was_first(plays: Play) -> None:
    async def work(ask: Ask, _shift: Shift) -> None:
        await ask("line_merge", items=["till/1", "till/2"])
        with pytest.raises(NightclerkError, match="crate 1 is new: already merged by ada at 21:00"):
            await ask("line_merge", items=["till/1", "till/2"])
        assert (await ask("line_unmerge", item="till/2"))["said"] == "crates 2, 1 go each by itself"
        with pytest.raises(NightclerkError, match="already taken apart by ada at 21:00"):
            await ask("line_unmerge", item="till/2")

    plays(work)


def test_a_refusal_of_the_plug_in_is_told_and_nothing_is_merged(plays: Play) -> None:
    async def work(ask: Ask, shift: Shift) -> None:
        with pytest.raises(NightclerkError, match="crates of the colours blue, red can't be stacked"):
            await ask("line_merge", items=["till/1", "till/3"])
        with pytest.raises(NightclerkError, match="crate 1 alone is nothing to merge"):
            await ask("line_merge", items=["till/1"])
        with pytest.raises(UsageError, match="there is no crate 9 on the line"):
            await ask("line_merge", items=["till/1", "9"])
        assert set(states(shift).values()) == {"new"}

    plays(work)


def test_a_plug_in_that_crashes_takes_nothing_with_it(plays: Play) -> None:
    async def work(ask: Ask, shift: Shift) -> None:
        with pytest.raises(NightclerkError, match="ended by a signal: Killed"):
            await ask("line_merge", items=["till/1", "till/4"])
        assert set(states(shift).values()) == {"new"}
        await ask("line_merge", items=["till/1", "till/2"])

    plays(work)


def test_a_split_item_shows_its_parts_and_ends_with_the_last_of_them(plays: Play) -> None:
    async def work(ask: Ask, shift: Shift) -> None:
        answer = await ask("line_split", item="till/1", by={"by": 2})
        assert answer["said"] == "crate 1 is cut: 1/1 is new, 1/2 is held"
        assert (await ask("line_show", item="till/1/2"))["part_of"] == "1"
        assert [one["number"] for one in (await ask("line_show", item="till/1"))["parts"]] == ["1/1", "1/2"]
        await ask("line_release", item="till/1/2")
        for part in ("till/1/1", "till/1/2"):
            for state in ("shut", "sent"):
                assert states(shift)["till/1"] == "cut"
                await ask("line_confirm", item=part, to=state)
        assert states(shift)["till/1"] == "sent"

    plays(work)


def test_a_split_is_undone_and_its_numbers_are_not_used_again(plays: Play) -> None:
    async def work(ask: Ask, shift: Shift) -> None:
        await ask("line_split", item="till/1", by={"by": 2})
        assert (await ask("line_unmerge", item="till/1/2"))["said"] == "crate 1 is whole again"
        answer = await ask("line_split", item="till/1", by={"by": 2})
        assert [one["number"] for one in answer["parts"]] == ["1/3", "1/4"]
        assert states(shift)["till/1/1"] == "burnt"

    plays(work)


def test_who_may_not_merge_or_split_is_refused(plays: Play) -> None:
    async def work(ask: Ask, shift: Shift) -> None:
        for command, args in (
            ("merge", {"items": ["till/1", "till/2"]}),
            ("split", {"item": "till/1", "by": {"by": 2}}),
        ):
            with pytest.raises(NightclerkError, match="per may not do this"):
                await ask(f"line_{command}", PER, **args)
        assert set(states(shift).values()) == {"new"}

    plays(work)


def test_where_one_of_them_was_changed_meanwhile_none_is_moved(plays: Play) -> None:
    async def work(ask: Ask, shift: Shift) -> None:
        items: Items = shift.engine.ledger.items
        await ask("line_merge", items=["till/1", "till/2"])
        one, other = items.find("line.crate", (), ["till/1", "till/2"])
        stale = Transition("line.crate", other.id, "new", "shut", other.data, along="x")
        items.move([Transition("line.crate", other.id, "new", "held", {**other.data, "reasons": ["wet"]})], EVENING)
        step = Transition("line.crate", one.id, "new", "shut", one.data, along="x")
        assert items.move([step, stale], EVENING) == [False, False]
        assert states(shift)["till/1"] == "new"

    plays(work)
