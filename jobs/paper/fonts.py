"""The fonts that paper is set in, and which characters they have: what nobody can draw must not vanish unseen.

A bare machine has no fonts for most of the world, so the extra `paper` brings packages of fonts under the SIL Open Font
Licence; the owner's own folder goes before them, the machine's own fonts come last. A font says in its table `cmap`
which characters it has (OpenType 1.9.1, `cmap`, formats 4 and 12; `otff` for the collection's header).
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

FAMILIES = ("Noto Sans", "IBM Plex Sans Arabic", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Thai")
"""Asked for in this order; whatever they lack is taken from any font that has it. IBM's Arabic goes before Noto's,
whose letters are drawn with their dots apart, which makes copied text name a letter twice."""
_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk", "fontpkg_ibm_plex_sans_arabic")
_LATER = ("Noto Sans Devanagari", "Noto Emoji", "Noto Color Emoji", "Libertinus Serif")
_COLLECTION = b"ttcf"
_BMP, _FULL = 4, 12
_UNICODE = {(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)}
_LAST_BMP = 0xFFFF

Spans = tuple[tuple[int, int], ...]
"""First and last code point of each run of characters, in order."""


@cache
def packaged() -> tuple[Path, ...]:
    """Return the folders of the installed packages of fonts; none of them is imported for that."""
    specs = (find_spec(name) for name in _PACKAGES)
    return tuple(Path(place) for spec in specs if spec for place in spec.submodule_search_locations or ())


def families(style: str) -> list[str]:
    """Return the families to ask for, with Chinese characters in one of the forms that `plain.han` names."""
    return [*FAMILIES, f"Noto Sans CJK {style}", *_LATER]


def lacking(letters: Iterable[str], files: Iterable[tuple[Path, int]]) -> frozenset[str]:
    """Return the characters that none of the fonts (file and number within it) has; reads no more files than needed."""
    left = set(letters)
    for file, number in files:
        if not left:
            break
        left -= {letter for letter in left if _has(_spans(file, number), ord(letter))}
    return frozenset(left)


def _has(spans: Spans, point: int) -> bool:
    place = bisect_right(spans, (point, _LAST_BMP << 8))
    return place > 0 and spans[place - 1][0] <= point <= spans[place - 1][1]


@cache
def _spans(file: Path, number: int) -> Spans:
    """Return the characters of a font; none where the file can't be read as one."""
    try:
        with file.open("rb") as opened:
            return _read(opened.read(), number)
    except (OSError, struct.error, IndexError):
        return ()


def _read(font: bytes, number: int) -> Spans:
    start = struct.unpack_from(">I", font, 12 + 4 * number)[0] if font[:4] == _COLLECTION else 0
    for index in range(struct.unpack_from(">H", font, start + 4)[0]):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", font, start + 12 + 16 * index)
        if tag == b"cmap":
            return _mapped(font, offset)
    return ()


def _mapped(font: bytes, table: int) -> Spans:
    """Return the characters of the fullest table for Unicode; one of format 12 has all that one of format 4 has."""
    found: dict[int, int] = {}
    for index in range(struct.unpack_from(">H", font, table + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", font, table + 4 + 8 * index)
        if (platform, encoding) in _UNICODE:
            found[struct.unpack_from(">H", font, table + offset)[0]] = table + offset
    if _FULL in found:
        return tuple(_full(font, found[_FULL]))
    return tuple(_bmp(font, found[_BMP])) if _BMP in found else ()


def _full(font: bytes, at: int) -> Iterator[tuple[int, int]]:
    count = struct.unpack_from(">I", font, at + 12)[0]
    groups = struct.iter_unpack(">III", font[at + 16 : at + 16 + 12 * count])
    return ((first if glyph else first + 1, last) for first, last, glyph in groups)


def _bmp(font: bytes, at: int) -> Iterator[tuple[int, int]]:
    twice = struct.unpack_from(">H", font, at + 6)[0]
    count = twice // 2
    lasts = struct.unpack_from(f">{count}H", font, at + 14)
    firsts = struct.unpack_from(f">{count}H", font, at + 16 + twice)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 2 * twice)
    ways = struct.unpack_from(f">{count}H", font, at + 16 + 3 * twice)
    for index, (first, last, delta, way) in enumerate(zip(firsts, lasts, deltas, ways, strict=True)):
        if first == _LAST_BMP:
            continue
        if way == 0:
            yield from _but_none(range(first, last + 1), delta)
        else:
            base = at + 16 + 3 * twice + 2 * index + way
            glyphs = struct.unpack_from(f">{last - first + 1}H", font, base)
            yield from ((first + step, first + step) for step, glyph in enumerate(glyphs) if glyph)


def _but_none(points: range, delta: int) -> Iterator[tuple[int, int]]:
    """Yield a run without the one point, if any, that its delta maps to glyph 0, which is "no glyph"."""
    none = -delta % (_LAST_BMP + 1)
    parts = (range(points.start, none), range(none + 1, points.stop)) if none in points else (points,)
    yield from ((part.start, part.stop - 1) for part in parts if part)
