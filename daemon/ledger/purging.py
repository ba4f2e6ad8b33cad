"""Forgetting: history and personal data leave the ledger once they are older than `retention`.

What guards against doing things twice stays: effect keys, watermarks, standings. Slots that were purged can't come
back, because a routine's slots are accounted for up to a later moment.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, delete, not_

from daemon.ledger.schema import drafts, facts, findings, journal, mails, occurrences, runs, work_items
from daemon.ledger.store import Store
from daemon.ledger.tasks import KIND
from daemon.records import LASTING, DraftState, MailState, State, TaskState

_OPEN = [State.PENDING, State.RUNNING]
_UNDECIDED = [DraftState.WAITING, DraftState.APPROVED]
_TO_DO = and_(work_items.c.kind == KIND, work_items.c.state == TaskState.OPEN.value)
_UNSENT = [MailState.QUEUED, MailState.SENDING, MailState.HELD]


def purge(store: Store, before: datetime) -> int:
    """Delete what ended before a moment and return how many rows went; open things stay however old they are."""
    old: tuple[tuple[Table, ColumnElement[bool]], ...] = (
        (occurrences, and_(occurrences.c.due < before, occurrences.c.state.not_in(_OPEN))),
        (runs, and_(runs.c.started < before, runs.c.state.not_in(_OPEN))),
        (findings, findings.c.gone < before),
        (facts, facts.c.as_of < before),
        (drafts, and_(drafts.c.created < before, drafts.c.state.not_in(_UNDECIDED))),
        (mails, and_(mails.c.queued < before, mails.c.state.not_in(_UNSENT))),
        (work_items, and_(work_items.c.changed < before, work_items.c.state != LASTING, not_(_TO_DO))),
        (journal, journal.c.at < before),
    )
    with store.begin() as connection:
        return sum(
            connection.execute(delete(table).where(table.c.shop == store.shop, which)).rowcount for table, which in old
        )
