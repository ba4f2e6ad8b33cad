"""Forgetting: history and personal data leave the ledger once they are older than `retention`.

What guards against doing things twice stays: effect keys, watermarks, standings. Slots that were purged can't come
back, because a routine's slots are accounted for up to a later moment.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, Table, and_, delete, not_, or_

from daemon.ledger.schema import drafts, facts, findings, journal, mails, occurrences, runs, work_items
from daemon.ledger.store import Store
from daemon.records import LASTING, DraftState, MailState, State, TaskState

_OPEN = [State.PENDING, State.RUNNING]
_UNDECIDED = [DraftState.WAITING, DraftState.APPROVED]
_STAYS = (LASTING, TaskState.OPEN.value)
"""States in which a work item of any kind stays."""
_UNSENT = [MailState.QUEUED, MailState.SENDING, MailState.HELD]


def purge(
    store: Store, before: datetime, waiting: Mapping[str, Collection[str]] = MappingProxyType({})
) -> int:  # fmt: skip
    """Delete what ended before a moment and return how many rows went; open things stay however old they are.

    `waiting` names, by kind of work item, the states in which one is still to be done, besides `open`.
    """
    old: tuple[tuple[Table, ColumnElement[bool]], ...] = (
        (occurrences, and_(occurrences.c.due < before, occurrences.c.state.not_in(_OPEN))),
        (runs, and_(runs.c.started < before, runs.c.state.not_in(_OPEN))),
        (findings, findings.c.gone < before),
        (facts, facts.c.as_of < before),
        (drafts, and_(drafts.c.created < before, drafts.c.state.not_in(_UNDECIDED))),
        (mails, and_(mails.c.queued < before, mails.c.state.not_in(_UNSENT))),
        (work_items, and_(work_items.c.changed < before, _run_out(before), *_done(waiting))),
        (journal, journal.c.at < before),
    )
    with store.begin() as connection:
        return sum(
            connection.execute(delete(table).where(table.c.shop == store.shop, which)).rowcount for table, which in old
        )


def forget(store: Store, kind: str, states: Collection[str], before: datetime) -> int:
    """Delete work items of a kind that came to stand in one of these states before a moment; return how many went."""
    which = and_(
        work_items.c.shop == store.shop, work_items.c.kind == kind, work_items.c.state.in_(states),
        work_items.c.changed < before, _run_out(before),
    )  # fmt: skip
    with store.begin() as connection:
        return connection.execute(delete(work_items).where(which)).rowcount


def _done(waiting: Mapping[str, Collection[str]]) -> list[ColumnElement[bool]]:
    """Return what is so of a work item that nobody has to do anything about any more."""
    lines = [and_(work_items.c.kind == kind, work_items.c.state.in_(states)) for kind, states in waiting.items()]
    return [work_items.c.state.not_in(_STAYS), *map(not_, lines)]


def _run_out(before: datetime) -> ColumnElement[bool]:
    """Return that a work item is lent to nobody for longer than to a moment: an absence may be told of long before."""
    return or_(work_items.c.lease_until.is_(None), work_items.c.lease_until < before)
