"""What restic's checks show, by its code, its JSON or its text; parts in turn; errors looked at twice."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.testing import NOW
from jobs.connectors.command import Finished
from jobs.kinds.backup import Check, Outcome, Part
from tests.jobs.restic_scenes import (
    DAMAGED,
    DAMAGED_ERRORS,
    DAMAGED_TEXT,
    EXCLUSIVE,
    FINE,
    FINE_TEXT,
    LOCKED,
    PACK,
    FakeRestic,
    english,
    holding_one,
    packs,
    row,
)


@pytest.fixture
def fake(tmp_path: Path) -> FakeRestic:
    return holding_one(tmp_path)


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
        assert english(verdict.reason).endswith(f"pack {PACK[:8]} contains 2 errors: [blob 3bdc] (pack {PACK[:8]})")


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


@pytest.mark.parametrize(("age", "outcome"), [(29, Outcome.HELD), (31, Outcome.WARN)])
@pytest.mark.parametrize("exclusive", ["true", "false"])
def test_a_lock_that_nobody_renews_is_told_and_left_alone(
    fake: FakeRestic, age: int, exclusive: str, outcome: Outcome
) -> None:
    fake.answer("check", FINE)
    fake.answer("list-locks", packs(9))
    at = (NOW - timedelta(minutes=age)).isoformat()
    fake.answer("cat-lock", EXCLUSIVE.format(at=at).replace("true", exclusive))
    verdict = fake.examined(Check.STRUCTURE)
    assert verdict.outcome is outcome
    assert ("remove it with `restic unlock`" in english(verdict.reason)) is (outcome is Outcome.WARN)
    assert not [asked for asked in fake.asked if asked.startswith("unlock")]


@pytest.mark.parametrize("told", ["", "nonsense", "[]", '{"time":"yesterday"}', '{"exclusive":true}'])
def test_a_lock_that_goes_or_makes_no_sense_is_none(fake: FakeRestic, told: str) -> None:
    fake.answer("check", FINE)
    fake.answer("list-locks", packs(9))
    fake.answer("cat-lock", told)
    assert fake.examined(Check.STRUCTURE).outcome is Outcome.HELD


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


def test_a_finished_check_that_printed_too_much_is_not_believed() -> None:
    """Its last lines, which say how it ended, may be among what was thrown away."""
    from jobs.connectors.backups._restic_answers import trouble_of_check  # noqa: PLC0415

    assert trouble_of_check(Finished(0, b"x" * 10, b"", Decimal(1), cut=True)) is not None
