"""A carrier's label comes out as it was bought: undistorted, whole, its bars readable; what is none is told."""

import re

import pytest

from daemon.context import in_english
from jobs.paper.carrier import MOST_BYTES, MOST_PAGES
from jobs.paper.typesetting import Typeset, bound, typeset
from tests.jobs import paper_scenes as scenes
from tests.jobs.paper import label_pdfs, reading

DPI = 203
WHOLE = label_pdfs.SQUARE / 72 * DPI
"""Of the usual printer of labels: eight dots a millimetre."""
SIZES = {
    "4x6": label_pdfs.label(288, 432),
    "a6": label_pdfs.label(298, 420),
    "a4": label_pdfs.label(595, 842, 60, 600),
    "across": label_pdfs.label(432, 288, 100, 100),
    "small": label_pdfs.label(280, 120),
    "full": label_pdfs.pdf([(288, 432, label_pdfs.drawn(10, 20) + "\n0 0 4 4 re f\n284 428 4 4 re f")]),
}


def set_label(pdf: bytes, media: str, **other: object) -> Typeset:
    return bound([scenes.label(pdf, **other)], scenes.look(media))


def sides(pgm: bytes) -> tuple[int, int]:
    """Return the dots across and down of the square on a label: of the columns through a widest run the longest one."""
    rows = reading.rows(pgm)
    runs = [max(_black(row), default=(0, 0)) for row in rows]
    across = sorted(length for length, _ in runs)[-20]
    middles = {start + length // 2 for length, start in runs if abs(length - across) <= 1}
    return across, max(max(_black(bytes(row[at] for row in rows)), default=(0, 0))[0] for at in middles)


def _black(line: bytes) -> list[tuple[int, int]]:
    """Return the length and the first dot of each black run."""
    return [(len(found[0]), found.start()) for found in re.finditer(rb"[\x00-\x7f]+", line)]


@reading.poppler
@reading.zbar
@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_labels_are_not_distorted_and_their_bars_are_read(media: str) -> None:
    made = bound([scenes.label(pdf) for pdf in SIZES.values()], scenes.look(media))
    assert made.problems == ()
    for size, seen in zip(SIZES, reading.pictures(made.pdf, DPI), strict=True):
        across, down = sides(seen)
        assert (size, abs(across - down) <= 2) == (size, True)
        assert across <= WHOLE + 2
        assert label_pdfs.CODE in reading.codes(seen), size


@pytest.mark.slow
@reading.poppler
@pytest.mark.parametrize(
    ("media", "kept"),
    [("a4", ["4x6", "a6", "a4", "across", "small", "full"]), ("100x150", ["4x6", "a6", "a4", "across", "small"])],
)
def test_a_label_that_fits_or_whose_ink_fits_keeps_its_size(media: str, kept: list[str]) -> None:
    made = bound([scenes.label(pdf) for pdf in SIZES.values()], scenes.look(media))
    seen = dict(zip(SIZES, map(sides, reading.pictures(made.pdf, DPI)), strict=True))
    assert [size for size in seen if max(abs(side - WHOLE) for side in seen[size]) <= 2] == kept


@reading.poppler
@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
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
