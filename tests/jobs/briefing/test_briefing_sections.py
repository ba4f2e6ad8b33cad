"""What needs a person and in which order, and what each section says of the night."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from daemon.model import Text, Urgency
from daemon.records import MailState, MailStatus, Run, State, Task, Upcoming
from jobs.briefing.rank import safe_link
from jobs.kinds import facts

NOW = datetime(2026, 7, 21, 4, 58, tzinfo=UTC)
TODAY = NOW.date()


def test_16_one_thing_is_said_in_the_singular(scene: Any) -> None:
    scene.day(TODAY - timedelta(days=1), 1, "5.00")
    scene.find("a", Urgency.DUE_TODAY, Text("A thing that is due today and takes a moment"))
    mail = scene.brief()
    assert mail.subject == "1 thing needs you · 1 order, 5.00 GBP · Tue 21 Jul"
    assert "1 order, £5.00 on Monday." in mail.text


def test_20_at_most_five_things_are_shown_in_the_order_of_their_harm(at: Callable[[str], Any]) -> None:
    scene = at("worst")
    first = scene.brief()
    assert len(first.values["attention"]["rows"]) == 5
    assert first.values["attention"]["more"] == first.values["attention"]["total"] - 5
    assert f"and {first.values['attention']['total'] - 5} more" in first.text
    random.Random(1).shuffle(scene.night.seen)
    assert scene.brief().values["attention"] == first.values["attention"]


def test_class_goes_before_stake_then_the_oldest_then_the_key(scene: Any) -> None:
    scene.find("d", Urgency.DUE_TODAY, Text("d"), stake=Decimal(10**6))
    scene.find("c", Urgency.LOSES_MONEY, Text("c"))
    scene.find("b", Urgency.LOSES_MONEY, Text("b"))
    scene.find("old", Urgency.LOSES_MONEY, Text("old"), since=NOW - timedelta(days=2))
    scene.find("dear", Urgency.LOSES_MONEY, Text("dear"), stake=Decimal("0.01"))
    order = [row["title"].id for row in scene.brief().values["attention"]["rows"]]
    assert order == ["dear", "old", "b", "c", "d"]


def test_findings_of_one_cause_are_one_thing_with_the_number_of_the_others(scene: Any) -> None:
    for number in range(40):
        scene.find(f"k{number:02}", Urgency.STAYS_BROKEN, Text("Export {n} failed", {"n": number}), group="token")
    mail = scene.brief()
    assert mail.values["attention"]["total"] == 1
    assert "1. Export 0 failed and 39 more with the same cause" in mail.text


def test_21_each_thing_says_what_why_since_when_and_what_next(at: Callable[[str], Any]) -> None:
    text = at("normal").brief().text
    assert "1. 2 orders are late: 10482, 10485" in text
    assert "The oldest should have been sent by Sat 18 Jul" in text
    assert "Next: Send them today, or tell the customers" in text
    assert "urgent · since Mon 20 Jul 15:58 · day 3" in text
    assert "https://keramikglod.example/orders?late=1" in text
    assert "due today · since 03:58 · due 11:58" in text


def test_a_time_that_has_passed_is_not_said_to_be_due(scene: Any) -> None:
    scene.find("a", Urgency.LOSES_MONEY, Text("Too late"), due=NOW - timedelta(minutes=1))
    scene.find("b", Urgency.DUE_TODAY, Text("In time"), due=NOW)
    text = scene.brief().text
    assert "urgent · since 03:58\n" in text
    assert "due today · since 03:58 · due 06:58" in text


@pytest.mark.parametrize(
    "link",
    ["http://a.example/", "javascript:alert(1)", "https://", "https://u:p@a.example/", "https://a b", "https://[", ""],
)
def test_only_a_plain_https_link_is_shown(link: str) -> None:
    assert safe_link(link) == ""
    assert safe_link("https://a.example/x?y=1") == "https://a.example/x?y=1"


def test_a_task_that_needs_you_says_already_is_only_counted_among_todays_tasks(scene: Any) -> None:
    scene.find("a", Urgency.DUE_TODAY, Text("The kiln is cold"))
    scene.night.open_tasks += [
        Task("1", Text("The kiln is cold"), NOW, urgency=Urgency.DUE_TODAY, source="a"),
        Task("2", "Phone the bank", NOW, due=TODAY - timedelta(days=1), slipped=3),
    ]
    mail = scene.brief()
    flat = " ".join(mail.text.split())
    assert mail.text.count("The kiln is cold") == 1
    assert "2. Phone the bank · unsorted · overdue since Mon 20 Jul · left over from 3 mornings · id 2" in flat
    assert "1 of them stands above." in flat
    assert "2 tasks have no goal or no horizon; sort them with nightclerk tasks move" in flat


def test_a_failed_routine_needs_a_person_until_a_later_run_is_good(scene: Any) -> None:
    scene.ended("feeds", State.FAILED, "no route", ago=3)
    scene.ended("orders", State.TIMED_OUT, "too slow", ago=3)
    scene.ended("orders", State.OK, ago=1)
    mail = scene.brief()
    assert [row["title"].values["routine"] for row in mail.values["attention"]["rows"]] == ["feeds"]
    flat = " ".join(mail.text.split())
    assert "FAILED feeds 03:58 · no route" in flat
    assert "TIMED OUT orders 03:58 · too slow · a later run was good" in flat


def test_the_same_failure_ten_times_is_one_row(scene: Any) -> None:
    for number in range(10):
        scene.ended("feeds", State.FAILED, "no route", ago=10 - number)
    mail = scene.brief()
    assert "10 failed" in mail.text
    assert len(mail.values["routines"]["rows"]) == 1
    assert "10 times" in mail.text


def test_slots_left_out_by_one_policy_are_one_row_whatever_time_their_reasons_name(scene: Any) -> None:
    for number in range(10):
        scene.ended("feeds", State.SKIPPED, f"still running since 03:{number:02}", ago=10 - number)
    mail = scene.brief()
    assert [row["times"] for row in mail.values["routines"]["rows"]] == [10]
    assert "10 times · still running since 03:09" in mail.text


def test_19_routines_print_their_zeros(at: Callable[[str], Any]) -> None:
    assert "0 ok, 0 failed" in at("empty").brief().text


def test_25_only_checks_of_a_good_run_are_in_the_list_of_what_is_fine(scene: Any) -> None:
    def run(number: int, routine: str, state: State, said: str) -> Run:
        return Run(number, routine, "s", 1, state, NOW, NOW - timedelta(hours=number), checked=(Text(said),))

    scene.night.past_runs = [
        run(1, "orders", State.OK, "payments match"),
        run(2, "feeds", State.FAILED, "prices match"),
        replace(run(3, "stock", State.OK, "only pretended"), dry=True),
    ]
    assert [text.id for text in scene.brief().values["fine"]["rows"]] == ["payments match"]


def test_what_two_routines_found_fine_is_said_once(scene: Any) -> None:
    same = Text("every record could be read")
    for number, routine in enumerate(("orders", "market-orders"), start=1):
        ended = NOW - timedelta(hours=number)
        scene.night.past_runs.append(Run(number, routine, "s", 1, State.OK, NOW, ended, checked=(same,)))
    assert scene.brief().text.count("every record could be read") == 1


def test_26_a_backup_is_verified_only_where_the_newest_copy_was_read_back(scene: Any) -> None:
    scene.fact(facts.BACKUP_AGE, 3600, TODAY, connection="new", as_of=NOW)
    scene.fact(facts.BACKUP_VERIFIED, 9, TODAY, connection="new", as_of=NOW - timedelta(hours=5))
    scene.fact(facts.BACKUP_AGE, 3600, TODAY, connection="proven", as_of=NOW)
    scene.fact(facts.BACKUP_VERIFIED, 9, TODAY, connection="proven", as_of=NOW - timedelta(minutes=5))
    scene.fact(facts.BACKUP_AGE, 3600, TODAY, connection="large", as_of=NOW)
    scene.fact(facts.BACKUP_VERIFIED, 9, TODAY, connection="large", as_of=NOW - timedelta(minutes=5))
    scene.fact(facts.BACKUP_UNREAD, 1, TODAY, connection="large", as_of=NOW - timedelta(minutes=5))
    text = scene.brief().text
    assert "- NOT VERIFIED Backup new" in text
    assert "- VERIFIED Backup proven" in text
    (large,) = [row for row in " ".join(text.split()).split(" - ") if "Backup large" in row]
    assert large.startswith("PARTLY VERIFIED Backup large")
    assert "9 files read back and right, 1 not read" in large


def test_27_drafts_come_oldest_first_with_their_command_and_expired_ones_not(scene: Any) -> None:
    scene.draft(7, "young", 1)
    scene.draft(8, "old", 30)
    scene.draft(9, "expired", 50, expires=NOW - timedelta(hours=1))
    mail = scene.brief()
    assert mail.subject.startswith("Incomplete")
    assert [row["command"] for row in mail.values["drafts"]["rows"]] == ["nightclerk approve 8", "nightclerk approve 7"]
    assert "2 drafts wait for your approval" in mail.text
    assert "expired" not in mail.text


def test_29_a_late_briefing_says_how_late_and_what_the_daemon_says(scene: Any) -> None:
    scene.due = NOW - timedelta(hours=2, minutes=40)
    scene.night.said.append(Text("The machine was off from {a} to {b}.", {"a": "04:10", "b": "06:31"}))
    text = scene.brief().text
    assert "! This briefing is 2 hrs 40 mins late." in text
    assert "! The machine was off from 04:10 to 06:31." in text


def test_a_routine_it_waited_for_in_vain_is_named_first(at: Callable[[str], Any]) -> None:
    scene = at("well")
    scene.missing = ("inventory",)
    mail = scene.brief()
    assert mail.subject == "Incomplete: inventory did not finish · Tue 21 Jul"
    assert "! inventory did not finish before this was written" in mail.text


def test_a_mail_of_unknown_fate_is_mentioned(at: Callable[[str], Any]) -> None:
    scene = at("well")
    for state in (MailState.UNCERTAIN, MailState.REFUSED, MailState.SENT):
        scene.night.all_mails.append(MailStatus(1, "a@b.example", f"Mon {state}", state, 1, NOW, error="550 no"))
    mail = scene.brief()
    flat = " ".join(mail.text.split())
    assert "The mail of 06:58 to a@b.example may have arrived twice or not at all." in flat
    assert "The mail of 06:58 to a@b.example was refused: 550 no" in flat
    assert "Mon sent" not in flat
    assert mail.subject.startswith("2 notices to read")


@pytest.mark.parametrize(("hours", "title"), [(13, "Overnight"), (24, "New since the last count")])
def test_a_window_that_holds_a_whole_day_is_not_called_the_night(scene: Any, hours: int, title: str) -> None:
    opened = (scene.now - timedelta(hours=hours)).isoformat()
    scene.fact(facts.NIGHT_ORDERS, 6, scene.today, **{"from": opened})
    assert scene.brief().values["overnight"]["title"].id == title


def test_what_runs_tomorrow_is_not_in_the_section_of_today(scene: Any) -> None:
    scene.night.slots.append(Upcoming("orders", "s", scene.start_of(scene.today + timedelta(days=1))))
    assert scene.brief().values["today"]["rows"] == []


def test_a_routine_that_runs_all_day_is_one_line_of_today(scene: Any) -> None:
    for quarter in range(96):
        scene.night.slots.append(Upcoming("feeds", f"s{quarter}", NOW + timedelta(minutes=15 * quarter + 2)))
    mail = scene.brief()
    assert len(mail.values["today"]["rows"]) == 1
    assert "07:00  feeds · 68 times" in " ".join(mail.text.split("\n")).replace("- ", "")


def test_stock_runs_from_the_most_urgent_to_the_least(at: Callable[[str], Any]) -> None:
    rows = at("normal").brief().values["stock"]["rows"]
    assert [row["title"] for row in rows][:2] == ["Soap dish", "Glöd mug, ash"]


def test_the_pick_list_is_capped_and_says_how_many_more(at: Callable[[str], Any]) -> None:
    mail = at("worst").brief()
    assert len(mail.values["orders"]["picks"]["rows"]) == 8
    assert "and 238 more" in mail.text
    assert "and 238 more" in mail.seen
    scene = at("worst")
    scene.people = (replace(scene.people[0], roles=("warehouse",)),)
    assert len(scene.brief().values["orders"]["picks"]["rows"]) == 40


def test_47_an_owners_template_with_an_unknown_name_gives_the_built_in_with_a_warning(
    at: Callable[[str], Any], tmp_path: Any
) -> None:
    own = tmp_path / "templates" / "briefing"
    own.mkdir(parents=True)
    (own / "body.html.j2").write_text("<p>{{ nosuch }}</p>")
    scene = at("normal")
    scene.folders = (tmp_path / "templates",)
    mail = scene.brief()
    assert "Your own template could not be used" in mail.seen
    assert "nosuch" in mail.text
    assert "Yesterday in numbers" in mail.html
