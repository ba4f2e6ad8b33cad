"""pgBackRest on a real PostgreSQL: what is seen of each way to break its repository; what is whole passes."""

import pytest

from jobs.kinds.backup import Check, Outcome, Part
from tests.jobs.dump_scenes import told
from tests.system.backups.pgbackrest_ways import is_here, rows, server

pytestmark = [pytest.mark.system, pytest.mark.skipif(not is_here(), reason="no PostgreSQL with pgBackRest is here")]
SEEN = {
    "healthy": set(),
    "one bit turned": {"data", "restore"},
    "cut off": {"data", "restore"},
    "a file gone": {"data", "restore"},
    "the full backup gone": {"data", "restore"},
    "the newest backup gone": {"data", "restore"},
    "the WAL gone": {"structure", "data"},
    "emptied": {"inventory", "structure", "data", "restore"},
}
"""Which checks see what: pgBackRest's list alone misses what lies on the disk, its `verify` alone what WAL is needed; a restore needs no WAL, only a start does."""


def test_what_each_check_sees_of_each_way_to_break_a_repository(capsys: pytest.CaptureFixture[str]) -> None:
    found = list(rows())
    with capsys.disabled():
        for row in found:
            print(
                f"\n{row.target} | {row.way} | {row.check} | {'seen' if row.seen else 'not seen'} | {row.seconds} s",
                end="",
            )
    seen = {way: {row.check for row in found if row.way == way and row.seen} for way in SEEN}
    assert seen == SEEN


def test_a_healthy_stanza_is_listed_and_verified_while_the_server_runs() -> None:
    with server() as one:
        store = one.opened(drill={"holds": ["PG_VERSION"], "at_least": {"files": 900, "bytes": "20M"}})
        incremental, full = store.inventory().copies
        assert incremental.name.startswith(full.name)
        assert incremental.moment >= full.moment
        for check in (Check.STRUCTURE, Check.DATA, Check.RESTORE, Check.ROOM):
            assert store.examine(check, incremental, Part()).outcome is Outcome.HELD
        told_data = store.examine(Check.DATA, incremental, Part()).shown
        assert "files of all backups and the archived WAL; all match" in told(told_data)
        assert not list(one.folder.glob("*verify*.log"))
