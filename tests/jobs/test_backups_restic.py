"""A restic repository: what is listed of it, what each code means, what an owner is told to do."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.testing import NOW, make_context, names_in
from jobs.backups import BACKUPS, BackupOptions
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore, Check, Copy, Outcome, Part
from jobs.testing_kinds import BackupContract
from tests.jobs.restic_scenes import (
    FINE,
    LOCKED,
    FakeRestic,
    english,
    holding_one,
    row,
)


@pytest.fixture
def fake(tmp_path: Path) -> FakeRestic:
    return holding_one(tmp_path)


class TestResticKeepsTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        fake = FakeRestic(folder / "bin")
        fake.holds(*(row(number, at, size) for number, (at, size) in enumerate(copies)))
        return fake.store()

    def unreachable(self, folder: Path) -> BackupStore:
        fake = FakeRestic(folder / "bin")
        fake.answer(
            "snapshots",
            err="Fatal: unable to open config file\nIs there a repository at the following location?\n",
            rc=1,
        )
        return fake.store()


class TestAnOlderResticKeepsTheContract(TestResticKeepsTheContract):
    tells_sizes = False

    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        fake = FakeRestic(folder / "bin")
        fake.holds(*(row(number, at, None) for number, (at, _) in enumerate(copies)))
        fake.answer("stats", err="Fatal: not tonight\n", rc=1)
        return fake.store()


def test_a01_the_newest_copy_has_its_moment_in_utc_its_bytes_and_its_files(fake: FakeRestic) -> None:
    fake.holds(
        row(1),
        row(
            2,
            summary={"total_bytes_processed": 7, "total_files_processed": 2},
            time="2026-11-20T04:30:20.115035071+01:00",
        ),
    )
    newest, older = fake.store().inventory().copies
    assert newest.moment == datetime(2026, 11, 20, 3, 30, 20, 115035, UTC)
    assert newest.moment.tzinfo is UTC
    assert (newest.size, newest.files, newest.id) == (7, 2, f"{2:064x}")
    assert newest.name == "shop 00000000"
    assert newest.series == older.series


def test_a02_a_size_that_an_older_restic_does_not_list_is_asked_for_once_and_else_unknown(fake: FakeRestic) -> None:
    fake.holds(row(1, size=None), row(2, NOW - timedelta(hours=1), size=None))
    fake.answer("stats", '{"total_size":1100006,"total_file_count":8,"snapshots_count":1}\n')
    for _ in range(2):
        assert [copy.size for copy in fake.store().inventory().copies] == [1100006, None]
        assert [copy.files for copy in fake.store().inventory().copies] == [None, None]
    assert [asked.split()[:2] for asked in fake.asked if "stats" in asked] == [["stats", f"{2:064x}"]]


def test_zero_bytes_that_are_left_out_of_a_summary_are_zero_and_not_unknown(fake: FakeRestic) -> None:
    fake.holds(row(size=0))
    assert fake.store().inventory().copies[0].size == 0


@pytest.mark.parametrize("answer", ["[]\n", "null\n"])
def test_a03_no_copy_that_matches_is_told_as_none(fake: FakeRestic, answer: str) -> None:
    fake.instead("snapshots", answer)
    ctx = make_context(Path(), names_in(facts), opened={"backup": {"nas": fake.store(host="nobody")}})
    BACKUPS.run(ctx, BackupOptions())
    assert [finding.key for finding in ctx.report.findings] == ["backups/nas/none"]
    assert "snapshots --json --no-lock --host=nobody" in fake.asked


@pytest.mark.parametrize(
    ("rc", "err", "said", "permanent"),
    [
        (12, '{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}', "no key of the repository fits the password", True),
        (1, "Fatal: wrong password or no key found", "no key of the repository fits the password", True),
        (10, '{"message_type":"exit_error","code":10,"message":"Fatal: repository does not exist: x\\nIs there"}', "no repository there: .*does not exist: x", True),
        (1, "Fatal: unable to open config file: stat /x\nIs there a repository at the following location?\n/x", "no repository there: .*unable to open", True),
        (11, LOCKED, "somebody is working on it", False),
        (1, "unable to create lock in backend: repository is already locked by PID 7\nthe `unlock` command", "working on it.*locked by PID 7", False),
        (1, "Fatal: dial tcp: connection refused", "could not do it: dial tcp: connection refused", False),
        (2, "panic: runtime error", r"crashed \(code 2\)", False),
        (130, "", "told to end before", False),
        (77, "odd", "ended with code 77, and nothing known was said", True),
    ],
)  # fmt: skip
def test_a04_every_code_is_a_sentence_and_none_but_0_is_well(
    fake: FakeRestic, rc: int, err: str, said: str, permanent: bool
) -> None:
    fake.answer("check", FINE, err, rc)
    verdict = fake.examined(Check.STRUCTURE)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.again == (timedelta(minutes=30) if "working on it" in said else None)
    fake.instead("snapshots", "[]\n", err, rc)
    with pytest.raises(OutsideError, match=said) as caught:
        fake.store().inventory()
    assert caught.value.permanent is permanent
    assert english(fake.store().check()) == str(caught.value)


@pytest.mark.parametrize("answer", ["", "nonsense\n", "{}\n", '{"a": 1}\n'])
def test_a_list_that_is_none_is_an_error_and_not_empty(fake: FakeRestic, answer: str) -> None:
    fake.instead("snapshots", answer)
    with pytest.raises(OutsideError, match="nothing known was said"):
        fake.store().inventory()


def test_a_snapshot_that_restic_cannot_read_is_named_and_the_others_are_there(fake: FakeRestic) -> None:
    rows = '[{"time":"yesterday","id":"x"},{"time":"2026-11-20T01:00:00"},7]\n'
    err = (
        f'Ignoring "{"2c468624" * 8}": failed to load snapshot 2c468624: invalid data returned\n'
        "could not load snapshot 1dad62db: load <snapshot/1dad62db77>: invalid data returned\nunable to open cache: no\n"
    )
    fake.instead("snapshots", rows, err)
    found = fake.store().inventory()
    assert not found.copies
    assert found.unreadable == ["snapshot 2c468624", "snapshot 1dad62db", *["a snapshot that makes no sense"] * 3]


def test_a_copy_that_was_not_found_and_a_check_that_is_not_offered_are_never_green(fake: FakeRestic) -> None:
    store = fake.store()
    gone = Copy("gone", NOW, 1, 1, "f" * 64)
    assert store.examine(Check.STRUCTURE, gone, Part()).outcome is Outcome.UNKNOWN
    (copy,) = store.inventory().copies
    assert store.examine(Check.RESTORE, copy, Part()).outcome is Outcome.NOT_ASKED
    assert store.verify(copy).outcome is Outcome.NOT_ASKED
    assert fake.asked == ["snapshots --json --no-lock"]


def test_what_is_offered_is_what_can_be_done(fake: FakeRestic) -> None:
    always = {Check.STRUCTURE, Check.DATA, Check.KEY, Check.VERSION}
    assert fake.store().offers == always
    assert fake.store(repository="/srv/restic").offers == always | {Check.ROOM}
    assert fake.store(drill={}).offers == always | {Check.ROOM, Check.RESTORE}


class TestDoctor:
    def test_a_repository_that_opens_and_holds_something_is_well_and_nothing_is_made(
        self, fake: FakeRestic, tmp_path: Path
    ) -> None:
        assert fake.store().check() is None
        assert not (tmp_path / "own").exists()
        assert "--no-cache" in fake.asked[-1]

    def test_no_copy_that_counts_is_told(self, fake: FakeRestic) -> None:
        fake.holds()
        assert "correct `host:`, `tags:` and `paths:`" in english(fake.store().check())

    def test_an_old_restic_is_told(self, fake: FakeRestic) -> None:
        assert english(fake.store(minimum_version="0.20").check()) == "restic 0.19.1 is older than 0.20: update it"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_repository_this_user_cannot_read_is_told(self, fake: FakeRestic, tmp_path: Path) -> None:
        repository = tmp_path / "repo"
        (repository / "data").mkdir(parents=True)
        (repository / "config").write_text("x")
        (repository / "config").chmod(0)
        assert "config can't be read by" in english(fake.store(repository=str(repository)).check())
