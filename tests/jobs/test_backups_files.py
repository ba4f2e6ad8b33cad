import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from pydantic import ValidationError

from daemon.api import OutsideError
from daemon.testing import NOW, make_outlet
from jobs.connectors.backups.files import FILES, FilesOptions
from jobs.connectors.backups.tree import moment
from jobs.kinds.backup import BackupStore, Outcome, Verdict
from jobs.testing_kinds import BackupContract


def opened(path: object, **options: object) -> BackupStore:
    return FILES.open(FilesOptions.model_validate({"path": str(path), **options}), make_outlet(Path()))


def put(path: Path, content: bytes = b"content", at: datetime = NOW) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def listed(folder: Path, *names: str, to: str = "SHA256SUMS", mark: str = " ") -> None:
    lines = [f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()} {mark}{n}\n" for n in names]
    (folder / to).write_text("".join(lines))


def verdict(path: object, **options: object) -> Verdict:
    store = opened(path, **{"manifest": "SHA256SUMS", **options})
    return store.verify(store.inventory().copies[0])


class TestFilesKeepTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        for number, (at, size) in enumerate(copies):
            put(folder / f"copy-{number}.gz", b"x" * size, at)
        return opened(folder)

    def unreachable(self, folder: Path) -> BackupStore:
        return opened(folder / "not-mounted")


def test_a_pattern_finds_only_what_it_names(tmp_path: Path) -> None:
    for name in ("mon/shop-1.gz", "tue/shop-2.gz", "tue/notes.txt", "shop-3.gz"):
        put(tmp_path / name)
    assert {c.name for c in opened(tmp_path / "*/shop-*.gz").inventory().copies} == {"mon/shop-1.gz", "tue/shop-2.gz"}


def test_one_file_named_in_full_is_one_copy(tmp_path: Path) -> None:
    put(tmp_path / "latest.gz")
    put(tmp_path / "other.gz")
    assert [c.name for c in opened(tmp_path / "latest.gz").inventory().copies] == ["latest.gz"]


def test_a_folder_is_one_copy_as_new_and_as_large_as_its_files(tmp_path: Path) -> None:
    put(tmp_path / "night/a", b"12345", NOW - timedelta(hours=2))
    put(tmp_path / "night/deep/b", b"123", NOW - timedelta(hours=1))
    (copy,) = opened(tmp_path).inventory().copies
    assert (copy.size, copy.files, copy.moment) == (8, 2, NOW - timedelta(hours=1))


def test_the_name_decides_which_copy_is_newest_where_the_owner_says_so(tmp_path: Path) -> None:
    put(tmp_path / "shop-2026-11-19.gz", at=NOW)
    put(tmp_path / "shop-2026-11-20.gz", at=NOW - timedelta(days=1))
    assert opened(tmp_path, newest_by="name").inventory().copies[0].name == "shop-2026-11-20.gz"


def test_links_lost_and_found_hidden_files_and_manifests_are_no_copies(tmp_path: Path) -> None:
    secret = put(tmp_path / "elsewhere/secret")
    root = tmp_path / "backups"
    put(root / "real.gz")
    put(root / ".real.gz.part")
    put(root / "SHA256SUMS")
    (root / "lost+found").mkdir()
    (root / "latest").symlink_to(secret)
    (root / "folder").symlink_to(secret.parent)
    assert [c.name for c in opened(root, manifest="SHA256SUMS").inventory().copies] == ["real.gz"]


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    put(tmp_path / "night/a")
    os.mkfifo(tmp_path / "night/pipe")
    (tmp_path / "night/SHA256SUMS").write_text(f"{'0' * 64}  pipe\n")
    assert verdict(tmp_path).outcome is Outcome.UNKNOWN


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    put(tmp_path / "a/shop.gz")
    (tmp_path / "b").mkdir(mode=0o000)
    assert opened(tmp_path / "*/shop.gz").inventory().unreadable


def test_a_name_no_terminal_should_see_is_shown_without_its_sting(tmp_path: Path) -> None:
    put(tmp_path / os.fsdecode(b"bad\xff\x1b[31m\n.gz"))
    (copy,) = opened(tmp_path).inventory().copies
    assert copy.name.isprintable()


def test_a_time_no_calendar_holds_is_no_crash() -> None:
    assert moment(os.stat_result((0,) * 8 + (1 << 60, 0))).year == 9999
    assert moment(os.stat_result((0,) * 8 + (-(1 << 60), 0))).year == 1970


def test_a_second_look_forgets_what_is_gone(tmp_path: Path) -> None:
    put(tmp_path / "a.gz").rename(tmp_path / "b.gz")
    store = opened(tmp_path)
    store.inventory()
    (tmp_path / "b.gz").rename(tmp_path / "c.gz")
    assert [copy.name for copy in store.inventory().copies] == ["c.gz"]


@pytest.mark.parametrize("path", ["backups", "/srv/**/x", "/srv/../etc"])
def test_a_path_that_could_mean_anything_is_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        FilesOptions(path=path)


@pytest.mark.parametrize("mark", [" ", "*"])
def test_every_hash_that_holds_is_counted(tmp_path: Path, mark: str) -> None:
    night = tmp_path / "night"
    put(night / "a")
    put(night / "deep/b", b"more")
    listed(night, "a", "deep/b", mark=mark)
    told = verdict(tmp_path)
    assert (told.outcome, told.held, told.listed, told.unlisted) == (Outcome.HELD, 2, 2, ())


