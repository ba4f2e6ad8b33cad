"""Backups in a bucket: what is found, what is held against what, and what is never claimed."""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from daemon.testing import NOW
from jobs.kinds.backup import BackupStore, Check, Copy, Outcome, Part, Verdict
from jobs.testing_kinds import BackupContract
from tests.jobs.s3_fake import Bucket, Object, serving
from tests.jobs.s3_scenes import narrowed, opened, said, stored, verdict

LATER = NOW + timedelta(days=40)


class TestS3KeepsTheContract(BackupContract):
    @pytest.fixture(autouse=True)
    def _served(self) -> object:
        with ExitStack() as stack:
            self.stack = stack
            yield

    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        bucket = self.stack.enter_context(serving(Bucket()))
        for number, (at, size) in enumerate(copies):
            bucket.put(f"copy-{number}.gz", b"x" * size, at)
        return opened(bucket.url)

    def unreachable(self, folder: Path) -> BackupStore:
        bucket = self.stack.enter_context(serving(Bucket(failures={"GET": ["AccessDenied"] * 9})))
        return opened(bucket.url)


def test_every_page_of_the_list_is_read_and_lists_of_sums_and_folders_are_no_backups() -> None:
    with stored(prefix="shop/") as (bucket, store):
        for day in range(7):
            bucket.put(f"shop/{day}.tar.gz", b"x" * (day + 1), NOW - timedelta(days=day))
        for other in ("shop/SHA256SUMS", "shop/0.tar.gz.sha256", "shop/old/", "other/1.tar.gz"):
            bucket.put(other)
        assert [copy.name for copy in store.inventory().copies] == [f"{day}.tar.gz" for day in range(7)]
        assert len(bucket.asked) == 5


def test_a_pattern_names_each_level() -> None:
    with stored(prefix="shop", pattern="2026/db-*.gz") as (bucket, store):
        for key in ("shop/2026/db-1.gz", "shop/2026/x/db-1.gz", "shop/db-1.gz", "shop/2026/files-1.gz"):
            bucket.put(key)
        assert [copy.name for copy in store.inventory().copies] == ["2026/db-1.gz"]


def test_a_folder_is_one_backup_as_new_and_large_as_what_is_in_it() -> None:
    with stored(prefix="nightly/", copies="folder", pattern="2026-*") as (bucket, store):
        bucket.put("nightly/2026-11-19/db.gz", b"12345", NOW - timedelta(days=1))
        bucket.put("nightly/2026-11-20/db.gz", b"123", NOW - timedelta(hours=2))
        bucket.put("nightly/2026-11-20/files/a.tar", b"1234", NOW - timedelta(hours=1))
        bucket.list_sums("nightly/2026-11-20/db.gz", to="nightly/2026-11-20/SHA256SUMS")
        bucket.put("nightly/loose.gz")
        bucket.put("nightly/test/x")
        newest, older = store.inventory().copies
    assert (newest.name, newest.size, newest.files) == ("2026-11-20", 7, 2)
    assert newest.moment == NOW - timedelta(hours=1)
    assert older.id == "2026-11-19"


@pytest.mark.parametrize(
    "key", ["a b+c&d.gz", "ä€\N{PARTY POPPER}.gz", "50%25.gz", "<b>&amp;.gz", "x\x1b[2J\r\n.gz", "~'()*!.gz"]
)
def test_a_backup_of_any_name_is_found_asked_for_and_shown_without_its_sting(key: str) -> None:
    with stored() as (bucket, store):
        bucket.put(key)
        bucket.list_sums(key, to=f"{key}.sha256")
        if "\n" in key:
            bucket.objects[f"{key}.sha256"].content = hashlib.sha256(b"content").hexdigest().encode() + b"  " + b"x\n"
        (copy,) = store.inventory().copies
        assert copy.name.isprintable()
        assert copy.id == key
        assert verdict(store).outcome is (Outcome.UNKNOWN if "\n" in key else Outcome.HELD)


@pytest.mark.parametrize("key", ["a/../b.gz", "/etc/passwd", "./b.gz"])
def test_a_name_that_an_address_would_change_is_unknown(key: str) -> None:
    with stored(read=True) as (bucket, store):
        bucket.put(key)
        bucket.put(key.replace("../", "").removeprefix("/").removeprefix("./"), b"other", NOW - timedelta(days=1))
        told = verdict(store)
        assert told.outcome is Outcome.UNKNOWN
        assert "can't be asked for" in said(told)
        assert not [line for line in bucket.asked if line.startswith("HEAD")]


