"""Shopify's variants as what the kind `shop` speaks of (pure): only these are sold, each product has one at least."""

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

from daemon.api import Money
from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._shopify_told import supply
from jobs.connectors.shops._shopify_values import moment, text
from jobs.kinds.shop import Product

_ON_SALE = frozenset({"ACTIVE", "UNLISTED"})


def products(nodes: Iterable[Row], currency: str) -> Iterator[Product]:
    """Yield what can be sold, each under a name of its own: its SKU, or # and its number where that is taken."""
    taken: set[str] = set()
    for node in nodes:
        parent = node.get("product") or {}
        name = _free_name(node, taken) if parent.get("status") in _ON_SALE else ""
        if name:
            taken.add(name)
            yield Product(
                name,
                _title(node, parent),
                _stock(node),
                _price(node.get("price"), currency),
                moment(node.get("createdAt")),
                supply=supply(node),
            )


def _free_name(node: Row, taken: set[str]) -> str:
    """Return the first of a variant's names that is not taken; empty where it has none."""
    sku, number = text(node.get("sku")), str(node.get("legacyResourceId") or "")
    names = (sku, f"#{number}") if sku or number else ()
    return next((name for name in names if name and name not in taken), "")


def _title(node: Row, parent: Row) -> str:
    own = "" if parent.get("hasOnlyDefaultVariant") else text(node.get("title"))
    return " - ".join(filter(None, (text(parent.get("title")), own)))


def _stock(node: Row) -> int | None:
    """Return the pieces that can be sold at all locations together; None where the shop does not count or tell."""
    pieces = node.get("inventoryQuantity")
    tracked = (node.get("inventoryItem") or {}).get("tracked") is True
    return pieces if tracked and isinstance(pieces, int) and not isinstance(pieces, bool) else None


def _price(value: object, currency: str) -> Money | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return Money(amount, currency) if currency and amount.is_finite() else None
