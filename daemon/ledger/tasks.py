"""Tasks: what people ask for and what findings ask for, kept as work items of the kind `task`.

A finding makes one task while it stands, however many nights report it, and none again once a person has closed that;
only a cause that went away and came back makes a new one. A cause that is gone offers its task for closing; only a
person closes one. What a person decided (box, due date, owner) outlives what the next night's finding says.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Integer, Row, cast, func, insert, select, update

from daemon.context import TASK_LISTED
from daemon.ledger.schema import facts, findings, work_items
from daemon.ledger.store import Store
from daemon.model import Finding, Urgency
from daemon.ranking import task_of
from daemon.records import Task, TaskState

KIND = "task"
_OFFERED: Mapping[str, Any] = {"offered": True}
"""What is written of a task whose cause is gone."""


def keep_tasks(
    store: Store, connection: Connection, found: Iterable[Finding], new: Collection[str], gone: Collection[str],
    now: datetime,
) -> None:  # fmt: skip
    """Bring the tasks up to what a run found, inside the caller's transaction.

    `new` are the keys of findings that did not stand before, `gone` those of findings that no longer stand.
    """
    seen = {finding.key: finding for finding in found}
    if not seen and not gone:
        return
    known = _by_finding(store, connection)
    fresh = [_fresh(now, finding=seen[key]) for key in seen if key in new and key not in known]
    _insert(store, connection, fresh, "", now)
    over = set(gone) & known.keys() - _standing(store, connection, gone)
    said: dict[str, Mapping[str, Any]] = dict.fromkeys(over, _OFFERED)
    said |= {key: {"finding": seen[key], "offered": False} for key in seen.keys() & known.keys()}
    for key, words in said.items():
        _say(store, connection, known[key], words)


def _by_finding(store: Store, connection: Connection) -> dict[str, Row[Any]]:
    """Return the open tasks that findings asked for, by the finding's key."""
    return {row.data["finding"].key: row for row in _open_rows(store, connection) if row.data["finding"]}


def _say(store: Store, connection: Connection, row: Row[Any], words: Mapping[str, Any]) -> None:
    """Write what is new of an open task, where anything is."""
    data = {**row.data, **words}
    if data != row.data:
        _write(store, connection, row.id, data)


def _standing(store: Store, connection: Connection, keys: Collection[str]) -> set[str]:
    """Return the keys that another routine still reports."""
    query = select(findings.c.key).where(findings.c.shop == store.shop, findings.c.gone.is_(None))
    return set(connection.scalars(query.where(findings.c.key.in_(sorted(keys)))))


def _fresh(now: datetime, *, title: str = "", finding: Finding | None = None, author: str = "") -> dict[str, Any]:
    return {"title": title, "finding": finding, "author": author, "created": now, "offered": False, "set": {}}


def _rows(store: Store, connection: Connection, *conditions: Any) -> Sequence[Row[Any]]:
    query = select(work_items).where(work_items.c.shop == store.shop, work_items.c.kind == KIND, *conditions)
    return connection.execute(query).all()


def _open_rows(store: Store, connection: Connection) -> Sequence[Row[Any]]:
    return _rows(store, connection, work_items.c.state == TaskState.OPEN.value)


def _insert(
    store: Store, connection: Connection, new: Sequence[Mapping[str, Any]], owner: str, now: datetime
) -> list[str]:
    """Add open tasks and return their numbers."""
    if not new:
        return []
    newest = select(func.max(cast(work_items.c.id, Integer))).where(
        work_items.c.shop == store.shop, work_items.c.kind == KIND
    )
    first = (connection.scalar(newest) or 0) + 1
    rows = [
        store.row(
            kind=KIND, id=str(number), state=TaskState.OPEN.value, owner=owner, lease_until=None, changed=now,
            data=dict(data),
        )
        for number, data in enumerate(new, start=first)
    ]  # fmt: skip
    connection.execute(insert(work_items), rows)
    return [row["id"] for row in rows]


def _write(store: Store, connection: Connection, number: str, data: Mapping[str, Any], **more: Any) -> bool:
    """Change a task that is still open; say whether it was."""
    statement = update(work_items).where(
        work_items.c.shop == store.shop, work_items.c.kind == KIND, work_items.c.id == number,
        work_items.c.state == TaskState.OPEN.value,
    )  # fmt: skip
    return connection.execute(statement.values(data=dict(data), **more)).rowcount == 1


