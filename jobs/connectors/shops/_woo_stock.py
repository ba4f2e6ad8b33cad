"""Brings the products of a mirror up to what the shop has.

Variations have no list of their own: those of each product are asked for one product at a time, so only where the
product itself changed, which a sale of one of its variations does too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.connectors.http import Client, MissingError, Params
from jobs.connectors.shops._mirror import Mirror
from jobs.connectors.shops._pages import OVERLAP, SWEEP, batches
from jobs.connectors.shops._rows import Row, bound
from jobs.connectors.shops._woo_feed import heeded
from jobs.connectors.shops._woo_goods import PRODUCT_FIELDS, VARIABLE
from jobs.connectors.shops._woo_pages import Listing


@dataclass
class ProductFeed:
    """Products and their variations; `fields` are asked for of each."""

    client: Client
    mirror: Mirror
    now: datetime
    fields: tuple[str, ...] = PRODUCT_FIELDS

    def catch_up(self, reuse: timedelta) -> None:
        """Read what changed since the last time, everything the first time; not at all within `reuse` of the last."""
        asked = self.mirror.mark("products")
        if asked is not None and timedelta(0) <= self.now - asked < reuse:
            return
        began = self._all() if asked is None else self._changed(asked - OVERLAP)
        swept = self.mirror.mark("products_swept")
        if swept is None or self.now - swept >= SWEEP:
            self._sweep()
        self.mirror.set_marks(products=began)

    def _all(self) -> datetime:
        listing = self._products(())
        self._keep(list(listing.rows()))
        self.mirror.set_marks(products_swept=self.now)
        return min(listing.began or self.now, self.now)

    def _changed(self, after: datetime) -> datetime:
        listing = self._products((("modified_after", bound(after)), ("dates_are_gmt", "true")))
        self._keep(list(heeded(listing.rows(), "date_modified_gmt", after, self.client.site.name)))
        return min(listing.began or self.now, self.now)

    def _products(self, more: Params) -> Listing:
        return Listing(self.client, "products", (*more, ("_fields", ",".join(self.fields))))

    def _keep(self, rows: list[Row]) -> None:
        for row in rows:
            if row.get("type") in VARIABLE:
                self._keep_variations(row["id"])
        for some in batches(rows):
            self.mirror.keep_products(some)

    def _keep_variations(self, parent: int) -> None:
        """Read a product's variations; one that was deleted meanwhile has none."""
        wanted: Params = (("_fields", ",".join(self.fields)),)
        try:
            rows = list(Listing(self.client, f"products/{parent}/variations", wanted).rows())
        except MissingError:
            rows = []
        self.mirror.forget_products(self.mirror.product_ids(parent) - {row["id"] for row in rows})
        self.mirror.keep_products({**row, "parent_id": parent} for row in rows)

    def _sweep(self) -> None:
        """Forget the products that are gone: one that was deleted leaves no other trace."""
        there = {row["id"] for row in Listing(self.client, "products", (("_fields", "id"),)).rows()}
        self.mirror.forget_products(self.mirror.product_ids(0) - there)
        self.mirror.set_marks(products_swept=self.now)
