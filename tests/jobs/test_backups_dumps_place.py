"""Where dumps lie and how they are read: files that change, hang, hide or are too large; what the job makes of it."""

import errno
import gzip
import io
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event

import pytest

from daemon.api import OutsideError, Report
from daemon.testing import NOW, make_context, names_in, travelled
from jobs.backups import BACKUPS, BackupOptions
from jobs.connectors.backups._unpacking import Packing, unpacked
from jobs.connectors.backups.dumps import DUMPS
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore, Outcome
from jobs.testing_kinds import BackupContract
from tests.jobs.dump_scenes import (
    MYSQL_HEAD,
    PACKED,
    RESET,
    mysql_dump,
    of,
    opened,
    put,
    told,
    verdict,
)


class TestDumpsKeepTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        for number, (at, size) in enumerate(copies):
            put(folder / f"shop-{number}.sql", b"x" * size, at)
        return opened(folder)

    def unreachable(self, folder: Path) -> BackupStore:
        return opened(folder / "not-mounted")


def test_a_dump_that_was_just_written_to_is_unknown_and_not_damaged(tmp_path: Path) -> None:
    put(tmp_path / "shop.sql", mysql_dump()[:300], NOW - timedelta(seconds=59))
    found = verdict(tmp_path)
    assert (found.outcome, told(found.reason).split(":")[0]) == (Outcome.UNKNOWN, "it is being written")
    put(tmp_path / "shop.sql", mysql_dump()[:300], NOW - timedelta(seconds=61))
    assert verdict(tmp_path).outcome is Outcome.BROKEN


def test_a_dump_that_is_written_while_it_is_read_is_unknown_and_not_damaged(tmp_path: Path) -> None:
    path = put(tmp_path / "shop.sql", MYSQL_HEAD)
    os.truncate(path, 64 * 1024 * 1024)
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
        found = verdict(tmp_path)
        stop.set()
    assert (found.outcome, found.broken) == (Outcome.UNKNOWN, ())
    assert "written to" in told(found.reason)


def test_links_pipes_and_hidden_files_are_no_dumps_and_nothing_hangs(tmp_path: Path) -> None:
    secret = put(tmp_path / "elsewhere" / "secret.sql", mysql_dump())
    folder = tmp_path / "dumps"
    put(folder / "real.sql", mysql_dump())
    put(folder / ".real.sql.part", b"")
    (folder / "latest.sql").symlink_to(secret)
    os.mkfifo(folder / "pipe.sql")
    assert [copy.name for copy in opened(folder / "*.sql*").inventory().copies] == ["real.sql"]


@pytest.mark.parametrize("change", [Path.symlink_to, lambda path, _to: os.mkfifo(path)])
def test_a_dump_that_becomes_a_link_or_a_pipe_is_not_read(tmp_path: Path, change: Callable[[Path, Path], None]) -> None:
    elsewhere = put(tmp_path / "elsewhere.sql", mysql_dump())
    path = put(tmp_path / "dumps" / "shop.sql", mysql_dump())
    store = opened(path.parent)
    (copy,) = store.inventory().copies
    path.unlink()
    change(path, elsewhere)
    assert store.verify(copy).outcome is Outcome.UNKNOWN


def test_a_dump_that_vanished_since_is_unknown(tmp_path: Path) -> None:
    path = put(tmp_path / "shop.sql", mysql_dump())
    store = opened(tmp_path)
    (copy,) = store.inventory().copies
    path.unlink()
    assert store.verify(copy).outcome is Outcome.UNKNOWN


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_dump_of_roots_says_how_the_service_gets_to_read_it(tmp_path: Path) -> None:
    put(tmp_path / "shop.sql", mysql_dump()).chmod(0)
    found = verdict(tmp_path)
    assert found.outcome is Outcome.UNKNOWN
    assert "SupplementaryGroups=" in told(found.reason)


def test_a_name_no_terminal_should_see_is_shown_without_its_sting(tmp_path: Path) -> None:
    found = of(b"", tmp_path, os.fsdecode(b"\x1b[31m\xff\n.sql"))
    assert found.broken[0].isprintable()


