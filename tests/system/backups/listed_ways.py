"""What shows in a list, a disk or a program, whatever the repository: stale, shrunken, held by somebody, no room, too old.

The job itself looks at real repositories, after each of their backups, and at the end at what became of them.
"""

import copy
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from daemon.api import OutsideError, stopwatch
from daemon.clock import SystemClock
from daemon.testing import FakeNight, make_outlet
from jobs.backups import BackupOptions
from jobs.connectors.backups.dumps import DUMPS
from jobs.connectors.backups.pgbackrest import PGBACKREST
from jobs.kinds.backup import BackupStore, Check, Examined, Outcome, Part
from tests.system.backups import restic_breaking
from tests.system.backups.borg_ways import Row, Scene
from tests.system.backups.offsite_ways import looked_at, small_disk
from tests.system.backups.pgbackrest_ways import Server
from tests.system.backups.restic_breaking import Laboratory
from tests.system.backups.shop import Dump
from tests.system.crash.test_limits import fill

NIGHTS = 5
"""So many sizes must be known before one is unusual."""
_DEARER = ("structure", "data", "restore", "whole", "room", "key", "unchanged")
LIST_ONLY = BackupOptions.model_validate(
    {
        "min_copies": 1,
        "checks": {name: {"enabled": False} for name in ("structure", "data", "restore", "whole", "room")},
    }
)
LISTED = ("stale", "shrunken")
WAYS = (*LISTED, "program too old", "lock held", "disk full")
FINE = {Outcome.HELD, Outcome.PARTLY}


@dataclass(frozen=True)
class Growing:
    """A target that is backed up again and again: `opened` some time later and with options, shrunken to a tenth."""

    name: str
    opened: Callable[..., BackupStore]
    back_up: Callable[[], object]
    shrink: Callable[[], object]


@dataclass(frozen=True)
class Repository:
    """One with a program that can be held by somebody and moved to another disk; `locking` makes its checks heed locks."""

    growing: Growing
    folder: Path
    held: Callable[[], AbstractContextManager[object]]
    moved: Callable[[Path], "Repository"]
    locking: Mapping[str, Any]


@dataclass
class _Dumps:
    """Dumps of one kind in a folder, each with another name and a few minutes old; only `share` of each file is kept."""

    dump: Dump
    folder: Path
    share: Decimal = Decimal(1)
    made: int = 0

    def back_up(self) -> None:
        there = self.folder / f"shop-{self.made}{Path(self.dump.name).suffix}"
        self.made += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.dump.source is not None:
            shutil.copytree(self.dump.source, there)
        else:
            there.write_bytes(self.dump.content)
        then = (SystemClock().now() - timedelta(minutes=5)).timestamp()
        for path in there.iterdir() if there.is_dir() else (there,):
            os.truncate(path, int(path.stat().st_size * self.share))
            os.utime(path, (then, then))

    def opened(self, later: timedelta = timedelta()) -> BackupStore:
        chosen = DUMPS.options.model_validate({"path": f"{self.folder}/shop-*"})
        return DUMPS.open(chosen, make_outlet(self.folder / ".own", now=SystemClock().now() + later))

    def shrink(self) -> None:
        self.share = Decimal("0.1")


def of_dump(dump: Dump, folder: Path) -> Growing:
    """Return dumps of one kind as a target."""
    dumps = _Dumps(dump, folder)
    return Growing(dump.target, dumps.opened, dumps.back_up, dumps.shrink)


def of_pgbackrest(one: Server) -> Growing:
    """Return the stanza of a server that runs, with a table that makes nine tenths of it."""
    one.ask("CREATE TABLE filler AS SELECT repeat(md5(n::text), 30) AS text FROM generate_series(1, 200000) n")

    def opened(later: timedelta = timedelta()) -> BackupStore:
        chosen = PGBACKREST.options.model_validate({"stanza": "shop", "config": str(one.folder / "br.conf")})
        return PGBACKREST.open(chosen, make_outlet(one.folder, now=SystemClock().now() + later))

    return Growing(
        "pgBackRest", opened, lambda: one.pgbackrest("backup", "--type=incr", "--pg1-user=postgres"),
        lambda: one.ask("DROP TABLE filler"),
    )  # fmt: skip


