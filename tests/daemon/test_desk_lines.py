"""What people can ask of the items on a line: who may, whose they are, who is away, and what is written down."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.clock import VirtualClock
from daemon.config import PersonConfig
from daemon.config.loading import unmanned
from daemon.config.rights import RightConfig
from daemon.desk import Order, obey
from daemon.desk.people import Actor
from daemon.engine.assigning import Setup
from daemon.engine.shift import open_shift
from daemon.errors import NightclerkError, UsageError
from daemon.model import Transition
from daemon.spawner import Spawner
from daemon.workline import written
from tests.daemon.test_workline import CAKES

EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
ADA, PER = Actor("ada", frozenset({"owner"})), Actor("per", frozenset({"warehouse"}))
SELLER = Actor("eva", frozenset({"pre-sales"}))
TWO = {"ada": PersonConfig(roles=("owner",)), "per": PersonConfig(roles=("warehouse",))}
Ask = Callable[..., Awaitable[Any]]
Play = Callable[..., None]
CARD = {"card": written({"for": "Ada", "kg": 2}), "history": [], "customer": "x1"}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(EVENING)


@pytest.fixture
def plays(setup_of: Callable[[str], Setup], spawner: Spawner, clock: VirtualClock) -> Play:
    """Do a piece of work with `ask(command, actor, **args)` in a shop of these people, with three cakes on the line."""

    def play(work: Callable[[Ask], Awaitable[None]], people: Any = TWO, rights: Any = None) -> None:
        setup = setup_of('  lamps: {job: fine, at: "21:30"}\n')
        registry = replace(setup.loaded.registry, lines={"cakes": CAKES})
        config = setup.config.model_copy(update={"people": people, "rights": rights or {}})
        setup = replace(setup, loaded=replace(setup.loaded, registry=registry), config=config)

        async def scene() -> None:
            async with open_shift(setup, spawner, clock) as shift:
                made = [
                    Transition(CAKES.kind, f"till/{n}", "", "mixed", {**CARD, "number": str(n)}, owner="per" if n == 2 else "")
                    for n in (1, 2, 3)
                ]  # fmt: skip
                shift.engine.ledger.items.move(made, clock.now())

                async def ask(command: str, actor: Actor = ADA, **args: Any) -> Any:
                    async def say(_text: str) -> None:
                        await asyncio.sleep(0)

                    order = Order(shift, actor, {"line": "cakes", **args}, say)
                    return await obey(command, order, {})

                await work(ask)

        asyncio.run(scene())

    return play


def test_the_open_items_are_listed_with_their_owners_and_counted(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        answer = await ask("line")
        assert [(one["number"], one["state"], one["owner"]) for one in answer["items"]] == [
            ("1", "mixed", ""), ("2", "mixed", "per"), ("3", "mixed", ""),
        ]  # fmt: skip
        assert answer["counts"] == {"mixed": 3}
        await ask("line_confirm", item="till/1", to="baked")
        assert [one["number"] for one in (await ask("line", state="baked"))["items"]] == ["1"]
        assert len((await ask("line", limit=2))["items"]) == 2
        with pytest.raises(UsageError, match=r"cakes are never backed\. Did you mean"):
            await ask("line", state="backed")

    plays(work)


def test_a_list_shows_cards_where_they_are_asked_for(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        assert "card" not in (await ask("line"))["items"][0]
        answer = await ask("line", cards=True)
        assert answer["items"][0]["card"] == {"for": "Ada", "kg": 2}
        assert answer["now"] == EVENING

    plays(work)


def test_a_line_may_ask_more_of_who_confirms(plays: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(ask: Ask) -> None:
        with pytest.raises(NightclerkError, match="per may not do this"):
            await ask("line_confirm", PER, item="till/2")
        assert await ask("line_confirm", ADA, item="till/2") == "cake 2 is baked"

    monkeypatch.setitem(globals(), "CAKES", replace(CAKES, takes="approve"))
    plays(work)


def test_where_one_person_works_nothing_is_said_of_owners(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        answer = await ask("line")
        assert answer["owners"] is False
        assert "owner" not in answer["items"][1]
        assert "owner" not in await ask("line_show", item="till/2")
        assert (await ask("absent", person="ada", until=date(2026, 12, 1)))["unmanned"] == []

    plays(work, {"ada": PersonConfig()})


def test_a_card_shows_what_to_do_and_what_else_the_customer_has(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        await ask("line_hold", item="till/1", reason="smells  odd")
        card = await ask("line_show", item="till/1")
        assert (card["state"], card["words"], card["todo"]) == ("held", "smells odd", {"person": ""})
        assert card["card"] == {"for": "Ada", "kg": 2}
        assert [step["who"] for step in card["history"]] == ["ada"]
        assert [one["number"] for one in card["others"]] == ["2", "3"]
        with pytest.raises(UsageError, match="there is no cake 9 on the line"):
            await ask("line_show", item="9")

    plays(work)


def test_two_people_never_confirm_the_same_step(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        assert await ask("line_confirm", PER, item="till/2") == "cake 2 is baked"
        with pytest.raises(NightclerkError, match="already confirmed by per at 21:00"):
            await ask("line_confirm", ADA, item="till/2")

    plays(work)


def test_who_takes_a_step_with_what_is_nobodys_has_it_from_then_on(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        await ask("line_confirm", PER, item="till/1")
        item = await ask("line_show", item="till/1")
        assert (item["owner"], item["lease_until"]) == ("per", EVENING + timedelta(hours=12))

    plays(work)


def test_what_a_role_is_not_given_it_may_not(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        await ask("line_hold", SELLER, item="till/1", reason="asked for another")
        for command in ("line_release", "line_confirm"):
            with pytest.raises(NightclerkError, match="eva may not do this: it takes one of the roles"):
                await ask(command, SELLER, item="till/1")
        with pytest.raises(NightclerkError, match="per may not do this"):
            await ask("approve", PER, draft=1)

    plays(work)


def test_a_role_may_be_kept_to_its_own_work(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        assert await ask("line_confirm", PER, item="till/2") == "cake 2 is baked"
        with pytest.raises(NightclerkError, match="per may confirm only what is assigned to per"):
            await ask("line_confirm", PER, item="till/1")
        await ask("line_confirm", ADA, item="till/1")

    plays(work, rights={"confirm": RightConfig(roles=("owner", "warehouse"), own=("warehouse",))})


def test_rights_in_the_configuration_replace_the_usual_ones(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        with pytest.raises(NightclerkError, match="ada may not do this: it takes one of the roles admin, in-sales"):
            await ask("line_confirm", ADA, item="till/1")
        await ask("line_confirm", Actor("root", frozenset({"admin"})), item="till/1")

    plays(work, rights={"confirm": RightConfig(roles=("in-sales",))})


def test_who_is_away_gives_back_what_is_theirs_and_is_given_nothing(plays: Play, tmp_path: Path) -> None:
    async def work(ask: Ask) -> None:
        answer = await ask("absent", person="per", until=date(2026, 11, 30))
        assert (answer["returned"], answer["unmanned"]) == (1, [])
        assert (await ask("line_show", item="till/2"))["owner"] == ""
        with pytest.raises(NightclerkError, match="per is away"):
            await ask("line_assign", item="till/2", person="per")
        await ask("absent", person="per")
        assert await ask("line_assign", item="till/2", person="per") == "cake 2 is mixed and belongs to per"

    plays(work)
    with closing(sqlite3.connect(tmp_path / "state" / "ledger.db")) as ledger:
        assert ledger.execute("select actor, action, detail from journal order by id").fetchall() == [
            ("ada", "absent", "per until 2026-11-30"),
            ("ada", "absent", "per is back"),
            ("ada", "cakes assign", "till/2 mixed"),
        ]


def test_an_absence_ends_by_itself_with_its_last_day(plays: Play, clock: VirtualClock) -> None:
    async def work(ask: Ask) -> None:
        await ask("absent", person="per", until=date(2026, 11, 21))
        clock.moment = EVENING + timedelta(hours=27)
        await ask("line_assign", item="till/1", person="per")
        with pytest.raises(UsageError, match="2026-11-20 is past"):
            await ask("absent", person="per", until=date(2026, 11, 20))

    plays(work)


def test_what_nobody_is_left_to_see_to_is_named(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        answer = await ask("absent", person="ada", until=date(2026, 11, 30))
        assert answer["unmanned"] == [
            "cakes that are held wait: nobody who is there may release them",
            "drafts wait: nobody who is there may approve them",
        ]
        await ask("absent", person="per", until=date(2026, 11, 30))
        assert (await ask("unmanned"))[0] == "cakes that are mixed, baked wait: nobody who is there may confirm them"

    plays(work)


def test_who_is_no_office_may_say_of_themselves_only_that_they_are_away(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        await ask("absent", PER, person="per", until=date(2026, 11, 30))
        with pytest.raises(NightclerkError, match="per may not do this"):
            await ask("absent", PER, person="ada", until=date(2026, 11, 30))

    plays(work)


def test_check_names_what_nobody_may_do_and_leaves_a_single_person_alone(setup_of: Callable[[str], Setup]) -> None:
    setup = setup_of('  lamps: {job: fine, at: "21:30"}\n')
    registry = replace(setup.loaded.registry, lines={"cakes": CAKES})
    packers = {name: PersonConfig(roles=("warehouse",)) for name in ("per", "bo")}
    config = setup.config.model_copy(update={"people": packers})
    assert [note.partition(" wait")[0] for note in unmanned(config, registry, ())] == ["cakes that are held", "drafts"]
    alone = config.model_copy(update={"people": {"per": packers["per"]}})
    assert list(unmanned(alone, registry, ())) == []


def test_what_is_left_with_a_step_stays_with_the_item_and_nothing_else_may_be_left(plays: Play) -> None:
    async def work(ask: Ask) -> None:
        await ask("line_confirm", item="till/1", left={"candles": " 3  red ", "shelf": None})
        await ask("line_confirm", item="till/1", to="sold", left={"shelf": "B"})
        assert (await ask("line_show", item="till/1"))["left"] == {"candles": "3 red", "shelf": "B"}
        assert (await ask("line_show", item="till/3"))["left"] == {}
        with pytest.raises(UsageError, match="cakes take no candels"):
            await ask("line_confirm", item="till/3", left={"candels": "3"})
        for bad in ("x" * 81, "a\x1b[1m"):
            with pytest.raises(UsageError, match="the candles has 1 to 80 characters that can be printed"):
                await ask("line_confirm", item="till/3", left={"candles": bad})

    plays(work)
