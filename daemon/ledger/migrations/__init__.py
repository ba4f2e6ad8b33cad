"""How a ledger on disk gets to today's schema: numbered steps, each in one transaction, a copy made before.

A step is a module `m0001_…` with a tuple `STATEMENTS` of SQL; it is never changed once released.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, inspect, select

from daemon.errors import LedgerError
from daemon.ledger import schema
from daemon.ledger.copying import copy_ledger
from daemon.ledger.migrations import m0001_first

STEPS: tuple[Sequence[str], ...] = (m0001_first.STATEMENTS,)


def version_of(connection: Connection) -> int:
    """Return the version of the ledger behind the connection; 0 is an empty file."""
    if not inspect(connection).has_table(schema.versions.name):
        return 0
    return connection.scalar(select(func.max(schema.versions.c.version))) or 0


def _copy_aside(path: Path, version: int) -> Path:
    aside = path.with_name(f"{path.name}.v{version}.bak")
    aside.touch(mode=0o600)
    copy_ledger(path, aside)
    return aside


def migrate(engine: Engine, path: Path, now: datetime, program: str, steps: Sequence[Sequence[str]] = STEPS) -> None:
    """Bring the ledger to the last of `steps`; raise LedgerError where it is newer than this program."""
    newest = len(steps)
    with engine.begin() as connection:
        version = version_of(connection)
    if version > newest:
        raise LedgerError(
            f"the ledger {path} is of version {version}, this program knows {newest} at most: install the newer "
            "nightclerk again, or restore the copy that stands beside the ledger"
        )
    if 0 < version < newest:
        _copy_aside(path, version)
    for number in range(version + 1, newest + 1):
        with engine.begin() as connection:
            for statement in steps[number - 1]:
                connection.exec_driver_sql(statement)
            connection.execute(insert(schema.versions).values(version=number, applied=now, program=program))
