"""Brings the orders of a mirror up to what the shop has, with as few points of its budget as can be.

What is known is every order created since the mark `since`, and every open one, however old. A night asks for what was
updated since the last one (with an overlap, as clocks and commits are not exact) and for one number, how many orders
there are: where that differs, something was deleted, which leaves no other trace, and the ids of all orders are
compared; once a week in any case. An app without `read_all_orders` sees the last sixty days only: older orders are
missing from every answer without an error, so nothing is concluded from their absence.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.api import Text
from jobs.connectors.shops._pages import OVERLAP, SLICE, SWEEP
from jobs.connectors.shops._rows import BadRowError, Row
from jobs.connectors.shops._shopify_bulk import Exporter, opening
from jobs.connectors.shops._shopify_kept import kept_order, kept_refund, parts
from jobs.connectors.shops._shopify_mirror import Mirror
from jobs.connectors.shops._shopify_pages import Pages
from jobs.connectors.shops._shopify_values import bound, moment

_MARGIN = timedelta(days=1)
"""How far from the edge of sight orders are compared: those at the edge vanish while we look."""
_LINES = 10
_FEW_LINES = 2
_SMALL_BUCKET = 200
"""Points; in a smaller bucket an order is asked for with few lines, as the size of what is nested is paid for."""
_BATCH = 50

Bad = Callable[[str, str, Text], None]
"""Takes an order that can't be read: its id, what it is called, and why."""


