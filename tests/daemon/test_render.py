"""Mails from templates: the same bytes each time, the owner's first, and never lost to a slip in a template."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.errors import NightclerkError
from daemon.model import Document, Mail, Money, Person, Shop, Text
from daemon.render.page import House, compose, render

SHOP = Shop("mine", "The Shop", "Europe/London", "GB", "GBP", "en")
HOUSE = House(SHOP, "clerk@shop.example", datetime(2026, 7, 21, 6, 0, tzinfo=UTC), 7, "0.1.0")
ADA = Person("Ada", "ada@shop.example")


def notice(**values: object) -> Mail:
    given = {"title": Text("The shop can't be reached"), "paragraphs": [Text("Since {t}.", {"t": HOUSE.moment})]}
    return Mail(ADA, Document("notice", {**given, **values}), date(2026, 7, 21))


def own(folder: Path, file: str, source: str) -> House:
    place = folder / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(source)
    return replace(HOUSE, folders=(folder,))


def test_a_notice_says_its_thing_in_both_parts() -> None:
    page = render(notice(), HOUSE)
    assert page.subject == "The shop can't be reached · The Shop"
    for part in (page.text, page.html.replace("&#39;", "'")):
        assert "The shop can't be reached" in part
        assert "Since 07:00." in part


def test_07_the_same_mail_gives_the_same_bytes_and_another_person_others() -> None:
    assert compose(notice(), HOUSE) == compose(notice(), HOUSE)
    other = compose(replace(notice(), to=Person("Bo", "bo@shop.example")), HOUSE)
    assert other.message_id != compose(notice(), HOUSE).message_id


def test_04_the_message_id_names_template_day_recipient_and_edition() -> None:
    first, second = compose(notice(), HOUSE), compose(replace(notice(), edition=2), HOUSE)
    stem = first.message_id.removesuffix("@shop.example>")
    assert stem.startswith("<notice.2026-07-21.")
    assert len(stem) == len("<notice.2026-07-21.") + 12
    assert second.message_id == f"{stem}.e2@shop.example>"
    parsed = email.message_from_bytes(second.content, policy=email.policy.default)
    assert parsed["In-Reply-To"] == first.message_id
    assert parsed["References"].split() == ["<day." + first.message_id[1:], first.message_id]
    assert parsed["Subject"].startswith("Correction: ")


def test_the_same_kind_of_mail_from_two_routines_is_two_mails() -> None:
    ids = {compose(notice(), replace(HOUSE, routine=routine)).message_id for routine in ("early", "late")}
    assert len(ids) == 2


def test_two_alerts_of_one_day_are_told_apart_by_their_key() -> None:
    assert compose(notice(key="a"), HOUSE).message_id != compose(notice(key="b"), HOUSE).message_id


def test_an_owners_template_is_used_before_the_built_in_one(tmp_path: Path) -> None:
    house = own(tmp_path, "notice/subject.txt.j2", "Mind: {{ title }}")
    assert render(notice(), house).subject == "Mind: The shop can't be reached"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{{ nosuch }}", "nosuch"),
        ("{% if %}", "Expected"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ title.__class__.__mro__ }}", "unsafe"),
        ("{% include 'nowhere.j2' %}", "nowhere.j2"),
        ("{{ title|nofilter }}", "nofilter"),
    ],
)
def test_47_an_owners_template_that_fails_costs_its_looks_only(tmp_path: Path, source: str, why: str) -> None:
    page = render(notice(), own(tmp_path, "notice/body.txt.j2", source))
    assert "Your own template could not be used" in " ".join(page.text.split())
    assert why in page.text
    assert "Since 07:00." in page.text
    assert "Your own template could not be used" in page.html


def test_a_template_prints_every_value_in_words_and_none_as_not_available(tmp_path: Path) -> None:
    source = "{{ m }}|{{ none }}|{{ d|weekday }}|{{ t|since }}|{{ none|money }}|{{ ngettext('1 box', '{n} boxes', 2) }}"
    house = own(tmp_path, "notice/body.txt.j2", source)
    mail = notice(m=Money(Decimal("2.005"), "GBP"), none=None, d=date(2026, 7, 20), t=HOUSE.moment)
    assert render(mail, house).text == "£2.00|not available|Monday|since 07:00|not available|2 boxes\n"


def test_outside_text_is_escaped_in_html_and_on_one_line_in_text() -> None:
    page = render(notice(paragraphs=["<b>x</b>\r\nBcc: evil\u202e"]), HOUSE)
    assert "&lt;b&gt;x&lt;/b&gt;  Bcc: evil<" in page.html
    assert "\n<b>x</b>  Bcc: evil\n" in page.text


def test_a_template_nobody_has_is_said_in_one_sentence() -> None:
    with pytest.raises(NightclerkError, match="there is no template nosuch"):
        render(Mail(ADA, Document("nosuch", {}), date(2026, 7, 21)), HOUSE)
    with pytest.raises(NightclerkError, match="no name of a template"):
        render(Mail(ADA, Document("../etc", {}), date(2026, 7, 21)), HOUSE)


def test_a_subject_keeps_its_first_and_last_parts_when_it_is_too_long(tmp_path: Path) -> None:
    house = own(tmp_path, "notice/subject.txt.j2", "first " * 7 + "\nmiddle " * 5 + "\nlast")
    assert render(notice(), house).subject.startswith("first first")
    assert render(notice(), house).subject.endswith("· last")
    assert len(render(notice(), house).subject) <= 70


def test_an_amount_is_never_broken_over_two_lines_of_the_text(tmp_path: Path) -> None:
    shop = replace(HOUSE.shop, country="SE", currency="SEK")
    source = "{% for n in range(60) %}{{ 'x' * n }} {{ m }} {{ m }} {{ m }} {{ m }}\n{% endfor %}"
    house = replace(own(tmp_path, "notice/body.txt.j2", source), shop=shop)
    text = render(notice(m=Money(Decimal("5310.08"), "SEK"), paragraphs=[]), house).text
    assert text.count("5 310,08 kr") == 240
    assert max(map(len, text.splitlines())) <= 72
