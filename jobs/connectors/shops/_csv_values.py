"""The cells of an export as exact values: numbers and moments, refused rather than guessed.

Every function raises UnreadableCellError with one of the messages below, which name `{value}` and `{column}`.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from daemon.api import Text

NO_NUMBER = Text("{value} in the column {column} is not a number")
TWO_READINGS = Text("{value} in the column {column} can be read in two ways: set decimal to comma or point")
NO_PIECES = Text("{value} in the column {column} is not a whole number of pieces")
NO_DATE = Text("{value} in the column {column} is not a date: set date_format if it is not written as 2026-01-31 18:05")
LONGEST_CELL = 300
"""Characters kept of a free text; a longer title helps nobody."""
LARGEST_QUANTITY = 10**9
_PLAIN = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d[\d.,]{0,25}")
_MARK = re.compile(r"[.,]")
_SPACES = str.maketrans("", "", " \u00a0\u202f'")
_THOUSANDS = 3
_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")


class UnreadableCellError(ValueError):
    """A cell that is not what its column holds; `reason` is a message still without its values."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.id)
        self.reason = reason


class DecimalSign(StrEnum):
    """Which sign stands before the decimals; `auto` refuses what both readings would allow, such as 1,234."""

    AUTO = "auto"
    POINT = "point"
    COMMA = "comma"


_SIGNS = {DecimalSign.POINT: ".", DecimalSign.COMMA: ","}


def clean(cell: str) -> str:
    """Return a cell's text without control characters and of bounded length."""
    text = cell.strip()[:LONGEST_CELL]
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _decimal_sign(text: str) -> str:
    """Return the sign before the decimals: the last of two, and one that stands twice marks thousands."""
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:
        return "." if point > comma else ","
    sign, other = (".", ",") if point >= 0 else (",", ".")
    if text.count(sign) > 1:
        return other
    if sign == "," and len(text) - comma - 1 == _THOUSANDS:
        raise UnreadableCellError(TWO_READINGS)
    return sign


@lru_cache(maxsize=4096)
def number(cell: str, sign: DecimalSign) -> Decimal:
    """Return the exact number that a cell holds, thousands marks allowed; anything else is an UnreadableCellError."""
    text = cell.strip()
    if sign is not DecimalSign.COMMA and _PLAIN.fullmatch(text):
        return Decimal(text)
    text = text.translate(_SPACES)
    if not text.isascii() or not _NUMBER.fullmatch(text):
        raise UnreadableCellError(NO_NUMBER)
    whole, _, decimals = text.partition(_SIGNS.get(sign) or _decimal_sign(text))
    decimals = decimals or "0"
    if not decimals.isdigit():
        raise UnreadableCellError(NO_NUMBER)
    minus = "-" * whole.startswith("-")
    return Decimal(f"{minus}{_ungrouped(whole.lstrip('+-'))}.{decimals}")


def _ungrouped(whole: str) -> str:
    """Return the digits before the decimals without their marks, which must leave groups of three."""
    first, *groups = _MARK.split(whole)
    if any(len(group) != _THOUSANDS for group in groups):
        raise UnreadableCellError(NO_NUMBER)
    return "".join((first, *groups))


def quantity(cell: str, sign: DecimalSign) -> int:
    """Return the whole number of pieces that a cell holds (6 or 6.0); parts of a piece are an UnreadableCellError."""
    value = number(cell, sign)
    if value != value.to_integral_value() or abs(value) > LARGEST_QUANTITY:
        raise UnreadableCellError(NO_PIECES)
    return int(value)


def moment_reader(zone: ZoneInfo, date_format: str) -> Callable[[str], datetime]:
    """Return a function from a cell to UTC: ISO 8601 or `date_format` (strptime); without an offset it is `zone`'s.

    A local time that a clock change repeats is the first of the two.
    """

    @lru_cache(maxsize=4096)
    def _read(cell: str) -> datetime:
        text = cell.strip()
        try:
            moment = datetime.strptime(text, date_format) if date_format else _iso(text)  # noqa: DTZ007 - zone is set below
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise UnreadableCellError(NO_DATE) from error

    return _read


def _iso(text: str) -> datetime:
    if " " not in text:
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(_OFFSET.sub("", text.removesuffix(" UTC") + "+00:00" * text.endswith(" UTC")))
