"""Work items: read, counted and moved from state to state, each step once.

A whole batch is one transaction that holds the write lock: what stands is read first, every step is judged against it
in the order given, and what came of each item is written once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, String, func, or_, select, type_coerce
from sqlalchemy.dialects.sqlite import insert as insert_or

from daemon.errors import LedgerError
from daemon.ledger.schema import work_items
from daemon.ledger.store import Store
from daemon.model import Transition
from daemon.records import WorkItem

_MANY = 500
"""How many ids one query names; SQLite takes 32,766 parameters, plain text stays readable below that."""
_KEY = ("shop", "kind", "id")
_Place = tuple[str, str]


@dataclass(frozen=True)
class _Standing:
    """Where an item stands while a batch is judged; an empty state says that there is none."""

    state: str = ""
    owner: str = ""
    lease_until: datetime | None = None
    changed: datetime | None = None


def _as_item(row: Row[Any]) -> WorkItem:
    return WorkItem(row.kind, row.id, row.state, row.changed, row.data, row.owner, row.lease_until)


def _parts(ids: Iterable[str]) -> list[list[str]]:
    wanted = sorted(set(ids))
    return [wanted[n : n + _MANY] for n in range(0, len(wanted), _MANY)]


class Items:
    """The work items of one shop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(
        self, kind: str, states: Sequence[str] = (), ids: Sequence[str] = (), after: str = "", most: int = 0,
        since: datetime | None = None,
    ) -> list[WorkItem]:  # fmt: skip
        """Return a kind's items in these states (none given: any) and of these ids (none given: all), by id.

        Only those whose id comes after `after`, and no more than `most` of them (0: all): so pages are read. With
        `since`, only those that were changed at or after it.
        """
        query = self._of(kind).where(work_items.c.id > after).order_by(work_items.c.id)
        if states:
            query = query.where(work_items.c.state.in_(list(states)))
        if since is not None:
            query = query.where(work_items.c.changed >= since)
        queries = [query.where(work_items.c.id.in_(part)) for part in _parts(ids)] or [query]
        with self._store.begin() as connection:
            return [_as_item(row) for one in queries for row in connection.execute(one.limit(most or None))]

    def owned(self, kind: str, owner: str) -> list[WorkItem]:
        """Return a kind's items that belong to somebody."""
        with self._store.begin() as connection:
            return [_as_item(row) for row in connection.execute(self._of(kind).where(work_items.c.owner == owner))]

    def alike(self, kind: str, key: str, value: str) -> list[WorkItem]:
        """Return a kind's items whose data say `value` under the top-level `key`, the last changed first."""
        written = type_coerce(work_items.c.data, String).contains(f'"{key}":"{value}"', autoescape=True)
        with self._store.begin() as connection:
            rows = connection.execute(self._of(kind).where(written).order_by(work_items.c.changed.desc()))
            return [item for item in map(_as_item, rows) if item.data.get(key) == value]

    def counts(self, kind: str) -> dict[str, int]:
        """Return how many of a kind's items stand in each state."""
        query = select(work_items.c.state, func.count()).where(
            work_items.c.shop == self._store.shop, work_items.c.kind == kind
        )
        with self._store.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(work_items.c.state))}

    def tally(
        self, kind: str, keys: Sequence[str], states: Sequence[str], since: datetime
    ) -> list[tuple[tuple[str, ...], str, int]]:
        """Count a kind's items by keys of their data and by state: those in `states`, and what was changed since.

        A key that an item has not counts as empty.
        """
        written = type_coerce(work_items.c.data, String)
        groups = [func.coalesce(func.json_extract(written, f'$."{key}"'), "") for key in keys]
        query = select(*groups, work_items.c.state, func.count()).where(
            work_items.c.shop == self._store.shop, work_items.c.kind == kind,
            or_(work_items.c.state.in_(list(states)), work_items.c.changed >= since),
        )  # fmt: skip
        with self._store.begin() as connection:
            rows = connection.execute(query.group_by(*groups, work_items.c.state)).all()
        return [(tuple(map(str, row[:-2])), row[-2], row[-1]) for row in rows]

    def _of(self, kind: str) -> Select[Any]:
        return select(work_items).where(work_items.c.shop == self._store.shop, work_items.c.kind == kind)

    def move(self, steps: Sequence[Transition], now: datetime) -> list[bool]:
        """Make each step whose item stands where the step says, those `along` with others only together; say which.

        Raises LedgerError, and makes none of them, where a step is incomplete.
        """
        if incomplete := next((step for step in steps if not (step.kind and step.id and step.after)), None):
            raise LedgerError(f"a transition needs a kind, an id and a state to go to: {incomplete}")
        with self._store.begin() as connection:
            standing = self._standing(connection, steps)
            torn = _torn(steps, standing, now)
            made, rows = [], dict[_Place, dict[str, Any]]()
            for step in steps:
                place = step.kind, step.id
                after = None if step.along in torn else _stepped(step, standing.get(place, _Standing()), now)
                made.append(after is not None)
                if after is not None:
                    standing[place] = after
                    rows[place] = self._row(step, after)
            self._write(connection, list(rows.values()))
            return made

    def _standing(self, connection: Connection, steps: Sequence[Transition]) -> dict[_Place, _Standing]:
        columns = [work_items.c[name] for name in ("id", "state", "owner", "lease_until", "changed")]
        found = {}
        for kind in {step.kind for step in steps}:
            query = select(*columns).where(work_items.c.shop == self._store.shop, work_items.c.kind == kind)
            for part in _parts(step.id for step in steps if step.kind == kind):
                for row in connection.execute(query.where(work_items.c.id.in_(part))):
                    found[kind, row.id] = _Standing(row.state, row.owner, row.lease_until, row.changed)
        return found

    def _row(self, step: Transition, after: _Standing) -> dict[str, Any]:
        return self._store.row(kind=step.kind, id=step.id, data=dict(step.data), **vars(after))

    @staticmethod
    def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        new = insert_or(work_items)
        changing = {column.name: new.excluded[column.name] for column in work_items.c if column.name not in _KEY}
        connection.execute(new.on_conflict_do_update(index_elements=list(_KEY), set_=changing), rows)


def _torn(steps: Sequence[Transition], standing: Mapping[_Place, _Standing], now: datetime) -> set[str]:
    """Return what names the steps that go along with each other and of which one can't be made.

    Such steps are of different items, and no other step of their batch is of one of them.
    """
    return {
        step.along
        for step in steps
        if step.along and _stepped(step, standing.get((step.kind, step.id), _Standing()), now) is None
    }


def _stepped(step: Transition, item: _Standing, now: datetime) -> _Standing | None:
    """Return where a step leaves its item, or None where the item stands elsewhere or was changed meanwhile."""
    if item.state != step.before or (step.seen is not None and step.seen != item.changed):
        return None
    if step.owner is None:
        return _Standing(step.after, item.owner, item.lease_until, now)
    return _Standing(step.after, step.owner, step.lease_until, now)
