"""What the owner sets of the job `backups`: limits, how often each check is made, and which copies belong together."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.dataclasses import dataclass

from daemon.api import Duration, Options, Size

_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d"
WARN_SHARE = Decimal("0.8")
"""At this share of `max_age` a copy is worth a warning, where `warn_age` says nothing else."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Quiet:
    """Hours of the shop's day in which a check is not made; `end` is the first minute after them."""

    start: time
    end: time

    def holds(self, at: time) -> bool:
        """Say whether a time of day lies within; hours that begin in the evening go on past midnight."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def parse_quiet(value: object) -> Quiet:
    """Return the hours that text such as `22:00-06:00` names; raise ValueError otherwise."""
    if isinstance(value, Quiet):
        return value
    start, dash, end = value.partition("-") if isinstance(value, str) else ("", "", "")
    try:
        quiet = Quiet(time.fromisoformat(f"{start.strip():0>5}"), time.fromisoformat(f"{end.strip():0>5}"))
    except ValueError:
        dash = ""
    if not dash or quiet.start == quiet.end:
        raise ValueError('hours are written as "22:00-06:00"')
    return quiet


Hours = Annotated[
    Quiet,
    BeforeValidator(parse_quiet),
    WithJsonSchema({"type": "string", "pattern": rf"^{_CLOCK}-{_CLOCK}$", "examples": ["22:00-06:00"]}),
]


class CheckOptions(Options):
    """How often one check is made."""

    every: Duration | None = Field(
        None, description="How often; at every run where it is 0s. `docs/backups.md` lists what it is where not set."
    )
    not_during: Hours | None = Field(None, description="Hours of the shop's day in which it is not made.")
    enabled: bool = Field(True, description="Whether it is made at all; one that is not made is never called fine.")


class PartsOptions(CheckOptions):
    """How what is stored is read: a part each time, all of it in turn."""

    full_every: Duration = Field(
        timedelta(days=7), description="In which time all of it is to be read; each time a part is, as `every` has it."
    )

    @model_validator(mode="after")
    def _whole_parts(self) -> Self:
        if self.every is not None and self.full_every < self.every:
            raise ValueError("full_every is at least as long as every: all of it takes one part or more")
        return self


class ChecksOptions(Options):
    """The checks that cost more than a look at the list; those a place can't make are left out."""

    version: CheckOptions = Field(CheckOptions(), description="Whether the programs are new enough.")
    key: CheckOptions = Field(CheckOptions(), description="Whether what opens it is kept outside of it.")
    locked: CheckOptions = Field(CheckOptions(), description="Whether nobody can remove it before a day.")
    room: CheckOptions = Field(CheckOptions(), description="Whether there is room for the next copy and a restore.")
    whole: CheckOptions = Field(CheckOptions(), description="Whether the newest copy can be read to its end.")
    listed: CheckOptions = Field(CheckOptions(), description="Whether it holds what its list says.")
    structure: CheckOptions = Field(CheckOptions(), description="Whether its program finds its repository in order.")
    data: PartsOptions = Field(PartsOptions(), description="Whether what is stored can be read back.")
    unchanged: PartsOptions = Field(
        PartsOptions(), description="Whether copies hold what they held when they were first read."
    )
    restore: CheckOptions = Field(CheckOptions(), description="Whether it can be restored, tried in a scratch place.")


class CopyOptions(Options):
    """One of a group's copies, by the name of its connection."""

    medium: str = Field("disk", min_length=1, max_length=40, description="What it lies on, such as disk, cloud, tape.")
    offsite: bool = Field(False, description="Whether it is in another place than the live data.")
    immutable: Literal["no", "declared"] = Field(
        "no", description="Whether you say that nobody can remove it; a check that proves it counts by itself."
    )
    max_age: Duration | None = Field(None, description="How old it may be; the group's where not set.")


class GroupOptions(Options):
    """Copies of the same data, for three copies on two media of which one is off-site."""

    copies: dict[str, CopyOptions] = Field(min_length=1, description="Each copy by the name of its connection.")
    live: str = Field("disk", min_length=1, max_length=40, description="What the live data lies on; it is one copy.")
    max_age: Duration | None = Field(None, description="How old a copy may be to count; the routine's where not set.")


class BackupOptions(Options):
    """When a backup is worth a finding."""

    max_age: Duration = Field(timedelta(hours=26), description="How old the newest copy may be.")
    warn_age: Duration | None = Field(
        None, description="From which age on it is worth a warning; four fifths of `max_age` where not set."
    )
    shrink: Decimal = Field(
        Decimal(30), gt=0, le=100, description="Percent by which it may be smaller than usual (the median)."
    )
    min_size: Size | None = Field(None, description="How large the newest copy must be at least, such as 10M.")
    min_copies: int = Field(1, ge=1, description="How many copies there must be at least.")
    keep_span: Duration | None = Field(None, description="How old the oldest copy must be at least.")
    keeps: Duration | None = Field(
        None, description="How long each copy is kept; one that was seen and is gone before that has vanished."
    )
    keep_count: int | None = Field(
        None, ge=1, le=1000, description="How many of the newest copies are kept; `min_copies` where not set."
    )
    by_hand: Duration = Field(
        timedelta(0), description="What a recovery takes besides restoring, for the estimate of how long it takes."
    )
    checks: ChecksOptions = Field(ChecksOptions(), description="How often each check is made, and when not.")
    groups: dict[str, GroupOptions] = Field({}, description="Which places hold copies of the same data.")

    @model_validator(mode="after")
    def _warns_first(self) -> Self:
        if self.warn_age is not None and self.warn_age > self.max_age:
            raise ValueError("warn_age is no longer than max_age: a warning comes first")
        return self

    @property
    def warns(self) -> timedelta:
        """From which age on a copy is worth a warning."""
        return self.warn_age if self.warn_age is not None else self.max_age * float(WARN_SHARE)

    @property
    def stay(self) -> int:
        """How many of the newest copies that were ever seen must be there."""
        return self.keep_count if self.keep_count is not None else self.min_copies
