"""What was read of a Shopify shop, kept between runs, so that a night without changes costs four requests.

A file of the connection's own below the state folder, for the service's user only. It is a cache: whatever is wrong
with it, it is begun anew. What names the customer of a finished order is removed after `personal` (`forget_people`).
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.api import OutsideError
from jobs.connectors.shops._shopify_kept import without_person
from jobs.connectors.shops._shopify_rows import WAITING, status
from jobs.connectors.shops._shopify_values import Row, bound

if TYPE_CHECKING:
    import sqlite3

_FORMAT = 1
"""Raised where rows are kept in another way: older files are then begun anew."""
_TABLES = """
CREATE TABLE IF NOT EXISTS orders
  (id TEXT PRIMARY KEY, created TEXT, waiting INTEGER, nameless INTEGER, body TEXT);
CREATE INDEX IF NOT EXISTS orders_created ON orders (created);
CREATE INDEX IF NOT EXISTS orders_waiting ON orders (waiting);
CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, parent TEXT, created TEXT);
CREATE INDEX IF NOT EXISTS refunds_created ON refunds (created);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT);
"""


class Mirror:
    """The kept orders of one shop, refunds inside. Moments are compared as text, which in one form is right."""

    def __init__(self, folder: Path, shop: str) -> None:
        """Open what is kept of `shop`, the address it was read from; begin anew where it is of another."""
        import sqlite3  # noqa: PLC0415 - 2 MB that only a run that reads a shop needs

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / "shopify.db"
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

    def mark(self, name: str) -> datetime | None:
        """Return the moment that was marked under a name; None where none was."""
        found = self._db.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return datetime.fromisoformat(found[0]) if found else None

    def set_marks(self, **moments: datetime) -> None:
        """Mark moments, together."""
        texts = [(name, when.astimezone(UTC).isoformat()) for name, when in moments.items()]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", texts)

    def keep(self, rows: Iterable[Row]) -> None:
        """Keep orders in place of what was known of them, and their refunds."""
        with self._db:
            for row in rows:
                self._forget(row["id"])
                waits = status(row) in WAITING
                self._db.execute(
                    "INSERT INTO orders VALUES (?, ?, ?, 0, ?)", (row["id"], row["created"], waits, _text(row))
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
        wanted = "SELECT id FROM orders WHERE created >= ? AND created <= ? ORDER BY created, id"
        return self._rows(wanted, bound(first), bound(until))

    def waiting(self) -> Iterator[Row]:
        """Yield the orders that wait to be paid, packed or released, oldest first."""
        return self._rows("SELECT id FROM orders WHERE waiting ORDER BY created, id")

    def refunds(self, first: datetime, until: datetime) -> Iterator[tuple[Row, Row]]:
        """Yield (refund, its order) of the refunds made in [first, until]; bounds as those of `orders`."""
        wanted = "SELECT DISTINCT parent FROM refunds WHERE created >= ? AND created <= ? ORDER BY parent"
        lower, upper = bound(first), bound(until)
        for row in self._rows(wanted, lower, upper):
            yield from ((back, row) for back in row["refunds"] if lower <= back["created"] <= upper)

    def ids(self, first: datetime, until: datetime) -> set[str]:
        """Return the ids of the orders created in [first, until)."""
        wanted = "SELECT id FROM orders WHERE created >= ? AND created < ?"
        return {row[0] for row in self._db.execute(wanted, (bound(first), bound(until)))}

    def last(self) -> str:
        """Return the moment of the newest order; empty without any."""
        return str(self._db.execute("SELECT max(created) FROM orders").fetchone()[0] or "")

    def forget_people(self, before: datetime) -> None:
        """Remove name, address and note of finished orders created before a moment."""
        wanted = "SELECT id, body FROM orders WHERE created < ? AND NOT nameless AND NOT waiting"
        found = self._db.execute(wanted, (bound(before),)).fetchall()
        with self._db:
            self._db.executemany(
                "UPDATE orders SET body = ?, nameless = 1 WHERE id = ?",
                ((_text(without_person(json.loads(body))), one) for one, body in found),
            )

    def _forget(self, one: str) -> None:
        self._db.execute("DELETE FROM orders WHERE id = ?", (one,))
        self._db.execute("DELETE FROM refunds WHERE parent = ?", (one,))

    def _rows(self, wanted: str, *values: str) -> Iterator[Row]:
        """Yield rows one at a time, so that the file is never held while a job works on what it was given."""
        for (one,) in self._db.execute(wanted, values).fetchall():
            found = self._db.execute("SELECT body FROM orders WHERE id = ?", (one,)).fetchone()
            if found:
                yield json.loads(found[0])


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
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))
