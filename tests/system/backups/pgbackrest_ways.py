"""A real PostgreSQL, its backup by pgBackRest, every way to break that, and which check sees it, in how many seconds.

A drill starts a PostgreSQL, which does not run as root: what asks for one is forked and becomes an ordinary user, with
all that it needs already imported, as that user may not be able to read where Python lies.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from encodings import ascii as _ascii  # noqa: F401 - as above
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from daemon.api import OutsideError, stopwatch
from daemon.testing import make_outlet
from jobs.connectors.backups import _pgbackrest_drill  # noqa: F401 - as above
from jobs.connectors.backups.pgbackrest import PGBACKREST, PgBackRestStore
from jobs.kinds.backup import Check, Copy, Outcome, Part
from tests.system.backups.borg_ways import Row

T = TypeVar("T")
FINE = {Outcome.HELD, Outcome.PARTLY}
DRILL = {
    "postgres": str(max(Path("/usr/lib/postgresql").glob("*/bin"), default="")),
    "database": "postgres",
    "user": "reader",
    "tables": ["orders"],
    "checks": [{"sql": "SELECT count(*) FROM orders", "at_least": 1000}],
}
_SQL = """CREATE TABLE orders AS SELECT g AS id, now() AS created_at FROM generate_series(1, 1000) g;
CREATE ROLE reader LOGIN; GRANT SELECT ON orders TO reader"""
_BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
_CONFIG = """[global]
{more}
log-path={folder}
lock-path={folder}/lock
spool-path={folder}/spool
start-fast=y
repo1-retention-full=9
job-retry=0
[shop]
pg1-path={folder}/data
pg1-socket-path={folder}
[global:restore]
job-retry=0
"""
"""A restore tries what fails again after 15 seconds, unless it is told not to."""
_SETTINGS = """
listen_addresses=''
unix_socket_directories='{folder}'
archive_mode=on
archive_command='pgbackrest --config={folder}/br.conf --stanza=shop archive-push %p'
wal_level=replica
fsync=off
"""


def _user() -> str | None:
    """Return whom the server runs as: nobody's PostgreSQL runs as root; None where there is no other."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid()).pw_name
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


def is_here() -> bool:
    """Return whether there is a PostgreSQL, a pgBackRest and somebody to run them."""
    return _BIN is not None and shutil.which("pgbackrest") is not None and _user() is not None


