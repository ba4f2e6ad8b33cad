"""What borg's answers to a check mean: only one code is a pass; damage, a lock and a time-out are three things."""

from datetime import timedelta
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.testing import NOW
from jobs.kinds.backup import Check, Copy, Examined, Outcome, Part
from tests.jobs.borg_scenes import THERE, asked, held, listed, newest, of, opened, sample
from tests.jobs.dump_scenes import told
from tests.jobs.program_scenes import Said

THEN = NOW - timedelta(hours=3)


ONE = listed(("shop-1", THEN))


recordings = pytest.mark.skipif(not THERE, reason="the recorded answers of borg are not here")


both_modes = pytest.mark.parametrize("mode", ["legacy", "modern"])


@recordings
@both_modes
@pytest.mark.parametrize("name", ["corrupt_check", "missing_segment_check"])
@pytest.mark.parametrize("check", [Check.STRUCTURE, Check.DATA])
def test_a09_a_check_that_ends_with_borgs_warning_found_damage(
    tmp_path: Path, mode: str, name: str, check: Check
) -> None:
    store = opened(tmp_path, {"list --json": ONE, "list": held(1), "check": sample(mode, name)})
    verdict = of(store, check)
    assert verdict.outcome is Outcome.BROKEN
    assert "borg reports: " in told(verdict.reason)


@pytest.mark.parametrize("check", [Check.STRUCTURE, Check.DATA])
def test_a09_only_a_check_that_ends_with_0_is_a_pass(tmp_path: Path, check: Check) -> None:
    ends = {0: Outcome.HELD, 1: Outcome.BROKEN, 2: Outcome.UNKNOWN, 90: Outcome.BROKEN, 100: Outcome.UNKNOWN}
    for code, outcome in ends.items():
        store = opened(tmp_path / str(code), {"list --json": ONE, "list": held(1), "check": Said(code=code)})
        assert of(store, check).outcome is outcome, code


@recordings
@both_modes
def test_a12_a_locked_repository_is_unknown_and_asked_again_in_half_an_hour(tmp_path: Path, mode: str) -> None:
    store = opened(tmp_path, {"list --json": ONE, "list": held(1), "": sample(mode, "locked_check")})
    for check in (Check.STRUCTURE, Check.DATA):
        verdict = of(store, check)
        assert (verdict.outcome, verdict.again) == (Outcome.UNKNOWN, timedelta(minutes=30))
        assert "break-lock" in told(verdict.reason)


@recordings
def test_a28_a_repository_that_can_not_be_written_to_is_read_without_a_lock_where_the_owner_says_so(
    tmp_path: Path,
) -> None:
    store = opened(tmp_path, {"list --bypass-lock --json": ONE}, bypass_lock=True)
    assert newest(store).name == "shop-1"
    with pytest.raises(OutsideError, match="bypass_lock: true"):
        opened(tmp_path / "not", {"--bypass-lock --json": ONE, "": sample("modern", "ro_list")}).inventory()


@recordings
@both_modes
def test_reading_the_newest_shows_a_damaged_chunk(tmp_path: Path, mode: str) -> None:
    for name, outcome in (("extract_dry", Outcome.HELD), ("corrupt_extract_dry", Outcome.BROKEN)):
        store = opened(tmp_path / name, {"list --json": ONE, "list": held(9), "extract --dry-run": sample(mode, name)})
        verdict = store.examine(Check.WHOLE, newest(store), Part())
        assert verdict.outcome is outcome
    assert (
        told(verdict.reason)
        == "borg reports: Data integrity error: Segment entry checksum mismatch [segment 2, offset 8]"
    )


CRASH = (
    '{"type": "log_message", "message": "Local Exception", "levelname": "ERROR", "msgid": "Exception"}\n'
    '{"type": "log_message", "message": "Traceback (most recent call last):\\n  x\\n%s\\n\\nPlatform: Linux", '
    '"levelname": "ERROR"}\n'
)


