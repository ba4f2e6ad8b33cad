"""The file in which a connection keeps what it read of its shop: so that a quiet night costs a few requests only.

It lies below the state folder, for the service's user only. It is a cache: whatever is wrong with it, it is begun anew.
Which tables it has is said by who keeps something in it.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.api import OutsideError
from jobs.connectors.shops._rows import Row

if TYPE_CHECKING:
    import sqlite3

_MARKS = "CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT);"
_AT_ONCE = 500
"""Rows that are read together."""


class MirrorFile:
    """Tables of rows (`id`, `body` as JSON and what they are found by), orders among them, and marks of moments."""

    def __init__(self, path: Path, identity: str, tables: str) -> None:
        """Open the file; begin it anew where it is spoilt, or of another `identity`: another shop or form of rows."""
        import sqlite3  # noqa: PLC0415 - 2 MB that only a run that reads a shop needs

        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._db = _opened(path, identity, tables)
        except sqlite3.OperationalError as error:
            raise OutsideError(
                f"{path} can't be used ({error}): see that it is writable and nobody else has it"
            ) from None
        except (sqlite3.DatabaseError, ValueError):
            with suppress(FileNotFoundError):
                path.unlink()
            self._db = _opened(path, identity, tables)

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

    def last(self) -> str:
        """Return the moment of the newest order as it is kept; empty without any."""
        return str(self._db.execute("SELECT max(created) FROM orders").fetchone()[0] or "")

    def _rows(self, table: str, where: str, *values: str) -> Iterator[Row]:
        """Yield rows a few at a time, so that the file is never held while a job works on what it was given."""
        found = self._db.execute(f"SELECT id FROM {table} WHERE {where}", values).fetchall()  # noqa: S608 - our own words
        for start in range(0, len(found), _AT_ONCE):
            some = [one for (one,) in found[start : start + _AT_ONCE]]
            statement = f"SELECT id, body FROM {table} WHERE id IN ({marks(some)})"  # noqa: S608 - question marks only
            bodies = dict(self._db.execute(statement, some).fetchall())
            found_now = ",".join(bodies[one] for one in some if one in bodies)
            yield from json.loads(f"[{found_now}]")

    def _forget_customers(self, without_person: Callable[[Row], Row], where: str, *values: str) -> None:
        """Take the customer out of the orders that still name one and that are found by a condition."""
        statement = f"SELECT id, body FROM orders WHERE NOT nameless AND {where}"  # noqa: S608 - our own words
        found = self._db.execute(statement, values).fetchall()
        with self._db:
            self._db.executemany(
                "UPDATE orders SET body = ?, nameless = 1 WHERE id = ?",
                ((body_of(without_person(json.loads(body))), one) for one, body in found),
            )


def marks(values: Sequence[object]) -> str:
    """Return a question mark for each value of a statement."""
    return ",".join("?" * len(values))


def body_of(row: Row) -> str:
    """Return a row as it is kept."""
    return _KEPT.encode(row)


def _opened(path: Path, identity: str, tables: str) -> "sqlite3.Connection":
    import sqlite3  # noqa: PLC0415

    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, timeout=30)
    try:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA synchronous = OFF")  # what a power cut spoils is found by quick_check and read anew
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'marks'").fetchone():
            db.executescript(tables + _MARKS)
            with db:
                db.execute("INSERT OR IGNORE INTO marks VALUES ('identity', ?)", (identity,))
        (kept,) = db.execute("SELECT value FROM marks WHERE name = 'identity'").fetchone()
        if kept != identity or db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise ValueError("the file is spoilt, of another shop, or written in another way")  # noqa: TRY301
    except (sqlite3.DatabaseError, ValueError, TypeError):
        db.close()
        raise
    return db


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not kept")


_KEPT = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_plain)
"""Made once; what was read from JSON holds no circles."""
