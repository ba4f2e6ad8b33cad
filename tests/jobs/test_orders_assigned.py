"""Whose an order is: in turn, by load, by channel, back to the queue, and nobody's where one person works alone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.api import ABSENCE, AWAY, NightclerkError, Person, WorkItem
from jobs.kinds.shop import Status
from jobs.orders import OrdersOptions
from tests.jobs.line_scenes import DAY, ORDER, Scene

TWO = (Person("Anna", key="anna"), Person("Per", key="per"))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    made.has(ORDER)
    return made


def sharing(scene: Scene, **assign: Any) -> None:
    scene.staff = TWO
    scene.options = OrdersOptions.model_validate({"line": {"assign": {"to": ["anna", "per"], **assign}}})
    scene.orders = {
        str(n): replace(ORDER, number=str(n), customer=str(n), placed=ORDER.placed + timedelta(minutes=n))
        for n in range(4)
    }


def owners(scene: Scene) -> list[str]:
    return [scene.item(str(n)).owner for n in range(4)]


def test_orders_are_handed_out_in_turn_and_the_turn_goes_on_the_next_night(scene: Scene) -> None:
    sharing(scene)
    scene.orders.pop("3")
    scene.passes()
    scene.has(replace(ORDER, number="3", customer="3"))
    scene.passes()
    assert owners(scene) == ["anna", "per", "anna", "per"]


def test_by_load_new_orders_go_to_whom_has_least(scene: Scene) -> None:
    sharing(scene, rule="load", lease="3d")
    scene.passes()
    for number in ("0", "2"):
        scene.edit(number, status=Status.SHIPPED)
    scene.passes()
    scene.has(*(replace(ORDER, number=n, customer=n) for n in ("8", "9")))
    scene.passes()
    assert {scene.item("8").owner, scene.item("9").owner} == {"anna"}


def test_by_channel_an_order_goes_to_who_sees_to_it(scene: Scene) -> None:
    sharing(scene, rule="channel", channels={"etsy": "per"})
    scene.edit("0", source="etsy")
    scene.passes()
    assert owners(scene)[0] == "per"


def test_who_is_away_gets_nothing_and_an_expired_lease_goes_to_who_is_there(scene: Scene) -> None:
    sharing(scene, lease="12h")
    scene.passes()
    away = scene.now + 9 * DAY
    scene.night.items[ABSENCE, "anna"] = WorkItem(ABSENCE, "anna", AWAY, scene.now, {}, "", away)
    scene.passes()
    assert owners(scene) == ["per"] * 4
    assert all(scene.item(str(n)).lease_until == scene.now + timedelta(hours=12) for n in range(4))


def test_one_person_alone_owns_nothing(scene: Scene) -> None:
    sharing(scene)
    scene.staff = TWO[:1]
    scene.options = OrdersOptions.model_validate({"line": {"assign": {"to": ["anna"]}}})
    scene.passes()
    assert owners(scene) == [""] * 4


def test_a_name_that_nobody_has_is_refused_with_the_one_that_is_meant(scene: Scene) -> None:
    scene.staff = TWO
    scene.options = OrdersOptions.model_validate({"line": {"assign": {"to": ["ana"]}}})
    with pytest.raises(NightclerkError, match=r"can't be assigned to ana: .* Did you mean anna"):
        scene.passes()