def test_a_crash_over_a_missing_segment_is_damage_and_another_crash_is_not_known_to_be(tmp_path: Path) -> None:
    gone = CRASH % "FileNotFoundError: [Errno 2] No such file or directory: '/srv/borg/data/0/2'"
    store = opened(tmp_path / "1", {"list --json": ONE, "list": held(9), "extract": Said(err=gone, code=2)})
    assert store.examine(Check.WHOLE, newest(store), Part()).outcome is Outcome.BROKEN
    other = CRASH % "ModuleNotFoundError: No module named 'x'"
    store = opened(tmp_path / "2", {"list --json": ONE, "list": held(9), "extract": Said(err=other, code=2)})
    verdict = store.examine(Check.WHOLE, newest(store), Part())
    assert verdict.outcome is Outcome.UNKNOWN
    assert told(verdict.reason) == "borg ended with the code 2: ModuleNotFoundError: No module named 'x'"


def test_a23_the_parts_of_all_data_are_archives_and_each_of_them_is_read_once(tmp_path: Path) -> None:
    days = [(f"{n:x}-shop", THEN - timedelta(days=n)) for n in range(10)]
    store = opened(tmp_path, {"list --json": listed(*days), "list": held(1), "extract": Said()})
    verdicts = [store.examine(Check.DATA, newest(store), Part(n, 4)) for n in (1, 2, 3, 4)]
    assert {verdict.outcome for verdict in verdicts} == {Outcome.PARTLY}
    assert sorted(call[-1] for call in asked(tmp_path) if call[0] == "extract") == sorted(
        f"::{name}" for name, _ in days
    )
    assert {told(verdict.shown).partition(" to ")[0] for verdict in verdicts} > {"0 archives of 10 were read"}


def test_a23_an_archive_stays_in_its_part_whatever_comes_and_goes(tmp_path: Path) -> None:
    days = [(f"{n:x}-shop", THEN - timedelta(days=n)) for n in range(10)]
    read = []
    for number, there in ((1, days), (2, days[3:]), (3, [("later", NOW), *days[2:7]])):
        store = opened(tmp_path / str(number), {"list --json": listed(*there), "list": held(1), "extract": Said()})
        store.examine(Check.DATA, newest(store), Part(number, 3))
        read += [call[-1] for call in asked(tmp_path / str(number)) if call[0] == "extract"]
    assert {f"::{name}" for name, _ in days[3:7]} <= set(read)
    assert len(read) == len(set(read))


def test_a_part_with_one_damaged_archive_is_damaged(tmp_path: Path) -> None:
    days = [(f"{n:x}-shop", THEN - timedelta(days=n)) for n in range(10)]
    bad = Said(err='{"type": "log_message", "levelname": "ERROR", "message": "bad", "msgid": "IntegrityError"}', code=2)
    answers = {"list --json": listed(*days), "list": held(1), "extract ::7-shop": bad, "extract": Said()}
    store = opened(tmp_path, answers)
    outcomes = [store.examine(Check.DATA, newest(store), Part(n, 4)).outcome for n in (1, 2, 3, 4)]
    assert sorted(outcomes) == [Outcome.BROKEN, Outcome.PARTLY, Outcome.PARTLY, Outcome.PARTLY]


