"""All that was broken and what was said of it, from the way modules of every family, in one shape.

Each family of targets is gathered in a process of its own, two at a time. What a machine lacks is told before.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path

from daemon.api import OutsideError, stopwatch
from jobs.connectors.backups.restic import ResticStore
from jobs.kinds.backup import Check, Copy, Inventory, Part
from tests.system.backups import borg_ways, listed_ways, offsite_ways, pgbackrest_ways, restic_breaking, servers
from tests.system.backups.borg_ways import FINE
from tests.system.backups.breaking import broken, ways
from tests.system.backups.shop import Dump, fill_maria, fill_postgres, maria_dumps, postgres_dumps

HEALTHY = "healthy"
LIST = "list"
_OF_THE_JOB = {"restore": "restore", "unchanged": "unchanged", "locked": "locked", "room": "room", "version": "version"}
"""The job's findings that carry a check's own name. `broken` is a copy that was read, the others are seen in the list."""


@dataclass(frozen=True)
class Found:
    """What one check said of one target that was broken in one way; `attempt` counts where a way is tried several times."""

    target: str
    way: str
    check: str
    seen: bool
    seconds: Decimal
    attempt: int = 0


def lacking() -> Iterator[str]:
    """Yield what this machine lacks for the whole table."""
    if len(restic_breaking.programs()) < 3:
        yield "three versions of restic in $NIGHTCLERK_RESTIC (.ci/restic brings them)"
    if len(borg_ways.borgs()) < 2:
        yield "two versions of borg in $NIGHTCLERK_BORG (.ci/borg brings one)"
    if not pgbackrest_ways.is_here():
        yield "PostgreSQL with pgBackRest"
    if not (servers.has_postgresql and servers.has_mariadb):
        yield "PostgreSQL and MariaDB"


def families() -> Mapping[str, tuple[str, ...]]:
    """Return the ways that are tried on each family of targets; a target belongs to that whose name it begins with."""
    return {
        "restic": (*(way.name for way in restic_breaking.WAYS), *listed_ways.WAYS),
        "borg": (HEALTHY, *borg_ways.WAYS, *listed_ways.WAYS),
        "pgBackRest": (HEALTHY, *pgbackrest_ways.WAYS, *listed_ways.LISTED),
        "pg_dump, SQL": _of_dump(Dump("", "a.sql", b"x" * 99)),
        "mariadb-dump, SQL": _of_dump(Dump("", "a.sql", b"x" * 99)),
        "pg_dump -Fc": _of_dump(Dump("", "a.dump", b"x" * 99)),
        "pg_dump -Ft": _of_dump(Dump("", "a.tar", b"x" * 99)),
        "pg_dump -Fd": _of_dump(Dump("", "a.dir", b"", Path())),
        "files": tuple(offsite_ways.DISK_WAYS),
        "S3": tuple(offsite_ways.CLOUD_WAYS),
    }


def _of_dump(dump: Dump) -> tuple[str, ...]:
    return (*dict.fromkeys(way for way, _ in ways(dump)), *listed_ways.LISTED)


def of_restic(program: Path, folder: Path) -> Iterator[Found]:
    """Yield what is said of the repositories of one restic."""
    whole = restic_breaking.healthy(program, folder / "whole")
    copies = whole.store().inventory().copies
    for number, way in enumerate(restic_breaking.WAYS):
        there = whole.copied(folder / f"way-{number}")
        way.breaks(there)
        for check, seen, seconds in _asked(there.store(way.later, **way.options), copies):
            yield Found(f"restic {whole.version()}", way.name, check, seen, seconds)
    yield from _listed(listed_ways.rows(listed_ways.of_restic(whole)))


def _asked(store: ResticStore, known: Sequence[Copy]) -> Iterator[tuple[str, bool, Decimal]]:
    """Ask the list, which knows what was there before, and of the newest that is in it every check, whatever the others say."""
    passed = stopwatch()
    try:
        found = store.inventory()
    except OutsideError:
        found = Inventory(())
    lost = bool(found.unreadable or {copy.id for copy in known} - {copy.id for copy in found.copies})
    yield LIST, lost, Decimal(f"{passed():.2f}")
    if not found.copies:
        return
    newest = found.copies[0]
    for check in (Check.STRUCTURE, Check.DATA, Check.RESTORE, Check.VERSION):
        passed = stopwatch()
        verdict = store.examine(check, newest, Part())
        yield check.value, verdict.outcome not in FINE, Decimal(f"{passed():.2f}")


def of_borg(program: str, folder: Path) -> Iterator[Found]:
    """Yield what is said of the repositories of one borg."""
    yield from _listed(borg_ways.rows(folder, program))
    yield from _listed(listed_ways.rows(listed_ways.of_borg(borg_ways.Scene(program, folder / "grows").make())))


def of_pgbackrest(_folder: Path) -> Iterator[Found]:
    """Yield what is said of pgBackRest's repository."""
    yield from _listed(pgbackrest_ways.rows())
    with pgbackrest_ways.server() as server:
        yield from _listed(listed_ways.listed(listed_ways.of_pgbackrest(server)))


