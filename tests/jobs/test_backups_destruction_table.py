"""The tables of what is seen of every way to break a backup: all of it is on the page, and nothing is unseen in silence."""

from decimal import Decimal

import pytest

from tests.system.backups import table
from tests.system.backups.gathering import HEALTHY, Found, families

DAMAGED = "one bit turned in a pack"


def page() -> table.Page:
    return table.read(table.PAGE.read_text(encoding="utf-8"))


def said(*answers: tuple[str, bool], way: str = DAMAGED, target: str = "restic 0.18.0") -> str:
    found = [Found(target, way, check, seen, Decimal(number + 1)) for number, (check, seen) in enumerate(answers)]
    return list(table.table(found))[-1]


def test_every_way_to_break_every_target_is_on_the_page_and_what_is_not_seen_has_its_reason() -> None:
    assert table.wrong(page()) == []


@pytest.mark.parametrize(
    ("family", "versions"), [("restic", 3), ("borg", 2), ("files", 5), ("S3", 2), ("pgBackRest", 1)]
)
def test_the_page_has_every_version_and_form_that_was_tried(family: str, versions: int) -> None:
    assert len([target for target in page() if table.family_of(target) == family]) == versions


def test_every_reason_stands_on_the_page() -> None:
    told = {(target, way): caught for target, ways in page().items() for way, (caught, *_) in ways.items()}
    assert {key for key, why in table.UNSEEN.items() if told.get(key) != f"{table.NOT_SEEN}: {why}"} == set()


def test_a_check_that_saw_it_is_named_with_its_seconds_the_cheapest_first() -> None:
    assert said(("restore", True), ("list", False), ("data", True)) == f"| {DAMAGED} | data | 3 | restore 1 |"


def test_what_nothing_saw_or_only_sometimes_is_called_not_seen() -> None:
    assert said(("list", False), ("data", False)) == f"| {DAMAGED} | **not seen** | 3 | |"
    some = [Found("pg_dump, SQL", "one bit turned", "restore", one == 2, Decimal(1), one) for one in range(3)]
    (line,) = [line for line in table.table(some) if line.startswith("| one")]
    assert line.startswith("| one bit turned | **not seen** in 2 of 3 |")
    assert line.endswith("| restore 1 (1 of 3) |")


def test_a_healthy_target_that_fails_a_way_that_is_missing_and_damage_without_a_reason_are_told() -> None:
    whole = {target: {way: ["data", "1", ""] for way in ways} for target, ways in families().items()}
    for ways in whole.values():
        ways[HEALTHY] = [table.PASSES, "1", ""]
    assert table.wrong(whole) == []
    whole["pgBackRest"]["cut off"] = [table.NOT_SEEN, "1", ""]
    whole["pgBackRest"][HEALTHY] = [table.FAILS, "1", ""]
    del whole["pgBackRest"]["emptied"]
    assert table.wrong(whole) == [
        "pgBackRest: emptied is not there",
        "pgBackRest: what is healthy **fails**",
        "pgBackRest: cut off is not seen, and nothing says why",
    ]


def test_only_what_is_between_the_marks_is_written() -> None:
    text = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    assert table.written(text, ["", "new"]) == f"before\n{table.BEGIN}\nnew\n\n{table.END}\nafter\n"
