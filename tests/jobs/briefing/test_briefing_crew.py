"""What people did on the order line yesterday, for the owner's eyes only."""

from collections.abc import Callable
from typing import Any

import pytest

from jobs.kinds import facts
from tests.jobs.briefing import mornings


def test_yesterdays_line_says_how_long_orders_took_and_who_did_what(at: Callable[[str], Any]) -> None:
    text = at("normal").brief().text
    assert "From order to shipped: 1 day 3 hrs (median) · 2 shipped too late" in text
    assert "- anna: 31 picked, 30 packed · 1 stopped afterwards\n" in text
    assert "- ben: 9 packed, 38 shipped\n" in text


def test_a_day_on_which_nobody_confirmed_anything_has_no_such_section(scene: Any) -> None:
    scene.fact(facts.SHIPPED_LATE, 0)
    assert scene.brief().values["crew"] is None


def test_steps_of_two_shops_are_added_up_and_each_shops_time_stands_by_its_name(scene: Any) -> None:
    for source, seconds in (("alpha", 7200), ("beta", 3600)):
        scene.fact(facts.STEPS, 2, source=source, person="anna", state="picked", shop=source)
        scene.fact(facts.SHIPPING_TIME, seconds, source=source, shop=source)
    text = scene.brief().text
    assert "- anna: 4 picked\n" in text
    assert "alpha: From order to shipped: 2 hrs (median)\nbeta: From order to shipped: 1 hr (median)" in text


@pytest.mark.parametrize("role", ["staff", "warehouse", "admin", "in-sales"])
def test_what_one_person_did_is_shown_to_nobody_but_the_owner(role: str) -> None:
    assert "30 packed" not in mornings.briefed("normal", roles=(role,)).text
