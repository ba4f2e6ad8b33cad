"""Each page says of which pile it is, which one of how many, and whether it is a copy; its bars are read; gifts keep quiet."""

from functools import cache

import pytest

from jobs.kinds.paper import MEDIA
from jobs.paper.barcode import LONGEST, bars
from jobs.paper.typesetting import Sheet, bound
from tests.jobs import paper_scenes as scenes
from tests.jobs.paper import reading

pytestmark = reading.poppler
DPI = 203
"""Of the usual printer of labels: eight dots a millimetre."""


@cache
def copies(media: str) -> bytes:
    """Return a slip of several pages, an address that goes on on another, a list of several pages: all copies."""
    long = {"name": "Ada " * 900, "street": "Street 1"}
    sheets = [
        scenes.slip(lines=60, copy="paper jam", place=7, places=9),
        scenes.address(long, copy="COPY", place=7, places=9),
        Sheet("pick-list", {**scenes.pick_list(60).values, "copy": "COPY", "place": 7, "places": 9}),
    ]
    return bound(sheets, scenes.look(media)).pdf


@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_every_page_says_its_place_in_the_pile_and_that_it_is_a_copy(media: str) -> None:
    pages = [page.split() for page in reading.pages(copies(media))]
    assert len(pages) >= (6 if MEDIA[media].height else 3)
    assert [number for number, words in enumerate(pages, 1) if "7/9" not in words or "COPY" not in words] == []


@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_that_it_is_a_copy_is_white_on_black(media: str) -> None:
    seen = reading.pictures(copies(media), 100)
    for page, picture in zip(reading.boxes(copies(media)), seen, strict=True):
        marks = [word for word in page.words if word.text == "COPY"]
        assert marks
        for word in marks:
            dots = reading.cut(picture, word, 100)
            black = sum(dot < 64 for dot in dots) / len(dots)
            assert 0.4 < black < 0.95
            assert max(dots) > 200


@pytest.mark.parametrize("media", reading.EVERY_MEDIA[:-1])
def test_pages_are_numbered_sheet_by_sheet_also_in_a_pile_of_many(media: str) -> None:
    sheets = [scenes.slip(lines=60), scenes.slip(), scenes.pick_list(rows=60), scenes.address(), scenes.slip(lines=60)]
    numbers = [" ".join(page.split()[-4:]) for page in reading.pages(bound(sheets, scenes.look(media)).pdf)]
    ends = [number for number in numbers if number.split()[1] == number.split()[3]]
    assert len(ends) == 5
    assert numbers == [f"Page {i} of {end.split()[3]}" for end in ends for i in range(1, int(end.split()[3]) + 1)]
    assert ends[1] == ends[3] == "Page 1 of 1"
    assert ends[0] == ends[4] != "Page 1 of 1"


@pytest.mark.parametrize("name", ["hebrew", "arabic"])
def test_an_address_from_the_right_begins_at_the_right(name: str) -> None:
    """Its postcode goes before the city, so it stands to the right of it; poppler gives words as seen from the left."""
    places = {
        word.text: word.left for word in reading.boxes(bound([scenes.address(name)], scenes.look("a6")).pdf)[0].words
    }
    there = scenes.ADDRESSES[name]
    assert places[there["postcode"]] > places[there["city"].split()[0][::-1]]


def test_a_roll_is_one_piece_until_it_is_too_long_for_a_printer() -> None:
    short = reading.boxes(bound([scenes.slip(lines=30)], scenes.look("thermal")).pdf)
    assert len(short) == 1
    long = reading.boxes(bound([scenes.slip(lines=260)], scenes.look("thermal")).pdf)
    assert {round(page.height / 72 * 25.4) for page in long} == {1000}
    assert [page.words[-1].text for page in long] == [str(len(long))] * len(long)


@reading.zbar
@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_the_bars_of_every_document_are_read_from_the_page(media: str) -> None:
    wide = "WAVE-2026-11-20.7F3A91C"[:LONGEST]
    sheets = [scenes.slip(), scenes.address(code=wide), scenes.pick_list(), scenes.slip(code=wide)]
    seen = [reading.codes(page) for page in reading.pictures(bound(sheets, scenes.look(media)).pdf, DPI)]
    assert seen == [["1042.7F3A"], [wide], ["W2.91AC"], [wide]]


@pytest.mark.parametrize("code", ["", "x" * (LONGEST + 1), "ö", "a\n"])
def test_what_bars_cannot_say_has_none(code: str) -> None:
    assert bars(code) == ()


@pytest.mark.parametrize("media", reading.EVERY_MEDIA)
def test_a_gift_shows_no_price(media: str) -> None:
    told = reading.text(bound([scenes.slip(gift=True), scenes.slip(gift=True, lines=60)], scenes.look(media)).pdf)
    assert "This is a gift." in told
    assert [word for word in ("kr", "Price", "Total", "101,00", "306,00") if word in told.split()] == []
    assert "306,00" in reading.text(bound([scenes.slip()], scenes.look(media)).pdf)
