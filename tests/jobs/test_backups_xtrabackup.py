"""Folders of backups by xtrabackup and mariadb-backup: made to their end, and with all that they build on."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from daemon.testing import NOW, make_outlet
from jobs.connectors.backups.xtrabackup import XTRABACKUP, XtrabackupStore
from jobs.kinds.backup import BackupStore, Outcome, Verdict
from jobs.testing_kinds import BackupContract
from tests.jobs.dump_scenes import put, told

THEN = NOW - timedelta(hours=3)
BERLIN = ZoneInfo("Europe/Berlin")
LOG = "[00] 2026-11-20 02:00:01 Redo log was copied.\n[00] 2026-11-20 02:00:02 completed OK!\n"


def backup(
    folder: Path, name: str, lsn: tuple[int, int] = (0, 100), at: datetime = THEN, log: str = LOG, size: int = 1000
) -> Path:
    """Write the folder of a backup as mariadb-backup 10.11 leaves it."""
    kind = "incremental" if lsn[0] else "full-backuped"
    here = folder / name
    checkpoints = f"backup_type = {kind}\nfrom_lsn = {lsn[0]}\nto_lsn = {lsn[1]}\nlast_lsn = {lsn[1] + 9}\nrecover_binlog_info = 0"
    put(here / "ibdata1", b"x" * size, at)
    put(here / "xtrabackup_checkpoints", checkpoints.encode(), at)
    info = (
        f"uuid = 1\ntool_name = mariadb-backup\nstart_time = {at.astimezone(BERLIN):%Y-%m-%d %H:%M:%S}\npartial = N\n"
    )
    put(here / "xtrabackup_info", info.encode(), at)
    put(here / "backup.log", log.encode(), at)
    return here


def opened(folder: Path, **options: Any) -> XtrabackupStore:
    store = XTRABACKUP.open(XTRABACKUP.options.model_validate({"path": str(folder), **options}), make_outlet(folder))
    assert isinstance(store, XtrabackupStore)
    return store


def newest(folder: Path, **options: Any) -> Verdict:
    store = opened(folder, **options)
    return store.verify(store.inventory().copies[0])


class TestXtrabackupKeepsTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        for n, (at, size) in enumerate(copies):
            here = folder / f"full-{n}"
            put(here / "xtrabackup_checkpoints", b"backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 9", at)
            put(here / "xtrabackup_info", f"start_time = {at.astimezone(BERLIN):%Y-%m-%d %H:%M:%S}".encode(), at)
            used = sum(one.stat().st_size for one in here.iterdir())
            put(here / "ibdata1", b"x" * (size - used), at)
        return opened(folder)

    def unreachable(self, folder: Path) -> BackupStore:
        return opened(folder / "not-mounted")


def test_a_full_backup_that_was_made_to_its_end_is_believed_and_nothing_more_is_claimed(tmp_path: Path) -> None:
    backup(tmp_path, "full")
    for options in ({}, {"log": "backup.log"}):
        verdict = newest(tmp_path, **options)
        assert verdict.outcome is Outcome.PARTLY
        assert "data was not read" in told(verdict.shown)


def test_a_time_is_of_the_databases_machine(tmp_path: Path) -> None:
    backup(tmp_path, "full")
    assert opened(tmp_path).inventory().copies[0].moment == THEN
    assert opened(tmp_path, zone="UTC").inventory().copies[0].moment == THEN + timedelta(hours=1)


def test_an_incremental_backup_needs_each_one_before_it(tmp_path: Path) -> None:
    for n, lsn in enumerate([(0, 100), (100, 150), (150, 150), (150, 220)]):
        backup(tmp_path, f"day-{n}", lsn, THEN - timedelta(days=4 - n))
    verdict = newest(tmp_path)
    assert verdict.outcome is Outcome.PARTLY
    assert "all 3 backups" in told(verdict.shown)
    for path in (tmp_path / "day-1").iterdir():
        path.unlink()
    (tmp_path / "day-1").rmdir()
    (tmp_path / "day-2" / "xtrabackup_checkpoints").write_text(
        "backup_type = incremental\nfrom_lsn = 140\nto_lsn = 150\n"
    )
    verdict = newest(tmp_path)
    assert verdict.outcome is Outcome.BROKEN
    assert "day-2 begins at 140, where no backup here ends" in told(verdict.reason)


def test_a_full_backup_made_later_does_not_stand_in_for_the_one_that_is_gone(tmp_path: Path) -> None:
    backup(tmp_path, "incremental", (100, 150), THEN)
    backup(tmp_path, "full", (0, 100), THEN + timedelta(hours=1))
    store = opened(tmp_path)
    assert store.verify(store.inventory().copies[1]).outcome is Outcome.BROKEN


def test_a_damaged_one_below_an_incremental_backup_breaks_it(tmp_path: Path) -> None:
    full = backup(tmp_path, "full", (0, 100), THEN - timedelta(days=1))
    backup(tmp_path, "incremental", (100, 150))
    put(full / "backup.log", b"[00] FATAL ERROR: no space left on device\n")
    assert newest(tmp_path).outcome is Outcome.PARTLY
    verdict = newest(tmp_path, log="backup.log")
    assert verdict.outcome is Outcome.BROKEN
    assert "no space left" in told(verdict.reason)


@pytest.mark.parametrize("spoilt", ["backup_type = full-backuped\n", "", "backup_type = x\nfrom_lsn = 0\nto_lsn = 9\n",
                                    "backup_type = incremental\nfrom_lsn = 9\nto_lsn = 0\n"])  # fmt: skip
def test_notes_that_make_no_sense_are_no_backup(tmp_path: Path, spoilt: str) -> None:
    put(backup(tmp_path, "full") / "xtrabackup_checkpoints", spoilt.encode(), THEN)
    assert newest(tmp_path).outcome is Outcome.BROKEN


@pytest.mark.parametrize("gone", ["xtrabackup_checkpoints", "xtrabackup_info"])
def test_a_backup_that_was_not_made_to_its_end_is_broken_and_one_being_made_is_not_known(
    tmp_path: Path, gone: str
) -> None:
    here = backup(tmp_path, "full")
    (here / gone).unlink()
    assert newest(tmp_path).outcome is Outcome.BROKEN
    put(here / "ibdata1", b"more", NOW - timedelta(seconds=5))
    verdict = newest(tmp_path)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "being written" in told(verdict.reason)


def test_a_log_beside_the_backup_is_found_by_its_name_and_a_missing_one_is_not_known(tmp_path: Path) -> None:
    backup(tmp_path, "full")
    put(tmp_path / "full.log", LOG.encode(), THEN)
    assert newest(tmp_path, log="{name}.log").outcome is Outcome.PARTLY
    put(tmp_path / "full.log", LOG.replace("OK!", "").encode(), THEN)
    assert newest(tmp_path, log="{name}.log").outcome is Outcome.BROKEN
    (tmp_path / "full.log").unlink()
    assert newest(tmp_path, log="{name}.log").outcome is Outcome.UNKNOWN


def test_what_is_no_backup_is_passed_over_and_links_are_not_followed(tmp_path: Path) -> None:
    backup(tmp_path / "elsewhere", "full")
    place = tmp_path / "here"
    (place / "lost+found").mkdir(parents=True)
    put(place / "notes.txt", b"x")
    (place / "link").symlink_to(tmp_path / "elsewhere" / "full")
    assert not opened(place).inventory().copies
    assert "no backup is found" in told(opened(place).check())
    here = backup(place, "full")
    (here / "xtrabackup_checkpoints").unlink()
    (here / "xtrabackup_checkpoints").symlink_to(tmp_path / "elsewhere" / "full" / "xtrabackup_checkpoints")
    assert opened(place).inventory().unreadable == ["full"]


def test_newer_names_of_mariadbs_files_are_known(tmp_path: Path) -> None:
    here = backup(tmp_path, "full")
    for name in ("checkpoints", "info"):
        (here / f"xtrabackup_{name}").rename(here / f"mariadb_backup_{name}")
    assert newest(tmp_path).outcome is Outcome.PARTLY
    assert opened(tmp_path).inventory().copies[0].moment == THEN.astimezone(UTC)
