"""The weights of shops in grams (pure): rounded up, so that none is declared too light and none becomes nothing."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal, InvalidOperation

GRAMS: Mapping[str, Decimal] = {
    "g": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lbs": Decimal("453.59237"),
}  # fmt: skip
"""What one of a unit weighs; ounce and pound by the international agreement of 1959."""
_LARGEST = Decimal(10) ** 9


def grams(value: object, unit: str) -> int | None:
    """Return a weight in whole grams; None for what is no weight above zero, or of a unit nobody named."""
    factor = GRAMS.get(unit)
    try:
        weight = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if factor is None or not weight.is_finite() or not 0 < weight < _LARGEST:
        return None
    return int((weight * factor).to_integral_value(ROUND_CEILING))
