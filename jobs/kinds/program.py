"""What a job may ask of a program of the owner's: run, once, and say how that ended."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from daemon.api import Kind


@dataclass(frozen=True)
class Ended:
    """How a program ended: `code` is negative for a signal, `timed_out` says that it was ended for taking too long.

    `printed` and `complained` are its last lines on either stream, fit to be shown and without its secrets. `answer` is
    its last printed line as it came.
    """

    code: int
    printed: tuple[str, ...] = ()
    complained: tuple[str, ...] = ()
    answer: str = ""
    seconds: Decimal = Decimal(0)
    timed_out: bool = False


class Runnable(Protocol):
    """A program that the owner wrote down, with all that it needs."""

    @property
    def shown(self) -> str:
        """What would be run, as one line; it holds no secret."""
        ...

    def run(self) -> Ended:
        """Run it and wait for its end.

        Raises OutsideError where it was not started, `nothing_done` then; how it ended otherwise is in the answer.
        """
        ...


PROGRAM: Kind[Runnable] = Kind("program")
"""Connectors of the kind program: the one that runs programs, so that a job never does."""
