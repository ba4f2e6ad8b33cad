"""Work items are moved alike by the ledger and by the fake that jobs are tested with, and found as the desk needs them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.errors import LedgerError
from daemon.ledger import Ledger, open_ledger
from daemon.model import Transition
from daemon.night import Night
from daemon.testing import FakeNight
from tests.daemon.asking import ask, started

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(tmp_path, "mine", ZoneInfo("Europe/Berlin"), NOW, "1.0")
    yield made
    made.close()


@pytest.fixture(params=["ledger", "fake"])
def night(request: pytest.FixtureRequest, ledger: Ledger) -> Night:
    return FakeNight(now=NOW) if request.param == "fake" else ask(ledger, started(ledger, NOW))


def test_an_item_keeps_its_owner_until_a_step_names_another(night: Night) -> None:
    night.move([Transition("order", "1", "", "new", owner="ada", lease_until=NOW)])
    night.move([Transition("order", "1", "new", "packed")])
    assert [(one.owner, one.lease_until) for one in night.work_items("order", [], [])] == [("ada", NOW)]
    night.move([Transition("order", "1", "packed", "packed", owner="")])
    assert [(one.owner, one.lease_until) for one in night.work_items("order", [], [])] == [("", None)]


def test_an_item_that_was_changed_since_it_was_read_stays_as_it_is(night: Night) -> None:
    night.move([Transition("order", "1", "", "new", {"n": 1})])
    stale = Transition("order", "1", "new", "new", {"n": 2}, seen=NOW - DAY)
    assert night.move([stale, replace(stale, seen=NOW)]) == [False, True]
    assert night.work_items("order", [], [])[0].data == {"n": 2}


def test_steps_that_go_along_with_each_other_are_all_made_or_none(night: Night) -> None:
    night.move([Transition("order", name, "", "new") for name in "123"])
    one, other = (Transition("order", name, "new", "packed", along="parcel") for name in "12")
    alone = Transition("order", "3", "new", "packed")
    assert night.move([one, replace(other, before="held"), alone]) == [False, False, True]
    assert [item.state for item in night.work_items("order", [], [])] == ["new", "new", "packed"]
    assert night.move([one, other]) == [True, True]


def test_several_steps_of_one_item_are_made_in_the_order_given(night: Night) -> None:
    steps = [
        Transition("order", "1", "", "a"),
        Transition("order", "1", "a", "b"),
        Transition("order", "1", "a", "c"),
    ]
    assert night.move(steps) == [True, True, False]
    assert night.work_items("order", [], [])[0].state == "b"


def test_many_work_items_are_read_in_pages(night: Night) -> None:
    night.move([Transition("order", str(n), "", "new" if n % 2 else "old") for n in range(1, 8)])
    pages = [night.work_items("order", ["new"], [], after, 2) for after in ("", "3", "7")]
    assert [[one.id for one in page] for page in pages] == [["1", "3"], ["5", "7"], []]


def test_a_run_sends_nobody_away(night: Night) -> None:
    with pytest.raises(LedgerError, match="a run sends nobody away"):
        night.move([Transition("absence", "ada", "", "away")])


def test_the_desk_finds_what_is_somebodys_what_is_alike_and_how_many_there_are(ledger: Ledger) -> None:
    items = ledger.items
    made = [
        Transition(
            "order", str(n), "", "new" if n < 3 else "old", {"who": f"x{n % 2}", "n": n}, owner="ada" if n > 2 else ""
        )
        for n in range(1, 5)
    ]
    items.move([*made, Transition("parcel", "9", "", "new", {"who": "x1"}, owner="ada")], NOW)
    assert [one.id for one in items.owned("order", "ada")] == ["3", "4"]
    assert {one.id for one in items.alike("order", "who", "x1")} == {"1", "3"}
    assert items.alike("order", "who", 'x%"_') == []
    assert items.counts("order") == {"new": 2, "old": 2}
