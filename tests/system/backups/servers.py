"""Database servers of one's own: a folder below the temporary one, a socket in it, no port, an ordinary user."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon.clock import SystemClock

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/usr/bin"))
PATIENCE = 30.0
SECRET = "p:w\\'s\"#x y"
"""A password with everything that a file of passwords could trip over."""
has_postgresql = (BIN / "initdb").exists() and (BIN / "psql").exists()
has_mariadb = all(shutil.which(name) for name in ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump"))


@dataclass(frozen=True)
class Running:
    """A server that answers at `socket`; `folder` holds its data."""

    folder: Path
    socket: Path

    def ask(self, sql: str, database: str = "") -> str:
        """Return what the server answers its own administrator."""
        raise NotImplementedError

    def dump(self, *words: str) -> bytes:
        """Return what the dump program prints."""
        raise NotImplementedError

    def databases(self) -> set[str]:
        """Return the names of its databases."""
        raise NotImplementedError


@dataclass(frozen=True)
class Postgres(Running):
    """A PostgreSQL server; `boss` is its superuser."""

    def ask(self, sql: str, database: str = "postgres") -> str:
        return spoken([BIN / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *self._where, "-d", database, "-f", "-"], sql)

    def dump(self, *words: str) -> bytes:
        return printed([BIN / "pg_dump", *self._where, *words])

    @property
    def _where(self) -> list[str]:
        return ["-h", str(self.socket), "-U", "boss"]

    def databases(self) -> set[str]:
        return set(self.ask("SELECT datname FROM pg_database").split())


@dataclass(frozen=True)
class Maria(Running):
    """A MariaDB server; `root` may do everything."""

    def ask(self, sql: str, database: str = "") -> str:
        return spoken(["mariadb", *self._where, "-N", "--batch", *([database] if database else [])], sql)

    def dump(self, *words: str) -> bytes:
        return printed(["mariadb-dump", *self._where, *words])

    @property
    def _where(self) -> list[str]:
        return ["--no-defaults", f"--socket={self.socket}", "--user=root"]

    def databases(self) -> set[str]:
        return set(self.ask("SHOW DATABASES").split())


def printed(words: Sequence[str | Path], given: bytes = b"") -> bytes:
    """Return what a program prints; what it complains of is the reason why a test fails."""
    ended = subprocess.run(words, input=given, capture_output=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 0, ended.stderr.decode(errors="replace")
    return ended.stdout


def spoken(words: Sequence[str | Path], sql: str) -> str:
    return printed(words, sql.encode()).decode().strip()


@contextmanager
def home() -> Iterator[Path]:
    """A folder that an ordinary user may work in, with a name short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="nc-db-"))
    folder.chmod(0o711)
    inner = folder / "own"
    inner.mkdir()
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(inner, nobody.pw_uid, nobody.pw_gid)
    yield inner
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Put a disk of a few megabytes in a folder's place, as root can."""
    owner = folder.stat()
    words: list[str | Path] = [
        "mount",
        "-t",
        "tmpfs",
        "-o",
        f"size={size},uid={owner.st_uid},gid={owner.st_gid},mode=755",
        "tmpfs",
        folder,
    ]
    ended = subprocess.run(words, capture_output=True, check=False)
    if ended.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield
    finally:
        printed(["umount", "--lazy", folder])


def ordinary() -> list[str]:
    """Return the words that make what follows run as an ordinary user: neither server runs as root."""
    if os.geteuid():
        return []
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]


@contextmanager
def started(words: Sequence[str | Path], folder: Path, stop: signal.Signals) -> Iterator[subprocess.Popen[bytes]]:
    with (folder.parent / f"{folder.name}.log").open("ab") as log:
        server = subprocess.Popen([*ordinary(), *words], cwd="/", stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.send_signal(stop)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(PATIENCE)
        server.kill()
        server.wait()


def until(server: Running, sql: str) -> None:
    """Wait until a server answers."""
    clock = SystemClock()
    before = clock.monotonic()
    while True:
        try:
            server.ask(sql)
        except AssertionError:
            assert clock.monotonic() - before < PATIENCE, "the server never answered"
            os.sched_yield()
        else:
            return


@contextmanager
def postgresql(folder: Path) -> Iterator[Postgres]:
    """A PostgreSQL with the role `drill`, who may make databases, the superuser `boss`, and `reader`."""
    data = folder / "data"
    printed([*ordinary(), BIN / "initdb", "-D", data, "-U", "boss", "-A", "trust", "--no-sync", "--wal-segsize=1",
             "-E", "UTF8", "--locale=C.UTF-8"])  # fmt: skip
    (data / "pg_hba.conf").write_text("local all boss trust\nlocal all all scram-sha-256\n", encoding="ascii")
    words: list[str | Path] = [BIN / "postgres", "-D", data, "-k", folder, "-h", "", "-F", "-c", "max_wal_size=256MB",
             "-c", "shared_buffers=16MB"]  # fmt: skip
    with started(words, folder, signal.SIGQUIT):
        server = Postgres(folder, folder)
        until(server, "SELECT 1")
        told = SECRET.replace("'", "''")
        server.ask(f"CREATE ROLE drill LOGIN CREATEDB PASSWORD '{told}'")
        server.ask(f"CREATE ROLE reader LOGIN PASSWORD '{told}'")
        server.ask("CREATE ROLE shop")
        server.ask("CREATE DATABASE shop")
        yield server


@contextmanager
def mariadb(folder: Path) -> Iterator[Maria]:
    """A MariaDB with the user `drill`, who may do anything to `nightclerk_drill_…`, `boss`, who may all, and `reader`."""
    data, socket = folder / "data", folder / "s"
    small = ["--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M", "--innodb-fast-shutdown=2"]
    printed([*ordinary(), "mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
             "--auth-root-authentication-method=normal", *small[:2]])  # fmt: skip
    words = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--skip-networking",
             f"--pid-file={folder / 'pid'}", "--innodb-flush-method=nosync", *small]  # fmt: skip
    with started(words, folder, signal.SIGTERM):
        server = Maria(folder, socket)
        until(server, "SELECT 1")
        told = SECRET.replace("\\", "\\\\").replace("'", "''")
        for user, rights in {
            "drill": r"ALL ON `nightclerk\_drill\_%`.*",
            "boss": "ALL ON *.*",
            "reader": "SELECT ON shop.*",
        }.items():
            server.ask(f"CREATE USER {user}@localhost IDENTIFIED BY '{told}'; GRANT {rights} TO {user}@localhost")
        server.ask("CREATE DATABASE shop")
        yield server
