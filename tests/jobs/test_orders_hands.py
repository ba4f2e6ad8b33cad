"""What people did on the line: whose steps, whose slips, and how long orders took until somebody sent them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from daemon.api import Fact, Hand, Transition, written
from daemon.testing import NOW, FakeNight, make_context, names_in
from daemon.workline import confirm, hold
from jobs.kinds import facts
from jobs.orders import hands
from jobs.orders.line import KIND, ORDERS_LINE

DECLARED = names_in(facts)
YESTERDAY = date(2026, 11, 19)
BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime.fromisoformat("2026-11-19T08:00+01:00")
Step = tuple[str, str, str, str]


def at(hours: float) -> str:
    return (MORNING + timedelta(hours=hours)).isoformat()


def night_with(*orders: Sequence[Step], card: dict[str, str] | None = None) -> FakeNight:
    night = FakeNight(now=NOW)
    for number, steps in enumerate(orders):
        data = {"history": [list(step) for step in steps], "card": written(card or {})}
        night.move([Transition(KIND, f"main/{number}", "", steps[-1][2], data)])
    return night


def reported(folder: Path, night: FakeNight, *days: date) -> list[Fact]:
    ctx = make_context(folder, DECLARED, night=night)
    hands.report(ctx, "main", days or [YESTERDAY])
    return ctx.report.facts


def test_steps_are_counted_by_person_and_state_and_those_of_runs_are_not(tmp_path: Path) -> None:
    one: list[Step] = [
        (at(0), "", "ready", ""),
        (at(1), "anna", "picked", "confirm"),
        (at(2), "bo", "packed", "confirm"),
    ]
    two: list[Step] = [(at(1), "anna", "picked", "confirm")]
    found = [fact for fact in reported(tmp_path, night_with(one, two)) if fact.name == "line.steps"]
    assert {(fact.dimensions["person"], fact.dimensions["state"]): fact.value for fact in found} == {
        ("anna", "picked"): 2,
        ("bo", "packed"): 1,
    }


def test_an_order_that_is_stopped_by_hand_is_the_slip_of_who_confirmed_last(tmp_path: Path) -> None:
    steps: list[Step] = [
        (at(1), "anna", "picked", "confirm"), (at(2), "bo", "packed", "confirm"), (at(3), "cy", "held", "hold"),
    ]  # fmt: skip
    found = [fact for fact in reported(tmp_path, night_with(steps)) if fact.name == "line.errors"]
    assert {fact.dimensions["person"]: fact.value for fact in found} == {"anna": 0, "bo": 1}


def test_what_the_commands_write_is_what_is_counted(tmp_path: Path) -> None:
    night = night_with([(at(0), "", "ready", "")])
    item = night.items[KIND, "main/0"]
    for hours, state in enumerate(("picked", "packed"), start=1):
        hand = Hand("anna", MORNING + timedelta(hours=hours), BERLIN)
        assert night.move([replace(confirm(ORDERS_LINE, item, hand, state), seen=None)]) == [True]
        item = night.items[KIND, "main/0"]
    night.move([replace(hold(ORDERS_LINE, item, Hand("bo", MORNING + timedelta(hours=3), BERLIN), "torn"), seen=None)])
    found = reported(tmp_path, night)
    assert [(fact.name, fact.value) for fact in found] == [
        ("line.steps", Decimal(1)), ("line.steps", Decimal(1)), ("line.errors", Decimal(1)),
    ]  # fmt: skip


def test_time_to_ship_is_the_median_and_late_ones_are_counted(tmp_path: Path) -> None:
    card = {"placed": at(-10), "ship by": at(3)}
    sent: list[list[Step]] = [[(at(hours), "bo", "shipped", "confirm")] for hours in (1, 2, 4)]
    found = {fact.name: fact.value for fact in reported(tmp_path, night_with(*sent, card=card))}
    assert found["line.shipping"] == Decimal(12 * 3600)
    assert found["line.late"] == 1


def test_a_day_on_which_nobody_confirmed_anything_has_no_figures(tmp_path: Path) -> None:
    by_a_run: list[Step] = [(at(1), "", "shipped", "")]
    the_day_before: list[Step] = [(at(-9), "anna", "picked", "confirm")]
    assert reported(tmp_path, night_with(by_a_run, the_day_before)) == []
    assert reported(tmp_path, FakeNight()) == []


def test_each_missed_day_gets_its_own_figures_and_another_shops_orders_none(tmp_path: Path) -> None:
    steps: list[Step] = [(at(-20), "anna", "picked", "confirm"), (at(1), "anna", "packed", "confirm")]
    night = night_with(steps)
    night.move([Transition(KIND, "other/1", "", "packed", {"history": [list(step) for step in steps]})])
    found = reported(tmp_path, night, YESTERDAY - timedelta(days=1), YESTERDAY)
    assert [(fact.day, fact.value) for fact in found if fact.name == "line.steps"] == [
        (YESTERDAY - timedelta(days=1), Decimal(1)),
        (YESTERDAY, Decimal(1)),
    ]
