"""Repositories of borg 1.x: what it lists, what its errors mean, and that it is never asked to change anything."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from daemon.api import OutsideError, Urgency
from daemon.testing import NOW, make_context, names_in
from jobs.backups import BACKUPS, BackupOptions
from jobs.connectors.backups._borg_asking import ALLOWED, REFUSED, archive
from jobs.connectors.backups._borg_listing import Content, Remembered, content, moment_of
from jobs.connectors.backups._borg_options import BorgOptions
from jobs.connectors.backups._borg_store import BorgStore
from jobs.connectors.command import Program
from jobs.kinds import facts
from jobs.kinds.backup import BackupStore, Check, Outcome, Part
from jobs.testing_kinds import BackupContract
from tests.jobs.borg_scenes import PASSPHRASE, THERE, asked, held, identity, listed, newest, of, opened, sample
from tests.jobs.dump_scenes import told
from tests.jobs.program_scenes import Player, Said

THEN = NOW - timedelta(hours=3)


ONE = listed(("shop-1", THEN))


recordings = pytest.mark.skipif(not THERE, reason="the recorded answers of borg are not here")


both_modes = pytest.mark.parametrize("mode", ["legacy", "modern"])


class TestBorgKeepsTheContract(BackupContract):
    def store(self, folder: Path, copies: Sequence[tuple[datetime, int]]) -> BackupStore:
        made = [(f"shop-{n}", moment) for n, (moment, _) in enumerate(copies)]
        sizes = {identity(name): Content(size, 1) for (name, _), (_, size) in zip(made, copies, strict=True)}
        (folder / "own").mkdir()
        Remembered(folder / "own" / "sizes.json").write(sizes)
        return opened(folder, {"list --json": listed(*made)})

    def unreachable(self, folder: Path) -> BackupStore:
        return opened(folder, {"": Said(err="no", code=2)})


def test_a10_a_time_without_a_zone_is_of_the_machine_that_runs_borg() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert moment_of("2026-11-21T18:31:00.000000", berlin) == datetime(2026, 11, 21, 17, 31, tzinfo=UTC)
    assert moment_of("2026-07-21T18:31:00.000000", berlin) == datetime(2026, 7, 21, 16, 31, tzinfo=UTC)
    assert moment_of("2026-11-21T18:31:00.000000+09:00", berlin) == datetime(2026, 11, 21, 9, 31, tzinfo=UTC)


def test_a10_borg_is_told_the_zone_by_which_it_is_read_whatever_zone_the_machine_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    said = listed(("shop-1", datetime(2026, 11, 21, 18, 31, tzinfo=UTC)))
    for zone, hour in (("UTC", 18), ("Europe/Berlin", 17)):
        store = opened(tmp_path / zone, {"list --json": said}, zone=zone)
        assert newest(store).moment.hour == hour
        assert Player(tmp_path / zone / "borg").environment["TZ"] == zone


@recordings
def test_a11_an_empty_repository_holds_no_copy_and_the_job_says_so(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": sample("modern", "empty_list")})
    assert not store.inventory().copies
    ctx = make_context(tmp_path, names_in(facts), opened={"backup": {"offsite": store}})
    BACKUPS.run(ctx, BackupOptions())
    assert [(f.key, f.urgency) for f in ctx.report.findings] == [("backups/offsite/none", Urgency.LOSES_MONEY)]


SENTENCES = {
    "wrong_pass": "the passphrase does not open it",
    "no_repo": "there is no repository of borg at /srv/borg",
    "locked_list": "another borg has locked it",
    "ro_list": "borg could not write its lock into it",
    "ro_list_bypass": "it is older than when it was last read",
}


@recordings
@both_modes
@pytest.mark.parametrize("name", SENTENCES)
def test_a12_each_error_has_its_sentence_whatever_the_exit_code(tmp_path: Path, mode: str, name: str) -> None:
    store = opened(tmp_path, {"": sample(mode, name)})
    with pytest.raises(OutsideError, match=SENTENCES[name]):
        store.inventory()


@pytest.mark.parametrize(
    ("code", "said"), [(52, "the passphrase does not open it"), (73, "another borg has locked it")]
)
def test_a12_where_nothing_was_logged_the_modern_code_tells(tmp_path: Path, code: int, said: str) -> None:
    with pytest.raises(OutsideError, match=said):
        opened(tmp_path, {"": Said(code=code)}).inventory()


@recordings
def test_a13_a_copy_has_the_id_that_borg_gave_its_archive(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": sample("modern", "list_json_format")})
    assert [copy.id[:8] for copy in store.inventory().copies] == ["47c5a7a3", "126666de"]
    assert {copy.series for copy in store.inventory().copies} == {"shop-"}


@recordings
def test_a_list_by_borg_as_it_comes_without_a_format_is_read_too(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": sample("legacy", "list_json")})
    assert [copy.name for copy in store.inventory().copies] == ["shop-2026-11-21T03:00:00", "shop-2026-11-20T03:00:00"]


def test_the_newest_is_measured_once_and_remembered(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": ONE, "list": held(100, 20)})
    assert [(c.size, c.files) for c in store.inventory().copies] == [(120, 2)]
    assert [(c.size, c.files) for c in store.inventory().copies] == [(120, 2)]
    assert len([call for call in asked(tmp_path) if "::shop-1" in call]) == 1
    later = opened(
        tmp_path, {"list --json": listed(("shop-1", THEN - timedelta(days=1)), ("shop-2", THEN)), "list": held(7)}
    )
    assert [(c.name, c.size) for c in later.inventory().copies] == [("shop-2", 7), ("shop-1", 120)]


@pytest.mark.parametrize("answer", [Said(code=2), Said("- many\n"), Said(err="x", code=1)])
def test_a_size_that_borg_does_not_tell_is_unknown_and_not_zero(tmp_path: Path, answer: Said) -> None:
    assert newest(opened(tmp_path, {"list --json": ONE, "list": answer})).size is None


def test_spoilt_notes_of_sizes_are_begun_anew(tmp_path: Path) -> None:
    for spoilt in ("", "[]", '{"a": 1}', '{"a": [1, "x"]}', "\0"):
        (tmp_path / "sizes.json").write_text(spoilt)
        assert Remembered(tmp_path / "sizes.json").read() == {}


def test_a_copy_in_the_future_is_not_the_one_to_be_measured(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": listed(("a", NOW + timedelta(days=1)), ("b", THEN)), "list": held(7)})
    assert [(c.name, c.size) for c in store.inventory().copies] == [("a", None), ("b", 7)]


def test_content_counts_files_and_no_folders_or_links() -> None:
    assert content("d 0\n- 5\nl 3\nh 2\n- 0\np 0\n") == Content(5, 2)


@pytest.mark.parametrize("printed", ["", "[]", "{}", '{"archives": [{}]}', '{"archives": null}', "borg: error"])
def test_a_list_that_makes_no_sense_is_an_error_and_no_empty_repository(tmp_path: Path, printed: str) -> None:
    with pytest.raises(OutsideError, match="can't be understood"):
        opened(tmp_path, {"": Said(printed)}).inventory()


def test_names_from_outside_are_shown_without_what_a_terminal_obeys_and_asked_for_as_they_are(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": listed(("\x1b[2J{now}'--repair", THEN)), "": Said()})
    copy = newest(store)
    assert "\x1b" not in copy.name
    assert store.examine(Check.WHOLE, copy, Part()).outcome is Outcome.HELD
    assert archive("{now}") == "::{{now}}"
    with pytest.raises(ValueError, match="may not be given"):
        store.borg.ask("check", "--repair")


def test_a25_borg_is_asked_to_list_to_check_and_to_extract_and_nothing_else(tmp_path: Path) -> None:
    answers = {"list --json": ONE, "list": held(1), "--version": Said("borg 1.4.5\n"), "": Said()}
    store = opened(tmp_path, answers, key_export=str(tmp_path / "key"), check_for="1h", drill={"include": ["/delete"]})
    for check in Check:
        of(store, check)
        of(store, check, Part(2, 3))
    assert {call[0] for call in asked(tmp_path)} == {"list", "check", "extract", "--version"} == ALLOWED
    assert not REFUSED.intersection(word for call in asked(tmp_path) for word in call)
    for word in ("create", "delete", "prune", "compact", "break-lock", "key", "config"):
        with pytest.raises(ValueError, match="may not be asked"):
            store.borg.ask(word)


def test_a26_no_argument_holds_the_passphrase_and_no_folder_but_ours_is_borgs_home(tmp_path: Path) -> None:
    opened(tmp_path, {"list --json": ONE, "list": held(1)}, repository="ssh://u:hunter22@host/./r").inventory()
    fake = Player(tmp_path / "borg")
    assert not [word for call in fake.asked for word in call if PASSPHRASE in word or "hunter22" in word]
    assert fake.environment["BORG_PASSPHRASE"] == PASSPHRASE
    assert fake.environment["BORG_BASE_DIR"] == str(tmp_path / "own")
    assert PASSPHRASE not in repr(opened(tmp_path, {}))


def test_a26_an_error_shows_no_login_of_the_repository(tmp_path: Path) -> None:
    with pytest.raises(OutsideError) as caught:
        opened(tmp_path, {"": Said(code=52)}, repository="ssh://u:hunter22@host/./r").inventory()
    assert "hunter22" not in str(caught.value)


def test_a26_a_passphrase_in_a_file_is_read_by_borg_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "pass phrase"
    opened(tmp_path, {"list --json": ONE, "list": held(1)}, passphrase_file=str(file)).inventory()
    environment = Player(tmp_path / "borg").environment
    assert environment["BORG_PASSCOMMAND"] == f"cat '{file}'"
    assert "BORG_PASSPHRASE" not in environment


@pytest.mark.parametrize(
    ("options", "answer"), [({}, "no"), ({"passphrase": None}, "yes"), ({"encrypted": False}, "yes")]
)
def test_a_repository_that_is_not_encrypted_is_refused_where_a_passphrase_is_configured(
    tmp_path: Path, options: dict[str, object], answer: str
) -> None:
    opened(tmp_path, {"list --json": ONE, "list": held(1)}, **options).inventory()
    assert Player(tmp_path / "borg").environment["BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK"] == answer


def test_what_ssh_says_is_told_where_the_connection_did_not_come_about(tmp_path: Path) -> None:
    said = (
        '{"type": "log_message", "message": "Remote: Host key verification failed.", "levelname": "WARNING"}\n'
        '{"type": "log_message", "message": "Connection closed by remote host.", "levelname": "ERROR", '
        '"msgid": "ConnectionClosedWithHint"}\n'
    )
    with pytest.raises(OutsideError, match=r"closed the connection \(Host key verification failed\.\)"):
        opened(tmp_path, {"": Said(err=said, code=2)}).inventory()
    assert Player(tmp_path / "borg").environment["BORG_RSH"] == "ssh -o BatchMode=yes"


def test_the_doctor_is_told_what_to_do(tmp_path: Path) -> None:
    def tried(answers: dict[str, Said], name: str) -> str:
        said = BorgStore.check(opened(tmp_path / name, answers))
        return told(said) if said else ""

    version = {"--version": Said("borg 1.4.5")}
    assert tried({**version, "list --json": ONE}, "well") == ""
    assert "no archive is found in /srv/borg" in tried({**version, "list --json": listed()}, "empty")
    assert "older than 1.2.0" in tried({"--version": Said("borg 1.0.1"), "list": ONE}, "old")
    with pytest.raises(OutsideError, match="does not tell its version"):
        tried({"--version": Said(code=1)}, "none")
    with pytest.raises(OutsideError, match="can't be started"):
        BorgStore.check(opened(tmp_path, {}, program=str(tmp_path / "missing")))


@pytest.mark.parametrize(
    "wrong",
    [{"repository": "borg"}, {"repository": "/srv/borg::one"}, {"repository": "--repair"}, {"zone": "Mars"},
     {"minimum_version": "new"}, {"passphrase_file": "relative"}, {"passphrase_file": "/p", "passphrase": "x"}],
)  # fmt: skip
def test_options_that_can_not_be_meant_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        BorgOptions.model_validate({"repository": "/srv/borg", **wrong})


@pytest.mark.parametrize("place", ["/srv/borg", "ssh://u@host:22/./borg", "u123@u123.example:shop", "host:/srv/borg"])
def test_repositories_are_written_as_borg_knows_them(place: str) -> None:
    assert BorgOptions.model_validate({"repository": place}).repository == place


def test_a_program_of_another_name_is_never_asked_more(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="may not be asked"):
        Program("borg", ALLOWED, REFUSED).run(["prune"], timedelta(seconds=1))
