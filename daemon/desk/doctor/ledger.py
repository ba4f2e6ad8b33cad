"""Asks SQLite whether the ledger is whole, without changing a byte of it."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from daemon import wire
from daemon.desk.doctor.patient import Patient, ill, unknown, well
from daemon.errors import BusyError
from daemon.ledger.highwater import FILE_NAME as HIGH_WATER_FILE
from daemon.ledger.highwater import HighWater, HighWaterFile, falls_short
from daemon.ledger.lock import FILE_NAME as LOCK
from daemon.ledger.store import COPY, HIGH_WATER, RESTORED, WHOLE_FILE
from daemon.ledger.store import FILE_NAME as LEDGER
from daemon.records import Diagnosis, Restored

_RESTORE = "stop the service and put a copy back, as docs/operating.md says under `State, backup, restore`"
_OLDER = (
    "is an older one that was put back: until an admin has looked, mail from before is held, and what it does not know "
    "is asked for outside or called uncertain"
)
_RECONCILE = "`nightclerk state reconcile` shows what is held back, `nightclerk state reconcile --release` ends that"


def ledger(patient: Patient) -> Iterator[Diagnosis]:
    """Look whether the ledger is whole; one that was never made needs nothing said."""
    path = patient.setup.state / LEDGER
    if not os.path.lexists(path):
        return
    try:
        with _undisturbed(patient):
            yield _examined(path)
    except BusyError as error:
        yield unknown("ledger", str(error), "end that process, or try again when it has ended")
    except PermissionError:
        yield patient.closed("ledger", f"{path} may not be read by this user", f"`chown` {path} to the service's user")


@contextmanager
def _undisturbed(patient: Patient) -> Iterator[None]:
    """Share the state's lock, so that nobody starts to work there meanwhile; the daemon itself holds it already.

    The lock's file is only read: whoever looks leaves nothing behind.
    """
    lock = patient.setup.state / LOCK
    if patient.serving or not lock.exists():
        yield
        return
    with lock.open(encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = file.read().strip() or "unknown"
            raise BusyError(f"it was not looked at: the process {holder} holds it and does not answer") from error
        yield


def _examined(path: Path) -> Diagnosis:
    """Return what SQLite's own check says; without a write-ahead log nothing else can be at the file."""
    path.open("rb").close()
    alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    beside = HighWaterFile(path.with_name(HIGH_WATER_FILE)).read()  # before the ledger: it never says more than that
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro{alone}", uri=True)) as connection:
            said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
            older = said == ["ok"] and _is_older(connection, beside)
    except sqlite3.OperationalError as error:
        return unknown("ledger", f"{path} could not be checked: {error}", "try again; if it stays so, restore it")
    except sqlite3.DatabaseError as error:
        return ill("ledger", f"{path} is damaged: {error}", _RESTORE)
    if said != ["ok"]:
        return ill("ledger", f"{path} is damaged: {'; '.join(said)}", _RESTORE)
    return ill("ledger", f"{path} {_OLDER}", _RECONCILE) if older else well("ledger", f"{path} is whole")


def _is_older(connection: sqlite3.Connection, beside: HighWater) -> bool:
    """Say whether the ledger is one that was put back and that nobody has reconciled, or will be taken for one."""
    try:
        rows = connection.execute("SELECT name, value FROM marks WHERE shop = ?", (WHOLE_FILE,)).fetchall()
    except sqlite3.OperationalError:
        return False
    marks = {str(name): wire.loads(value.encode()) for name, value in rows}
    restored: Restored | None = marks.get(RESTORED)
    guarded = restored is not None and restored.lifted is None
    return guarded or bool(marks.get(COPY)) or falls_short(HighWater(*marks.get(HIGH_WATER) or ()), beside)
