"""Dumps in pg_dump's own formats: read by pg_restore, whose end with 0 alone speaks for them, and not even that for a tar."""

import gzip
import io
import random
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.testing import NOW
from jobs.connectors.backups._dump_origins import Origin, origin_of
from jobs.connectors.backups._outcomes import DamagedError
from jobs.connectors.backups._tars import whole_tar
from jobs.connectors.command import Program
from jobs.kinds.backup import Outcome, Verdict
from tests.jobs.dump_scenes import mysql_dump, of, put, told, verdict
from tests.jobs.pg_archive_scenes import SAMPLES, archive_head, pg_restore_that, program, recorded, tar_of

needs_zstd = pytest.mark.skipif(shutil.which("zstd") is None, reason="needs zstd")
READS_ALL = 'test "$1" = --version && echo "pg_restore (PostgreSQL) 15.18" && exit 0\n'


@recorded
@pytest.mark.parametrize(
    ("case", "code", "outcome"),
    [
        ("shop", 0, Outcome.HELD),
        ("trunc", 1, Outcome.BROKEN),
        ("trunc_tail", 1, Outcome.BROKEN),
        ("flip", 1, Outcome.BROKEN),
        ("head", 1, Outcome.BROKEN),
        ("dir_missing", 1, Outcome.BROKEN),
    ],
)
def test_a19_a_dump_that_is_listed_and_can_not_be_read_to_its_end_is_damaged(
    tmp_path: Path, case: str, code: int, outcome: Outcome
) -> None:
    assert f"readall_{case} rc={code} " in (SAMPLES / "postgresql15" / "RC.txt").read_text(encoding="utf-8")
    restoring = pg_restore_that(tmp_path / "bin", case, code)
    found = of(archive_head() + bytes(9000), tmp_path / "d", "shop.dump", pg_restore=restoring)
    assert found.outcome is outcome
    if outcome is Outcome.BROKEN:
        assert told(found.reason).startswith("pg_restore can't read it: pg_restore: error: could not ")
        assert found.broken == ("shop.dump",)


def reading(folder: Path, script: str) -> str:
    return program(folder / "bin" / "pg_restore", READS_ALL + script)


def test_an_archive_is_read_and_never_only_listed(tmp_path: Path) -> None:
    restoring = reading(tmp_path, f'echo "$@" > {tmp_path}/words')
    assert of(archive_head(), tmp_path / "d", "shop.dump", pg_restore=restoring).outcome is Outcome.HELD
    assert (tmp_path / "words").read_text() == f"-f /dev/null {tmp_path}/d/shop.dump\n"


def test_a_folder_as_pg_dump_writes_one_is_read_by_pg_restore(tmp_path: Path) -> None:
    put(tmp_path / "d" / "shop.dir" / "toc.dat", archive_head(kind=3))
    put(tmp_path / "d" / "shop.dir" / "3346.dat.gz", gzip.compress(b"1\n\\.\n\n\n"))
    assert verdict(tmp_path / "d", pg_restore=reading(tmp_path, "exit 0")).outcome is Outcome.HELD
    assert verdict(tmp_path / "d", pg_restore=reading(tmp_path, "exit 1")).outcome is Outcome.BROKEN
    writes = reading(tmp_path, f"touch {tmp_path}/d/shop.dir/3346.dat.gz")
    assert "written to" in told(verdict(tmp_path / "d", pg_restore=writes).reason)
    put(tmp_path / "d" / "shop.dir" / "3346.dat.gz", b"", NOW - timedelta(seconds=30))
    assert "being written" in told(verdict(tmp_path / "d", pg_restore=reading(tmp_path, "exit 0")).reason)


