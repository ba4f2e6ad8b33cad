"""The catalogues as files: whole in every language, naming the same values, and compiled as they stand."""

import gettext
from collections.abc import Iterator

import pytest

from daemon.render.catalogue import translated
from daemon.render.languages import LANGUAGES
from tests.catalogues import books
from tests.jobs.briefing import mornings

SAME = {
    "Newsletter: {subject}", "Test", "id {id}", "ok", "{n} ok", "data", "Order", "RPO {age}", "borg {version}",
    "pg_verifybackup: {said}", "pgbackrest verify: {said}",
}  # fmt: skip
"""What Swedes, Germans and Norwegians say in English too."""
_REMEDY = "run `make catalogues` and fill in what it lists"

every_language = pytest.mark.parametrize("language", books.TRANSLATED)


def listed(lines: Iterator[str]) -> str:
    return "\n".join(sorted(set(lines)))


@every_language
def test_every_message_is_in_the_catalogue_and_translated(language: str) -> None:
    known = {one: entry for one, _, forms, entry in books.entries(language) if all(forms) and not entry.fuzzy}
    missing = listed(f"{one.place}: {one.id}" for one in books.said() if one.id not in known)
    assert not missing, f"{language} lacks these, {_REMEDY}:\n{missing}"


@every_language
def test_a_message_with_a_plural_has_it_in_the_catalogue(language: str) -> None:
    plurals = {one: many for one, many, _, _ in books.entries(language)}
    differing = listed(
        f"{one.place}: {one.id}" for one in books.said() if one.plural and plurals.get(one.id) != one.plural
    )
    assert not differing, f"one id has two plurals, or {_REMEDY}:\n{differing}"


@every_language
def test_no_catalogue_keeps_what_nobody_says_any_more(language: str) -> None:
    current = {one.id for one in books.said()}
    left = listed(one for one, _, _, _ in books.entries(language) if one not in current)
    assert not left, f"{language} keeps what no code says, {_REMEDY}:\n{left}"


@every_language
def test_translations_name_the_same_values_in_the_same_styles(language: str) -> None:
    wrong = [
        f"{sentence!r} for {one!r}"
        for one, many, forms, _ in books.entries(language)
        for place, sentence in enumerate(forms)
        if books.names(sentence) not in _allowed(one, many, place, len(forms))
    ]
    assert not wrong, "\n".join(wrong)


def _allowed(one: str, many: str, place: int, forms: int) -> list[set[str]]:
    """Return the sets of names a form may have: the last form is the plural, the first the singular or with its `n`."""
    if not many:
        return [books.names(one)]
    return [books.names(many)] if place == forms - 1 else [books.names(one), books.names(one) | {"n"}]


@every_language
def test_nothing_is_left_in_english_but_the_words_that_are_the_same(language: str) -> None:
    copied = {one for one, many, forms, _ in books.entries(language) if forms == ((one, many) if many else (one,))}
    assert copied <= SAME


@every_language
def test_each_language_has_its_own_number_of_plural_forms(language: str) -> None:
    wanted = 1 if language == "zh" else 2
    assert [one for one, many, forms, _ in books.entries(language) if len(forms) != (wanted if many else 1)] == []


@every_language
def test_what_is_shipped_says_what_the_source_says(language: str) -> None:
    path = books.po_of(language).with_suffix(".mo")
    with path.open("rb") as file:
        shipped = gettext.GNUTranslations(file)
    stale = [
        one
        for one, many, forms, entry in books.entries(language)
        if all(forms)
        and not entry.fuzzy
        and (shipped.ngettext(one, many, 2) if many else shipped.gettext(one)) != forms[-1]
    ]
    assert not stale, f"{path.name} of {language} is older than its source, run `make catalogues`: {stale}"


def test_the_languages_of_the_program_are_those_with_a_catalogue() -> None:
    assert sorted([*(path.name for path in books.FOLDER.iterdir()), "en"]) == sorted(LANGUAGES)
    assert set(mornings.LANGUAGES) == set(LANGUAGES)


def test_the_same_catalogue_gives_the_same_bytes() -> None:
    wanted = books.template(books.said())
    first, second = (books.po_bytes(books.update("sv", wanted)) for _ in range(2))
    assert first == second
    assert books.mo_bytes(books.read("sv")) == books.mo_bytes(books.read("sv"))


def test_a_blank_line_is_blank_in_every_language() -> None:
    assert {translated(language, "") for language in LANGUAGES} == {""}
