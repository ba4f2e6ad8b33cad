"""Mornings to brief on, each as a night in memory; `mornings` and `scene` say how they are made and read."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.briefing import mornings
from tests.jobs.briefing.scene import Briefed, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """An empty night to fill by hand."""
    return Scene(tmp_path)


@pytest.fixture
def at(tmp_path: Path) -> Callable[[str], Scene]:
    """A named night of `mornings`."""
    return lambda name: mornings.scene_of(name, tmp_path)


@pytest.fixture(scope="session", params=itertools.product(mornings.NAMES, mornings.LANGUAGES), ids="-".join)
def any_briefing(request: pytest.FixtureRequest) -> Briefed:
    """Every named night in every language in turn, briefed once."""
    return mornings.briefed(*request.param)


@pytest.fixture(scope="session", params=mornings.NAMES)
def english_briefing(request: pytest.FixtureRequest) -> Briefed:
    """Every named night in English in turn, where a test reads sentences."""
    return mornings.briefed(request.param)
