"""A run's view of the world, and what it hands over at its end."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Generic, TypeVar, cast
from zoneinfo import ZoneInfo

from daemon.errors import NightclerkError, OutsideError, UncertainError
from daemon.model import Attachment, Document, Fact, FactName, Finding, Mail, Matrix, NewDraft, Person, Shop, Text
from daemon.night import Night
from daemon.records import EffectState

T = TypeVar("T")

SOURCE_RECORDS = FactName(
    "source.records", "count", "records of the outside source that stand behind a day's figures, sales or not"
)
TASK_LISTED = FactName("tasks.listed", "count", "1 for each task that stood on a morning's list as one for that day")
HOLIDAY = FactName("calendar.holiday", "name", "a day on which the shop does not work; the value is its name")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """What a job may ask of an outside system: the name of a Protocol `T` that connectors implement."""

    name: str


def in_english(text: Text, _language: str = "") -> str:
    """Return a message as its English sentence, its parameters as plain text: where nobody can say it better."""
    sentence = text.plural if text.plural and text.values.get(text.count) != 1 else text.id
    return sentence.format_map({name: str(value) for name, value in text.values.items()})


@dataclass
class Report:
    """What a run hands over at its end; the daemon keeps all of it or nothing."""

    findings: list[Finding] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    watermarks: dict[str, str] = field(default_factory=dict)
    drafts: list[NewDraft] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    checked: list[Text] = field(default_factory=list)


@dataclass(frozen=True)
class Context:
    """A run's view of the world: its moment, its connections, the night so far, and where it reports.

    `people` are those who get the routine's mail, `staff` everybody the configuration names, whether or not they do.
    `host` names the machine that commands are to be given on; empty where nobody needs to know. `matrix` is what
    `listed` puts the night's tasks in order by. `folder` is the routine's own, below the state folder; a `*.key` file
    in it belongs to the state, and `state backup` copies it. `templates` are the folders in which a template is looked
    for, the owner's first. `say` returns a message in a language (empty: the shop's), for what a job writes itself.
    """

    shop: Shop
    routine: str
    slot: str
    now: datetime
    due: datetime
    run_id: int
    dry: bool
    night: Night
    rehearsal: bool = False
    people: tuple[Person, ...] = ()
    staff: tuple[Person, ...] = ()
    missing: tuple[str, ...] = ()
    folder: Path = Path()
    version: str = ""
    host: str = ""
    matrix: Matrix = field(default_factory=Matrix)
    templates: tuple[Path, ...] = ()
    say: Callable[[Text, str], str] = in_english
    opened: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()
    report: Report = field(default_factory=Report)

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.shop.timezone)

    @property
    def today(self) -> date:
        """The shop's local day at the run's moment."""
        return self.now.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Return the instant (UTC) at which a local day of the shop begins."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def connections(self, kind: Kind[T]) -> dict[str, T]:
        """Return the run's connections of a kind by name."""
        return cast("dict[str, T]", dict(self.opened.get(kind.name, {})))

    def connection(self, kind: Kind[T]) -> T:
        """Return the run's one connection of a kind; raise NightclerkError where there is none."""
        for opened in self.connections(kind).values():
            return opened
        raise NightclerkError(f"the routine {self.routine} has no connection of the kind {kind.name}: add one")

    def find(self, finding: Finding) -> None:
        """Report a finding; it stays until a later good run of the routine no longer reports its key."""
        self.report.findings.append(finding)

    def checked(self, text: Text) -> None:
        """Report a check that ran and found nothing, for the list of what is fine."""
        self.report.checked.append(text)

    def fact(
        self,
        name: FactName,
        day: date,
        value: Decimal | int | str,
        *,
        as_of: datetime,
        source: str,
        unit: str = "",
        dimensions: Mapping[str, str] | None = None,
    ) -> None:
        """Report a fact; `unit` overrides the declared one (a currency). Raise ValueError where it is not declared."""
        if name.name not in self.declared:
            raise ValueError(f"the fact {name.name} is not declared")
        exact = Decimal(value) if isinstance(value, int) else value
        self.report.facts.append(Fact(name.name, day, exact, unit or name.unit, as_of, source, dimensions or {}))

    def mark(self, name: str, value: str) -> None:
        """Remember where this run got to; kept only if the run ends well."""
        self.report.watermarks[name] = value

    def draft(self, draft: NewDraft) -> None:
        """Hand over something a person must approve; a key that is known already is left as it is."""
        self.report.drafts.append(draft)

    def mail(
        self,
        to: Iterable[Person],
        document: Document,
        day: date | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> None:
        """Hand over one mail per person; it is rendered and stored with the run's end.

        A document whose values have a `key` is told from others of the day by it: the same key is mailed once.
        """
        self.report.mails.extend(Mail(one, document, day or self.today, attachments=attachments) for one in to)

    def effect(self, key: str, what: str, make: Callable[[], str], find: Callable[[], str | None] | None = None) -> str:
        """Make a change in the outside world once and return the outside's answer.

        `make` is called after the claim is on disk. Where an earlier claim was never confirmed, `find` asks the
        outside system: an answer confirms it, None means that it never happened and it is made now. Without
        `find` the effect is recorded as uncertain and UncertainError is raised, as where `make` itself raises it.
        In a dry run nothing is made; the run's output says what would be.
        """
        if self.dry or self.rehearsal:
            return self._only_say(key, what)
        earlier = self.night.claim(key, what)
        if earlier is None:
            return self._make(key, make)
        if earlier.state is EffectState.CONFIRMED:
            return earlier.answer
        answer = self._ask_outside(key, what, find)
        if answer is None:
            return self._make(key, make)
        self.night.confirm(key, answer)
        return answer

    def _only_say(self, key: str, what: str) -> str:
        earlier = self.night.effect(key)
        if earlier is None or earlier.state is not EffectState.CONFIRMED:
            print(f"would be made: {what}")  # noqa: T201 - the run's output is what a person reads
            return "dry run"
        return earlier.answer

    def _make(self, key: str, make: Callable[[], str]) -> str:
        try:
            answer = make()
        except UncertainError:
            self.night.doubt(key)
            raise
        except OutsideError as error:
            if error.nothing_done:
                self.night.release(key)
            raise
        self.night.confirm(key, answer)
        return answer

    def _ask_outside(self, key: str, what: str, find: Callable[[], str | None] | None) -> str | None:
        if find is None:
            self.night.doubt(key)
            raise UncertainError(
                f"{what} may have been begun earlier and nobody can say whether it happened: look before it is repeated"
            )
        return find()
