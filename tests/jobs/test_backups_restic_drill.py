"""A restore that is looked at, room for it, and the copy of the key: what restic's word alone does not show."""

import os
import signal
import stat
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.testing import NOW
from jobs.kinds.backup import Check, Outcome, Part
from tests.jobs.restic_scenes import (
    LOCKED,
    FakeRestic,
    english,
    holding_one,
    packs,
    row,
)


@pytest.fixture
def fake(tmp_path: Path) -> FakeRestic:
    return holding_one(tmp_path)


class TestKey:
    def test_a_password_that_opens_nothing_is_broken(self, fake: FakeRestic) -> None:
        fake.answer(
            "list-keys",
            err='{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}\n',
            rc=12,
        )
        assert fake.examined(Check.KEY).outcome is Outcome.BROKEN

    def test_a_copy_of_the_key_is_there_its_owners_alone_and_the_same_as_ever(
        self, fake: FakeRestic, tmp_path: Path
    ) -> None:
        fake.answer("list-keys", packs(1))
        copy = tmp_path / "key"
        said = []
        for change in (
            lambda: None,
            lambda: copy.write_text("the password"),
            lambda: copy.chmod(0o600),
            lambda: None,
            lambda: copy.write_text("another password"),
            (tmp_path / "own" / "key-file").unlink,
            lambda: copy.write_text(""),
        ):
            change()
            verdict = fake.examined(Check.KEY, key_file=str(copy))
            said.append((verdict.outcome.value, english(verdict.reason or verdict.shown).partition(str(copy))[2][:26]))
        assert said == [
            ("warn", " is gone: make another one"),
            ("warn", " can be read by others: `c"),
            ("held", " is there and unchanged"),
            ("held", " is there and unchanged"),
            ("warn", " is not what it was: bring"),
            ("held", " is there and unchanged"),
            ("warn", " is empty: make another on"),
        ]
        kept = tmp_path / "own" / "key-file"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert "another password" not in kept.read_text()


class TestRoom:
    def test_a_disk_with_room_for_twice_what_comes_is_well(self, fake: FakeRestic, tmp_path: Path) -> None:
        verdict = fake.examined(Check.ROOM, repository=str(tmp_path), drill={})
        assert verdict.outcome is Outcome.HELD
        assert english(verdict.shown).count("bytes are free in") == 2

    def test_a_disk_without_it_is_told(self, fake: FakeRestic, tmp_path: Path) -> None:
        fake.holds(row(summary={"total_bytes_processed": 10**18, "total_files_processed": 1, "data_added_packed": 7}))
        assert fake.examined(Check.ROOM, repository=str(tmp_path)).outcome is Outcome.HELD
        assert fake.examined(Check.ROOM, drill={}).outcome is Outcome.WARN
        fake.holds(row(summary={"total_bytes_processed": 7, "total_files_processed": 1, "data_added_packed": 10**18}))
        verdict = fake.examined(Check.ROOM, repository=str(tmp_path))
        assert verdict.outcome is Outcome.WARN
        assert "where 2,000,000,000,000,000,000 are wanted: make room" in english(verdict.reason)


