"""What real restics answered (recorded runs of 0.14.0, 0.18.0 and 0.19.1), as the connector understands it."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.connectors.backups._restic_answers import (
    Trouble,
    broken_packs,
    first_error,
    snapshots_of,
    trouble_of,
    trouble_of_check,
    version_of,
    why,
)
from jobs.connectors.command import Finished
from jobs.kinds.backup import Check, Outcome
from tests.jobs.restic_scenes import FakeRestic, english, packs, row

_PLACE = "shared/specs/restic/samples"
SAMPLES = next((one / _PLACE for one in Path(__file__).parents if (one / _PLACE).is_dir()), Path("no-samples"))
VERSIONS = ("0.14.0", "0.18.0", "0.19.1")
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded runs are not on this machine")


def recorded(version: str, name: str) -> Finished:
    folder = SAMPLES / version
    line = next(line for line in (folder / "RC.txt").read_text().splitlines() if line.startswith(f"{name} rc="))
    code = int(line.split()[1].removeprefix("rc="))
    out, err = ((folder / f"{name}.{stream}").read_bytes() for stream in ("stdout", "stderr"))
    return Finished(code, out, err, Decimal(1))


def replayed(folder: Path, version: str, **answers: str) -> FakeRestic:
    """Return a program that gives the recorded answers to sub-commands."""
    fake = FakeRestic(folder / "bin")
    fake.holds(row())
    for name, record in answers.items():
        told = recorded(version, record)
        fake.instead(name.replace("_", "-"), told.text, told.complaint, told.code)
    return fake


@pytest.mark.parametrize("version", ["0.18.0", "0.19.1"])
def test_a01_the_newest_of_a_newer_restic_has_its_moment_bytes_and_files(version: str) -> None:
    (only,), unreadable = snapshots_of(recorded(version, "snapshots_latest"))
    assert not unreadable
    assert only.copy.moment.replace(minute=0, second=0, microsecond=0) == datetime(2026, 11, 21, 18, tzinfo=UTC)
    assert (only.copy.size, only.copy.files) == (1_100_006, 5)
    assert only.added is not None


def test_a02_one_of_an_older_restic_has_an_unknown_size_unless_its_statistics_tell(tmp_path: Path) -> None:
    (only,), _ = snapshots_of(recorded("0.14.0", "snapshots_latest"))
    assert (only.copy.size, only.copy.files, only.added) == (None, None, None)
    fake = replayed(tmp_path, "0.14.0", snapshots="snapshots_latest", stats="stats_restore")
    assert [copy.size for copy in fake.store().inventory().copies] == [1_100_006]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["snapshots_empty", "empty_snapshots"])
def test_a03_nothing_that_matches_is_an_empty_list(version: str, name: str) -> None:
    assert snapshots_of(recorded(version, name)) == ([], [])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("snapshots", None),
        ("locked_snapshots", None),
        ("wrong_password", Trouble.PASSWORD),
        ("missing_key", Trouble.PASSWORD),
        ("no_repo", Trouble.MISSING),
        ("no_repo_check", Trouble.MISSING),
        ("locked_check", Trouble.LOCKED),
        ("corrupt_restore", Trouble.DAMAGED),
        ("check_subset_bad", Trouble.FAILED),
    ],
)
def test_a04_what_went_wrong_is_understood_whatever_the_version(
    version: str, name: str, trouble: Trouble | None
) -> None:
    assert trouble_of(recorded(version, name)) is trouble


@pytest.mark.parametrize("version", VERSIONS)
def test_a05_a_locked_repository_is_asked_again_and_is_no_damage(tmp_path: Path, version: str) -> None:
    verdict = replayed(tmp_path, version, check="locked_check").examined(Check.STRUCTURE)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.again is not None
    assert "repository is already locked by PID" in english(verdict.reason)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "trouble", "names_packs"),
    [
        ("check_ok", None, False),
        ("check_ok_plain", None, False),
        ("check_subset_1_2", None, False),
        ("check_subset_pct", None, False),
        ("locked_check_nolock", None, False),
        ("empty_check", None, False),
        ("missing_snapshot_check", None, False),
        ("corrupt_check_structural", None, False),
        ("ro_mount_check_nolock", None, False),
        ("corrupt_check_read_data", Trouble.DAMAGED, True),
        ("corrupt_check_read_data_plain", Trouble.DAMAGED, True),
        ("truncated_check", Trouble.DAMAGED, True),
        ("missing_pack_check", Trouble.DAMAGED, True),
        ("missing_index_check", Trouble.DAMAGED, False),
    ],
)
def test_a06_a07_checks_in_json_and_in_text_are_judged_alike(
    version: str, name: str, trouble: Trouble | None, names_packs: bool
) -> None:
    told = recorded(version, name)
    assert trouble_of_check(told) is trouble
    found = broken_packs(told)
    assert bool(found) is names_packs
    assert all(len(one) == 8 for one in found)
    assert bool(first_error(told)) is (trouble is not None)


@pytest.mark.parametrize("version", VERSIONS)
def test_a07_an_old_restic_whose_check_is_text_finds_damage_without_a_crash(tmp_path: Path, version: str) -> None:
    fake = replayed(tmp_path, version, check="corrupt_check_read_data")
    fake.answer("list-packs", packs(1))
    fake.answer("list-locks")
    verdict = fake.examined(Check.DATA)
    assert verdict.outcome is Outcome.BROKEN
    assert len(verdict.broken) == 1


@pytest.mark.parametrize("version", ["0.18.0", "0.19.1"])
@pytest.mark.parametrize("name", ["restore_include_nomatch", "restore_empty_stdin_latest"])
def test_a08_a_restore_without_counts_is_no_restore(tmp_path: Path, version: str, name: str) -> None:
    verdict = replayed(tmp_path, version, restore=name).examined(Check.RESTORE, drill={})
    assert verdict.outcome is Outcome.BROKEN
    assert "brought back nothing" in english(verdict.reason)


@pytest.mark.parametrize("version", VERSIONS)
def test_its_version_is_understood(version: str) -> None:
    told = Finished(0, (SAMPLES / version / "VERSION.txt").read_bytes(), b"", Decimal(1))
    assert version_of(told) == tuple(map(int, version.split(".")))


@pytest.mark.parametrize("version", VERSIONS)
def test_why_it_ended_is_one_line(version: str) -> None:
    for name in ("wrong_password", "no_repo", "locked_check", "corrupt_restore"):
        assert why(recorded(version, name)).isprintable()
        assert "Fatal" not in why(recorded(version, name))
