"""A restore by pgBackRest: into a scratch folder and nowhere else, looked at, and removed however it ends."""

import os
import signal
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.testing import NOW
from jobs.connectors.backups._pgbackrest_ground import Ground, Restoring
from jobs.connectors.backups._pgbackrest_options import PgBackRestOptions
from jobs.kinds.backup import Check, Copy, Outcome
from tests.jobs.dump_scenes import told
from tests.jobs.pgbackrest_scenes import LABEL, RESTORES, FakePgBackRest, info, row, shell
from tests.jobs.program_scenes import Said


@pytest.fixture
def fake(tmp_path: Path) -> FakePgBackRest:
    return FakePgBackRest(tmp_path)


def test_what_came_back_is_counted_timed_and_removed(fake: FakePgBackRest) -> None:
    verdict = fake.drilled({"at_least": {"files": 3, "bytes": 40}})
    assert (verdict.outcome, verdict.read) == (Outcome.HELD, 42)
    assert verdict.seconds is not None
    assert verdict.seconds > Decimal(0)
    assert told(verdict.shown).startswith("3 files with 42 bytes were restored in ")
    assert fake.left == []


def test_without_a_drill_nothing_is_restored_and_none_is_offered(fake: FakePgBackRest) -> None:
    store = fake.store(None)
    assert store.offers == {Check.STRUCTURE, Check.DATA}
    assert fake.store({}).offers == {Check.STRUCTURE, Check.DATA, Check.RESTORE, Check.ROOM}
    copy = store.inventory().copies[0]
    for check in (Check.RESTORE, Check.ROOM):
        assert fake.examined(check, copy, drill=None).outcome is Outcome.NOT_ASKED
    assert all(call[0] == "info" for call in fake.player.asked)


def test_a25_every_word_that_could_lead_to_the_live_cluster_is_said_anew_or_put_back(fake: FakePgBackRest) -> None:
    fake.drilled(config="/etc/pgbackrest.conf", repo=2)
    words = fake.asked
    places = [word.partition("=") for word in words if word.partition("=")[0].endswith(("-path", "-map-all"))]
    assert {name for name, _, _ in places} == {
        "--pg1-path", "--tablespace-map-all", "--lock-path", "--log-path", "--spool-path",
    }  # fmt: skip
    assert all(Path(value).is_relative_to(fake.own / "drills") for _, _, value in places)
    assert {
        "--no-delta", "--no-link-all", "--reset-link-map", "--reset-tablespace-map", "--reset-db-include",
        "--reset-db-exclude", "--reset-recovery-option", "--reset-pg1-host", "--archive-mode=off",
        "--type=immediate", "--target-action=promote", "--log-level-file=off", f"--set={LABEL}", "--stanza=shop",
        "--config=/etc/pgbackrest.conf", "--repo=2",
    } <= set(words)  # fmt: skip
    assert not any(word.startswith(("--delta", "--force")) for word in words)


def test_a25_a_restore_goes_nowhere_but_into_an_empty_scratch_folder(tmp_path: Path) -> None:
    drills, live = tmp_path / "own" / "drills", tmp_path / "live"
    for folder in (live, drills / "used" / "deep", drills / "empty"):
        folder.mkdir(parents=True)
    (drills / "link").symlink_to(live)
    for place in (live, drills, drills / "used", drills / "used" / "deep", drills / "link", drills / ".." / "drills",
                  drills / "empty" / ".." / ".." / ".." / "live", tmp_path, Path("/")):  # fmt: skip
        with pytest.raises(ValueError, match="no empty scratch folder"):
            Ground(place, tmp_path / "own")
    assert not list(live.iterdir())
    assert Ground(drills / "empty", tmp_path / "own").data.is_relative_to(drills / "empty")


@pytest.mark.parametrize("label", ["x --pg1-path=/live", "--delta", "--pg1-path=/live"])
def test_a25_no_label_gets_another_path_in(tmp_path: Path, label: str) -> None:
    fake = FakePgBackRest(tmp_path, info=info(row(label, NOW, 9)))
    assert fake.drilled().outcome is Outcome.HELD
    (path,) = [word for word in fake.asked if word.startswith("--pg1-path")]
    assert Path(path.partition("=")[2]).is_relative_to(fake.own / "drills")
    assert f"--set={label}" in fake.asked


@pytest.mark.parametrize("option", ["stanza", "config"])
def test_a25_no_option_gets_another_word_in(option: str) -> None:
    with pytest.raises(ValueError, match=r"name has no spaces|given from the root"):
        PgBackRestOptions.model_validate({"stanza": "shop", option: "--pg1-path=/live"})


def test_a25_archiving_is_not_spoken_of_to_a_postgresql_that_knows_no_such_word(tmp_path: Path) -> None:
    fake = FakePgBackRest(tmp_path, info=info(row(LABEL, NOW, 9), version="9.6"))
    assert fake.drilled().outcome is Outcome.HELD
    assert not any(word.startswith("--archive-mode") for word in fake.asked)


