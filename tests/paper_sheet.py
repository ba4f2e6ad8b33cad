"""`python -m tests.paper_sheet OUT.png [DPI]`: every document on every paper in one picture, for a person to look at.

A test sees that no word is lost; whether paper is good to work with only eyes see. Needs poppler's `pdftoppm`.
"""

import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from jobs.kinds.paper import MEDIA
from jobs.paper.typesetting import Sheet, bound
from tests.jobs import paper_scenes as scenes
from tests.jobs.paper import label_pdfs

ACROSS = 1900
"""Dots across the picture, more or less: as many pages stand beside each other as fit."""
GAP, GREY = 8, b"\xa0\xa0\xa0"


@dataclass(frozen=True)
class Picture:
    """A picture in colours, as rows of dots of three bytes."""

    wide: int
    rows: list[bytes]


def sheets() -> Iterator[Sheet]:
    """Yield each document: everyday ones, long ones, copies and gifts, and one for each of the addresses."""
    yield scenes.slip()
    others: dict[str, object] = {"with": ["1043", "1044"], "note": "Please leave it with the neighbour.\nThank you!"}
    yield scenes.slip("long", 3, copy="COPY", **others)
    yield scenes.slip("arabic", gift=True, copy="paper jam")
    yield scenes.slip(lines=30)
    yield scenes.pick_list()
    yield scenes.pick_list(40, copy="COPY")
    for wide, high in ((288, 432), (595, 842), (420, 298)):
        yield scenes.label(label_pdfs.label(wide, high))
    for name in scenes.ADDRESSES:
        yield scenes.address(name)
        yield scenes.slip(name, lines=[scenes.line(1, title=" ".join(scenes.ADDRESSES[name].values()))])


def pictures(pdf: bytes, dpi: int) -> Iterator[Picture]:
    """Yield each page as a picture (PPM, as poppler writes it)."""
    with TemporaryDirectory() as folder:
        command = ["pdftoppm", "-r", str(dpi), "-", f"{folder}/page"]
        subprocess.run(command, input=pdf, check=True, timeout=600)
        for file in sorted(Path(folder).iterdir()):
            kind, size, _most, dots = file.read_bytes().split(b"\n", 3)
            assert kind == b"P6"
            wide, high = map(int, size.split())
            yield Picture(wide, [dots[start : start + wide * 3] for start in range(0, wide * high * 3, wide * 3)])


def beside(some: list[Picture], across: int) -> Iterator[bytes]:
    """Yield the rows of pictures beside each other, on grey."""
    yield from [GREY * across] * GAP
    for number in range(max(len(one.rows) for one in some)):
        parts = (one.rows[number] if number < len(one.rows) else GREY * one.wide for one in some)
        row = b"".join(GREY * GAP + part for part in parts)
        yield row[: across * 3] + GREY * (across - len(row) // 3)


def stitched(every: list[Picture], across: int) -> Iterator[bytes]:
    """Yield the rows of all pictures, as many beside each other as fit."""
    line: list[Picture] = []
    for one in every:
        if line and sum(other.wide + GAP for other in line) + one.wide > across:
            yield from beside(line, across)
            line = []
        line.append(one)
    yield from beside(line, across)


def png(rows: list[bytes]) -> bytes:
    """Return rows of dots as a PNG (third edition: signature, IHDR, IDAT, IEND)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (len(rows[0]) // 3).to_bytes(4, "big") + len(rows).to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def main(out: Path, dpi: int = 40) -> None:
    """Write the picture, paper after paper."""
    rows: list[bytes] = []
    for media in MEDIA:
        made = bound(sheets(), scenes.look(media))
        rows += stitched(list(pictures(made.pdf, dpi)), ACROSS)
        print(media, *made.problems, *sorted(made.lacking))
    out.write_bytes(png(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
