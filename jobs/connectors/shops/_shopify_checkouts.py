"""Shopify's abandoned checkouts as what the kind `shop` speaks of (pure): nothing of whose they are is asked for."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from daemon.api import Money
from jobs.connectors.shops._rows import BadRowError, Row, currency, exact
from jobs.connectors.shops._shopify_values import bound, moment, text
from jobs.kinds.shop import Checkout


def begun_in(first: datetime, until: datetime) -> str:
    """Return the filter for checkouts begun in [first, until)."""
    return f"created_at:>='{bound(first)}' created_at:<'{bound(until)}'"


def checkouts(nodes: Iterable[Row], first: datetime, until: datetime) -> Iterator[Checkout]:
    """Yield those begun in [first, until) and not finished; the list holds those that were, too."""
    for node in nodes:
        begun = moment(node.get("createdAt"))
        if begun is not None and first <= begun < until and node.get("completedAt") is None:
            yield Checkout(text(node.get("id")), begun, _value(node.get("totalPriceSet")))


def _value(bag: object) -> Money | None:
    """Return a price in the shop's own currency, in which sums make sense; None where it can't be read."""
    money = bag.get("shopMoney") if isinstance(bag, dict) else None
    found: Row = money if isinstance(money, dict) else {}
    try:
        return Money(exact(found.get("amount")), currency(found.get("currencyCode")))
    except BadRowError:
        return None