ROWS = b"1\tLamp\n\n2\tLeaf\n\\.\n\n\n"


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("3346.dat", ROWS, ""),
        ("3346.dat", b"\\.\n\n\n", ""),
        ("3346.dat", b"INSERT INTO public.orders VALUES (1);\n\n\n", ""),
        ("3346.dat", b"\n\n", ""),
        ("3346.dat", b"", "its file 3346.dat: its rows are cut off"),
        ("3346.dat", ROWS[:7], "its file 3346.dat: its rows are cut off"),
        ("3346.dat", ROWS[:8], "its file 3346.dat: its rows are cut off"),
        ("3346.dat", b"INSERT INTO public.orders VALUES (1);\n", "its file 3346.dat: its rows are cut off"),
        ("3346.dat.gz", gzip.compress(ROWS), ""),
        ("3346.dat.gz", b"", "its file 3346.dat.gz: it is empty"),
        ("3346.dat.gz", gzip.compress(ROWS[:7]), "its file 3346.dat.gz: its rows are cut off"),
        ("3346.dat.gz", gzip.compress(ROWS)[:-3], "its file 3346.dat.gz: it is cut off in the middle of its gzip data"),
        ("blob_18074.dat.gz", b"", "its file blob_18074.dat.gz: it is empty"),
        ("blob_18074.dat", b"", ""),
        ("blob_99.dat", b"a picture", "its list of large objects lacks blob_99.dat"),
        ("3346.dat.lz4", b"\x04\x22\x4d\x18", "its rows are packed with lz4"),
    ],
)
def test_a19_each_file_of_a_folder_is_read_to_its_end_though_pg_restore_ends_with_0(
    tmp_path: Path, file: str, content: bytes, reason: str
) -> None:
    put(tmp_path / "d" / "shop.dir" / "toc.dat", archive_head(kind=3))
    put(tmp_path / "d" / "shop.dir" / "blobs.toc", b"18074 blob_18074.dat\n")
    put(tmp_path / "d" / "shop.dir" / file, content)
    found = verdict(tmp_path / "d", pg_restore=reading(tmp_path, "exit 0"))
    assert (found.outcome is Outcome.HELD) is (not reason)
    assert not reason or told(found.reason).startswith(reason)


def test_a_folder_that_pg_dump_did_not_write_is_unknown(tmp_path: Path) -> None:
    put(tmp_path / "d" / "other" / "a.txt", b"1")
    assert "toc.dat" in told(verdict(tmp_path / "d", pg_restore=reading(tmp_path, "exit 0")).reason)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("kill -9 $$", "ended by signal 9"),
        ("echo 'pg_restore: error: unsupported version (1.16) in file header' >&2; exit 1", "can't read it here"),
        ("echo 'error: this build does not support compression with zstd' >&2; exit 1", "can't read it here"),
        ("sleep 30", "took longer than 1 sec"),
    ],
)
def test_what_lies_with_pg_restore_is_no_damage(tmp_path: Path, script: str, reason: str) -> None:
    restoring = reading(tmp_path, script)
    found = of(archive_head(), tmp_path / "d", "shop.dump", pg_restore=restoring, read_time="1s")
    assert (found.outcome, found.broken) == (Outcome.UNKNOWN, ())
    assert reason in told(found.reason)


def test_a_pg_restore_that_is_missing_or_older_than_the_dump_says_what_to_install(tmp_path: Path) -> None:
    found = of(archive_head(), tmp_path / "d", "shop.dump", pg_restore=str(tmp_path / "nowhere"))
    assert found.outcome is Outcome.UNKNOWN
    assert "is not installed here" in told(found.reason)
    newer = archive_head(tool="17.6", form=(1, 16))
    found = of(newer, tmp_path / "d", "shop.dump", pg_restore=reading(tmp_path, "exit 0"))
    assert found.outcome is Outcome.UNKNOWN
    assert "pg_dump 17, and pg_restore is here 15.18: `apt install postgresql-client-17`" in told(found.reason)


def test_what_a_dump_over_the_limit_holds_is_not_claimed(tmp_path: Path) -> None:
    restoring = reading(tmp_path, "exit 0")
    content = archive_head() + bytes(9000)
    assert of(content, tmp_path / "d", "shop.dump", pg_restore=restoring, verify_limit=5000).outcome is Outcome.PARTLY
    packed = gzip.compress(content)
    assert of(packed, tmp_path / "e", "a.dump.gz", pg_restore=restoring, verify_limit=5000).outcome is Outcome.PARTLY


def test_a_packed_archive_is_read_to_the_end_of_its_packing_whatever_pg_restore_reads(tmp_path: Path) -> None:
    whole = gzip.compress(archive_head() + random.Random(1).randbytes(3_000_000), 1)
    restoring = reading(tmp_path, "exit 0")
    assert of(whole, tmp_path / "d", "shop.dump.gz", pg_restore=restoring).outcome is Outcome.HELD
    assert of(whole[:-4] + b"wxyz", tmp_path / "e", "shop.dump.gz", pg_restore=restoring).outcome is Outcome.BROKEN
    assert of(whole[:-9], tmp_path / "f", "shop.dump.gz", pg_restore=restoring).outcome is Outcome.BROKEN


TAR = tar_of({"toc.dat": archive_head(kind=3), "3346.dat": b"1\tLamp\n" * 400, "restore.sql": b"SELECT 1;\n"})


