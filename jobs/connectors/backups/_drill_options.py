"""What an owner says about trying a restore of files; light enough to be imported with a connector."""

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field

from daemon.api import Options, Size


def parts_of(path: str) -> tuple[str, ...]:
    """Return the parts of a path within a copy, whether it is written from the root or not."""
    return tuple(part for part in PurePosixPath(path).parts if part != "/")


def _within(path: str) -> str:
    if not parts_of(path) or ".." in parts_of(path) or "\0" in path:
        raise ValueError("it is the path of a file as it was backed up, such as /srv/shop/canary.txt")
    return path


PathWithin = Annotated[str, AfterValidator(_within)]


class Canary(Options):
    """A file that never changes, by which a restore is known to bring back what was backed up."""

    path: PathWithin = Field(description="Its path as it was backed up, such as /srv/shop/canary.txt.")
    sha256: str = Field(pattern="^[0-9a-fA-F]{64}$", description="Its SHA-256 sum, as `sha256sum` prints it.")


class AtLeast(Options):
    """What must come back at least."""

    files: int = Field(1, ge=1, description="How many files.")
    bytes: Size = Field(1, ge=1, description="How many bytes, such as 100M.")


class DrillOptions(Options):
    """How a restore is tried: what of the copy, and what must have come back."""

    include: list[PathWithin] = Field([], description="What of the copy is restored; all of it where not set.")
    at_least: AtLeast = Field(AtLeast(), description="How much must come back.")
    holds: list[PathWithin] = Field([], description="Paths that must be there, as they were backed up.")
    canary: Canary | None = Field(None, description="A file that must come back unchanged.")
    older: int = Field(0, ge=0, description="On one of how many days an older copy is taken; 0: always the newest.")
    room: Size | None = Field(None, ge=1, description="How much room it needs, such as 2G; else 1.3 times the copy.")