def test_all_data_is_verified_and_not_only_the_list_of_archives(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": ONE, "list": held(1), "check": Said()})
    assert of(store, Check.DATA).outcome is Outcome.HELD
    assert ["check", "--archives-only", "--verify-data"] in asked(tmp_path)


def test_a_structure_that_was_checked_for_a_time_only_is_partly_known(tmp_path: Path) -> None:
    said = '{"type": "log_message", "levelname": "INFO", "message": "%s repository check, no problems found."}\n'
    for word, outcome in (("Finished partial", Outcome.PARTLY), ("Remote: Finished partial", Outcome.PARTLY), ("Finished full", Outcome.HELD)):  # fmt: skip
        answers = {"list --json": ONE, "list": held(1), "check --max-duration 3600": Said(err=said % word)}
        assert of(opened(tmp_path / word, answers, check_for="1h"), Check.STRUCTURE).outcome is outcome


def test_a24_borg_that_hangs_is_ended_and_nothing_is_known(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": ONE, "list": held(1), "check": Said(does="sleep 60")}, limit="1s")
    verdict = of(store, Check.STRUCTURE)
    assert verdict.outcome is Outcome.UNKNOWN
    assert told(verdict.reason) == "borg was not done after 1 sec and was ended (`limit:`)"


RESTORED = Said(does="mkdir -p srv/shop; printf hello > srv/shop/canary; printf more > srv/shop/b")


CANARY = {"path": "/srv/shop/canary", "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}


def test_a27_a_restore_is_looked_at_and_leaves_nothing(tmp_path: Path) -> None:
    answers = {"list --json": ONE, "list": held(9), "extract --noflags": RESTORED}
    store = opened(tmp_path, answers, drill={"canary": CANARY, "holds": ["/srv/shop/b"], "include": ["/srv/shop"]})
    verdict = of(store, Check.RESTORE)
    assert (verdict.outcome, verdict.read) == (Outcome.HELD, 9)
    assert asked(tmp_path)[-1][-2:] == ["::shop-1", "pp:srv/shop"]
    assert not list((tmp_path / "own" / "drills").iterdir())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Said(does="mkdir srv"), Outcome.BROKEN),
        (Said(does="mkdir -p srv/shop; printf hellO > srv/shop/canary"), Outcome.BROKEN),
        (Said(does="mkdir -p srv/shop; printf hello > srv/shop/canary", err="chown refused", code=1), Outcome.WARN),
        (Said(err="refused", code=2), Outcome.UNKNOWN),
    ],
)
def test_a27_a_restore_that_brings_back_something_else_is_not_held_and_leaves_nothing(
    tmp_path: Path, answer: Said, outcome: Outcome
) -> None:
    store = opened(tmp_path, {"list --json": ONE, "list": held(9), "extract": answer}, drill={"canary": CANARY})
    assert of(store, Check.RESTORE).outcome is outcome
    assert not list((tmp_path / "own" / "drills").iterdir())


def test_without_room_nothing_is_restored(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": ONE, "list": held(9), "extract": RESTORED}, drill={"room": 2**60})
    assert of(store, Check.RESTORE).outcome is Outcome.UNKNOWN
    assert "extract" not in {call[0] for call in asked(tmp_path)}
    assert of(store, Check.ROOM).outcome is Outcome.WARN


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [("borg 1.4.5", Outcome.HELD), ("borg 1.2.0\n", Outcome.HELD), ("borg 1.1.16", Outcome.WARN),
     ("borg 2.0.0b22", Outcome.UNKNOWN), ("usage: something", Outcome.UNKNOWN)],
)  # fmt: skip
def test_borg_must_be_new_enough_and_not_of_another_kind(tmp_path: Path, printed: str, outcome: Outcome) -> None:
    store = opened(tmp_path, {"list --json": ONE, "list": held(9), "--version": Said(printed)})
    assert of(store, Check.VERSION).outcome is outcome


def test_what_is_not_configured_is_not_offered_and_not_asked(tmp_path: Path) -> None:
    store = opened(tmp_path, {"list --json": ONE, "list": held(9)}, repository="ssh://host/./r")
    assert isinstance(store, Examined)
    assert store.offers == {Check.STRUCTURE, Check.WHOLE, Check.DATA, Check.VERSION}
    assert store.examine(Check.RESTORE, Copy("x", NOW, 1, 1), Part()).outcome is Outcome.NOT_ASKED
    assert store.verify(newest(store)).outcome is Outcome.NOT_ASKED
    full = opened(tmp_path, {}, key_export="/k", drill={})
    assert full.offers == {*store.offers, Check.KEY, Check.ROOM, Check.RESTORE}
