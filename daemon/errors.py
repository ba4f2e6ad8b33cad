"""What can go wrong in words a person can act on, and the exit codes that go with it.

An error of this module is a sentence for the user: what happened, where, and what to do next. It is
printed without a traceback. Anything else that reaches the top is a defect of nightclerk (exit 70).
"""

from dataclasses import dataclass, field

EXIT_DONE = 0
EXIT_FAILED = 1
"""A routine or a connection failed."""
EXIT_USAGE = 2
EXIT_INTERNAL = 70
"""A defect of nightclerk itself (EX_SOFTWARE of sysexits.h)."""
EXIT_BUSY = 75
"""Another daemon holds the state (EX_TEMPFAIL)."""
EXIT_CONFIG = 78
"""The configuration is wrong (EX_CONFIG)."""


@dataclass(frozen=True, order=True)
class Place:
    """Where in a file something stands; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the configuration.

    `routine` names the only routine the problem breaks; without it the whole file is refused.
    """

    sentence: str
    path: str = ""
    place: Place | None = None
    routine: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return ": ".join(str(part) for part in (self.place, self.path, self.sentence) if part)


class NightclerkError(Exception):
    """A failure that is told to the user as one sentence."""

    exit_code = EXIT_FAILED


class UsageError(NightclerkError):
    """The command was called with words it can't take."""

    exit_code = EXIT_USAGE


class BusyError(NightclerkError):
    """Another process holds the state."""

    exit_code = EXIT_BUSY


class ConfigError(NightclerkError):
    """The configuration can't be used; carries every problem found, in the order of the file."""

    exit_code = EXIT_CONFIG

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.place is None, p.place or Place("", 0, 0)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class LedgerError(NightclerkError):
    """The ledger can't be opened, read or written."""


class OutsideError(NightclerkError):
    """An outside system did not do what was asked.

    `permanent` says that asking again is no use; `nothing_done` that the outside certainly changed nothing
    (a refused connection, say), so that an effect may be given back and tried later.
    """

    def __init__(self, sentence: str, *, permanent: bool = False, nothing_done: bool = False) -> None:
        super().__init__(sentence)
        self.permanent = permanent
        self.nothing_done = nothing_done or permanent


class UncertainError(OutsideError):
    """An effect was begun earlier and nobody can say whether it happened; a person must look.

    Asking again is no use, but nothing says that nothing was done: its claim is never given back.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, permanent=True)
        self.nothing_done = False
