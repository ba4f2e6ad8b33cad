"""Places of backups that answer as they are told to, and nights on which the job looks at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from daemon.api import Context, Finding, Hand, OutsideError, Text, WorkItem, read_card
from daemon.testing import NOW, FakeNight, make_context, names_in, travelled
from daemon.workline import confirm
from jobs.backups import BACKUPS, BACKUPS_LINE, BackupOptions
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore, Check, Copy, Examined, Inventory, Outcome, Part, Verdict

HELD = Verdict(Outcome.HELD, 214, 214)
NOT_ASKED = Verdict(Outcome.NOT_ASKED)
DAY = timedelta(days=1)
ADA = Hand("ada", NOW, ZoneInfo("Europe/Berlin"))


def held(seconds: str | None = None, read: int | None = None) -> Verdict:
    return Verdict(Outcome.HELD, seconds=Decimal(seconds) if seconds else None, read=read)


PARTLY = Verdict(Outcome.PARTLY)


def unknown(reason: str = "no answer", again: timedelta | None = None) -> Verdict:
    return Verdict(Outcome.UNKNOWN, reason=Text(reason), again=again)


def broken(reason: str = "a pack is damaged") -> Verdict:
    return Verdict(Outcome.BROKEN, reason=Text(reason))


@dataclass
class Place(BackupStore):
    """Copies and what reading the newest one shows; `dead` is why it can't be looked at."""

    copies: Sequence[Copy] = ()
    verdict: Verdict = HELD
    unreadable: Sequence[str] = ()
    dead: str = ""
    verified: int = 0
    now: datetime = NOW

    def inventory(self) -> Inventory:
        if self.dead:
            raise OutsideError(self.dead)
        copies = [copy for copy in self.copies if copy not in _ONLY_THEN or copy.moment <= self.now]
        return Inventory(sorted(copies, key=lambda copy: copy.moment, reverse=True), self.unreadable)

    def verify(self, copy: Copy) -> Verdict:
        assert copy in self.copies
        self.verified += 1
        return self.verdict


@dataclass
class Program(Place, Examined):
    """A place with a program: it answers each check with the next of its answers, the last one for ever."""

    verdict: Verdict = NOT_ASKED
    answers: Mapping[Check, Sequence[Verdict]] = field(default_factory=dict)
    asked: list[tuple[Check, Part, Copy]] = field(default_factory=list)

    @property
    def offers(self) -> frozenset[Check]:
        return frozenset(self.answers)

    def examine(self, check: Check, copy: Copy, part: Part) -> Verdict:
        before = sum(one[0] is check for one in self.asked)
        self.asked.append((check, part, copy))
        answers = self.answers[check]
        return answers[min(before, len(answers) - 1)]

    def parts(self) -> list[tuple[int, int]]:
        return [(part.number, part.of) for check, part, _ in self.asked if check is Check.DATA]

    def made(self, check: Check) -> int:
        return sum(one[0] is check for one in self.asked)


def copy_of(age: timedelta, now: datetime = NOW, size: int | None = 1000, **more: Any) -> Copy:
    moment = now - age
    name = f"{moment:%m%dT%H%M%S}"
    return Copy(name, moment, size, more.pop("files", 1), more.pop("id", name), **more)


NIGHTLY = tuple(copy_of(timedelta(hours=3), NOW + n * DAY) for n in range(70))
"""A copy each night from the first one on; none is there before it was made."""
_ONLY_THEN = frozenset(NIGHTLY)


@dataclass
class Nights:
    """One night after the other on the same ledger; between them everything but the ledger is gone."""

    stores: Mapping[str, Place]
    options: Mapping[str, Any] = field(default_factory=dict)
    night: FakeNight = field(default_factory=FakeNight)

    def run(self, now: datetime = NOW, **changes: Any) -> Context:
        self.night.now = now
        for store in self.stores.values():
            store.now = now
        made = {
            "now": now,
            "night": self.night,
            "opened": {"backup": dict(self.stores)},
            "routine": "backups",
            **changes,
        }
        ctx = make_context(Path(), names_in(facts), **made)
        BACKUPS.run(ctx, BackupOptions.model_validate(dict(self.options)))
        travelled(vars(ctx.report))
        self.night.accept(ctx)
        return ctx

    def item(self, name: str = "nas") -> WorkItem:
        return self.night.items["backup", name]

    def card(self, name: str = "nas") -> dict[str, Any]:
        return read_card(self.item(name).data)

    def marks(self, name: str = "nas") -> dict[str, str]:
        return {row[0]: row[1] for row in self.card(name)["checks"]}

    def accept(self, now: datetime, name: str = "nas") -> None:
        self.night.now = now
        assert all(self.night.move([confirm(BACKUPS_LINE, self.item(name), replace(ADA, now=now), "")]))


def keys(ctx: Context, name: str = "nas") -> set[str]:
    return {one.key.removeprefix(f"backups/{name}/") for one in ctx.report.findings if f"/{name}/" in one.key}


def the(ctx: Context, what: str, name: str = "nas") -> Finding:
    (one,) = [one for one in ctx.report.findings if one.key == f"backups/{name}/{what}"]
    return one


def said(text: Text | None) -> str:
    assert text is not None
    every = {name: said(value) if isinstance(value, Text) else value for name, value in text.values.items()}
    return text.id.format(**every)


def figure(ctx: Context, name: str, **dimensions: str) -> object:
    found = [fact.value for fact in ctx.report.facts if fact.name == name and fact.dimensions == dimensions]
    return found[0] if found else None
