"""All that a plug-in may import from the daemon.

A plug-in is a module; every `Job`, `Connector` and `FactName` value at its top level counts. A job is a plain
synchronous function that is given a `Context` and its own options; it runs in a process of its own, opens no
database, and reports through the context. What it reports is kept in one transaction with the run's end, so a
run that dies leaves nothing half-done; only effects and transitions commit at once.
"""

from daemon.context import SOURCE_RECORDS, Context, Kind, Report
from daemon.errors import NightclerkError, OutsideError, UncertainError
from daemon.model import (
    Document,
    Fact,
    FactName,
    Finding,
    Mail,
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
from daemon.records import (
    Draft,
    DraftState,
    Effect,
    EffectState,
    MailState,
    MailStatus,
    Occurrence,
    Run,
    SeenFinding,
    State,
    Upcoming,
    WorkItem,
)
from daemon.values import Duration, Size

__all__ = [
    "SOURCE_RECORDS",
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
    "Job",
    "Kind",
    "Mail",
    "MailState",
    "MailStatus",
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
    "Text",
    "Transition",
    "UncertainError",
    "Upcoming",
    "Urgency",
    "Value",
    "WorkItem",
]  # fmt: skip
