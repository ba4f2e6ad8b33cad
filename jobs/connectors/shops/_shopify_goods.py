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
        number = str(node.get("legacyResourceId") or "")
        if parent.get("status") not in _ON_SALE or not (number or text(node.get("sku"))):
            continue
        name = text(node.get("sku")) or f"#{number}"
        name = f"#{number}" if name in taken else name
        if name not in taken:
            taken.add(name)
            yield Product(
                name,
                _title(node, parent),
                _stock(node),
                _price(node.get("price"), currency),
                moment(node.get("createdAt")),
                supply=supply(node),
            )


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
