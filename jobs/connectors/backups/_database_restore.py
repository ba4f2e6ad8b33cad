"""How one dump gets into a scratch database: as SQL through the client, or as an archive through pg_restore."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from daemon.api import Text
from jobs.connectors.backups._archive_folders import require_whole_files
from jobs.connectors.backups._archive_reading import Archive, archive_of, client_version
from jobs.connectors.backups._database_scratch import ScratchName
from jobs.connectors.backups._database_server import Server, raise_for
from jobs.connectors.backups._dump_judging import Reading, Wanted, judge, packing_of
from jobs.connectors.backups._dump_origins import origin_of
from jobs.connectors.backups._dump_programs import WINDOW, is_archive, program_of
from jobs.connectors.backups._outcomes import Budget, UnknownError
from jobs.connectors.backups._unpacking import Packing, unpacked

_UNLIMITED = 2**63
_SHORT = timedelta(minutes=1)


@dataclass(frozen=True)
class Restore:
    """A restore that only wants a name and a time limit. Raises DamagedError, UnknownError, OutsideError or OSError."""

    run: Callable[[ScratchName, timedelta], None]


def of_folder(server: Server, archive: Archive) -> Restore:
    """Return the restore of a folder that pg_dump wrote; of files that are cut off pg_restore says nothing."""

    def run(name: ScratchName, limit: timedelta) -> None:
        require_whole_files(archive.path, Budget(_UNLIMITED))
        raise_for(server, server.restore_archive(name, archive), limit)

    return Restore(run)


def of_file(server: Server, file: BinaryIO, path: Path, wanted: Wanted) -> Restore:
    """Return the restore of a file that is open, from its beginning, and lies at a path."""

    def run(name: ScratchName, limit: timedelta) -> None:
        """Restore it as what its beginning shows it to be, whatever its name ends with."""
        packing = packing_of(file, path.name)
        head = beginning(file, packing)
        file.seek(0)
        if is_archive(head):
            archive = archive_of(path, file, packing, head, Budget(_UNLIMITED))
            raise_for(server, server.restore_archive(name, archive), limit)
            return
        _restore_sql(server, name, Reading(file, packing, Budget(_UNLIMITED)), head, wanted, limit)

    return Restore(run)


def _restore_sql(
    server: Server, name: ScratchName, reading: Reading, head: bytes, wanted: Wanted, limit: timedelta
) -> None:
    """Restore a dump that is SQL, and judge its end: one that is cut between statements is taken without a word."""
    program = program_of(head)
    if program is not None and program.name == "pg_dumpall":
        raise UnknownError(
            Text("it holds a whole cluster, which one scratch database can't take: dump each database by itself")
        )
    client = client_version(server.client, _SHORT, option="client")
    raise_for(server, server.restore_sql(name, reading.pieces(), origin_of(head), client), limit)
    judge(reading.dump, wanted)


def beginning(file: BinaryIO, packing: Packing) -> bytes:
    """Return the first WINDOW bytes of a dump, unpacked; raise what `unpacked` raises."""
    head = b""
    for piece in unpacked(file, packing):
        head += piece[:WINDOW]
        if len(head) >= WINDOW:
            break
    return head[:WINDOW]
