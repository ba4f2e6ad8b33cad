"""The frame of the configuration as frozen models; a job's and a connector's own options are checked by theirs.

The models say what is right; `daemon.config.loading` reads the file and says where it is wrong. Field descriptions are
what `docs/configuration.md` and the JSON Schema show.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from daemon.addresses import ascii_address
from daemon.clock import EPOCH
from daemon.config.rights import Function, RightConfig, Role
from daemon.errors import NightclerkError
from daemon.model import Matrix
from daemon.ranking import OTHER, UNSORTED
from daemon.values import Approve, DaySet, Duration, Missed, Overlap, Size, Times

_LONGEST_WAIT = timedelta(days=5 * 366)
CRON_FIELDS = 5
"""Of crontab(5): cronsim would take a sixth for seconds, of which the daemon knows nothing."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,47}$")]


class Model(BaseModel):
    """The base of the frame: frozen, unknown keys refused, and what was typed is never echoed (it may be a secret)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PydanticCustomError("unknown_zone", "unknown time zone: it is written as in Europe/Berlin") from error
    return name


def _cron_fields(expression: str) -> str:
    if len(expression.split()) != CRON_FIELDS:
        raise ValueError("a cron expression has five fields: minute, hour, day of month, month, day of week")
    try:
        first = next(CronSim(expression, EPOCH), None)
    except CronSimError as error:
        raise ValueError(f"this is no cron expression, or names a day that never comes: {error}") from error
    if first is None or first - EPOCH > _LONGEST_WAIT:
        raise ValueError("this cron expression names a day that does not come within five years")
    return expression


def _mailable(address: str) -> str:
    try:
        return address and ascii_address(address) and address
    except NightclerkError as error:
        raise ValueError(
            "no mail can be sent there: it takes plain letters before the @ and a domain after it"
        ) from error


class ShopConfig(Model):
    """The shop all of this is for."""

    name: str = Field(min_length=1, max_length=80, description="What the shop is called in the mail.")
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        description="IANA name of the zone the shop lives in; every time of day below is meant there."
    )
    country: str = Field(
        "", pattern="^([A-Z]{2})?$", description="ISO 3166 code, such as DE, for holidays and number formats."
    )
    currency: str = Field(
        "EUR", pattern="^[A-Z]{3}$", description="ISO 4217 code of the shop's own currency, such as EUR."
    )
    language: str = Field(
        "en", pattern="^[a-z]{2}$", description="Language of the mail where a person sets none: de, en, nb, sv or zh."
    )
    key: Name = Field("shop", description="What the ledger files this shop under; never change it once in use.")


class PersonConfig(Model):
    """Somebody who gets mail or gives commands."""

    name: str = Field("", max_length=80, description="The name to show; the key under `people:` where not set.")
    email: Annotated[str, AfterValidator(_mailable)] = Field(
        "", pattern=r"^(?:[^@\s]+@[^@\s]+)?$", description="Where this person's mail goes, such as anna@shop.example."
    )
    login: str = Field("", description="The login name on this machine that may give commands.")
    roles: tuple[Role, ...] = Field(("owner",), description="What this person may do and is shown.")
    language: str = Field(
        "", pattern="^([a-z]{2})?$", description="Language of this person's mail: de, en, nb, sv or zh."
    )


class ConnectionConfig(BaseModel):
    """A configured outside system: `use` names the connector, the other keys are the connector's own."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    use: str = Field(description="The connector that speaks to it; `nightclerk plugins` lists them.")
    writes: bool = Field(False, description="Whether nightclerk may change anything there.")

    @property
    def options(self) -> dict[str, Any]:
        """The connector's own options."""
        return dict(self.model_extra or {})


class RetryConfig(Model):
    """How a failed run is tried again."""

    tries: int = Field(1, ge=1, le=20, description="How many runs in all; 1 means no second try.")
    first: Duration = Field(timedelta(minutes=1), description="The wait before the second try.")
    factor: float = Field(2, ge=1, le=10, description="By how much each wait is longer than the one before.")
    jitter: float = Field(0.1, ge=0, le=1, description="The share by which a wait may be longer at random.")
    on_timeout: bool = Field(False, description="Whether a run that was cut off counts as worth trying again.")


