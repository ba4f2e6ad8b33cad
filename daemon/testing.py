"""For the tests of plug-ins: a night held in memory, and a context that runs on it.

What the ledger and the wire would refuse is refused here too, so that a job which passes its tests does not fail
on its first real night: types that may not travel, steps of items that stand elsewhere, effects without a claim.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from daemon import wire
from daemon.context import SOURCE_RECORDS, TASK_LISTED, Context
from daemon.errors import LedgerError
from daemon.model import Fact, FactName, Finding, NewDraft, Person, Shop, Text, Transition
from daemon.night import Night
from daemon.plugin import Outlet
from daemon.records import (
    ABSENCE,
    Draft,
    DraftState,
    Effect,
    EffectState,
    MailStatus,
    Occurrence,
    Run,
    SeenFinding,
    Task,
    Upcoming,
    WorkItem,
)

T = TypeVar("T")
SHOP = Shop("mine", "The Test Shop", "Europe/Berlin", "DE", "EUR", "en")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
OWNER = Person("ada", "ada@shop.test", "ada", ("owner",))


def travelled(value: T) -> T:
    """Return `value` as it arrives at the other end of the wire; raise WireError where it may not travel."""
    arrived: T = wire.loads(wire.dumps(value))
    return arrived


@dataclass
class FakeNight(Night):
    """A `Night` in memory: fill its lists before a run, look at them after it; `accept` is the end of a good run."""

    now: datetime = NOW
    past_runs: list[Run] = field(default_factory=list)
    past_occurrences: list[Occurrence] = field(default_factory=list)
    seen: list[SeenFinding] = field(default_factory=list)
    kept: list[Fact] = field(default_factory=list)
    all_drafts: list[Draft] = field(default_factory=list)
    all_mails: list[MailStatus] = field(default_factory=list)
    slots: list[Upcoming] = field(default_factory=list)
    said: list[Text] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    items: dict[tuple[str, str], WorkItem] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    open_tasks: list[Task] = field(default_factory=list)

    def runs(self, since: datetime) -> list[Run]:  # noqa: D102 - the words are those of Night
        return sorted((r for r in self.past_runs if r.started >= since), key=lambda r: r.started)

    def occurrences(self, since: datetime) -> list[Occurrence]:  # noqa: D102
        return sorted((o for o in self.past_occurrences if o.due >= since), key=lambda o: o.due)

    def findings(self, since: datetime) -> list[SeenFinding]:  # noqa: D102
        return sorted((s for s in self.seen if s.found >= since), key=lambda s: (s.since, s.finding.key))

    def facts(self, names: Sequence[str], first: date, last: date) -> list[Fact]:
        """Return the kept facts, asked for as the ledger wants it."""
        if isinstance(names, str) or isinstance(first, datetime) or isinstance(last, datetime):
            raise TypeError("facts are asked for by a list of names and two local days")
        found = [fact for fact in self.kept if fact.name in names and first <= fact.day <= last]
        return sorted(found, key=lambda fact: (fact.day, fact.name, str(sorted(fact.dimensions.items()))))

    def drafts(self, states: Sequence[DraftState]) -> list[Draft]:  # noqa: D102
        return [draft for draft in self.all_drafts if not states or draft.state in states]

    def mails(self, since: datetime) -> list[MailStatus]:  # noqa: D102
        return sorted((m for m in self.all_mails if m.queued >= since), key=lambda m: m.queued)

    def upcoming(self, until: datetime) -> list[Upcoming]:  # noqa: D102
        return sorted((u for u in self.slots if u.at <= until), key=lambda u: u.at)

    def notices(self) -> list[Text]:  # noqa: D102
        return list(self.said)

    def watermark(self, name: str) -> str | None:  # noqa: D102
        return self.marks.get(name)

    def work_items(
        self, kind: str, states: Sequence[str], ids: Sequence[str], after: str = "", most: int = 0,
        since: datetime | None = None,
    ) -> list[WorkItem]:  # fmt: skip
        """Return a page of the items kept, chosen as the ledger would."""
        mine = sorted((i for i in self.items.values() if i.kind == kind and i.id > after), key=lambda item: item.id)
        found = [i for i in mine if since is None or i.changed >= since]
        return _among(_among(found, "state", states), "id", ids)[: most or None]

    def tasks(self) -> list[Task]:  # noqa: D102
        return sorted(self.open_tasks, key=lambda task: task.created)

    def move(self, steps: Sequence[Transition]) -> list[bool]:
        """Make each step whose item stands where the step says."""
        for step in steps:
            _refuse(step)
        torn = {step.along for step in steps if step.along and not self._fits(step)}
        return [step.along not in torn and self._step(step) for step in travelled(list(steps))]

    def _fits(self, step: Transition) -> bool:
        item = self.items.get((step.kind, step.id))
        return (item.state if item else "") == step.before and not (step.seen and item and item.changed != step.seen)

    def _step(self, step: Transition) -> bool:
        item = self.items.get((step.kind, step.id))
        if not self._fits(step):
            return False
        belongs = (item.owner, item.lease_until) if item else ("", None)
        owner = belongs if step.owner is None else (step.owner, step.lease_until)
        self.items[step.kind, step.id] = WorkItem(step.kind, step.id, step.after, self.now, step.data, *owner)
        return True

    def move_all(self, batches: Iterable[Sequence[Transition]]) -> None:
        """Make the steps of each batch."""
        for steps in batches:
            self.move(steps)

    def effect(self, key: str) -> Effect | None:
        """Return where an effect stands."""
        return self.effects.get(key)

    def claim(self, key: str, what: str) -> Effect | None:
        """Claim an effect, or return the earlier claim."""
        earlier = self.effects.get(key)
        self.effects.setdefault(key, Effect(key, EffectState.CLAIMED, what, 1, self.now))
        return earlier

    def confirm(self, key: str, answer: str) -> None:  # noqa: D102
        self.effects[key] = replace(self._open(key), state=EffectState.CONFIRMED, answer=travelled(answer))

    def release(self, key: str) -> None:  # noqa: D102
        del self.effects[self._open(key).key]

    def doubt(self, key: str) -> None:  # noqa: D102
        self.effects[key] = replace(self._open(key), state=EffectState.UNCERTAIN)

    def _open(self, key: str) -> Effect:
        if key not in self.effects or self.effects[key].state is EffectState.CONFIRMED:
            raise LedgerError(f"the effect {key} has no open claim")
        return self.effects[key]

    def keep(self, *facts: Fact) -> None:
        """Keep facts; an older one of the same name, day and dimensions is replaced."""
        new = travelled([*self.kept, *facts])
        self.kept = list({(f.name, f.day, tuple(sorted(f.dimensions.items()))): f for f in new}.values())

    def accept(self, ctx: Context) -> None:
        """Keep what a good run reported; a dry run leaves nothing. Raise WireError for what may not travel."""
        report = travelled(vars(ctx.report))
        if ctx.dry:
            return
        self.keep(*report["facts"])
        self.marks.update(report["watermarks"])
        for draft in report["drafts"]:
            self._add_draft(ctx, draft)
        known = {s.finding.key: s for s in self.seen if s.routine == ctx.routine}
        others = [s for s in self.seen if s.routine != ctx.routine]
        found = {finding.key: finding for finding in report["findings"]}
        self.seen = others + [_seen(ctx, finding, known.get(key)) for key, finding in found.items()]

    def _add_draft(self, ctx: Context, new: NewDraft) -> None:
        if all((one.routine, one.draft.key) != (ctx.routine, new.key) for one in self.all_drafts):
            number = max((one.id for one in self.all_drafts), default=0) + 1
            self.all_drafts.append(Draft(number, ctx.routine, DraftState.WAITING, new, ctx.now))


def _among(items: Iterable[WorkItem], name: str, wanted: Sequence[str]) -> list[WorkItem]:
    """Return the items of which a field is one of those wanted; none wanted: all."""
    among = set(wanted)
    return [item for item in items if not among or getattr(item, name) in among]


def _refuse(step: Transition) -> None:
    """Raise LedgerError for a step that no run may take."""
    if not (step.kind and step.id and step.after):
        raise LedgerError(f"a transition needs a kind, an id and a state to go to: {step}")
    if step.kind == "task":
        raise LedgerError("a run moves no tasks: report a finding, which becomes one")
    if step.kind == ABSENCE:
        raise LedgerError("a run sends nobody away: `nightclerk absent` does")


def _seen(ctx: Context, finding: Finding, known: SeenFinding | None) -> SeenFinding:
    """Return a finding as the ledger would keep it: one known by its key goes on, a new one starts."""
    if known is None:
        return SeenFinding(ctx.routine, ctx.run_id, ctx.now, finding.since or ctx.now, 1, finding)
    another_day = known.found.astimezone(ctx.zone).date() != ctx.today
    return SeenFinding(ctx.routine, ctx.run_id, ctx.now, known.since, known.mornings + another_day, finding)


def names_in(*modules: ModuleType) -> frozenset[str]:
    """Return the names of every fact that these modules declare, as the loader collects them."""
    declared = {v.name for module in modules for v in vars(module).values() if isinstance(v, FactName)}
    return frozenset(declared | {SOURCE_RECORDS.name, TASK_LISTED.name})


def make_context(folder: Path, declared: frozenset[str] = frozenset(), **changes: Any) -> Context:
    """Return a context on a fresh night, or with any field of `Context` changed: now, night, dry, opened, people.

    Give `declared=names_in(jobs.kinds.facts)` where the job reports facts; `opened` is `{"shop": {"main": fake}}`.
    """
    now = changes.get("now", NOW)
    usual: dict[str, Any] = {
        "shop": SHOP, "routine": "routine", "slot": "2026-11-20T05:00", "now": now, "due": now, "run_id": 1,
        "dry": False, "people": (OWNER,), "folder": folder, "version": "0", "declared": declared,
    }  # fmt: skip
    if "night" not in changes:
        usual["night"] = FakeNight(now=now)
    return Context(**{**usual, **changes})


def make_outlet(folder: Path, **changes: Any) -> Outlet:
    """Return what a connector is given: read-only, at `NOW`, keeping no facts, unless `changes` say otherwise."""
    usual: dict[str, Any] = {"name": "main", "shop": SHOP, "now": NOW, "writes": False, "folder": folder}
    return Outlet(**{**usual, **changes})