@pytest.mark.parametrize("cut", [len(TAR) - 1, len(TAR) - 600, len(TAR) - 1024, len(TAR) // 2, 512, 700])
@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
def test_a_tar_without_its_end_is_damaged_though_pg_restore_ends_with_0(tmp_path: Path, cut: int, ending: str) -> None:
    restoring = reading(tmp_path, "cat > /dev/null < /dev/null; exit 0")

    def left(content: bytes) -> Verdict:
        packed = gzip.compress(content) if ending == "tar.gz" else content
        return of(packed, tmp_path / "d", f"shop.{ending}", pg_restore=restoring)

    assert left(TAR).outcome is Outcome.HELD
    assert told(left(TAR[:cut]).reason) == "it is cut off in the middle of its tar data"


@given(st.integers(1, 3000), st.integers(0, len(TAR) - 1))
def test_a_tar_is_followed_however_it_is_cut_into_pieces(size: int, end: int) -> None:
    def read(content: bytes) -> bytes:
        source = io.BytesIO(content)
        return b"".join(whole_tar(iter(lambda: source.read(size), b"")))

    assert read(TAR) == TAR
    with pytest.raises(DamagedError):
        read(TAR[:end])


def test_a_size_over_8_gb_is_read_as_a_number() -> None:
    block = bytearray(tar_of({"3346.dat": b""})[:512])
    block[124:136] = b"\x80" + (9 * 1024**3).to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    with pytest.raises(DamagedError) as caught:
        list(whole_tar([bytes(block), bytes(4096)]))
    assert "cut off" in told(caught.value.reason)


def test_a_tar_with_a_changed_header_is_damaged(tmp_path: Path) -> None:
    spoilt = TAR[:130] + b"7" + TAR[131:]
    found = of(spoilt, tmp_path / "d", "shop.tar", pg_restore=reading(tmp_path, "exit 0"))
    assert told(found.reason) == "its tar data is damaged"


@pytest.mark.parametrize(
    ("head", "origin"),
    [
        (archive_head(), Origin("PostgreSQL", (15, 18), (15, 18))),
        (archive_head(tool="17.6", server="16.10", form=(1, 16)), Origin("PostgreSQL", (17, 6), (16, 10))),
        (archive_head(database="x" * 60, tool="18.0"), Origin("PostgreSQL", (18, 0), (15, 18))),
        (tar_of({"toc.dat": archive_head(kind=3)}), Origin("PostgreSQL", (15, 18), (15, 18))),
        (archive_head()[:40], Origin("PostgreSQL")),
        (b"PGDMP", Origin("PostgreSQL")),
        (b"PGDMP" + b"\xff" * 80, Origin("PostgreSQL")),
        (b"", Origin()),
    ],
)
def test_c15_which_versions_made_a_dump_stands_at_its_beginning(head: bytes, origin: Origin) -> None:
    assert origin_of(head) == origin


@recorded
def test_c15_the_versions_of_the_recorded_dumps() -> None:
    plain = (SAMPLES / "postgresql15" / "plain_header.txt").read_bytes()
    assert origin_of(plain) == Origin("PostgreSQL", (15, 18), (15, 18))
    maria = (SAMPLES / "mariadb10.11" / "header.txt").read_bytes()
    assert origin_of(maria) == Origin("MariaDB", (10, 11, 19), (), sandboxed=True)


@given(st.binary(max_size=300))
def test_any_beginning_of_an_archive_is_read_without_an_error(content: bytes) -> None:
    assert origin_of(b"PGDMP" + content).vendor == "PostgreSQL"


@needs_zstd
def test_a_dump_packed_with_zstd_is_read_to_its_end(tmp_path: Path) -> None:
    content = mysql_dump(count=3000)
    packed = Program("zstd").run(["-qc"], timedelta(seconds=20), given=content).out
    assert of(packed, tmp_path / "a", "shop.sql.zst").outcome is Outcome.HELD
    for cut in (len(packed) - 1, len(packed) // 2, 20):
        assert (
            told(of(packed[:cut], tmp_path / "a", "shop.sql.zst").reason)
            == "it is cut off in the middle of its zstd data"
        )
    spoilt = packed[:3000] + bytes([packed[3000] ^ 4]) + packed[3001:]
    assert told(of(spoilt, tmp_path / "b", "shop.sql.zst").reason) == "its zstd data is damaged"


def test_without_the_program_zstd_a_dump_packed_with_it_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing-here"))
    found = of(b"\x28\xb5\x2f\xfd" + bytes(100), tmp_path / "d", "shop.sql.zst")
    assert (found.outcome, found.held) == (Outcome.UNKNOWN, 0)
    assert "apt install zstd" in told(found.reason)
