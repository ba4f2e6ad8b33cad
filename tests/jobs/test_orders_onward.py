"""What moves an order without a hand: handed over is batched, come back is returned, long gone is closed, each once."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from daemon.api import Money, Task
from daemon.testing import FakeNight
from jobs.kinds.shop import Document, Line, Return, Status
from jobs.orders import OrdersOptions, onward
from jobs.orders.parcels import merge
from tests.jobs.line_scenes import HOME, LINE, ORDER, Scene, confirming, confirming_to

PACKERS = {"to": "Lager", "email": "pack@lager.test", "role": "warehouse", "approve": "auto"}
BACK = replace(LINE, quantity=-1)


@dataclass
class Counter(Scene):
    """A shop to which goods come back, too."""

    back: list[Return] = field(default_factory=list)

    def documents(self, first: datetime, until: datetime) -> list[Document]:
        return [*super().documents(first, until), *(one for one in self.back if first <= one.placed < until)]

    def comes_back(self, number: str, line: Line = BACK, **more: Any) -> None:
        self.back.append(Return(number, self.now + timedelta(hours=2), (line,), order="7", **more))

    def states(self, number: str = "7") -> list[str]:
        history: Any = self.item(number).data["history"]
        return [state for _, _, state, _ in history]


@pytest.fixture
def scene(tmp_path: Path) -> Counter:
    made = Counter(tmp_path)
    made.has(ORDER)
    return made


@pytest.fixture
def handing(scene: Counter) -> Counter:
    scene.options = OrdersOptions.model_validate({"handover": [PACKERS]})
    return scene


@pytest.fixture
def shipped(scene: Counter) -> Counter:
    scene.passes()
    scene.edit(status=Status.SHIPPED)
    scene.passes()
    assert scene.where() == ("shipped", [])
    return scene


def test_an_order_that_was_handed_over_is_batched_once_and_stays_to_be_picked(handing: Counter) -> None:
    first = handing.passes()
    assert len(first.report.mails) == 1
    assert handing.where() == ("batched", [])
    for _ in range(2):
        assert not handing.passes().report.mails
    assert handing.states() == ["ready", "batched"]
    handing.does(confirming)
    handing.passes()
    assert handing.states() == ["ready", "batched", "picked"]


def test_an_order_edited_after_it_was_handed_over_stops_and_is_not_batched_by_the_old_paper(handing: Counter) -> None:
    handing.passes()
    handing.edit(address=replace(HOME, street="Weg 99"))
    ctx = handing.passes()
    assert handing.where() == ("held", ["changed"])
    assert "orders:handover:changed:Lager" in {one.key for one in ctx.report.findings}
    handing.does(confirming)
    handing.passes()
    assert handing.where() == ("ready", [])


@pytest.mark.parametrize("role", ["warehouse", "maker", "dropshipper", "affiliate"])
def test_who_only_learns_what_was_sold_begins_nothing(scene: Counter, role: str) -> None:
    scene.options = OrdersOptions.model_validate({"handover": [{**PACKERS, "role": role, "skus": ["A"]}]})
    scene.passes()
    assert scene.where()[0] == ("ready" if role == "affiliate" else "batched")


def test_the_orders_of_one_parcel_are_batched_together(scene: Counter) -> None:
    other, third = (replace(ORDER, number=number, customer=number) for number in ("8", "9"))
    scene.has(other, third)
    scene.options = OrdersOptions.model_validate({"together": {"mode": "off"}})
    ctx = scene.passes()
    onward.batch(ctx, "main", {"7"}, [merge([ORDER, other])])
    assert [scene.where(number)[0] for number in "789"] == ["batched", "batched", "ready"]


def test_what_somebody_picked_meanwhile_does_not_go_back(scene: Counter) -> None:
    ctx = scene.passes()
    scene.does(confirming)
    onward.batch(ctx, "main", {"7", "unheard of"})
    assert scene.states() == ["ready", "picked"]


def test_what_could_be_handed_to_nobody_is_not_batched(scene: Counter) -> None:
    scene.options = OrdersOptions.model_validate({"handover": [{**PACKERS, "email": ""}]})
    scene.passes()
    assert scene.where() == ("ready", [])


def test_a_run_that_died_after_the_step_hands_the_order_over_in_the_next_one(handing: Counter) -> None:
    accepted = FakeNight.accept
    handing.night.__dict__["accept"] = lambda _ctx: None
    handing.passes()
    assert handing.where() == ("batched", [])
    handing.night.__dict__["accept"] = lambda ctx: accepted(handing.night, ctx)
    assert len(handing.passes().report.mails) == 1
    assert handing.states() == ["ready", "batched"]


def test_a_shipped_order_of_which_goods_came_back_is_returned_once(shipped: Counter) -> None:
    shipped.comes_back("R1")
    for _ in range(3):
        shipped.passes()
    assert shipped.states() == ["ready", "shipped", "returned"]


def test_a_refund_without_goods_returns_nothing(shipped: Counter) -> None:
    shipped.comes_back("R1", Line("", "", -1, Money(Decimal(5), "EUR")))
    shipped.passes()
    assert shipped.where() == ("shipped", [])


def test_goods_of_an_order_that_is_still_here_return_nothing(scene: Counter) -> None:
    scene.passes()
    scene.comes_back("R1")
    scene.passes()
    assert scene.where() == ("ready", [])


def test_a_return_that_is_read_again_after_somebody_closed_the_order_does_not_open_it(shipped: Counter) -> None:
    shipped.comes_back("R1")
    shipped.passes()
    shipped.does(confirming_to("closed"))
    shipped.options = OrdersOptions.model_validate({"overlap_hours": 48})
    shipped.passes()
    assert shipped.where() == ("closed", [])
    shipped.comes_back("R2")
    shipped.passes()
    assert shipped.states() == ["ready", "shipped", "returned", "closed", "returned"]


def test_a_shipped_order_is_closed_once_when_its_time_is_over(shipped: Counter) -> None:
    shipped.options = OrdersOptions.model_validate({"line": {"close_after": "3d"}})
    for state in ("shipped", "shipped", "closed", "closed"):
        shipped.passes()
        assert shipped.where() == (state, [])
    assert shipped.states() == ["ready", "shipped", "closed"]


def test_an_order_with_an_open_return_is_closed_when_that_is_settled(shipped: Counter) -> None:
    shipped.options = OrdersOptions.model_validate({"line": {"close_after": "2d"}})
    shipped.night.open_tasks = [Task("1", "it", shipped.now, source="orders:return:R1")]
    shipped.comes_back("R1", owed=Money(Decimal(5), "EUR"))
    for _ in range(4):
        shipped.passes()
        assert shipped.where() == ("returned", [])
    shipped.night.open_tasks = []
    shipped.passes()
    assert shipped.states() == ["ready", "shipped", "returned", "closed"]


def test_a_shipped_order_is_not_closed_while_money_of_it_is_owed(shipped: Counter) -> None:
    shipped.options = OrdersOptions.model_validate({"line": {"close_after": "1d"}})
    shipped.night.open_tasks = [Task("1", "it", shipped.now, source="orders:return:R1")]
    shipped.comes_back("R1", Line("", "", -1, Money(Decimal(5), "EUR")), owed=Money(Decimal(5), "EUR"))
    shipped.passes()
    assert shipped.where() == ("shipped", [])


def test_a_dry_run_takes_none_of_these_steps(shipped: Counter) -> None:
    shipped.options = OrdersOptions.model_validate({"line": {"close_after": "1h"}, "handover": [PACKERS]})
    shipped.has(replace(ORDER, number="8", customer="bo", note="ring"))
    shipped.passes()
    shipped.edit("8", note="")
    before = dict(shipped.night.items)
    shipped.comes_back("R1")
    shipped.passes(dry=True)
    assert shipped.night.items == before


@pytest.mark.parametrize("wrong", ["soon", "-3d", 5])
def test_a_time_that_is_none_is_refused_by_check(wrong: object) -> None:
    with pytest.raises(ValidationError):
        OrdersOptions.model_validate({"line": {"close_after": wrong}})
