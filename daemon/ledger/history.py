"""Occurrences and runs: what fell due, what was tried, and how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from daemon.ledger.schema import effects, occurrences, routines, runs
from daemon.ledger.store import Store
from daemon.records import EffectState, Occurrence, Run, State

_OCCURRENCE = [occurrences.c[one.name] for one in fields(Occurrence)]
_RUN = [c for c in runs.c if c.name not in {"shop", "boot"}]

# What every run needs is said once: to build a statement takes longer than to carry it out.
_THIS = and_(
    occurrences.c.shop == bindparam("in_shop"),
    occurrences.c.routine == bindparam("of_routine"),
    occurrences.c.slot == bindparam("of_slot"),
)
_CHANGE = update(occurrences).where(_THIS)
_CHANGE_PENDING = _CHANGE.where(occurrences.c.state == State.PENDING)
_CLAIM = _CHANGE_PENDING.where(occurrences.c.tries == bindparam("known_tries"))
_ADD_RUN = insert(runs)
_END_RUN = update(runs).where(runs.c.shop == bindparam("in_shop"), runs.c.id == bindparam("of_run"))
_DOUBT = (
    update(effects)
    .where(effects.c.shop == bindparam("in_shop"), effects.c.state == EffectState.CLAIMED)
    .where(
        effects.c.run.in_(
            select(runs.c.id).where(
                runs.c.shop == bindparam("in_shop"),
                runs.c.routine == bindparam("of_routine"),
                runs.c.slot == bindparam("of_slot"),
            )
        )
    )
    .values(state=EffectState.UNCERTAIN)
)
_ENDING = ("state", "ended", "reason", "summary", "output", "pid", "max_rss_kb", "requests", "checked")
"""What the end of a run changes of its row."""


@dataclass(frozen=True)
class Standing:
    """What is remembered of a routine: its schedule's signature, up to when its slots are accounted for, pauses."""

    routine: str
    signature: str
    accounted: datetime
    paused: bool = False
    paused_until: datetime | None = None


def as_occurrence(row: Row[Any]) -> Occurrence:
    """Return a row of `occurrences`, read in the order of the value's fields, as a value."""
    values: tuple[Any, ...] = tuple(row)
    return Occurrence(*values)


def as_run(row: Row[Any]) -> Run:
    """Return a row of `runs` as a value."""
    return Run(**{**row._asdict(), "checked": tuple(row.checked)})