@dataclass
class OrderFeed:
    """Orders with their refunds. `floor` is the oldest moment this app can see; None where it sees all.

    Where the first reading is of `many` orders the `exporter` has them in one file; without one they come in pages.
    """

    pages: Pages
    mirror: Mirror
    now: datetime
    floor: datetime | None
    bad: Bad
    exporter: Exporter | None
    many: int

    def catch_up(self, reuse: timedelta) -> None:
        """Read what changed since the last time, unless that was less than `reuse` ago."""
        since, asked = self.mirror.mark("since"), self.mirror.mark("asked")
        if since is None or (asked is not None and timedelta(0) <= self.now - asked < reuse):
            return
        after = (self.mirror.mark("watermark") or since) - OVERLAP
        self._read(f"updated_at:>='{bound(after)}'", "updatedAt", after, self.now + SLICE)
        self._compare(since)
        self.mirror.set_marks(watermark=self.now, asked=self.now)

    def reach(self, first: datetime) -> None:
        """Read orders back to `first`, and older ones changed since: their refunds fall into the time, too."""
        first = max(first, self.floor) if self.floor else first
        if self.mirror.mark("since") is None and self._exported(first):
            return
        while (since := self.mirror.mark("since")) is None or since > first:
            edge = max(first, (since or self.now) - SLICE)
            self._read_slice(edge, since)
            if since is None:
                self.mirror.set_marks(watermark=self.now, asked=self.now, swept=self.now)
            self.mirror.set_marks(since=edge)

    def _read_slice(self, edge: datetime, since: datetime | None) -> None:
        """Read the orders created from `edge` to `since` (None: to now), and older ones that changed meanwhile."""
        until = since or self.now + OVERLAP
        lower, upper = bound(edge), bound(until)
        self._read(f"created_at:>='{lower}' created_at:<'{upper}'", "createdAt", edge, until)
        changed = f"created_at:<'{lower}' updated_at:>='{lower}' updated_at:<'{upper}'"
        self._read(changed, "updatedAt", edge, until)

    def reach_waiting(self) -> None:
        """Read the open orders, however old; from then on each change of one of them is seen."""
        if self.mirror.mark("since") is None:
            self.reach(self.now - SLICE)
        if not self.mirror.mark("waiting"):
            self._read("status:open", "createdAt", None, self.now + SLICE)
            self.mirror.set_marks(waiting=self.now)

    @property
    def as_of(self) -> datetime | None:
        """When the shop was last asked; None where it never was."""
        return self.mirror.mark("asked")

    @property
    def known_since(self) -> datetime | None:
        """From when on orders are known or can be: None from the shop's beginning."""
        reached = self.mirror.mark("since")
        return self.floor if self.floor is None or reached is None else min(reached, self.floor)

    def newest(self) -> datetime | None:
        """Return when the newest known order was created; None without any."""
        if self.mirror.mark("since") is None:
            self.reach(self.now - SLICE)
        return moment(self.mirror.last())

    def _exported(self, first: datetime) -> bool:
        """Have a long history in one file, and then what changed while it was written; say whether it was had."""
        begin, end = opening(first), self.now + SLICE
        if self.exporter is None or not self._is_long(begin):
            return False
        began = self.exporter.hand_over(
            first, lambda some: self._keep(node for node in some if _within(node.get("updatedAt"), begin, end))
        )
        if began is None:
            return False
        after = began - OVERLAP
        self._read(f"updated_at:>='{bound(after)}'", "updatedAt", after, end)
        self.mirror.set_marks(since=first, watermark=self.now, asked=self.now, swept=began)
        return True

    def _is_long(self, begin: datetime) -> bool:
        count = self._counted(f"updated_at:>='{bound(begin)}' test:false").get("count")
        return isinstance(count, int) and count >= self.many

    def _counted(self, query: str) -> Row:
        said = self.pages.asker.ask("OrdersCount", {"query": query}).get("ordersCount")
        return said if isinstance(said, dict) else {}

    def _read(self, query: str, column: str, first: datetime | None, until: datetime) -> None:
        """Keep what a query finds in [first, until): a filter that the shop does not know finds everything."""
        variables = {"query": f"{query} test:false", "lines": self._nested}
        some: list[Row] = []
        for node in self.pages.rows("Orders", variables, "orders"):
            if _within(node.get(column), first, until):
                some.append(node)
            if len(some) == _BATCH:
                self._keep(some)
                some = []
        self._keep(some)

    def _keep(self, nodes: Iterable[Row]) -> None:
        self.mirror.keep([row for row in map(self._whole, nodes) if row is not None])

    def _whole(self, node: Row) -> Row | None:
        """Return what is kept of an order, its further lines and its refunds read; None where it can't be."""
        if node.get("test") is True:
            return None
        try:
            row = kept_order(node, self._lines(node))
            row["refunds"] = [self._refund(str(one["id"])) for one in parts(node, "refunds") if one.get("id")]
        except BadRowError as error:
            self.bad(str(node.get("id")), str(node.get("name")), error.reason)
            return None
        return row

    def _lines(self, node: Row) -> Iterator[Row]:
        found = node.get("lineItems") or {}
        yield from parts(found, "nodes")
        info = found.get("pageInfo") or {}
        if info.get("hasNextPage"):
            variables = {"id": node.get("id"), "after": info.get("endCursor")}
            yield from self.pages.rows("OrderLines", variables, "order", "lineItems")

    def _refund(self, number: str) -> Row:
        lines: list[Row] = []
        whole: Row = {}
        for whole, some in self.pages.pages("RefundLines", {"id": number}, "refund", "refundLineItems"):  # noqa: B007
            lines += some
        return kept_refund(number, whole, lines)

    def _compare(self, since: datetime) -> None:
        """Count the orders; where the shop counts others than are known, or a week has passed, compare the ids."""
        first = max(since, self.floor + _MARGIN) if self.floor else since
        swept = self.mirror.mark("swept")
        if swept is not None and self.now - swept < SWEEP and self._agrees(first):
            return
        window = _window(first, self.now)
        listed = self.pages.rows("OrderIds", {"query": window}, "orders")
        there = {str(one.get("id")) for one in listed if _within(one.get("createdAt"), first, self.now)}
        known = self.mirror.ids(first, self.now)
        self.mirror.forget(known - there)
        self._keep(node for one in sorted(there - known) if (node := self._one(one)) is not None)
        self.mirror.set_marks(swept=self.now)

    def _agrees(self, first: datetime) -> bool:
        said = self._counted(_window(first, self.now))
        if said.get("precision") != "EXACT":
            return True
        return bool(said.get("count") == len(self.mirror.ids(first, self.now)))

    def _one(self, number: str) -> Row | None:
        found = self.pages.asker.ask("OneOrder", {"id": number, "lines": self._nested}).get("order")
        return found if isinstance(found, dict) else None

    @property
    def _nested(self) -> int:
        budget = self.pages.asker.budget
        return _FEW_LINES if budget is not None and budget.maximum < _SMALL_BUCKET else _LINES


def _window(first: datetime, until: datetime) -> str:
    return f"created_at:>='{bound(first)}' created_at:<'{bound(until)}' test:false"


def _within(value: object, first: datetime | None, until: datetime) -> bool:
    """Say whether a moment of the shop lies where it was asked for; one that can't be read is kept to be told."""
    when = moment(value)
    return when is None or ((first is None or when >= first.replace(microsecond=0)) and when < until)
