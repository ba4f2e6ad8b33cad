"""One open ledger: its file, its one connection, and transactions that take the write lock at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, bindparam, create_engine, event, func, select
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import StaticPool

from daemon.errors import LedgerError
from daemon.ledger import highwater
from daemon.ledger.highwater import HighWater, HighWaterFile
from daemon.ledger.schema import marks
from daemon.records import Restored

FILE_NAME = "ledger.db"
BUSY_SECONDS = 5
WHOLE_FILE = ""
"""Stands in a mark's `shop` where the mark is about the file and not about one shop in it."""
HIGH_WATER, COPY, RESTORED = "highwater", "copy", "restored"
"""Marks of the whole file: its identity and deeds, that it is a copy, that it was put back."""


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


def read_mark(connection: Connection, shop: str, name: str) -> Any:
    """Return the value of a mark, or None."""
    return connection.scalar(select(marks.c.value).where(marks.c.shop == shop, marks.c.name == name))


def write_mark(connection: Connection, shop: str, name: str, value: Any) -> None:
    """Set the value of a mark."""
    statement = insert_or(marks).values(shop=shop, name=name, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["shop", "name"], set_={"value": statement.excluded.value})
    )


@cache
def _newest(table: Table) -> Select[Any]:
    """Return the question for a table's highest number; built once, every run asks it."""
    return select(func.max(table.c.id)).where(table.c.shop == bindparam("in_shop"))


class Store:
    """The open ledger of one shop; everything else in this package works through it.

    `restored` says that the ledger is an older one that was put back, also after a person has lifted the guard.
    """

    def __init__(self, engine: Engine, shop: str) -> None:
        self.engine = engine
        self.shop = shop
        self.beside = HighWaterFile(Path(str(engine.url.database)).with_name(highwater.FILE_NAME))
        self.restored: Restored | None = None

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

    @contextmanager
    def deed(self) -> Iterator[Connection]:
        """Give a connection inside a transaction after which the world may change: counted here and in the file."""
        with self.begin() as connection:
            before = HighWater(*(read_mark(connection, WHOLE_FILE, HIGH_WATER) or ()))
            reached = HighWater(before.identity, before.deeds + 1)
            write_mark(connection, WHOLE_FILE, HIGH_WATER, [reached.identity, reached.deeds])
            yield connection
        self.beside.follow(reached)

    def count_deed(self) -> None:
        """Count a deed that nobody makes."""
        with self.deed():
            return

    def next_id(self, connection: Connection, table: Table) -> int:
        """Return the number of the table's next row of this shop; the transaction keeps it ours."""
        newest: int | None = connection.scalar(_newest(table), {"in_shop": self.shop})
        return (newest or 0) + 1

    def row(self, **values: Any) -> dict[str, Any]:
        """Return the values of a row with the shop in it."""
        return {"shop": self.shop, **values}

    def close(self) -> None:
        """Close the connection; the write-ahead log is folded into the file."""
        self.engine.dispose()