class TestDrill:
    def test_what_came_back_is_counted_timed_and_removed(self, fake: FakeRestic, tmp_path: Path) -> None:
        fake.restores({"srv/a": "12345", "srv/b": "678"})
        fake.answer("restore", '{"message_type":"summary","total_files":4}\n')
        verdict = fake.examined(Check.RESTORE, drill={"include": ["/srv"]})
        assert (verdict.outcome, verdict.read) == (Outcome.HELD, 8)
        assert verdict.seconds is not None
        assert verdict.seconds > Decimal(0)
        assert english(verdict.shown).startswith("2 files with 8 bytes were restored in ")
        target = next(asked for asked in fake.asked if asked.startswith("restore")).split()
        assert target[:2] == ["restore", f"{1:064x}"]
        assert target[-2].startswith(f"--target={tmp_path}/own/drills/")
        assert target[-1] == "--include=/srv"
        assert not list((tmp_path / "own" / "drills").iterdir())

    def test_an_older_copy_whose_size_restic_does_not_list_needs_as_much_room_as_the_largest(
        self, fake: FakeRestic
    ) -> None:
        fake.holds(row(2, size=None), row(1, NOW - timedelta(days=9), size=None))
        fake.answer("stats", '{"total_size":1100006}\n')
        fake.restores({"srv/a": "12345"})
        fake.answer("restore", '{"message_type":"summary","total_files":1}\n')
        store = fake.store(drill={})
        older = store.inventory().copies[1]
        assert older.size is None
        assert store.examine(Check.RESTORE, older, Part()).outcome is Outcome.HELD

    def test_a08_a_restore_that_brings_back_nothing_is_broken(self, fake: FakeRestic) -> None:
        fake.answer("restore", '{"message_type":"summary"}\n')
        verdict = fake.examined(Check.RESTORE, drill={})
        assert verdict.outcome is Outcome.BROKEN
        assert "brought back nothing: 0 files with 0 bytes" in english(verdict.reason)

    @pytest.mark.parametrize(
        ("rc", "err", "outcome"),
        [
            (1, "ignoring error for /srv/a: ciphertext verification failed\nFatal: There were 2 errors\n", Outcome.BROKEN),
            (1, '{"message_type":"error","error":{"message":"open x: no such file"},"during":"restore","item":"/srv/a"}\n{"message_type":"exit_error","code":1,"message":"Fatal: There were 1 errors"}', Outcome.BROKEN),
            (1, "ignoring error for /dev/x: mknod: operation not permitted\nFatal: There were 1 errors\n", Outcome.UNKNOWN),
            (1, "ignoring error for /srv/a: write x: no space left on device\nFatal: There were 1 errors\n", Outcome.UNKNOWN),
            (1, "Fatal: dial tcp: connection refused\n", Outcome.UNKNOWN),
            (11, LOCKED, Outcome.UNKNOWN),
            (77, "", Outcome.UNKNOWN),
        ],
    )  # fmt: skip
    def test_a_restore_that_fails_is_damage_only_where_restic_says_what_is_damaged(
        self, fake: FakeRestic, tmp_path: Path, rc: int, err: str, outcome: Outcome
    ) -> None:
        fake.restores({"srv/a": "12345"})
        fake.answer("restore", "", err, rc)
        assert fake.examined(Check.RESTORE, drill={}).outcome is outcome
        assert not list((tmp_path / "own" / "drills").iterdir())

    def test_without_room_nothing_is_restored(self, fake: FakeRestic) -> None:
        fake.holds(row(size=10**18))
        verdict = fake.examined(Check.RESTORE, drill={})
        assert verdict.outcome is Outcome.UNKNOWN
        assert "of 1,300,000,000,000,000,000 bytes are free" in english(verdict.reason)
        fake.holds(row(size=None))
        fake.answer("stats", rc=1)
        assert "say it with `room:`" in english(fake.examined(Check.RESTORE, drill={}).reason)
        assert not any(asked.startswith("restore") for asked in fake.asked)

    def test_a27_a_drill_that_is_told_to_end_leaves_nothing(self, fake: FakeRestic, tmp_path: Path) -> None:
        fake.restores({"srv/a": "12345"})
        fake.answer("restore", before=f"kill -TERM {os.getpid()}; sleep 60")
        with pytest.raises(SystemExit) as caught:
            fake.examined(Check.RESTORE, drill={})
        assert caught.value.code == 128 + signal.SIGTERM
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert not list((tmp_path / "own" / "drills").iterdir())

    def test_a27_what_a_killed_run_left_goes_with_the_next(self, fake: FakeRestic, tmp_path: Path) -> None:
        left = tmp_path / "own" / "drills" / "left" / "deep"
        left.mkdir(parents=True)
        (left / "file").write_text("x")
        fake.store().inventory()
        assert not list((tmp_path / "own" / "drills").iterdir())
