"""What the ledger remembers, and what `doctor` finds, as frozen values: runs, drafts, effects, mails, diagnoses.

Moments are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from daemon.model import Finding, Goal, Horizon, NewDraft, Text, Urgency


class State(StrEnum):
    """Where an occurrence or a run stands; all but the first two are final."""

    PENDING = "pending"
    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    LOST = "lost"
    SKIPPED = "skipped"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self not in {State.PENDING, State.RUNNING}


class DraftState(StrEnum):
    """Where a draft stands between a job and the world."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    APPLIED = "applied"
    EXPIRED = "expired"
    UNCERTAIN = "uncertain"


class MailState(StrEnum):
    """Where a stored mail stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    HELD = "held"


class EffectState(StrEnum):
    """Where an effect stands: claimed before it is made, confirmed after."""

    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    UNCERTAIN = "uncertain"


class TaskState(StrEnum):
    """Where a task stands; nothing but a person's word closes one."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True)
class Draft:
    """A draft as the ledger keeps it; `id` is what a person types to approve it."""

    id: int
    routine: str
    state: DraftState
    draft: NewDraft
    created: datetime
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True)
class Run:
    """One try at an occurrence as the ledger keeps it. Moments are UTC; `due` is when the slot fell."""

    id: int
    routine: str
    slot: str
    attempt: int
    state: State
    due: datetime
    started: datetime
    ended: datetime | None = None
    dry: bool = False
    reason: str = ""
    summary: Text | None = None
    output: str = ""
    pid: int = 0
    max_rss_kb: int = 0
    requests: int = 0
    checked: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Occurrence:
    """An occurrence as the ledger keeps it; `reason` says why it was skipped, is waiting or failed."""

    routine: str
    slot: str
    due: datetime
    state: State
    reason: str = ""
    tries: int = 0
    not_before: datetime | None = None
    actor: str = ""
    dry: bool = False
    ended: datetime | None = None


@dataclass(frozen=True)
class SeenFinding:
    """A finding as a past run left it: `since` is carried over while the cause lasts, `mornings` counts its days."""

    routine: str
    run: int
    found: datetime
    since: datetime
    mornings: int
    finding: Finding


@dataclass(frozen=True)
class MailStatus:
    """How one stored mail fared."""

    id: int
    recipient: str
    subject: str
    state: MailState
    tries: int
    queued: datetime
    sent: datetime | None = None
    error: str = ""


@dataclass(frozen=True)
class Upcoming:
    """A slot that is still to come; `note` says why its moment differs from its name."""

    routine: str
    slot: str
    at: datetime
    note: str = ""


@dataclass(frozen=True)
class Effect:
    """A change in the outside world as the ledger keeps it: what was claimed and what the outside answered."""

    key: str
    state: EffectState
    what: str
    run: int
    claimed: datetime
    answer: str = ""


@dataclass(frozen=True)
class Restored:
    """That the ledger is an older one that was put back.

    `newest` is its last entry (None: it had none), `noticed` when that was seen, `lifted` when a person said that all
    is well (None: not yet).
    """

    newest: datetime | None
    noticed: datetime
    lifted: datetime | None = None


LASTING = "lasting"
"""The state of a work item that outlives `retention`: it must hold nothing that says who somebody is."""


@dataclass(frozen=True)
class WorkItem:
    """An order, draft or task that moves through states; `data` is the job's own (JSON).

    It belongs to `owner` (empty: to nobody) until `lease_until` (None: for good).
    """

    kind: str
    id: str
    state: str
    changed: datetime
    data: Mapping[str, object] = field(default_factory=dict)
    owner: str = ""
    lease_until: datetime | None = None


ABSENCE = "absence"
"""The kind of the work items that say who is away (`id` is a person's key) and until when (`lease_until`).

Runs read them and move none."""
AWAY = "away"


@dataclass(frozen=True)
class Task:
    """Something a person is to do, asked for by a person or by a finding; `id` is what a person types.

    `title` is a person's own words, or the message of the finding. `urgency` is the class of its finding, as long as
    that stands and nobody has put the task into a box of their own choice. `due` is a local day, `statutory` the kind
    of lead time that goes with one set by law. `impact` is money in the shop's currency, or customers. `source` is
    the finding's key, empty for a person's. `slipped` counts the earlier mornings on which it was on the day's list;
    `offered` says that the cause is gone and that it may be closed. `closed` is when it was done.
    """

    id: str
    title: Text | str
    created: datetime
    goal: Goal | None = None
    horizon: Horizon | None = None
    due: date | None = None
    impact: Decimal = Decimal(0)
    owner: str = ""
    state: TaskState = TaskState.OPEN
    urgency: Urgency | None = None
    statutory: str = ""
    source: str = ""
    author: str = ""
    slipped: int = 0
    offered: bool = False
    closed: datetime | None = None


@dataclass(frozen=True)
class Listed:
    """A task in its place: `rank` counts from 1, `box` is the box's name, `until` the last day that it reaches."""

    task: Task
    rank: int
    box: str
    until: date | None = None


class Health(StrEnum):
    """What an examination showed, worst first; `unknown` is what could not be found out."""

    ILL = "ill"
    WARN = "warn"
    UNKNOWN = "unknown"
    WELL = "well"


@dataclass(frozen=True)
class Diagnosis:
    """One thing that `nightclerk doctor` looked at; `remedy` says what to do, empty where nothing is to be done."""

    what: str
    state: Health
    sentence: str
    remedy: str = ""
