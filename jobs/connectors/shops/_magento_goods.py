"""Magento's products as what the kind `shop` speaks of (pure).

Configurable, grouped and bundled products sell others and hold no pieces of their own: those others are listed in their
place. What the shop shows nowhere by itself and only under parents that are switched off is not for sale.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation

from daemon.api import Money
from jobs.connectors.shops._magento_pages import Row
from jobs.connectors.shops._woo_pages import moment
from jobs.kinds.shop import Product

PRODUCT_FIELDS = (
    "id,sku,name,price,status,visibility,type_id,created_at,updated_at,extension_attributes[configurable_product_links]"
)
_COMPOSITE = frozenset({"configurable", "grouped", "bundle"})
_ENABLED, _NOWHERE = 1, 1
"""`status` of a product that is on, and `visibility` of one that is only shown as part of another."""


def products(rows: Iterable[Row], currency: str) -> Iterator[Product]:
    """Yield what can be sold, from products in any order."""
    known = list(rows)
    parents: dict[int, set[object]] = {}
    for row in known:
        for child in (row.get("extension_attributes") or {}).get("configurable_product_links") or ():
            parents.setdefault(int(child), set()).add(row.get("status"))
    for row in known:
        if row.get("type_id") not in _COMPOSITE and _for_sale(row, parents.get(row["id"], set())):
            title = str(row.get("name") or "").strip()
            yield Product(str(row["sku"]).strip(), title, _stock(row), _price(row, currency), _created(row))


def _for_sale(row: Row, parents: set[object]) -> bool:
    hidden = row.get("visibility") == _NOWHERE and bool(parents) and _ENABLED not in parents
    return row.get("status") == _ENABLED and not hidden


def _stock(row: Row) -> int | None:
    """Return whole pieces; None where the shop counts none or does not tell."""
    try:
        return None if row.get("stock") is None else int(Decimal(str(row["stock"])))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _price(row: Row, currency: str) -> Money | None:
    try:
        amount = Decimal(str(row.get("price")))
    except InvalidOperation:
        return None
    return Money(amount, currency) if amount.is_finite() and amount else None


def _created(row: Row) -> datetime | None:
    try:
        return moment(row.get("created_at"))
    except ValueError:
        return None
