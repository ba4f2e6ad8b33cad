"""A restored cluster, started by PostgreSQL's own programs where nobody else can reach it, recovered, and ended again.

Of the settings that came back none is used: they name folders, libraries and other servers of the live cluster. It
listens on no address and on a socket in the scratch folder, archives nothing, loads no library, and asks no other
server for changes (`max_logical_replication_workers`). Recovery ends where the backup itself ended, so what is found is
the backup and nothing else; without hot standby nobody is let in before. PostgreSQL 15, chapters 20 and 26.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from daemon.api import Text, Value, stopwatch
from jobs.connectors._command_watch import Watch
from jobs.connectors.backups._database_server import Deadline
from jobs.connectors.backups._outcomes import DamagedError, UnknownError, first_words
from jobs.connectors.backups._pgbackrest_ground import Ground
from jobs.connectors.backups._pgbackrest_told import recovery_error
from jobs.connectors.backups._strays import end_all_in
from jobs.connectors.command import Finished, Program

PORT = 5432
"""Only part of the socket's name: no port is opened."""
LONGEST_SOCKET = 107
"""Bytes of a socket's path (unix(7))."""
_QUICK = timedelta(minutes=1)
_LOOK = 0.2
_READY = "ready"
_STATUS_LINE = 7
"""Which line of postmaster.pid tells how far it is (src/include/utils/pidfile.h, LOCK_FILE_LINE_PM_STATUS)."""
_LOG_READ = 256 * 1024
_BAD = "checksum verification failed"
_BLOCKS = re.compile(r"^Blocks scanned: +(\d+)", re.MULTILINE)
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "", "unix_socket_permissions": "0700", "port": str(PORT),
    "recovery_target": "immediate", "recovery_target_action": "promote", "recovery_target_timeline": "current",
    "hot_standby": "off", "archive_mode": "off", "max_wal_senders": "0", "max_logical_replication_workers": "0",
    "shared_preload_libraries": "", "max_connections": "10", "shared_buffers": "16MB", "huge_pages": "off",
    "dynamic_shared_memory_type": "mmap", "fsync": "off", "autovacuum": "off", "jit": "off", "ssl": "off",
    "logging_collector": "on", "log_filename": "log", "log_rotation_age": "0", "log_rotation_size": "0",
    "log_destination": "stderr", "lc_messages": "C",
}  # fmt: skip
"""`jit` needs memory that is written and run, which the service may not have; `mmap` leaves nothing in /dev/shm."""


@dataclass(frozen=True)
class Cluster:
    """What was restored on some ground, and the folder of the programs that it is started by."""

    ground: Ground
    programs: Path
    deadline: Deadline

    @contextmanager
    def recovered(self, fetching: str) -> Iterator[Decimal]:
        """Start it, give the seconds that it took to be ready, and end it however the work with it ends.

        Raises DamagedError where it can't be recovered, UnknownError for whatever else stands in the way.
        """
        self._configure(fetching)
        passed = stopwatch()
        postgres = Program(str(self.programs / "postgres"), frozenset({"-D"}))
        words = ["-D", str(self.ground.data), "-c", f"config_file={self._settings}"]
        with postgres.beside(words, self.ground.aside) as watch:
            try:
                self._wait(watch)
                yield Decimal(f"{passed():.3f}")
            finally:
                end_all_in(self.ground.data)

    def compared(self) -> int | None:
        """Stop it in order and compare the checksums of all its pages; return how many, None where it has none.

        Raises DamagedError for one that is wrong.
        """
        if self._told("Data page checksum version") in {"", "0"}:
            return None
        left = max(1, int(self.deadline.left().total_seconds()))
        data = str(self.ground.data)
        self._run("pg_ctl", "stop", "-D", data, "-m", "fast", "-w", "-t", str(left))
        ended = self._ended("pg_checksums", "--check", "-D", data)
        if _BAD in ended.complaint:
            raise DamagedError(Text("pages of it have wrong checksums: {said}", {"said": first_words(ended.complaint)}))
        found = _BLOCKS.search(_well(ended, "pg_checksums").text)
        return int(found[1]) if found else 0

    def _configure(self, fetching: str) -> None:
        """Write settings of our own in place of those that came back, which were written for the live cluster."""
        aside = self.ground.aside
        if len(os.fsencode(aside / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET:
            raise UnknownError(
                Text("{folder} is too long a path for a socket: use a shorter `state:`", {"folder": str(aside)})
            )
        (aside / "hba").write_text("local all all trust\n", encoding="ascii")
        (aside / "ident").touch()
        own = {
            "unix_socket_directories": str(aside), "log_directory": str(aside), "hba_file": str(aside / "hba"),
            "ident_file": str(aside / "ident"), "restore_command": fetching,
            "max_prepared_transactions": self._told("max_prepared_xacts setting") or "0",
            "max_locks_per_transaction": self._told("max_locks_per_xact setting") or "64",
        }  # fmt: skip
        lines = [f"{name} = {quoted(value)}\n" for name, value in {**_SETTINGS, **own}.items()]
        self._settings.write_text("".join(lines), encoding="utf-8")
        automatic = self.ground.data / "postgresql.auto.conf"
        automatic.unlink(missing_ok=True)
        automatic.touch(mode=0o600)

    def _wait(self, watch: Watch) -> None:
        while not self._is_ready:
            if watch.ended_within(_LOOK):
                raise recovery_error(self._log or watch.kept[1].content.decode("utf-8", "replace"))
            if self.deadline.is_over:
                raise UnknownError(
                    Text("PostgreSQL had not recovered it after {limit} and was ended", {"limit": self.deadline.limit})
                )

    @property
    def _is_ready(self) -> bool:
        try:
            lines = (self.ground.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return False
        return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == _READY

    def _told(self, name: str) -> str:
        """Return what pg_controldata says of the cluster; empty where it says nothing of that."""
        ended = _well(self._ended("pg_controldata", "-D", str(self.ground.data), most=_QUICK), "pg_controldata")
        rows = [line.partition(":") for line in ended.text.splitlines()]
        return next((value.strip() for key, _, value in rows if key == name), "")

    def _run(self, name: str, *words: str) -> None:
        _well(self._ended(name, *words), name)

    def _ended(self, name: str, *words: str, most: timedelta | None = None) -> Finished:
        program = Program(str(self.programs / name), frozenset({words[0]}))
        return program.run(words, self.deadline.left(most), folder=self.ground.aside)

    @property
    def _settings(self) -> Path:
        return self.ground.aside / "postgresql.conf"

    @property
    def _log(self) -> str:
        """The end of what it wrote; empty where it did not come to that."""
        try:
            with (self.ground.aside / "log").open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_READ))
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""


def quoted(value: str) -> str:
    """Return a value as PostgreSQL reads it in a file of settings."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _well(ended: Finished, name: str) -> Finished:
    """Return how a program ended; raise UnknownError where that was not well."""
    if ended.code or ended.timed_out:
        told: dict[str, Value] = {
            "program": name,
            "code": ended.code,
            "said": first_words(ended.complaint or ended.text),
        }
        raise UnknownError(Text("{program} ended with the code {code}: {said}", told))
    return ended