@pytest.mark.parametrize("ending", ["sql", "sql.gz"])
def test_what_is_over_the_limit_is_left_unread_and_nothing_is_claimed_of_it(tmp_path: Path, ending: str) -> None:
    dump = mysql_dump(count=2000)
    found = of(PACKED[ending](dump), tmp_path, f"shop.{ending}", verify_limit=len(dump) - 1)
    assert (found.outcome, found.held, found.listed, found.shown) == (Outcome.PARTLY, 0, 1, None)
    assert verdict(tmp_path, verify_limit=len(dump)).outcome is Outcome.HELD


def test_a_small_file_that_unpacks_to_very_much_is_left_at_the_limit(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with gzip.open(bomb, "wb") as file:
        for _ in range(64):
            file.write(bytes(1024 * 1024))
    assert of(bomb.getvalue(), tmp_path, "shop.sql.gz", verify_limit="8M").outcome is Outcome.PARTLY


class BadDisk(io.RawIOBase):
    """A file of which the disk can't read a byte."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object) -> int:
        raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("packing", [Packing.NONE, Packing.GZIP, Packing.BZIP2, Packing.XZ])
def test_a_disk_that_can_not_be_read_is_not_called_a_damaged_dump(packing: Packing) -> None:
    with pytest.raises(OSError, match="Input/output error"):
        list(unpacked(io.BufferedReader(BadDisk()), packing))


def test_the_newest_dump_is_the_one_that_is_verified_and_a_folder_that_is_gone_says_so(tmp_path: Path) -> None:
    put(tmp_path / "old.sql", mysql_dump(), NOW - timedelta(days=1))
    put(tmp_path / "new.sql", b"")
    assert verdict(tmp_path).outcome is Outcome.BROKEN
    shutil.rmtree(tmp_path)
    with pytest.raises(OutsideError, match="is the disk mounted"):
        opened(tmp_path).inventory()


def test_doctor_says_where_no_dump_is_found(tmp_path: Path) -> None:
    assert DUMPS.check is not None
    assert "no backup is found" in told(DUMPS.check(opened(tmp_path / "*.sql")))
    put(tmp_path / "shop.sql", mysql_dump())
    assert DUMPS.check(opened(tmp_path / "*.sql")) is None


def looked_at(store: BackupStore) -> Report:
    ctx = make_context(Path(), names_in(facts), opened={"backup": {"nas": store}})
    BACKUPS.run(ctx, BackupOptions())
    travelled(vars(ctx.report))
    return ctx.report


def test_the_job_claims_of_a_dump_what_was_looked_at_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "shop.sql.gz", gzip.compress(mysql_dump()))
    report = looked_at(opened(tmp_path))
    assert not report.findings
    assert [told(text) for text in report.checked] == [
        "nas: newest copy 3 hrs old; unpacked whole, its checksum holds, and it ends as a dump by mysqldump does"
    ]
    assert {fact.name for fact in report.facts} >= {"backup.verified"}


def test_the_job_claims_no_proof_of_a_dump_without_a_closing_line(tmp_path: Path) -> None:
    put(tmp_path / "shop.sql", mysql_dump(end=RESET))
    report = looked_at(opened(tmp_path, trailer="none"))
    assert not report.findings
    assert "a missing part would not be seen" in told(report.checked[0])
    assert "backup.verified" not in {fact.name for fact in report.facts}


def test_the_job_says_how_the_damage_of_a_dump_showed_and_what_to_do(tmp_path: Path) -> None:
    put(tmp_path / "shop.sql.gz", gzip.compress(mysql_dump())[:-4])
    report = looked_at(opened(tmp_path))
    assert not report.checked
    (finding,) = report.findings
    assert finding.key == "backups/nas/broken"
    assert told(finding.title) == "The newest copy in nas is damaged: it is cut off in the middle of its gzip data"
    assert "shop.sql.gz" in told(finding.next_step)
