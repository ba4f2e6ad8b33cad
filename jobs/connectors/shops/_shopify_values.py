"""Single values of Shopify's answers, each checked on its own (pure): what is null or odd is told, never guessed."""

from datetime import UTC, datetime


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


def amount(bag: object) -> str | None:
    """Return the amount of a MoneyBag in the customer's currency, as Shopify writes it; None for null."""
    money = bag.get("presentmentMoney") if isinstance(bag, dict) else None
    found = money.get("amount") if isinstance(money, dict) else None
    return None if found is None else str(found)
