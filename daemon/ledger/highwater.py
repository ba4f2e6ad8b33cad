"""The high-water mark: how far the ledger of a state folder had got, in a small file beside it.

The ledger counts its deeds (claims of effects, tries of mails) in the transaction of each; the file follows after the
commit. So in a folder nobody touched the file never says more than the ledger does, wherever the program was killed,
and a ledger that says less than its file is an older one that was put back.
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from daemon.log import Once

FILE_NAME = "ledger.highwater"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HighWater:
    """Which ledger (a random name it was given when it was first opened) had counted how many deeds."""

    identity: str = ""
    deeds: int = 0


def falls_short(inside: HighWater, beside: HighWater) -> bool:
    """Say whether what a ledger says of itself shows, by the file beside it, that it is not the one that worked here.

    A missing mark is `HighWater()`: a ledger that never did anything needs no file, one that did has had one.
    """
    if inside.identity == beside.identity:
        return inside.deeds < beside.deeds
    return inside.deeds + beside.deeds > 0


class HighWaterFile:
    """The file: `<identity> <deeds>` in one line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._once = Once(_log)

    def read(self) -> HighWater:
        """Return what the file says, nothing where it is missing or is no such file; raise OSError for any other."""
        try:
            identity, deeds = self._path.read_text(encoding="ascii").split()
            return HighWater(identity, int(deeds))
        except (FileNotFoundError, ValueError):
            return HighWater()

    def write(self, mark: HighWater) -> None:
        """Write the file whole, or leave the old one, and have its name survive a power cut; raise OSError."""
        self._replace(mark)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _replace(self, mark: HighWater) -> None:
        new = self._path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
            out.write(f"{mark.identity} {mark.deeds}\n")
            out.flush()
            os.fsync(out.fileno())
        new.replace(self._path)

    def follow(self, mark: HighWater) -> None:
        """Write the file after a commit; where that fails the deed stands, and the next one brings the file along.

        A power cut may bring an earlier file back: one that says less does no harm.
        """
        try:
            self._replace(mark)
        except OSError as error:
            self._once.failed("file", f"{self._path} can't be written, an older ledger might not be noticed: {error}")
        else:
            self._once.works("file", f"{self._path} is written again")
