"""Database dumps read to their end: what speaks for one, what does not, and what is said then."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.connectors.backups._unpacking import CHUNK
from jobs.kinds.backup import Outcome
from tests.jobs.dump_scenes import (
    DATED,
    MARIADB_HEAD,
    MYSQL_HEAD,
    PACKED,
    RESET,
    SANDBOX,
    SETTINGS,
    UNDATED,
    mysql_dump,
    of,
    pg_dump,
    pg_dumpall,
    told,
    updraft_dump,
)

SAMPLES = Path(__file__).parents[3] / "shared" / "specs" / "dbdumps" / "samples"
recorded = pytest.mark.skipif(not SAMPLES.exists(), reason="needs the recorded dumps")


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("dump", [mysql_dump, pg_dump, pg_dumpall, updraft_dump])
def test_a_whole_dump_holds_and_says_what_was_looked_at(tmp_path: Path, dump: Callable[[], bytes], ending: str) -> None:
    found = of(PACKED[ending](dump()), tmp_path, f"shop.{ending}")
    assert (found.outcome, found.held, found.listed, found.reason) == (Outcome.HELD, 1, 1, None)
    assert ("changed bytes would not be seen" in told(found.shown)) is (ending == "sql")


@recorded
def test_a_16_a_plain_pg_dump_holds_with_its_unrestrict_and_not_when_cut(tmp_path: Path) -> None:
    head, tail = (SAMPLES / "postgresql15" / f"plain_{end}.txt" for end in ("header", "trailer"))
    whole = head.read_bytes() + b"COPY public.orders FROM stdin;\n1\n\\.\n\n" + tail.read_bytes()
    assert of(whole, tmp_path).outcome is Outcome.HELD
    for cut in (len(head.read_bytes()), len(whole) - 100, len(whole) // 2):
        assert of(whole[:cut], tmp_path).outcome is Outcome.BROKEN


@recorded
def test_a_16_a_cluster_dump_ends_with_a_line_of_its_own(tmp_path: Path) -> None:
    trailer = (SAMPLES / "postgresql15" / "dumpall_trailer.txt").read_bytes()
    whole = b"--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE shop;\n" + trailer
    assert of(whole, tmp_path).outcome is Outcome.HELD
    assert of(whole[: whole.index(b"database cluster dump complete")], tmp_path).outcome is Outcome.BROKEN


@recorded
@pytest.mark.parametrize(
    ("trailer", "expected", "declared"),
    [
        ("trailer", Outcome.HELD, Outcome.HELD),
        ("trailer_skip_dump_date", Outcome.HELD, Outcome.HELD),
        ("trailer_skip_comments", Outcome.BROKEN, Outcome.PARTLY),
        ("trailer_compact", Outcome.BROKEN, Outcome.PARTLY),
        ("killed_tail", Outcome.BROKEN, Outcome.BROKEN),
    ],
)
def test_a_17_mariadbs_closing_line_is_wanted_unless_it_is_declared_away(
    tmp_path: Path, trailer: str, expected: Outcome, declared: Outcome
) -> None:
    samples = SAMPLES / "mariadb10.11"
    filling = b"INSERT INTO `wp_posts` VALUES\n(1,'a'),\n"
    whole = (samples / "header.txt").read_bytes() + filling + (samples / f"{trailer}.txt").read_bytes()
    assert of(whole, tmp_path).outcome is expected
    found = of(whole, tmp_path, trailer="none")
    assert found.outcome is declared
    if declared is Outcome.PARTLY:
        assert found.held == 0
        assert "a missing part would not be seen" in told(found.shown)


@recorded
def test_a_17_a_dump_that_failed_on_a_table_is_damaged(tmp_path: Path) -> None:
    samples = SAMPLES / "mariadb10.11"
    failed = (samples / "header.txt").read_bytes() + (samples / "trailer_nosuchtable.txt").read_bytes()
    assert of(failed, tmp_path).outcome is Outcome.BROKEN
    assert of(failed, tmp_path, trailer="none").outcome is Outcome.BROKEN


@pytest.mark.parametrize("ending", ["sql.gz", "sql.bz2", "sql.xz"])
def test_a_18_a_packed_dump_that_is_cut_is_damaged_and_leaves_nothing_on_the_disk(tmp_path: Path, ending: str) -> None:
    whole = PACKED[ending](mysql_dump(count=5000))
    for cut in (len(whole) - 1, len(whole) // 2, 12):
        found = of(whole[:cut], tmp_path, f"shop.{ending}")
        assert (found.outcome, found.broken) == (Outcome.BROKEN, (f"shop.{ending}",))
    assert [path.name for path in tmp_path.iterdir()] == [f"shop.{ending}"]


def test_a_dump_without_comments_holds_only_partly_and_says_why(tmp_path: Path) -> None:
    bare = b"/*!40103 SET TIME_ZONE='+00:00' */;\n" + mysql_dump(head=b"", end=RESET)
    assert of(bare, tmp_path).outcome is Outcome.UNKNOWN
    found = of(bare, tmp_path, trailer="none")
    assert (found.outcome, found.held, found.listed) == (Outcome.PARTLY, 0, 1)
    assert "trailer: none" in told(found.shown)
    cut = bare[: bare.rindex(b",'")]
    assert told(of(cut, tmp_path, trailer="none").reason) == "it ends in the middle of a statement"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (MYSQL_HEAD, "it does not end"),
        (MYSQL_HEAD + SETTINGS + RESET + DATED, "it makes no table"),
        (MYSQL_HEAD + SETTINGS + RESET + UNDATED, "it makes no table"),
        (b"mysqldump: Got error: 1045: Access denied\n", "a message of mysqldump stands"),
        (b"mysqldump: [Warning] Using a password\n" + mysql_dump(), "a message of mysqldump stands"),
        (mysql_dump() + b"INSERT INTO `orders` VALUES (1,", "it does not end"),
        (pg_dump(token=b"") + b"COPY public.more (id) FROM stdin;\n1\n", "it does not end"),
        (pg_dump()[: -len("complete\n--\n\n")].replace(b"unrestrict", b"unrestric_"), "it does not end"),
        (pg_dump().replace(b"\\unrestrict 6", b"\\unrestrict 7"), "it does not end"),
    ],
)
def test_a_dump_nobody_could_restore_is_damaged_and_says_how_that_showed(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    found = of(content, tmp_path)
    assert (found.outcome, found.held) == (Outcome.BROKEN, 0)
    assert told(found.reason).startswith(reason)


def test_an_empty_packed_dump_is_damaged(tmp_path: Path) -> None:
    assert told(of(b"", tmp_path, "shop.sql.gz").reason) == "it is empty"
    assert of(gzip.compress(b""), tmp_path, "shop.sql.gz").outcome is not Outcome.HELD
    assert of(gzip.compress(b""), tmp_path, "shop.sql.gz", program="mysqldump").outcome is Outcome.BROKEN


def test_the_dump_of_another_program_than_the_one_named_is_damaged(tmp_path: Path) -> None:
    assert of(pg_dump(), tmp_path, program="pg_dump").outcome is Outcome.HELD
    assert "by pg_dump, not by mysqldump" in told(of(pg_dump(), tmp_path, program="mysqldump").reason)
    assert "not begin" in told(of(b"-- Adminer 4.8.1 MySQL 8 dump\n", tmp_path, program="mysqldump").reason)
    assert of(mysql_dump(head=MARIADB_HEAD), tmp_path, program="mysqldump").outcome is Outcome.HELD


def test_a_dump_by_a_stranger_is_neither_held_nor_called_damaged(tmp_path: Path) -> None:
    found = of(b"-- Adminer 4.8.1 MySQL 8 dump\nCREATE TABLE `a` (b int);\n", tmp_path)
    assert (found.outcome, found.held) == (Outcome.UNKNOWN, 0)
    assert "only a restore" in told(found.reason)


def test_the_sandbox_line_of_mariadb_is_noted_for_whoever_restores_with_an_older_client(tmp_path: Path) -> None:
    found = of(mysql_dump(head=SANDBOX + MARIADB_HEAD), tmp_path)
    assert found.outcome is Outcome.HELD
    assert "sandbox mode" in told(found.shown)
    assert "sandbox mode" not in told(of(mysql_dump(head=MARIADB_HEAD), tmp_path).shown)


def test_a_statement_that_lies_across_two_pieces_of_the_reading_counts(tmp_path: Path) -> None:
    head = MYSQL_HEAD + b"-- "
    table = b"\nCREATE TABLE `a` (b int);\n"
    long = head + b"x" * (CHUNK - len(head) - 4) + table
    assert of(long + RESET + DATED, tmp_path).outcome is Outcome.HELD
    assert of(long.replace(table, b"\n") + RESET + DATED, tmp_path).outcome is Outcome.BROKEN


def test_the_first_line_of_a_dump_without_comments_counts(tmp_path: Path) -> None:
    assert of(b"CREATE TABLE `a` (b int);\n", tmp_path, trailer="none").outcome is Outcome.PARTLY


def test_a_name_that_promises_another_packing_is_told(tmp_path: Path) -> None:
    assert "its name says gzip" in told(of(mysql_dump(), tmp_path / "a", "shop.sql.gz").reason)
    assert of(gzip.compress(mysql_dump()), tmp_path / "b", "shop.sql").outcome is Outcome.HELD


def test_a_line_like_the_closing_one_in_the_data_is_no_end(tmp_path: Path) -> None:
    fake = b"INSERT INTO `notes` VALUES ('\n-- Dump completed on 2026-11-20  1:36:14\n"
    assert of(MYSQL_HEAD + fake + b"and more'),('cut", tmp_path).outcome is Outcome.BROKEN
