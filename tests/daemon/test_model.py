"""The words of nightclerk: money never mixes, values stay as they are, states know whether they are final."""

import dataclasses
from decimal import Decimal

import pytest

from daemon import model, records
from daemon.model import Money, Urgency
from daemon.records import State


def test_money_adds_and_multiplies_exactly() -> None:
    assert Money(Decimal("0.10"), "EUR") + Money(Decimal("0.20"), "EUR") == Money(Decimal("0.30"), "EUR")
    assert Money(Decimal("1.00"), "EUR") - Money(Decimal("0.01"), "EUR") == Money(Decimal("0.99"), "EUR")
    assert Money(Decimal("19.99"), "EUR") * 3 == Money(Decimal("59.97"), "EUR")


def test_two_currencies_never_mix() -> None:
    euro, krona = Money(Decimal(1), "EUR"), Money(Decimal(1), "SEK")
    with pytest.raises(ValueError, match="EUR and SEK can't be added"):
        euro + krona
    with pytest.raises(ValueError, match="can't be added"):
        euro - krona


def test_the_worst_class_comes_first() -> None:
    assert sorted(Urgency) == [
        Urgency.LOSES_MONEY, Urgency.DUE_TODAY, Urgency.STAYS_BROKEN, Urgency.NEEDS_APPROVAL
    ]  # fmt: skip


def test_only_what_waits_or_runs_has_not_ended() -> None:
    assert [state for state in State if not state.ended] == [State.PENDING, State.RUNNING]


@pytest.mark.parametrize("module", [model, records])
def test_every_word_is_a_frozen_value(module: object) -> None:
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and dataclasses.is_dataclass(kind)]
    assert len(kinds) > 5
    assert all(kind.__dataclass_params__.frozen for kind in kinds)  # type: ignore[attr-defined]
