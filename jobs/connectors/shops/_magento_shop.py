"""A Magento 2 or Adobe Commerce shop over its REST interface: orders, credit memos and products, read as they change.

What was read is kept in a file of the connection, so a night asks only for what is new. Comments, tracking numbers and
whole shipments are written where the connection says `writes: true`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from daemon.api import Outlet, Text
from jobs.connectors.http import Client
from jobs.connectors.shops import _magento_check
from jobs.connectors.shops._kept_shop import KeptShop, tried_once
from jobs.connectors.shops._magento_feed import WAITING, OrderFeed
from jobs.connectors.shops._magento_goods import Told, products
from jobs.connectors.shops._magento_options import MagentoOptions, client
from jobs.connectors.shops._magento_rows import FINISHED, OTHER, document, memo
from jobs.connectors.shops._magento_stock import NOTHING, SOURCES, ProductFeed
from jobs.connectors.shops._magento_writes import Desk
from jobs.connectors.shops._mirror import Mirror
from jobs.connectors.shops._rows import BadRowError, Row
from jobs.kinds.shop import BadRecord, Document, Order, Product, Status

_OPEN = frozenset({Status.UNPAID, Status.OPEN, Status.HELD})


@dataclass
class MagentoShop(KeptShop[int]):
    """A shop behind Magento's interface; see `ShopSystem` and `ShopWrites` for what each method promises."""

    options: MagentoOptions
    outlet: Outlet
    bad: dict[tuple[str, str], BadRecord] = field(default_factory=dict)

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        """Yield orders and credit memos placed in [first, until), from what is kept once it is brought up to date."""
        until = self._until(until)
        if first >= until:
            return
        self._orders.reach(first)
        for what, rows in (("order", self._mirror.orders), ("creditmemo", self._mirror.refunds)):
            for row in rows(first, until):
                made = self._read(what, row)
                if made is not None and first <= made.placed < until:
                    yield made

    def open_orders(self) -> Iterator[Order] | None:
        """Yield the orders that wait to be paid, packed or released, however old."""
        self._orders.reach_waiting()
        states = (*WAITING, OTHER)
        found = (self._read("order", row) for row in self._mirror.orders_at(states))
        orders = (one for one in found if isinstance(one, Order) and one.placed <= self.outlet.now)
        return (one for one in orders if one.status in _OPEN)

    def products(self) -> Iterator[Product] | None:
        """Yield what can be sold, with the pieces that can be sold; where only the sources' are told, that is said."""
        website, fields = self.options.website, self._told.fields
        ProductFeed(self._client, self._mirror, self.outlet.now, website, fields).catch_up(self.options.reuse)
        rows = list(self._mirror.products())
        self._say_what_was_counted({row.get("counted") for row in rows})
        return products(rows, self.outlet.shop.currency, self._told)

    def check(self) -> Text | None:
        """Return what to do where the shop can't be read, else None; raise OutsideError."""
        once = replace(self._client, limits=tried_once(self._client.limits))
        return _magento_check.tried(once, self.options, self.outlet.now)

    def _named(self, number: str) -> list[int]:
        row = self._mirror.order(number)
        return [int(row["id"])] if row is not None else []

    def _read(self, what: str, row: Row) -> Document | None:
        try:
            return document(row, self.options.rules) if what == "order" else memo(row)
        except BadRowError as error:
            self._note_bad(what, row["id"], error.reason)
            return None

    def _say_what_was_counted(self, counted: set[object]) -> None:
        if SOURCES in counted:
            self._note_bad("product", 0, Text(
                "stock is what lies in the sources and not what can still be sold: see that the module "
                "InventoryExportStock is on and that the keys may read it"
            ))  # fmt: skip
        if NOTHING in counted:
            self._note_bad("product", 0, Text("stock is not available: see that the keys may read the inventory"))

    @cached_property
    def _client(self) -> Client:
        return client(self.options, self.outlet)

    @cached_property
    def _desk(self) -> Desk:
        return Desk(self._client, self.outlet, self.options)

    @cached_property
    def _told(self) -> Told:
        return Told(self.options.weights_in, self.options.tariff_in, self.options.origin_in)

    @cached_property
    def _mirror(self) -> Mirror:
        read = f"{self.options.base} {self.options.source} {self._told.fields}"
        mirror = Mirror(self.outlet.folder / "magento.db", read, FINISHED)
        mirror.forget_people(self.outlet.now - self.options.personal)
        return mirror

    @cached_property
    def _orders(self) -> OrderFeed:
        """The feed of this run, brought up to date once: whatever a run asks, it sees one state of the shop."""
        feed = OrderFeed(self._client, self._mirror, self.outlet.now, self.options.source, self._note_bad)
        feed.catch_up(self.options.reuse)
        return feed
