"""Stored mail: bytes that are kept before the first try and leave unchanged."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from daemon.ledger.schema import mails, runs
from daemon.ledger.store import Store
from daemon.model import StoredMail
from daemon.records import MailState, MailStatus

_STATUS = [mails.c[name] for name in (
    "id", "recipient", "subject", "state", "tries", "queued", "sent", "error"
)]  # fmt: skip


def _as_mail(row: Row[Any]) -> StoredMail:
    return StoredMail(row.message_id, row.sender, row.recipient, row.subject, row.content, row.day)


def add_mails(
    store: Store, connection: Connection, routine: str, run: int, new: Iterable[StoredMail], now: datetime
) -> int:
    """Queue mails whose Message-ID is not known yet, inside the caller's transaction; return how many were new."""
    added = 0
    for mail in new:
        values = store.row(
            id=store.next_id(connection, mails), routine=routine, run=run, **vars(mail), state=MailState.QUEUED,
            tries=0, queued=now, next_try=now, doubted=False, sent=None, error="",
        )  # fmt: skip
        added += connection.execute(insert_or(mails).values(values).on_conflict_do_nothing()).rowcount
    return added


class Post:
    """The stored mails of one shop, as the outbox works through them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _of_shop(self) -> Any:
        return mails.c.shop == self._store.shop

    def add(self, routine: str, new: Iterable[StoredMail], now: datetime) -> int:
        """Queue mails that belong to no run; return how many were new."""
        with self._store.begin() as connection:
            return add_mails(self._store, connection, routine, 0, new, now)

    def due(self, now: datetime) -> list[tuple[int, StoredMail, int, bool]]:
        """Return number, mail, tries so far and whether one was uncertain, of every mail whose next try has come."""
        query = select(mails).where(self._of_shop(), mails.c.next_try <= now, mails.c.state != MailState.SENDING)
        with self._store.begin() as connection:
            rows = connection.execute(query.order_by(mails.c.id))
            return [(row.id, _as_mail(row), row.tries, row.doubted) for row in rows]

    def sending(self, number: int) -> None:
        """Mark a mail as being sent, before the first byte leaves."""
        with self._store.deed() as connection:
            self._set(connection, number, state=MailState.SENDING, tries=mails.c.tries + 1)

    def settle(self, number: int, state: MailState, error: str, now: datetime, again: datetime | None) -> None:
        """Write how a try ended and when the next one is, if there is one."""
        sent = now if state is MailState.SENT else None
        doubt = {"doubted": True} if state is MailState.UNCERTAIN else {}
        with self._store.begin() as connection:
            self._set(connection, number, state=state, error=error, next_try=again, sent=sent, **doubt)

    def _set(self, connection: Connection, number: int, **values: Any) -> None:
        connection.execute(update(mails).where(self._of_shop(), mails.c.id == number).values(values))

    def interrupted(self, again: datetime) -> int:
        """Call mails that were being sent when the daemon died uncertain; return how many. Each gets one more try."""
        dying = (self._of_shop(), mails.c.state == MailState.SENDING)
        words = {"state": MailState.UNCERTAIN, "error": "the daemon stopped while this was being sent"}
        with self._store.begin() as connection:
            given_up = connection.execute(update(mails).where(*dying, mails.c.doubted).values(next_try=None, **words))
            once_more = connection.execute(update(mails).where(*dying).values(next_try=again, doubted=True, **words))
            return given_up.rowcount + once_more.rowcount

    def retry(self, number: int | None, now: datetime) -> int:
        """Make one mail, or every mail that has not left and is not held, due now; return how many."""
        waiting = [MailState.QUEUED, MailState.UNCERTAIN, MailState.REFUSED, MailState.HELD]
        which = mails.c.id == number if number is not None else mails.c.state == MailState.QUEUED
        with self._store.begin() as connection:
            return connection.execute(
                update(mails)
                .where(self._of_shop(), which, mails.c.state.in_(waiting))
                .values(state=MailState.QUEUED, next_try=now)
            ).rowcount

    def held(self) -> list[MailStatus]:
        """Return the mails that are held since the ledger was put back from an older copy, oldest first."""
        query = select(*_STATUS).where(self._of_shop(), mails.c.state == MailState.HELD)
        with self._store.begin() as connection:
            return [MailStatus(**row._asdict()) for row in connection.execute(query.order_by(mails.c.id))]

    def let_go(self, now: datetime) -> int:
        """Make the mails that are held due now; return how many."""
        held = (self._of_shop(), mails.c.state == MailState.HELD)
        with self._store.begin() as connection:
            return connection.execute(update(mails).where(*held).values(state=MailState.QUEUED, next_try=now)).rowcount

    def status(self, since: datetime | None = None, limit: int | None = 200) -> list[MailStatus]:
        """Return how mails fared, newest first, no more than `limit` (None: all)."""
        query = select(*_STATUS).where(self._of_shop())
        if since is not None:
            query = query.where(mails.c.queued >= since)
        with self._store.begin() as connection:
            rows = connection.execute(query.order_by(mails.c.id.desc()).limit(limit))
            return [MailStatus(**row._asdict()) for row in rows]

    def stored(self, routine: str, day: date) -> list[StoredMail]:
        """Return the mails of a routine for a local day, in the order they were stored."""
        query = select(mails).where(self._of_shop(), mails.c.routine == routine, mails.c.day == day)
        with self._store.begin() as connection:
            return [_as_mail(row) for row in connection.execute(query.order_by(mails.c.id))]

    def editions(self, routine: str, day: date) -> int:
        """Return how often one person was sent mail of a routine for a local day, at most."""
        query = select(func.count()).where(self._of_shop(), mails.c.routine == routine, mails.c.day == day)
        with self._store.begin() as connection:
            return max(connection.scalars(query.group_by(mails.c.recipient)), default=0)

    def stored_since(self, routine: str, day: date, since: datetime) -> bool:
        """Say whether mail of a routine for a local day was stored at a moment or after it."""
        with self._store.begin() as connection:
            return connection.scalar(self._since(routine, day, since)) is not None

    def briefed(self, routine: str, day: date, since: datetime) -> bool:
        """Say whether a run that nobody asked for has stored such mail."""
        its_run = and_(runs.c.shop == mails.c.shop, runs.c.id == mails.c.run, runs.c.slot.not_like("manual-%"))
        with self._store.begin() as connection:
            return connection.scalar(self._since(routine, day, since).join(runs, its_run)) is not None

    def _since(self, routine: str, day: date, since: datetime) -> Select[tuple[int]]:
        return (
            select(mails.c.id)
            .where(self._of_shop(), mails.c.routine == routine, mails.c.day == day, mails.c.queued >= since)
            .limit(1)
        )

    def next_try(self) -> datetime | None:
        """Return when the next mail is due, or None."""
        with self._store.begin() as connection:
            query = select(mails.c.next_try).where(self._of_shop(), mails.c.next_try.is_not(None))
            return connection.scalar(query.order_by(mails.c.next_try).limit(1))

    def waiting(self) -> int:
        """Return how many mails have not left yet, those that are held among them."""
        with self._store.begin() as connection:
            query = select(func.count()).where(
                self._of_shop(), mails.c.state.in_([MailState.QUEUED, MailState.SENDING, MailState.HELD])
            )
            return connection.scalar(query) or 0
