"""Single values of Shopify's answers, each checked on its own (pure): what is null or odd is told, never guessed."""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from daemon.api import Text

Row = dict[str, Any]
_CURRENCY = re.compile("[A-Z]{3}")
_LARGEST, _FINEST, _MOST_PIECES = Decimal(10) ** 12, -9, 10**6
"""Within these, sums are exact in the 28 digits that Decimal reckons with."""
_LONGEST = 40


class BadRowError(Exception):
    """A row can't be read; `reason` says why in one sentence."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.id)
        self.reason = reason


def text(value: object) -> str:
    """Return a text without white space around; empty for null."""
    return value.strip() if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    """Return a DateTime as a moment in UTC; None for null or what is none. Shopify's carry their zone."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return read.astimezone(UTC) if read is not None and read.tzinfo is not None else None


def bound(when: datetime) -> str:
    """Return a moment in one form, whole seconds of UTC: for filters, and to be compared as text."""
    return when.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def currency(value: object) -> str:
    """Return a currency's code; raise BadRowError."""
    code = str(value or "").upper()
    if not _CURRENCY.fullmatch(code):
        raise BadRowError(Text("{value} is not a currency", {"value": code[:_LONGEST]}))
    return code


def amount(bag: object) -> str | None:
    """Return the amount of a MoneyBag in the customer's currency, as Shopify writes it; None for null."""
    money = bag.get("presentmentMoney") if isinstance(bag, dict) else None
    found = money.get("amount") if isinstance(money, dict) else None
    return None if found is None else str(found)


def exact(value: object) -> Decimal:
    """Return an amount; raise BadRowError where it is null or none."""
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        read = Decimal("NaN")
    if not read.is_finite() or abs(read) >= _LARGEST or int(read.as_tuple().exponent) < _FINEST:
        raise BadRowError(Text("{value} is not an amount", {"value": str(value)[:_LONGEST]}))
    return read


def pieces(value: object) -> int:
    """Return a number of pieces; raise BadRowError."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _MOST_PIECES:
        raise BadRowError(Text("{value} pieces of one thing can't be counted", {"value": str(value)[:_LONGEST]}))
    return value
