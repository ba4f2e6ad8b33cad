"""An amount is shared to the last cent, whatever the currency and whatever the weights."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Money
from jobs.orders.allocation import allocate, places

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
AMOUNTS = st.decimals(-(10**9), 10**9, places=4)
WEIGHTS = st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=30)


@given(AMOUNTS, CURRENCIES, WEIGHTS)
def test_the_shares_add_up_and_nobody_is_a_unit_off(amount: Decimal, currency: str, weights: list[Decimal]) -> None:
    total = Money(amount, currency)
    shares = allocate(total, weights)
    assert sum((share.amount for share in shares), Decimal(0)) == amount
    whole = sum(weights)
    if whole:
        off = [abs(share.amount - amount * weight / whole) for share, weight in zip(shares, weights, strict=True)]
        assert max(off) <= Decimal("1.000001") * Decimal(10) ** -places(currency)
        assert all(not share.amount for share, weight in zip(shares, weights, strict=True) if not weight)


@given(st.integers(-(10**6), 10**6), WEIGHTS)
def test_whole_cents_are_shared_in_whole_cents(cents: int, weights: list[Decimal]) -> None:
    shares = allocate(Money(Decimal(cents) / 100, "EUR"), weights)
    assert all(share.amount * 100 % 1 == 0 for share in shares)


@pytest.mark.parametrize(
    ("amount", "currency", "weights", "shares"),
    [
        ("10.00", "EUR", (1, 1, 1), ("3.34", "3.33", "3.33")),
        ("100", "JPY", (1, 1, 1), ("34", "33", "33")),
        ("1.000", "KWD", (1, 2), ("0.333", "0.667")),
        ("-0.05", "EUR", (1, 1), ("-0.03", "-0.02")),
        ("0.10", "EUR", (0, 0, 0), ("0.04", "0.03", "0.03")),
        ("4.90", "EUR", (1999, 1, 0), ("4.90", "0.00", "0.00")),
        ("0.005", "EUR", (1, 1), ("0.003", "0.002")),
    ],
)
def test_worked_examples(amount: str, currency: str, weights: tuple[int, ...], shares: tuple[str, ...]) -> None:
    found = allocate(Money(Decimal(amount), currency), weights)
    assert found == tuple(Money(Decimal(share), currency) for share in shares)


@pytest.mark.parametrize("weights", [(), (1, -1)])
def test_an_amount_is_not_shared_among_nobody_or_less_than_nobody(weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one or more weights"):
        allocate(Money(Decimal(1), "EUR"), weights)
