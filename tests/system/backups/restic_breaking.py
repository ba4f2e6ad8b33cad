"""A real restic repository, the ways in which it breaks, and which check catches each: measured, never assumed.

`gathering` makes a table of them. Every way gets a fresh copy of one healthy repository.
"""

import hashlib
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from daemon.api import OutsideError, stopwatch
from daemon.clock import SystemClock
from daemon.testing import make_outlet
from jobs.connectors.backups._restic_options import ResticOptions
from jobs.connectors.backups.restic import RESTIC, ResticStore
from jobs.kinds.backup import Check, Outcome, Part, Verdict

PASSWORD = "a password of no account"
BACKUPS = 6
"""How many copies there are; each brings packs of its own."""
FILE = 200_000
"""Bytes of each file that is backed up."""
NOT_SEEN = "not seen"
Row = tuple[str, str, str, Decimal]
"""The target, the way, the first check that caught it, and the seconds until then."""


def programs() -> list[Path]:
    """Return every restic that is to be tried: those of $NIGHTCLERK_RESTIC, else the one in the PATH."""
    named = [Path(one) for one in os.environ.get("NIGHTCLERK_RESTIC", "").split(":") if one]
    there = shutil.which("restic")
    return named or ([Path(there)] if there else [])


@dataclass(frozen=True)
class Laboratory:
    """One restic with one repository and the folder that was backed up into it."""

    program: Path
    folder: Path
    source: Path

    @property
    def repository(self) -> Path:
        """Where the repository lies."""
        return self.folder / "repository"

    @property
    def environment(self) -> dict[str, str]:
        """What restic is told when it is used as its owner does."""
        cache = str(self.folder / "owner-cache")
        told = {"RESTIC_REPOSITORY": str(self.repository), "RESTIC_PASSWORD": PASSWORD, "RESTIC_CACHE_DIR": cache}
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), **told}

    def restic(self, *words: str) -> str:
        """Use restic as the owner does; raise where that fails."""
        done = subprocess.run([self.program, *words], env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout

    def copied(self, folder: Path) -> "Laboratory":
        """Return a copy of it all, to be broken."""
        shutil.copytree(self.folder, folder, symlinks=True)
        for path in (folder / "repository").rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        return Laboratory(self.program, folder, self.source)

    def store(self, later: timedelta = timedelta(), **options: Any) -> ResticStore:
        """Return the connector on it, as an owner configures it; it looks now, or some time later."""
        canary = {"path": str(self.source / "canary"), "sha256": hashlib.sha256(b"sings\n").hexdigest()}
        usual: dict[str, Any] = {
            "repository": str(self.repository), "password": SecretStr(PASSWORD), "program": str(self.program),
            "limit": timedelta(seconds=60), "drill": {"canary": canary, "at_least": {"files": BACKUPS + 1}},
        }  # fmt: skip
        chosen = ResticOptions.model_validate({**usual, **options})
        opened = RESTIC.open(chosen, make_outlet(self.folder / "own", now=SystemClock().now() + later))
        assert isinstance(opened, ResticStore)
        return opened

    def packs(self) -> list[Path]:
        """Return the packs, largest first."""
        found = [path for path in (self.repository / "data").rglob("*") if path.is_file()]
        return sorted(found, key=lambda path: path.stat().st_size, reverse=True)

    def version(self) -> str:
        """Return the version of this restic."""
        return self.restic("version").split()[1]


def healthy(program: Path, folder: Path) -> Laboratory:
    """Return a fresh repository with some copies of a growing source."""
    made = Laboratory(program, folder, folder / "source")
    made.source.mkdir(parents=True)
    (made.source / "canary").write_bytes(b"sings\n")
    made.restic("init")
    drawn = random.Random(4711)
    for number in range(BACKUPS):
        (made.source / f"file-{number}").write_bytes(drawn.randbytes(FILE))
        made.restic("backup", "--host=shop", "--tag=nightly", str(made.source))
    return made


def flip_a_bit(there: Laboratory) -> None:
    """As a disk does, in the middle of the largest pack."""
    pack = there.packs()[0]
    content = bytearray(pack.read_bytes())
    content[len(content) // 3] ^= 0x10
    pack.write_bytes(content)


def cut_a_pack(there: Laboratory) -> None:
    """As a full disk does."""
    os.truncate(there.packs()[0], 1000)


def remove_a_pack(there: Laboratory) -> None:
    """As a file system check does."""
    there.packs()[0].unlink()


def remove_an_index(there: Laboratory) -> None:
    """Without it some packs are not known."""
    next(iter(sorted((there.repository / "index").iterdir()))).unlink()


def spoil_an_index(there: Laboratory) -> None:
    """One bit of it."""
    _turn(next(iter(sorted((there.repository / "index").iterdir()))))


def spoil_a_snapshot(there: Laboratory) -> None:
    """One bit of one that is not the newest."""
    _turn(_snapshot(there, -1))


def remove_a_snapshot(there: Laboratory) -> None:
    """As somebody does who should not; restic's own check does not miss it."""
    _snapshot(there, -1).unlink()


def remove_the_newest_snapshot(there: Laboratory) -> None:
    """The one that a check is about to be made of."""
    _snapshot(there, 0).unlink()


def _snapshot(there: Laboratory, number: int) -> Path:
    return there.repository / "snapshots" / there.store().inventory().copies[number].id


def _turn(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty_it(there: Laboratory) -> None:
    """Every copy, with its data and indexes, is gone; the repository is there."""
    for name in ("snapshots", "data", "index"):
        for path in (there.repository / name).rglob("*"):
            if path.is_file():
                path.unlink()


def remove_it(there: Laboratory) -> None:
    """As a disk that is not mounted: an empty folder is left."""
    shutil.rmtree(there.repository)
    there.repository.mkdir()


def remove_the_keys(there: Laboratory) -> None:
    """Without one nothing can be opened, whatever the password."""
    for path in (there.repository / "keys").iterdir():
        path.unlink()


def leave_a_lock(there: Laboratory) -> None:
    """A backup that was killed leaves its lock behind for ever."""
    with backup_at_work(there) as backup:
        backup.kill()


@contextmanager
def backup_at_work(there: Laboratory) -> Iterator["subprocess.Popen[bytes]"]:
    """Give a backup that holds its lock until it is told to end."""
    words = [str(there.program), "backup", "--stdin", "--stdin-filename=x"]
    before = _locks(there)
    backup = subprocess.Popen(
        words, env=there.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        passed = stopwatch()
        while _locks(there) <= before:
            assert passed() < 30
            assert backup.poll() is None
        yield backup
    finally:
        backup.terminate()
        assert backup.stdin is not None
        backup.stdin.close()  # it reads on to the end of what it is given, and then ends
        backup.wait(30)


def _locks(there: Laboratory) -> set[str]:
    return {path.name for path in (there.repository / "locks").iterdir() if "tmp" not in path.name}


def nothing(_there: Laboratory) -> None:
    """Nothing is broken."""


@dataclass(frozen=True)
class Way:
    """A way to break a repository; `options` are the connection's for the look at it; `caught` is what must catch it.

    The look comes `later` than the breaking.
    """

    name: str
    breaks: Callable[[Laboratory], None]
    caught: Check | str
    options: Mapping[str, Any] = field(default_factory=dict)
    later: timedelta = timedelta()


WAYS = (
    Way("healthy", nothing, NOT_SEEN),
    Way("one bit turned in a pack", flip_a_bit, Check.DATA),
    Way("a pack cut off", cut_a_pack, Check.STRUCTURE),
    Way("a pack gone", remove_a_pack, Check.STRUCTURE),
    Way("an index gone", remove_an_index, Check.STRUCTURE),
    Way("one bit turned in an index", spoil_an_index, Check.STRUCTURE),
    Way("one bit turned in a snapshot", spoil_a_snapshot, Check.REACHABLE),
    Way("a snapshot gone", remove_a_snapshot, Check.KEPT),
    Way("the newest snapshot gone", remove_the_newest_snapshot, Check.KEPT),
    Way("all copies gone", empty_it, Check.FRESH),
    Way("the repository gone", remove_it, Check.REACHABLE),
    Way("the keys gone", remove_the_keys, Check.REACHABLE),
    Way("wrong password", nothing, Check.REACHABLE, {"password": SecretStr("another")}),
    Way("a lock left behind an hour ago", leave_a_lock, Check.STRUCTURE, later=timedelta(hours=1)),
    Way("a lock left behind, `lock: true`", leave_a_lock, Check.STRUCTURE, {"lock": True}),
)
_FINE = {Outcome.HELD, Outcome.PARTLY}
_IN_TURN = (Check.KEY, Check.VERSION, Check.ROOM, Check.STRUCTURE, Check.DATA, Check.RESTORE)


def look(there: Laboratory, known: set[str], way: Way) -> tuple[str, Verdict | None]:
    """Look at a repository as a night does; return the first check that does not pass, and its verdict."""
    store = there.store(way.later, **way.options)
    try:
        found = store.inventory()
    except OutsideError:
        return Check.REACHABLE, None
    if found.unreadable:
        return Check.REACHABLE, None
    if not found.copies:
        return Check.FRESH, None
    if known - {copy.id for copy in found.copies}:
        return Check.KEPT, None
    for check in _IN_TURN:
        verdict = store.examine(check, found.copies[0], Part())
        if verdict.outcome not in _FINE:
            return check, verdict
    return NOT_SEEN, None


def tried(whole: Laboratory, way: Way, folder: Path) -> tuple[Row, Verdict | None]:
    """Break a copy of a healthy repository in one way, and return what caught it, with its verdict."""
    known = {copy.id for copy in whole.store().inventory().copies}
    there = whole.copied(folder)
    way.breaks(there)
    passed = stopwatch()
    caught, verdict = look(there, known, way)
    return (f"restic {whole.version()}", way.name, str(caught), Decimal(f"{passed():.1f}")), verdict
