"""A carrier's label, bought elsewhere, on our paper: as large as it was made where that fits, never stretched.

A label comes from outside and is looked at before it is used: its size, its pages, whether it can be read. One that
is larger than the paper is cut to its ink first, as carriers like to put a small label on a large sheet; only then is
it made smaller, or turned where that keeps it larger. typst embeds the page as it is, so its bars stay vectors.
"""

import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from daemon.api import Text
from jobs.kinds.paper import Media
from jobs.paper.press import Press, Refused

MOST_BYTES, MOST_PAGES = 5_000_000, 10
"""Of one label. The largest seen of carriers are some 500 kB, one or two pages."""
EDGE, STRIP = 2.0, 6.0
"""Millimetres that stay white on three sides, and below, where the order's name stands."""
_HEAD = _TAIL = 1024
"""Bytes within which a PDF says that it is one, and that it has ended (ISO 32000-1, annex H.3.4.1 and H.3.4.4).

One that was cut off on its way would be mended by what reads it, and come out as an empty page.
"""
_SMALLEST_POINTS, _LARGEST_POINTS = 20.0, 6000.0
_POINTS = 72 / 25.4
_INK_PPI = 16
_WHITE = 250
_WORTH_TURNING = 1.15
_PNG, _RGBA = b"\x89PNG\r\n\x1a\n", 4
_UP, _PAETH = 2, 4
_AS_ABOVE = (_UP, _PAETH)


@dataclass(frozen=True)
class Box:
    """A part of a page in points, from its left and upper edge."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Placed:
    """A page on paper: which part of it, at which size in points, turned by a quarter or not."""

    number: int
    left: float
    top: float
    width: float
    height: float
    page_width: float
    page_height: float
    turned: bool


def place(pdf: bytes, order: str, media: Media, machine: Press, number: int) -> dict[str, object] | Text:
    """Return what the template of labels wants to know of a label, or why it can't be printed."""
    if b"%PDF-" not in pdf[:_HEAD]:
        return Text("The label of order {order} is no PDF: fetch it from the carrier again.", {"order": order})
    if len(pdf) > MOST_BYTES:
        return Text("The label of order {order} is larger than 5 MB: print it by hand.", {"order": order})
    if b"%%EOF" not in pdf[-_TAIL:]:
        return _refused("it breaks off", order)
    file = f"label-{number}.pdf"
    machine.keep(file, pdf)
    try:
        pages = list(_pages(file, machine))
        placed = [_fit(page, at, file, _room(media), machine) for at, page in enumerate(pages, 1)]
    except Refused as error:
        return _refused(str(error), order)
    if len(pages) > MOST_PAGES:
        return Text("The label of order {order} has more than 10 pages: print it by hand.", {"order": order})
    return {"file": file, "edge": EDGE, "strip": STRIP, "pages": [asdict(one) for one in placed]}


def _refused(why: str, order: str) -> Text:
    if "encrypted" in why:
        return Text(
            "The label of order {order} is locked with a password: ask the carrier for an open one.", {"order": order}
        )
    return Text("The label of order {order} can't be read as a PDF: fetch it again.", {"order": order})


def _room(media: Media) -> tuple[float, float]:
    """Return the width and height in points that a label may take; a roll has no end."""
    height = float(media.height) - EDGE - STRIP if media.height else float("inf")
    return (float(media.width) - 2 * EDGE) * _POINTS, height * _POINTS


def _pages(file: str, machine: Press) -> Iterator[Box]:
    """Yield the pages of a label, one more than are printed at most; raises Refused where one can't be read."""
    for number in range(1, MOST_PAGES + 2):
        size = f'{{ let s = measure(image("{file}", page: {number})); (s.width.pt(), s.height.pt()) }}'
        try:
            answer = machine.ask(size)
        except Refused as error:
            if number > 1 and "does not exist" in str(error):
                return
            raise
        width, height = answer if isinstance(answer, list) else (0, 0)
        if not all(_SMALLEST_POINTS <= side <= _LARGEST_POINTS for side in (width, height)):
            raise Refused(f"a page of {width} by {height} points")
        yield Box(0, 0, width, height)


def _fit(page: Box, number: int, file: str, room: tuple[float, float], machine: Press) -> Placed:
    """Return a page on paper: whole where it fits as it is, else its ink, upright or turned, whichever stays larger."""
    fits = page.width <= room[0] and page.height <= room[1]
    part = page if fits else _inked(page, number, file, machine)
    upright = min(1.0, room[0] / part.width, room[1] / part.height)
    turned = min(1.0, room[0] / part.height, room[1] / part.width)
    turns = turned > upright * _WORTH_TURNING
    scale = turned if turns else upright
    return Placed(
        number,
        part.left * scale,
        part.top * scale,
        part.width * scale,
        part.height * scale,
        page.width * scale,
        page.height * scale,
        turns,
    )


def _inked(page: Box, number: int, file: str, machine: Press) -> Box:
    """Return the part of a page that is not white, with a dot of white around it; the whole where all is white."""
    source = f'#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image("{file}", page: {number})'
    rows = list(_rows(machine.compile(source, format="png", ppi=_INK_PPI)))
    dark = [(x, y) for y, row in enumerate(rows) for x in _ends(row)]
    if not dark:
        return page
    dot = 72 / _INK_PPI
    left, right = (min(x for x, _ in dark) - 1) * dot, (max(x for x, _ in dark) + 2) * dot
    top, bottom = (min(y for _, y in dark) - 1) * dot, (max(y for _, y in dark) + 2) * dot
    left, top = max(left, 0.0), max(top, 0.0)
    return Box(left, top, min(right, page.width) - left, min(bottom, page.height) - top)


def _ends(row: bytes) -> tuple[int, ...]:
    """Return the first and the last dot of a row that is not white."""
    dark = [at for at, value in enumerate(row) if value < _WHITE]
    return (dark[0], dark[-1]) if dark else ()


def _rows(png: bytes) -> Iterator[bytes]:
    """Yield the rows of a picture as typst writes it, each dot as dark as the darkest of its colours.

    PNG, RGBA, 8 bits, not interlaced (PNG 3rd edition, 9.2), where a row is filtered colour by colour; of a label in
    black and white all colours are one.
    """
    width = int.from_bytes(png[16:20], "big")
    step = width * _RGBA + 1
    packed = b"".join(data for kind, data in _chunks(png) if kind == b"IDAT")
    raw = zlib.decompress(packed)
    before = [bytes(width)] * 3
    for start in range(0, len(raw), step):
        colours = [raw[start + 1 + colour : start + step : _RGBA] for colour in range(3)]
        if colours[0] == colours[1] == colours[2] and before[0] == before[1] == before[2]:
            before = [_unfiltered(raw[start], colours[0], before[0])] * 3
            yield before[0]
        else:
            before = [_unfiltered(raw[start], row, above) for row, above in zip(colours, before, strict=True)]
            yield bytes(map(min, *before))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    """Return a row of one colour; most are as the one above, which up and Paeth say by nothing but zeros."""
    if kind == 0:
        return row
    if kind in _AS_ABOVE and not any(row):
        return above
    made, left, corner = bytearray(), 0, 0
    for value, up in zip(row, above, strict=True):
        left = (value + _guessed(kind, left, up, corner)) & 0xFF
        corner = up
        made.append(left)
    return bytes(made)


def _guessed(kind: int, left: int, up: int, corner: int) -> int:
    """Return what a filter (1 sub, 2 up, 3 average, 4 Paeth) takes a byte for, from its neighbours."""
    if kind != _PAETH:
        return (0, left, up, (left + up) // 2)[kind]
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner
