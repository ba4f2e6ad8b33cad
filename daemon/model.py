"""The words of nightclerk as frozen values; nothing here has effects or knows a library.

Money is `Decimal` with a currency, moments are aware datetimes in UTC, days are local days of the shop.
What a person will read is a `Text` (message id and parameters), never a finished sentence, so that each
reader gets it in their own language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class Urgency(StrEnum):
    """The class of a finding, worst first; its value is what the ledger keeps."""

    LOSES_MONEY = "A"
    DUE_TODAY = "B"
    STAYS_BROKEN = "C"
    NEEDS_APPROVAL = "D"


class Goal(StrEnum):
    """What a task is for; `other` is what neither sells nor finds customers, bookkeeping for instance."""

    CONVERSION = "conversion"
    ACQUISITION = "acquisition"
    OTHER = "other"


class Horizon(StrEnum):
    """Whether a task pays off soon or later."""

    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, order=True)
class Money:
    """An exact amount in one currency (ISO 4217); amounts of two currencies never mix."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} can't be added")
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return self + Money(-other.amount, other.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(self.amount * factor, self.currency)


@dataclass(frozen=True)
class Text:
    """A message id (the English sentence with `{names}`) and its parameters.

    Where `plural` is given, `values[count]` decides which of the two sentences is used.
    """

    id: str
    values: "Mapping[str, Value]" = field(default_factory=dict)
    plural: str = ""
    count: str = "n"


Value = str | int | bool | Decimal | Money | datetime | date | timedelta | Text | None
"""What a message or a template may be given as a parameter."""


@dataclass(frozen=True)
class Shop:
    """The shop as the configuration names it; `key` begins every key of the ledger."""

    key: str
    name: str
    timezone: str
    country: str
    currency: str
    language: str


@dataclass(frozen=True)
class Person:
    """Somebody who gets mail or gives commands; `key` is what the configuration calls them under `people:`."""

    name: str
    email: str = ""
    login: str = ""
    roles: tuple[str, ...] = ()
    language: str = "en"
    key: str = ""


@dataclass(frozen=True)
class Slot:
    """One scheduled moment of a routine: its name and the instant (UTC) it falls on."""

    name: str
    at: datetime


@dataclass(frozen=True)
class FactName:
    """The declaration of a fact: what the number means and how it is computed.

    `figure` is the key under which `replay` writes it to figures.jsonl, if it does.
    """

    name: str
    unit: str
    formula: str
    figure: str = ""


@dataclass(frozen=True)
class Fact:
    """One number or text of one day, with what it rests on.

    `day` is a local day of the shop; `as_of` the moment up to which the source was read; `unit` a
    currency code, or a word such as `count` or `percent`. The key in the ledger is shop, name, day, dimensions.
    """

    name: str
    day: date
    value: Decimal | str
    unit: str
    as_of: datetime
    source: str
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One thing for the briefing. `key` says that two findings of two nights are the same thing.

    `stake` orders findings within a class, larger first (money in the shop's currency, or customers).
    `group` is the cause: findings of the same group are shown as one. `goal` and `horizon` preset the box of the task
    that a finding becomes; one that has none of them becomes an unsorted task.
    """

    key: str
    urgency: Urgency
    title: Text
    detail: Text | None = None
    next_step: Text | None = None
    since: datetime | None = None
    due: datetime | None = None
    link: str = ""
    stake: Decimal = Decimal(0)
    group: str = ""
    goal: Goal | None = None
    horizon: Horizon | None = None


@dataclass(frozen=True)
class Document:
    """Something to render: the name of a template and the values it needs.

    Values may be nested lists, mappings and the types of `Value`; they travel as tagged JSON.
    """

    template: str
    values: Mapping[str, object]


TEST_EDITION = 0
"""The edition of a mail that somebody sends themselves to try it out; it takes no real mail's identifier."""


@dataclass(frozen=True)
class Attachment:
    """A file beside a mail: CSV in UTF-8 or a PDF, as its name ends (plain letters, digits, dots and dashes)."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail to one person, still to be rendered; `edition` 2 and above are corrections of the same day."""

    to: Person
    document: Document
    day: date
    edition: int = 1
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class StoredMail:
    """Rendered mail: exactly the bytes that will leave, the same at every try."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    content: bytes
    day: date


@dataclass(frozen=True)
class NewDraft:
    """Something a job wants a person to approve; `key` makes it unique, `payload` is the job's own (JSON)."""

    key: str
    title: Text
    preview: str
    payload: Mapping[str, object]
    not_before: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True)
class Transition:
    """A step of a work item: made only where the item now stands in `before` (empty: it must be new).

    With `seen` it is made only where the item was not changed since that moment (its `changed` when it was read).
    `owner` and `lease_until` say whose it is from now on and until when; without an `owner` (None) both stay. Steps
    of one batch with the same `along` are all made or none.
    """

    kind: str
    id: str
    before: str
    after: str
    data: Mapping[str, object] = field(default_factory=dict)
    seen: datetime | None = None
    owner: str | None = None
    lease_until: datetime | None = None
    along: str = ""


@dataclass(frozen=True)
class Box:
    """One of the four boxes of the priority matrix: what it is called, and how long it reaches."""

    name: str
    length: timedelta


@dataclass(frozen=True)
class Matrix:
    """The priority matrix as the configuration sets it.

    `boxes` are the four by their place, first things first; `growth` says which goal the third one is for.
    `capacity` is how many tasks a day holds, `lead_times` how long before it a statutory due date goes first, by the
    kind of date. `owners` says whether several people share the work.
    """

    growth: bool = True
    capacity: int = 5
    boxes: tuple[Box, ...] = (
        Box("today", timedelta(days=1)),
        Box("tomorrow", timedelta(days=1)),
        Box("next week", timedelta(days=7)),
        Box("next month", timedelta(days=30)),
    )
    lead_times: Mapping[str, timedelta] = field(
        default_factory=lambda: {"tax": timedelta(days=14), "filing": timedelta(days=7)}
    )
    owners: bool = False
