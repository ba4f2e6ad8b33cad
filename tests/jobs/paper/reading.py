"""Paper as somebody else reads it: poppler's text, boxes of words and pictures, and a reader of bars.

poppler 22.12 (`pdftotext -raw` gives words in the order in which they were set) and zbar 0.23; tests skip without.
"""

import re
import shutil
import subprocess
import unicodedata
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler's pdftotext and pdftoppm")
zbar = pytest.mark.skipif(shutil.which("zbarimg") is None, reason="needs zbarimg of zbar-tools")
EVERY_MEDIA = ["a6", *(pytest.param(media, marks=pytest.mark.slow) for media in ("a4", "100x150", "thermal"))]
"""Every paper, of which one is looked at each time and the others by the slower targets."""
_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.DOTALL)
_WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>')


@dataclass(frozen=True)
class Word:
    """A word on a page, and where its box is in points from the left and upper edge."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


@dataclass(frozen=True)
class Page:
    """A page in points, and the words on it."""

    width: float
    height: float
    words: tuple[Word, ...]


def _run(*command: str, given: bytes) -> bytes:
    return subprocess.run(command, input=given, capture_output=True, check=True, timeout=60).stdout


def text(pdf: bytes, foot: int = 0) -> str:
    """Return all text in the order in which it was set, without so many millimetres at the foot of each page.

    A form feed ends each page. All pages are as high as the first one, or have no foot that matters.
    """
    first = boxes(pdf)[0] if foot else Page(0, 0, ())
    room = ("-x", "0", "-y", "0", "-W", str(round(first.width)), "-H", str(round(first.height - foot * 72 / 25.4)))
    return _run("pdftotext", "-raw", "-enc", "UTF-8", *(room if foot else ()), "-", "-", given=pdf).decode()


def pages(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    return text(pdf).split("\f")[:-1]


def boxes(pdf: bytes) -> list[Page]:
    """Return where the words of each page stand."""
    html = _run("pdftotext", "-bbox", "-enc", "UTF-8", "-", "-", given=pdf).decode()
    return [
        Page(float(wide), float(high), tuple(_word(found.groups()) for found in _WORD.finditer(inside)))
        for wide, high, inside in _PAGE.findall(html)
    ]


def _word(found: tuple[str, ...]) -> Word:
    left, top, right, bottom = map(float, found[:4])
    return Word(left, top, right, bottom, unescape(found[4]))


def pictures(pdf: bytes, dpi: int) -> list[bytes]:
    """Return the pages as grey pictures (PGM)."""
    with TemporaryDirectory() as folder:
        _run("pdftoppm", "-gray", "-r", str(dpi), "-", f"{folder}/page", given=pdf)
        return [file.read_bytes() for file in sorted(Path(folder).iterdir())]


def codes(pgm: bytes) -> list[str]:
    """Return what a reader of bars sees in a picture."""
    done = subprocess.run(["zbarimg", "--quiet", "--raw", "-"], input=pgm, capture_output=True, check=False, timeout=60)
    return done.stdout.decode().split("\n")[:-1]


def squeezed(value: str) -> str:
    """Return the letters of a text alone: composed (NFC), without white space and what only joins or orders letters."""
    composed = unicodedata.normalize("NFC", value)
    return "".join(one for one in composed if unicodedata.category(one) not in {"Zs", "Zl", "Zp", "Cc", "Cf"})


def rows(pgm: bytes) -> list[bytes]:
    """Return the rows of dots of a grey picture, 0 black to 255 white."""
    kind, wide, high, most, dots = re.split(rb"\s", pgm, maxsplit=4)
    assert (kind, most) == (b"P5", b"255")
    return [dots[start : start + int(wide)] for start in range(0, int(wide) * int(high), int(wide))]


def overlaps(page: Page) -> list[tuple[str, str]]:
    """Return the pairs of words whose boxes share more than a third of the smaller one's height and some of its width.

    Boxes are as high as their font's tallest letters, so lines that are set close together touch each other a little.
    """
    ordered = sorted(page.words, key=lambda word: word.top)
    found = []
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            if other.top >= one.bottom:
                break
            high = min(one.bottom, other.bottom) - other.top
            wide = min(one.right, other.right) - max(one.left, other.left)
            if wide > 1 and high > min(one.bottom - one.top, other.bottom - other.top) / 3:
                found.append((one.text, other.text))
    return found


def cut(pgm: bytes, word: Word, dpi: int) -> bytes:
    """Return the dots of a word's box in a picture."""
    left, top, right, bottom = (round(side * dpi / 72) for side in (word.left, word.top, word.right, word.bottom))
    return b"".join(row[left:right] for row in rows(pgm)[top:bottom])
