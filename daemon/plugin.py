"""What a plug-in declares: jobs, connectors, kinds and their options."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr

from daemon.context import Context, Kind
from daemon.errors import OutsideError
from daemon.model import Fact, Shop, Text
from daemon.records import Draft
from daemon.secrets import SecretText

T = TypeVar("T")
OptionsT = TypeVar("OptionsT", bound="Options")


class Options(BaseModel):
    """The base of every plug-in's options: frozen, unknown keys refused. Give each field a description."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, hide_input_in_errors=True)


class NoOptions(Options):
    """For a plug-in that has nothing to set."""


def _only_by_reference(value: object) -> object:
    if isinstance(value, SecretText):
        return str(value)
    if isinstance(value, SecretStr):
        return value
    raise ValueError("a secret is written as a reference, such as !secret shop-key, never as its text")


Secret = Annotated[SecretStr, BeforeValidator(_only_by_reference)]
"""The type of an option that holds a secret; the text is got with `.get_secret_value()`."""


@dataclass(frozen=True)
class Need:
    """A kind of connection a job takes. `many`: all of them; `optional`: works without one."""

    kind: Kind[Any]
    many: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Outlet:
    """What a connector is given besides its own options.

    `writes` is the connection's `writes:` and false in a dry run: a connector refuses every operation that
    changes the outside while it is false (`require_writes`). `dry` says that this is a dry run, in which nothing may be
    begun in the outside either, such as an export that is only read. `folder` is below the state folder and the
    connector's own. `facts` reads what earlier runs kept (names, first and last day), `keep` stores a fact with the end
    of this run: a connector uses them for what it must know of its source, such as which file spans which days.
    `requested` is called for every request made over a network: their number is kept with the run.
    """

    name: str
    shop: Shop
    now: datetime
    writes: bool
    folder: Path
    facts: Callable[[Sequence[str], date, date], list[Fact]] = lambda _names, _first, _last: []
    keep: Callable[[Fact], None] = lambda _fact: None
    requested: Callable[[], None] = lambda: None
    dry: bool = False

    def require_writes(self, what: str) -> None:
        """Raise OutsideError unless `writes`: to be called before every operation that would change the outside.

        `what` names the change ("the note on order 17"); the error says that nothing was done, so its claim is free.
        """
        if not self.writes:
            raise OutsideError(
                f"{what} was not made: the connection {self.name} may only read; allow it there with `writes: true`",
                permanent=True,
            )

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.shop.timezone)


@dataclass(frozen=True)
class Connector(Generic[OptionsT, T]):
    """A plug-in that speaks to one kind of outside system; `open` makes no network call by itself.

    `check` is given what `open` returned and tries it for `nightclerk doctor` without changing anything: None where
    all is well, a Text with what to do where not; an OutsideError is told with its sentence. It is called in a process
    of its own with `writes` false and without the facts of earlier runs, and is cut off when it takes too long.
    """

    name: str
    kind: Kind[T]
    summary: str
    options: type[OptionsT]
    open: Callable[[OptionsT, Outlet], T]
    check: Callable[[Any], Text | None] | None = None


@dataclass(frozen=True)
class Job(Generic[OptionsT]):
    """A plug-in that does one kind of work.

    `run` returns one sentence about what it did. `apply` makes an approved draft of this job real; it is
    called once per draft. `repeatable` false means that a run cut short is never tried again.
    """

    name: str
    summary: str
    options: type[OptionsT]
    run: Callable[[Context, OptionsT], Text | None]
    needs: tuple[Need, ...] = ()
    apply: Callable[[Context, OptionsT, Draft], Text | None] | None = None
    repeatable: bool = True
