"""Whether a number is unusual beside others of its kind: robust, so that one wild day hides neither itself nor others.

The modified z-score of Iglewicz and Hoaglin (How to Detect and Handle Outliers, ASQC 1993) stands on the median and
the median absolute deviation (MAD): z = 0.6745 (x - median) / MAD. Where more than half of the past is one value the
MAD is 0 and the mean absolute deviation about the median takes its place: z = (x - median) / (1.253314 MeanAD).
Both factors make z that of a normal distribution. Their bound of 3.5 is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

ENOUGH = 4
"""Fewer past values say nothing about what is usual."""
BOUND = Decimal("3.5")
_MAD_FACTOR = Decimal("0.6745")
_MEAN_FACTOR = Decimal("1.253314")
_MATERIAL = Decimal("1.5")
"""The median half as much again, or that much below it: less is nothing to act on, however even the past was."""


@dataclass(frozen=True)
class Unusual:
    """A number outside what is usual: on which side, and the range and count of the past it was held against."""

    high: bool
    low_end: Decimal
    high_end: Decimal
    n: int


def median(values: Sequence[Decimal]) -> Decimal:
    """Return the middle of some values, or the mean of the two in the middle; there must be one at least.

    The standard library's would load a megabyte into every process for this.
    """
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def robust_z(value: Decimal, past: Sequence[Decimal]) -> Decimal:
    """Return the modified z-score of `value` against a past that is not empty; infinite beside equal values."""
    middle = median(past)
    distances = [abs(one - middle) for one in past]
    scale = median(distances) / _MAD_FACTOR or _MEAN_FACTOR * sum(distances, Decimal(0)) / len(distances)
    if scale:
        return (value - middle) / scale
    return Decimal(0) if value == middle else Decimal("Infinity").copy_sign(value - middle)


def unusual(value: Decimal, past: Sequence[Decimal], least: Decimal = Decimal(0)) -> Unusual | None:
    """Return how `value` is unusual, or None where it is not or where the past is too short to tell.

    It must pass the bound, lie outside all of the past, and be off the median by half and by `least` (in its unit).
    """
    if len(past) < ENOUGH:
        return None
    low, high, middle = min(past), max(past), median(past)
    material = max(value, middle) >= _MATERIAL * min(value, middle) and abs(value - middle) >= least
    if low <= value <= high or not material:
        return None
    return Unusual(value > high, low, high, len(past)) if abs(robust_z(value, past)) >= BOUND else None
