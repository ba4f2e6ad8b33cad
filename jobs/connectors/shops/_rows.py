"""Single values of the shops' answers, each checked on its own (pure): what is odd is told, never guessed.

Amounts stay within bounds in which sums are exact, and are shared among a line's pieces to the cent.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from daemon.api import Text

Row = dict[str, Any]
LARGEST, FINEST, MOST_PIECES = Decimal(10) ** 12, -9, 10**6
"""Within these, sums are exact in the 28 digits that Decimal reckons with."""
LONGEST = 40
"""Characters that are shown of a value that can't be read."""
_AMOUNTS = 1024
"""Amounts that are remembered: most lines of a shop cost one of a few prices, and reading one is dear."""
_CURRENCY = re.compile("[A-Z]{3}")
_CENT, _DECIMALS = Decimal("0.01"), -2
"""The smallest coin and its exponent; amounts with more decimals are shared more finely."""


class BadRowError(Exception):
    """A row can't be read; `reason` says why in one sentence."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.id)
        self.reason = reason


def moment(text: object) -> datetime:
    """Return a moment that is UTC where it names no zone; ValueError where it is none."""
    if not isinstance(text, str):
        raise ValueError("no moment")  # noqa: TRY004 - bad data, not a bad call
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def moment_in(row: Row, name: str) -> datetime:
    """Return the moment in a row's field. Raise BadRowError."""
    try:
        return moment(row.get(name))
    except ValueError as error:
        shown = str(row.get(name))[:LONGEST]
        raise BadRowError(Text("{value} in {column} is not a moment", {"value": shown, "column": name})) from error


def bound(when: datetime) -> str:
    """Return a moment in the one form of kept rows, which can be compared as text: UTC, whole seconds, no zone."""
    return when.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()


def currency(value: object) -> str:
    """Return a currency's code. Raise BadRowError."""
    code = str(value or "").upper()
    if not _CURRENCY.fullmatch(code):
        raise BadRowError(Text("{value} is not a currency", {"value": code[:LONGEST]}))
    return code


def exact(value: object) -> Decimal:
    """Return an amount. Raise BadRowError where it is null or none."""
    read = _amount(value if isinstance(value, str) else str(value))
    if read is None:
        raise BadRowError(Text("{value} is not an amount", {"value": str(value)[:LONGEST]}))
    return read


@lru_cache(_AMOUNTS)
def _amount(text: str) -> Decimal | None:
    try:
        read = Decimal(text)
    except InvalidOperation:
        return None
    within = read.is_finite() and abs(read) < LARGEST and int(read.as_tuple().exponent) >= FINEST
    return read if within else None


def pieces(value: object) -> int:
    """Return a number of pieces. Raise BadRowError."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_PIECES:
        raise uncountable(value)
    return value


def uncountable(value: object) -> BadRowError:
    """Return the error of what is no number of pieces."""
    return BadRowError(Text("{value} pieces of one thing can't be counted", {"value": str(value)[:LONGEST]}))


def customer(email: object, number: object) -> str:
    """Return an opaque key of a customer: of the mail address, which guests have too, else of the account."""
    known = str(email or "").strip().lower() or (f"account {number}" if number else "")
    return blake2b(known.encode("utf-8", "replace"), digest_size=8).hexdigest() if known else ""


def shared(count: int, total: Decimal) -> Iterator[tuple[int, Decimal]]:
    """Yield pieces and unit price so that both sums are exact: one pair, or two that differ by the smallest step.

    A refund's pieces and total are both negative; money without pieces (part of a price given back) is minus one piece.
    """
    if not count:
        yield from [(-1, -total)] if total else []
        return
    finest = int(total.as_tuple().exponent)
    step = _CENT if finest >= _DECIMALS else Decimal(1).scaleb(finest)
    if count == 1:
        yield (1, total.quantize(step))
        return
    sign, number = (1, count) if count > 0 else (-1, -count)
    low = (total / count).quantize(step, ROUND_FLOOR)
    dearer = int((total * sign - low * number) / step)
    if dearer:
        yield (sign * dearer, low + step)
    yield (sign * (number - dearer), low)
