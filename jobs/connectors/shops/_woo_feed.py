"""Brings the orders of a mirror up to what the shop has, with as few requests as can be.

What is known is every order created since the mark `since`, and every order that waits to be sent, however old. A night
asks for what was modified since the last one (with an overlap, as clocks and commits are not exact) and for one
number, how many orders there are: where that differs, something was deleted, which leaves no other trace, and the
numbers of all orders are compared; once a week in any case.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from daemon.api import OutsideError, Text
from jobs.connectors.http import Client, MissingError, Params, reading
from jobs.connectors.shops._mirror import Mirror
from jobs.connectors.shops._pages import OVERLAP, SLICE, SWEEP, batches
from jobs.connectors.shops._rows import BadRowError, Row, bound, moment
from jobs.connectors.shops._woo_pages import Listing, count
from jobs.connectors.shops._woo_rows import ORDER_FIELDS, REFUND_FIELDS, kept, kept_refund
from jobs.connectors.shops._woo_rules import NO_ORDERS

_ASKED_ONE_BY_ONE = 3
"""Orders with unread refunds that are asked for singly; for more, all refunds of the time are listed."""
_GMT: Params = (("dates_are_gmt", "true"),)
_SECOND = timedelta(seconds=1)

Bad = Callable[[str, int, Text], None]
"""Takes a row that can't be read: what it is ("order"), its id, and why."""


