"""What people can ask of the night, and what they are told where it can't be done."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import VirtualClock
from daemon.config import PersonConfig
from daemon.desk import Command, Order, obey
from daemon.desk.alone import obey_alone
from daemon.desk.people import OWNERS, READERS, Actor, actor_of
from daemon.engine.assigning import Setup
from daemon.engine.shift import Shift
from daemon.errors import EXIT_USAGE, NightclerkError, UsageError
from daemon.records import DraftState, State
from daemon.spawner import Spawner

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
ROUTINES = """\
  lamps: {job: fine, at: "21:30"}
  report: {job: reporting, at: "21:40"}
  posts: {job: drafting, at: "21:50", options: {world: WORLD}}
"""
ADA = Actor("ada", frozenset({"owner"}))
PACKER = Actor("per", frozenset({"warehouse"}))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(EVENING)


@pytest.fixture
def asks(
    opened: Opened, clock: VirtualClock
) -> Callable[[Callable[[Callable[..., Awaitable[Any]], Shift], Awaitable[None]]], None]:
    """Do a piece of work with `ask(command, actor, **args)` on a shift whose runs start when they are asked for."""

    def play(work: Callable[[Callable[..., Awaitable[Any]], Shift], Awaitable[None]]) -> None:
        async def scene() -> None:
            async with opened(ROUTINES, clock) as shift:
                shift.nudge = shift.engine.start_one

                async def ask(command: str, actor: Actor = ADA, **args: Any) -> Any:
                    async def say(_text: str) -> None:
                        await asyncio.sleep(0)

                    return await obey(command, Order(shift, actor, args, say), {})

                await work(ask, shift)

        asyncio.run(scene())

    return play


Play = Callable[[Callable[[Callable[..., Awaitable[Any]], Shift], Awaitable[None]]], None]


def test_status_says_what_comes_what_failed_and_what_waits(asks: Play) -> None:
    async def work(ask: Callable[..., Awaitable[Any]], _shift: Shift) -> None:
        await ask("run", routine="report")
        found = await ask("status", PACKER)
        assert [one.routine for one in found["next"]][:2] == ["lamps", "report"]
        assert found["drafts"] == 1
        assert (found["failed"], found["paused"], found["running"]) == ([], {}, [])

    asks(work)


def test_a_name_that_is_no_routine_is_answered_with_the_one_that_may_be_meant(asks: Play) -> None:
    async def work(ask: Callable[..., Awaitable[Any]], _shift: Shift) -> None:
        for command in ("run", "pause", "resume", "runs"):
            with pytest.raises(UsageError, match=r"there is no routine lampe\. Did you mean") as refused:
                await ask(command, routine="lampe")
            assert refused.value.exit_code == EXIT_USAGE

    asks(work)


@pytest.mark.parametrize(
    ("command", "args", "sentence"),
    [
        ("show", {"run": 99}, "there is no run 99"),
        ("cancel", {"run": 99}, "there is no run 99"),
        ("cancel", {"run": 1}, "run 1 is not going on: it is ok"),
        ("approve", {"draft": 99}, "there is no draft 99"),
        ("retry", {"mail": 99}, "mail 99 is not waiting"),
        ("pause", {"until": EVENING - timedelta(hours=1)}, "is past"),
        ("send_briefing", {}, "no routine has the job briefing"),
        ("fly", {}, "the daemon knows no command fly"),
    ],
)
def test_what_can_not_be_done_is_answered_with_a_sentence(
    asks: Play, command: str, args: Mapping[str, Any], sentence: str
) -> None:
    async def work(ask: Callable[..., Awaitable[Any]], _shift: Shift) -> None:
        await ask("run", routine="lamps")
        with pytest.raises(NightclerkError, match=sentence):
            await ask(command, **args)

    asks(work)


def test_a_run_that_ended_can_be_listed_and_shown_with_what_it_found(asks: Play) -> None:
    async def work(ask: Callable[..., Awaitable[Any]], _shift: Shift) -> None:
        assert (await ask("run", routine="lamps")).state is State.OK
        assert (await ask("run", routine="report")).state is State.OK
        assert [run.routine for run in await ask("runs", PACKER)] == ["report", "lamps"]
        assert [run.routine for run in await ask("runs", PACKER, routine="lamps")] == ["lamps"]
        shown = await ask("show", PACKER, run=2)
        assert [finding.key for finding in shown["findings"]] == ["dark"]

    asks(work)


def test_resume_ends_every_pause_and_one_routine_does_not_pass_a_pause_of_all(asks: Play) -> None:
    async def work(ask: Callable[..., Awaitable[Any]], shift: Shift) -> None:
        await ask("pause", routine="lamps")
        await ask("pause", until=EVENING + timedelta(hours=1))
        assert set(shift.engine.paused()) == {"lamps", "*"}
        assert "is paused still, lamps too" in await ask("resume", routine="lamps")
        await ask("pause", routine="lamps")
        assert await ask("resume") == "everything goes on; what fell into the pause stays skipped"
        assert shift.engine.paused() == {}

    asks(work)


def test_a_draft_is_decided_once_and_the_second_person_hears_by_whom(asks: Play) -> None:
    async def work(ask: Callable[..., Awaitable[Any]], _shift: Shift) -> None:
        await ask("run", routine="posts")
        assert [draft.id for draft in await ask("drafts", PACKER)] == [1]
        assert await ask("reject", draft=1) == "draft 1 is rejected"
        with pytest.raises(NightclerkError, match="draft 1 is rejected by ada already"):
            await ask("approve", draft=1)
        assert await ask("drafts") == []
        assert [draft.state for draft in await ask("drafts", all=True)] == [DraftState.REJECTED]

    asks(work)


@pytest.mark.parametrize("command", ["run", "cancel", "pause", "resume", "approve", "reject", "retry", "backup"])
def test_the_warehouse_may_look_and_change_nothing(asks: Play, command: str) -> None:
    async def work(ask: Callable[..., Awaitable[Any]], _shift: Shift) -> None:
        with pytest.raises(NightclerkError, match="per may not do this: it takes one of the roles admin, owner"):
            await ask(command, PACKER, routine="lamps", run=1, draft=1, file="x")

    asks(work)


def test_what_only_owners_may_do_staff_may_not(opened: Opened, clock: VirtualClock) -> None:
    async def do(_order: Order) -> str:
        return "done"

    async def work() -> None:
        async with opened(ROUTINES, clock) as shift:
            staff = Order(shift, Actor("kim", frozenset({"staff"})), {}, lambda _text: asyncio.sleep(0))
            with pytest.raises(NightclerkError, match="kim may not do this"):
                await obey("reload", staff, {"reload": Command(do, OWNERS)})
            assert await obey("reload", staff, {"reload": Command(do, READERS)}) == "done"

    asyncio.run(work())


def test_every_change_is_written_down_with_who_made_it(asks: Play, tmp_path: Path) -> None:
    async def work(ask: Callable[..., Awaitable[Any]], _shift: Shift) -> None:
        await ask("run", routine="posts")
        await ask("pause", routine="lamps")
        await ask("approve", draft=1)
        await ask("backup", file=str(tmp_path / "copy.db"))

    asks(work)
    with closing(sqlite3.connect(tmp_path / "state" / "ledger.db")) as ledger:
        lines = ledger.execute("select actor, action from journal order by id").fetchall()
    assert lines == [("ada", "run"), ("ada", "pause"), ("ada", "approve"), ("ada", "state backup")]
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("select count(*) from runs").fetchone() == (1,)


def test_without_a_daemon_a_command_does_its_work_on_the_state_and_lets_go(
    setup_of: Callable[[str], Setup], spawner: Spawner
) -> None:
    setup, told = setup_of(ROUTINES), list[str]()
    run = asyncio.run(obey_alone(setup, spawner, "run", {"routine": "lamps"}, told.append))
    assert run.state is State.OK
    assert told == [f"lamps: asked for as {run.slot}"]
    found = asyncio.run(obey_alone(setup, spawner, "runs", {}, told.append))
    assert [one.id for one in found] == [run.id]


def test_who_asks_is_known_by_uid_and_strangers_hear_how_to_be_let_in() -> None:
    people = {"per": PersonConfig(login="nobody", roles=("warehouse",))}
    assert actor_of(65534, "", people) == PACKER
    assert actor_of(0, "lotta", people) == Actor("lotta", frozenset({"admin"}))
    assert actor_of(0, "", {}).roles == {"admin"}
    with pytest.raises(NightclerkError, match="add `login: nobody` to a person under `people:`, or use sudo"):
        actor_of(65534, "lotta", {})
