"""Brings the orders of a mirror up to what the shop has, with as few requests as can be.

What is known is every order created since the mark `since`, and every order that waits, however old. A night asks for
orders and credit memos that were updated since the last one (with an overlap, as clocks and commits are not exact), for
new shipments, and for how many orders there are: where that differs, one was deleted, which leaves no other trace, and
the numbers of all orders are compared; once a week in any case.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.api import Text
from jobs.connectors.http import Client
from jobs.connectors.shops._magento_pages import Asked, Listing, before, count, since
from jobs.connectors.shops._magento_rows import (
    MEMO_FIELDS,
    ORDER_FIELDS,
    OTHER,
    SHIPMENT_FIELDS,
    SHIPPING_FIELDS,
    STATES,
    created,
    kept,
    kept_memo,
)
from jobs.connectors.shops._mirror import Mirror
from jobs.connectors.shops._pages import OVERLAP, SLICE, SWEEP, batches
from jobs.connectors.shops._rows import BadRowError, Row, bound, moment
from jobs.kinds.shop import Status

ALL = (*STATES, OTHER)
WAITING = tuple(state for state, status in STATES.items() if status in {Status.UNPAID, Status.OPEN, Status.HELD})
Bad = Callable[[str, int, Text], None]
"""Takes a row that can't be read: what it is ("order"), its id, and why."""