@dataclass
class OrderFeed:
    """Orders and refunds. `statuses` are all that an order may stand at, `waiting` those of orders yet to be sent.

    `shipped_in` is the custom field that holds when an order was sent, empty where none does.
    """

    client: Client
    mirror: Mirror
    now: datetime
    statuses: tuple[str, ...]
    waiting: tuple[str, ...]
    bad: Bad
    shipped_in: str = ""

    def catch_up(self, reuse: timedelta) -> None:
        """Read what changed since the last time, unless that was less than `reuse` ago."""
        since, asked = self.mirror.mark("since"), self.mirror.mark("asked")
        if since is None or (asked is not None and timedelta(0) <= self.now - asked < reuse):
            return
        began = self._changed((self.mirror.mark("watermark") or since) - OVERLAP)
        swept = self.mirror.mark("swept")
        if swept is None or self.now - swept >= SWEEP or self._counted(since, began) != self._known(since, began):
            self._sweep(since)
        self._missing_refunds((self.mirror.mark("watermark") or since) - OVERLAP)
        self.mirror.set_marks(watermark=began, asked=self.now)

    def reach(self, first: datetime) -> None:
        """Read orders and refunds back to `first`, as far as they are not known."""
        while (since := self.mirror.mark("since")) is None or since > first:
            edge = max(first, (since or self.now) - SLICE)
            began = self._window(edge, since)
            if since is None:
                self.mirror.set_marks(watermark=began, asked=self.now, swept=self.now)
            self.mirror.set_marks(since=edge)

    def reach_waiting(self) -> None:
        """Read the orders that wait to be sent, however old; from then on each change of one of them is seen."""
        if self.mirror.mark("since") is None:
            self.reach(self.now - SLICE)
        if not self.mirror.mark("waiting"):
            self._keep(self._orders(_status(self.waiting)).rows())
            self._missing_refunds(self.now - SLICE)
            self.mirror.set_marks(waiting=self.now)

    @property
    def as_of(self) -> datetime | None:
        """When the shop was last asked; None where it never was."""
        return self.mirror.mark("asked")

    def newest(self) -> datetime | None:
        """Return when the newest order was created; None in a shop without orders."""
        if known := self.mirror.last():
            return moment(known)
        wanted: Params = (("per_page", "1"), ("_fields", "id,date_created_gmt"), *_status(self.statuses))
        rows = self.client.ask(reading("orders", wanted)).data or [{}]
        return moment(rows[0]["date_created_gmt"]) if rows[0].get("date_created_gmt") else None

    def _orders(self, more: Params) -> Listing:
        return Listing(self.client, "orders", (*more, *_GMT, ("_fields", ",".join(ORDER_FIELDS))))

    def _changed(self, after: datetime) -> datetime:
        listing = self._orders((("modified_after", bound(after)),))
        self._keep(heeded(listing.rows(), "date_modified_gmt", after, self.client.site.name))
        return self._began(listing)

    def _window(self, first: datetime, until: datetime | None) -> datetime:
        window: Params = (("after", bound(first - _SECOND)), *((("before", bound(until)),) if until else ()))
        listing = self._orders(window)
        self._keep(listing.rows())
        self._listed_refunds(window)
        self._single_refunds()
        return self._began(listing)

    def _began(self, listing: Listing) -> datetime:
        """Return the earlier of the server's clock and ours when a list was begun: nothing later was surely in it."""
        return min(listing.began or self.now, self.now)

    def _keep(self, rows: Iterable[Row]) -> None:
        for some in batches(rows):
            good = [row for row in some if row.get("status") not in NO_ORDERS]
            self.mirror.keep_orders(filter(None, map(self._kept, good)))
            self.mirror.forget_orders(row["id"] for row in some if row.get("status") in NO_ORDERS)

    def _kept(self, row: Row) -> Row | None:
        try:
            return kept(row, self.shipped_in)
        except BadRowError as error:
            self.bad("order", row["id"], error.reason)
            return None

    def _counted(self, since: datetime, until: datetime) -> int:
        wanted = (*_span(since, until), *_status(self.statuses), ("per_page", "1"), ("_fields", "id"))
        return count(self.client.ask(reading("orders", wanted)))

    def _known(self, since: datetime, until: datetime) -> int:
        return len(self.mirror.order_ids(since, self.statuses) - self.mirror.order_ids(until, self.statuses))

    def _sweep(self, since: datetime) -> None:
        """Compare the numbers of all orders: forget what is gone, read what was overlooked."""
        listing = Listing(
            self.client, "orders", (*_span(since), *_status(self.statuses), ("_fields", "id"))
        )  # fmt: skip
        there = {row["id"] for row in listing.rows()}
        known = self.mirror.order_ids(since, self.statuses)
        self.mirror.forget_orders(known - there)
        self._fetch(there - known)
        self._sweep_waiting()
        self.mirror.set_marks(swept=self.now)

    def _sweep_waiting(self) -> None:
        if not self.mirror.mark("waiting"):
            return
        waiting = Listing(self.client, "orders", (*_status(self.waiting), ("_fields", "id")))
        there = {row["id"] for row in waiting.rows()}
        self.mirror.forget_orders({row["id"] for row in self.mirror.orders_at(self.waiting)} - there)

    def _fetch(self, ids: Iterable[int]) -> None:
        for some in batches(sorted(ids)):
            named = ",".join(map(str, some))
            self._keep(self._orders((("include", named), *_status(self.statuses))).rows())

    def _missing_refunds(self, after: datetime) -> None:
        if len(set(self.mirror.refunds_missing().values())) > _ASKED_ONE_BY_ONE:
            self._listed_refunds((("after", bound(after)),))
        self._single_refunds()

    def _listed_refunds(self, window: Params) -> None:
        """Read the shop's refunds of a time; a WooCommerce before 9.0 has no such list and is asked order by order."""
        wanted: Params = (*window, *_GMT, ("_fields", ",".join(REFUND_FIELDS)))
        try:
            rows = list(Listing(self.client, "refunds", wanted).rows())
        except MissingError:
            return
        self._fetch({row["parent_id"] for row in rows if row.get("parent_id")} - self.mirror.known_orders())
        self._keep_refunds((row.get("parent_id") or 0, row) for row in rows)

    def _single_refunds(self) -> None:
        for parent in sorted(set(self.mirror.refunds_missing().values())):
            wanted: Params = (("_fields", ",".join(REFUND_FIELDS)),)
            rows = Listing(self.client, f"orders/{parent}/refunds", wanted).rows()
            self._keep_refunds((parent, row) for row in list(rows))

    def _keep_refunds(self, rows: Iterable[tuple[int, Row]]) -> None:
        good: list[tuple[int, Row]] = []
        for parent, row in rows:
            order = self.mirror.order_of(parent)
            try:
                if order is not None:
                    good.append((parent, kept_refund(row, order)))
            except BadRowError as error:
                self.bad("refund", row["id"], error.reason)
        self.mirror.keep_refunds(good)


def heeded(rows: Iterable[Row], name: str, after: datetime, connection: str) -> Iterator[Row]:
    """Yield rows that are later than asked for; raise OutsideError where the shop pays no heed to the bound.

    A WooCommerce before 5.8 knows no `modified_after` and passes over it in silence: every night would read everything.
    """
    for row in rows:
        if _later(row.get(name), after):
            yield row
        else:
            raise OutsideError(
                f"{connection}: the shop pays no heed to `modified_after`: update WooCommerce to 5.8 or later",
                permanent=True,
            )


def _later(text: Any, after: datetime) -> bool:
    try:
        return moment(text) >= after.replace(microsecond=0)
    except ValueError:
        return True


def _status(words: Iterable[str]) -> Params:
    return (("status", ",".join(words)),)


def _span(since: datetime, until: datetime | None = None) -> Params:
    ends: Params = (("before", bound(until)),) if until else ()
    return (("after", bound(since - _SECOND)), *ends, *_GMT)
