"""Backups of PostgreSQL by barman and WAL-G: what their answers mean."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.testing import make_outlet
from jobs.connectors.backups.barman import BARMAN, BarmanStore
from jobs.connectors.backups.pgbackrest import PGBACKREST
from jobs.connectors.backups.walg import WALG, WalgStore
from jobs.kinds.backup import BackupStore, Check, Outcome, Part, Verdict
from jobs.testing_kinds import BackupContract
from tests.jobs.dump_scenes import told
from tests.jobs.program_scenes import Player, Said, player


def of(store: BarmanStore | WalgStore, check: Check) -> Verdict:
    return store.examine(check, store.inventory().copies[0], Part())


def barman(folder: Path, answers: dict[str, Said], **options: object) -> BarmanStore:
    told_options = {"server": "main", "program": str(player(folder, answers).path), **options}
    store = BARMAN.open(BARMAN.options.model_validate(told_options), make_outlet(folder))
    assert isinstance(store, BarmanStore)
    return store


def walg(folder: Path, answers: dict[str, Said], **options: object) -> WalgStore:
    told_options = {"program": str(player(folder, answers).path), **options}
    store = WALG.open(WALG.options.model_validate(told_options), make_outlet(folder))
    assert isinstance(store, WalgStore)
    return store


class TestBarmanKeepsTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        rows = [
            {
                "backup_id": f"2026{n}",
                "end_time_timestamp": str(int(at.timestamp())),
                "size_bytes": size,
                "status": "DONE",
            }
            for n, (at, size) in enumerate(copies)
        ]
        return barman(folder, {"list-backups": Said(json.dumps({"main": rows}))})

    def unreachable(self, folder: Path) -> BackupStore:
        return barman(folder, {"list-backups": Said('{"_ERROR": ["Unknown server \'main\'"]}', code=1)})


class TestWalgKeepsTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        rows = [
            {
                "backup_name": f"base_{n}",
                "time": "2020-01-01T00:00:00Z",
                "start_time": at.isoformat(),
                "uncompressed_size": size,
            }
            for n, (at, size) in enumerate(copies)
        ]
        return walg(folder, {"backup-list": Said(json.dumps(rows))})

    def unreachable(self, folder: Path) -> BackupStore:
        return walg(folder, {"backup-list": Said(err="ERROR: no storage is configured", code=1)})


CHECKED = {
    "archiver_errors": {"hint": "", "status": "OK"},
    "directories": {"hint": "", "status": "OK"},
    "minimum_redundancy_requirements": {"hint": "have 0 backups, expected at least 3", "status": "OK"},
}


BACKUPS = Said(json.dumps({"main": [
    {"backup_id": "20261120T020000", "end_time_timestamp": "1795147200", "size_bytes": 7, "status": "DONE"},
    {"backup_id": "20261120T030000", "status": "FAILED"},
    {"backup_id": "20261119T020000", "end_time_timestamp": "1795060800", "size_bytes": None, "status": "WAITING_FOR_WALS"},
]}))  # fmt: skip


def test_a29_one_check_of_barmans_that_failed_is_a_failure_and_its_hint_is_told(tmp_path: Path) -> None:
    failed = {
        **CHECKED,
        "minimum_redundancy_requirements": {"hint": "have 0 backups, expected at least 3", "status": "FAILED"},
    }
    store = barman(tmp_path, {"list-backups": BACKUPS, "check": Said(json.dumps({"main": failed}), code=1)})
    verdict = of(store, Check.STRUCTURE)
    assert verdict.outcome is Outcome.BROKEN
    assert told(verdict.reason) == (
        "barman's check of minimum_redundancy_requirements failed (have 0 backups, expected at least 3)"
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Said(json.dumps({"main": CHECKED})), Outcome.HELD),
        (Said(json.dumps({"main": CHECKED}), code=1), Outcome.UNKNOWN),
        (Said(json.dumps({"main": {}})), Outcome.UNKNOWN),
        (Said('{"_ERROR": ["Unknown server"]}', code=1), Outcome.UNKNOWN),
        (Said("", "ERROR: please run barman as 'barman' user", 1), Outcome.UNKNOWN),
        (Said('{"main": {"directories": {"status": "?", "hint": ""}}}'), Outcome.BROKEN),
    ],
)
def test_a29_barmans_check_is_a_pass_where_everything_is_ok_and_nowhere_else(
    tmp_path: Path, answer: Said, outcome: Outcome
) -> None:
    assert of(barman(tmp_path, {"list-backups": BACKUPS, "check": answer}), Check.STRUCTURE).outcome is outcome


def test_a_backup_of_barmans_that_failed_is_no_copy_and_a_size_that_is_not_known_is_not_zero(tmp_path: Path) -> None:
    copies = barman(tmp_path, {"list-backups": BACKUPS}, config="/etc/b.conf").inventory().copies
    assert [(copy.name, copy.size) for copy in copies] == [("20261120T020000", 7), ("20261119T020000", None)]
    assert copies[0].moment == datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    assert Player(tmp_path / "tool").environment["BARMAN_CONFIG_FILE"] == "/etc/b.conf"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Said('{"_INFO": ["Calling pg_verifybackup", "backup successfully verified"]}'), Outcome.HELD),
        (
            Said('{"_ERROR": ["verify backup failure on directory", "checksum mismatch for file"]}', code=1),
            Outcome.BROKEN,
        ),
        (Said('{"_ERROR": ["pg_verifybackup not found"]}', code=1), Outcome.UNKNOWN),
        (Said('{"_ERROR": ["could not open file \\"/b/backup_manifest\\""]}', code=1), Outcome.UNKNOWN),
    ],
)
def test_what_pg_verifybackup_says_through_barman(tmp_path: Path, answer: Said, outcome: Outcome) -> None:
    answers = {"list-backups": BACKUPS, "verify-backup main 20261120T020000": answer}
    assert of(barman(tmp_path, answers), Check.WHOLE).outcome is outcome


def test_a25_barman_is_asked_nothing_that_changes_a_backup(tmp_path: Path) -> None:
    store = barman(tmp_path, {"list-backups": BACKUPS, "": Said()})
    for check in Check:
        of(store, check)
    assert {call[1] for call in Player(tmp_path / "tool").asked} == {"list-backups", "check", "verify-backup"}
    for command in ("delete", "backup", "cron", "check-backup"):
        with pytest.raises(ValueError, match="may not be asked"):
            store._ask(command)


LISTED = Said(json.dumps([{
    "backup_name": "base_000000010000000000000004", "time": "2026-11-20T02:10:00Z", "hostname": "db1",
    "start_time": "2026-11-20T02:00:00.12345Z", "uncompressed_size": 99, "pg_version": 150018, "is_permanent": False,
}]))  # fmt: skip


def verified(integrity: str | None, timeline: str | None, *, lost: bool = False) -> str:
    details = [{"start_segment": "0A", "end_segment": "0B", "status": "MISSING_LOST" if lost else "FOUND"}]
    found: dict[str, object] = {}
    if integrity is not None:
        found["integrity"] = {"status": integrity, "details": details}
    if timeline is not None:
        found["timeline"] = {"status": timeline, "details": {"current_timeline_id": 1}}
    return json.dumps(found)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Said(verified("OK", "OK")), Outcome.HELD),
        (Said("INFO: 2026/11/20 checking\n" + verified("OK", "OK")), Outcome.HELD),
        (Said(verified("WARNING", "OK")), Outcome.WARN),
        (Said(verified("OK", "WARNING")), Outcome.WARN),
        (Said(verified("FAILURE", "OK", lost=True)), Outcome.BROKEN),
        (Said(verified("FAILURE", "OK", lost=True), code=1), Outcome.BROKEN),
        (Said(verified("WARNING", "FAILURE")), Outcome.BROKEN),
        (Said(verified(None, "OK")), Outcome.UNKNOWN),
        (Said(verified("OK", None)), Outcome.UNKNOWN),
        (Said(verified("WARNING", None)), Outcome.UNKNOWN),
        (Said(verified("FINE", "OK")), Outcome.UNKNOWN),
        (Said(verified("OK", "OK"), code=1), Outcome.UNKNOWN),
        (Said("{}"), Outcome.UNKNOWN),
        (Said("[]"), Outcome.UNKNOWN),
        (Said("", "ERROR: connection refused", 1), Outcome.UNKNOWN),
        (Said(""), Outcome.UNKNOWN),
    ],
)
def test_a30_walgs_warning_warns_its_failure_fails_and_what_is_missing_is_not_known(
    tmp_path: Path, answer: Said, outcome: Outcome
) -> None:
    store = walg(tmp_path, {"backup-list": LISTED, "wal-verify integrity timeline": answer}, config="/etc/walg.json")
    verdict = of(store, Check.STRUCTURE)
    assert verdict.outcome is outcome
    assert {call[0] for call in Player(tmp_path / "tool").asked} == {"backup-list", "wal-verify"}


def test_a30_the_wal_that_is_lost_is_named(tmp_path: Path) -> None:
    store = walg(tmp_path, {"backup-list": LISTED, "wal-verify": Said(verified("FAILURE", "OK", lost=True))})
    assert told(of(store, Check.STRUCTURE).reason).startswith("WAL from 0A to 0B is lost")


def test_walgs_sentence_for_no_backup_is_an_empty_list_and_no_other_silence_is(tmp_path: Path) -> None:
    for answer in (Said("INFO: No backups found\n"), Said("", "INFO: No backups found"), Said("[]")):
        assert not walg(tmp_path, {"backup-list": answer}).inventory().copies
    for wrong in (Said(""), Said("null"), Said('[{"backup_name": "x", "time": "2026-11-20T02:10:00"}]')):
        with pytest.raises(OutsideError, match="can't be understood"):
            walg(tmp_path, {"backup-list": wrong}).inventory()


def test_a_backup_of_walgs_begins_when_it_says_so(tmp_path: Path) -> None:
    (copy,) = walg(tmp_path, {"backup-list": LISTED}).inventory().copies
    assert (copy.moment.replace(microsecond=0), copy.size) == (datetime(2026, 11, 20, 2, 0, tzinfo=UTC), 99)


@pytest.mark.parametrize("name", ["", "-x", "a b"])
def test_names_that_would_be_options_are_refused(name: str) -> None:
    for connector, key in ((PGBACKREST, "stanza"), (BARMAN, "server")):
        with pytest.raises(ValueError, match=key):
            connector.options.model_validate({key: name})


def test_the_doctor_is_told_where_there_is_no_backup(tmp_path: Path) -> None:
    assert "barman has no backup of main" in told(barman(tmp_path / "2", {"": Said('{"main": []}')}).check())
    assert "holds no backup yet" in told(walg(tmp_path / "3", {"": Said("[]")}).check())