@dataclass
class OrderFeed:
    """Orders, credit memos and when orders were sent. `source` is the path of the field that names the source."""

    client: Client
    mirror: Mirror
    now: datetime
    source: str
    bad: Bad

    def catch_up(self, reuse: timedelta) -> None:
        """Read what changed since the last time, unless that was less than `reuse` ago."""
        first, asked = self.mirror.mark("since"), self.mirror.mark("asked")
        if first is None or (asked is not None and timedelta(0) <= self.now - asked < reuse):
            return
        after = (self.mirror.mark("watermark") or first) - OVERLAP
        listing = self._orders(since("updated_at", after))
        self._keep(_not_before(listing.rows(), "updated_at", after))
        began = self._began(listing)
        swept = self.mirror.mark("swept")
        if swept is None or self.now - swept >= SWEEP or self._counted(first, began) != self._known(first, began):
            self._sweep(first)
        self._memos("updated_at", after)
        self._shipments(after)
        self.mirror.set_marks(watermark=began, asked=self.now)

    def reach(self, first: datetime) -> None:
        """Read orders and credit memos back to `first`, as far as they are not known."""
        while (known := self.mirror.mark("since")) is None or known > first:
            edge = max(first, (known or self.now) - SLICE)
            until = (before("created_at", known),) if known else ()
            listing = self._orders(since("created_at", edge), *until)
            self._keep(listing.rows())
            self._memos("created_at", edge, *until)
            self._shipments(edge)
            if known is None:
                self.mirror.set_marks(watermark=self._began(listing), asked=self.now, swept=self.now)
            self.mirror.set_marks(since=edge)

    def reach_waiting(self) -> None:
        """Read the orders that wait, however old; from then on each change of one of them is seen."""
        if self.mirror.mark("since") is None:
            self.reach(self.now - SLICE)
        if not self.mirror.mark("waiting"):
            self._keep(self._orders(_in("state", WAITING)).rows())
            self.mirror.set_marks(waiting=self.now)

    @property
    def as_of(self) -> datetime | None:
        """When the shop was last asked; None where it never was."""
        return self.mirror.mark("asked")

    def newest(self) -> datetime | None:
        """Return when the newest known order was created; None without any."""
        if self.mirror.mark("since") is None:
            self.reach(self.now - SLICE)
        known = self.mirror.last()
        return moment(known) if known else None

    def _orders(self, *asked: Asked) -> Listing:
        more = self.source.removeprefix("extension_attributes.") if self.source else ""
        inner = f"{SHIPPING_FIELDS},{more}" if self.source.startswith("extension_attributes.") else SHIPPING_FIELDS
        other = f",{more}" if more and inner == SHIPPING_FIELDS else ""
        return Listing(self.client, "orders", f"{ORDER_FIELDS}extension_attributes[{inner}]{other}", asked)

    def _began(self, listing: Listing) -> datetime:
        """Return the earlier of the server's clock and ours when a list was begun: nothing later was surely in it."""
        return min(listing.began or self.now, self.now)

    def _keep(self, rows: Iterable[Row]) -> None:
        for some in batches(rows):
            self.mirror.keep_orders(filter(None, map(self._kept, some)))

    def _kept(self, row: Row) -> Row | None:
        """Return a row as it is kept, with what other lists told of its order."""
        try:
            new = kept(row, self.source)
        except BadRowError as error:
            self.bad("order", _number(row, "entity_id"), error.reason)
            return None
        old = self.mirror.order_of(new["id"]) or {}
        return {**new, "shipped": old.get("shipped"), "refunds": self.mirror.refund_ids(new["id"])}

    def _memos(self, column: str, after: datetime, *until: Asked) -> None:
        listing = Listing(self.client, "creditmemos", MEMO_FIELDS, (since(column, after), *until))
        rows = list(_not_before(listing.rows(), column, after))
        self._fetch({_number(row, "order_id") for row in rows} - self.mirror.known_orders() - {0})
        self.mirror.keep_refunds(filter(None, map(self._kept_memo, rows)))

    def _kept_memo(self, row: Row) -> tuple[int, Row] | None:
        order = self.mirror.order_of(_number(row, "order_id"))
        try:
            return (order["id"], kept_memo(row, order)) if order else None
        except BadRowError as error:
            self.bad("creditmemo", _number(row, "entity_id"), error.reason)
            return None

    def _shipments(self, after: datetime) -> None:
        """Note when orders were sent: the last of their shipments, as an order itself does not say."""
        listing = Listing(self.client, "shipments", SHIPMENT_FIELDS, (since("created_at", after),))
        for row in _not_before(listing.rows(), "created_at", after):
            order = self.mirror.order_of(_number(row, "order_id"))
            if order is not None:
                self._note_sent(order, row)

    def _note_sent(self, order: Row, shipment: Row) -> None:
        try:
            sent = max(order["shipped"] or "", bound(created(shipment)))
        except BadRowError as error:
            self.bad("shipment", _number(shipment, "entity_id"), error.reason)
            return
        self.mirror.keep_orders([{**order, "shipped": sent, "refunds": self.mirror.refund_ids(order["id"])}])

    def _counted(self, first: datetime, until: datetime) -> int:
        return count(self.client, "orders", since("created_at", first), before("created_at", until))

    def _known(self, first: datetime, until: datetime) -> int:
        return len(self.mirror.order_ids(first, ALL) - self.mirror.order_ids(until, ALL))

    def _sweep(self, first: datetime) -> None:
        """Compare the numbers of all orders: forget what is gone, read what was overlooked."""
        there = self._ids(since("created_at", first))
        known = self.mirror.order_ids(first, ALL)
        self.mirror.forget_orders(known - there)
        self._fetch(there - known)
        if self.mirror.mark("waiting"):
            waiting = {row["id"] for row in self.mirror.orders_at(WAITING)}
            self.mirror.forget_orders(waiting - self._ids(_in("state", WAITING)))
        self.mirror.set_marks(swept=self.now)

    def _ids(self, *asked: Asked) -> set[int]:
        return {_number(row, "entity_id") for row in Listing(self.client, "orders", "entity_id", asked).rows()}

    def _fetch(self, ids: Iterable[int]) -> None:
        for some in batches(sorted(ids)):
            self._keep(self._orders(_in("entity_id", map(str, some))).rows())


def _number(row: Row, name: str) -> int:
    """Return a row's own number or that of another; 0, which Magento gives to none, where it names none."""
    number = row.get(name)
    return number if isinstance(number, int) else 0


def _in(name: str, values: Iterable[str]) -> Asked:
    return Asked(name, "in", ",".join(values))


def _not_before(rows: Iterable[Row], name: str, after: datetime) -> Iterator[Row]:
    """Yield the rows that are not earlier than asked for, whatever the shop made of the question."""
    for row in rows:
        try:
            early = moment(row.get(name)) < after.replace(microsecond=0)
        except ValueError:
            early = False  # told as a row that can't be read, where it is read
        if not early:
            yield row