def test_a25_wal_is_asked_for_with_a_lock_of_its_own_and_without_a_spool(tmp_path: Path) -> None:
    scratch = tmp_path / "o'wn" / "drills" / "50%"
    scratch.mkdir(parents=True)
    options = PgBackRestOptions.model_validate({"stanza": "shop", "program": "/opt/pg backrest"})
    fetching = Restoring(options, Ground(scratch, tmp_path / "o'wn")).fetching
    assert fetching.startswith("'/opt/pg backrest' archive-get --stanza=shop --log-level-file=off ")
    assert "--no-archive-async" in fetching
    assert "/50%%/aside/lock'" in fetching
    assert fetching.endswith(' %f "%p"')


@pytest.mark.parametrize(
    ("code", "err", "outcome"),
    [
        (29, "ERROR: [029]: raised from local-1 protocol: zlib threw error: [-3] data error", Outcome.BROKEN),
        (29, "ERROR: [029]: raised from local-1 protocol: unexpected eof in compressed data", Outcome.BROKEN),
        (26, "ERROR: [026]: error restoring '/x': actual checksum '1' does not match '2'", Outcome.BROKEN),
        (
            55,
            "ERROR: [055]: raised from local-1 protocol: unable to open missing file '/r/2655.gz'",
            Outcome.BROKEN,
        ),
        (95, "ERROR: [095]: unable to flush", Outcome.BROKEN),
        (42, "ERROR: [042]: unable to read:\n       repo1: x.gz [FormatError] unexpected eof", Outcome.BROKEN),
        (
            41,
            "ERROR: [041]: raised from local-1 protocol: unable to open file: [13] Permission denied",
            Outcome.UNKNOWN,
        ),
        (29, "ERROR: [029]: unable to write: [28] No space left on device", Outcome.UNKNOWN),
        (64, "ERROR: [064]: unable to write '/x': [28] No space left on device", Outcome.UNKNOWN),
        (31, "ERROR: [031]: invalid option '--archive-mode'", Outcome.UNKNOWN),
        (49, "ERROR: [049]: unable to connect to 's3:443'", Outcome.UNKNOWN),
        (1, "", Outcome.UNKNOWN),
    ],
)
def test_a08_a_restore_that_fails_is_damage_only_where_pgbackrest_says_what_is_damaged(
    fake: FakePgBackRest, code: int, err: str, outcome: Outcome
) -> None:
    fake.restore = Said(err=err, code=code, does=RESTORES)
    verdict = fake.drilled()
    assert verdict.outcome is outcome
    assert err.partition("]: ")[2].partition("\n")[0].strip() in told(verdict.reason)
    assert fake.left == []


def test_a08_a_backup_that_was_expired_meanwhile_is_not_damaged(fake: FakePgBackRest, tmp_path: Path) -> None:
    later = tmp_path / "later"
    later.write_text(info(row("20261201-183458F", NOW, 9)).out)
    fake.restore = Said(err="ERROR: [055]: unable to open missing file", code=55,
                        does=f"cp {shell(later)} {shell(tmp_path)}/tool.0.out")  # fmt: skip
    verdict = fake.drilled()
    assert verdict.outcome is Outcome.UNKNOWN
    assert "was expired while it was restored" in told(verdict.reason)


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control"])
def test_a08_a_restore_that_ends_well_without_what_makes_a_cluster_is_broken(
    fake: FakePgBackRest, missing: str
) -> None:
    fake.restore = Said(does=f'{RESTORES}\nrm "$data/{missing}"')
    verdict = fake.drilled()
    assert verdict.outcome is Outcome.BROKEN
    assert f"did not bring back data/{missing}" in told(verdict.reason)


def test_a08_less_than_what_was_expected_is_broken(fake: FakePgBackRest) -> None:
    assert fake.drilled({"at_least": {"bytes": 1000}}).outcome is Outcome.BROKEN


def test_a_backup_that_is_not_listed_is_not_asked_for(fake: FakePgBackRest) -> None:
    verdict = fake.examined(Check.RESTORE, Copy("x", NOW, 9, None, "20200101-000000F"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert not any(call[0] == "restore" for call in fake.player.asked)


def test_without_room_nothing_is_restored_and_the_check_of_room_tells(tmp_path: Path) -> None:
    fake = FakePgBackRest(tmp_path, info=info(row(LABEL, NOW, 10**17)))
    assert "130,000,000,000,000,000 bytes are free" in told(fake.drilled().reason)
    assert not any(call[0] == "restore" for call in fake.player.asked)
    assert fake.examined(Check.ROOM).outcome is Outcome.WARN
    assert replace(fake, info=info(row(LABEL, NOW, 9))).examined(Check.ROOM).outcome is not Outcome.UNKNOWN


def test_a24_a_restore_that_hangs_is_ended_and_not_known(fake: FakePgBackRest) -> None:
    fake.restore = Said(does=f"{RESTORES}\nexec sleep 60")
    verdict = fake.drilled(limit="1s")
    assert verdict.outcome is Outcome.UNKNOWN
    assert "was not done after" in told(verdict.reason)
    assert fake.left == []


def test_a27_a_drill_that_is_told_to_end_leaves_nothing(fake: FakePgBackRest) -> None:
    fake.restore = Said(does=f"{RESTORES}\nkill -TERM {os.getpid()}; exec sleep 60")
    with pytest.raises(SystemExit):
        fake.drilled()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert fake.left == []


def test_a27_what_a_killed_run_left_goes_with_the_next(fake: FakePgBackRest) -> None:
    (fake.own / "drills" / "left" / "restored" / "data").mkdir(parents=True)
    fake.store({}).inventory()
    assert fake.left == []
