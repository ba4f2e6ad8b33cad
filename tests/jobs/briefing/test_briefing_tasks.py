"""Today's tasks in the mail: as many as a day holds, and what became of the others."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.model import Box, Finding, Goal, Horizon, Matrix, Text, Urgency
from daemon.records import SeenFinding, Task
from daemon.testing import FakeNight, make_context, names_in, travelled
from jobs.briefing import BriefingOptions, run
from jobs.briefing.gather import gather
from jobs.briefing.plan import Plan
from jobs.briefing.rank import Item
from jobs.briefing.roles import EVERYTHING, ROLES, Share
from jobs.briefing.tasks import tasks
from jobs.kinds import facts

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
TODAY = date(2026, 11, 20)
USUAL = Task("1", "Pack the late orders", NOW, Goal.CONVERSION, Horizon.SHORT, author="ada")


def many(count: int, **changes: Any) -> list[Task]:
    return [replace(USUAL, id=str(n), title=f"Thing {n}", **changes) for n in range(1, count + 1)]


def section(
    folder: Path, found: list[Task], matrix: Matrix | None = None, share: Share = EVERYTHING, items: Any = ()
) -> Any:
    night = FakeNight(now=NOW, open_tasks=found)
    ctx = make_context(folder, now=NOW, night=night, matrix=matrix or Matrix(), host="till")
    return travelled(tasks(gather(ctx, Plan()), share, items))


def listed(folder: Path, found: list[Task], matrix: Matrix | None = None, dry: bool = False) -> list[str]:
    """Return which tasks a briefing remembers as shown for its day."""
    night = FakeNight(now=NOW, open_tasks=found)
    ctx = make_context(folder, names_in(facts), now=NOW, night=night, matrix=matrix or Matrix(), dry=dry)
    run(ctx, BriefingOptions())
    return [fact.dimensions["task"] for fact in ctx.report.facts if fact.name == "tasks.listed"]


def test_twelve_tasks_at_a_capacity_of_five_show_five_and_seven_more(tmp_path: Path) -> None:
    found = section(tmp_path, many(12))
    assert [row["title"] for row in found["rows"]] == [f"Thing {n}" for n in range(1, 6)]
    assert [row["rank"] for row in found["rows"]] == [1, 2, 3, 4, 5]
    assert (found["more"], found["total"]) == (7, 12)


def test_the_capacity_is_the_owners(tmp_path: Path) -> None:
    found = section(tmp_path, many(12), Matrix(capacity=3))
    assert (len(found["rows"]), found["more"]) == (3, 9)


def test_without_a_task_there_is_no_section(tmp_path: Path) -> None:
    assert section(tmp_path, []) is None


def test_names_of_boxes_are_translated_and_the_owners_own_stay(tmp_path: Path) -> None:
    assert section(tmp_path, [USUAL])["rows"][0]["box"] == Text("today")
    own = Matrix(boxes=(Box("Sofort", timedelta(days=1)), *Matrix().boxes[1:]))
    row = section(tmp_path, [USUAL], own)["rows"][0]
    assert (row["box"], row["until"]) == ("Sofort", TODAY)


def test_what_is_left_over_late_or_without_a_cause_says_so(tmp_path: Path) -> None:
    old = replace(USUAL, slipped=3, due=TODAY - timedelta(days=1), offered=True, title=Text("{n} late", {"n": 2}))
    found = section(tmp_path, [old, replace(USUAL, id="2", goal=None)])
    assert [(row["slipped"], row["late"], row["offered"]) for row in found["rows"]] == [
        (3, True, True),
        (0, False, False),
    ]
    assert found["offered"] == {"rows": [{"id": "1", "title": old.title}], "more": 0, "total": 1}
    assert found["unsorted"] == 1
    assert (found["commands"]["list"], found["host"]) == ("nightclerk tasks", "till")


@pytest.mark.parametrize(("owners", "shown"), [(True, "ada"), (False, "")])
def test_where_one_person_works_alone_nobody_is_named(tmp_path: Path, owners: bool, shown: str) -> None:
    row = section(tmp_path, [replace(USUAL, owner="ada")], Matrix(owners=owners))["rows"][0]
    assert row["owner"] == shown


def test_roles_see_their_own_tasks_and_only_those_of_the_numbers_what_they_are_worth(tmp_path: Path) -> None:
    found = [
        replace(USUAL, impact=Decimal(90), source="orders:late"),
        replace(USUAL, id="2", source="backups/dump/old"),
        replace(USUAL, id="3"),
    ]
    packer = section(tmp_path, found, share=ROLES["warehouse"])
    assert [(row["id"], row["rank"], row["impact"]) for row in packer["rows"]] == [("1", 1, None), ("3", 3, None)]
    assert section(tmp_path, found)["rows"][0]["impact"] == Decimal(90)


def test_a_task_with_an_owner_is_for_that_one_alone(tmp_path: Path) -> None:
    found = [replace(USUAL, owner="ada"), replace(USUAL, id="2", owner="per"), replace(USUAL, id="3")]
    mine = replace(ROLES["staff"], who="per")
    assert [row["id"] for row in section(tmp_path, found, Matrix(owners=True), mine)["rows"]] == ["2", "3"]
    assert [row["id"] for row in section(tmp_path, found, Matrix(owners=True))["rows"]] == ["1", "2", "3"]


def test_a_task_that_stands_above_already_says_so(tmp_path: Path) -> None:
    finding = Finding("orders:late", Urgency.LOSES_MONEY, Text("late"))
    items = [Item(SeenFinding("orders", 1, NOW, NOW, 1, finding))]
    found = section(tmp_path, [replace(USUAL, source="orders:late"), replace(USUAL, id="2")], items=items)
    assert [row["above"] for row in found["rows"]] == [True, False]


def test_a_briefing_remembers_what_it_showed_for_its_day_and_nothing_later(tmp_path: Path) -> None:
    later = replace(USUAL, id="9", horizon=Horizon.LONG)
    assert listed(tmp_path, [later, *many(2)]) == ["1", "2"]
    assert listed(tmp_path, many(8)) == ["1", "2", "3", "4", "5"]
    assert listed(tmp_path, many(8), Matrix(capacity=1)) == ["1"]
