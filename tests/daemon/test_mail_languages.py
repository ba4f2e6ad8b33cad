"""Mails in every language: all of a mail is in its reader's language, and its headings stay as short as they must."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from daemon.engine.alerting import Alert, Kind
from daemon.engine.bare import Missing
from daemon.engine.bare import note_of as bare_note
from daemon.engine.outage import Outage
from daemon.engine.outage import note_of as outage_note
from daemon.engine.telling import Circumstances
from daemon.engine.telling import note_of as alert_note
from daemon.model import Money, Person, Text, Urgency
from daemon.records import Occurrence, State
from daemon.render.catalogue import translated
from daemon.render.columns import columns
from daemon.render.languages import LANGUAGES
from daemon.render.say import Voice, plain_spaces, say
from daemon.runner import TIMED_OUT
from tests.catalogues import books
from tests.jobs.briefing import mornings
from tests.jobs.briefing.scene import Briefed

every_language = pytest.mark.parametrize("language", books.TRANSLATED)
LONGER = 1.6
SHORT = 8
"""Columns that a heading may always count as: one short word says little about a language."""
SUBJECTS = re.compile(r"\(\{shop\}\)$")


MOMENT = datetime(2026, 7, 20, 15, 0, tzinfo=UTC)
SUM = Money(Decimal("18240.5"), "SEK")
BY_STYLE: dict[str, object] = {
    "coded": SUM, "whole": SUM, "money": SUM, "day": date(2026, 7, 21),
    "long_day": date(2026, 7, 21), "weekday": date(2026, 7, 21), "letter": date(2026, 7, 21), "time": MOMENT,
    "moment": MOMENT, "span": timedelta(hours=3), "size": Decimal(1000), "number": Decimal(3),
}  # fmt: skip


def spoken(sentence: str, plural: str, n: int, voice: Voice) -> str:
    """Return a message with a value of the right kind for each name."""
    pairs = [name.partition(":") for name in books.names(sentence) | books.names(plural)]
    values = {name: BY_STYLE.get(style, n if name == "n" else "Price feed") for name, _, style in sorted(pairs)}
    return say(Text(sentence, {"n": n, **values}, plural), voice)  # type: ignore[dict-item]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_can_be_said_with_one_and_with_many(language: str) -> None:
    voice = Voice(language, "SE", "Europe/Stockholm", date(2026, 7, 21))
    absent = say(Text("not available"), voice)
    for one in books.said():
        for n in (0, 1, 2):
            words = spoken(one.id, one.plural, n, voice)
            assert "{" not in words, one
            assert "}" not in words, one
            assert absent not in words or absent in translated(language, one.id, one.plural, n), one


@cache
def headings() -> set[tuple[str, str]]:
    """Return the messages that stand in a subject or a headline: of the daemon's own mails and of all mornings."""
    own = {(one.id, one.plural) for one in books.said() if SUBJECTS.search(one.id)}
    values = [mornings.briefed(name).values for name in mornings.NAMES]
    texts = [text for one in values for text in (one["verdict"], *one["subject"])]
    return own | {(text.id, text.plural) for text in texts if books.needs_words(text.id)}


@every_language
def test_45_no_heading_is_much_longer_than_in_english(language: str) -> None:
    mine, english = (Voice(code, "SE", "Europe/Stockholm", date(2026, 7, 21)) for code in (language, "en"))
    pairs = [
        (spoken(one, many, n, mine), spoken(one, many, n, english)) for one, many in sorted(headings()) for n in (1, 2)
    ]
    assert len(pairs) > 20
    assert [pair for pair in pairs if columns(pair[0]) > LONGER * max(columns(pair[1]), SHORT)] == []


@cache
def _english_only(language: str) -> tuple[str, ...]:
    """Return the pieces between the values of every English message that the language says in other words."""
    own = " ".join(plain_spaces(form) for _, _, forms, _ in books.entries(language) for form in forms)
    pieces = {
        piece.strip(" .,:;()") for one in books.said() for text in (one.id, one.plural) for piece in _pieces(text)
    }
    return tuple(sorted(piece for piece in pieces if len(piece) > SHORT and " " in piece and piece not in own))


