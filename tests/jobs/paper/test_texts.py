"""What somebody ordered and where it goes stands on the paper letter by letter, whatever it is.

Texts are compared as poppler gives them back in the order they were set (`pdftotext -raw`), `squeezed`: composed, and
without white space, since lines break where the paper ends, and without characters that show nothing (a break within
a long word is one of them, as are the joiners that poppler drops from Devanagari and emoji). Hebrew and Arabic are
compared word by word, since poppler puts the words of a line in the order in which they are seen; of an Arabic word the
letters are compared but not their order, since poppler turns the two letters of a ligature around.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

import pytest

from jobs.kinds.paper import PICK_LIST
from jobs.paper.typesetting import Sheet, Typeset, bound
from tests.jobs import paper_scenes as scenes
from tests.jobs.paper import reading
from tests.jobs.paper.reading import squeezed

pytestmark = reading.poppler
HOSTILE = {
    "markup": '#import "@preview/x:1.0.0": * #panic("x") #read("/etc/passwd")',
    "mathematics": "$x^2$ $ sum $ \\ \\u{41} \\",
    "html": "<b>Bold</b> <script>alert(1)</script> &amp; &#65;",
    "jinja": "{{ 7 * 7 }} {% raw %} {# x #}",
    "typst": "*bold* _x_ `code` ```py 1``` = Head - item + 1 / term: x <label> @ref ~ -- --- ... ' \" // x /* y */",
    "escapes": "%s %d \\n \\0 \\x41 ${HOME} $(id) `id`",
    "composed": "A\u030angstro\u0308m ﬁre ﬂow 12\u00bd №",
}
"""What is a command elsewhere is only letters here."""
UNSEEN = "A\x00B\x1b[31mC\u202eD\u2066E\x7f\u200fF\x85G\u2028H"
"""Controls, an escape of terminals, and what turns the direction of an address around."""
LONG_WORDS = " ".join(f"{number:03}" + "abcdefghijk" * 7 for number in range(40))
_RIGHT = re.compile("[\u0590-\u08ff]+")


def everything() -> list[Sheet]:
    """Return a slip and an address for each of the addresses, by number; and one list to pick all of it by."""
    made: list[Sheet] = []
    for number, (name, there) in enumerate(scenes.ADDRESSES.items(), 1):
        lines = [scenes.line(1, title=" ".join(there.values()), sku=there["name"])]
        made.append(scenes.slip(name, order=f"S{number}S", lines=lines, note=there["street"]))
        made.append(scenes.address(name, order=f"A{number}A", carrier=there["city"]))
    rows = [
        {"bin": name, "sku": there["name"], "title": " ".join(there.values()), "quantity": 1, "places": [1]}
        for name, there in scenes.ADDRESSES.items()
    ]
    return [*made, Sheet(PICK_LIST, {**scenes.pick_list().values, "rows": rows, "wave": "P1P"})]


@cache
def pile(media: str) -> tuple[Typeset, Mapping[str, str], list[reading.Page]]:
    """Return all of it on some paper: as it was set, its text by the number at the foot of its pages, its boxes."""
    made = bound(everything(), scenes.look(media))
    texts: dict[str, str] = {}
    for page in reading.pages(made.pdf):
        found = re.findall(r"(?:slip|Order|list) ([SAP]\d+[SAP])", page)
        texts[found[-1]] = texts.get(found[-1], "") + page
    return made, texts, reading.boxes(made.pdf)


def words_lost(value: str, text: str) -> list[str]:
    """Return what of a value is not in a text as it was extracted; poppler may part a word between two letters."""
    text = text.replace("\u202c\u202b", "")
    there = ["".join(sorted(word)) if _arabic(word) else word for word in _RIGHT.findall(text)]
    lost = [word for word in _RIGHT.findall(value) if ("".join(sorted(word)) if _arabic(word) else word) not in there]
    rest = _RIGHT.split(value) if _RIGHT.search(value) else [value]
    letters = squeezed(text)
    return lost + [part for one in rest for part in _parts(one, value) if squeezed(part) not in letters]


def _parts(text: str, whole: str) -> Iterable[str]:
    """Return what is compared as one; beside words from the right each number and sign for itself."""
    return re.findall(r"\w+|[^\w\s]", text) if _RIGHT.search(whole) else [text]


def _arabic(word: str) -> bool:
    return "\u0600" <= word[0] <= "\u06ff"


def outside(pages: Iterable[reading.Page]) -> list[reading.Word]:
    """Return the words that are not wholly on their page."""
    return [
        word
        for page in pages
        for word in page.words
        if word.left < 0 or word.top < 0 or word.right > page.width or word.bottom > page.height
    ]


@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
@pytest.mark.parametrize("number", range(1, len(scenes.ADDRESSES) + 1), ids=list(scenes.ADDRESSES))
def test_every_letter_of_an_address_is_on_every_document(media: str, number: int) -> None:
    there = list(scenes.ADDRESSES.values())[number - 1]
    made, texts, _ = pile(media)
    assert (made.problems, made.lacking) == ((), frozenset())
    for sheet in (f"S{number}S", f"A{number}A", "P1P"):
        assert {sheet: [lost for value in there.values() for lost in words_lost(value, texts[sheet])]} == {sheet: []}


@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_no_word_leaves_its_page(media: str) -> None:
    pages = pile(media)[2]
    assert len(pages) >= len(everything())
    assert outside(pages) == []


@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_no_two_words_lie_upon_each_other(media: str) -> None:
    assert [two for page in pile(media)[2] for two in reading.overlaps(page)] == []


@pytest.mark.parametrize("name", ["arabic", "hebrew"])
def test_what_is_read_from_the_right_starts_at_the_right(name: str) -> None:
    """poppler gives each such word letter by letter from the left, so the first word is read backwards."""
    made = bound([scenes.address(name)], scenes.look("a4"))
    first, second = scenes.ADDRESSES[name]["name"].split()[:2]
    places = {word.text: word.left for word in reading.boxes(made.pdf)[0].words}
    assert places[first[::-1]] > places[second[::-1]]


@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_what_is_a_command_elsewhere_is_only_letters(media: str) -> None:
    sheets: list[Sheet] = []
    for text in HOSTILE.values():
        shop, lines = {"name": text, "lines": [text]}, [scenes.line(1, title=text, sku=text)]
        sheets.append(scenes.slip({"name": text, "city": text}, lines, note=text, carrier=text, order=text, shop=shop))
        sheets.append(scenes.address({"street": text}, order=text, **{"from": {"name": text}}))
    made = bound(sheets, scenes.look(media))
    assert made.problems == ()
    letters = squeezed(reading.text(made.pdf))
    counts = {name: letters.count(squeezed(value)) for name, value in HOSTILE.items()}
    assert {name: count for name, count in counts.items() if count < 12} == {}


def test_what_commands_without_showing_is_gone_and_the_rest_stays_in_order() -> None:
    made = bound([scenes.address({"name": UNSEEN}, order=UNSEEN)], scenes.look("a6"))
    text = reading.text(made.pdf)
    assert {letter for letter in text if unicodedata.category(letter) in {"Cc", "Cf"}} <= {"\n", "\f", "\u200b"}
    lines = text.split("\n")
    at = lines.index("AB[31mCDEF")
    assert lines[at : at + 3] == ["AB[31mCDEF", "G", "H"]
    assert "AB[31mCDEF" in [word.text for word in reading.boxes(made.pdf)[0].words]


@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_nothing_is_cut_off_however_long_it_is(media: str) -> None:
    """A word may go on on the next page, so feet of pages are left out, and heads of tables."""
    long = {"name": LONG_WORDS[:400], "street": LONG_WORDS, "city": "Z" * 300}
    made = bound(
        [
            scenes.slip(long | {"street": LONG_WORDS[:800]}, [{"title": LONG_WORDS, "quantity": 1, "sku": ""}], note=LONG_WORDS),
            scenes.slip(lines=[scenes.line(1, sku="S" * 90, bin="B" * 40)]),
            scenes.address(long, order="N" * 60),
        ],
        scenes.look(media),
    )  # fmt: skip
    letters = squeezed(reading.text(made.pdf, 9 if media != "a4" else 16)).replace("QuantityArticle", "")
    counts = {word: letters.count(word) for word in LONG_WORDS.split()}
    assert {word: count for word, count in counts.items() if count < 3} == {}
    assert [long for long in ("Z" * 300, "S" * 90, "B" * 40) if long not in letters] == []
    pages = reading.boxes(made.pdf)
    assert outside(pages) == []
    assert [two for page in pages for two in reading.overlaps(page)] == []


@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_two_hundred_lines_are_all_there_once_and_in_order(media: str) -> None:
    made = bound([scenes.slip(lines=200), scenes.pick_list(rows=200)], scenes.look(media))
    assert made.problems == ()
    found = [int(number) for number in re.findall(r"NL-(\d{4})", reading.text(made.pdf))]
    assert found == [*range(1, 201), *range(1, 201)]
    assert outside(reading.boxes(made.pdf)) == []


def test_a_letter_that_no_font_has_stands_as_its_number_and_is_told() -> None:
    made = bound([scenes.address({"name": "Ann \U00050005 Berg"}), scenes.address()], scenes.look("a6"))
    assert made.lacking == {"\U00050005"}
    assert squeezed("Ann [U+50005] Berg") in squeezed(reading.text(made.pdf))
