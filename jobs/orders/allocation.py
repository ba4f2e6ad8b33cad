"""Sharing an amount out to the last cent, so that the shares always add up to what was shared.

The largest-remainder (Hamilton) method in whole minor units: everybody gets their share rounded down, and the units
that are left go to the largest remainders, among equal ones to the first.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from daemon.api import Money

_WHOLE = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
)  # fmt: skip
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_PLACES: Mapping[str, int] = {
    **dict.fromkeys(_WHOLE, 0), **dict.fromkeys(_THOUSANDTHS, 3), "CLF": 4, "UYW": 4
}  # fmt: skip
"""Decimals of the currencies that do not have two (ISO 4217, list one, column "minor unit")."""
_USUAL_PLACES = 2


def places(currency: str) -> int:
    """Return how many decimals an amount of this currency has (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD."""
    return _PLACES.get(currency, _USUAL_PLACES)


def allocate(total: Money, weights: Sequence[Decimal | int]) -> tuple[Money, ...]:
    """Return one share of `total` for each weight, in their order; the sum of the shares is `total`.

    Without any weight above zero all share alike. An amount with more decimals than its currency has is shared in its
    own, so that it is kept as well. Raise ValueError where there is nobody to share or a weight is below zero.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("an amount is shared among one or more weights of zero and above")
    exponent = total.amount.as_tuple().exponent
    scale = max(places(total.currency), -exponent if isinstance(exponent, int) else 0)
    units = int(Fraction(total.amount) * 10**scale)
    sign = -1 if units < 0 else 1
    shares = _shared(abs(units), [Fraction(weight) for weight in weights])
    return tuple(Money(Decimal(sign * share).scaleb(-scale), total.currency) for share in shares)


def _shared(units: int, weights: Sequence[Fraction]) -> list[int]:
    whole = sum(weights)
    if not whole:
        return _shared(units, [Fraction(1)] * len(weights))
    exact = [units * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda place: shares[place] - exact[place])
    for place in by_remainder[: units - sum(shares)]:
        shares[place] += 1
    return shares
