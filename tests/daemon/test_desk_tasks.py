"""What people can ask about tasks, and what they are told where it can't be done."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import VirtualClock
from daemon.desk import Order, obey
from daemon.desk.people import Actor
from daemon.engine.shift import Shift
from daemon.errors import NightclerkError, UsageError
from daemon.model import Goal, Horizon
from daemon.records import TaskState

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
Ask = Callable[..., Awaitable[Any]]
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
ADA = Actor("ada", frozenset({"owner"}))
PACKER = Actor("per", frozenset({"warehouse"}))
SOON = {"goal": Goal.CONVERSION, "horizon": Horizon.SHORT}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(EVENING)


@pytest.fixture
def asks(opened: Opened, clock: VirtualClock) -> Callable[[Callable[[Ask], Awaitable[None]]], None]:
    """Do a piece of work with `ask(command, actor, **args)`."""

    def play(work: Callable[[Ask], Awaitable[None]]) -> None:
        async def scene() -> None:
            async with opened('  lamps: {job: fine, at: "21:30"}\n', clock) as shift:

                async def ask(command: str, actor: Actor = ADA, **args: Any) -> Any:
                    async def say(_text: str) -> None:
                        await asyncio.sleep(0)

                    return await obey(command, Order(shift, actor, args, say), {})

                await work(ask)

        asyncio.run(scene())

    return play


Play = Callable[[Callable[[Ask], Awaitable[None]]], None]


def journal(folder: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(folder / "state" / "ledger.db")) as ledger:
        return ledger.execute("select actor, action, detail from journal order by id").fetchall()


def test_a_new_task_is_told_in_its_place_between_its_neighbours(asks: Play) -> None:
    async def work(ask: Ask) -> None:
        alone = await ask("add_task", title="First", **SOON)
        assert (alone["before"], alone["after"]) == (None, None)
        await ask("add_task", title="Third")
        placed = await ask("add_task", title="  Second\n one ", goal=Goal.ACQUISITION, horizon=Horizon.SHORT)
        assert (placed["before"].task.title, placed["after"].task.title) == ("First", "Third")
        assert placed["listed"].task.title == "Second one"
        assert placed["listed"] in (await ask("tasks"))["listed"]

    asks(work)


def test_moving_done_and_adding_are_written_down_with_who_did_it(asks: Play, tmp_path: Path) -> None:
    async def work(ask: Ask) -> None:
        await ask("add_task", title="Sort it", impact=Decimal("2.5"))
        moved = await ask("move_task", task="1", due=date(2026, 12, 1), **SOON)
        assert (moved["listed"].box, moved["listed"].task.due) == ("today", date(2026, 12, 1))
        done = (await ask("finish_task", task="1"))["task"]
        assert (done.id, done.state, done.closed) == ("1", TaskState.DONE, EVENING)
        answer = await ask("tasks", all=True)
        assert (answer["listed"], [task.id for task in answer["done"]]) == ([], ["1"])

    asks(work)
    assert journal(tmp_path) == [
        ("ada", "tasks add", "1 Sort it"),
        ("ada", "tasks move", "1 goal conversion, horizon short, due 2026-12-01"),
        ("ada", "tasks done", "1"),
    ]


def test_what_was_set_can_be_taken_back_field_by_field(asks: Play, tmp_path: Path) -> None:
    async def work(ask: Ask) -> None:
        given = {"due": date(2026, 12, 1), "impact": Decimal(9), "owner": "ada", "statutory": "tax", **SOON}
        await ask("add_task", title="Sort it", **given)
        task = (await ask("move_task", task="1", clear=["due", "owner", "statutory"], impact=Decimal(3)))["listed"].task
        assert (task.due, task.owner, task.statutory, task.impact, task.goal) == (
            None, "", "", Decimal(3), Goal.CONVERSION,
        )  # fmt: skip
        left = await ask("move_task", task="1", clear=["goal", "horizon", "impact"])
        assert (left["listed"].box, left["listed"].task.impact) == ("unsorted", Decimal(0))

    asks(work)
    assert journal(tmp_path)[1] == ("ada", "tasks move", "1 impact 3, due cleared, owner cleared, statutory cleared")


@pytest.mark.parametrize(
    ("command", "args", "sentence"),
    [
        ("finish_task", {"task": "9"}, "there is no task 9: `nightclerk tasks` lists them"),
        ("move_task", {"task": "9", **SOON}, "there is no task 9"),
        ("move_task", {"task": "1"}, "what is to change"),
        ("move_task", {"task": "1", "clear": ["day"]}, "a task has no day that can be cleared"),
        (
            "move_task",
            {"task": "1", "clear": ["owner"], "owner": "ada"},
            "the owner of a task can't be set and cleared",
        ),
        ("add_task", {"title": " \n "}, "a task needs a title"),
        ("add_task", {"title": "x" * 201}, "a task needs a title of 1 to 200 characters"),
        ("add_task", {"title": "x", "owner": "ade"}, 'under people: ade. Did you mean "ada"?'),
        ("add_task", {"title": "x", "statutory": "taxes"}, 'lead_times: taxes. Did you mean "tax"?'),
        ("add_task", {"title": "x", "goal": "world peace"}, "the goal of a task can't be 'world peace'"),
    ],
)
def test_what_can_not_be_is_a_sentence_and_changes_nothing(
    asks: Play, command: str, args: dict[str, Any], sentence: str
) -> None:
    async def work(ask: Ask) -> None:
        await ask("add_task", title="One")
        before = await ask("tasks")
        with pytest.raises(UsageError) as refused:
            await ask(command, **args)
        assert sentence in str(refused.value)
        assert await ask("tasks") == before

    asks(work)


def test_a_task_is_done_once(asks: Play) -> None:
    async def work(ask: Ask) -> None:
        await ask("add_task", title="One")
        await ask("finish_task", task="1")
        for command, args in (("finish_task", {}), ("move_task", SOON)):
            with pytest.raises(NightclerkError, match="task 1 is done already"):
                await ask(command, task="1", **args)

    asks(work)


def test_a_packer_may_look_and_not_decide(asks: Play) -> None:
    async def work(ask: Ask) -> None:
        assert (await ask("tasks", PACKER))["listed"] == []
        with pytest.raises(NightclerkError, match="per may not do this"):
            await ask("add_task", PACKER, title="x")

    asks(work)


def test_what_was_done_is_counted_by_box_and_week_for_a_quarter(asks: Play, clock: VirtualClock) -> None:
    async def work(ask: Ask) -> None:
        for number in range(4):
            await ask("add_task", title=f"Thing {number}", **(SOON if number else {"goal": Goal.OTHER}))
        await ask("finish_task", task="1")
        clock.moment = EVENING + timedelta(days=3)
        await ask("finish_task", task="2")
        await ask("finish_task", task="3")
        found = await ask("task_stats", PACKER)
        assert found["weeks"][-2:] == [date(2026, 11, 16), date(2026, 11, 23)]
        assert len(found["weeks"]) == 13
        counts = {box["box"]: box["done"][-2:] for box in found["boxes"]}
        assert counts == {
            "today": [0, 2], "tomorrow": [0, 0], "next week": [0, 0], "next month": [0, 0], "other": [1, 0],
            "unsorted": [0, 0],
        }  # fmt: skip
        clock.moment = EVENING + timedelta(weeks=13)
        assert [sum(box["done"]) for box in (await ask("task_stats"))["boxes"]] == [2, 0, 0, 0, 0, 0]

    asks(work)
