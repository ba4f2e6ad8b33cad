"""What one database dump shows of itself when it is read to its end, without a database to restore it into.

It shows that nothing is missing at the end and, where it is packed, that no byte was changed. It does not show that
the rows are right, nor that a server takes them: that is for a restore into a scratch database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from daemon.api import Text
from jobs.connectors.backups._dump_programs import (
    WINDOW,
    Program,
    ends_a_statement,
    fills,
    is_archive,
    is_sandboxed,
    message_of,
    program_of,
)
from jobs.connectors.backups._outcomes import ArchiveError, Budget, DamagedError, UnknownError
from jobs.connectors.backups._unpacking import Packing, named_as, packed_as, unpacked

_STRANGE = Text("it begins as no dump that is known here does: only a restore can show whether it is whole")
_OPEN = Text("read whole; without a closing line (`trailer: none`) a missing part would not be seen")
_ARCHIVE = Text("it is in pg_dump's own format, which only pg_restore reads: try `pg_restore -f /dev/null FILE`")


@dataclass(frozen=True)
class Wanted:
    """What the owner says of the dumps: the program ("any" for all), and whether they end with its closing line."""

    program: str = "any"
    closed: bool = True


@dataclass(frozen=True)
class Dump:
    """A dump that was read to its end: how it is packed, its first and last WINDOW bytes, whether it holds anything."""

    packing: Packing
    head: bytes
    tail: bytes
    filled: bool


@dataclass(frozen=True)
class Sound:
    """What speaks for a dump; `ended` is false where it is not known whether its end is missing."""

    shown: Text
    ended: bool


@dataclass
class Reading:
    """A dump that is read by somebody: what of it will have to be judged is kept while it passes."""

    file: BinaryIO
    packing: Packing
    budget: Budget
    head: bytes = b""
    tail: bytes = b"\n"
    filled: bool = False

    def pieces(self) -> Iterator[bytes]:
        """Yield the dump, unpacked; raise ArchiveError, DamagedError, UnknownError, OverLimitError or OSError."""
        for piece in unpacked(self.file, self.packing):
            self.budget.spend(len(piece))
            self.head += piece[: WINDOW - len(self.head)]
            if is_archive(self.head):
                raise ArchiveError(_ARCHIVE)
            self.filled = self.filled or fills(self.tail + piece)
            self.tail = (self.tail + piece)[-WINDOW:]
            yield piece

    @property
    def dump(self) -> Dump:
        """What was seen."""
        return Dump(self.packing, self.head, self.tail, self.filled)


def packing_of(file: BinaryIO, name: str) -> Packing:
    """Return how a file is packed; raise DamagedError where it is empty or its name promises something else."""
    start = file.read(8)
    if not start:
        raise DamagedError(Text("it is empty"))
    file.seek(0)
    packing = packed_as(start)
    claimed = named_as(name)
    if claimed not in {packing, Packing.NONE}:
        raise DamagedError(Text("its name says {packing}, and it is not packed so", {"packing": claimed.value}))
    return packing


def read_dump(file: BinaryIO, name: str, budget: Budget) -> Dump:
    """Read a dump to its end; raise DamagedError, UnknownError, OverLimitError or OSError where that can't be done."""
    reading = Reading(file, packing_of(file, name), budget)
    for _ in reading.pieces():
        pass
    return reading.dump


def judge(dump: Dump, wanted: Wanted) -> Sound:
    """Return what speaks for a dump that was read; raise DamagedError or UnknownError where nothing does."""
    message = message_of(dump.head)
    if message:
        raise DamagedError(Text("a message of {program} stands where the dump should begin", {"program": message}))
    program = _ending(dump, wanted)
    if not dump.filled:
        raise DamagedError(Text("it makes no table and fills none"))
    return Sound(_noted(dump, _shown(dump, program) if program else _OPEN), program is not None)


def _ending(dump: Dump, wanted: Wanted) -> Program | None:
    """Return the program as which the dump ends; None where it has no closing line and needs none."""
    program = program_of(dump.head)
    if program is not None and wanted.program not in {"any", program.name}:
        names = {"program": program.name, "wanted": wanted.program}
        raise DamagedError(Text("it is a dump by {program}, not by {wanted}", names))
    if program is not None and program.ends(dump.head, dump.tail):
        return program
    if wanted.closed:
        raise _unended(program, wanted)
    if not ends_a_statement(dump.tail):
        raise DamagedError(Text("it ends in the middle of a statement"))
    return None


def _unended(program: Program | None, wanted: Wanted) -> DamagedError | UnknownError:
    if program is not None:
        return DamagedError(
            Text(
                "it does not end as a dump by {program} does: it was cut off, or made without comments "
                "(then say `trailer: none`)",
                {"program": program.name},
            )
        )
    if wanted.program == "any":
        return UnknownError(_STRANGE)
    return DamagedError(Text("it does not begin as a dump by {program} does", {"program": wanted.program}))


def _shown(dump: Dump, program: Program) -> Text:
    told = {"program": program.name}
    if dump.packing is Packing.NONE:
        return Text(
            "read whole, and it ends as a dump by {program} does; it is not packed, so changed bytes would not be seen",
            told,
        )
    return Text("unpacked whole, its checksum holds, and it ends as a dump by {program} does", told)


def _noted(dump: Dump, shown: Text) -> Text:
    """Add what a restore would stumble over."""
    if not is_sandboxed(dump.head):
        return shown
    return Text(
        "{shown}; MySQL's clients and older ones of MariaDB refuse its first line (sandbox mode)", {"shown": shown}
    )
