"""A WooCommerce shop over its own interface (REST v3): orders, refunds and products, read as they change.

What was read is kept in a file of the connection (`_mirror.py`), so a night asks only for what is new. Notes and
statuses are written where the connection says `writes: true`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from daemon.api import Outlet, Text
from jobs.connectors.http import Client
from jobs.connectors.shops import _woo_check
from jobs.connectors.shops._kept_shop import KeptShop, tried_once
from jobs.connectors.shops._mirror import Mirror
from jobs.connectors.shops._rows import BadRowError, Row
from jobs.connectors.shops._woo_feed import OrderFeed
from jobs.connectors.shops._woo_goods import Told, products
from jobs.connectors.shops._woo_options import WooOptions, client
from jobs.connectors.shops._woo_rows import FINISHED, document, refund
from jobs.connectors.shops._woo_rules import Rules
from jobs.connectors.shops._woo_stock import ProductFeed
from jobs.connectors.shops._woo_writes import Desk
from jobs.kinds.shop import BadRecord, Document, Order, Product, Status

WAITING = (Status.UNPAID, Status.OPEN, Status.HELD)


@dataclass
class WooShop(KeptShop[int]):
    """A shop behind WooCommerce's interface; see `ShopSystem` and `ShopWrites` for what each method promises."""

    options: WooOptions
    outlet: Outlet
    bad: dict[tuple[str, str], BadRecord] = field(default_factory=dict)

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        """Yield orders and refunds placed in [first, until), from what is kept once it is brought up to date."""
        until = self._until(until)
        if first >= until:
            return
        self._orders.reach(first)
        for what, rows in (("order", self._mirror.orders), ("refund", self._mirror.refunds)):
            for row in rows(first, until):
                made = self._read(what, row)
                if made is not None and first <= made.placed < until:
                    yield made

    def open_orders(self) -> Iterator[Order] | None:
        """Yield the orders that wait to be paid, packed or released, however old; failed payments as far as known."""
        self._orders.reach_waiting()
        found = (self._read("order", row) for row in self._mirror.orders_at(self.options.meaning(*WAITING)))
        return (one for one in found if isinstance(one, Order) and one.placed <= self.outlet.now)

    def products(self) -> Iterator[Product] | None:
        """Yield what can be sold: simple products, and variations in place of their parents."""
        feed = ProductFeed(self._client, self._mirror, self.outlet.now, self._told.fields)
        feed.catch_up(self.options.reuse)
        return products(self._mirror.products(), self.outlet.shop.currency, self._told)

    def check(self) -> Text | None:
        """Return what to do where the shop can't be read, else None; raise OutsideError."""
        once = replace(self._client, limits=tried_once(self._client.limits))
        return _woo_check.tried(once, self.outlet.now)

    def _named(self, number: str) -> list[int]:
        row = self._mirror.order(number)
        return [int(row["id"])] if row is not None else []

    def _read(self, what: str, row: Row) -> Document | None:
        try:
            return document(row, self._rules) if what == "order" else refund(row)
        except BadRowError as error:
            self._note_bad(what, row["id"], error.reason)
            return None

    @cached_property
    def _rules(self) -> Rules:
        return replace(self.options.rules, zone=ZoneInfo(self.outlet.shop.timezone))

    @cached_property
    def _told(self) -> Told:
        return Told(self.options.weights_in, self.options.tariff_in, self.options.origin_in)

    @cached_property
    def _client(self) -> Client:
        return client(self.options, self.outlet)

    @cached_property
    def _desk(self) -> Desk:
        return Desk(self._client, self.outlet, self.options)

    @cached_property
    def _mirror(self) -> Mirror:
        read = f"{self.options.url} {self.options.shipped_in} {','.join(self._told.fields)}"
        mirror = Mirror(self.outlet.folder / "woocommerce.db", read, FINISHED)
        mirror.forget_people(self.outlet.now - self.options.personal)
        return mirror

    @cached_property
    def _orders(self) -> OrderFeed:
        """The feed of this run, brought up to date once: whatever a run asks, it sees one state of the shop."""
        options = self.options
        waiting = tuple(word for word in options.meaning(*WAITING) if word != "failed")  # they pile up for ever
        feed = OrderFeed(
            self._client, self._mirror, self.outlet.now, tuple(options.meanings), waiting, self._note_bad,
            options.shipped_in,
        )  # fmt: skip
        feed.catch_up(options.reuse)
        return feed
