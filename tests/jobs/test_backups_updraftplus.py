"""UpdraftPlus's folder: is the newest backup complete, is each file whole, and does UpdraftPlus itself say so?"""

import gzip
import os
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from daemon.testing import NOW
from jobs.connectors.backups._updraft_names import archive_of
from jobs.connectors.backups.updraftplus import UPDRAFTPLUS
from jobs.kinds.backup import BackupStore, Outcome
from jobs.testing_kinds import BackupContract
from tests.jobs.dump_scenes import flipped, mysql_dump, put, told, updraft_dump
from tests.jobs.updraft_scenes import PARTS, THEN, backup, history_of, opened, saved, verdict, zipped

ENTITIES = ["db", "plugins", "themes", "uploads", "others"]


class TestUpdraftPlusKeepsTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        for number, (at, size) in enumerate(copies):
            put(folder / f"backup_{at:%Y-%m-%d-%H%M}_Shop_{number:012x}-db.gz", b"x" * size)
        return opened(folder, zone="UTC")

    def unreachable(self, folder: Path) -> BackupStore:
        return opened(folder / "not-mounted")


def test_the_files_of_one_backup_are_one_copy_timed_by_the_sites_own_clock(tmp_path: Path) -> None:
    begin = backup(tmp_path)
    put(tmp_path / "log.0123456789ab.txt", b"0000.000 (0) Opened log file")
    put(tmp_path / "backup_notes.txt", b"not ours")
    (copy,) = opened(tmp_path).inventory().copies
    assert (copy.name, copy.moment, copy.files) == (begin, THEN, len(PARTS))
    assert copy.size == sum(path.stat().st_size for path in tmp_path.glob(f"{begin}-*"))
    assert opened(tmp_path, zone="UTC").inventory().copies[0].moment == THEN + timedelta(hours=1)


def test_a_33_the_night_the_clocks_change_has_ages_in_real_time(tmp_path: Path) -> None:
    put(tmp_path / "backup_2026-03-29-0130_Shop_000000000001-db.gz", b"")
    put(tmp_path / "backup_2026-03-29-0330_Shop_000000000002-db.gz", b"")
    late, early = opened(tmp_path).inventory().copies
    assert late.moment - early.moment == timedelta(hours=1)


def test_the_newest_by_its_name_comes_first_whatever_was_copied_last(tmp_path: Path) -> None:
    old = backup(tmp_path, at=THEN - timedelta(days=1), nonce="00000000000a")
    backup(tmp_path, at=THEN, nonce="00000000000b")
    for path in tmp_path.glob(f"{old}-*"):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert [copy.name[-1] for copy in opened(tmp_path).inventory().copies] == ["b", "a"]


@pytest.mark.parametrize("gone", ["plugins.zip", "themes.zip", "uploads.zip", "others.zip"])
def test_whatever_is_expected_and_not_there_is_missing(tmp_path: Path, gone: str) -> None:
    begin = backup(tmp_path)
    (tmp_path / f"{begin}-{gone}").unlink()
    found = verdict(tmp_path)
    assert (found.outcome, found.broken) == (Outcome.BROKEN, (gone.partition(".")[0],))
    others = [entity for entity in ENTITIES if entity != gone.partition(".")[0]]
    assert verdict(tmp_path, expects=others).outcome is (Outcome.BROKEN if gone == "uploads.zip" else Outcome.HELD)


def test_a_part_in_the_middle_is_missed(tmp_path: Path) -> None:
    backup(tmp_path, *PARTS, "uploads4.zip")
    assert verdict(tmp_path).broken == ("uploads3",)


def test_databases_beside_the_sites_own_are_counted_by_no_part(tmp_path: Path) -> None:
    backup(tmp_path, "db.gz", "db1.gz", "db3.gz")
    found = verdict(tmp_path, expects=["db"])
    assert (found.outcome, found.held) == (Outcome.HELD, 3)


def test_backups_of_something_else_are_passed_over(tmp_path: Path) -> None:
    full = backup(tmp_path, at=THEN - timedelta(days=3), nonce="00000000000a")
    daily = backup(tmp_path, "db.gz", at=THEN, nonce="00000000000b")
    assert verdict(tmp_path).outcome is Outcome.BROKEN
    assert [c.name for c in opened(tmp_path, expects=["db"]).inventory().copies] == [daily, full]
    assert verdict(tmp_path, expects=["db"]).outcome is Outcome.HELD
    assert [c.name for c in opened(tmp_path, expects=ENTITIES[1:]).inventory().copies] == [full]


