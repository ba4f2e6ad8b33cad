"""UpdraftPlus's own word for a backup: its checksums, its list of files, and whether it calls it failed."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.kinds.backup import Outcome
from tests.jobs.dump_scenes import put, told
from tests.jobs.updraft_scenes import THEN, backup, history_of, saved, verdict, zipped


def test_without_a_history_every_file_is_read_and_no_more_is_claimed(tmp_path: Path) -> None:
    backup(tmp_path)
    found = verdict(tmp_path)
    assert (found.outcome, found.held, found.listed, found.reason) == (Outcome.HELD, 6, 6, None)
    assert "without UpdraftPlus's checksums" in told(found.shown)


def test_with_a_history_the_checksums_are_what_is_claimed(tmp_path: Path) -> None:
    history = saved(tmp_path / "history.json", history_of(tmp_path, backup(tmp_path)))
    found = verdict(tmp_path, history=history)
    assert (found.outcome, found.held, found.listed) == (Outcome.HELD, 6, 6)
    assert "match UpdraftPlus's checksum" in told(found.shown)


def test_a_31_a_backup_without_its_database_is_damaged(tmp_path: Path) -> None:
    begin = backup(tmp_path)
    history = history_of(tmp_path, begin)
    (tmp_path / f"{begin}-db.gz").unlink()
    found = verdict(tmp_path)
    assert (found.outcome, found.broken, told(found.reason)) == (Outcome.BROKEN, ("db",), "db: it is missing")
    assert verdict(tmp_path, history=saved(tmp_path / "h.json", history)).outcome is Outcome.BROKEN
    entry = next(iter(history.values()))
    del entry["db"]
    assert verdict(tmp_path, history=saved(tmp_path / "h.json", history)).broken == ("db",)


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_31_a_file_that_differs_from_its_checksum_is_damaged(tmp_path: Path, algorithm: str) -> None:
    begin = backup(tmp_path)
    history = history_of(tmp_path, begin)
    entry = next(iter(history.values()))
    sums = entry["checksums"]
    assert isinstance(sums, dict)
    entry["checksums"] = {algorithm: sums[algorithm]}
    del entry["uploads1-size"]
    put(tmp_path / f"{begin}-uploads2.zip", zipped(99))
    assert verdict(tmp_path).outcome is Outcome.HELD
    found = verdict(tmp_path, history=saved(tmp_path / "history.json", history))
    assert (found.outcome, found.held, found.broken) == (Outcome.BROKEN, 5, (f"{begin}-uploads2.zip",))
    assert "not as UpdraftPlus recorded it" in told(found.reason)


def test_a_file_of_another_size_than_recorded_is_damaged_where_there_is_no_checksum(tmp_path: Path) -> None:
    begin = backup(tmp_path)
    history = history_of(tmp_path, begin)
    del next(iter(history.values()))["checksums"]
    option = saved(tmp_path / "history.json", history)
    found = verdict(tmp_path, history=option)
    assert found.outcome is Outcome.HELD
    assert "without UpdraftPlus's checksums" in told(found.shown)
    put(tmp_path / f"{begin}-uploads2.zip", zipped(files=2))
    assert verdict(tmp_path).outcome is Outcome.HELD
    assert verdict(tmp_path, history=option).broken == (f"{begin}-uploads2.zip",)


def test_a_31_a_backup_that_updraftplus_calls_failed_is_damaged(tmp_path: Path) -> None:
    begin = backup(tmp_path)
    option = {"backup_time": 1, "backup_nonce": begin[-12:], "success": 0, "errors": ["Disk \x1b[31mfull"]}
    found = verdict(tmp_path, last_backup=saved(tmp_path / "last.json", option))
    assert found.outcome is Outcome.BROKEN
    assert told(found.reason) == "UpdraftPlus calls it failed: Disk \N{REPLACEMENT CHARACTER}[31mfull"


def test_a_failed_backup_that_is_not_this_one_is_told_too(tmp_path: Path) -> None:
    backup(tmp_path)
    errors = {"0": {"level": "warning", "message": "slow"}, "2": {"level": "error", "message": "no space"}}
    option = {"backup_time": 1 << 80, "backup_nonce": "ffffffffffff", "success": "0", "errors": errors}
    found = verdict(tmp_path, last_backup=saved(tmp_path / "last.json", option))
    assert (found.outcome, found.held) == (Outcome.UNKNOWN, 0)
    assert told(found.reason).endswith("another one: no space")


@pytest.mark.parametrize(("hours", "seen"), [(-24, Outcome.HELD), (24, Outcome.UNKNOWN)])
def test_a_failure_before_this_backup_was_made_takes_nothing_from_it(tmp_path: Path, hours: int, seen: Outcome) -> None:
    backup(tmp_path)
    when = int((THEN + timedelta(hours=hours)).timestamp())
    option = {"backup_time": when, "backup_nonce": "ffffffffffff", "success": 0, "errors": []}
    assert verdict(tmp_path, last_backup=saved(tmp_path / "last.json", option)).outcome is seen


def test_a_backup_that_succeeded_with_warnings_holds(tmp_path: Path) -> None:
    begin = backup(tmp_path)
    errors = [{"level": "warning", "message": "slow"}]
    option = {"backup_nonce": begin[-12:], "success": 1, "errors": errors}
    assert verdict(tmp_path, last_backup=saved(tmp_path / "last.json", option)).outcome is Outcome.HELD


@pytest.mark.parametrize("content", ["", "[]", "{}", '"x"', "[" * 100_000, '{"success"', "null"])
@pytest.mark.parametrize("option", ["history", "last_backup"])
def test_a_copy_of_an_option_that_is_none_proves_nothing(tmp_path: Path, option: str, content: str) -> None:
    backup(tmp_path)
    (tmp_path / "option.json").write_text(content)
    found = verdict(tmp_path, **{option: str(tmp_path / "option.json")})
    assert (found.outcome, found.held) == (Outcome.UNKNOWN, 0)
    assert verdict(tmp_path, **{option: str(tmp_path / "gone.json")}).outcome is Outcome.UNKNOWN


def test_a_history_that_is_older_than_the_backup_is_told(tmp_path: Path) -> None:
    old = backup(tmp_path, at=THEN - timedelta(days=1), nonce="00000000000a")
    history = saved(tmp_path / "history.json", history_of(tmp_path, old))
    backup(tmp_path)
    found = verdict(tmp_path, history=history)
    assert found.outcome is Outcome.UNKNOWN
    assert "does not list it" in told(found.reason)


def test_lists_that_php_wrote_as_objects_are_read(tmp_path: Path) -> None:
    begin = backup(tmp_path)
    history = history_of(tmp_path, begin)
    entry = next(iter(history.values()))
    entry["uploads"] = {"0": f"{begin}-uploads.zip", "1": f"{begin}-uploads2.zip"}
    (tmp_path / f"{begin}-uploads2.zip").unlink()
    found = verdict(tmp_path, history=saved(tmp_path / "history.json", history))
    assert (found.outcome, found.broken) == (Outcome.BROKEN, (f"{begin}-uploads2.zip",))


@pytest.mark.parametrize(
    "name",
    [
        "../../secret.zip",
        "/etc/passwd",
        "backup_2026-11-20-0200_../../x_0123456789ab-db.gz",
        "backup_2026-11-20-0200_S_ffffffffffff-more.zip",
    ],
)
def test_a_history_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    begin = backup(tmp_path)
    history = history_of(tmp_path, begin)
    next(iter(history.values()))["more"] = [name]
    found = verdict(tmp_path, history=saved(tmp_path / "history.json", history))
    assert (found.outcome, found.listed) == (Outcome.HELD, 6)


def test_a_history_as_the_shell_prints_it_is_read(tmp_path: Path) -> None:
    begin = backup(tmp_path)
    text = json.dumps(history_of(tmp_path, begin), indent=2).replace("/", "\\/")
    (tmp_path / "history.json").write_text(text + "\n")
    assert verdict(tmp_path, history=str(tmp_path / "history.json")).outcome is Outcome.HELD
