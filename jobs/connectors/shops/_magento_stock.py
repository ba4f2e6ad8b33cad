"""Brings the products of a mirror up to what the shop has, and their pieces.

What can be sold ("salable") is what lies in the sources less what open orders reserve; only the former keeps a shop
from selling a thing twice, so it is read wherever the shop tells it. Neither changes a product's `updated_at`, so all
pieces are read each time, in one list.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from jobs.connectors.http import Client, MissingError, NoEntryError, RefusedError
from jobs.connectors.shops._magento_goods import PRODUCT_FIELDS
from jobs.connectors.shops._magento_pages import Listing, count, since
from jobs.connectors.shops._mirror import Mirror
from jobs.connectors.shops._pages import OVERLAP, SWEEP, batches
from jobs.connectors.shops._rows import Row

SALABLE, SOURCES, NOTHING = "salable", "sources", "nothing"
"""What the pieces of a product are: what can be sold, what lies in the sources, or not known."""
Pieces = Mapping[str, str | None]


@dataclass
class ProductFeed:
    """Products, of which `fields` are asked for, and their pieces; `website` is that of the customers who buy them."""

    client: Client
    mirror: Mirror
    now: datetime
    website: str
    fields: str = PRODUCT_FIELDS

    def catch_up(self, reuse: timedelta) -> None:
        """Read what changed since the last time, everything the first time; not at all within `reuse` of the last."""
        asked = self.mirror.mark("products")
        if asked is not None and timedelta(0) <= self.now - asked < reuse:
            return
        listing = self._products() if asked is None else self._products(asked - OVERLAP)
        for some in batches(filter(_is_product, listing.rows())):
            self.mirror.keep_products(some)
        if self._may_hold_gone_ones():
            self._sweep()
        elif asked is None:
            self.mirror.set_marks(products_swept=self.now)
        self._count()
        self.mirror.set_marks(products=min(listing.began or self.now, self.now))

    def _may_hold_gone_ones(self) -> bool:
        """Say whether more or fewer products are kept than the shop has, or nobody has looked for long."""
        swept = self.mirror.mark("products_swept") or self.now
        there = count(self.client, "products")
        return self.now - swept >= SWEEP or there != len(self.mirror.product_ids(0))

    def _products(self, after: datetime | None = None) -> Listing:
        asked = (since("updated_at", after),) if after else ()
        return Listing(self.client, "products", self.fields, asked, key=_id)

    def _sweep(self) -> None:
        """Forget the products that are gone: one that was deleted leaves no other trace."""
        there = {row.get("id") for row in Listing(self.client, "products", "id", key=_id).rows()}
        self.mirror.forget_products(self.mirror.product_ids(0) - there)
        self.mirror.set_marks(products_swept=self.now)

    def _count(self) -> None:
        what, pieces = self._pieces()
        changed = ({**row, "stock": pieces.get(str(row["sku"])), "counted": what} for row in self.mirror.products())
        for some in batches(changed):
            self.mirror.keep_products(some)

    def _pieces(self) -> tuple[str, Pieces]:
        """Return what can be sold by SKU, else what lies in the sources; which of them, and nothing if neither."""
        try:
            path = f"inventory/export-stock-salable-qty/website/{self.website}"
            rows = Listing(self.client, path, "sku,qty,is_salable", key=_sku).rows()
            return SALABLE, {str(row.get("sku")): _salable(row) for row in rows}
        except (MissingError, NoEntryError, RefusedError):
            return self._source_pieces()

    def _source_pieces(self) -> tuple[str, Pieces]:
        fields = "sku,source_code,quantity,status"
        listing = Listing(self.client, "inventory/source-items", fields, order="source_item_id", key=_source)
        try:
            return SOURCES, _summed(listing.rows())
        except (MissingError, NoEntryError, RefusedError):
            return NOTHING, {}


def _salable(row: Row) -> str | None:
    """Return the pieces that can be sold; a product that is not counted has none where it is switched to sold out."""
    if row.get("qty") is None:
        return None if row.get("is_salable") else "0"
    return str(row["qty"])


def _summed(rows: Iterable[Row]) -> Pieces:
    """Return the pieces in all sources by SKU; those of a source where the product is out of stock can't be sold."""
    by_source: dict[object, Row] = {_source(row): row for row in rows}
    sums: dict[str, Decimal] = {}
    for row in by_source.values():
        sku = str(row.get("sku"))
        sums[sku] = sums.get(sku, Decimal(0)) + (_pieces(row.get("quantity")) if row.get("status") else Decimal(0))
    return {sku: str(pieces) for sku, pieces in sums.items()}


def _pieces(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def _is_product(row: Row) -> bool:
    return isinstance(row.get("id"), int) and bool(row.get("sku"))


def _id(row: Row) -> object:
    return row.get("id")


def _sku(row: Row) -> object:
    return row.get("sku")


def _source(row: Row) -> object:
    return row.get("sku"), row.get("source_code")
