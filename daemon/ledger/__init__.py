"""The one database of nightclerk: the only door to SQLAlchemy.

While a daemon runs only it opens the ledger; all work on it happens on one thread.
"""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.exc import DatabaseError

from daemon.errors import LedgerError
from daemon.ledger.copying import copy_keys, copy_ledger
from daemon.ledger.doubts import Doubts
from daemon.ledger.drafts import Drafts
from daemon.ledger.history import History, Standing
from daemon.ledger.items import Items
from daemon.ledger.lock import StateLock
from daemon.ledger.migrations import migrate
from daemon.ledger.nights import LedgerNight
from daemon.ledger.post import Post, add_mails
from daemon.ledger.purging import forget, purge
from daemon.ledger.reports import Ending, Reports, read_facts
from daemon.ledger.restored import Restoring, take_up
from daemon.ledger.schema import journal
from daemon.ledger.store import FILE_NAME, Store, make_engine, read_mark, write_mark
from daemon.ledger.tasks import Tasks
from daemon.model import Fact, StoredMail, Text
from daemon.records import Run, Upcoming

__all__ = ["Ending", "Ledger", "Standing", "StateLock", "open_ledger"]
_WAITING = "waiting"
"""The mark that keeps, by kind of work item, the states in which one is still to be done."""


class Ledger:
    """The open ledger of one shop."""

    def __init__(self, store: Store, path: Path, zone: ZoneInfo) -> None:
        self._store, self.path = store, path
        self.history = History(store)
        self.drafts = Drafts(store)
        self.post = Post(store)
        self.reports = Reports(store, zone)
        self.doubts = Doubts(store)
        self.restoring = Restoring(store)
        self.tasks = Tasks(store, zone)
        self.items = Items(store)

    def night(
        self,
        run: Run,
        now: Callable[[], datetime],
        upcoming: Callable[[datetime], list[Upcoming]],
        notices: Callable[[], list[Text]],
    ) -> LedgerNight:
        """Return what one run may ask."""
        return LedgerNight(self._store, run, now, upcoming, notices, self.tasks)

    def facts(self, names: Sequence[str], first: date, last: date) -> list[Fact]:
        """Return the facts of these names for the local days `first` to `last` inclusive, oldest day first."""
        return read_facts(self._store, names, first, last)

    def mark(self, name: str) -> Any:
        """Return a value the daemon remembers about itself, or None."""
        with self._store.begin() as connection:
            return read_mark(connection, self._store.shop, name)

    def set_mark(self, name: str, value: Any) -> None:
        """Remember a value about the daemon itself."""
        with self._store.begin() as connection:
            write_mark(connection, self._store.shop, name, value)

    def tell(self, mails: Sequence[StoredMail], now: datetime, name: str, value: Any) -> None:
        """Queue mails of the daemon's own and remember under `name` what they told: both, or neither."""
        with self._store.begin() as connection:
            add_mails(self._store, connection, "", 0, mails, now)
            write_mark(connection, self._store.shop, name, value)

    def log(self, actor: str, action: str, detail: str, now: datetime) -> None:
        """Write down who changed what."""
        with self._store.begin() as connection:
            number = self._store.next_id(connection, journal)
            connection.execute(
                insert(journal).values(self._store.row(id=number, at=now, actor=actor, action=action, detail=detail))
            )

    def forget(self, kind: str, states: Collection[str], before: datetime) -> int:
        """Forget work items of a kind that are done since before a moment; return how many went."""
        return forget(self._store, kind, states, before)

    def purge(self, before: datetime, waiting: Mapping[str, Collection[str]] = MappingProxyType({})) -> int:
        """Forget history and personal data from before a moment; return how many rows went.

        Work items in the states that `waiting` names by kind stay, and remembered is that these are open: those of a
        plug-in that is not there today wait for it.
        """
        remembered: dict[str, list[str]] = self.mark(_WAITING) or {}
        known = remembered | {kind: list(states) for kind, states in waiting.items()}
        if known != remembered:
            self.set_mark(_WAITING, known)
        return purge(self._store, before, known)

    def backup(self, target: Path) -> int:
        """Copy the ledger cleanly to a new file, while it is in use, and the routines' keys beside it; return how many.

        The copy knows that it is one: opened as a ledger it makes no effect blindly until a person has looked.
        Raises LedgerError where that can't be.
        """
        try:
            target.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise self._uncopied(target, error) from error
        try:
            copy_ledger(self.path, target)
            return copy_keys(self.path.parent, target)
        except (sqlite3.Error, OSError) as error:
            target.unlink()
            raise self._uncopied(target, error) from error

    def _uncopied(self, target: Path, error: Exception) -> LedgerError:
        if isinstance(error, FileExistsError):
            return LedgerError(f"{error.filename} exists already: name a new file")
        return LedgerError(
            f"the ledger could not be copied to {target}: {getattr(error, 'strerror', None) or error}; "
            f"name a file in a folder that can be written to, such as {self.path.parent}"
        )

    def close(self) -> None:
        """Close the ledger."""
        self._store.close()


def open_ledger(state: Path, shop: str, zone: ZoneInfo, now: datetime, program: str) -> Ledger:
    """Open the ledger of a state folder, bringing it up to date and noticing whether it is an older one put back.

    Raises LedgerError where that can't be.
    """
    path = state / FILE_NAME
    engine = make_engine(path)
    try:
        migrate(engine, path, now, program)
        path.chmod(0o600)
        store = Store(engine, shop)
        take_up(store, now)
    except (DatabaseError, OSError) as error:
        engine.dispose()
        raise LedgerError(f"the ledger {path} can't be opened: {getattr(error, 'orig', error)}") from error
    except LedgerError:
        engine.dispose()
        raise
    return Ledger(store, path, zone)
