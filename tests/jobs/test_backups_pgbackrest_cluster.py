"""A restored cluster: started where nobody reaches it, asked, and ended with all its processes and files."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from daemon.testing import NOW
from jobs.connectors.backups._outcomes import DamagedError
from jobs.connectors.backups._pgbackrest_cluster import quoted
from jobs.connectors.backups._pgbackrest_options import PgBackRestDrill
from jobs.connectors.backups._pgbackrest_told import recovery_error
from jobs.kinds.backup import Outcome
from tests.jobs.dump_scenes import told
from tests.jobs.pgbackrest_scenes import LABEL, RESTORES, FakePgBackRest, info, row, shell
from tests.jobs.program_scenes import Said

COUNT = {"sql": "SELECT count(*) FROM orders", "at_least": 1000}
FETCHING = """LOG:  starting point-in-time recovery to earliest consistent point
ERROR: [{code}]: unable to get 000000010000000000000003:
       repo1: 15-1/000000010000000000000003-37.gz [{kind}] {said}
2026-12-01 03:08:02.541 GMT [7201] FATAL:  could not locate required checkpoint record
"""


@pytest.fixture
def short() -> Iterator[Path]:
    """Return a folder with a short path, as a socket needs; pytest's own are long."""
    with TemporaryDirectory(prefix="nc-") as folder:
        yield Path(folder)