def test_sums_that_the_server_took_are_compared_without_a_download() -> None:
    with stored() as (bucket, store):
        bucket.put("a.gz")
        bucket.list_sums("a.gz", to="SHA256SUMS")
        told = verdict(store)
        assert (told.outcome, told.held, told.listed, told.read) == (Outcome.HELD, 1, 1, None)
        assert "not read back" in said(told)
        assert not [line for line in bucket.asked if line.startswith("GET") and "a.gz" in line]


def test_a_sum_that_differs_breaks_a_backup() -> None:
    with stored() as (bucket, store):
        bucket.put("a.gz")
        bucket.list_sums("a.gz", to="a.gz.sha256", **{"a.gz": b"Content"})
        told = verdict(store)
        assert (told.outcome, told.broken) == (Outcome.BROKEN, ("a.gz",))


def test_an_etag_is_no_hash_and_a_sum_of_parts_is_none_of_the_whole() -> None:
    digest = hashlib.sha256(b"content").hexdigest()
    for odd in (
        Object(b"content"),
        Object(b"content", sha256="YWJj-3"),
        Object(b"content", sha256="not base64"),
        Object(b"content", sha256=bucket_sum(b"content"), kind="COMPOSITE"),
        Object(b"content", headers={"ETag": f'"{digest}"'}),
    ):
        with stored() as (bucket, store):
            bucket.objects["a.gz"] = odd
            bucket.list_sums("a.gz", to="SHA256SUMS")
            told = verdict(store)
            assert (told.outcome, told.held) == (Outcome.PARTLY, 0)
            assert "keeps no SHA-256" in said(told)


def bucket_sum(content: bytes) -> str:
    return Bucket().put("x", content).sha256


def test_a_file_that_is_missing_and_one_that_is_not_listed_are_told() -> None:
    with stored(copies="folder") as (bucket, store):
        for name in ("a", "b", "deep/c"):
            bucket.put(f"night/{name}")
        bucket.list_sums("night/a", "night/b", to="night/SHA256SUMS")
        del bucket.objects["night/b"]
        told = verdict(store)
    assert (told.outcome, told.held, told.broken, told.unlisted) == (Outcome.BROKEN, 1, ("b",), ("deep/c",))


@pytest.mark.parametrize(
    "content",
    ["", "no list at all\n", f"{'0' * 64}  ../a\n", f"{'0' * 64}  /etc/a\n", f"{'0' * 64}  a\n{'1' * 64}  ./a\n"],
)
def test_a21_a_list_that_is_empty_damaged_or_leads_out_proves_nothing(content: str) -> None:
    with stored(copies="folder") as (bucket, store):
        bucket.put("night/a")
        bucket.put("night/SHA256SUMS", content.encode())
        told = verdict(store)
    assert (told.outcome, told.held) == (Outcome.UNKNOWN, 0)


def test_a_list_written_elsewhere_with_full_paths_and_crlf_is_understood_for_one_file() -> None:
    with stored() as (bucket, store):
        bucket.put("a.gz")
        bucket.put("a.gz.sha256", f"{hashlib.sha256(b'content').hexdigest()} */srv/backup/a.gz\r\n".encode())
        assert verdict(store).outcome is Outcome.HELD


def test_without_a_list_nothing_is_claimed() -> None:
    with stored() as (bucket, store):
        bucket.put("a.gz")
        assert verdict(store).outcome is Outcome.NOT_ASKED
        assert store.verify(store.inventory().copies[0]) == Verdict(Outcome.NOT_ASKED)


def test_what_costs_no_download_is_said_at_every_run_and_never_called_read() -> None:
    with stored(read=True) as (bucket, store):
        bucket.put("a.gz")
        bucket.list_sums("a.gz", to="a.gz.sha256")
        told = store.verify(store.inventory().copies[0])
        assert (told.outcome, told.held) == (Outcome.NOT_ASKED, 0)
        assert "not read back" in said(told)
        bucket.list_sums("a.gz", to="a.gz.sha256", **{"a.gz": b"Content"})
        assert store.verify(store.inventory().copies[0]).outcome is Outcome.BROKEN


def test_the_same_is_not_asked_twice_in_a_run() -> None:
    with stored() as (bucket, store):
        bucket.put("a.gz")
        bucket.list_sums("a.gz", to="a.gz.sha256")
        newest = store.inventory().copies[0]
        store.verify(newest)
        asked = len(bucket.asked)
        store.examine(Check.LISTED, newest, Part())
        assert len(bucket.asked) == asked


