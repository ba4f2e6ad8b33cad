"""docs/briefing.md names tests that are there and bear its number for every check of the briefing."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
PAGE = (TESTS.parent / "docs" / "briefing.md").read_text(encoding="utf-8")
ROWS = {int(found[1]): found[0] for found in re.finditer(r"^\| (\d+) \|.*::.*$", PAGE, re.MULTILINE)}


def test_the_page_has_every_check_once_and_in_order() -> None:
    assert list(ROWS) == list(range(1, 48))
    assert len(re.findall(r"^\| \d+ \|", PAGE, re.MULTILINE)) == len(ROWS)


@pytest.mark.parametrize("check", range(1, 48))
def test_a_check_is_held_by_tests_that_are_there_and_bear_its_number(check: int) -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", ROWS[check])
    assert named
    for file, name in named:
        assert re.match(rf"test_(briefing_)?{check:02}_", name), name
        assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), name
