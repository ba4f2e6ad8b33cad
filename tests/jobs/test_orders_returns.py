"""What came back or was cancelled: who is told, until when, and that no money is made up or forgotten."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Context, Money, Task, Urgency
from daemon.render.say import Voice, say
from daemon.testing import NOW, FakeNight, make_context, names_in
from jobs.kinds import facts
from jobs.kinds.shop import Document, Line, Order, Return, Status
from jobs.orders.returns import Case, case_of, plain
from jobs.orders.settling import ReturnsOptions, owed, work

DECLARED = names_in(facts)
EUR = "EUR"
BACK = Line("A", "Tasse", -2, Money(Decimal("4.50"), EUR))
RETURN = Return("R1", NOW - timedelta(days=2), (BACK,), order="17", reason="handle broken", owed=Money(Decimal(9), EUR))
SOLD = replace(BACK, quantity=2)
CANCELLED = Order("18", NOW, (SOLD,), Status.CANCELLED, total=Money(Decimal("13.95"), EUR))
VOICE = Voice("en", "US", "Europe/Berlin", datetime(2026, 11, 2, tzinfo=UTC).date())


def worked(
    folder: Path, documents: Sequence[Document], night: FakeNight | None = None, listed: str = "known", **changes: Any
) -> Context:
    ctx = make_context(folder, DECLARED, night=night or FakeNight(), **changes)
    options = ReturnsOptions.model_validate({"listed": listed})
    work(ctx, "main", NOW, documents, options)
    return ctx


def told(ctx: Context) -> list[str]:
    parts = ((one.title, one.detail, one.next_step) for one in ctx.report.findings)
    return [" | ".join(say(text, VOICE) for text in found if text is not None) for found in parts]


def facts_of(ctx: Context, name: str) -> list[tuple[object, str]]:
    return [(fact.value, fact.unit) for fact in ctx.report.facts if fact.name == name]


def test_a_return_is_told_with_money_stock_and_reason(tmp_path: Path) -> None:
    ctx = worked(tmp_path, [RETURN])
    assert told(ctx) == [
        (
            "Return R1 of order 17 is not settled | €9.00 is to be paid back; 2 pieces to put back: 2 x Tasse; "
            "reason: handle broken | Pay it back in the shop, put the goods into stock, then close this task"
        )
    ]
    (finding,) = ctx.report.findings
    assert (finding.since, finding.due, finding.stake) == (
        RETURN.placed,
        RETURN.placed + timedelta(days=14),
        Decimal(9),
    )
    assert facts_of(ctx, "returns.open") == [(Decimal(1), "count")]
    assert facts_of(ctx, "returns.owed") == [(Decimal(9), EUR)]


def test_money_that_the_shop_does_not_tell_is_not_available_and_not_nothing(tmp_path: Path) -> None:
    ctx = worked(tmp_path, [CANCELLED], listed="all")
    assert "worth €13.95, what is owed is not available; nothing to put back; no reason is known" in told(ctx)[0]
    assert facts_of(ctx, "returns.owed") == []
    assert facts_of(ctx, "returns.unknown") == [(Decimal(1), "count")]


def test_a_silent_shop_lists_nothing_unless_the_owner_wants_all(tmp_path: Path) -> None:
    silent = replace(RETURN, reason="", owed=None)
    counts = [len(worked(tmp_path, [silent, CANCELLED], listed=listed).report.findings) for listed in ("known", "all")]
    assert counts == [0, 2]
    assert worked(tmp_path, [RETURN], listed="none").report.facts == []


def test_a_case_stays_listed_in_the_nights_after_and_is_taken_up_once(tmp_path: Path) -> None:
    night = FakeNight()
    night.accept(worked(tmp_path, [RETURN], night))
    night.open_tasks = [Task("1", "it", NOW, source="orders:return:R1")]
    again = worked(tmp_path, [RETURN], night)
    night.accept(again)
    later = worked(tmp_path, [], night)
    assert [finding.key for finding in later.report.findings] == ["orders:return:R1"]
    assert [item.state for item in night.items.values()] == ["open"]


def test_whoever_closes_the_task_settles_the_case_for_good(tmp_path: Path) -> None:
    night = FakeNight()
    night.accept(worked(tmp_path, [RETURN], night))
    night.accept(worked(tmp_path, [], night))
    assert [item.state for item in night.items.values()] == ["settled"]
    assert worked(tmp_path, [RETURN], night).report.findings == []


def test_a_run_that_died_before_it_told_a_case_is_followed_by_one_that_does(tmp_path: Path) -> None:
    night = FakeNight()
    worked(tmp_path, [RETURN], night)
    assert len(worked(tmp_path, [], night).report.findings) == 1


def test_a_cancelled_order_is_settled_once_the_shop_says_that_nothing_is_owed(tmp_path: Path) -> None:
    night = FakeNight()
    night.accept(worked(tmp_path, [replace(CANCELLED, owed=Money(Decimal(5), EUR))], night))
    night.open_tasks = [Task("1", "it", NOW, source="orders:return:18")]
    ctx = worked(tmp_path, [replace(CANCELLED, owed=Money(Decimal(0), EUR))], night)
    assert ctx.report.findings == []
    assert [item.state for item in night.items.values()] == ["settled"]


def test_money_paid_back_leaves_the_goods_to_be_put_back(tmp_path: Path) -> None:
    ctx = worked(tmp_path, [replace(RETURN, owed=Money(Decimal(0), EUR))])
    assert "nothing is owed; 2 pieces to put back" in told(ctx)[0]


def test_a_dry_run_moves_nothing_and_shows_the_same(tmp_path: Path) -> None:
    night = FakeNight()
    assert len(worked(tmp_path, [RETURN], night, dry=True).report.findings) == 1
    assert night.items == {}


@pytest.mark.parametrize(("age", "urgency"), [(12, Urgency.STAYS_BROKEN), (13, Urgency.DUE_TODAY)])
def test_money_that_is_due_tomorrow_is_due_today(tmp_path: Path, age: int, urgency: Urgency) -> None:
    ctx = worked(tmp_path, [replace(RETURN, placed=NOW - timedelta(days=age))])
    assert ctx.report.findings[0].urgency is urgency


def test_the_oldest_are_told_one_by_one_and_the_rest_is_counted(tmp_path: Path) -> None:
    many = [replace(RETURN, number=f"R{n}", placed=NOW - timedelta(hours=n)) for n in range(33)]
    ctx = worked(tmp_path, many)
    assert ctx.report.findings[0].key == "orders:return:R32"
    assert told(ctx)[-1] == "3 more returns or cancelled orders are not settled"
    assert facts_of(ctx, "returns.open") == [(Decimal(33), "count")]


def test_currencies_are_never_added() -> None:
    kronor = replace(RETURN, owed=Money(Decimal("10.10"), "SEK"))
    cases = [case for case in map(case_of, [RETURN, RETURN, kronor]) if case is not None]
    assert owed(cases) == {EUR: Decimal(18), "SEK": Decimal("10.10")}


MONEY = st.decimals(-9999, 9999, places=2)


@given(st.lists(st.tuples(st.integers(1, 9), MONEY), min_size=1, max_size=9))
def test_what_a_return_is_worth_is_exact_and_every_piece_is_counted(lines: list[tuple[int, Decimal]]) -> None:
    back = tuple(Line("A", "T", -pieces, Money(price, EUR)) for pieces, price in lines)
    case = case_of(replace(RETURN, lines=back))
    assert case is not None
    assert case.worth == Money(sum((pieces * price for pieces, price in lines), Decimal(0)), EUR)
    assert case.count == sum(pieces for pieces, _ in lines)


def test_an_open_order_and_a_sale_are_no_case() -> None:
    assert case_of(replace(CANCELLED, status=Status.OPEN)) is None


@given(st.text())
def test_a_reason_from_outside_is_one_short_line_without_controls(text: str) -> None:
    line = plain(text)
    assert len(line) <= 160
    assert line.isprintable()


def test_a_reason_cannot_break_out_of_its_line() -> None:
    assert plain("late\r\nBcc: all@shop.test\x1b[2J\u202egnp.exe") == "late Bcc: all@shop.test[2Jgnp.exe"
    assert isinstance(case_of(replace(RETURN, reason="x" * 500)), Case)
