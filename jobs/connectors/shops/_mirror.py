"""What was read of a shop whose orders, refunds and products come as lists of their own, kept between runs.

An order's row names its `number`, `status`, `date_created_gmt` and the ids of its `refunds`, whatever else it holds;
what names the customer of a finished order is removed after `personal` (`forget_people`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from jobs.connectors.shops._mirror_file import MirrorFile, body_of, marks
from jobs.connectors.shops._rows import Row, bound

_FORMAT = 1
"""Raised where rows are kept in another way: older files are then begun anew."""
_TABLES = """
CREATE TABLE IF NOT EXISTS orders
  (id INTEGER PRIMARY KEY, number TEXT, created TEXT, status TEXT, nameless INTEGER, body TEXT);
CREATE INDEX IF NOT EXISTS orders_created ON orders (created);
CREATE INDEX IF NOT EXISTS orders_status ON orders (status);
CREATE INDEX IF NOT EXISTS orders_number ON orders (number);
CREATE TABLE IF NOT EXISTS refunds (id INTEGER PRIMARY KEY, parent INTEGER, created TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS refunds_created ON refunds (created);
CREATE INDEX IF NOT EXISTS refunds_parent ON refunds (parent);
CREATE TABLE IF NOT EXISTS products (id INTEGER PRIMARY KEY, parent INTEGER, body TEXT);
CREATE INDEX IF NOT EXISTS products_parent ON products (parent);
"""
_WITHIN = "created >= ? AND created <= ? ORDER BY created, id"


class Mirror(MirrorFile):
    """The kept rows of one shop. Moments are compared as text, which in one zone and one form is right."""

    def __init__(self, path: Path, shop: str, finished: frozenset[str]) -> None:
        """Open what is kept of `shop`, the address it was read from; begin anew where it is of another.

        `finished` are the statuses of orders whose customer need not be known any longer.
        """
        super().__init__(path, f"{_FORMAT} {shop}", _TABLES)
        self._finished = sorted(finished)

    def keep_orders(self, rows: Iterable[Row]) -> None:
        """Keep orders in place of what was known of them; refunds they no longer have go."""
        some = list(rows)
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, 0, ?)",
                ((row["id"], str(row["number"]), row["date_created_gmt"], row["status"], body_of(row)) for row in some),
            )
            named = [refund for row in some for refund in row["refunds"] if refund is not None]
            self._db.execute(
                f"DELETE FROM refunds WHERE parent IN ({marks(some)}) AND id NOT IN ({marks(named)})",  # noqa: S608 - question marks only
                (*(row["id"] for row in some), *named),
            )

    def forget_orders(self, ids: Iterable[int]) -> None:
        """Forget orders that the shop no longer has, with their refunds."""
        with self._db:
            for one in ids:
                self._db.execute("DELETE FROM orders WHERE id = ?", (one,))
                self._db.execute("DELETE FROM refunds WHERE parent = ?", (one,))

    def keep_refunds(self, rows: Iterable[tuple[int, Row]]) -> None:
        """Keep refunds, each with its order's id."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO refunds VALUES (?, ?, ?, ?)",
                ((row["id"], parent, row["date_created_gmt"], body_of(row)) for parent, row in rows),
            )

    def keep_products(self, rows: Iterable[Row]) -> None:
        """Keep products and variations (`parent_id`)."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO products VALUES (?, ?, ?)",
                ((row["id"], row.get("parent_id") or 0, body_of(row)) for row in rows),
            )

    def forget_products(self, ids: Iterable[int]) -> None:
        """Forget products or variations, and the variations of each."""
        with self._db:
            self._db.executemany("DELETE FROM products WHERE ? IN (id, parent)", ((one,) for one in ids))

    def orders(self, first: datetime, until: datetime) -> Iterator[Row]:
        """Yield the orders created in [first, until), oldest first; both bounds count as whole seconds."""
        return self._rows("orders", _WITHIN, bound(first), bound(until))

    def refunds(self, first: datetime, until: datetime) -> Iterator[Row]:
        """Yield the refunds created in [first, until), oldest first; bounds as those of `orders`."""
        return self._rows("refunds", _WITHIN, bound(first), bound(until))

    def orders_at(self, statuses: Iterable[str]) -> Iterator[Row]:
        """Yield the orders that stand at one of these statuses, oldest first."""
        wanted = list(statuses)
        return self._rows("orders", f"status IN ({marks(wanted)}) ORDER BY created, id", *wanted)

    def products(self) -> Iterator[Row]:
        """Yield products and variations by id."""
        return self._rows("products", "1 ORDER BY id")

    def order(self, number: str) -> Row | None:
        """Return the order of a number."""
        return next(self._rows("orders", "number = ?", number), None)

    def order_of(self, one: int) -> Row | None:
        """Return the order of an id."""
        return next(self._rows("orders", "id = ?", str(one)), None)

    def known_orders(self) -> set[int]:
        """Return the ids of all orders."""
        return {row[0] for row in self._db.execute("SELECT id FROM orders")}

    def order_ids(self, first: datetime, statuses: Iterable[str]) -> set[int]:
        """Return the ids of the orders created since a moment that stand at one of these statuses."""
        wanted = list(statuses)
        statement = f"SELECT id FROM orders WHERE created >= ? AND status IN ({marks(wanted)})"  # noqa: S608 - question marks
        return {row[0] for row in self._db.execute(statement, (bound(first), *wanted))}

    def product_ids(self, parent: int) -> set[int]:
        """Return the ids of a product's variations; of the products themselves for 0."""
        return {row[0] for row in self._db.execute("SELECT id FROM products WHERE parent = ?", (parent,))}

    def refunds_missing(self) -> dict[int, int]:
        """Return the refunds that orders name and that were not read yet, each with its order's id."""
        statement = (
            "SELECT one.value, orders.id FROM orders, json_each(orders.body, '$.refunds') AS one "
            "WHERE one.value NOT IN (SELECT id FROM refunds)"
        )
        return dict(self._db.execute(statement).fetchall())

    def refund_ids(self, parent: int) -> list[int]:
        """Return the ids of the refunds that are kept of an order."""
        return [row[0] for row in self._db.execute("SELECT id FROM refunds WHERE parent = ? ORDER BY id", (parent,))]

    def forget_people(self, before: datetime) -> None:
        """Remove name, address and note of finished orders created before a moment."""
        where = f"created < ? AND status IN ({marks(self._finished)})"
        self._forget_customers(_without_person, where, bound(before), *self._finished)


def _without_person(row: Row) -> Row:
    """Return a kept order without name, address, mail address, telephone number and note."""
    return {**row, "place": None, "reach": {}, "customer_note": ""}
