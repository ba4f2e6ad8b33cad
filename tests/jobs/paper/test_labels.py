"""A carrier's label comes out as it was bought: undistorted, whole, its bars readable; what is none is told."""

import pytest

from daemon.context import in_english
from jobs.kinds.paper import MEDIA
from jobs.paper.carrier import MOST_BYTES, MOST_PAGES
from jobs.paper.typesetting import Typeset, bound, typeset
from tests.jobs import paper_scenes as scenes
from tests.jobs.paper import label_pdfs, reading

DPI = 203
"""Of the usual printer of labels: eight dots a millimetre."""
SIZES = {
    "4x6": label_pdfs.label(288, 432),
    "a6": label_pdfs.label(298, 420),
    "a4": label_pdfs.label(595, 842, 60, 600),
    "across": label_pdfs.label(432, 288, 100, 100),
    "small": label_pdfs.label(280, 120),
}


def set_label(pdf: bytes, media: str, **other: object) -> Typeset:
    return bound([scenes.label(pdf, **other)], scenes.look(media))


def sides(pgm: bytes) -> tuple[int, int]:
    """Return the dots across and down of the largest black square: the longest runs in the row of its middle."""
    rows = reading.rows(pgm)
    columns = [bytes(column) for column in zip(*rows, strict=True)]
    return _longest_common(rows), _longest_common(columns)


def _longest_common(lines: list[bytes]) -> int:
    """Return the longest run of black dots that many neighbouring lines have."""
    runs = sorted((max(map(len, _black(line)), default=0) for line in lines), reverse=True)
    return runs[20]


def _black(line: bytes) -> list[bytes]:
    return bytes(1 if dot < 128 else 32 for dot in line).split(b" ")


@reading.poppler
@reading.zbar
@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("size", SIZES)
def test_a_label_is_not_distorted_and_its_bars_are_read(size: str, media: str) -> None:
    made = set_label(SIZES[size], media)
    assert made.problems == ()
    seen = reading.picture(made.pdf, DPI)
    across, down = sides(seen)
    assert abs(across - down) <= 2
    assert across <= label_pdfs.SQUARE / 72 * DPI + 2
    assert label_pdfs.CODE in reading.codes(seen)


@reading.poppler
@pytest.mark.parametrize(("size", "media"), [("4x6", "a4"), ("a6", "a4"), ("a4", "100x150"), ("across", "100x150")])
def test_a_label_that_fits_or_whose_ink_fits_keeps_its_size(size: str, media: str) -> None:
    across, down = sides(reading.picture(set_label(SIZES[size], media).pdf, DPI))
    whole = label_pdfs.SQUARE / 72 * DPI
    assert abs(across - whole) <= 2
    assert abs(down - whole) <= 2


@reading.poppler
@pytest.mark.parametrize("media", MEDIA)
def test_whose_label_it_is_stands_beside_it_on_every_page(media: str) -> None:
    made = set_label(label_pdfs.label(288, 432, pages=2), media, order="1042", copy="COPY")
    pages = reading.pages(made.pdf)
    assert [page.split() for page in pages] == [
        ["COPY", "Order", "1042", "3/12", "·", "Page", number, "of", "2"] for number in "12"
    ]
    long = set_label(SIZES["4x6"], media, order="N" * 60, copy="the first one was torn in the printer")
    (page,) = reading.boxes(long.pdf)
    assert max(word.bottom for word in page.words) <= page.height
    assert max(word.right for word in page.words) <= page.width


@reading.poppler
def test_each_label_is_of_its_own_order_in_a_pile_of_many() -> None:
    sheets = [scenes.label(SIZES[size], order=size, place=place) for place, size in enumerate(SIZES, 1)]
    made = list(typeset(sheets, scenes.look("a6")))
    texts = [reading.text(one.pdf).split()[1:3] for one in made]
    assert texts == [[size, f"{place}/12"] for place, size in enumerate(SIZES, 1)]


@pytest.mark.parametrize("name", label_pdfs.NONE)
def test_what_is_no_label_is_a_sentence_and_costs_no_other_sheet(name: str) -> None:
    sheets = [scenes.label(label_pdfs.NONE[name], order="77"), scenes.label(SIZES["4x6"]), scenes.address()]
    bad, *good = typeset(sheets, scenes.look("a6"))
    assert bad.pdf == b""
    (told,) = bad.problems
    assert in_english(told, "").startswith("The label of order 77 ")
    assert [one.problems for one in good] == [(), ()]
    assert all(one.pdf.startswith(b"%PDF") for one in good)


@pytest.mark.parametrize(
    ("pdf", "why"),
    [
        (b"<html>", "is no PDF: fetch it from the carrier again."),
        (label_pdfs.NONE["no page"], "can't be read as a PDF: fetch it again."),
        (label_pdfs.LOCKED, "is locked with a password: ask the carrier for an open one."),
        (SIZES["4x6"] + b" " * MOST_BYTES, "is larger than 5 MB: print it by hand."),
        (label_pdfs.label(288, 432, pages=MOST_PAGES + 1), "has more than 10 pages: print it by hand."),
    ],
    ids=["no PDF", "no page", "locked", "huge", "many pages"],
)
def test_why_a_label_is_none_is_told(pdf: bytes, why: str) -> None:
    (told,) = set_label(pdf, "a6", order="77").problems
    assert in_english(told, "") == f"The label of order 77 {why}"
