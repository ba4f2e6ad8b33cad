"""What a job may ask of a printer: take one sheet, say what became of it, and whether it ever got one of that name.

A printer is believed only in what it says of a sheet's own state: that it took a sheet says nothing about paper.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from daemon.api import Kind, Text


class Fate(StrEnum):
    """What has become of a sheet that was handed over. The last four are ends."""

    WAITING = "waiting"
    """It stands in the queue, or is being printed."""
    HELD = "held"
    """The printer keeps it back until somebody there acts: held, stopped, out of paper, jammed."""
    PRINTED = "printed"
    """It came out; once, unless `reason` says that nobody can be sure of that."""
    FAILED = "failed"
    """It was given up and nothing more of it will come out; `reason` says why."""
    TORN = "torn"
    """The printer's server was lost while it had the sheet: it may have come out not at all, once or twice."""
    FORGOTTEN = "forgotten"
    """The printer does not know it (any more): nothing more of it will come out, and nobody can say whether it did."""


@dataclass(frozen=True)
class Standing:
    """Where a sheet stands with its printer, and why if that needs saying."""

    fate: Fate
    reason: Text | None = None


NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:+=,#~-]{0,99}")
"""What a sheet may be called: it becomes the title of a job and the name of a file, and is read back from both."""


@dataclass(frozen=True)
class Printout:
    """One thing to be printed: `name` (`NAME`) tells it from all others for ever.

    `content` is a PDF whose pages are all of the size `media` (a name of `jobs/kinds/paper.py`, such as `a4`).
    """

    name: str
    media: str
    content: bytes


class Printer(Protocol):
    """A queue that prints one sheet after the other, in the order in which they were handed over."""

    @property
    def ahead(self) -> int:
        """How many sheets may be under way at once; with more than one nobody promises their order."""
        ...

    def ready(self) -> Text | None:
        """Return why nothing would come out now, and what to do; None where the printer takes and prints sheets.

        Raises OutsideError where it can't be reached.
        """
        ...

    def submit(self, printout: Printout) -> str:
        """Hand a sheet over and return the printer's own number for it.

        Raises OutsideError, with `nothing_done` where it certainly was not taken; UncertainError where nobody can say,
        and `find` may be able to. A name that is none, and paper that nobody knows, are refused.
        """
        ...

    def standing(self, number: str) -> Standing:
        """Return what has become of a sheet, by the number that `submit` or `find` returned.

        Raises OutsideError where the printer can't be reached.
        """
        ...

    def find(self, name: str, before: str) -> str | None:
        """Return the number of the sheet of this name; None where it was certainly never taken.

        `before` is a number that the printer gave earlier than it could have given this one (empty: none known): only
        where it remembers that far back can it say no. Raises UncertainError where it does not, or knows two of the
        name; OutsideError where it can't be reached. Ask no sooner than the try that was lost has ended.
        """
        ...


PRINTER: Kind[Printer] = Kind("printer")
