"""Backups of database servers by pgBackRest, barman and WAL-G: what their recorded answers mean."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.api import OutsideError
from daemon.testing import NOW, make_outlet
from jobs.connectors.backups.barman import BARMAN, BarmanStore
from jobs.connectors.backups.pgbackrest import PGBACKREST, PgBackRestStore
from jobs.connectors.backups.walg import WALG, WalgStore
from jobs.kinds.backup import BackupStore, Check, Copy, Outcome, Part, Verdict
from jobs.testing_kinds import BackupContract
from tests.jobs.dump_scenes import told
from tests.jobs.program_scenes import SPECS, Player, Said, player, recorded

SAMPLES = SPECS / "dbdumps" / "samples" / "postgresql15"
recordings = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded answers of pgBackRest are not here")
LABEL = "20261121-183458F"
VALID = f"""stanza: shop
status: ok
  archiveId: 15-1, total WAL checked: 14, total valid WAL: 14
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
  backup: {LABEL}, status: valid, total files checked: 4000, total valid files: 4000
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
"""


def pgbackrest(folder: Path, answers: dict[str, Said], **options: object) -> PgBackRestStore:
    told_options = {"stanza": "shop", "program": str(player(folder, answers).path), **options}
    store = PGBACKREST.open(PGBACKREST.options.model_validate(told_options), make_outlet(folder))
    assert isinstance(store, PgBackRestStore)
    return store


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


def of(store: PgBackRestStore | BarmanStore | WalgStore, check: Check) -> Verdict:
    return store.examine(check, store.inventory().copies[0], Part())


def row(label: str, moment: datetime, size: int, **more: Any) -> dict[str, Any]:
    """Return a backup as `pgbackrest info` lists it."""
    return {
        "label": label, "type": "full", "error": False, "prior": None, "reference": None,
        "archive": {"start": "000000010000000000000002", "stop": "000000010000000000000003"},
        "database": {"id": 1, "repo-key": 1}, "info": {"size": size},
        "timestamp": {"start": int(moment.timestamp()), "stop": int(moment.timestamp()) + 60}, **more,
    }  # fmt: skip


def info(*backups: dict[str, Any], code: int = 0, low: str = "1", high: str = "9") -> Said:
    status = {"code": code, "message": "ok" if not code else "no valid backups"}
    ends = {"min": "00000001000000000000000" + low, "max": "00000001000000000000000" + high}
    archive = [{"id": "15-1", "database": {"id": 1, "repo-key": 1}, **ends}]
    repo = [{"key": 1, "status": status}]
    return Said(json.dumps([{"name": "shop", "status": status, "repo": repo, "backup": backups, "archive": archive}]))


class TestPgBackRestKeepsTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        return pgbackrest(folder, {"info": info(*[row(f"{n}F", at, size) for n, (at, size) in enumerate(copies)])})

    def unreachable(self, folder: Path) -> BackupStore:
        return pgbackrest(folder, {"info": Said(err="ERROR: [055]: unable to open missing file", code=55)})


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


@recordings
@pytest.mark.parametrize(
    ("name", "outcome", "said"),
    [
        ("br_verify_ok_verbose", Outcome.HELD, ""),
        ("br_verify_corrupt", Outcome.BROKEN, f"backup: {LABEL}, status: invalid"),
        ("br_verify_missing", Outcome.BROKEN, "(missing: 1)"),
        ("br_verify_ok", Outcome.UNKNOWN, "said nothing"),
        ("br_verify_corrupt_noout", Outcome.UNKNOWN, "said nothing"),
    ],
)
def test_a14_what_pgbackrest_verifies_is_judged_by_its_text_and_never_by_its_exit_code(
    tmp_path: Path, name: str, outcome: Outcome, said: str
) -> None:
    answers = {"info": recorded(SAMPLES, "br_info"), "verify --output=text --verbose": recorded(SAMPLES, name)}
    verdict = of(pgbackrest(tmp_path, answers), Check.DATA)
    assert verdict.outcome is outcome
    assert said in (told(verdict.reason) if verdict.reason else "")


def test_a14_a_backup_that_is_listed_and_not_found_by_verify_is_damaged_whatever_its_status_says(
    tmp_path: Path,
) -> None:
    none = VALID.partition("  backup:")[0] + "  backup: none found\n"
    store = pgbackrest(tmp_path, {"info": info(row(LABEL, NOW, 9)), "verify": Said(none)})
    verdict = of(store, Check.DATA)
    assert verdict.outcome is Outcome.BROKEN
    assert f"{LABEL}: gone" in told(verdict.reason)
    other = replace(info(row(LABEL, NOW, 9), row("20261122-010101F", NOW, 9)))
    assert of(pgbackrest(tmp_path / "2", {"info": other, "verify": Said(VALID)}), Check.DATA).outcome is Outcome.BROKEN


def test_a14_a_backup_that_is_made_or_expires_meanwhile_is_not_missed(tmp_path: Path) -> None:
    old, new = row("20261101-010101F", NOW, 9), row("20261122-010101F", NOW, 9)
    before, after = info(old, row(LABEL, NOW, 9)), info(row(LABEL, NOW, 9), new)
    late = tmp_path / "late"
    late.write_text(after.out)
    store = pgbackrest(tmp_path, {"info": before, "verify": Said(VALID, does=f"cp {late} {tmp_path}/tool.0.out")})
    (copy,) = [one for one in store.inventory().copies if one.name == LABEL]
    assert store.examine(Check.DATA, copy, Part()).outcome is Outcome.HELD


def test_a14_well_verified_data_is_no_pass_where_the_wal_that_it_needs_is_gone(tmp_path: Path) -> None:
    store = pgbackrest(tmp_path, {"info": info(row(LABEL, NOW, 9), high="2"), "verify": Said(VALID)})
    assert of(store, Check.DATA).outcome is Outcome.BROKEN


@pytest.mark.parametrize("answer", [Said(VALID, code=1), Said("", "ERROR: [041]", 41), Said("status: perhaps\n")])
def test_a14_any_other_answer_of_verify_is_no_pass(tmp_path: Path, answer: Said) -> None:
    store = pgbackrest(tmp_path, {"info": info(row(LABEL, NOW, 9)), "verify": answer})
    assert of(store, Check.DATA).outcome in {Outcome.UNKNOWN, Outcome.BROKEN}


@recordings
def test_a15_the_recorded_backup_of_pgbackrest_has_its_size_and_its_moment(tmp_path: Path) -> None:
    store = pgbackrest(tmp_path, {"info": recorded(SAMPLES, "br_info")})
    (copy,) = store.inventory().copies
    assert (copy.name, copy.size, copy.files) == (LABEL, 220678928, None)
    assert copy.moment == datetime(2026, 11, 21, 18, 34, 58, tzinfo=UTC)
    assert of(store, Check.STRUCTURE).outcome is Outcome.HELD


@recordings
def test_a15_a_stanza_without_a_backup_is_empty_and_one_that_is_missing_is_an_error(tmp_path: Path) -> None:
    empty = pgbackrest(tmp_path / "1", {"info": recorded(SAMPLES, "br_info_nobackup")})
    assert not empty.inventory().copies
    assert empty.examine(Check.STRUCTURE, Copy("x", NOW, 1, None, "x"), Part()).outcome is Outcome.BROKEN
    with pytest.raises(OutsideError, match=r"missing stanza path \(code 1\)"):
        pgbackrest(tmp_path / "2", {"info": recorded(SAMPLES, "br_info_nostanza")}).inventory()


@pytest.mark.parametrize(
    ("stanza", "said"),
    [
        (info(row(LABEL, NOW, 9, error=True)), "wrong checksums"),
        (info(row(LABEL, NOW, 9, reference=["20261101-010101F"])), "needs the backup 20261101-010101F, which is gone"),
        (info(row(LABEL, NOW, 9), high="2"), "is not archived"),
        (info(row(LABEL, NOW, 9), low="3"), "is not archived"),
        (info(row(LABEL, NOW, 9), code=4), "not in order"),
    ],
)
def test_a15_what_the_list_of_pgbackrest_shows_to_be_wrong_is_told(tmp_path: Path, stanza: Said, said: str) -> None:
    verdict = of(pgbackrest(tmp_path, {"info": stanza}), Check.STRUCTURE)
    assert verdict.outcome is Outcome.BROKEN
    assert said in told(verdict.reason)


def test_a25_pgbackrest_is_asked_for_its_list_and_to_verify_and_writes_no_log(tmp_path: Path) -> None:
    answers = {"info": info(row(LABEL, NOW, 9)), "": Said()}
    store = pgbackrest(tmp_path, answers, config="/etc/pgbackrest.conf", repo=2)
    for check in Check:
        of(store, check)
    asked = Player(tmp_path / "tool").asked
    assert {call[0] for call in asked} == {"info", "verify"}
    assert all({"--log-level-file=off", "--config=/etc/pgbackrest.conf", "--repo=2"} <= set(call) for call in asked)


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


def test_a24_a_program_that_hangs_is_ended_and_nothing_is_known(tmp_path: Path) -> None:
    store = pgbackrest(tmp_path, {"info": info(row(LABEL, NOW, 9)), "verify": Said(does="sleep 60")}, limit="1s")
    verdict = of(store, Check.DATA)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "was not done" in told(verdict.reason)


@pytest.mark.parametrize("name", ["", "-x", "a b"])
def test_names_that_would_be_options_are_refused(name: str) -> None:
    for connector, key in ((PGBACKREST, "stanza"), (BARMAN, "server")):
        with pytest.raises(ValueError, match=key):
            connector.options.model_validate({key: name})


def test_the_doctor_is_told_where_there_is_no_backup(tmp_path: Path) -> None:
    assert "holds no backup yet" in told(pgbackrest(tmp_path / "1", {"info": info(code=2)}).check())
    assert "barman has no backup of main" in told(barman(tmp_path / "2", {"": Said('{"main": []}')}).check())
    assert "holds no backup yet" in told(walg(tmp_path / "3", {"": Said("[]")}).check())
    assert pgbackrest(tmp_path / "4", {"info": info(row(LABEL, NOW - timedelta(hours=1), 9))}).check() is None
