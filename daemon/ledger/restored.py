"""A ledger that is older than the world: how one is noticed at its opening, what it holds back, and who ends that.

An older ledger does not know which effects were made and which mails left after its last entry. So from then on a claim
of an unknown key counts as an earlier one that was never confirmed (the outside is asked, or the effect is uncertain),
and the mail it still had to send is held. New mail leaves. A person who has looked lifts the guard.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select, update

from daemon.ledger.highwater import HighWater, falls_short
from daemon.ledger.schema import effects, mails, marks, runs
from daemon.ledger.store import COPY, HIGH_WATER, RESTORED, WHOLE_FILE, Store, read_mark, write_mark
from daemon.occurrences.asked import draft_decided
from daemon.records import MailState, Restored, Run

_HELD = "held: the ledger was put back from an older copy, so this may have left already"


@dataclass(frozen=True)
class _Kept:
    """What the ledger says of itself."""

    reached: HighWater
    is_copy: bool
    restored: Restored | None


def _kept(connection: Connection) -> _Kept:
    reached = HighWater(*(read_mark(connection, WHOLE_FILE, HIGH_WATER) or ()))
    is_copy = bool(read_mark(connection, WHOLE_FILE, COPY))
    return _Kept(reached, is_copy, read_mark(connection, WHOLE_FILE, RESTORED))


def take_up(store: Store, now: datetime) -> None:
    """Notice whether the ledger is an older one that was put back, and have the file beside it follow from here on.

    Raises LedgerError where the ledger refuses, OSError where the file can't be read or written.
    """
    beside = store.beside.read()
    with store.begin() as connection:
        kept = _kept(connection)
        reached, store.restored = kept.reached, kept.restored
        worked_unmarked = False
        if kept.is_copy or falls_short(reached, beside):
            store.restored = _put_on_guard(connection, kept.restored, now)
            reached = HighWater(secrets.token_hex(8), max(reached.deeds, beside.deeds))
        elif not reached.identity:
            reached = HighWater(secrets.token_hex(8))
            worked_unmarked = _newest(connection) is not None
        if reached != kept.reached:
            write_mark(connection, WHOLE_FILE, HIGH_WATER, [reached.identity, reached.deeds])
    if reached != beside:
        store.beside.write(reached)
    if worked_unmarked:
        store.count_deed()  # copies from before there were marks fall short from here on


def _put_on_guard(connection: Connection, before: Restored | None, now: datetime) -> Restored:
    """Write down that the ledger was put back, and hold the mail it had to send; return what was written.

    Where a guard stands already, what is unknown began no later than it said.
    """
    newest = _newest(connection)
    if before is not None and before.lifted is None:
        newest = min(newest, before.newest) if newest and before.newest else None
    found = Restored(newest, now)
    connection.execute(delete(marks).where(marks.c.shop == WHOLE_FILE, marks.c.name == COPY))
    write_mark(connection, WHOLE_FILE, RESTORED, found)
    leaving = mails.c.state == MailState.SENDING
    connection.execute(update(mails).where(leaving).values(doubted=True))
    connection.execute(
        update(mails)
        .where(or_(leaving, mails.c.next_try.is_not(None)))
        .values(state=MailState.HELD, next_try=None, error=_HELD)
    )
    return found


def _newest(connection: Connection) -> datetime | None:
    """Return the moment of the newest entry of all shops, None where nothing was ever done. Reads all history."""
    columns = (runs.c.started, mails.c.queued, effects.c.claimed)
    found = [connection.scalar(select(func.max(column))) for column in columns]
    found += connection.scalars(select(marks.c.value).where(marks.c.name == "alive"))
    return max((moment for moment in found if moment is not None), default=None)


def covers(restored: Restored | None, run: Run) -> bool:
    """Say whether a run may want what was done before: what fell due, or was decided, before the guard was lifted."""
    if restored is None or restored.lifted is None:
        return restored is not None
    return (draft_decided(run.slot) or run.due) <= restored.lifted


class Restoring:
    """The guard of a ledger that was put back: whether it stands, and its end."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def standing(self) -> Restored | None:
        """That the ledger was put back, as long as nobody has lifted the guard."""
        found = self._store.restored
        return found if found is not None and found.lifted is None else None

    def lift(self, now: datetime) -> bool:
        """End the guard; say whether one stood."""
        found = self.standing
        if found is None:
            return False
        lifted = replace(found, lifted=now)
        with self._store.begin() as connection:
            write_mark(connection, WHOLE_FILE, RESTORED, lifted)
        self._store.restored = lifted
        return True
