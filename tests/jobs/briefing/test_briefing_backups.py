"""The backups in the morning's mail: never more green than was checked, and never quiet when nobody looked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from daemon.model import Text, Urgency
from jobs.kinds import facts

HOUR = 3600


def row_of(mail: Any, name: str) -> str:
    flat = " ".join(mail.text.split())
    (row,) = [row for row in flat.split(" - ") if f"Backup {name} " in row]
    return str(row)


def place(scene: Any, verdict: str = "ok", **figures: int) -> None:
    scene.fact(facts.BACKUP_AGE, 3 * HOUR, scene.today, connection="nas")
    scene.fact(facts.BACKUP_VERDICT, verdict, scene.today, connection="nas")
    for name, value in figures.items():
        scene.fact(getattr(facts, name), value, scene.today, connection="nas")


@pytest.mark.parametrize(
    ("verdict", "figures", "word"),
    [
        ("ok", {"BACKUP_VERIFIED": 214}, "VERIFIED"),
        ("ok", {"BACKUP_RPO": 3 * HOUR}, "VERIFIED"),
        ("ok", {"BACKUP_RPO": 30 * HOUR}, "PARTLY VERIFIED"),
        ("ok", {}, "PARTLY VERIFIED"),
        ("ok", {"BACKUP_VERIFIED": 214, "BACKUP_UNREAD": 1}, "PARTLY VERIFIED"),
        ("unknown structure", {"BACKUP_VERIFIED": 214}, "PARTLY VERIFIED"),
        ("warn version", {"BACKUP_VERIFIED": 214}, "PARTLY VERIFIED"),
        ("fail kept", {"BACKUP_VERIFIED": 214}, "PARTLY VERIFIED"),
        ("unknown", {}, "NOT VERIFIED"),
    ],
)
def test_a_place_is_green_only_where_all_of_its_checks_are_well(
    at: Callable[[str], Any], verdict: str, figures: dict[str, int], word: str
) -> None:
    scene = at("well")
    place(scene, verdict, **figures)
    mail = scene.brief()
    assert row_of(mail, "nas").startswith(f"{word} Backup nas")
    assert mail.html.count('class="good"') == (2 if word == "VERIFIED" else 1)
    assert ("every backup was read back" in mail.text) is (word == "VERIFIED")


def test_a_check_without_an_answer_is_never_all_is_well(at: Callable[[str], Any]) -> None:
    scene = at("well")
    place(scene, "unknown structure room", BACKUP_VERIFIED=214)
    mail = scene.brief()
    assert mail.subject.startswith("1 thing needs you")
    assert "A check of nas has given no answer yet" in mail.text
    assert "not well: structure, room" in row_of(mail, "nas")


def test_a_restore_is_told_with_its_age_and_its_time(at: Callable[[str], Any]) -> None:
    scene = at("well")
    place(scene, BACKUP_RPO=75 * HOUR)
    ago = scene.now - timedelta(days=3)
    scene.fact(facts.BACKUP_RESTORE, 240, scene.today, connection="nas", as_of=ago)
    row = row_of(scene.brief(), "nas")
    assert "restored 3 days ago in 4 mins" in row
    assert "newest proven copy 3 days" in row


def test_damage_that_a_check_found_takes_all_proof(at: Callable[[str], Any]) -> None:
    scene = at("well")
    place(scene, "fail data", BACKUP_VERIFIED=214, BACKUP_RPO=3 * HOUR)
    scene.find("backups/nas/data", Urgency.LOSES_MONEY, Text("What is stored in nas is damaged"))
    assert row_of(scene.brief(), "nas").startswith("NOT VERIFIED")


def group(scene: Any, copies: int = 3, offsite: int = 1) -> None:
    for name, value in (
        (facts.BACKUP_COPIES, copies), (facts.BACKUP_MEDIA, 2), (facts.BACKUP_OFFSITE, offsite),
        (facts.BACKUP_IMMUTABLE, "declared"), (facts.BACKUP_RPO, 3 * HOUR), (facts.BACKUP_RTO, 720),
    ):  # fmt: skip
        scene.fact(name, value, scene.today, group="database")


def test_a_group_is_one_line_of_what_counts(at: Callable[[str], Any]) -> None:
    scene = at("well")
    group(scene)
    mail = scene.brief()
    line = (
        "3-2-1 database · 3 copies · 2 kinds of media · 1 off-site · immutable (declared) · "
        "RPO 3 hrs 3 mins · RTO about 12 mins"
    )
    assert line in " ".join(mail.text.split())
    assert line.partition(" ")[2] in " ".join(mail.seen.split())


def test_a35_a_group_without_a_copy_elsewhere_is_not_called_safe(at: Callable[[str], Any]) -> None:
    scene = at("well")
    group(scene, offsite=0)
    mail = scene.brief()
    assert "- NOT 3-2-1 database" in mail.text
    assert "0 off-site" in " ".join(mail.text.split())
    assert mail.html.count('class="good"') == 1


def test_a36_a_place_that_nobody_looked_at_for_two_periods_is_told(at: Callable[[str], Any]) -> None:
    scene = at("well")
    then = scene.now - timedelta(days=3)
    due = scene.now - timedelta(minutes=1)
    scene.fact(facts.BACKUP_AWAITED, due.isoformat(), then.date(), connection="nas", as_of=then)
    mail = scene.brief()
    assert "Nobody has looked at the backup nas since Sat 18 Jul" in " ".join(mail.text.split())
    scene.fact(facts.BACKUP_AWAITED, (scene.now + timedelta(days=2)).isoformat(), scene.today, connection="nas")
    assert "Nobody has looked" not in scene.brief().text
