"""What every briefing keeps, whatever the night was like; the numbers are those of the acceptance checks."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from wcwidth import wcswidth

from daemon.model import Person, Text
from daemon.render.say import Voice, say
from daemon.testing import make_context
from jobs.briefing import BriefingOptions, briefing
from tests.jobs.briefing import mornings

INTEGER = re.compile(r"\d+")
URL = re.compile(r"https?://\S+")
BANNED_INLINE = re.compile(r"!important|rgba|\drem|var\(|calc\(|opacity|display:\s*flex|grid|url\(")


def language_of(mail: Any) -> str:
    """Return the language that the HTML part says it is in."""
    found = re.search(r'<html lang="(\w+)"', mail.html)
    assert found
    return found[1]


def test_01_it_parses_strictly_into_text_and_html_alternatives(any_briefing: Any) -> None:
    message = any_briefing.message
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects
    assert not any(part.defects for part in message.walk())


def test_02_it_stays_small_even_on_the_worst_night(any_briefing: Any) -> None:
    assert len(any_briefing.html.encode()) <= 45_000
    assert len(any_briefing.stored.content) <= 90_000


@pytest.mark.parametrize("language", mornings.LANGUAGES)
def test_02_an_ordinary_morning_is_smaller_still_in_every_language(language: str) -> None:
    assert len(mornings.briefed("normal", language).html.encode()) <= 30_000
    assert len(mornings.briefed("worst", language).html.encode()) <= 45_000


def test_03_its_bytes_are_seven_bit_crlf_and_quoted_printable(any_briefing: Any) -> None:
    content = any_briefing.stored.content
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 98
    body = content.split(b"\r\n\r\n", 1)[1]
    assert max(len(line) for line in body.split(b"\r\n")) <= 78
    for part in any_briefing.message.iter_parts():
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part.get_content_charset() == "utf-8"


def test_06_programs_can_tell_that_a_machine_wrote_it(any_briefing: Any) -> None:
    message = any_briefing.message
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Content-Language"] == language_of(any_briefing)
    assert "noreply" not in message["Reply-To"]
    assert re.fullmatch(r"\w{3}, \d\d \w{3} 2026 0[67]:\d\d:00 \+0[12]00", str(message["Date"]))


def test_07_the_same_night_gives_the_same_bytes(at: Callable[[str], Any]) -> None:
    assert at("worst").brief().stored == at("worst").brief().stored


def test_09_there_is_one_mail_to_each_person_and_no_bcc(at: Callable[[str], Any], any_briefing: Any) -> None:
    assert any_briefing.message["Bcc"] is None
    assert len(any_briefing.message["To"].addresses) == 1


def test_12_the_subject_is_short_and_begins_with_the_verdict(any_briefing: Any) -> None:
    assert wcswidth(any_briefing.subject) <= 70
    voice = Voice(language_of(any_briefing), "GB", "Europe/Stockholm")
    assert any_briefing.subject.startswith(say(any_briefing.values["verdict"], voice))
    total = any_briefing.values["attention"]["total"]
    counted = say(Text("1 thing needs you", {"n": total}, plural="{n} things need you"), voice)
    fits = wcswidth(f"{any_briefing.subject} · {counted}") <= 70
    assert counted in any_briefing.subject if total and fits else total or counted not in any_briefing.subject


def test_13_the_subject_has_no_signs_that_filters_dislike(any_briefing: Any) -> None:
    subject = any_briefing.subject
    assert not set(subject) & set("€$£¥!\u00a0\u202f")
    assert not subject.isupper()
    assert not any(unicodedata.category(char) in {"Cc", "Cf"} for char in subject)
    assert subject == any_briefing.stored.subject


def test_14_the_preview_line_adds_to_the_subject_and_is_not_in_the_text(any_briefing: Any) -> None:
    assert 30 <= len(any_briefing.preheader) <= 140
    assert any_briefing.preheader not in any_briefing.text
    assert any_briefing.subject not in any_briefing.preheader
    assert any_briefing.html.index("mso-hide:all") < any_briefing.html.index("<table")


def test_17_both_parts_say_the_same_numbers_and_links(any_briefing: Any) -> None:
    text = URL.sub(" ", any_briefing.text)
    assert set(INTEGER.findall(any_briefing.seen)) == set(INTEGER.findall(text))
    assert set(any_briefing.links) == set(URL.findall(any_briefing.text))
    assert all(link.startswith("https://") for link in any_briefing.links)


def test_18_no_placeholder_and_no_python_value_shows(any_briefing: Any) -> None:
    for part in (any_briefing.seen, any_briefing.text, any_briefing.subject):
        assert not re.search(
            r"\bNone\b|\bnan\b|undefined|%\(|\{\{|\}\}|\{\w+\}|Money\(|Decimal\(|datetime|Text\(", part
        )


def test_19_the_sections_stand_in_their_order_and_empty_ones_are_absent(english_briefing: Any) -> None:
    wanted = ["Needs you", "Today's tasks", "Waiting for your approval", "Yesterday in numbers", "Overnight",
              "Stock", "Open orders", "Yesterday on the line", "Unanswered enquiries", "Routines and backups", "Today",
              "Checked and fine"]  # fmt: skip
    heads = [unescape(head) for head in re.findall(r"<h2[^>]*>([^<]*)</h2>", english_briefing.html)]
    found = [next(name for name in wanted if head.startswith(name)) for head in heads]
    assert found == [name for name in wanted if name in found]
    assert {"Yesterday in numbers", "Routines and backups"} <= set(found)


def test_28_the_foot_says_what_the_mail_rests_on(english_briefing: Any) -> None:
    for part in (english_briefing.seen, english_briefing.text):
        flat = " ".join(part.split())
        assert re.search(r"Covers \w+ \d+ \w+ \d\d:\d\d to \w+ \d+ \w+ \d\d:\d\d, Europe/Stockholm\.", flat)
        assert "run 1234" in flat
        assert "nightclerk 0.1.0" in flat
        assert "You get this because" in flat
        assert re.search(r"Next briefing: \w+ \d+ \w+ 07:00\.|No next briefing is planned\.", flat)


def test_32_nothing_in_it_is_fetched_or_runs(any_briefing: Any) -> None:
    tags = {tag for tag, _ in any_briefing.tags}
    assert not tags & {"img", "svg", "script", "link", "iframe", "form", "object", "embed", "video"}
    assert "url(" not in any_briefing.html
    assert not any(name.startswith("on") or name == "src" for _, attrs in any_briefing.tags for name in attrs)


def test_33_styles_are_small_and_inline_ones_are_understood_everywhere(any_briefing: Any) -> None:
    blocks = re.findall(r"<style>(.*?)</style>", any_briefing.html, re.DOTALL)
    assert sum(map(len, blocks)) <= 16_000
    inline = [attrs.get("style") or "" for _, attrs in any_briefing.tags]
    assert not [style for style in inline if BANNED_INLINE.search(style)]


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_35_every_text_colour_is_readable_on_every_ground_light_and_dark(at: Callable[[str], Any]) -> None:
    html = at("normal").brief().html
    dark = html[html.index("@media (prefers-color-scheme:dark)") : html.rindex("</style>")]
    light = " ".join(re.findall(r'style="([^"]*)"', html))
    bars = {"#a9c4e0", "#0b5cad", "#b42318", "#b45309", "#48617b", "#6fb1f2"}
    for styles in (light, dark):
        inks = set(re.findall(r"(?<![-a-z])color:(#[0-9a-f]{6})", styles))
        grounds = set(re.findall(r"background-color:(#[0-9a-f]{6})", styles)) - bars
        assert inks
        assert grounds
        assert [(i, g) for i in inks for g in grounds if contrast(i, g) < 4.5] == []


def test_38_its_structure_is_readable_by_a_screen_reader(any_briefing: Any) -> None:
    headings = [int(tag[1]) for tag, _ in any_briefing.tags if re.fullmatch(r"h\d", tag)]
    assert headings.count(1) == 1
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))
    tags = any_briefing.tags
    assert ("html", {"lang": str(any_briefing.message["Content-Language"]), "dir": "ltr"}) in tags
    plain_tables = [attrs for tag, attrs in tags if tag == "table" and attrs.get("role") != "presentation"]
    assert not plain_tables or any(attrs.get("scope") == "row" for tag, attrs in tags if tag == "th")
    title = re.search(r"<title>(.*?)</title>", any_briefing.html)
    assert title
    assert title[1].replace("&amp;", "&") == any_briefing.subject


def test_every_table_that_is_opened_is_closed(any_briefing: Any) -> None:
    for tag in ("table", "tr", "td", "th", "p", "div", "span", "strong"):
        assert len(re.findall(rf"<{tag}[ >]", any_briefing.html)) == any_briefing.html.count(f"</{tag}>")


def test_39_no_status_is_told_by_its_colour_alone(any_briefing: Any) -> None:
    after = re.split(r'class="(?:bad|warn|good)"[^>]*>', any_briefing.html)[1:]
    words = [re.split(r"</(?:strong|span|p|td)>", rest, maxsplit=1)[0] for rest in after]
    assert [word for word in words if not re.search(r"\w{2}", re.sub(r"<[^>]+>", "", word))] == []


def test_40_hostile_data_is_only_text(at: Callable[[str], Any]) -> None:
    mail = at("hostile").brief()
    assert mail.message["Bcc"] is None
    assert "<script" not in mail.html
    assert "alert(1)" in mail.seen
    for part in (mail.subject, mail.text, mail.html, str(mail.message["From"]), str(mail.message["To"])):
        odd = {char for char in part if unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char != "\n"}
        assert not odd
    assert "javascript:" not in mail.html


def test_41_the_text_part_begins_with_the_shop_and_its_day(english_briefing: Any) -> None:
    assert re.search(r"\w+day \d+ \w+ 2026", " ".join(english_briefing.text.splitlines()[:12]))


def test_41_the_text_part_fits_72_columns(any_briefing: Any) -> None:
    lines = any_briefing.text.splitlines()
    assert [line for line in lines if wcswidth(line) > 72 and not URL.fullmatch(line.strip())] == []
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\n\n\n" not in any_briefing.text


def test_a_locked_phone_shows_no_money_where_the_owner_says_so(at: Callable[[str], Any]) -> None:
    scene = at("well")
    scene.options = BriefingOptions(subject="counts")
    assert scene.brief().subject == "All is well · 41 orders · Tue 21 Jul"
    scene.options = BriefingOptions(subject="none")
    assert scene.brief().subject == "All is well · Tue 21 Jul"


@pytest.mark.parametrize("people", [(), (Person("Ghost"),)])
def test_without_an_address_there_is_still_a_mail_for_the_files(at: Callable[[str], Any], people: Any) -> None:
    scene = at("well")
    scene.people = people
    assert scene.brief().stored.recipient == "owner@localhost"


def test_the_window_goes_on_from_the_last_briefing(at: Callable[[str], Any]) -> None:
    scene = at("well")
    scene.night.marks["covered"] = (scene.now - timedelta(days=3)).isoformat()
    assert "Covers Sat 18 Jul 06:58 to Tue 21 Jul 06:58" in scene.brief().text


def test_a_second_briefing_of_a_day_still_covers_a_whole_day(at: Callable[[str], Any]) -> None:
    scene = at("well")
    scene.night.marks["covered"] = (scene.now - timedelta(minutes=5)).isoformat()
    assert "Covers Mon 20 Jul 06:58 to Tue 21 Jul 06:58" in scene.brief().text


def test_several_people_get_a_mail_each(at: Callable[[str], Any], tmp_path: Any) -> None:
    two = (Person("Ada", "ada@shop.test"), Person("Bo", "bo@shop.test"))
    context = make_context(tmp_path, people=two, night=replace(at("well").night))
    said = briefing.run(context, BriefingOptions())
    assert [mail.to for mail in context.report.mails] == list(two)
    assert said is not None
    assert said.values["n"] == 2
