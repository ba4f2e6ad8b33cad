"""A ledger that is older than the world is noticed, wherever its copy comes from, and nothing else is taken for one."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import LedgerError
from daemon.ledger import open_ledger
from daemon.ledger.highwater import HighWater, falls_short
from daemon.ledger.migrations import STEPS, migrate
from daemon.ledger.store import make_engine
from daemon.records import EffectState
from tests.daemon.put_back import (
    FILE,
    NOW,
    claim,
    guarded,
    mail,
    opened,
    put_back,
    worked,
)


def test_a_fresh_folder_and_one_that_nobody_touched_stand_under_no_guard(tmp_path: Path) -> None:
    assert not guarded(tmp_path / "state")
    worked(tmp_path / "state")
    assert not guarded(tmp_path / "state")
    assert (tmp_path / "state" / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", ["state", "another machine"])
def test_a_backup_that_is_put_back_is_known_wherever_it_is_and_whatever_was_done_since(
    tmp_path: Path, place: str
) -> None:
    worked(tmp_path / "state")
    with opened(tmp_path / "state") as ledger:
        ledger.backup(tmp_path / "copy.db")
    put_back(tmp_path / "copy.db", tmp_path / place)
    for _ in range(2):
        assert guarded(tmp_path / place)


@pytest.mark.parametrize("deed", ["effect", "mail"])
def test_a_plain_copy_is_known_as_soon_as_one_thing_was_done_after_it(tmp_path: Path, deed: str) -> None:
    state = tmp_path / "state"
    worked(state)
    shutil.copy(state / "ledger.db", tmp_path / "copy.db")
    put_back(tmp_path / "copy.db", state)
    assert not guarded(state)
    with opened(state) as ledger:
        if deed == "effect":
            claim(ledger, "post/2")
        else:
            ledger.post.add("briefing", [mail(2)], NOW)
            ledger.post.sending(2)
    put_back(tmp_path / "copy.db", state)
    assert guarded(state)


@pytest.mark.parametrize("beside", [None, "", "what is this\n"])
def test_a_ledger_without_the_file_it_had_is_not_trusted(tmp_path: Path, beside: str | None) -> None:
    worked(tmp_path / "state")
    (tmp_path / "state" / FILE).unlink()
    if beside is not None:
        (tmp_path / "state" / FILE).write_text(beside)
    assert guarded(tmp_path / "state")


def test_a_ledger_of_another_folder_is_not_trusted_though_it_did_more(tmp_path: Path) -> None:
    for name in ("state", "other"):
        worked(tmp_path / name)
    with opened(tmp_path / "other") as ledger:
        claim(ledger, "post/2")
    put_back(tmp_path / "other" / "ledger.db", tmp_path / "state")
    assert guarded(tmp_path / "state")


def test_a_ledger_begun_anew_where_one_had_worked_knows_nothing(tmp_path: Path) -> None:
    worked(tmp_path / "state")
    (tmp_path / "state" / "ledger.db").unlink()
    with opened(tmp_path / "state", NOW) as ledger:
        assert ledger.restoring.standing is not None
        assert ledger.restoring.standing.newest is None
        assert claim(ledger, "post/1") is EffectState.CLAIMED


DIES = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from daemon.ledger import open_ledger
from daemon.ledger.highwater import HighWaterFile

class Dying(HighWaterFile):
    def follow(self, mark):
        os.kill(os.getpid(), signal.SIGKILL)

ledger = open_ledger(Path(sys.argv[1]), "lamps", ZoneInfo("Europe/Berlin"), datetime(2026, 11, 20, 4, tzinfo=UTC), "1")
ledger.post._store.beside = Dying(Path(sys.argv[1]) / "ledger.highwater")
ledger.post.sending(1)
"""


def test_a_kill_between_the_commit_and_the_file_is_no_false_alarm(tmp_path: Path) -> None:
    state = tmp_path / "state"
    worked(state)
    before = (state / FILE).read_text()
    for _ in range(2):
        ended = subprocess.run([sys.executable, "-c", DIES, str(state)], cwd=Path.cwd(), check=False)
        assert ended.returncode == -signal.SIGKILL
        assert (state / FILE).read_text() == before
        assert not guarded(state)
        before = (state / FILE).read_text()
    with closing(sqlite3.connect(state / "ledger.db")) as ledger:
        assert ledger.execute("select tries from mails").fetchone() == (3,)


@given(st.lists(st.booleans()))
def test_a_file_that_follows_late_or_never_is_no_false_alarm(followed: list[bool]) -> None:
    beside = inside = HighWater("a", 0)
    for follows in followed:
        inside = HighWater("a", inside.deeds + 1)
        beside = inside if follows else beside
        assert not falls_short(inside, beside)


def test_a_file_that_can_not_be_written_undoes_no_deed_and_is_brought_along_by_the_next(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with opened(state) as ledger:
        before = (state / FILE).read_text()
        (state / "ledger.new").mkdir()
        assert claim(ledger, "post/1") is None
        assert claim(ledger, "post/1") is EffectState.CLAIMED
        assert (state / FILE).read_text() == before
        (state / "ledger.new").rmdir()
        claim(ledger, "post/2")
        assert (state / FILE).read_text().split()[1] == "3"


def test_a_file_that_can_not_be_written_at_the_opening_is_said(tmp_path: Path) -> None:
    (tmp_path / "ledger.new").mkdir()
    with pytest.raises(LedgerError, match="can't be opened"):
        open_ledger(tmp_path, "lamps", ZoneInfo("Europe/Berlin"), NOW, "1")


def make_unmarked(state: Path) -> None:
    """Make a folder what it was before there were these marks."""
    (state / FILE).unlink()
    with closing(sqlite3.connect(state / "ledger.db", isolation_level=None)) as ledger:
        ledger.execute("delete from marks where shop = ''")


def test_a_ledger_from_before_there_were_marks_is_taken_up_and_its_older_copies_are_known_from_then_on(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    worked(state)
    make_unmarked(state)
    shutil.copy(state / "ledger.db", tmp_path / "copy.db")
    for _ in range(2):
        assert not guarded(state)
    put_back(tmp_path / "copy.db", state)
    assert guarded(state)


def test_the_copy_before_a_migration_knows_that_it_is_one(tmp_path: Path) -> None:
    worked(tmp_path / "state")
    path = tmp_path / "state" / "ledger.db"
    engine = make_engine(path)
    migrate(engine, path, NOW, "2", (*STEPS, ("CREATE TABLE later (a INTEGER)",)))
    engine.dispose()
    aside = path.with_name("ledger.db.v1.bak").rename(tmp_path / "copy.db")
    put_back(aside, tmp_path / "state")
    assert guarded(tmp_path / "state")
