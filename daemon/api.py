"""All that a plug-in may import from the daemon.

A plug-in is a module; every `Job`, `Connector`, `FactName` and `WorkLine` at its top level counts. A job is a plain
synchronous function that is given a `Context` and its own options; it runs in a process of its own, opens no
database, and reports through the context. What it reports is kept in one transaction with the run's end, so a
run that dies leaves nothing half-done; only effects and transitions commit at once.
"""

from daemon.addresses import ascii_address
from daemon.arranging import original, sealed
from daemon.clock import stopwatch
from daemon.context import HOLIDAY, SOURCE_RECORDS, TASK_LISTED, Context, Kind, Report
from daemon.errors import NightclerkError, OutsideError, UncertainError
from daemon.model import (
    Attachment,
    Document,
    Fact,
    FactName,
    Finding,
    Goal,
    Horizon,
    Mail,
    Matrix,
    Money,
    NewDraft,
    Person,
    Shop,
    Text,
    Transition,
    Urgency,
    Value,
)
from daemon.night import Night
from daemon.plugin import Connector, Job, Need, NoOptions, Options, Outlet, Secret
from daemon.ranking import is_for_today, listed, rank, task_of
from daemon.reasons import worded
from daemon.records import (
    ABSENCE,
    AWAY,
    LASTING,
    Draft,
    DraftState,
    Effect,
    EffectState,
    Listed,
    MailState,
    MailStatus,
    Occurrence,
    Run,
    SeenFinding,
    State,
    Task,
    Upcoming,
    WorkItem,
)
from daemon.values import Duration, Size
from daemon.workline import CONFIRM, PERSON, Hand, WorkLine, noted, number_of, read_card, written

__all__ = [
    "ABSENCE",
    "AWAY",
    "CONFIRM",
    "HOLIDAY",
    "LASTING",
    "PERSON",
    "SOURCE_RECORDS",
    "TASK_LISTED",
    "Attachment",
    "Connector",
    "Context",
    "Document",
    "Draft",
    "DraftState",
    "Duration",
    "Effect",
    "EffectState",
    "Fact",
    "FactName",
    "Finding",
    "Goal",
    "Hand",
    "Horizon",
    "Job",
    "Kind",
    "Listed",
    "Mail",
    "MailState",
    "MailStatus",
    "Matrix",
    "Money",
    "Need",
    "NewDraft",
    "Night",
    "NightclerkError",
    "NoOptions",
    "Occurrence",
    "Options",
    "Outlet",
    "OutsideError",
    "Person",
    "Report",
    "Run",
    "Secret",
    "SeenFinding",
    "Shop",
    "Size",
    "State",
    "Task",
    "Text",
    "Transition",
    "UncertainError",
    "Upcoming",
    "Urgency",
    "Value",
    "WorkItem",
    "WorkLine",
    "ascii_address",
    "is_for_today",
    "listed",
    "noted",
    "number_of",
    "original",
    "rank",
    "read_card",
    "sealed",
    "stopwatch",
    "task_of",
    "worded",
    "written",
]  # fmt: skip