def _listed(rows: Iterable[borg_ways.Row]) -> Iterator[Found]:
    for row in rows:
        yield Found(row.target, row.way, LIST if row.check == "inventory" else row.check, row.seen, row.seconds)


def of_postgres(folder: Path) -> Iterator[Found]:
    """Yield what is said of pg_dump's dumps."""
    with servers.home() as home, servers.postgresql(home) as server:
        fill_postgres(server)
        yield from _dumps(server, postgres_dumps(server, folder), folder)


def of_maria(folder: Path) -> Iterator[Found]:
    """Yield what is said of mariadb-dump's dumps."""
    with servers.home() as home, servers.mariadb(home) as server:
        fill_maria(server)
        yield from _dumps(server, maria_dumps(server), folder)


TRIED = ("plain", "plain.gz", "plain.bz2", "plain.xz")
"""Of the many dumps those whose damage looks different: by their packing, and each of pg_dump's own formats."""


def _dumps(server: servers.Running, dumps: Iterable[Dump], folder: Path) -> Iterator[Found]:
    numbers, tried = count(), Counter[tuple[str, str, str]]()
    for dump in dumps:
        program, _, kind = dump.target.partition(", ")
        if kind not in TRIED and dump.target not in {
            "pg_dump -Fc",
            "pg_dump -Fc -Z0",
            "pg_dump -Ft",
            "pg_dump -Fd",
            "pg_dump -Fd -Z0",
        }:
            continue
        target = f"{program}, SQL{kind.removeprefix('plain')}" if kind else dump.target
        for row in broken(server, dump, folder, numbers):
            key = (target, row.way, row.check.value)
            yield Found(*key, row.seen, Decimal(f"{row.seconds:.2f}"), tried[key])
            tried[key] += 1
        growing = listed_ways.of_dump(dump, folder / f"grows-{next(numbers)}")
        yield from _listed(listed_ways.listed(replace(growing, name=target)))


def of_places(folder: Path) -> Iterator[Found]:
    """Yield what the job says of files and buckets; the seconds are those of one run of it with every check."""
    for target, way, said, seconds in offsite_ways.rows(folder):
        if said == offsite_ways.NOT_SEEN:
            yield Found(target, way, "the job", False, seconds)
            continue
        read = "listed" if "read: false" in target else "whole"
        for check in dict.fromkeys(read if one == "broken" else _OF_THE_JOB.get(one, LIST) for one in said.split(", ")):
            yield Found(target, way, check, True, seconds)


def gathered() -> list[Found]:
    """Try all of it, and return what was said, in the order of the page."""
    gathering: list[Callable[[Path], Iterator[Found]]] = [
        of_postgres,
        of_maria,
        *(partial(of_restic, program) for program in restic_breaking.programs()),
        *(partial(of_borg, program) for program in borg_ways.borgs()),
        of_pgbackrest,
        of_places,
    ]
    with ProcessPoolExecutor(2) as pool:
        return [one for part in pool.map(_gathered, gathering) for one in part]


def _gathered(gather: Callable[[Path], Iterator[Found]]) -> list[Found]:
    passed, folder = stopwatch(), Path(tempfile.mkdtemp(prefix="nightclerk-table-"))
    try:
        found = list(gather(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{found[0].target}: {len(found)} answers in {passed():.0f} s", flush=True)
    return found
