"""The line about paper in the briefing: how much came out, of the run that counted last, and nothing where none did."""

from datetime import timedelta

import pytest

from jobs.kinds import facts
from tests.jobs.briefing import mornings
from tests.jobs.briefing.scene import Scene


@pytest.fixture
def morning() -> Scene:
    return mornings.scene_of("normal")


def counted(scene: Scene, **states: int) -> None:
    for state, count in states.items():
        scene.fact(facts.SHEETS, count, scene.today, state=state, source="paper")


def test_how_much_of_the_paper_is_printed_stands_with_the_orders(morning: Scene) -> None:
    counted(morning, printed=120, bound=0, waiting=3, sent=1, held=0, uncertain=1)
    for part in (morning.brief().text, morning.brief().seen):
        assert "Paper: 120 of 125 sheets printed" in part


def test_what_lies_in_files_is_not_called_printed(morning: Scene) -> None:
    counted(morning, printed=0, bound=40, waiting=0)
    assert "Paper: 0 of 40 sheets printed, 40 bound into files" in morning.brief().text


def test_where_nothing_was_counted_nothing_is_said(morning: Scene) -> None:
    assert "Paper" not in morning.brief().text
    counted(morning, printed=0, waiting=0)
    assert "Paper" not in morning.brief().text
    scene = mornings.scene_of("normal")
    scene.fact(facts.SHEETS, 9, scene.today - timedelta(days=1), state="printed", source="paper")
    assert "Paper" not in scene.brief().text
