"""Magento's products as what the kind `shop` speaks of (pure).

Configurable, grouped and bundled products sell others and hold no pieces of their own: those others are listed in their
place. What the shop shows nowhere by itself and only under parents that are switched off is not for sale.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from daemon.api import Money
from jobs.connectors.shops._rows import Row, moment
from jobs.connectors.shops._weights import grams
from jobs.kinds.shop import Product, Supply

PRODUCT_FIELDS = (
    "id,sku,name,price,status,visibility,type_id,created_at,updated_at,extension_attributes[configurable_product_links]"
)
_UNTOLD = Supply()
_COMPOSITE = frozenset({"configurable", "grouped", "bundle"})
_ENABLED, _NOWHERE = 1, 1
"""`status` of a product that is on, and `visibility` of one that is only shown as part of another."""


@dataclass(frozen=True)
class Told:
    """What is read of a piece: the unit that weights are in, the attributes of tariff code and origin; "": not."""

    weights: str = ""
    tariff: str = ""
    origin: str = ""

    @property
    def fields(self) -> str:
        """What is asked for of each product."""
        weight = ",weight" if self.weights else ""
        return (
            PRODUCT_FIELDS + weight + (",custom_attributes[attribute_code,value]" if self.tariff or self.origin else "")
        )


NOTHING_TOLD = Told()


def products(rows: Iterable[Row], currency: str, told: Told = NOTHING_TOLD) -> Iterator[Product]:
    """Yield what can be sold, from products in any order."""
    known = list(rows)
    parents = _parents(known)
    for row in known:
        if row.get("type_id") not in _COMPOSITE and _for_sale(row, parents.get(row["id"], set())):
            title = str(row.get("name") or "").strip()
            yield Product(
                str(row["sku"]).strip(),
                title,
                _stock(row),
                _price(row, currency),
                _created(row),
                supply=_supply(row, told),
            )


def _parents(rows: Iterable[Row]) -> dict[int, set[object]]:
    """Return how those stand that a product is a choice of, by the product's id."""
    parents: dict[int, set[object]] = {}
    for row in rows:
        for child in (row.get("extension_attributes") or {}).get("configurable_product_links") or ():
            parents.setdefault(int(child), set()).add(row.get("status"))
    return parents


def _for_sale(row: Row, parents: set[object]) -> bool:
    hidden = row.get("visibility") == _NOWHERE and bool(parents) and _ENABLED not in parents
    return row.get("status") == _ENABLED and not hidden


def _supply(row: Row, told: Told) -> Supply | None:
    """Return what a product tells of each piece; None where it tells nothing."""
    given = row.get("custom_attributes") or ()
    values = {one.get("attribute_code"): one.get("value") for one in given if isinstance(one, dict)}
    tariff, origin = (_text(values.get(name)) if name else "" for name in (told.tariff, told.origin))
    found = Supply(grams=grams(row.get("weight"), told.weights), tariff=tariff, origin=origin)
    return None if found == _UNTOLD else found


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


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
