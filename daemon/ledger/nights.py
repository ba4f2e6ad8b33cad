"""What a run may read of the night, and the few things that commit at once: effects and transitions."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Row, Update, delete, insert, select, update

from daemon.errors import LedgerError
from daemon.ledger.doubts import Doubts
from daemon.ledger.drafts import Drafts
from daemon.ledger.history import History, as_run
from daemon.ledger.items import Items
from daemon.ledger.post import Post
from daemon.ledger.reports import read_facts
from daemon.ledger.restored import covers
from daemon.ledger.schema import effects, findings, runs, watermarks
from daemon.ledger.store import Store
from daemon.ledger.tasks import KIND, Tasks
from daemon.model import Fact, Text, Transition
from daemon.records import (
    ABSENCE,
    Draft,
    DraftState,
    Effect,
    EffectState,
    MailStatus,
    Occurrence,
    Run,
    SeenFinding,
    Task,
    Upcoming,
    WorkItem,
)

__all__ = ["LedgerNight"]

DOUBTED_FOR = timedelta(days=7)
"""How long a person is told of an effect that may or may not have happened."""
_DOUBT = "Nobody can say whether this happened: {what} (begun {begun}). Look before it is done again."


def _as_effect(row: Row[Any]) -> Effect:
    return Effect(row.key, row.state, row.what, row.run, row.claimed, row.answer)


class LedgerNight:
    """`daemon.night.Night` on the ledger, for one run; `upcoming` and `notices` come from the daemon's memory."""

    def __init__(
        self,
        store: Store,
        run: Run,
        now: Callable[[], datetime],
        upcoming: Callable[[datetime], list[Upcoming]],
        notices: Callable[[], list[Text]],
        tasks: Tasks,
    ) -> None:
        self._store, self._run, self._now, self._tasks = store, run, now, tasks
        self._upcoming, self._notices = upcoming, notices
        self._items, self._shop = Items(store), store.shop

    def runs(self, since: datetime) -> list[Run]:
        """Return the runs that started at or after `since`, oldest first, without this one."""
        columns = [c for c in runs.c if c.name not in {"shop", "boot"}]
        query = select(*columns).where(runs.c.shop == self._shop, runs.c.started >= since, runs.c.id != self._run.id)
        with self._store.begin() as connection:
            return [as_run(row) for row in connection.execute(query.order_by(runs.c.id))]

    def occurrences(self, since: datetime) -> list[Occurrence]:
        """Return the occurrences due at or after `since`, oldest first."""
        return History(self._store).occurrences(since=since)

    def findings(self, since: datetime) -> list[SeenFinding]:
        """Return what still stands, where it was last seen at or after `since`."""
        query = select(findings).where(
            findings.c.shop == self._shop, findings.c.gone.is_(None), findings.c.found >= since
        )
        with self._store.begin() as connection:
            rows = connection.execute(query.order_by(findings.c.since, findings.c.key))
            return [SeenFinding(r.routine, r.run, r.found, r.since, r.mornings, r.finding) for r in rows]

    def facts(self, names: Sequence[str], first: date, last: date) -> list[Fact]:
        """Return the facts of these names for the local days `first` to `last` inclusive, oldest day first."""
        return read_facts(self._store, names, first, last)

    def drafts(self, states: Sequence[DraftState]) -> list[Draft]:
        """Return the drafts in these states, oldest first."""
        return Drafts(self._store).standing(states)

    def mails(self, since: datetime) -> list[MailStatus]:
        """Return the mails queued at or after `since`, oldest first."""
        return Post(self._store).status(since, limit=None)[::-1]

    def upcoming(self, until: datetime) -> list[Upcoming]:
        """Return the slots between now and `until`, in order."""
        return self._upcoming(until)

    def notices(self) -> list[Text]:
        """Return what the daemon itself has to say, and the effects nobody can vouch for."""
        return [*self._notices(), *self._doubts()]

    def _doubts(self) -> list[Text]:
        doubted = Doubts(self._store).since(self._now() - DOUBTED_FOR)
        return [Text(_DOUBT, {"what": one.what, "begun": one.claimed}) for one in doubted]

    def watermark(self, name: str) -> str | None:
        """Return where this routine's last good run got to, or None on the first."""
        query = select(watermarks.c.value).where(
            watermarks.c.shop == self._shop, watermarks.c.routine == self._run.routine, watermarks.c.name == name
        )
        with self._store.begin() as connection:
            return connection.scalar(query)

    def work_items(
        self, kind: str, states: Sequence[str], ids: Sequence[str], after: str = "", most: int = 0,
        since: datetime | None = None,
    ) -> list[WorkItem]:  # fmt: skip
        """Return the work items of a kind in these states (none given: any) and of these ids (none given: all)."""
        return self._items.find(kind, states, ids=ids, after=after, most=most, since=since)

    def tasks(self) -> list[Task]:
        """Return the open tasks, oldest first."""
        return self._tasks.open(self._now())

    def move(self, steps: Sequence[Transition]) -> list[bool]:
        """Make each step whose item stands where the step says; return which were made. Commits at once.

        Raises LedgerError, and makes none of them, where a step is incomplete.
        """
        if any(step.kind == KIND for step in steps):
            raise LedgerError("a run moves no tasks: report a finding, which becomes one")
        if any(step.kind == ABSENCE for step in steps):
            raise LedgerError("a run sends nobody away: `nightclerk absent` does")
        return self._items.move(steps, self._now())

    def move_all(self, batches: Iterable[Sequence[Transition]]) -> None:
        """Make the steps of each batch, one batch after the other."""
        for steps in batches:
            self.move(steps)

    def effect(self, key: str) -> Effect | None:
        """Return where an effect stands, None where nobody ever claimed it."""
        with self._store.begin() as connection:
            row = connection.execute(select(effects).where(*self._effect(key))).first()
        return _as_effect(row) if row is not None else None

    def claim(self, key: str, what: str) -> Effect | None:
        """Claim an effect and return None, or return the earlier claim of the same key. Commits at once.

        In a ledger that was put back from an older copy a new claim counts as an earlier one: nobody knows.
        """
        with self._store.deed() as connection:
            row = connection.execute(select(effects).where(*self._effect(key))).first()
            if row is not None:
                return _as_effect(row)
            claimed = Effect(key, EffectState.CLAIMED, what, self._run.id, self._now())
            connection.execute(insert(effects).values(self._store.row(**vars(claimed))))
            return claimed if covers(self._store.restored, self._run) else None

    def _effect(self, key: str) -> tuple[Any, Any]:
        return effects.c.shop == self._shop, effects.c.key == key

    def confirm(self, key: str, answer: str) -> None:
        """Record that the effect happened and what the outside answered. Commits at once."""
        self._change(key, update(effects).values(state=EffectState.CONFIRMED, answer=answer))

    def doubt(self, key: str) -> None:
        """Record that nobody can say whether the effect happened. Commits at once."""
        self._change(key, update(effects).values(state=EffectState.UNCERTAIN))

    def release(self, key: str) -> None:
        """Give a claim back: the effect certainly did not happen. Commits at once."""
        self._change(key, delete(effects))

    def _change(self, key: str, statement: Update | Delete) -> None:
        """Change an effect whose claim is open; raise LedgerError where it is confirmed, or was never claimed."""
        unconfirmed = effects.c.state != EffectState.CONFIRMED
        with self._store.begin() as connection:
            if connection.execute(statement.where(*self._effect(key), unconfirmed)).rowcount != 1:
                raise LedgerError(f"the effect {key} has no open claim")