def test_what_is_read_back_is_hashed_piece_by_piece() -> None:
    with stored(read=True) as (bucket, store):
        bucket.objects["a.gz"] = Object(b"<html>0123")
        bucket.list_sums("a.gz", to="SHA256SUMS")
        told = verdict(narrowed(store, piece=4))
        assert (told.outcome, told.held, told.read) == (Outcome.HELD, 1, 10)
        assert len([line for line in bucket.asked if line == "GET /shop-backups/a.gz"]) == 3


def test_a_flipped_bit_is_seen_where_it_is_read_back_and_only_there() -> None:
    for read, outcome in ((True, Outcome.BROKEN), (False, Outcome.HELD)):
        with stored(read=read) as (bucket, store):
            one = bucket.put("a.gz")
            bucket.list_sums("a.gz", to="SHA256SUMS")
            one.content = b"cOntent"
            assert verdict(store).outcome is outcome


def test_a_backup_without_a_list_is_read_back_against_the_servers_own_sum() -> None:
    with stored(read=True) as (bucket, store):
        bucket.put("a.gz")
        assert "server's own" in said(verdict(store))
        bucket.objects["a.gz"].content = b"cOntent"
        assert verdict(store).outcome is Outcome.BROKEN
        bucket.objects["a.gz"].sha256 = ""
        assert (verdict(store).outcome, verdict(store).held) == (Outcome.PARTLY, 0)


def test_what_is_over_the_limit_is_left_and_said() -> None:
    with stored(read=True, copies="folder", verify_limit=10) as (bucket, store):
        for name in ("a", "b"):
            bucket.put(f"night/{name}")
        bucket.list_sums("night/a", "night/b", to="night/SHA256SUMS")
        told = verdict(store)
    assert (told.outcome, told.held, told.listed) == (Outcome.PARTLY, 1, 2)
    assert "left because of a limit" in said(told)


def test_a_set_of_very_many_files_is_asked_about_in_part() -> None:
    with stored(copies="folder", lock_days=7) as (bucket, store):
        for name in "abc":
            bucket.put(f"night/{name}", lock=("COMPLIANCE", LATER))
        bucket.list_sums(*(f"night/{name}" for name in "abc"), to="night/SHA256SUMS")
        small = narrowed(store, most_asked=2)
        assert (verdict(small).outcome, verdict(small).held) == (Outcome.PARTLY, 2)
        assert verdict(small, Check.LOCKED).outcome is Outcome.PARTLY


def test_an_object_replaced_while_it_is_read_is_unknown_and_not_damaged() -> None:
    with stored(read=True) as (bucket, store):
        bucket.put("a.gz")
        bucket.list_sums("a.gz", to="SHA256SUMS")
        bucket.replaced["a.gz"] = Object(b"tnetnoc")
        told = verdict(narrowed(store, piece=4))
    assert (told.outcome, told.broken) == (Outcome.UNKNOWN, ())


def test_a_server_that_ignores_ranges_is_believed_for_a_whole_object_only() -> None:
    with stored(read=True) as (bucket, store):
        bucket.put("a.gz")
        bucket.list_sums("a.gz", to="SHA256SUMS")
        bucket.ignores_ranges = True
        assert verdict(store).outcome is Outcome.HELD
        assert verdict(narrowed(store, piece=4)).outcome is Outcome.UNKNOWN


def test_content_that_would_come_unpacked_is_unknown() -> None:
    with stored(read=True) as (bucket, store):
        bucket.put("a.gz", headers={"Content-Encoding": "gzip"})
        assert "Content-Encoding" in said(verdict(store))


def test_only_what_is_configured_is_offered_and_nothing_else_is_claimed() -> None:
    with stored() as (bucket, store):
        bucket.put("a.gz")
        assert store.offers == {Check.LISTED}
        for check in set(Check) - {Check.LISTED, Check.WHOLE, Check.LOCKED}:
            assert verdict(store, check).outcome is Outcome.NOT_ASKED
        assert store.examine(Check.LISTED, Copy("gone", NOW, 1, 1), Part()).outcome is Outcome.UNKNOWN
        assert opened(bucket.url, read=True, lock_days=1).offers == {Check.LISTED, Check.WHOLE, Check.LOCKED}
