"""Reading the files of one UpdraftPlus backup to their ends, in memory and nowhere else."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from daemon.api import Text
from jobs.connectors.backups._dump_judging import Wanted, judge, read_dump
from jobs.connectors.backups._outcomes import Budget, DamagedError, OverLimitError, UnknownError, unread
from jobs.connectors.backups._unpacking import CHUNK, damage_told, require_all_listed
from jobs.connectors.backups._updraft_history import Recorded
from jobs.connectors.backups.tree import open_below, shown, steady
from jobs.kinds.backup import Outcome, Verdict

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_DIFFERS = Text("it is not as UpdraftPlus recorded it")


@dataclass
class Tally:
    """What reading the files of a backup has shown so far."""

    budget: Budget
    held: int = 0
    left: int = 0
    broken: list[str] = field(default_factory=list)
    unknown: list[Text] = field(default_factory=list)
    damage: list[Text] = field(default_factory=list)

    def lack(self, name: str) -> None:
        """Note that something of the backup is not there."""
        self.spoil(name, Text("it is missing"))

    def spoil(self, name: str, reason: Text) -> None:
        """Note that something of the backup is damaged."""
        self.broken.append(shown(name))
        self.damage.append(_of(name, reason))

    def read(self, folder: Path, name: str, record: Recorded) -> None:
        """Read one file and note what it shows."""
        try:
            with steady(open_below(folder, (name,))) as file:
                read_archive(file, name, record, self.budget)
        except FileNotFoundError:
            self.lack(name)
        except DamagedError as error:
            self.spoil(name, error.reason)
        except UnknownError as error:
            self.unknown.append(_of(name, error.reason))
        except OverLimitError:
            self.left += 1
        except OSError as error:
            self.unknown.append(_of(name, unread(folder / name, error)))
        else:
            self.held += 1

    def verdict(self, whole: Text) -> Verdict:
        """Return what all of it says of the backup; `whole` is claimed where every file was read and is well."""
        listed = self.held + self.left + len(self.broken) + len(self.unknown)
        if self.broken:
            return Verdict(Outcome.BROKEN, self.held, listed, tuple(self.broken), reason=self.damage[0])
        if self.unknown:
            return Verdict(Outcome.UNKNOWN, self.held, listed, reason=self.unknown[0])
        if not self.left:
            return Verdict(Outcome.HELD, self.held, listed, shown=whole)
        told = {"held": self.held, "listed": listed, "left": self.left}
        partly = Text("{held} of {listed} files are read whole, {left} not because of verify_limit", told)
        return Verdict(Outcome.PARTLY, self.held, listed, shown=partly)


def read_archive(file: BinaryIO, name: str, record: Recorded, budget: Budget) -> None:
    """Read one file; raise DamagedError, UnknownError, OverLimitError or OSError unless it is whole and as recorded."""
    size = os.fstat(file.fileno()).st_size
    if record.size not in {None, size}:
        raise DamagedError(_DIFFERS)
    if record.digest:
        budget.spend(size)
        _require_digest(file, record)
        file.seek(0)
    if name.endswith(".zip"):
        _read_zip(file, budget)
    elif name.endswith(".gz"):
        judge(read_dump(file, name, budget), Wanted("UpdraftPlus"))
    elif not record.digest:
        raise UnknownError(
            Text("it is encrypted, and no checksum is recorded: only a restore can show whether it is whole")
        )


def _require_digest(file: BinaryIO, record: Recorded) -> None:
    sums = hashlib.new(record.algorithm, usedforsecurity=False)
    while chunk := file.read(CHUNK):
        sums.update(chunk)
    if sums.hexdigest() != record.digest:
        raise DamagedError(_DIFFERS)


def _read_zip(file: BinaryIO, budget: Budget) -> None:
    """Read every member against its CRC-32; what is written of times and rights has none."""
    from zipfile import ZipFile  # noqa: PLC0415 - memory that only a verification needs

    try:
        with damage_told("zip"), ZipFile(file) as archive:
            members = archive.infolist()
            require_all_listed(file, len(members))
            for member in members:
                _read_member(archive, member, budget)
    except RuntimeError as error:
        raise UnknownError(Text("it is encrypted, or packed in a way that can't be read here")) from error
    if not members:
        raise DamagedError(Text("it holds no file"))


def _read_member(archive: "ZipFile", member: "ZipInfo", budget: Budget) -> None:
    with archive.open(member) as content:
        while piece := content.read(CHUNK):
            budget.spend(len(piece))


def _of(name: str, reason: Text) -> Text:
    return Text("{name}: {reason}", {"name": shown(name), "reason": reason})
