"""Many PDFs become one, or one several, and none ever stands in memory as more than its bytes.

Only PDFs that typst wrote are bound: each object in the open, one classic table at the end, all pages in one flat
list (ISO 32000-1, 7.5). Objects get new numbers; what is in streams and strings is left as it is. A library that
reads PDFs into objects took 840 MB for 9,000 sheets; this takes what the file has.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

_HEAD = b"%PDF-1.7\n%\x80\x80\x80\x80\n\n"
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_ROWS = re.compile(rb"xref\s+0 (\d+)\s+")
_ROOT = re.compile(rb"/Root (\d+) 0 R")
_PAGES = re.compile(rb"/Pages (\d+) 0 R")
_KIDS = re.compile(rb"/Kids ?\[([^\]]*)\]")
_PIECES = re.compile(rb"(\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\))|\b(\d+) 0 R\b", re.DOTALL)
_ROW = 20
"""Bytes of a row of the table: offset, generation, kind, end of line."""
_RESERVED = 2
"""The catalogue and the list of pages are the first two objects, written last."""


@dataclass(frozen=True)
class Source:
    """A PDF taken apart: its objects by number, the numbers of its pages in order, and of the list of them.

    An object is its text, with the numbers of other objects between the pieces of it, and its stream.
    """

    objects: Mapping[int, tuple[list[bytes | int], bytes]]
    pages: tuple[int, ...]
    root: int


def taken_apart(pdf: bytes) -> Source:
    """Return the parts of a PDF that typst wrote; raises ValueError where it is another one."""
    objects, start = _objects(pdf)
    root = int(_found(_PAGES, objects[int(_found(_ROOT, pdf[start:]))]))
    pages = re.findall(rb"(\d+) 0 R", _found(_KIDS, objects[root]))
    return Source({number: _pieces(body) for number, body in objects.items()}, tuple(map(int, pages)), root)


def parted(pdf: bytes, ends: Sequence[int]) -> Iterator[bytes]:
    """Yield a PDF as several; `ends` says of each which page (from 1) is its last one."""
    source = taken_apart(pdf)
    for first, last in zip((0, *ends), ends, strict=False):
        binder = Binder()
        binder.add(source, source.pages[first:last])
        yield binder.close()


class Binder:
    """A PDF in the making."""

    def __init__(self) -> None:
        self._file = BytesIO()
        self._file.write(_HEAD)
        self._places: list[int] = [0] * _RESERVED
        self._pages: list[bytes] = []

    def add(self, source: Source, pages: Sequence[int]) -> None:
        """Put pages of a PDF, and all that they refer to, behind those that are there."""
        numbers = self._numbered(source, pages)
        for number, new in numbers.items():
            if number != source.root:
                text, stream = source.objects[number]
                head = (b"%d 0 R" % numbers[one] if isinstance(one, int) else one for one in text)
                self._write(new, b"".join(head) + stream)
        self._pages += [b"%d 0 R" % numbers[page] for page in pages]

    def _numbered(self, source: Source, pages: Sequence[int]) -> dict[int, int]:
        """Give a number to each object that the pages refer to, at whatever remove; return it by that in its PDF."""
        numbers = {source.root: _RESERVED}
        waiting = list(reversed(pages))
        while waiting:
            number = waiting.pop()
            if number not in numbers:
                self._places.append(0)
                numbers[number] = len(self._places)
                waiting += (piece for piece in source.objects[number][0] if isinstance(piece, int))
        return numbers

    def _write(self, number: int, body: bytes) -> None:
        self._places[number - 1] = self._file.tell()
        self._file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def close(self) -> bytes:
        """Return the whole; empty where no page was added."""
        if not self._pages:
            return b""
        self._write(1, b"<</Type/Catalog/Pages 2 0 R>>")
        self._write(2, b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self._pages), b" ".join(self._pages)))
        start, count = self._file.tell(), len(self._places) + 1
        self._file.write(b"xref\n0 %d\n0000000000 65535 f\r\n" % count)
        for place in self._places:
            self._file.write(b"%010d 00000 n\r\n" % place if place else b"0000000000 65535 f\r\n")
        self._file.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, start))
        return self._file.getvalue()


def _found(pattern: re.Pattern[bytes], text: bytes) -> bytes:
    found = pattern.search(text)
    if not found:
        raise ValueError(f"a PDF to be bound has no {pattern.pattern.decode()}")
    return found[1]


def _objects(pdf: bytes) -> tuple[dict[int, bytes], int]:
    """Return the bodies of all objects by number, and where the table stands."""
    start = int(_found(_START, pdf[-64:]))
    rows = _ROWS.match(pdf, start)
    if not rows:
        raise ValueError("a PDF to be bound has no table of objects")
    places = dict(_rows(pdf, rows.end(), int(rows[1])))
    ends = dict(zip(order := sorted(places.values()), [*order[1:], start], strict=True))
    return {number: _body(pdf[place : ends[place]]) for number, place in places.items()}, start


def _rows(pdf: bytes, first: int, count: int) -> Iterator[tuple[int, int]]:
    for number in range(count):
        row = pdf[first + number * _ROW : first + (number + 1) * _ROW]
        if row[17:18] == b"n":
            yield number, int(row[:10])


def _body(text: bytes) -> bytes:
    return text[text.index(b"obj") + 3 : text.rindex(b"endobj")].strip(b"\r\n")


def _pieces(body: bytes) -> tuple[list[bytes | int], bytes]:
    """Return an object's text in pieces, and its stream; what looks like a reference in a string is none."""
    at = body.find(b"stream\n")
    head, stream = (body, b"") if at < 0 else (body[:at], body[at:])
    pieces, last = list[bytes | int](), 0
    for found in _PIECES.finditer(head):
        if found[2]:
            pieces += (head[last : found.start()], int(found[2]))
            last = found.end()
    return [*pieces, head[last:]], stream