def _pieces(text: str) -> list[str]:
    return re.split(r"\{[^}]*\}", text)


def parts(mail: Briefed) -> dict[str, str]:
    flat = {"subject": mail.subject, "preheader": mail.preheader, "text": mail.text, "html": mail.seen}
    return {name: " ".join(plain_spaces(part).split()) for name, part in flat.items()}


@every_language
@pytest.mark.parametrize("name", mornings.NAMES)
def test_45_no_mail_mixes_languages(name: str, language: str) -> None:
    mail = mornings.briefed(name, language)
    mixed = [
        (part, piece) for part, words in parts(mail).items() for piece in _english_only(language) if piece in words
    ]
    assert mixed == []
    assert mail.message["Content-Language"] == language


@every_language
def test_45_subject_headline_and_both_parts_are_in_the_readers_language(language: str) -> None:
    scene = mornings.scene_of("normal")
    voice = Voice(language, scene.shop.country, scene.shop.timezone, scene.today)
    mail = mornings.briefed("normal", language)
    verdict = say(mail.values["verdict"], voice)
    found = parts(mail)
    assert found["subject"].startswith(verdict)
    assert verdict in found["text"]
    assert verdict in found["html"]
    assert say(mail.values["lead"][0], voice).replace("\u00a0", " ") in found["html"]
    assert say(Text("Briefing"), voice) in str(mail.message["From"])
    assert found["subject"] != parts(mornings.briefed("normal"))["subject"]


@every_language
def test_45_no_mail_of_the_daemons_own_mixes_languages(language: str) -> None:
    one = Occurrence("stock", "s", MOMENT, State.TIMED_OUT, TIMED_OUT, 1, ended=MOMENT)
    alerts = [Alert(kind, "stock", MOMENT.date(), TIMED_OUT, MOMENT - timedelta(days=1), one) for kind in Kind]
    notes = [alert_note(alert, Circumstances("Glöd")) for alert in alerts]
    notes.append(bare_note(Missing("briefing", MOMENT.date(), one), "Glöd", [replace(one, routine="orders")], ()))
    notes.append(outage_note(Outage(MOMENT, "no space left"), MOMENT, [one], "Glöd", MOMENT))
    voice = Voice(language, "SE", "Europe/Stockholm", MOMENT.date())
    said_all = " ".join(plain_spaces(say(text, voice)) for note in notes for text in (note.subject, *note.lines))
    assert [piece for piece in _english_only(language) if piece in said_all] == []


@pytest.mark.parametrize(
    ("language", "calm", "one"),
    [
        ("en", "All is well", "1 thing needs you"),
        ("sv", "Allt är bra", "1 sak behöver dig"),
        ("de", "Alles in Ordnung", "1 Sache braucht dich"),
        ("nb", "Alt er i orden", "1 sak trenger deg"),
        ("zh", "一切正常", "1 件事需要你处理"),
    ],
)
def test_16_a_quiet_day_and_a_single_thing_have_their_words(language: str, calm: str, one: str) -> None:
    scene = mornings.scene_of("well")
    scene.people = (replace(scene.people[0], language=language),)
    assert scene.brief().subject.startswith(calm)
    scene.find("orders:late", Urgency.LOSES_MONEY, Text("{n}", {"n": 1}))
    assert scene.brief().subject.startswith(one)


def test_each_person_gets_one_mail_in_their_own_language() -> None:
    scene = mornings.scene_of("normal")
    people = [
        ("sv", "saga@keramikglod.example"),
        ("de", "doris@keramikglod.example"),
        ("en", "eva@keramikglod.example"),
    ]
    scene.people = tuple(Person(code, mail, code, ("owner",), code) for code, mail in people)
    mails = scene.briefs()
    assert [mail.message["Content-Language"] for mail in mails] == ["sv", "de", "en"]
    assert len({mail.subject for mail in mails}) == 3
    for mail, (language, _) in zip(mails, people, strict=True):
        verdict = say(mail.values["verdict"], Voice(language, "GB", scene.shop.timezone, scene.today))
        assert all(verdict in part for part in (mail.subject, mail.text, mail.seen))
