"""One open ledger: its file, its one connection, and transactions that take the write lock at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, select
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import StaticPool

from daemon.errors import LedgerError

FILE_NAME = "ledger.db"
BUSY_SECONDS = 5


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    """WAL keeps readers out of the writer's way; FULL means that what was committed survives a power cut."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def make_engine(path: Path) -> Engine:
    """Return an engine with one connection to the SQLite file at `path`."""
    engine = create_engine(
        f"sqlite:///{path}", poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS}
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


class Store:
    """The open ledger of one shop; everything else in this package works through it."""

    def __init__(self, engine: Engine, shop: str) -> None:
        self.engine = engine
        self.shop = shop

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a connection inside one transaction; raise LedgerError where the disk or the lock refuses."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise  # what is to be written is wrong, not the disk: trying again is no use
        except DatabaseError as error:
            raise LedgerError(f"the ledger {self.engine.url.database} can't be used: {error.orig}") from error

    def next_id(self, connection: Connection, table: Table) -> int:
        """Return the number of the table's next row of this shop; the transaction keeps it ours."""
        newest: int | None = connection.scalar(select(func.max(table.c.id)).where(table.c.shop == self.shop))
        return (newest or 0) + 1

    def row(self, **values: Any) -> dict[str, Any]:
        """Return the values of a row with the shop in it."""
        return {"shop": self.shop, **values}

    def close(self) -> None:
        """Close the connection; the write-ahead log is folded into the file."""
        self.engine.dispose()
