"""What a morning mail says of itself: what is late, stale, missing or not proven, and what calm rests on."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.model import Text, Urgency
from daemon.records import Run, State, Upcoming
from daemon.testing import make_context, names_in
from jobs.briefing import BriefingOptions, briefing
from jobs.kinds import facts
from tests.jobs.briefing import mornings


def flat(mail: Any) -> str:
    return " ".join(mail.text.split())


def test_29_a_late_morning_says_why_and_what_was_caught_up() -> None:
    mail = mornings.briefed("late")
    for part in (flat(mail), " ".join(mail.seen.split())):
        assert "This briefing is 2 hrs 40 mins late." in part
        assert "nightclerk was not running from 02:10 to 06:50." in part
        assert "Routines caught up: 6, skipped: 2." in part


def test_a_morning_in_time_does_not_count_what_was_caught_up(at: Callable[[str], Any]) -> None:
    scene = at("normal")
    begun = scene.now - timedelta(hours=1)
    scene.night.past_runs.append(Run(9, "feeds", "s", 1, State.OK, begun - timedelta(hours=1), begun, begun))
    assert "caught up" not in scene.brief().text


def test_a_run_says_for_whom_it_wrote_and_claims_no_mail_that_it_can_not_know_of(tmp_path: Path) -> None:
    for dry in (False, True):
        said = briefing.run(make_context(tmp_path, names_in(facts), dry=dry), BriefingOptions())
        assert said is not None
        assert said.id == "{verdict}: written for {n} person"


def test_12_an_all_clear_day_reads_in_one_line_without_opening_the_mail() -> None:
    mail = mornings.briefed("well")
    assert mail.subject == "All is well · 41 orders, 18,240.50 GBP · Tue 21 Jul"
    assert mail.preheader.startswith(
        "3 routines ran well, every backup was read back and checked, nothing waits for you."
    )


def test_a_notice_is_never_hidden_behind_all_is_well(at: Callable[[str], Any]) -> None:
    scene = at("well")
    scene.night.said.append(Text("Mail does not leave: {reason}", {"reason": "no route"}))
    mail = scene.brief()
    assert mail.subject.startswith("1 notice to read · 41 orders")
    assert "All is well" not in mail.text + mail.seen
    assert mail.preheader.startswith("Mail does not leave: no route")


@pytest.mark.parametrize(
    ("name", "hours", "covers"),
    [
        ("spring", 23, "Covers Sat 28 Mar 07:00 to Sun 29 Mar 07:00, Europe/Stockholm."),
        ("autumn", 25, "Covers Sat 24 Oct 07:00 to Sun 25 Oct 07:00, Europe/Stockholm."),
    ],
)
def test_30_a_window_with_a_change_of_the_clocks_says_its_hours(name: str, hours: int, covers: str) -> None:
    mail = mornings.briefed(name)
    assert covers in flat(mail)
    for part in (flat(mail), " ".join(mail.seen.split())):
        assert f"That is {hours} hours: the clocks changed." in part


@pytest.mark.parametrize(("name", "hours"), [("after-spring", 23), ("after-autumn", 25)])
def test_30_the_day_after_says_how_long_yesterday_was(name: str, hours: int) -> None:
    mail = mornings.briefed(name)
    assert f"Sunday had {hours} hours: the clocks changed." in flat(mail)
    assert "That is 2" not in mail.text


def test_23_a_stock_that_nobody_read_since_yesterday_says_up_to_when(at: Callable[[str], Any]) -> None:
    scene = at("well")
    scene.fact(facts.STOCK_CHECKED, 214, scene.yesterday, as_of=scene.now - timedelta(hours=27))
    mail = scene.brief()
    assert "Read until Mon 20 Jul 03:58 and not after (≤ 03:58)" in flat(mail)
    assert "≤ 03:58" in mail.seen


def test_a_stock_that_was_read_this_morning_needs_no_word(at: Callable[[str], Any]) -> None:
    assert "and not after" not in at("normal").brief().text


def test_26_a_backup_that_nobody_read_back_needs_a_person(at: Callable[[str], Any]) -> None:
    scene = at("well")
    scene.fact(facts.BACKUP_AGE, 7200, scene.today, connection="photos")
    mail = scene.brief()
    assert mail.subject.startswith("1 thing needs you")
    assert "Nobody knows whether the newest copy in photos can be restored" in flat(mail)


def test_26_what_was_found_about_a_backup_is_not_said_twice_and_takes_its_proof(at: Callable[[str], Any]) -> None:
    scene = at("well")
    scene.find("backups/shop-db/broken", Urgency.LOSES_MONEY, Text("The newest copy is damaged"))
    mail = scene.brief()
    assert mail.values["attention"]["total"] == 1
    assert "NOT VERIFIED Backup shop-db" in mail.text
    assert "every backup was read back" not in mail.text + mail.preheader


def test_20_routines_that_failed_for_one_reason_are_one_thing(at: Callable[[str], Any]) -> None:
    scene = at("well")
    for number in range(40):
        scene.ended(f"export-{number:02}", State.FAILED, "token expired")
    scene.ended("feeds", State.FAILED, "no route")
    mail = scene.brief()
    assert mail.subject.startswith("2 things need you")
    assert "1. 40 routines failed, one cause: token expired" in mail.text
    assert "export-00, export-01, export-02, export-03 and 36 more" in mail.text
    assert "2. The routine feeds failed" in mail.text


def test_late_and_held_orders_are_listed_with_what_to_do(at: Callable[[str], Any]) -> None:
    scene = at("normal")
    scene.find(
        "orders:held:address", Urgency.DUE_TODAY, Text("{n} orders have an incomplete address: #7, #8", {"n": 2}),
        next_step=Text("Ask the customer for the address"), since=scene.now - timedelta(days=2),
    )  # fmt: skip
    text = mornings.briefed("normal").text
    assert "9 ready to pack · 5 held · 2 late\n- 2 orders are late: 10482, 10485" in text
    section = flat(scene.brief()).split("Open orders")[1].split("Pick list")[0]
    assert "2 orders have an incomplete address: #7, #8 · since Sun 19 Jul 06:58" in section
    assert "Next: Ask the customer for the address" in section
    assert section.index("orders are late") < section.index("incomplete address")


def test_enquiries_are_there_only_where_a_source_tells_of_them(at: Callable[[str], Any]) -> None:
    scene = at("well")
    assert "enquiries" not in scene.brief().text
    scene.fact(facts.ENQUIRIES_OPEN, 0, scene.today)
    assert "Unanswered enquiries (0)" in scene.brief().text
    scene.fact(facts.ENQUIRIES_OPEN, 2, scene.today)
    scene.fact(facts.ENQUIRY_AGE, 39600, scene.today, id="a", subject="Wrong colour in order 10461")
    scene.fact(facts.ENQUIRY_AGE, 93600, scene.today, id="b", subject="Can you ship to the Faroe Islands?")
    assert "- Can you ship to the Faroe Islands? · 1 day 2 hrs\n- Wrong colour in order 10461 · 11 hrs" in (
        scene.brief().text
    )


def test_drafts_name_the_machine_that_their_commands_run_on(at: Callable[[str], Any]) -> None:
    scene = at("normal")
    for part in (scene.brief().text, scene.brief().seen):
        assert "Give the command on the machine shop-pc." in part
    scene.host = ""
    assert "on the machine" not in scene.brief().text


def test_the_day_ahead_names_cut_offs_and_planned_posts(at: Callable[[str], Any]) -> None:
    scene = at("normal")
    scene.night.slots.append(Upcoming("briefing", "late", scene.now + timedelta(days=3)))
    section = flat(scene.brief()).split(" Today ")[-1]
    assert "11:58 Glöd mug, ash (GM-1) runs out in 1 day 8 hrs at the present pace: 4 left · last moment" in section
    assert "Fri 24 Jul" not in section


def test_a_preview_line_is_long_enough_where_the_words_are_short(at: Callable[[str], Any]) -> None:
    scene = at("well")
    scene.find("a", Urgency.DUE_TODAY, Text("Ok?"))
    assert 30 <= len(scene.brief().preheader) <= 140
    assert 30 <= len(mornings.briefed("empty", "zh").preheader) <= 140
