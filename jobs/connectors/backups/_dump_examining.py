"""The checks of one dump: whether it is whole, restores, has room to, and whether its programs fit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from daemon.api import Outlet, Text
from jobs.connectors.backups._archive_folders import require_whole_files, settled_folder
from jobs.connectors.backups._archive_reading import archive_of, pg_restore, read_archive
from jobs.connectors.backups._database_drill import Drill, free_at, lacking_room
from jobs.connectors.backups._database_restore import beginning, of_file, of_folder
from jobs.connectors.backups._dump_judging import Reading, Wanted, judge, packing_of
from jobs.connectors.backups._dump_origins import origin_of
from jobs.connectors.backups._dump_versions import compared
from jobs.connectors.backups._outcomes import ArchiveError, Budget, UnknownError, require_settled
from jobs.connectors.backups.tree import open_below, steady
from jobs.kinds.backup import Check, Copy, Outcome, Verdict

if TYPE_CHECKING:
    from jobs.connectors.backups.dumps import DumpsOptions

_ROOM_UNKNOWN = Text("it is not known where the server for drills keeps its data: say it with `data:`")


def examined(check: Check, path: Path, copy: Copy, options: "DumpsOptions", outlet: Outlet) -> Verdict:
    """Make one check of the dump at a path.

    Raises DamagedError, UnknownError, OverLimitError, OutsideError or OSError where nothing can be said for it.
    """
    if check is Check.VERSION:
        return _version(path, options, outlet)
    if check is Check.ROOM:
        return _room(copy, _drill(options, outlet))
    if check is Check.RESTORE:
        return _restored(path, copy, options, outlet)
    return _whole_folder(path, options, outlet) if path.is_dir() else _whole(path, options, outlet)


def _wanted(options: "DumpsOptions") -> Wanted:
    return Wanted(options.program, closed=options.trailer == "expected")


def _drill(options: "DumpsOptions", outlet: Outlet) -> Drill:
    assert options.drill is not None
    return Drill(options.drill, options.pg_restore, outlet)


@contextmanager
def _opened(path: Path, outlet: Outlet) -> Iterator[BinaryIO]:
    """Give a file to read that nobody writes to; raise UnknownError or OSError where somebody does."""
    with steady(open_below(path.parent, (path.name,))) as file:
        require_settled(os.fstat(file.fileno()), outlet.now)
        yield file


def _whole(path: Path, options: "DumpsOptions", outlet: Outlet) -> Verdict:
    with _opened(path, outlet) as file:
        reading = Reading(file, packing_of(file, path.name), Budget(options.verify_limit))
        try:
            for _ in reading.pieces():
                pass
        except ArchiveError:
            return _whole_archive(path, file, reading, options)
    sound = judge(reading.dump, _wanted(options))
    if sound.ended:
        return Verdict(Outcome.HELD, 1, 1, shown=sound.shown)
    return Verdict(Outcome.PARTLY, 0, 1, shown=sound.shown)


def _whole_archive(path: Path, file: BinaryIO, reading: Reading, options: "DumpsOptions") -> Verdict:
    """Read an archive through pg_restore: from its path, or unpacked where it was packed once more."""
    archive = archive_of(path, file, reading.packing, reading.head, Budget(options.verify_limit))
    return Verdict(Outcome.HELD, 1, 1, shown=read_archive(archive, pg_restore(options.pg_restore), options.read_time))


def _whole_folder(path: Path, options: "DumpsOptions", outlet: Outlet) -> Verdict:
    with settled_folder(path, outlet.now) as archive:
        require_whole_files(path, Budget(options.verify_limit))
        shown = read_archive(archive, pg_restore(options.pg_restore), options.read_time)
    return Verdict(Outcome.HELD, 1, 1, shown=shown)


def _restored(path: Path, copy: Copy, options: "DumpsOptions", outlet: Outlet) -> Verdict:
    drill = _drill(options, outlet)
    if path.is_dir():
        with settled_folder(path, outlet.now) as archive:
            return drill.run(copy, lambda server, _place: of_folder(server, archive))
    with _opened(path, outlet) as file:
        return drill.run(copy, lambda server, _place: of_file(server, file, path, _wanted(options)))


def _version(path: Path, options: "DumpsOptions", outlet: Outlet) -> Verdict:
    origin = origin_of(_head(path, outlet))
    if options.drill is None:
        return compared(origin, None, options.pg_restore)
    with _drill(options, outlet).asking() as server:
        return compared(origin, server, options.pg_restore)


def _head(path: Path, outlet: Outlet) -> bytes:
    if path.is_dir():
        with settled_folder(path, outlet.now) as archive:
            return archive.head
    with _opened(path, outlet) as file:
        return beginning(file, packing_of(file, path.name))


def _room(copy: Copy, drill: Drill) -> Verdict:
    with drill.asking() as server:
        free = free_at(server.folder())
    if free is None:
        raise UnknownError(_ROOM_UNKNOWN)
    needed, measured = drill.needed(copy)
    if free < needed:
        return Verdict(Outcome.BROKEN if measured else Outcome.WARN, reason=lacking_room(free, needed))
    if not measured:
        raise UnknownError(Text("how much room a restore needs is known after the first drill"))
    values = {"free": Decimal(free), "needed": Decimal(needed)}
    return Verdict(Outcome.HELD, 1, 1, shown=Text("{free:size} free for a drill, which needs {needed:size}", values))