def of_restic(whole: Laboratory) -> Repository:
    """Return a repository of restic's."""

    def shrink() -> None:
        for path in whole.source.glob("file-*"):
            path.write_bytes(path.read_bytes()[: restic_breaking.FILE // 10])

    def opened(later: timedelta = timedelta(), **options: Any) -> BackupStore:
        return whole.store(later, **options)

    def back_up() -> None:
        whole.restic("backup", "--host=shop", "--tag=nightly", str(whole.source))

    return Repository(
        Growing(f"restic {whole.version()}", opened, back_up, shrink), whole.folder,
        lambda: restic_breaking.backup_at_work(whole), lambda there: of_restic(whole.copied(there)),
        {"lock": True},
    )  # fmt: skip


def of_borg(whole: Scene) -> Repository:
    """Return a repository of borg's."""

    def back_up() -> None:
        whole.archive(f"shop-{SystemClock().now():%H%M%S%f}")

    def shrink() -> None:
        (whole.source / "large").write_bytes(b"x" * 300_000)
        (whole.source / "more").unlink()

    growing = Growing(whole.opened().borg.version(), whole.opened, back_up, shrink)
    return Repository(
        growing, whole.folder, lambda: _held_by_borg(whole), lambda there: of_borg(whole.copied(there)), {}
    )  # fmt: skip


@contextmanager
def _held_by_borg(scene: Scene) -> Iterator[None]:
    holder = subprocess.Popen(
        [scene.borg, "with-lock", str(scene.repository), "sh", "-c", "echo held; read ended"],
        env=scene.environment, cwd=scene.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        yield
    finally:
        holder.stdin.close()
        holder.wait(30)
        holder.stdout.close()


def rows(target: Repository) -> Iterator[Row]:
    """Yield what is seen of each way, by which check, after how many seconds."""
    yield from listed(target.growing)
    yield from _checked(target.growing, "program too old", (Check.VERSION,), {"minimum_version": "99"})
    with target.held():
        yield from _checked(target.growing, "lock held", (Check.STRUCTURE, Check.DATA), target.locking)
    yield from _full(target)


def listed(target: Growing) -> Iterator[Row]:
    """Yield what the job sees in the list of what is too old and of what is too small."""
    night = FakeNight()
    for _ in range(NIGHTS):
        target.back_up()
        before, _ = _found(night, target, timedelta())
        assert not before, (target.name, before)
    yield _listed(target, night, "stale", "old", timedelta(days=2))
    target.shrink()
    target.back_up()
    yield _listed(target, night, "shrunken", "shrunken", timedelta())


def _listed(target: Growing, night: FakeNight, way: str, seen: str, later: timedelta) -> Row:
    found, seconds = _found(copy.deepcopy(night), target, later)
    return Row(target.name, way, "inventory", seen in found, seconds)


def _found(night: FakeNight, target: Growing, later: timedelta) -> tuple[list[str], Decimal]:
    now, passed = SystemClock().now() + later, stopwatch()
    return looked_at(night, target.opened(later), now, LIST_ONLY), Decimal(f"{passed():.2f}")


def _checked(target: Growing, way: str, checks: Iterable[Check], options: Mapping[str, Any]) -> Iterator[Row]:
    """Yield what the list and then the checks say; where it can't be listed nothing else is asked."""
    store = target.opened(**options)
    assert isinstance(store, Examined)
    passed = stopwatch()
    try:
        copies = store.inventory().copies
    except OutsideError:
        copies = []
    yield Row(target.name, way, "inventory", not copies, Decimal(f"{passed():.2f}"))
    for check in checks if copies else ():
        passed = stopwatch()
        verdict = store.examine(check, copies[0], Part())
        yield Row(target.name, way, check.value, verdict.outcome not in FINE, Decimal(f"{passed():.2f}"))


def _full(target: Repository) -> Iterator[Row]:
    """Yield what is said where the repository's disk is full; nothing where no small disk can be mounted."""
    with small_disk(target.folder.with_name(f"{target.folder.name}-small"), "64m") as disk:
        if disk is None:
            return
        there = target.moved(disk / "there").growing
        fill(disk)
        yield from _checked(there, "disk full", (Check.ROOM, Check.RESTORE), {})
