"""A restic repository, as a program that answers like restic shows it."""

import os
import signal
import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from daemon.api import OutsideError
from daemon.testing import NOW, make_context, names_in
from jobs.backups import BACKUPS, BackupOptions
from jobs.connectors.backups._restic_program import restic
from jobs.connectors.command import Finished
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore, Check, Copy, Outcome, Part
from jobs.testing_kinds import BackupContract
from tests.jobs.restic_scenes import (
    DAMAGED,
    DAMAGED_ERRORS,
    DAMAGED_TEXT,
    FINE,
    FINE_TEXT,
    PACK,
    PASSWORD,
    FakeRestic,
    english,
    packs,
    row,
)

LOCKED = '{"message_type":"exit_error","code":11,"message":"unable to create lock in backend: repository is already locked by PID 7"}\n'
EXCLUSIVE = '{{"time":"{at}","exclusive":true,"hostname":"shop","username":"root","pid":7}}'


@pytest.fixture
def fake(tmp_path: Path) -> FakeRestic:
    made = FakeRestic(tmp_path / "bin")
    made.holds(row())
    return made


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
    fake.instead("snapshots", json_rows(), err, rc)
    with pytest.raises(OutsideError, match=said) as caught:
        fake.store().inventory()
    assert caught.value.permanent is permanent
    assert english(fake.store().check()) == str(caught.value)


def json_rows() -> str:
    return "[]\n"


@pytest.mark.parametrize("answer", ["", "nonsense\n", "{}\n", '{"a": 1}\n'])
def test_a_list_that_is_none_is_an_error_and_not_empty(fake: FakeRestic, answer: str) -> None:
    fake.instead("snapshots", answer)
    if answer == "{}\n":
        return
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


def test_a05_a_lock_is_asked_again_and_is_no_damage_whatever_the_summary_counts(fake: FakeRestic) -> None:
    fake.answer("check", FINE.replace('"num_errors":0', '"num_errors":1'), LOCKED, 11)
    verdict = fake.examined(Check.STRUCTURE, lock=True)
    assert (verdict.outcome, verdict.again) == (Outcome.UNKNOWN, timedelta(minutes=30))
    assert "locked by PID 7" in english(verdict.reason)
    assert [asked for asked in fake.asked if asked.startswith("check")] == ["check --json"]


def test_a06_a_check_without_errors_is_well_and_says_what_was_not_read(fake: FakeRestic) -> None:
    fake.answer("check", FINE)
    verdict = fake.examined(Check.STRUCTURE)
    assert (verdict.outcome, english(verdict.shown)) == (
        Outcome.HELD,
        "restic finds its repository in order; its data was not read",
    )
    assert "check --json --no-lock" in fake.asked


def test_a06_a_check_with_errors_names_the_packs(fake: FakeRestic) -> None:
    fake.answer("check", DAMAGED, DAMAGED_ERRORS, 1)
    fake.answer("list-locks")
    fake.answer("list-packs", packs(1))
    for check in (Check.STRUCTURE, Check.DATA):
        verdict = fake.examined(check)
        assert (verdict.outcome, verdict.broken) == (Outcome.BROKEN, (PACK[:8],))
        assert english(verdict.reason).endswith(f"pack {PACK} contains 2 errors: [blob 3bdc] (pack {PACK[:8]})")


def test_a07_a_check_in_text_is_judged_by_code_and_text(fake: FakeRestic) -> None:
    fake.answer("check", FINE_TEXT)
    assert fake.examined(Check.STRUCTURE).outcome is Outcome.HELD
    fake.instead("check", FINE_TEXT, DAMAGED_TEXT, 1)
    fake.answer("list-locks")
    verdict = fake.examined(Check.STRUCTURE)
    assert (verdict.outcome, verdict.broken) == (Outcome.BROKEN, (PACK[:8],))


@pytest.mark.parametrize(
    "out", ["", "load indexes\n", '{"message_type":"status"}\n', FINE.replace("0", "3", 1), DAMAGED]
)
def test_success_without_its_word_is_unknown(fake: FakeRestic, out: str) -> None:
    fake.answer("check", out)
    assert fake.examined(Check.STRUCTURE).outcome is Outcome.UNKNOWN


def test_errors_are_looked_at_twice_where_a_disturbance_may_look_like_damage(fake: FakeRestic) -> None:
    """Before 0.18.1 restic itself could err; and a check without a lock may meet somebody at work."""
    fake.answer("list-packs", packs(1))
    fake.answer("list-locks")
    for check, said in ((Check.STRUCTURE, "a second look found none"), (Check.DATA, "a second look found none")):
        fake.instead("check", DAMAGED, DAMAGED_ERRORS, 1)
        fake.answer("check", FINE)
        verdict = fake.examined(check)
        assert verdict.outcome is Outcome.WARN
        assert said in english(verdict.reason)


@pytest.mark.parametrize(("version", "looks"), [("0.18.0", 2), ("0.18.1", 1), ("0.19.1", 1), ("1.0.0", 1)])
def test_a_newer_restic_on_a_disk_of_ours_is_believed_at_once(tmp_path: Path, version: str, looks: int) -> None:
    fake = FakeRestic(tmp_path / "bin")
    fake.holds(row())
    fake.instead("version", f"restic {version} compiled with go1.24.4 on linux/amd64\n")
    fake.answer("list-packs", packs(1))
    fake.answer("list-locks")
    fake.answer("check", DAMAGED, DAMAGED_ERRORS, 1)
    assert fake.examined(Check.DATA, repository=str(tmp_path)).outcome is Outcome.BROKEN
    assert len([asked for asked in fake.asked if asked.startswith("check")]) == looks


@pytest.mark.parametrize(
    ("age", "exclusive", "outcome"),
    [(2, "true", Outcome.UNKNOWN), (40, "true", Outcome.BROKEN), (2, "false", Outcome.BROKEN)],
)
def test_errors_while_somebody_prunes_are_asked_again_but_no_dead_lock_hides_damage(
    fake: FakeRestic, age: int, exclusive: str, outcome: Outcome
) -> None:
    fake.answer("check", DAMAGED, DAMAGED_ERRORS, 1)
    fake.answer("list-locks", packs(9))
    at = (NOW - timedelta(minutes=age)).isoformat()
    fake.answer("cat-lock", EXCLUSIVE.format(at=at).replace("true", exclusive))
    verdict = fake.examined(Check.STRUCTURE)
    assert verdict.outcome is outcome
    assert verdict.again == (timedelta(minutes=30) if outcome is Outcome.UNKNOWN else None)


def test_a23_seven_nights_read_each_part_once(fake: FakeRestic) -> None:
    fake.answer("list-packs", packs(*range(28)))
    fake.answer("check", FINE)
    said = [english(fake.examined(Check.DATA, Part(number, 7)).shown) for number in range(1, 8)]
    asked = [asked.rpartition(" ")[2] for asked in fake.asked if asked.startswith("check")]
    assert asked == [f"--read-data-subset={number}/7" for number in range(1, 8)]
    assert said[2] == "restic read part 3 of 7 of its data back, 4 of 28 packs, without an error"
    assert fake.examined(Check.DATA, Part(1, 7)).outcome is Outcome.PARTLY


def test_a23_a_part_too_small_to_hold_anything_is_never_called_read(fake: FakeRestic) -> None:
    """restic reads an empty part without a word: with few packs all is read, else the next part that holds some."""
    fake.answer("check", FINE)
    fake.answer("list-packs", packs(1, 2, 3))
    verdict = fake.examined(Check.DATA, Part(1, 2))
    assert (verdict.outcome, fake.asked[-1]) == (Outcome.HELD, "check --json --no-lock --read-data")
    assert english(verdict.shown) == "restic read all its data back, 3 packs, without an error"
    fake.instead("list-packs", packs(*[2] * 8))
    verdict = fake.examined(Check.DATA, Part(1, 2))
    assert fake.asked[-1] == "check --json --no-lock --read-data-subset=1/2"
    verdict = fake.examined(Check.DATA, Part(2, 2))
    assert fake.asked[-1] == "check --json --no-lock --read-data-subset=1/2"
    assert "part 1 of 2" in english(verdict.shown)


def test_a23_more_parts_than_restic_has_still_come_round(fake: FakeRestic) -> None:
    fake.answer("check", FINE)
    fake.answer("list-packs", packs(*[n % 256 for n in range(1024)]))
    for number in (1, 256, 257, 365):
        fake.examined(Check.DATA, Part(number, 365))
    asked = [asked.rpartition("=")[2] for asked in fake.asked if asked.startswith("check")]
    assert asked == ["1/256", "256/256", "1/256", "109/256"]


def test_a24_a_restic_that_hangs_is_ended_and_unknown(fake: FakeRestic) -> None:
    fake.answer("check", FINE, before="sleep 60 & sleep 60")
    verdict = fake.examined(Check.STRUCTURE, limit=timedelta(seconds=0.2))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "restic was ended after" in english(verdict.reason)


@pytest.mark.parametrize(
    "words",
    [
        ["forget", "--prune"], ["prune"], ["unlock"], ["repair", "index"], ["rebuild-index"], ["backup", "/srv"], ["init"],
        ["key", "add"], ["key", "remove", "x"], ["key", "passwd"], ["key"], ["copy"], ["rewrite"], ["tag"], ["migrate"],
        ["recover"], ["self-update"], ["mount", "/mnt"], ["dump", "latest", "/x"], ["cache", "--cleanup"], ["cat", "masterkey"],
        ["list", "keys"], [], ["--repo=/x", "snapshots"],
    ],
)  # fmt: skip
def test_a25_restic_can_be_asked_for_nothing_that_changes_a_backup(fake: FakeRestic, words: list[str]) -> None:
    with pytest.raises(ValueError, match="may not be asked to"):
        restic(fake.store().options, Path()).ask(*words)
    assert not fake.asked


@pytest.mark.parametrize(
    "word",
    ["--repair", "--delete", "--overwrite=always", "--option=sftp.command=sh", "-o", "--repo=/x", "-r", "unlock", "prune",
     "forget", "--password-command=sh", "--password-file=/x", "--insecure-tls"],
)  # fmt: skip
def test_a25_no_argument_changes_more_than_what_is_asked(fake: FakeRestic, word: str) -> None:
    with pytest.raises(ValueError, match="may not be given"):
        restic(fake.store().options, Path()).ask("check", word)
    assert not fake.asked


def test_a25_a_filter_of_the_owners_is_never_taken_for_an_option(fake: FakeRestic) -> None:
    fake.store(host="--delete", tags=["-o", "prune"], paths=["--repo=/x"]).inventory()
    assert fake.asked == ["snapshots --json --no-lock --host=--delete --tag=-o,prune --path=--repo=/x"]


def test_a26_no_secret_is_among_the_arguments_and_none_is_shown(fake: FakeRestic) -> None:
    address = "rest:https://user:pass-word@host/shop"
    fake.answer("key-list", "[]\n", f"Fatal: no way to {address} with {PASSWORD} and AKEY-1234\n", 1)
    verdict = fake.examined(
        Check.KEY, repository=SecretStr(address), environment={"AWS_SECRET_ACCESS_KEY": SecretStr("AKEY-1234")}
    )
    assert english(verdict.reason) == "restic could not do it: no way to *** with *** and ***"
    assert not any(secret in " ".join(fake.asked) for secret in ("pass-word", PASSWORD, "AKEY"))
    told = fake.told
    assert (told["RESTIC_REPOSITORY"], told["RESTIC_PASSWORD"], told["AWS_SECRET_ACCESS_KEY"]) == (
        address,
        PASSWORD,
        "AKEY-1234",
    )
    assert told["RESTIC_CACHE_DIR"].endswith("own/cache")
    store = fake.store(repository=SecretStr(address))
    for shown in (repr(store), repr(restic(store.options, Path())), str(store.options)):
        assert not any(secret in shown for secret in ("pass-word", PASSWORD))


def test_a26_an_address_with_a_login_that_restic_prints_is_masked(fake: FakeRestic) -> None:
    fake.instead("snapshots", "", "Fatal: unable to open rest:https://u:p@host/: refused\n", 1)
    with pytest.raises(OutsideError, match=r"unable to open rest:https://\*\*\*@host/: refused"):
        fake.store().inventory()