@pytest.mark.parametrize(
    ("part", "content", "reason"),
    [
        ("db.gz", b"", "it is empty"),
        ("db.gz", gzip.compress(updraft_dump())[:-1], "it is cut off"),
        ("db.gz", gzip.compress(updraft_dump()[:400]), "it does not end as a dump by UpdraftPlus"),
        ("db.gz", gzip.compress(mysql_dump()), "it is a dump by mysqldump"),
        ("plugins.zip", b"", "its zip data is damaged"),
        ("plugins.zip", zipped()[:-30], "its zip data is damaged"),
        ("plugins.zip", flipped(zipped(), 8 * 100), "its zip data is damaged"),
        ("plugins.zip", zipped(files=0), "it holds no file"),
    ],
)
def test_a_file_nobody_could_restore_is_damaged_and_named(
    tmp_path: Path, part: str, content: bytes, reason: str
) -> None:
    begin = backup(tmp_path)
    put(tmp_path / f"{begin}-{part}", content)
    found = verdict(tmp_path)
    assert (found.outcome, found.held, found.listed) == (Outcome.BROKEN, 5, 6)
    assert told(found.reason).startswith(f"{begin}-{part}: {reason}")


def test_no_bit_of_a_zips_list_of_files_hides_a_file(tmp_path: Path) -> None:
    begin = backup(tmp_path, "plugins.zip")
    whole = zipped()
    first = whole.index(b"PK\x01\x02")
    for bit in range(first * 8, whole.index(b"PK\x01\x02", first + 1) * 8):
        content = flipped(whole, bit)
        put(tmp_path / f"{begin}-plugins.zip", content)
        if verdict(tmp_path, expects=["plugins"]).outcome is Outcome.HELD:
            with zipfile.ZipFile(tmp_path / f"{begin}-plugins.zip") as archive:
                assert [member.filename[-5] for member in archive.infolist()] == ["0", "1", "2"], bit


def test_an_encrypted_database_is_known_by_its_checksum_only(tmp_path: Path) -> None:
    begin = backup(tmp_path, *PARTS[1:])
    put(tmp_path / f"{begin}-db.gz.crypt", b"secret")
    found = verdict(tmp_path)
    assert found.outcome is Outcome.UNKNOWN
    assert "it is encrypted" in told(found.reason)
    history = history_of(tmp_path, begin)
    sums = next(iter(history.values()))["checksums"]
    assert isinstance(sums, dict)
    sums["sha256"]["db0.crypt"] = sums["sha256"]["db0"]
    sums["sha256"]["db0"] = "of what it was before it was encrypted"
    assert verdict(tmp_path, history=saved(tmp_path / "history.json", history)).outcome is Outcome.HELD


def test_a_zip_with_a_password_is_unknown_and_not_damaged(tmp_path: Path) -> None:
    begin = backup(tmp_path)
    marked = bytearray(zipped(files=1))
    marked[6] |= 1
    marked[marked.index(b"PK\x01\x02") + 8] |= 1
    put(tmp_path / f"{begin}-themes.zip", bytes(marked))
    assert verdict(tmp_path).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", ["uploads.zip.tmp", "db-table-wp_posts.table.gz", "db-table-wp_posts.table.tmp.gz"])
def test_a_backup_that_is_still_being_made_is_unknown_and_not_damaged(tmp_path: Path, name: str) -> None:
    begin = backup(tmp_path, "db.gz")
    put(tmp_path / f"{begin}-{name}", b"half")
    found = verdict(tmp_path)
    assert (found.outcome, found.broken) == (Outcome.UNKNOWN, ())
    assert "has not ended it" in told(found.reason)


def test_a_backup_whose_last_file_was_just_written_to_is_unknown(tmp_path: Path) -> None:
    begin = backup(tmp_path, "db.gz")
    put(tmp_path / f"{begin}-db.gz", b"half", NOW - timedelta(seconds=30))
    assert verdict(tmp_path).outcome is Outcome.UNKNOWN


