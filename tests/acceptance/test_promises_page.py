"""docs/promises.md names a test that is there for every acceptance check, and a promise for each."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "promises.md").read_text(encoding="utf-8")
COUNTS = {"T": 13, "C": 8, "R": 6, "E": 10, "K": 8, "Y": 10, "N": 4}
IDS = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]
ROWS = {found[1]: found[0] for found in re.finditer(r"^\| ([TCREKYN]\d+) \|.*::.*$", PAGE, re.MULTILINE)}


def test_the_page_has_every_check_once_and_in_order() -> None:
    assert list(ROWS) == IDS
    assert len(re.findall(r"^\| \w+ \|.*::", PAGE, re.MULTILINE)) == len(IDS)


@pytest.mark.parametrize("check", IDS)
def test_a_check_is_held_by_tests_that_are_there_and_bear_its_name(check: str) -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", ROWS[check])
    assert named
    for file, name in named:
        assert re.match(rf"test_{check[0].lower()}0?{check[1:]}_", name), name
        assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), name


def test_every_promise_stands_on_the_page_and_is_held_by_a_check_or_a_mutant() -> None:
    promises = {int(number) for number in re.findall(r"^\| (\d+) \| \*?\*?", PAGE, re.MULTILINE)}
    assert promises == set(range(1, 12))
    held = {int(number) for row in ROWS.values() for number in re.findall(r"\d+", row.split("|")[3])}
    assert held <= promises
    assert promises - held == {7}, "figures have no check of the scheduler's; their mutants hold them"
