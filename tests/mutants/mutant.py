"""What a mutant is, and where the tests that notice it stand."""

from dataclasses import dataclass

D, S, A, J = "tests/daemon", "tests/system", "tests/acceptance", "tests/jobs"


@dataclass(frozen=True)
class Mutant:
    """A change to one file that takes a safeguard of a promise (1 to 11) away; `test` is the id of a test to go red.

    `old` stands exactly once in its file: where a safeguard is rewritten, its entry is rewritten with it.
    """

    promise: int
    safeguard: str
    file: str
    old: str
    new: str
    test: str
