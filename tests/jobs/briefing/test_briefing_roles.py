"""Who is shown what, and that nobody learns a figure that is not theirs."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any, get_args

import pytest

from daemon.config.rights import Role
from daemon.model import Person, Text, Urgency
from daemon.records import MailState, MailStatus, Task
from jobs.briefing.roles import ROLES, SECTIONS, share_of
from jobs.kinds import facts
from tests.jobs.briefing import mornings

OTHERS = ("warehouse", "staff", "admin")
GROSS = re.compile(r"18[ ,.]?240|2[ ,.]?870|16[ ,.]?190|GBP|£")


def heads(mail: Any) -> list[str]:
    return [unescape(head) for head in re.findall(r"<h2[^>]*>([^<(:]*?) ?(?:[(:][^<]*)?</h2>", mail.html)]


def test_an_owner_gets_every_section() -> None:
    owner = share_of(Person("Lotta", roles=("owner",)))
    assert owner.whole
    assert set(SECTIONS) == owner.sections


@pytest.mark.parametrize("name", ["normal", "stale", "failed", "late", "worst"])
@pytest.mark.parametrize("role", OTHERS)
def test_nobody_but_an_owner_learns_what_was_earned(role: str, name: str) -> None:
    mail = mornings.briefed(name, roles=(role,))
    for part in (mail.subject, mail.preheader, mail.html, mail.text, mail.stored.message_id, str(mail.message["From"])):
        assert not GROSS.search(part)
    assert "41 orders" not in mail.text + mail.seen + mail.preheader
    assert mail.values["numbers"] is None


def test_the_warehouse_gets_what_it_packs() -> None:
    mail = mornings.briefed("normal", roles=("warehouse",))
    assert mail.subject == "2 things need you · Tue 21 Jul"
    assert "9 orders can be packed now." in mail.text
    assert heads(mail) == ["Needs you", "Today's tasks", "Stock running out", "Open orders", "Today"]
    assert "Glöd mug, ash GM-1: 8" in mail.text
    assert "It has the sections of your roles under `people:` (warehouse)." in " ".join(mail.text.split())


def test_staff_get_orders_and_enquiries() -> None:
    scene = mornings.scene_of("normal")
    scene.people = (Person("Bo", "bo@shop.test", roles=("staff",)),)
    scene.fact(facts.ENQUIRIES_OPEN, 3, scene.today)
    scene.fact(facts.ENQUIRY_AGE, 93600, scene.today, id="m1", subject="Can you ship to the Faroe Islands?")
    mail = scene.brief()
    assert heads(mail) == ["Needs you", "Today's tasks", "Open orders", "Unanswered enquiries", "Today"]
    assert "- Can you ship to the Faroe Islands? · 1 day 2 hrs" in mail.text
    assert "and 2 more" in mail.text


def test_an_admin_gets_the_machinery() -> None:
    mail = mornings.briefed("late", roles=("admin",))
    assert heads(mail) == ["Needs you", "Today's tasks", "Routines and backups", "Today"]
    assert "1. The routine ledger-export failed" in mail.text
    assert "orders are late" not in mail.text
    assert "nightclerk was not running from 02:10 to 06:50." in mail.text


def test_what_the_daemon_says_of_itself_is_not_for_the_warehouse() -> None:
    mail = mornings.briefed("late", roles=("warehouse",))
    assert "This briefing is 2 hrs 40 mins late." in mail.text
    assert "nightclerk was not running" not in mail.text


def test_several_roles_are_the_union() -> None:
    both = mornings.briefed("normal", roles=("admin", "warehouse"))
    wanted = ["Needs you", "Today's tasks", "Stock running out", "Open orders", "Routines and backups", "Today"]
    assert heads(both) == wanted
    assert mornings.briefed("normal", roles=("warehouse", "owner")).values["numbers"] is not None


@pytest.mark.parametrize("roles", [(), ("cleaner",)])
def test_a_role_that_nobody_declared_gets_the_plan_of_the_day_only(roles: tuple[str, ...]) -> None:
    mail = mornings.briefed("normal", roles=roles)
    assert heads(mail) == ["Today"]
    assert mail.subject == "Nothing needs you · Tue 21 Jul"
    assert "All is well" not in mail.html + mail.text
    assert not GROSS.search(mail.text + mail.html)


def test_every_role_of_the_configuration_is_declared() -> None:
    assert set(ROLES) == set(get_args(Role))


def test_one_mail_goes_to_each_in_their_own_language_with_their_own_part(at: Callable[[str], Any]) -> None:
    scene = at("normal")
    scene.people = (
        Person("Lotta", "lotta@shop.test", roles=("owner",), language="en"),
        Person("Kai", "kai@shop.test", roles=("warehouse",), language="de"),
    )
    first, second = scene.briefs()
    assert [first.stored.recipient, second.stored.recipient] == ["lotta@shop.test", "kai@shop.test"]
    assert first.message["Content-Language"] == "en"
    assert second.message["Content-Language"] == "de"
    assert first.stored.message_id != second.stored.message_id


def test_a_refused_mail_is_named_by_its_moment_and_not_by_its_subject(at: Callable[[str], Any]) -> None:
    scene = at("normal")
    scene.people = (Person("Root", "root@shop.test", roles=("admin",)),)
    subject = "2 things need you · 41 orders, 18240 GBP · Mon 20 Jul"
    scene.night.all_mails.append(MailStatus(1, "a@b.example", subject, MailState.REFUSED, 1, scene.now, error="550"))
    mail = scene.brief()
    assert "was refused: 550" in " ".join(mail.text.split())
    assert not GROSS.search(mail.text)


def test_a_finding_about_money_stays_with_the_owner(at: Callable[[str], Any]) -> None:
    scene = at("normal")
    scene.find(
        "numbers:low", Urgency.LOSES_MONEY, Text("Gross was {n} lower than usual", {"n": 18240}), stake=Decimal(9)
    )
    owner = scene.brief()
    scene.people = (replace(scene.people[0], roles=("warehouse", "staff", "admin")),)
    assert "lower than usual" in owner.text
    assert "lower than usual" not in scene.brief().text


def test_a_task_with_an_owner_is_on_that_ones_list_alone(at: Callable[[str], Any]) -> None:
    scene = at("well")
    created = scene.now - timedelta(days=1)
    scene.night.open_tasks = [
        Task("1", "Photograph the plates", created, owner="lotta"),
        Task("2", "Sweep the shelves", created, owner="kai"),
        Task("3", "Phone the bank", created),
    ]
    scene.people = (
        Person("Lotta", "lotta@shop.test", roles=("owner",), key="lotta"),
        Person("Kai", "kai@shop.test", roles=("warehouse",), key="kai"),
    )
    lotta, kai = (mail.text for mail in scene.briefs())
    assert "Photograph the plates" in lotta
    assert "Sweep the shelves" not in lotta
    assert "Sweep the shelves" in kai
    assert "Photograph the plates" not in kai
    assert "Phone the bank" in lotta
    assert "Phone the bank" in kai