class History:
    """The rows of one shop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standings(self) -> dict[str, Standing]:
        """Return what is remembered of every routine."""
        columns = [c for c in routines.c if c.name != "shop"]
        with self._store.begin() as connection:
            rows = connection.execute(select(*columns).where(routines.c.shop == self._store.shop))
            return {row.routine: Standing(**row._asdict()) for row in rows}

    def account(self, standings: Iterable[Standing], added: Iterable[Occurrence]) -> list[Occurrence]:
        """Keep standings and add occurrences that are not there yet, together; return those that were new."""
        found = {(occurrence.routine, occurrence.slot): occurrence for occurrence in added}
        kept = [self._store.row(**vars(standing)) for standing in standings]
        with self._store.begin() as connection:
            new = self._add(connection, found.values()) if found else set()
            if kept:
                statement = insert_or(routines)
                changed = {c.name: c for c in statement.excluded if not c.primary_key}
                connection.execute(
                    statement.on_conflict_do_update(index_elements=["shop", "routine"], set_=changed), kept
                )
        return [occurrence for key, occurrence in found.items() if key in new]

    def _add(self, connection: Connection, added: Iterable[Occurrence]) -> set[tuple[str, str]]:
        """Add occurrences, many with one statement, and return routine and slot of those that were not there yet."""
        statement = insert_or(occurrences).on_conflict_do_nothing()
        rows = connection.execute(
            statement.returning(occurrences.c.routine, occurrences.c.slot),
            [self._store.row(**vars(occurrence)) for occurrence in added],
        )
        return {(row.routine, row.slot) for row in rows}

    def occurrences(self, *, since: datetime | None = None, open_only: bool = False) -> list[Occurrence]:
        """Return occurrences, oldest first: those due since a moment, or those that have not ended.

        They are put in order here: asked to sort by `due`, SQLite reads the whole history along that index instead of
        the few open rows.
        """
        query = select(*_OCCURRENCE).where(occurrences.c.shop == self._store.shop)
        if since is not None:
            query = query.where(occurrences.c.due >= since)
        if open_only:
            query = query.where(occurrences.c.state.in_([State.PENDING, State.RUNNING]))
        with self._store.begin() as connection:
            found = [as_occurrence(row) for row in connection.execute(query)]
        return sorted(found, key=lambda one: one.due)

    def ended_since(self, ended: datetime, due: datetime) -> list[Occurrence]:
        """Return the occurrences that ended at a moment or later, in that order; `due` bounds how old they may be."""
        query = select(*_OCCURRENCE).where(occurrences.c.shop == self._store.shop, occurrences.c.due >= due)
        with self._store.begin() as connection:
            found = [as_occurrence(row) for row in connection.execute(query.where(occurrences.c.ended >= ended))]
        return sorted(found, key=lambda one: (one.ended or ended, one.due, one.routine))

    def of_routine(self, routine: str, first: datetime, last: datetime) -> list[Occurrence]:
        """Return a routine's occurrences that fell due between two moments, both inclusive, oldest first."""
        which = (occurrences.c.shop == self._store.shop, occurrences.c.routine == routine)
        query = select(*_OCCURRENCE).where(*which, occurrences.c.due.between(first, last))
        with self._store.begin() as connection:
            return sorted(map(as_occurrence, connection.execute(query)), key=lambda one: one.due)

    def tries(self, occurrence: Occurrence) -> list[Run]:
        """Return the runs of an occurrence, the newest first."""
        same = (runs.c.routine == occurrence.routine, runs.c.slot == occurrence.slot)
        query = select(*_RUN).where(runs.c.shop == self._store.shop, *same)
        with self._store.begin() as connection:
            return [as_run(row) for row in connection.execute(query.order_by(runs.c.attempt.desc()))]

    def skip(self, occurrence: Occurrence, reason: str, now: datetime) -> None:
        """End a pending occurrence as skipped."""
        this = _this(self._store, occurrence)
        with self._store.begin() as connection:
            connection.execute(_CHANGE_PENDING, {**this, "state": State.SKIPPED, "reason": reason, "ended": now})
            _doubt_open_claims(connection, this)

    def start(self, occurrence: Occurrence, now: datetime, boot: str) -> Run | None:
        """Claim a pending occurrence and add its run; return None where somebody else was quicker."""
        with self._store.begin() as connection:
            claim = {"known_tries": occurrence.tries, "state": State.RUNNING, "tries": occurrence.tries + 1}
            claimed = connection.execute(_CLAIM, {**_this(self._store, occurrence), **claim, "not_before": None})
            if claimed.rowcount != 1:
                return None
            run = Run(
                self._store.next_id(connection, runs),
                occurrence.routine,
                occurrence.slot,
                occurrence.tries + 1,
                State.RUNNING,
                occurrence.due,
                now,
                dry=occurrence.dry,
            )
            connection.execute(_ADD_RUN, self._store.row(**{**vars(run), "boot": boot}))
            return run

    def _run(self, run_id: int) -> Any:
        return and_(runs.c.shop == self._store.shop, runs.c.id == run_id)

    def run(self, run_id: int) -> Run | None:
        """Return one run, or None."""
        with self._store.begin() as connection:
            row = connection.execute(select(*_RUN).where(self._run(run_id))).first()
            return None if row is None else as_run(row)

    def runs(self, routine: str | None = None, limit: int = 50, states: Sequence[State] = ()) -> list[Run]:
        """Return the newest runs first, of one routine or all, in some states or all."""
        query = select(*_RUN).where(runs.c.shop == self._store.shop)
        if routine is not None:
            query = query.where(runs.c.routine == routine)
        if states:
            query = query.where(runs.c.state.in_(list(states)))
        newest = runs.c.id + 0 if states else runs.c.id  # a sum has no index: that of the states is to be used
        with self._store.begin() as connection:
            return [as_run(row) for row in connection.execute(query.order_by(newest.desc()).limit(limit))]

    def last_failures(self, now: datetime) -> list[Run]:
        """Return the runs of the last day that did not end well, newest first."""
        bad = [State.FAILED, State.TIMED_OUT, State.LOST]
        query = select(*_RUN).where(
            runs.c.shop == self._store.shop, runs.c.state.in_(bad), runs.c.started >= now - timedelta(days=1)
        )
        with self._store.begin() as connection:
            return [as_run(row) for row in connection.execute(query.order_by(runs.c.id.desc()).limit(20))]

    def ended(self, run: Run, not_before: datetime | None = None) -> None:
        """End a run that left no report; with `not_before` its occurrence waits for another try."""
        with self._store.begin() as connection:
            end_run(self._store, connection, run, not_before)


def end_run(store: Store, connection: Connection, run: Run, not_before: datetime | None) -> None:
    """Write a run's end and its occurrence's: final, or pending again until `not_before`."""
    ending = {name: getattr(run, name) for name in _ENDING}
    connection.execute(_END_RUN, {"in_shop": store.shop, "of_run": run.id, **ending})
    again, this = not_before is not None, _this(store, run)
    state, ended = (State.PENDING, None) if again else (run.state, run.ended)
    change = {"state": state, "reason": run.reason, "not_before": not_before, "ended": ended}
    connection.execute(_CHANGE, {**this, **change})
    if not again:
        _doubt_open_claims(connection, this)


def _doubt_open_claims(connection: Connection, this: Mapping[str, str]) -> None:
    """Call the effects of an occurrence that has ended uncertain where they were begun and never confirmed."""
    connection.execute(_DOUBT, this)


def _this(store: Store, one: Occurrence | Run) -> dict[str, str]:
    """Return the parameters that name an occurrence, also by one of its runs."""
    return {"in_shop": store.shop, "of_routine": one.routine, "of_slot": one.slot}
