"""Drafts: what jobs want to do to the world and what people decided about it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from daemon.ledger.schema import drafts
from daemon.ledger.store import Store
from daemon.model import NewDraft
from daemon.records import Draft, DraftState


def _as_draft(row: Row[Any]) -> Draft:
    return Draft(row.id, row.routine, row.state, row.draft, row.created, row.decided_by, row.decided_at)


def add_drafts(
    store: Store, connection: Connection, routine: str, new: Iterable[NewDraft], state: DraftState, now: datetime
) -> None:
    """Add the drafts whose key the routine has not used yet, inside the caller's transaction."""
    for draft in new:
        values = store.row(
            id=store.next_id(connection, drafts), routine=routine, key=draft.key, state=state, draft=draft, created=now,
            not_before=draft.not_before, expires=draft.expires,
            decided_by="approve: auto" if state is DraftState.APPROVED else "",
            decided_at=now if state is DraftState.APPROVED else None,
        )  # fmt: skip
        connection.execute(insert_or(drafts).values(values).on_conflict_do_nothing())


class Drafts:
    """The drafts of one shop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standing(self, states: Sequence[DraftState] = ()) -> list[Draft]:
        """Return the drafts in these states (none given: all), oldest first."""
        query = select(drafts).where(drafts.c.shop == self._store.shop)
        if states:
            query = query.where(drafts.c.state.in_(list(states)))
        with self._store.begin() as connection:
            return [_as_draft(row) for row in connection.execute(query.order_by(drafts.c.id))]

    def move(self, number: int, before: DraftState, after: DraftState, actor: str, now: datetime) -> bool:
        """Move one draft on, where it still stands in `before`; say whether it was moved."""
        decided = {"decided_by": actor, "decided_at": now} if before is DraftState.WAITING else {}
        with self._store.begin() as connection:
            moved = connection.execute(
                update(drafts)
                .where(drafts.c.shop == self._store.shop, drafts.c.id == number, drafts.c.state == before)
                .values(state=after, **decided)
            )
            return moved.rowcount == 1

    def ripe(self, now: datetime) -> list[Draft]:
        """Return the approved drafts whose moment has come."""
        return [
            d for d in self.standing([DraftState.APPROVED]) if d.draft.not_before is None or d.draft.not_before <= now
        ]

    def expire(self, now: datetime) -> int:
        """Expire the drafts nobody decided about in time; return how many."""
        with self._store.begin() as connection:
            return connection.execute(
                update(drafts)
                .where(drafts.c.shop == self._store.shop, drafts.c.state == DraftState.WAITING)
                .where(drafts.c.expires <= now)
                .values(state=DraftState.EXPIRED)
            ).rowcount

    def fall_due(self, now: datetime) -> list[Draft]:
        """Expire what nobody decided about in time, and return the approved drafts whose moment has come."""
        self.expire(now)
        return self.ripe(now)