class Tasks:
    """The tasks of one shop; `zone` says which moments are one morning."""

    def __init__(self, store: Store, zone: ZoneInfo) -> None:
        self._store, self._zone = store, zone

    def open(self, now: datetime) -> list[Task]:
        """Return the open tasks, oldest first; a slip is an earlier local day on which a task was listed."""
        with self._store.begin() as connection:
            slips = self._slips(connection, now.astimezone(self._zone).date())
            found = [self._task(row, slips[row.id]) for row in _open_rows(self._store, connection)]
        return sorted(found, key=_age)

    def closed(self, since: datetime | None = None) -> list[Task]:
        """Return the tasks that were done at or after a moment (not given: all), oldest first."""
        after = () if since is None else (work_items.c.changed >= since,)
        with self._store.begin() as connection:
            rows = _rows(self._store, connection, work_items.c.state == TaskState.DONE.value, *after)
        return sorted((self._task(row, 0) for row in rows), key=_age)

    def get(self, number: str, now: datetime) -> Task | None:
        """Return one task, or None where there is none of that number."""
        return next((task for task in (*self.open(now), *self.closed()) if task.id == number), None)

    def add(self, title: str, chosen: Mapping[str, Any], author: str, now: datetime) -> str:
        """Add a person's task and return its number; `chosen` are the fields of `Task` that they gave."""
        data = {**_fresh(now, title=title, author=author), "set": _kept(chosen)}
        with self._store.begin() as connection:
            return _insert(self._store, connection, [data], str(chosen.get("owner", "")), now)[0]

    def change(self, number: str, chosen: Mapping[str, Any], cleared: Collection[str] = ()) -> bool:
        """Change fields of an open task; say whether it was open.

        Those that are `cleared` are as if nobody had ever set them: a finding's task says what the finding says.
        """
        owner = {"owner": str(chosen.get("owner", ""))} if "owner" in {*chosen, *cleared} else {}
        with self._store.begin() as connection:
            rows = _rows(self._store, connection, work_items.c.id == number)
            data = [{**row.data, "set": _without({**row.data["set"], **_kept(chosen)}, cleared)} for row in rows]
            return bool(data) and _write(self._store, connection, number, data[0], **owner)

    def close(self, number: str, now: datetime) -> bool:
        """Mark an open task as done; say whether it was open."""
        with self._store.begin() as connection:
            rows = _rows(self._store, connection, work_items.c.id == number)
            done = {"state": TaskState.DONE.value, "changed": now}
            return bool(rows) and _write(self._store, connection, number, rows[0].data, **done)

    def _slips(self, connection: Connection, today: date) -> Counter[str]:
        query = select(facts.c.dimensions, func.count()).where(
            facts.c.shop == self._store.shop, facts.c.name == TASK_LISTED.name, facts.c.day < today
        )
        rows = connection.execute(query.group_by(facts.c.dimensions))
        return Counter({str(json.loads(dimensions).get("task")): count for dimensions, count in rows})

    def _task(self, row: Row[Any], slipped: int) -> Task:
        data, done = row.data, row.state == TaskState.DONE.value
        finding = data["finding"]
        found = (
            task_of(finding, data["created"], self._zone) if finding else Task(row.id, data["title"], data["created"])
        )
        return replace(
            found, id=row.id, owner=row.owner, state=TaskState(row.state), author=data["author"], slipped=slipped,
            offered=data["offered"] and not done, urgency=None if done else _class(found, data),
            closed=row.changed if done else None, **data["set"],
        )  # fmt: skip


def _class(found: Task, data: Mapping[str, Any]) -> Urgency | None:
    """Return the class of a finding that stands; where a person has put its task into a box, the box decides."""
    return None if data["offered"] or data["set"].keys() & {"goal", "horizon"} else found.urgency


def _kept(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what goes into a task's data; its owner has a column of its own."""
    return _without(chosen, {"owner"})


def _without(fields: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _age(task: Task) -> tuple[datetime, int, str]:
    return task.created, len(task.id), task.id