@dataclass(frozen=True)
class Server:
    """A server and its stanza `shop`, in a folder of their own."""

    folder: Path

    def run(self, *words: str) -> None:
        """Run a program as whoever the server runs as."""
        who: dict[str, Any] = {}
        if not os.geteuid():
            who = {"user": _user(), "group": pwd.getpwnam(_user() or "").pw_gid, "extra_groups": []}
        with (self.folder / "out").open("ab") as out:
            subprocess.run(words, cwd=self.folder, stdout=out, stderr=out, timeout=120, check=True, **who)

    def pgbackrest(self, *words: str) -> None:
        """Let pgBackRest do something, as the one who makes the backups does."""
        self.run("pgbackrest", f"--config={self.folder}/br.conf", "--stanza=shop", *words)

    def configure(self, lines: Iterable[str] = ()) -> None:
        """Write pgBackRest's configuration, with these lines about its repository."""
        more = "\n".join(lines) or f"repo1-path={self.folder}/repo"
        (self.folder / "br.conf").write_text(_CONFIG.format(folder=self.folder, more=more), encoding="utf-8")

    def ask(self, sql: str) -> None:
        """Ask the server for something, as its owner."""
        self.run(f"{_BIN}/psql", "-X", "-h", str(self.folder), "-U", "postgres", "-d", "postgres", "-c", sql)

    def give(self, folder: Path) -> None:
        """Let whoever the server runs as own a folder and all that is in it."""
        if not os.geteuid():
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, _user() or 0)

    def opened(self, **options: object) -> PgBackRestStore:
        """Return the stanza as nightclerk sees it."""
        wanted = {"stanza": "shop", "config": str(self.folder / "br.conf"), **options}
        store = PGBACKREST.open(PGBACKREST.options.model_validate(wanted), make_outlet(self.folder))
        assert isinstance(store, PgBackRestStore)
        return store


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Start a server, make a full and an incremental backup of it, and end it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="nightclerk-pg-", dir="/tmp"))
    folder.chmod(0o755)
    if not os.geteuid():
        shutil.chown(folder, _user() or 0)
    one = Server(folder)
    one.configure()
    try:
        one.run(f"{_BIN}/initdb", "-D", "data", "-A", "trust", "--no-sync", "-U", "postgres")
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(_SETTINGS.format(folder=folder))
        one.run(f"{_BIN}/pg_ctl", "-D", "data", "-w", "-l", "log", "start")
        one.run(f"{_BIN}/psql", "-h", str(folder), "-U", "postgres", "-d", "postgres", "-c", _SQL)
        for words in (("stanza-create",), ("backup", "--type=full"), ("backup", "--type=incr")):
            one.pgbackrest(*words, "--pg1-user=postgres")
        yield one
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            one.run(f"{_BIN}/pg_ctl", "-D", "data", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _stored(repo: Path) -> list[Path]:
    return sorted((one for one in repo.glob("backup/shop/2*/pg_data/**/*.gz") if one.stat().st_size > 10_000), key=str)


def turn_a_bit(repo: Path) -> None:
    path = _stored(repo)[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_off(repo: Path) -> None:
    path = _stored(repo)[0]
    os.truncate(path, path.stat().st_size // 2)


def remove_file(repo: Path) -> None:
    _stored(repo)[0].unlink()


def remove_full(repo: Path) -> None:
    shutil.rmtree(next(repo.glob("backup/shop/2*F")))


def remove_newest(repo: Path) -> None:
    shutil.rmtree(next(repo.glob("backup/shop/2*F_*I")))


def remove_wal(repo: Path) -> None:
    for segment in repo.glob("archive/shop/*/*/0*.gz"):
        segment.unlink()


def remove_all(repo: Path) -> None:
    shutil.rmtree(repo / "backup")
    shutil.rmtree(repo / "archive")


WAYS: Mapping[str, Callable[[Path], None]] = {
    "one bit turned": turn_a_bit,
    "cut off": cut_off,
    "a file gone": remove_file,
    "the full backup gone": remove_full,
    "the newest backup gone": remove_newest,
    "the WAL gone": remove_wal,
    "emptied": remove_all,
}


def become_user() -> None:
    """Be whoever the server runs as from now on."""
    if not os.geteuid():
        group = pwd.getpwnam(_user() or "").pw_gid
        os.setgroups([])
        os.setgid(group)
        os.setuid(pwd.getpwnam(_user() or "").pw_uid)


def as_user(work: Callable[..., T], *given: object) -> T:
    """Return what a function returns that is called by whoever the server runs as."""
    with ProcessPoolExecutor(1, get_context("fork"), become_user) as pool:
        return pool.submit(work, *given).result()


def _asked(one: Server, newest: Copy) -> list[tuple[str, bool, Decimal]]:
    return list(_asking(one.opened(drill=DRILL), newest))


def _asking(store: PgBackRestStore, newest: Copy) -> Iterator[tuple[str, bool, Decimal]]:
    passed = stopwatch()
    try:
        there = {copy.id for copy in store.inventory().copies}
    except OutsideError:
        there = set()
    yield "inventory", newest.id not in there, Decimal(f"{passed():.2f}")
    for check in (Check.STRUCTURE, Check.DATA, Check.RESTORE):
        passed = stopwatch()
        verdict = store.examine(check, newest, Part())
        yield check.value, verdict.outcome not in FINE, Decimal(f"{passed():.2f}")


def rows() -> Iterator[Row]:
    """Yield what every check says of every way to break a repository of pgBackRest's, the healthy one first."""
    with server() as one:
        repo, whole = one.folder / "repo", one.folder / "whole"
        one.run(f"{_BIN}/pg_ctl", "-D", "data", "-m", "fast", "stop")
        newest = one.opened().inventory().copies[0]
        shutil.copytree(repo, whole)
        for way, breaks in {"healthy": lambda _: None, **WAYS}.items():
            shutil.rmtree(repo)
            shutil.copytree(whole, repo)
            breaks(repo)
            one.give(repo)
            for check, seen, seconds in as_user(_asked, one, newest):
                yield Row("pgBackRest", way, check, seen, seconds)
