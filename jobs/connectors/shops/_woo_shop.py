"""A WooCommerce shop over its own interface (REST v3): orders, refunds and products, read as they change.

What was read is kept in a file of the connection (`_mirror.py`), so a night asks only for what is new. Notes and
statuses are written where the connection says `writes: true`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from daemon.api import Outlet, OutsideError, Text
from jobs.connectors.http import Client
from jobs.connectors.shops import _woo_check
from jobs.connectors.shops._mirror import Mirror
from jobs.connectors.shops._rows import BadRowError, Row
from jobs.connectors.shops._woo_feed import OrderFeed
from jobs.connectors.shops._woo_goods import Told, products
from jobs.connectors.shops._woo_options import WooOptions, client
from jobs.connectors.shops._woo_rows import FINISHED, document, refund
from jobs.connectors.shops._woo_rules import Rules
from jobs.connectors.shops._woo_stock import ProductFeed
from jobs.connectors.shops._woo_writes import Desk
from jobs.kinds.shop import BadRecord, Coverage, Document, Order, Product, Status

_PATIENCE = 15
"""Seconds that somebody who tries the connection waits for its one answer."""
MOST_PROBLEMS = 200
"""Bad records kept of one run; past that the shop's answers are wrong as a whole and more of them help nobody."""
WAITING = (Status.UNPAID, Status.OPEN, Status.HELD)


@dataclass
class WooShop:
    """A shop behind WooCommerce's interface; see `ShopSystem` and `ShopWrites` for what each method promises."""

    options: WooOptions
    outlet: Outlet
    bad: dict[tuple[str, int], BadRecord] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.outlet.name

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        """Yield orders and refunds placed in [first, until), from what is kept once it is brought up to date."""
        until = min(until, self.outlet.now + timedelta(microseconds=1))
        if first >= until:
            return
        self._orders.reach(first)
        for row in self._mirror.orders(first, until):
            made = self._read("order", row)
            if made is not None and first <= made.placed < until:
                yield made
        for row in self._mirror.refunds(first, until):
            made = self._read("refund", row)
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

    def coverage(self) -> Coverage:
        """Return that the shop is known from its beginning, as of when it was last asked."""
        newest = self._orders.newest()
        as_of = min(self._orders.as_of or self.outlet.now, self.outlet.now)
        return Coverage(None, as_of, silence_is_zero=True, trails=newest and min(newest, as_of))

    def problems(self) -> Sequence[BadRecord]:
        """Return the orders and refunds that could not be read so far, the first MOST_PROBLEMS of them."""
        return list(self.bad.values())

    def check(self) -> Text | None:
        """Return what to do where the shop can't be read, else None; raise OutsideError."""
        once = replace(self._client, limits=replace(self._client.limits, tries=1, whole=_PATIENCE))
        return _woo_check.tried(once, self.outlet.now)

    def note(self, number: str, key: str, text: str) -> str:
        """Add a private note to an order; return where it stands."""
        return self._desk.note(self._id(number), key, text)

    def noted(self, number: str, key: str) -> str | None:
        """Return where the note of this key stands; None where it was never made."""
        return self._desk.noted(self._id(number), key)

    def move(self, number: str, before: Status, after: Status) -> str:
        """Move an order to a status that `may_set` allows."""
        return self._desk.move(self._id(number), before, after)

    def moved(self, number: str, after: Status) -> str | None:
        """Return the shop's word for where the order stands if that is `after`."""
        return self._desk.moved(self._id(number), after)

    def track(self, number: str, key: str, carrier: str, code: str) -> str:
        """Leave a parcel's carrier and number as a private note: WooCommerce itself has no better place."""
        return self._desk.note(self._id(number), key, f"{carrier}: {code}")

    def tracked(self, number: str, key: str) -> str | None:
        """Return where the parcel of this key stands; None where it was never left."""
        return self._desk.noted(self._id(number), key)

    def _id(self, number: str) -> int:
        row = self._mirror.order(number)
        if row is None:
            raise OutsideError(
                f"{self.name}: no order {number} was read: run the routine `orders` first", permanent=True
            )
        return int(row["id"])

    def _read(self, what: str, row: Row) -> Document | None:
        try:
            return document(row, self._rules) if what == "order" else refund(row)
        except BadRowError as error:
            self._note_bad(what, row["id"], error.reason)
            return None

    def _note_bad(self, what: str, number: int, reason: Text) -> None:
        if len(self.bad) < MOST_PROBLEMS:
            self.bad.setdefault((what, number), BadRecord(f"{self.name}/{what}s", number, reason))

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
