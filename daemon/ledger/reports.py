"""What a run hands over at its end, kept in one transaction or not at all."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from daemon.ledger.drafts import add_drafts
from daemon.ledger.history import end_run
from daemon.ledger.post import add_mails
from daemon.ledger.schema import facts, findings, watermarks
from daemon.ledger.store import Store
from daemon.ledger.tasks import keep_tasks
from daemon.model import Fact, Finding, NewDraft, StoredMail, Text
from daemon.records import DraftState, Run

_STANDING = select(findings).where(
    findings.c.shop == bindparam("in_shop"), findings.c.routine == bindparam("of_routine"), findings.c.gone.is_(None)
)
"""The findings of a routine that are not gone; built once, every run asks for them."""
_FACT = insert_or(facts)
_KEPT = _FACT.on_conflict_do_update(
    index_elements=["shop", "name", "day", "dimensions"],
    set_={name: _FACT.excluded[name] for name in ("value", "unit", "as_of", "source", "run")},
)
"""A fact is written, or the one of its key takes its values."""


@dataclass(frozen=True)
class Ending:
    """Everything that goes with the end of a good run."""

    run: Run
    findings: tuple[Finding, ...] = ()
    facts: tuple[Fact, ...] = ()
    watermarks: Mapping[str, str] = field(default_factory=dict)
    drafts: tuple[NewDraft, ...] = ()
    draft_state: DraftState = DraftState.WAITING
    mails: tuple[StoredMail, ...] = ()


def _honest(run: Run, standing: int) -> Run:
    """Return the run with a summary that says how many of its mails were not queued, as one like it stands there."""
    if not standing:
        return run
    unqueued = Text(
        "{summary}; {n} mail was not queued: the one of its day is there already",
        {"summary": run.summary or Text("done"), "n": standing},
        plural="{summary}; {n} mails were not queued: those of their day are there already",
    )
    return replace(run, summary=unqueued)


def dimensions_key(dimensions: Mapping[str, str]) -> str:
    """Return dimensions as the text that is part of a fact's key."""
    return json.dumps(dict(sorted(dimensions.items())), ensure_ascii=False, separators=(",", ":"))


def keep_facts(store: Store, connection: Connection, run: int, new: Iterable[Fact]) -> None:
    """Write facts; the newest value of a key stays."""
    rows = [
        store.row(
            name=fact.name, day=fact.day, dimensions=dimensions_key(fact.dimensions), value=fact.value,
            unit=fact.unit, as_of=fact.as_of, source=fact.source, run=run,
        )
        for fact in new
    ]  # fmt: skip
    if rows:
        connection.execute(_KEPT, rows)


def read_facts(store: Store, names: Sequence[str], first: date, last: date) -> list[Fact]:
    """Return the facts of these names for the local days `first` to `last` inclusive, oldest day first."""
    query = select(facts).where(
        facts.c.shop == store.shop, facts.c.name.in_(list(names)), facts.c.day.between(first, last)
    )
    with store.begin() as connection:
        rows = connection.execute(query.order_by(facts.c.day, facts.c.name, facts.c.dimensions))
        return [Fact(r.name, r.day, r.value, r.unit, r.as_of, r.source, json.loads(r.dimensions)) for r in rows]


class Reports:
    """Keeps reports of one shop; `zone` says which moments are one morning."""

    def __init__(self, store: Store, zone: ZoneInfo) -> None:
        self._store = store
        self._zone = zone

    def keep(self, ending: Ending) -> Run:
        """Write the run's end and everything it handed over; return the run as it is kept."""
        run = ending.run
        moment = run.ended or run.started
        with self._store.begin() as connection:
            queued = add_mails(self._store, connection, run.routine, run.id, ending.mails, moment)
            run = _honest(run, len(ending.mails) - queued)
            end_run(self._store, connection, run, None)
            new, gone = self._keep_findings(connection, run, ending.findings, moment)
            keep_tasks(self._store, connection, ending.findings, new, gone, moment)
            keep_facts(self._store, connection, run.id, ending.facts)
            for name, value in ending.watermarks.items():
                values = self._store.row(routine=run.routine, name=name, value=value)
                connection.execute(
                    insert_or(watermarks).values(values).on_conflict_do_update(
                        index_elements=["shop", "routine", "name"], set_={"value": value}
                    )
                )  # fmt: skip
            add_drafts(self._store, connection, run.routine, ending.drafts, ending.draft_state, moment)
        return run

    def findings_of(self, run: int) -> list[Finding]:
        """Return the findings that were last seen by a run."""
        query = select(findings.c.finding).where(findings.c.shop == self._store.shop, findings.c.run == run)
        with self._store.begin() as connection:
            return list(connection.scalars(query.order_by(findings.c.key)))

    def _keep_findings(
        self, connection: Connection, run: Run, found: tuple[Finding, ...], moment: datetime
    ) -> tuple[set[str], set[str]]:
        """Carry on the findings known by key, add the new, close those that this run no longer saw.

        Return the keys of the new ones and of the closed ones.
        """
        new: set[str] = set()
        mine = (findings.c.shop == self._store.shop, findings.c.routine == run.routine, findings.c.gone.is_(None))
        this = {"in_shop": self._store.shop, "of_routine": run.routine}
        known = {row.key: row for row in connection.execute(_STANDING, this)}
        for finding in {f.key: f for f in found}.values():
            old = known.pop(finding.key, None)
            if old is None:
                self._add(connection, self._new(run, finding, moment))
                new.add(finding.key)
                continue
            another_day = old.found.astimezone(self._zone).date() != moment.astimezone(self._zone).date()
            connection.execute(
                update(findings)
                .where(*mine, findings.c.key == finding.key)
                .values(found=moment, run=run.id, finding=finding, mornings=old.mornings + another_day)
            )
        gone = set() if run.dry or run.slot.startswith("draft-") else set(known)
        for key in gone:
            connection.execute(update(findings).where(*mine, findings.c.key == key).values(gone=moment))
        return new, gone

    def _add(self, connection: Connection, values: dict[str, object]) -> None:
        """Add a finding; one that went away and is back with the same `since` is taken up again."""
        statement = insert_or(findings).values(values)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["shop", "routine", "key", "since"], set_=values)
        )

    def _new(self, run: Run, finding: Finding, moment: datetime) -> dict[str, object]:
        return self._store.row(
            routine=run.routine, key=finding.key, since=finding.since or moment, found=moment, run=run.id, mornings=1,
            gone=None, finding=finding,
        )  # fmt: skip