def test_a_changed_byte_and_a_missing_file_break_a_copy(tmp_path: Path) -> None:
    night = tmp_path / "night"
    for name in ("a", "b", "c"):
        put(night / name)
    listed(night, "a", "b", "c")
    (night / "a").write_bytes(b"Content")
    (night / "b").unlink()
    told = verdict(tmp_path)
    assert (told.outcome, told.held, told.broken) == (Outcome.BROKEN, 1, ("a", "b"))


def test_a_file_that_no_manifest_lists_is_told(tmp_path: Path) -> None:
    night = tmp_path / "night"
    put(night / "a")
    listed(night, "a")
    put(night / "deep/late")
    assert verdict(tmp_path).unlisted == ("deep/late",)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "link/secret", "deep/../../secret"])
def test_a_manifest_never_leads_out_of_its_copy(tmp_path: Path, name: str) -> None:
    put(tmp_path / "secret")
    night = tmp_path / "backups/night"
    put(night / "a")
    (night / "link").symlink_to(tmp_path)
    digest = hashlib.sha256(b"content").hexdigest()
    (night / "SHA256SUMS").write_text(f"{digest}  {name}\n")
    told = verdict(tmp_path / "backups")
    assert (told.outcome, told.held) == (Outcome.UNKNOWN, 0)


def test_a_manifest_with_full_paths_is_understood(tmp_path: Path) -> None:
    path = put(tmp_path / "night/a")
    (tmp_path / "night/SHA256SUMS").write_text(f"{hashlib.sha256(b'content').hexdigest()}  {path}\n")
    assert verdict(tmp_path).outcome is Outcome.HELD


def test_a_copy_that_is_written_while_it_is_read_is_unknown_and_not_damaged(tmp_path: Path) -> None:
    path = put(tmp_path / "night/a", b"")
    os.truncate(path, 48 * 1024 * 1024)
    listed(tmp_path / "night", "a")
    begun, stop = Event(), Event()

    def write() -> None:
        for second in count():
            os.utime(path, (second, second))
            begun.set()
            if stop.is_set():
                return

    with ThreadPoolExecutor(1) as pool:
        pool.submit(write)
        begun.wait()
        told = verdict(tmp_path)
        stop.set()
    assert (told.outcome, told.broken) == (Outcome.UNKNOWN, ())


def test_only_the_lines_of_a_copy_that_is_one_file_count(tmp_path: Path) -> None:
    put(tmp_path / "old.gz", b"old", NOW - timedelta(days=1))
    put(tmp_path / "new.gz", b"new")
    listed(tmp_path, "old.gz", "new.gz")
    (tmp_path / "old.gz").unlink()
    told = verdict(tmp_path)
    assert (told.outcome, told.held, told.listed) == (Outcome.HELD, 1, 1)


def test_a_copy_has_its_own_list_beside_it(tmp_path: Path) -> None:
    for name in ("one.gz", "two.gz"):
        put(tmp_path / name, name.encode())
        listed(tmp_path, name, to=f"{name}.sha256")
    (tmp_path / "one.gz.sha256").write_text("damaged, and none of our business\n")
    assert verdict(tmp_path, manifest="*.sha256").outcome is Outcome.HELD


def test_a_copy_the_list_does_not_name_is_unknown(tmp_path: Path) -> None:
    put(tmp_path / "old.gz", at=NOW - timedelta(days=1))
    listed(tmp_path, "old.gz")
    put(tmp_path / "new.gz")
    assert verdict(tmp_path).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("content", ["", "no checksum at all\n", f"{'0' * 63}  a\n"])
def test_an_empty_or_damaged_manifest_proves_nothing(tmp_path: Path, content: str) -> None:
    put(tmp_path / "night/a")
    (tmp_path / "night/SHA256SUMS").write_text(content)
    assert verdict(tmp_path).outcome is Outcome.UNKNOWN


def test_two_checksums_for_one_file_prove_nothing(tmp_path: Path) -> None:
    night = tmp_path / "night"
    put(night / "a")
    listed(night, "a")
    with (night / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  ./a\n")
    assert verdict(tmp_path).outcome is Outcome.UNKNOWN


def test_a_missing_manifest_is_unknown_and_none_wanted_is_said(tmp_path: Path) -> None:
    put(tmp_path / "night/a")
    assert verdict(tmp_path).outcome is Outcome.UNKNOWN
    assert verdict(tmp_path, manifest="").outcome is Outcome.NOT_ASKED


def test_what_the_limit_leaves_unread_is_not_counted_as_held(tmp_path: Path) -> None:
    night = tmp_path / "night"
    put(night / "a", b"x" * 60)
    put(night / "b", b"x" * 60)
    listed(night, "a", "b")
    told = verdict(tmp_path, verify_limit=100)
    assert (told.outcome, told.held, told.listed) == (Outcome.PARTLY, 1, 2)


def test_a_copy_that_vanishes_after_it_was_found_is_unknown(tmp_path: Path) -> None:
    path = put(tmp_path / "a.gz")
    listed(tmp_path, "a.gz")
    store = opened(tmp_path, manifest="SHA256SUMS")
    (copy,) = store.inventory().copies
    path.unlink()
    assert store.verify(copy).outcome in {Outcome.UNKNOWN, Outcome.BROKEN}


def test_a_place_that_is_not_mounted_says_what_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="is the disk mounted"):
        opened(tmp_path / "gone/*.gz").inventory()
