"""What the programs that back up database servers have in common: they are asked, and print JSON or a complaint."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field

from daemon.api import Duration, Options, OutsideError, Text, Value
from jobs.connectors.backups.tree import shown
from jobs.connectors.command import Finished, Program, masked
from jobs.kinds.backup import Copy, Outcome, Verdict

_LONGEST = 300
T = TypeVar("T")


def _from_root(path: str) -> str:
    if path and not path.startswith("/"):
        raise ValueError("the path is given from the root")
    return path


def _plain_name(name: str) -> str:
    if not name or name.startswith("-") or any(c.isspace() for c in name):
        raise ValueError("a name has no spaces and begins with no dash")
    return name


ConfigPath = Annotated[str, AfterValidator(_from_root)]
PlainName = Annotated[str, AfterValidator(_plain_name)]


class ToolOptions(Options):
    """Which configuration a program reads, and how long it may take."""

    config: ConfigPath = Field(
        "", description="Its configuration file; the program's own where not set.",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    limit: Duration = Field(timedelta(hours=2), description="How long it may take before it is ended.")


@dataclass(frozen=True)
class Tool:
    """A program and how long it may take."""

    program: Program
    limit: timedelta

    def ask(self, *arguments: str) -> Finished:
        """Run it and return how it ended; raise OutsideError where it can't be started."""
        return self.program.run(arguments, self.limit)

    def answer(self, *arguments: str) -> str:
        """Return what it prints; raise OutsideError where it does not end well."""
        return self.answered(self.ask(*arguments))

    def answered(self, ended: Finished) -> str:
        """Return what it printed; raise OutsideError where it did not end well."""
        if ended.timed_out:
            raise OutsideError(f"{self.program.path} was not done after {self.limit} and was ended: see `limit:`")
        if ended.code:
            raise OutsideError(f"{self.program.path} ended with the code {ended.code}: {last_words(ended)}")
        return ended.text

    def failed(self, ended: Finished) -> Verdict | None:
        """Return that nothing is known where a run did not end well, None where it did."""
        told: dict[str, Value] = {"program": self.program.path, "code": ended.code, "said": last_words(ended)}
        if ended.timed_out:
            reason = Text("{program} was not done after {limit} and was ended", {**told, "limit": self.limit})
        elif ended.code:
            reason = Text("{program} ended with the code {code}: {said}", told)
        else:
            return None
        return Verdict(Outcome.UNKNOWN, reason=reason, seconds=ended.seconds)


def last_words(ended: Finished) -> str:
    """Return the last line of a program's complaint, else of what it printed, fit to be shown."""
    lines = [line.strip() for line in (ended.complaint + "\n" + ended.text).splitlines() if line.strip()]
    complaints = [line.strip() for line in ended.complaint.splitlines() if line.strip()]
    return masked(shown((complaints or lines or ["no word"])[-1]))[:_LONGEST]


def json_in(printed: str) -> Any:
    """Return the JSON in what a program printed, after lines that it may log before; raise ValueError without any."""
    lines = printed.splitlines(keepends=True)
    start = next((n for n, line in enumerate(lines) if line.lstrip()[:1] in {"[", "{"}), len(lines))
    return json.loads("".join(lines[start:]))


def understood(what: str, read: Callable[[], T]) -> T:
    """Return what `read` makes of an answer; raise OutsideError naming the program where the answer is none."""
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise OutsideError(f"what {what} prints can't be understood: is it of a version that is known here?") from error


def epoch(seconds: float | str) -> datetime:
    """Return a moment in UTC that a program tells in seconds since 1970."""
    return datetime.fromtimestamp(float(seconds), UTC)


def newest_first(copies: Sequence[Copy]) -> list[Copy]:
    """Return copies as an inventory lists them."""
    return sorted(copies, key=lambda copy: (copy.moment, copy.name), reverse=True)
