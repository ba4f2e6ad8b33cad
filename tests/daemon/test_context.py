"""What a run reports and how it changes the world: claimed first, made once, and never repeated in the dark."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.context import SOURCE_RECORDS, Context, Kind
from daemon.errors import NightclerkError, OutsideError, UncertainError
from daemon.model import Document, FactName, Finding, Person, Text, Urgency
from daemon.records import EffectState
from daemon.testing import FakeNight, make_context

KEY, WHAT = "note:17", "the note on order 17"


class Outside:
    """An outside system that counts what is done to it."""

    def __init__(self, *failures: Exception) -> None:
        self.made = 0
        self._failures = list(failures)

    def make(self) -> str:
        if self._failures:
            raise self._failures.pop(0)
        self.made += 1
        return f"note {self.made}"

    def find(self) -> str | None:
        return f"note {self.made}" if self.made else None


@pytest.fixture
def night() -> FakeNight:
    return FakeNight()


@pytest.fixture
def ctx(tmp_path: Path, night: FakeNight) -> Context:
    return make_context(tmp_path, night=night)


def test_an_effect_is_made_once_and_its_answer_remembered(ctx: Context, night: FakeNight) -> None:
    outside = Outside()
    assert [ctx.effect(KEY, WHAT, outside.make) for _ in range(3)] == ["note 1"] * 3
    assert outside.made == 1
    assert night.effects[KEY].state is EffectState.CONFIRMED


def test_the_claim_is_kept_before_anything_is_made(ctx: Context, night: FakeNight) -> None:
    def make() -> str:
        assert night.effects[KEY].state is EffectState.CLAIMED
        return "made"

    assert ctx.effect(KEY, WHAT, make) == "made"


def test_after_a_crash_in_between_the_outside_is_asked(ctx: Context, night: FakeNight) -> None:
    outside = Outside()
    night.claim(KEY, WHAT)
    outside.make()
    assert ctx.effect(KEY, WHAT, outside.make, outside.find) == "note 1"
    assert outside.made == 1
    assert night.effects[KEY].answer == "note 1"


def test_where_the_outside_knows_nothing_of_it_it_is_made(ctx: Context, night: FakeNight) -> None:
    outside = Outside()
    night.claim(KEY, WHAT)
    assert ctx.effect(KEY, WHAT, outside.make, outside.find) == "note 1"
    assert outside.made == 1


def test_where_nobody_can_be_asked_a_person_must_look(ctx: Context, night: FakeNight) -> None:
    outside = Outside()
    night.claim(KEY, WHAT)
    for _ in range(2):
        with pytest.raises(UncertainError, match="the note on order 17 may have been begun earlier"):
            ctx.effect(KEY, WHAT, outside.make)
    assert outside.made == 0
    assert night.effects[KEY].state is EffectState.UNCERTAIN


@pytest.mark.parametrize(
    "error", [OutsideError("refused", nothing_done=True), OutsideError("400: no such order", permanent=True)]
)
def test_an_effect_that_certainly_did_not_happen_may_be_made_later(
    ctx: Context, night: FakeNight, error: OutsideError
) -> None:
    outside = Outside(error)
    with pytest.raises(OutsideError):
        ctx.effect(KEY, WHAT, outside.make)
    assert KEY not in night.effects
    assert ctx.effect(KEY, WHAT, outside.make) == "note 1"


@pytest.mark.parametrize("error", [OutsideError("timed out after sending"), ValueError("the answer is no JSON")])
def test_an_effect_that_may_have_happened_keeps_its_claim(ctx: Context, night: FakeNight, error: Exception) -> None:
    with pytest.raises(type(error)):
        ctx.effect(KEY, WHAT, Outside(error).make)
    assert night.effects[KEY].state is EffectState.CLAIMED


def test_an_effect_whose_maker_cannot_say_is_uncertain_and_not_given_back(ctx: Context, night: FakeNight) -> None:
    outside = Outside(UncertainError("the connection broke after the post was sent"))
    with pytest.raises(UncertainError):
        ctx.effect(KEY, WHAT, outside.make)
    assert night.effects[KEY].state is EffectState.UNCERTAIN
    with pytest.raises(UncertainError):
        ctx.effect(KEY, WHAT, outside.make)
    assert outside.made == 0


def test_what_is_uncertain_never_counts_as_certainly_not_done() -> None:
    error = UncertainError("the connection broke after the post was sent")
    assert error.permanent
    assert not error.nothing_done


@pytest.mark.parametrize("how", [{"dry": True}, {"rehearsal": True}])
def test_a_rehearsal_makes_nothing_and_claims_nothing(tmp_path: Path, night: FakeNight, how: dict[str, Any]) -> None:
    outside = Outside()
    assert make_context(tmp_path, night=night, **how).effect(KEY, WHAT, outside.make) == "dry run"
    assert (outside.made, night.effects) == (0, {})


def test_a_days_start_and_name_are_the_shops(tmp_path: Path) -> None:
    late = make_context(tmp_path, now=datetime(2026, 3, 28, 23, 30, tzinfo=UTC))
    assert late.today == date(2026, 3, 29)
    assert late.start_of(late.today) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert late.start_of(date(2026, 3, 30)) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_an_undeclared_fact_is_refused(ctx: Context) -> None:
    with pytest.raises(ValueError, match=r"the fact lamps\.sold is not declared"):
        ctx.fact(FactName("lamps.sold", "count", "lamps"), ctx.today, 3, as_of=ctx.now, source="csv")
    assert ctx.report.facts == []


def test_a_fact_carries_its_declared_unit_or_the_currency(tmp_path: Path) -> None:
    ctx = make_context(tmp_path, declared=frozenset({SOURCE_RECORDS.name}))
    ctx.fact(SOURCE_RECORDS, ctx.today, 3, as_of=ctx.now, source="csv")
    ctx.fact(SOURCE_RECORDS, ctx.today, Decimal("1.50"), as_of=ctx.now, source="csv", unit="EUR", dimensions={"a": "b"})
    first, second = ctx.report.facts
    assert (first.value, first.unit, first.dimensions) == (Decimal(3), "count", {})
    assert (second.value, second.unit, second.dimensions) == (Decimal("1.50"), "EUR", {"a": "b"})


def test_a_job_without_its_connection_says_what_to_add(tmp_path: Path) -> None:
    shop, printer = Kind[str]("shop"), Kind[str]("printer")
    ctx = make_context(tmp_path, opened={"shop": {"one": "first", "two": "second"}})
    assert ctx.connections(shop) == {"one": "first", "two": "second"}
    assert ctx.connection(shop) == "first"
    with pytest.raises(NightclerkError, match="has no connection of the kind printer: add one"):
        ctx.connection(printer)


def test_everything_reported_is_handed_over(ctx: Context) -> None:
    people = [Person("ada", "ada@shop.test"), Person("bob", "bob@shop.test")]
    steps: list[Callable[[], None]] = [
        lambda: ctx.find(Finding("late", Urgency.DUE_TODAY, Text("late"))),
        lambda: ctx.checked(Text("all fine")),
        lambda: ctx.mark("orders", "17"),
        lambda: ctx.mail(people, Document("briefing", {})),
    ]
    for step in steps:
        step()
    report = ctx.report
    assert [len(report.findings), len(report.checked), report.watermarks] == [1, 1, {"orders": "17"}]
    assert [(mail.to.name, mail.day) for mail in report.mails] == [("ada", ctx.today), ("bob", ctx.today)]
