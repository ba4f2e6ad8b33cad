"""Effects of which nobody can say whether they happened, and what a person says of them."""

from datetime import datetime

from sqlalchemy import delete, select, update

from daemon.ledger.schema import drafts, effects, runs
from daemon.ledger.store import Store
from daemon.occurrences.asked import draft_number
from daemon.records import DraftState, Effect, EffectState


class Doubts:
    """The uncertain effects of one shop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def since(self, moment: datetime) -> list[Effect]:
        """Return the uncertain effects that were claimed at or after a moment, oldest first."""
        query = select(effects).where(effects.c.shop == self._store.shop, effects.c.state == EffectState.UNCERTAIN)
        with self._store.begin() as connection:
            rows = connection.execute(
                query.where(effects.c.claimed >= moment).order_by(effects.c.claimed, effects.c.key)
            )
            return [Effect(row.key, row.state, row.what, row.run, row.claimed, row.answer) for row in rows]

    def not_done(self, key: str) -> bool:
        """Take a person's word that an uncertain effect did not happen; say whether there was one of that key.

        Its key is free again, and the draft it was made for waits to be approved once more.
        """
        mine = (effects.c.shop == self._store.shop, effects.c.key == key, effects.c.state == EffectState.UNCERTAIN)
        with self._store.begin() as connection:
            run = connection.scalar(select(effects.c.run).where(*mine))
            if run is None:
                return False
            connection.execute(delete(effects).where(*mine))
            its = (runs.c.shop == self._store.shop, runs.c.id == run)
            number = draft_number(connection.scalar(select(runs.c.slot).where(*its)) or "")
            connection.execute(
                update(drafts)
                .where(drafts.c.shop == self._store.shop, drafts.c.id == number)
                .where(drafts.c.state == DraftState.UNCERTAIN)
                .values(state=DraftState.WAITING)
            )
            return True
