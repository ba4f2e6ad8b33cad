"""What was read of a shop, kept between runs: so that a night without changes costs three requests, not hundreds.

A file of the connection's own below the state folder, for the service's user only. It is a cache: whatever is wrong
with it, it is begun anew. What names the customer of a finished order is removed after `personal` (`forget_people`).
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.api import OutsideError
from jobs.connectors.shops._woo_pages import Row, bound
from jobs.connectors.shops._woo_rows import FINISHED, without_person

if TYPE_CHECKING:
    import sqlite3

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
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT);
"""
_WITHIN = "created >= ? AND created <= ? ORDER BY created, id"
_AT_ONCE = 500
"""Rows that are read together."""


class Mirror:
    """The kept rows of one shop. Moments are compared as text, which in one zone and one form is right."""

    def __init__(
        self, folder: Path, shop: str, file: str = "woocommerce.db", finished: frozenset[str] = FINISHED
    ) -> None:
        """Open what is kept of `shop`, the address it was read from; begin anew where it is of another.

        `finished` are the statuses of orders whose customer need not be known any longer.
        """
        import sqlite3  # noqa: PLC0415 - 2 MB that only a run that reads a shop needs

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / file
        self._finished = sorted(finished)
        identity = f"{_FORMAT} {shop}"
        try:
            self._db = _opened(path, identity)
        except sqlite3.OperationalError as error:
            raise OutsideError(
                f"{path} can't be used ({error}): see that it is writable and nobody else has it"
            ) from None
        except (sqlite3.DatabaseError, ValueError):
            with suppress(FileNotFoundError):
                path.unlink()
            self._db = _opened(path, identity)

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def mark(self, name: str) -> datetime | None:
        """Return the moment that was marked under a name; None where none was."""
        found = self._db.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return datetime.fromisoformat(found[0]) if found else None

    def set_marks(self, **moments: datetime) -> None:
        """Mark moments, together."""
        texts = [(name, when.astimezone(UTC).isoformat()) for name, when in moments.items()]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", texts)

    def keep_orders(self, rows: Iterable[Row]) -> None:
        """Keep orders in place of what was known of them; refunds they no longer have go."""
        with self._db:
            for row in rows:
                self._db.execute(
                    "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, 0, ?)",
                    (row["id"], str(row["number"]), row["date_created_gmt"], row["status"], _text(row)),
                )
                self._db.execute(
                    f"DELETE FROM refunds WHERE parent = ? AND id NOT IN ({_marks(row['refunds'])})",  # noqa: S608 - question marks only
                    (row["id"], *row["refunds"]),
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
                ((row["id"], parent, row["date_created_gmt"], _text(row)) for parent, row in rows),
            )

    def keep_products(self, rows: Iterable[Row]) -> None:
        """Keep products and variations (`parent_id`)."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO products VALUES (?, ?, ?)",
                ((row["id"], row.get("parent_id") or 0, _text(row)) for row in rows),
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
        return self._rows("orders", f"status IN ({_marks(wanted)}) ORDER BY created, id", *wanted)

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
        statement = f"SELECT id FROM orders WHERE created >= ? AND status IN ({_marks(wanted)})"  # noqa: S608 - question marks
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

    def last(self) -> str:
        """Return the moment of the newest order, as the shop writes it; empty without any."""
        return str(self._db.execute("SELECT max(created) FROM orders").fetchone()[0] or "")

    def forget_people(self, before: datetime) -> None:
        """Remove name, address and note of finished orders created before a moment."""
        done = self._finished
        statement = f"SELECT id, body FROM orders WHERE created < ? AND NOT nameless AND status IN ({_marks(done)})"  # noqa: S608
        found = self._db.execute(statement, (bound(before), *done)).fetchall()
        with self._db:
            self._db.executemany(
                "UPDATE orders SET body = ?, nameless = 1 WHERE id = ?",
                ((_text(without_person(json.loads(body))), one) for one, body in found),
            )

    def _rows(self, table: str, where: str, *values: str) -> Iterator[Row]:
        """Yield rows a few at a time, so that the file is never held while a job works on what it was given."""
        found = self._db.execute(f"SELECT id FROM {table} WHERE {where}", values).fetchall()  # noqa: S608 - our own words
        for start in range(0, len(found), _AT_ONCE):
            some = [one for (one,) in found[start : start + _AT_ONCE]]
            statement = f"SELECT id, body FROM {table} WHERE id IN ({_marks(some)})"  # noqa: S608 - question marks only
            bodies = dict(self._db.execute(statement, some).fetchall())
            yield from (json.loads(bodies[one]) for one in some if one in bodies)


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _opened(path: Path, identity: str) -> "sqlite3.Connection":
    import sqlite3  # noqa: PLC0415

    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, timeout=30)
    try:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA synchronous = OFF")  # what a power cut spoils is found by quick_check and read anew
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'marks'").fetchone():
            db.executescript(_TABLES)
            with db:
                db.execute("INSERT OR IGNORE INTO marks VALUES ('identity', ?)", (identity,))
        (kept,) = db.execute("SELECT value FROM marks WHERE name = 'identity'").fetchone()
        if kept != identity or db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise ValueError("the file is spoilt, of another shop, or written in another way")  # noqa: TRY301
    except (sqlite3.DatabaseError, ValueError, TypeError):
        db.close()
        raise
    return db


def _text(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not kept")
