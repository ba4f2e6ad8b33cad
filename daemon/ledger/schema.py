"""The tables of the ledger. Every key begins with the shop, so that one installation can serve many.

Moments are kept as text in UTC with microseconds (they sort as they are), everything shaped as tagged JSON.
The migrations say how a ledger on disk gets here; a test holds the two against each other.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from daemon import wire
from daemon.records import DraftState, EffectState, MailState, State

_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Moment(TypeDecorator[datetime]):
    """An aware moment as sortable text in UTC."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write; a moment without a zone is a defect and raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC).strftime(_MOMENT)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read."""
        return None if value is None else datetime.fromisoformat(value)


class Tagged(TypeDecorator[Any]):
    """Any value that may travel, as tagged JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        """Write."""
        return wire.dumps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read."""
        return None if value is None else wire.loads(value)


class Word(TypeDecorator[StrEnum]):
    """One word of a fixed set, such as a state."""

    impl = String(16)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write."""
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        """Read."""
        return None if value is None else self.words(value)


metadata = MetaData()


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, Column("shop", String(48), nullable=False), *parts)


def _needed(name: str, kind: Any, **more: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **more)


versions = Table(
    "versions",
    metadata,
    Column("version", Integer, primary_key=True),
    _needed("applied", Moment),
    _needed("program", String(32)),
)

routines = _table(
    "routines",
    _needed("routine", String(48)),
    _needed("signature", Text),
    _needed("accounted", Moment),
    Column("paused_until", Moment),
    _needed("paused", Boolean),
    PrimaryKeyConstraint("shop", "routine"),
)

occurrences = _table(
    "occurrences",
    _needed("routine", String(48)),
    _needed("slot", String(64)),
    _needed("due", Moment),
    _needed("state", Word(State)),
    _needed("reason", Text),
    _needed("tries", Integer),
    Column("not_before", Moment),
    _needed("actor", String(80)),
    _needed("dry", Boolean),
    Column("ended", Moment),
    PrimaryKeyConstraint("shop", "routine", "slot"),
    Index("occurrences_by_due", "shop", "due"),
    Index("occurrences_by_state", "shop", "state"),
)

runs = _table(
    "runs",
    _needed("id", Integer),
    _needed("routine", String(48)),
    _needed("slot", String(64)),
    _needed("attempt", Integer),
    _needed("state", Word(State)),
    _needed("due", Moment),
    _needed("started", Moment),
    Column("ended", Moment),
    _needed("dry", Boolean),
    _needed("reason", Text),
    _needed("summary", Tagged),
    _needed("output", Text),
    _needed("pid", Integer),
    _needed("boot", String(64)),
    _needed("max_rss_kb", Integer),
    _needed("requests", Integer),
    _needed("checked", Tagged),
    PrimaryKeyConstraint("shop", "id"),
    UniqueConstraint("shop", "routine", "slot", "attempt"),
    Index("runs_by_start", "shop", "started"),
    Index("runs_by_routine", "shop", "routine", "id"),
    Index("runs_by_state", "shop", "state"),
)

findings = _table(
    "findings",
    _needed("routine", String(48)),
    _needed("key", String(200)),
    _needed("since", Moment),
    _needed("found", Moment),
    _needed("run", Integer),
    _needed("mornings", Integer),
    Column("gone", Moment),
    _needed("finding", Tagged),
    PrimaryKeyConstraint("shop", "routine", "key", "since"),
    Index("findings_open", "shop", "gone"),
)

facts = _table(
    "facts",
    _needed("name", String(80)),
    _needed("day", Date),
    _needed("dimensions", Text),
    _needed("value", Tagged),
    _needed("unit", String(16)),
    _needed("as_of", Moment),
    _needed("source", Text),
    _needed("run", Integer),
    PrimaryKeyConstraint("shop", "name", "day", "dimensions"),
)

watermarks = _table(
    "watermarks",
    _needed("routine", String(48)),
    _needed("name", String(80)),
    _needed("value", Text),
    PrimaryKeyConstraint("shop", "routine", "name"),
)

effects = _table(
    "effects",
    _needed("key", String(200)),
    _needed("state", Word(EffectState)),
    _needed("what", Text),
    _needed("run", Integer),
    _needed("claimed", Moment),
    _needed("answer", Text),
    PrimaryKeyConstraint("shop", "key"),
    Index("effects_by_state", "shop", "state"),
)

drafts = _table(
    "drafts",
    _needed("id", Integer),
    _needed("routine", String(48)),
    _needed("key", String(200)),
    _needed("state", Word(DraftState)),
    _needed("draft", Tagged),
    _needed("created", Moment),
    Column("not_before", Moment),
    Column("expires", Moment),
    _needed("decided_by", String(80)),
    Column("decided_at", Moment),
    PrimaryKeyConstraint("shop", "id"),
    UniqueConstraint("shop", "routine", "key"),
    Index("drafts_by_state", "shop", "state"),
)

work_items = _table(
    "work_items",
    _needed("kind", String(32)),
    _needed("id", String(120)),
    _needed("state", String(32)),
    _needed("owner", String(48)),
    Column("lease_until", Moment),
    _needed("changed", Moment),
    _needed("data", Tagged),
    PrimaryKeyConstraint("shop", "kind", "id"),
    Index("work_items_by_state", "shop", "kind", "state"),
)

mails = _table(
    "mails",
    _needed("id", Integer),
    _needed("message_id", String(200)),
    _needed("routine", String(48)),
    _needed("run", Integer),
    _needed("day", Date),
    _needed("sender", Text),
    _needed("recipient", Text),
    _needed("subject", Text),
    _needed("content", LargeBinary),
    _needed("state", Word(MailState)),
    _needed("tries", Integer),
    _needed("queued", Moment),
    Column("next_try", Moment),
    _needed("doubted", Boolean),
    Column("sent", Moment),
    _needed("error", Text),
    PrimaryKeyConstraint("shop", "id"),
    UniqueConstraint("shop", "message_id"),
    Index("mails_by_state", "shop", "state"),
)

journal = _table(
    "journal",
    _needed("id", Integer),
    _needed("at", Moment),
    _needed("actor", String(80)),
    _needed("action", String(40)),
    _needed("detail", Text),
    PrimaryKeyConstraint("shop", "id"),
    Index("journal_by_time", "shop", "at"),
)

marks = _table("marks", _needed("name", String(80)), _needed("value", Tagged), PrimaryKeyConstraint("shop", "name"))