@pytest.fixture
def fake(short: Path, monkeypatch: pytest.MonkeyPatch) -> FakePgBackRest:
    """A stanza, for a user who is not root, as whom PostgreSQL would not run."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return FakePgBackRest(short)


def asking(fake: FakePgBackRest, **changes: object) -> dict[str, object]:
    return {"postgres": str(fake.programs), "database": "shop", "user": "reader", "checks": [COUNT], **changes}


def is_running(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def child(fake: FakePgBackRest) -> int:
    return int((fake.programs / "child").read_text())


def test_it_is_recovered_asked_compared_and_nothing_of_it_is_left(fake: FakePgBackRest) -> None:
    fake.postgres()
    verdict = fake.drilled(asking(fake, tables=["orders"]))
    assert verdict.outcome is Outcome.HELD
    said = told(verdict.shown)
    assert "files with 42 bytes were restored in" in said
    assert "PostgreSQL recovered it in" in said
    assert "2 questions about it are answered as they should be" in said
    assert said.endswith("the checksums of all 2,808 pages match")
    assert fake.left == []
    assert not is_running(child(fake))


def test_it_runs_with_settings_of_our_own_and_with_none_that_came_back(fake: FakePgBackRest) -> None:
    assert fake.drilled({"postgres": fake.postgres()}).outcome is Outcome.HELD
    settings = dict(line.split(" = ", 1) for line in (fake.programs / "settings").read_text().splitlines())
    assert {name: settings[name] for name in ("listen_addresses", "archive_mode", "shared_preload_libraries",
            "recovery_target", "recovery_target_action", "max_logical_replication_workers", "hot_standby",
            "max_prepared_transactions", "max_locks_per_transaction")} == {
        "listen_addresses": "''", "archive_mode": "'off'", "shared_preload_libraries": "''",
        "recovery_target": "'immediate'", "recovery_target_action": "'promote'",
        "max_logical_replication_workers": "'0'", "hot_standby": "'off'",
        "max_prepared_transactions": "'7'", "max_locks_per_transaction": "'128'",
    }  # fmt: skip
    for place in ("unix_socket_directories", "log_directory", "hba_file", "ident_file"):
        assert settings[place].startswith(f"'{fake.own}/drills/")
    assert " archive-get " in settings["restore_command"]
    assert (fake.programs / "automatic").read_text() == ""


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({"checks": [{**COUNT, "at_least": 1001}]}, Outcome.BROKEN, "where at least 1,001 is expected"),
        ({"tables": ["customers"]}, Outcome.BROKEN, "the table customers did not come back"),
    ],
)
def test_what_is_not_as_it_should_be_is_broken(
    fake: FakePgBackRest, changes: dict[str, object], outcome: Outcome, said: str
) -> None:
    fake.postgres()
    verdict = fake.drilled(asking(fake, **changes))
    assert verdict.outcome is outcome
    assert said in told(verdict.reason)
    assert fake.left == []
    assert not is_running(child(fake))


def test_pages_with_wrong_checksums_are_damage_and_a_cluster_without_them_is_not_compared(fake: FakePgBackRest) -> None:
    bad = 'echo "pg_checksums: error: checksum verification failed in file 16385, block 0" >&2; exit 1'
    assert fake.drilled({"postgres": fake.postgres(checks=bad)}).outcome is Outcome.BROKEN
    assert fake.drilled({"postgres": fake.postgres(checks=bad), "checksums": False}).outcome is Outcome.HELD
    assert fake.drilled({"postgres": fake.postgres(checks=bad, sums=0)}).outcome is Outcome.HELD
    assert fake.drilled({"postgres": fake.postgres(checks="echo no >&2; exit 1")}).outcome is Outcome.UNKNOWN


def test_a_role_that_could_run_programs_is_not_asked_as(fake: FakePgBackRest) -> None:
    fake.postgres(excess="SUPERUSER")
    verdict = fake.drilled(asking(fake))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "nothing is asked as reader, who may do more than read (SUPERUSER)" in told(verdict.reason)


def test_what_came_back_as_a_link_to_elsewhere_is_not_started(fake: FakePgBackRest, tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    fake.restore = Said(does=f'{RESTORES}\nln -s {shell(live)} "$data/pg_wal"')
    verdict = fake.drilled({"postgres": fake.postgres()})
    assert verdict.outcome is Outcome.UNKNOWN
    assert "data/pg_wal came back as a link to elsewhere" in told(verdict.reason)
    assert not (fake.programs / "settings").exists()
    assert live.is_dir()


def test_as_root_or_with_another_version_nothing_is_even_restored(
    fake: FakePgBackRest, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for version, backup in (("16.4", "15"), ("15.18", "9.6")):
        fake.info = info(row(LABEL, NOW, 9), version=backup)
        said.append(told(fake.drilled({"postgres": fake.postgres(version=version)}).reason))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    verdict = fake.drilled({"postgres": fake.postgres()})
    assert verdict.outcome is Outcome.UNKNOWN
    assert "run nightclerk as a user of its own" in told(verdict.reason)
    assert said == [
        "the backup is of PostgreSQL 15, and in `postgres:` is 16: name the folder of that one",
        "PostgreSQL 9 is too old to be started here: leave `postgres:` out",
    ]
    assert not any(call[0] == "restore" for call in fake.player.asked)


def test_programs_that_are_not_there_are_told(fake: FakePgBackRest) -> None:
    assert "postgres is not installed here" in told(fake.drilled({"postgres": "/nowhere"}).reason)


def test_a24_a_recovery_that_does_not_end_is_ended_with_all_that_it_started(fake: FakePgBackRest) -> None:
    verdict = fake.drilled({"postgres": fake.postgres("sleep 60")}, limit="2s")
    assert verdict.outcome is Outcome.UNKNOWN
    assert "PostgreSQL had not recovered it after" in told(verdict.reason)
    assert not is_running(child(fake))
    assert fake.left == []


def test_a27_a_drill_that_is_told_to_end_while_it_recovers_leaves_neither_process_nor_folder(
    fake: FakePgBackRest,
) -> None:
    with pytest.raises(SystemExit):
        fake.drilled({"postgres": fake.postgres(f"sleep 1; kill -TERM {os.getpid()}; sleep 60")})
    assert not is_running(child(fake))
    assert fake.left == []


def test_a27_a_server_that_a_killed_run_left_is_ended_by_the_next(fake: FakePgBackRest) -> None:
    data = fake.own / "drills" / "left" / "restored" / "data"
    data.mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], cwd=data, start_new_session=True) as left:
        fake.store({}).inventory()
        assert left.wait(5) in {-signal.SIGQUIT, -signal.SIGKILL}
    assert fake.left == []


@pytest.mark.parametrize(
    ("log", "damage", "said"),
    [
        ("x FATAL:  could not locate required checkpoint record\n", True, "can't be recovered: could not locate"),
        ("x FATAL:  WAL ends before end of online backup\n", True, "WAL ends before"),
        ("x PANIC:  could not find anything\n", True, "could not find anything"),
        ("x FATAL:  could not map anonymous shared memory\n", False, "could not be started"),
        ("x FATAL:  database files are incompatible with server\n", False, "could not be started"),
        ("", False, "did not say why"),
        (FETCHING.format(code="042", kind="FormatError", said="unexpected eof"), True, "[FormatError] unexpected eof"),
        (FETCHING.format(code="042", kind="FileOpenError", said="[13] Permission denied"), False, "Permission denied"),
        (FETCHING.format(code="049", kind="HostConnectError", said="timeout"), False, "timeout"),
    ],
)
def test_a_recovery_that_fails_is_damage_only_where_what_is_needed_is_gone_or_damaged(
    log: str, damage: bool, said: str
) -> None:
    error = recovery_error(log)
    assert isinstance(error, DamagedError) is damage
    assert said in told(error.reason)


def test_what_postgresql_says_when_it_ends_at_once_is_told(fake: FakePgBackRest) -> None:
    fake.postgres('echo "x FATAL:  WAL ends before end of online backup" > "$here/log"; exit 1')
    assert fake.drilled({"postgres": str(fake.programs)}).outcome is Outcome.UNKNOWN
    fake.postgres('echo "x FATAL:  WAL ends before end of online backup" >&2; kill $child; exit 1')
    assert fake.drilled({"postgres": str(fake.programs)}).outcome is Outcome.BROKEN


def test_what_is_asked_needs_a_server_and_somebody_to_ask_as() -> None:
    for given in ({"checks": [COUNT]}, {"tables": ["orders"], "postgres": "/bin"}, {"postgres": "bin"}):
        with pytest.raises(ValueError, match=r"needs `postgres:`|given from the root"):
            PgBackRestDrill.model_validate(given)


def test_a_value_is_written_as_postgresql_reads_it() -> None:
    assert quoted("it's a \\ %f") == "'it''s a \\\\ %f'"
