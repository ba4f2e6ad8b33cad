"""One UpdraftPlus backup is restored into a scratch folder: what is claimed of it, and what stays."""

from pathlib import Path

import pytest

from daemon.testing import NOW, make_outlet
from jobs.connectors.backups.updraftplus import UPDRAFTPLUS, UpdraftStore
from jobs.kinds.backup import Check, Outcome, Part, Verdict
from tests.jobs.archive_scenes import stays
from tests.jobs.dump_scenes import put
from tests.jobs.s3_scenes import said
from tests.jobs.updraft_scenes import PARTS, backup


def opened(folder: Path, **options: object) -> UpdraftStore:
    given = {"path": str(folder / "updraft"), "zone": "Europe/Berlin", "drill": {}, **options}
    store = UPDRAFTPLUS.open(UPDRAFTPLUS.options.model_validate(given), make_outlet(folder / "own"))
    assert isinstance(store, UpdraftStore)
    return store


def restored(folder: Path, **options: object) -> Verdict:
    store = opened(folder, **options)
    told = store.examine(Check.RESTORE, store.inventory().copies[0], Part())
    assert stays(folder) == []
    return told


def test_files_and_database_come_back(tmp_path: Path) -> None:
    backup(tmp_path / "updraft")
    told = restored(tmp_path, drill={"at_least": {"files": 4}, "holds": ["plugins/woo/file-1.php", "db.sql"]})
    assert told.outcome is Outcome.HELD, told.reason
    assert told.seconds is not None


@pytest.mark.parametrize("part", PARTS)
def test_a31_a_part_that_is_missing_or_cut_off_breaks_a_backup(tmp_path: Path, part: str) -> None:
    begin = backup(tmp_path / "updraft")
    path = tmp_path / "updraft" / f"{begin}-{part}"
    whole = path.read_bytes()
    put(path, whole[: len(whole) // 2])
    assert restored(tmp_path).outcome is Outcome.BROKEN
    path.unlink()
    if part != "uploads2.zip":
        told = restored(tmp_path)
        assert told.outcome is Outcome.BROKEN
        assert "it is missing" in said(told)


def test_an_encrypted_database_is_unknown(tmp_path: Path) -> None:
    begin = backup(tmp_path / "updraft")
    database = tmp_path / "updraft" / f"{begin}-db.gz"
    database.rename(database.with_name(f"{database.name}.crypt"))
    told = restored(tmp_path)
    assert told.outcome is Outcome.UNKNOWN
    assert "encrypted" in said(told)


def test_a_backup_that_is_being_made_is_unknown(tmp_path: Path) -> None:
    begin = backup(tmp_path / "updraft")
    put(tmp_path / "updraft" / f"{begin}-others.zip.tmp", b"x", NOW)
    assert restored(tmp_path).outcome is Outcome.UNKNOWN


def test_room_is_looked_for_where_the_backups_lie(tmp_path: Path) -> None:
    backup(tmp_path / "updraft")
    store = opened(tmp_path, drill=None)
    newest = store.inventory().copies[0]
    assert store.offers == {Check.ROOM}
    assert store.examine(Check.ROOM, newest, Part()).outcome in {Outcome.HELD, Outcome.WARN}
    assert store.examine(Check.RESTORE, newest, Part()).outcome is Outcome.NOT_ASKED
