"""New and returning customers: told apart rightly, and without keeping who they are."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from daemon.api import Context, Money
from daemon.testing import NOW, FakeNight, make_context, names_in
from jobs.kinds import facts
from jobs.kinds.shop import Line, Order, Status
from jobs.orders.customers import KEY_FILE, told_apart
from jobs.orders.figures import total

DECLARED = names_in(facts)
FIRST = date(2026, 11, 1)
SECOND, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=2)


def ctx_on(folder: Path, night: FakeNight, *, dry: bool = False) -> Context:
    return make_context(folder, DECLARED, night=night, dry=dry)


def counted(folder: Path, night: FakeNight, buyers: dict[date, set[str]]) -> dict[date, int]:
    ctx = ctx_on(folder, night)
    told = told_apart(ctx, "main", buyers)
    night.accept(ctx)
    return dict(told.new)


def test_a_customer_is_new_on_the_first_day_only(tmp_path: Path) -> None:
    night = FakeNight()
    assert counted(tmp_path, night, {FIRST: {"ada", "bo"}, SECOND: {"ada", "cy"}}) == {FIRST: 2, SECOND: 1}
    assert counted(tmp_path, night, {THIRD: {"bo", "cy", "dee"}}) == {THIRD: 1}


def test_a_day_counted_again_says_the_same(tmp_path: Path) -> None:
    night = FakeNight()
    counted(tmp_path, night, {FIRST: {"ada"}})
    assert counted(tmp_path, night, {SECOND: {"ada", "bo"}}) == {SECOND: 1}
    assert counted(tmp_path, night, {SECOND: {"ada", "bo"}}) == {SECOND: 1}


def test_an_earlier_day_that_comes_late_moves_the_first_day(tmp_path: Path) -> None:
    night = FakeNight()
    counted(tmp_path, night, {FIRST: {"ada"}, THIRD: {"bo"}})
    assert counted(tmp_path, night, {SECOND: {"bo"}}) == {SECOND: 1}
    assert counted(tmp_path, night, {THIRD: {"bo"}}) == {THIRD: 0}


def test_history_begins_on_the_first_day_ever_counted(tmp_path: Path) -> None:
    night = FakeNight()
    counted(tmp_path, night, {SECOND: {"ada"}})
    assert told_apart(ctx_on(tmp_path, night), "main", {THIRD: {"bo"}}).since == SECOND


def test_nothing_that_is_kept_says_who_somebody_is(tmp_path: Path) -> None:
    night = FakeNight()
    counted(tmp_path, night, {FIRST: {"ada@shop.test"}})
    assert "ada" not in str(night.items) + str(night.marks)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o077 == 0
    other = FakeNight()
    counted(tmp_path / "another shop", other, {FIRST: {"ada@shop.test"}})
    assert not set(night.items) & set(other.items)


def test_where_the_key_is_lost_history_begins_anew(tmp_path: Path) -> None:
    night = FakeNight()
    counted(tmp_path, night, {FIRST: {"ada"}})
    (tmp_path / KEY_FILE).unlink()
    told = told_apart(ctx_on(tmp_path, night), "main", {THIRD: {"ada"}})
    assert (told.since, dict(told.new)) == (THIRD, {THIRD: 1})


def test_a_dry_run_remembers_nobody(tmp_path: Path) -> None:
    night = FakeNight()
    assert dict(told_apart(ctx_on(tmp_path, night, dry=True), "main", {FIRST: {"ada"}}).new) == {FIRST: 1}
    assert not night.items
    assert list(tmp_path.iterdir()) == []


def test_without_a_day_nothing_begins(tmp_path: Path) -> None:
    ctx = ctx_on(tmp_path, FakeNight())
    told_apart(ctx, "main", {})
    assert not ctx.report.watermarks


LINE = Line("A", "Tasse", 2, Money(Decimal("4.50"), "EUR"))


def order(number: str, customer: str, **changes: Any) -> Order:
    return replace(Order(number, NOW, (LINE,), Status.SHIPPED, customer=customer), **changes)


def test_orders_without_a_customer_are_counted_as_guests_and_cancelled_ones_as_nobody() -> None:
    sold = [order("1", "ada"), order("2", "ada"), order("3", ""), order("4", "bo", status=Status.CANCELLED)]
    figures = total([*sold, order("5", "cy", lines=(replace(LINE, quantity=0),))], "EUR")
    assert figures.buyers == {"ada"}
    assert figures.guests == {"3"}
