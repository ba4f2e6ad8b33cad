"""What was read of a Shopify shop, kept between runs: orders with their refunds inside, as Shopify lists none apart.

What names the customer of a finished order is removed after `personal` (`forget_people`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from jobs.connectors.shops._mirror_file import MirrorFile, body_of
from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._shopify_kept import without_person
from jobs.connectors.shops._shopify_rows import WAITING, status
from jobs.connectors.shops._shopify_values import bound

_FORMAT = 1
"""Raised where rows are kept in another way: older files are then begun anew."""
_TABLES = """
CREATE TABLE IF NOT EXISTS orders
  (id TEXT PRIMARY KEY, created TEXT, waiting INTEGER, nameless INTEGER, body TEXT);
CREATE INDEX IF NOT EXISTS orders_created ON orders (created);
CREATE INDEX IF NOT EXISTS orders_waiting ON orders (waiting);
CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, parent TEXT, created TEXT);
CREATE INDEX IF NOT EXISTS refunds_created ON refunds (created);
"""
_OF_REFUNDS = "id IN (SELECT parent FROM refunds WHERE created >= ? AND created <= ?) ORDER BY id"


class Mirror(MirrorFile):
    """The kept orders of one shop, refunds inside. Moments are compared as text, which in one form is right."""

    def __init__(self, folder: Path, shop: str) -> None:
        """Open what is kept of `shop`, the address it was read from; begin anew where it is of another."""
        super().__init__(folder / "shopify.db", f"{_FORMAT} {shop}", _TABLES)

    def keep(self, rows: Iterable[Row]) -> None:
        """Keep orders in place of what was known of them, and their refunds."""
        with self._db:
            for row in rows:
                self._forget(row["id"])
                waits = status(row) in WAITING
                self._db.execute(
                    "INSERT INTO orders VALUES (?, ?, ?, 0, ?)", (row["id"], row["created"], waits, body_of(row))
                )
                self._db.executemany(
                    "INSERT OR REPLACE INTO refunds VALUES (?, ?, ?)",
                    [(back["id"], row["id"], back["created"]) for back in row["refunds"]],
                )

    def forget(self, ids: Iterable[str]) -> None:
        """Forget orders that the shop no longer has, with their refunds."""
        with self._db:
            for one in ids:
                self._forget(one)

    def orders(self, first: datetime, until: datetime) -> Iterator[Row]:
        """Yield the orders created in [first, until], oldest first; both bounds count as whole seconds."""
        return self._rows("orders", "created >= ? AND created <= ? ORDER BY created, id", bound(first), bound(until))

    def waiting(self) -> Iterator[Row]:
        """Yield the orders that wait to be paid, packed or released, oldest first."""
        return self._rows("orders", "waiting ORDER BY created, id")

    def refunds(self, first: datetime, until: datetime) -> Iterator[tuple[Row, Row]]:
        """Yield (refund, its order) of the refunds made in [first, until]; bounds as those of `orders`."""
        lower, upper = bound(first), bound(until)
        for row in self._rows("orders", _OF_REFUNDS, lower, upper):
            yield from ((back, row) for back in row["refunds"] if lower <= back["created"] <= upper)

    def numbered(self, number: str) -> list[str]:
        """Return the ids of the orders that people call by this number."""
        called = "coalesce(nullif(json_extract(body, '$.number'), ''), json_extract(body, '$.legacy'))"
        return [row[0] for row in self._db.execute(f"SELECT id FROM orders WHERE {called} = ?", (number,))]  # noqa: S608 - our own words

    def ids(self, first: datetime, until: datetime) -> set[str]:
        """Return the ids of the orders created in [first, until)."""
        wanted = "SELECT id FROM orders WHERE created >= ? AND created < ?"
        return {row[0] for row in self._db.execute(wanted, (bound(first), bound(until)))}

    def forget_people(self, before: datetime) -> None:
        """Remove name, address and note of finished orders created before a moment."""
        self._forget_customers(without_person, "created < ? AND NOT waiting", bound(before))

    def _forget(self, one: str) -> None:
        self._db.execute("DELETE FROM orders WHERE id = ?", (one,))
        self._db.execute("DELETE FROM refunds WHERE parent = ?", (one,))