def test_what_is_read_for_a_checksum_counts_towards_the_limit(tmp_path: Path) -> None:
    begin = backup(tmp_path, "plugins.zip")
    put(tmp_path / f"{begin}-db.gz.crypt", bytes(2000))
    history = history_of(tmp_path, begin)
    sums = next(iter(history.values()))["checksums"]
    assert isinstance(sums, dict)
    sums["sha256"]["db0.crypt"] = sums["sha256"]["db0"]
    option = saved(tmp_path / "history.json", history)
    assert verdict(tmp_path, expects=["db"], history=option, verify_limit=1999).outcome is Outcome.PARTLY


def test_a_second_look_forgets_what_is_gone(tmp_path: Path) -> None:
    backup(tmp_path, "db.gz")
    store = opened(tmp_path)
    (copy,) = store.inventory().copies
    next(tmp_path.glob("*-db.gz")).unlink()
    assert not store.inventory().copies
    assert store.verify(copy).outcome is Outcome.UNKNOWN


def test_what_the_limit_leaves_unread_is_not_counted_as_held(tmp_path: Path) -> None:
    begin = backup(tmp_path)
    large = tmp_path / f"{begin}-uploads.zip"
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("uploads/large.jpg", bytes(4 * 1024 * 1024))
    os.utime(large, (THEN.timestamp(), THEN.timestamp()))
    found = verdict(tmp_path, verify_limit="1M")
    assert (found.outcome, found.held, found.listed) == (Outcome.PARTLY, 5, 6)
    assert told(found.shown) == "5 of 6 files are read whole, 1 not because of verify_limit"


@pytest.mark.parametrize("change", [Path.symlink_to, lambda path, _to: os.mkfifo(path)])
def test_a_file_that_becomes_a_link_or_a_pipe_is_not_read(tmp_path: Path, change: Callable[[Path, Path], None]) -> None:
    begin = backup(tmp_path / "updraft")
    path = tmp_path / "updraft" / f"{begin}-plugins.zip"
    store = opened(path.parent)
    (copy,) = store.inventory().copies
    elsewhere = path.rename(tmp_path / "elsewhere.zip")
    change(path, elsewhere)
    os.utime(path, (THEN.timestamp(), THEN.timestamp()), follow_symlinks=False)
    assert store.verify(copy).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "name",
    [
        "backup_2026-13-45-9999_Shop_0123456789ab-db.gz",
        "backup_9999-12-31-2359_Shop_0123456789ab-db.gz",
        "backup_2026-11-20-0200_Shop_0123-db.gz",
        "backup_2026-11-20-0200_a/../b_0123456789ab-db.gz",
        "backup_2026-11-20-0200_Shop_0123456789ab-db.gz\n",
        "backup_2026-11-20-0200_Shop_0123456789ab-uploads99999.zip",
        "log.0123456789ab.txt",
    ],
)
def test_names_that_are_none_of_updraftplus_are_passed_over(name: str) -> None:
    assert archive_of(name) is None


def test_a_name_no_terminal_should_see_is_shown_without_its_sting(tmp_path: Path) -> None:
    name = os.fsdecode(b"backup_2026-11-20-0200_\x1b[31m\xff\n_0123456789ab-db.gz")
    put(tmp_path / name, b"")
    store = opened(tmp_path, expects=["db"])
    (copy,) = store.inventory().copies
    assert copy.name.isprintable()
    assert store.verify(copy).broken[0].isprintable()
    assert copy.moment == datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("options", [{"zone": "Mars"}, {"expects": []}, {"expects": ["cats"]}, {"history": "x.json"}])
def test_options_that_mean_nothing_are_refused(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        opened(tmp_path, **options)


def test_doctor_says_what_can_not_be_found(tmp_path: Path) -> None:
    assert UPDRAFTPLUS.check is not None
    assert "no backup is found" in told(UPDRAFTPLUS.check(opened(tmp_path)))
    history = saved(tmp_path / "history.json", history_of(tmp_path, backup(tmp_path)))
    assert UPDRAFTPLUS.check(opened(tmp_path, history=history)) is None
    gone = UPDRAFTPLUS.check(opened(tmp_path, last_backup=str(tmp_path / "gone.json")))
    assert "gone.json can't be looked at" in told(gone)
