"""Restores by pgBackRest: where they go, what came back, what is left, and what was wrong with them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from daemon.testing import NOW, make_outlet
from jobs.connectors.backups import _pgbackrest_restoring as restoring
from jobs.connectors.backups.pgbackrest import PGBACKREST, PgBackRestStore
from jobs.connectors.command import Program
from jobs.kinds.backup import Check, Outcome, Part, Verdict
from tests.jobs.dump_scenes import told
from tests.jobs.program_scenes import Player, Said, player
from tests.jobs.test_backups_pgbackrest import LABEL, info, row

COMES_BACK = (
    'for one; do case "$one" in --pg1-path=*) cd "${one#--pg1-path=}"; esac; done; '
    "mkdir global base; echo 15 > PG_VERSION; echo rows > base/1; echo x > global/pg_control"
)


def store(folder: Path, restore: Said, size: int = 9, **drill: Any) -> PgBackRestStore:
    answers = {"info": info(row(LABEL, NOW, size)), "restore": restore}
    options = {"stanza": "shop", "program": str(player(folder, answers).path), "drill": drill}
    opened = PGBACKREST.open(PGBACKREST.options.model_validate(options), make_outlet(folder / "own"))
    assert isinstance(opened, PgBackRestStore)
    return opened


def drilled(opened: PgBackRestStore) -> Verdict:
    return opened.examine(Check.RESTORE, opened.inventory().copies[0], Part())


def nothing_is_left(folder: Path) -> bool:
    return not list((folder / "own" / "drills").iterdir())


def test_a_restore_is_measured_looked_at_and_removed(tmp_path: Path) -> None:
    verdict = drilled(store(tmp_path, Said(does=COMES_BACK), holds=["/PG_VERSION"]))
    assert (verdict.outcome, verdict.read) == (Outcome.HELD, 10)
    assert verdict.seconds is not None
    assert "3 files with 10 bytes were restored" in told(verdict.shown)
    assert nothing_is_left(tmp_path)


def test_everything_goes_below_the_scratch_folder_whatever_the_configuration_says(tmp_path: Path) -> None:
    drilled(store(tmp_path, Said(does=COMES_BACK)))
    (asked,) = (words for words in Player(tmp_path / "tool").asked if words[0] == "restore")
    drills = f"{tmp_path}/own/drills/"
    assert f"--set={LABEL}" in asked
    for name in ("pg1-path", "tablespace-map-all", "lock-path"):
        (given,) = (word.partition("=")[2] for word in asked if word.startswith(f"--{name}="))
        assert given.startswith(drills)
    assert {"--reset-pg1-host", "--reset-link-map", "--reset-tablespace-map", "--no-link-all", "--no-delta"} <= set(
        asked
    )
    assert "--type=immediate" in asked


@pytest.mark.parametrize(
    "words", [["restore", "--delta"], ["restore", "--force"], ["restore", "--link-all"], ["backup"]]
)
def test_a25_nothing_that_could_write_over_something_is_ever_begun(words: list[str], tmp_path: Path) -> None:
    program = Program(str(player(tmp_path, {"": Said()}).path), restoring.ALLOWED, restoring.REFUSED)
    with pytest.raises(ValueError, match="not"):
        program.run(words, timedelta(seconds=1))
    assert Player(tmp_path / "tool").asked == []


@pytest.mark.parametrize(
    ("does", "drill", "said"),
    [
        (COMES_BACK.replace("global/pg_control", "global/other"), {}, "did not bring back global/pg_control"),
        (COMES_BACK, {"at_least": {"files": 4}}, "3 of at least 4 files"),
        (COMES_BACK, {"holds": ["base/2"]}, "did not bring back base/2"),
    ],
)
def test_a08_success_that_brings_back_too_little_is_a_failure(
    tmp_path: Path, does: str, drill: dict[str, Any], said: str
) -> None:
    verdict = drilled(store(tmp_path, Said(does=does), **drill))
    assert verdict.outcome is Outcome.BROKEN
    assert said in told(verdict.reason)
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    ("code", "said", "outcome"),
    [
        (29, "ERROR: [029]: raised from local-1 protocol: zlib threw error: [-3] data error", Outcome.BROKEN),
        (55, "ERROR: [055]: raised from local-1 protocol: unable to open missing file 'x' for read", Outcome.BROKEN),
        (31, "ERROR: [031]: option 'reset-link-map' is invalid", Outcome.UNKNOWN),
        (50, "ERROR: [050]: unable to acquire lock", Outcome.UNKNOWN),
        (75, "ERROR: [075]: backup set is not valid", Outcome.UNKNOWN),
        (-9, "", Outcome.UNKNOWN),
    ],
)
def test_only_a_stored_file_that_is_not_as_it_was_written_is_damage(
    tmp_path: Path, code: int, said: str, outcome: Outcome
) -> None:
    verdict = drilled(store(tmp_path, Said(err=said, code=code % 256)))
    assert verdict.outcome is outcome
    assert said in told(verdict.reason)
    assert nothing_is_left(tmp_path)


def test_without_room_nothing_is_restored(tmp_path: Path) -> None:
    opened = store(tmp_path, Said(does=COMES_BACK), size=1 << 60)
    verdict = drilled(opened)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "no room for a restore" in told(verdict.reason)
    assert not [words for words in Player(tmp_path / "tool").asked if words[0] == "restore"]
    assert opened.examine(Check.ROOM, opened.inventory().copies[0], Part()).outcome is Outcome.WARN


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "own" / "drills" / "left"
    (left / "data").mkdir(parents=True)
    left.chmod(0o700)
    store(tmp_path, Said()).inventory()
    assert nothing_is_left(tmp_path)


def test_a_server_is_restored_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="leave `include:` out"):
        store(tmp_path, Said(), include=["base/1"])


def test_no_restore_is_offered_where_none_is_wanted(tmp_path: Path) -> None:
    options = PGBACKREST.options.model_validate({"stanza": "shop"})
    opened = PGBACKREST.open(options, make_outlet(tmp_path))
    assert isinstance(opened, PgBackRestStore)
    assert opened.offers == {Check.STRUCTURE, Check.DATA}
    copy = store(tmp_path, Said()).inventory().copies[0]
    assert opened.examine(Check.RESTORE, copy, Part()).outcome is Outcome.NOT_ASKED
