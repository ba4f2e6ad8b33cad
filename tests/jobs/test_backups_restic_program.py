"""What restic is asked and told: nothing that changes a backup, no secret where it can be seen, no lock."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from daemon.api import OutsideError
from jobs.connectors.backups._restic_program import restic
from jobs.kinds.backup import Check, Part
from tests.jobs.restic_scenes import (
    DAMAGED,
    DAMAGED_ERRORS,
    PASSWORD,
    FakeRestic,
    english,
    holding_one,
    packs,
    row,
)


@pytest.fixture
def fake(tmp_path: Path) -> FakeRestic:
    return holding_one(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["forget", "--prune"], ["prune"], ["unlock"], ["repair", "index"], ["rebuild-index"], ["backup", "/srv"], ["init"],
        ["key", "add"], ["key", "remove", "x"], ["key", "passwd"], ["key"], ["copy"], ["rewrite"], ["tag"], ["migrate"],
        ["recover"], ["self-update"], ["mount", "/mnt"], ["dump", "latest", "/x"], ["cache", "--cleanup"], ["cat", "masterkey"],
        ["list", "snapshots"], [], ["--repo=/x", "snapshots"],
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
    fake.answer("list-keys", "", f"Fatal: no way to {address} with {PASSWORD} and AKEY-1234\n", 1)
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
    fake.answer("list-keys", packs(1))
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


def test_a_program_that_is_missing_is_one_sentence_everywhere(fake: FakeRestic) -> None:
    store = fake.store()
    (copy,) = store.inventory().copies
    (fake.folder / "restic").unlink()
    assert "install it, or say with `program:` where it is" in english(store.examine(Check.DATA, copy, Part()).reason)
    for ask in (store.inventory, store.check):
        with pytest.raises(OutsideError, match="install it, or say with `program:`"):
            ask()
