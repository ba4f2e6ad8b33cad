"""WooCommerce's products and variations as what the kind `shop` speaks of (pure).

A product with variations sells only those: it says `instock` as long as one of them is, so the variations are listed in
its place. A variation whose stock is its parent's (`manage_stock: "parent"`) shows the parent's pieces.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from daemon.api import Money
from jobs.connectors.shops._rows import Row, moment
from jobs.connectors.shops._weights import grams
from jobs.connectors.shops._woo_rows import meta, sku
from jobs.kinds.shop import Product, Supply

PRODUCT_FIELDS = (
    "id", "name", "type", "status", "sku", "price", "manage_stock", "stock_quantity", "stock_status",
    "date_created_gmt", "date_modified_gmt", "parent_id",
)  # fmt: skip
_UNTOLD = Supply()
ON_SALE = frozenset({"publish", "private"})
VARIABLE = frozenset({"variable", "variable-subscription"})


@dataclass(frozen=True)
class Told:
    """What is read of a piece: the unit that weights are in, the custom fields of tariff code and origin; "": not."""

    weights: str = ""
    tariff: str = ""
    origin: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """What is asked for of each product."""
        weight = ("weight",) if self.weights else ()
        return (*PRODUCT_FIELDS, *weight, *(("meta_data",) if self.tariff or self.origin else ()))


NOTHING_TOLD = Told()


def products(rows: Iterable[Row], currency: str, told: Told = NOTHING_TOLD) -> Iterator[Product]:
    """Yield what can be sold, each under a name of its own, from products and variations in any order."""
    known = {row["id"]: row for row in rows}
    taken: set[str] = set()
    for row in known.values():
        parent = known.get(row.get("parent_id") or 0, {})
        if row.get("type") in VARIABLE or {row.get("status"), parent.get("status", "publish")} - ON_SALE:
            continue
        name = sku(row.get("sku"), row["id"])
        name = name if name not in taken and name != sku(parent.get("sku"), "") else f"#{row['id']}"
        taken.add(name)
        yield replace(_product(row, parent, name, currency), supply=_supply(row, parent, told))


def _supply(row: Row, parent: Row, told: Told) -> Supply | None:
    """Return what is known of each piece; what a variation does not say itself its parent says."""
    weights = (grams(one.get("weight"), told.weights) for one in (row, parent))
    found = Supply(
        grams=next((weight for weight in weights if weight is not None), None),
        tariff=meta(row, told.tariff) or meta(parent, told.tariff),
        origin=meta(row, told.origin) or meta(parent, told.origin),
    )
    return None if found == _UNTOLD else found


def _product(row: Row, parent: Row, name: str, currency: str) -> Product:
    title = " - ".join(str(one.get("name") or "").strip() for one in (parent, row) if one.get("name"))
    return Product(name, title, _stock(row), _price(row.get("price"), currency), _created(row))


def _stock(row: Row) -> int | None:
    """Return the pieces on hand; None where the shop does not count, 0 where it only says that there are none."""
    pieces: Any = row.get("stock_quantity")
    if row.get("manage_stock") and isinstance(pieces, int | float | str):
        try:
            return int(Decimal(str(pieces)))
        except (InvalidOperation, ValueError, OverflowError):
            return None
    return 0 if row.get("stock_status") == "outofstock" else None


def _price(text: object, currency: str) -> Money | None:
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        return None
    return Money(amount, currency) if amount.is_finite() else None


def _created(row: Row) -> datetime | None:
    try:
        return moment(row.get("date_created_gmt"))
    except ValueError:
        return None