class RoutineConfig(Model):
    """A job, when it runs, and its options."""

    job: str = Field(description="The job to run; `nightclerk plugins` lists them.")
    at: Times | None = Field(
        None, description='Time of day, such as "02:30", or a list of them; `days:` says on which days.'
    )
    days: DaySet | None = Field(
        None,
        description="Days of `at:`, such as weekdays, weekend, last, first mon, [mon, thu] or [1, 15]; else daily.",
    )
    every: Duration | None = Field(None, description="A fixed interval, such as 15m; whole days count from midnight.")
    cron: Annotated[str, AfterValidator(_cron_fields)] | None = Field(
        None, description="Five cron fields with crontab's own meaning, in quotes."
    )
    after: tuple[Name, ...] = Field(
        (), description="Routines of the same day to wait for; without a time of its own it runs when they have ended."
    )
    after_limit: Duration = Field(
        timedelta(minutes=30), description="How long to wait for them; then it runs and says what was missing."
    )
    after_ok: bool = Field(False, description="Whether it is skipped where one of them did not end well.")
    except_: Literal["holidays"] | None = Field(
        None, alias="except", description="Days on which it does not run: those that `job: calendar` finds."
    )
    timeout: Duration = Field(timedelta(minutes=15), description="How long a run may take before it is cut off.")
    retry: RetryConfig = Field(RetryConfig(), description="How a failed run is tried again.")
    missed: Missed = Field(
        "run-once",
        description="What becomes of moments missed while the machine was off: one run for all, one for each, or none.",
    )
    max_late: Duration = Field(timedelta(hours=12), description="How late a missed moment may still be made up for.")
    overlap: Overlap = Field(
        "skip",
        description="When the run before is still going: leave this one out, run it afterwards, or end the old one.",
    )
    memory: Size | None = Field(None, description="The most memory a run may use, such as 300M.")
    owner: str = Field(
        "",
        description="Who is mailed when it fails for good and when that is over; "
        "else the first of `people:` with an address.",
    )
    approve: Approve = Field(
        "ask", description="Whether its drafts wait for a person (ask) or go out by themselves (auto)."
    )
    to: tuple[str, ...] = Field((), description="The people its mail goes to; all with an address where not set.")
    ping: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="An https address that is told of each run and raises the alarm when it hears nothing.",
    )
    enabled: bool = Field(True, description="Whether it runs at all.")
    options: dict[str, Any] = Field({}, description="The job's own options; see Jobs below.")

    @model_validator(mode="after")
    def _one_schedule(self) -> Self:
        given = [key for key in ("at", "every", "cron") if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError(f"only one of at, every and cron may be given, not {' and '.join(given)}")
        if not given and not self.after:
            raise ValueError("when should it run? give one of at, every, cron or after")
        return self

    @model_validator(mode="after")
    def _fits_its_schedule(self) -> Self:
        if self.days is not None and self.at is None:
            raise ValueError("days goes with at")
        if self.every is not None and not _usable_interval(self.every):
            raise ValueError("every is at least 1m, and whole days where it is longer than one")
        return self


def _usable_interval(every: timedelta) -> bool:
    return every >= timedelta(minutes=1) and (every < timedelta(days=1) or every % timedelta(days=1) == timedelta(0))


def _whole_days(length: timedelta) -> timedelta:
    if length < timedelta(days=1) or length % timedelta(days=1):
        raise ValueError("this is whole days, at least 1d")
    return length


class BoxConfig(Model):
    """One box of the priority matrix: what it is called, and how long it reaches."""

    name: str = Field(min_length=1, max_length=40, description="What the box is called.")
    length: Annotated[Duration, AfterValidator(_whole_days)] = Field(
        description="How long it reaches, in whole days, counted from the end of the box before; no task's date."
    )


_BOXES = tuple(BoxConfig(name=box.name, length=box.length) for box in Matrix().boxes)


class TasksConfig(Model):
    """How tasks are put in order: what first, what later, and how much a day holds."""

    growth: bool = Field(
        True,
        description="Whether finding new customers (true) or selling more to those there are (false) is the third box; "
        "the other one is the fourth.",
    )
    capacity: int = Field(5, ge=1, le=50, description="How many tasks a day holds; the briefing names the others.")
    boxes: tuple[BoxConfig, ...] = Field(
        _BOXES,
        min_length=4,
        max_length=4,
        description="The four boxes in order: for conversion/short, for acquisition/short, and the two long ones.",
    )
    lead_times: dict[Name, Duration] = Field(
        dict(Matrix().lead_times),
        description="Kinds of dates set by law, and how long before it a task of the goal other goes above all boxes; "
        "tax: 14d and filing: 7d where none are named.",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [box.name.casefold() for box in self.boxes]
        if len({*names, OTHER, UNSORTED}) < len(names) + 2:
            raise ValueError(f"each box needs a name of its own, and neither {OTHER} nor {UNSORTED}")
        return self


class Config(Model):
    """The whole file."""

    shop: ShopConfig = Field(description="The shop all of this is for.")
    people: dict[Name, PersonConfig] = Field({}, description="Who gets mail and may give commands.")
    rights: dict[Function, RightConfig] = Field({}, description="Who may do what, where the usual does not fit.")
    connections: dict[Name, ConnectionConfig] = Field({}, description="The outside systems.")
    routines: dict[Name, RoutineConfig] = Field(description="What is done, and when.")
    tasks: TasksConfig = Field(TasksConfig(), description="How tasks are put in order.")
    state: Path | None = Field(
        None,
        description="The folder where everything is remembered (the ledger); see docs/operating.md for the default.",
    )
    secrets: Path | None = Field(None, description="The folder of the secrets' files.")
    retention: Duration = Field(timedelta(days=730), description="How long history and personal data are kept.")
    plugins: Path | None = Field(None, description="A folder of your own plug-ins, one file each.")
    templates: Path | None = Field(
        None, description="A folder of your own mail templates, which go before the built-in ones."
    )