def test_a28_nothing_is_asked_with_a_lock_unless_the_owner_wants_it(fake: FakeRestic) -> None:
    """A repository that can't be written to would keep restic waiting for its lock for ever."""
    fake.answer("list-packs", packs(1))
    fake.answer("check", DAMAGED, DAMAGED_ERRORS, 1)
    fake.answer("list-locks")
    fake.answer("stats", "{}")
    fake.answer("key-list", "[]")
    fake.answer("restore")
    fake.holds(row(size=None))
    store = fake.store(drill={"room": 1})
    (copy,) = store.inventory().copies
    for check in store.offers:
        store.examine(check, copy, Part())
    assert {asked.split()[0] for asked in fake.asked} == {
        "snapshots",
        "stats",
        "check",
        "list",
        "key",
        "restore",
        "version",
    }
    assert all("--no-lock" in asked for asked in fake.asked if asked != "version")


def test_a_password_file_is_handed_over_by_its_name(fake: FakeRestic, tmp_path: Path) -> None:
    fake.store(password=None, password_file=str(tmp_path / "pw")).inventory()
    assert fake.told["RESTIC_PASSWORD_FILE"] == str(tmp_path / "pw")
    assert "RESTIC_PASSWORD" not in fake.told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"repository": "backup"}, "a folder from the root"),
        ({"repository": "rest:https://u:p@host/"}, "written as a reference"),
        ({"password": None}, "`password:` or `password_file:`"),
        ({"password_file": "/x"}, "`password:` or `password_file:`"),
        ({"environment": {"PATH": SecretStr("/x")}}, "PATH can't be set here"),
        ({"environment": {"RESTIC_PASSWORD_COMMAND": SecretStr("sh")}}, "can't be set here"),
        ({"environment": {"AWS_PROFILE": "plain"}}, "written as a reference"),
        ({"tags": ["a,b"]}, "a tag has no comma"),
        ({"minimum_version": "new"}, "pattern"),
        ({"drill": {"include": ["/srv/../etc"]}}, "path of a file as it was backed up"),
    ],
)
def test_options_that_cannot_work_are_refused(fake: FakeRestic, options: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        fake.store(**options)


@pytest.mark.parametrize(
    ("told", "wanted", "outcome"),
    [
        ("restic 0.14.0 compiled with go1.19.8 on linux/amd64", "0.14.0", Outcome.HELD),
        ("restic 0.14.0-dev (compiled manually) compiled with go1", "0.14", Outcome.HELD),
        ("restic 0.9.6 compiled with go1.12.12 on linux/amd64", "0.14.0", Outcome.WARN),
        ("restic 0.18.0 compiled with go1.24.4 on linux/amd64", "0.18.1", Outcome.WARN),
        ("not restic", "0.14.0", Outcome.UNKNOWN),
    ],
)
def test_a_restic_that_is_too_old_is_told(fake: FakeRestic, told: str, wanted: str, outcome: Outcome) -> None:
    fake.instead("version", told + "\n")
    assert fake.examined(Check.VERSION, minimum_version=wanted).outcome is outcome


def test_a_program_that_is_missing_is_one_sentence_everywhere(fake: FakeRestic) -> None:
    store = fake.store()
    (copy,) = store.inventory().copies
    (fake.folder / "restic").unlink()
    assert "install it, or say with `program:` where it is" in english(store.examine(Check.DATA, copy, Part()).reason)
    for ask in (store.inventory, store.check):
        with pytest.raises(OutsideError, match="install it, or say with `program:`"):
            ask()


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


class TestKey:
    def test_a_password_that_opens_nothing_is_broken(self, fake: FakeRestic) -> None:
        fake.answer(
            "key-list",
            err='{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}\n',
            rc=12,
        )
        assert fake.examined(Check.KEY).outcome is Outcome.BROKEN

    def test_a_copy_of_the_key_is_there_its_owners_alone_and_the_same_as_ever(
        self, fake: FakeRestic, tmp_path: Path
    ) -> None:
        fake.answer("key-list", "[{}]\n")
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


def test_a_finished_check_that_printed_too_much_is_not_believed() -> None:
    """Its last lines, which say how it ended, may be among what was thrown away."""
    from jobs.connectors.backups._restic_answers import trouble_of_check  # noqa: PLC0415

    assert trouble_of_check(Finished(0, b"x" * 10, b"", Decimal(1), cut=True)) is not None
