"""The rows of one export file, streamed, each with its line and its columns by our names.

A file may be half-written, replaced or hostile: what can be read is read, the rest is reported with its line.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TextIO

from daemon.api import Text
from jobs.connectors.shops._csv_profiles import NEEDED, Field, Headers
from jobs.connectors.shops._csv_values import clean

Bad = Callable[[int, Text], None]
"""Where an unreadable row is reported: its line and the reason."""
DELIMITERS = ",;\t"
LARGEST_KEPT = 4 * 1024 * 1024
"""Bytes of a file from which its rows are read again rather than kept."""
MOST_KEPT = 3
_MOST_TEXTS = 1000
"""Different texts of a column that are remembered: more of them are numbers or names, which seldom come again."""
LONGEST_HEADER = 65536
"""Characters of the first line in which the delimiter is looked for."""


@dataclass(frozen=True)
class Layout:
    """How the files of one source are written. An empty delimiter is found in each file's first line."""

    headers: Headers
    demanded: frozenset[Field] = frozenset(NEEDED)
    encoding: str = "utf-8-sig"
    delimiter: str = ""


class Row(NamedTuple):
    """One record of a file, its cells clean; `line` is where it begins, counted from 1."""

    line: int
    cells: list[str]
    places: Mapping[Field, int]

    def cell(self, field: Field) -> str:
        """Return a field's text, bounded, or "" where the file has no such column."""
        place = self.places.get(field)
        return "" if place is None else self.cells[place]


@dataclass
class RecentFiles:
    """Reads files and keeps the rows of the last small ones: a run asks the same file for its span, a day and a night.

    A kept file is believed while its size and its modification time stay the same.
    """

    layout: Layout
    kept: dict[Path, "_Kept"] = field(default_factory=dict)

    def rows(self, path: Path, bad: Bad) -> Iterable[Row]:
        """Return what `rows` yields and report what it reports, read anew only where it must be."""
        state = _state(path)
        if state is None or state[0] >= LARGEST_KEPT:
            return rows(path, self.layout, bad)
        known = self.kept.pop(path, None)
        if known is None or known.state != state:
            reported: list[tuple[int, Text]] = []
            known = _Kept(state, list(rows(path, self.layout, lambda *one: reported.append(one))), reported)
        self.kept[path] = known
        for oldest in list(self.kept)[:-MOST_KEPT]:
            del self.kept[oldest]
        for line, reason in known.bad:
            bad(line, reason)
        return known.rows


@dataclass(frozen=True)
class _Kept:
    state: tuple[int, int]
    rows: list[Row]
    bad: list[tuple[int, Text]]


def _state(path: Path) -> tuple[int, int] | None:
    """Return a file's size (bytes) and modification time (ns), None where they can't be had."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def rows(path: Path, layout: Layout, bad: Bad) -> Iterator[Row]:
    """Yield the rows of a file; report instead what has too few cells or can't be read at all."""
    try:
        with path.open(encoding=layout.encoding, errors="replace", newline="") as file:
            first = file.readline(LONGEST_HEADER)
            file.seek(0)
            delimiter = layout.delimiter or max(DELIMITERS, key=first.count)
            yield from _rows(_records(file, delimiter, bad), layout, bad)
    except OSError as error:
        bad(0, Text("the file can't be read: {why}", {"why": error.strerror or str(error)}))


def _records(file: TextIO, delimiter: str, bad: Bad) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file, delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            bad(line, Text("the row can't be read: {why}", {"why": str(error)}))
            continue
        if cells:
            yield line, cells


def _rows(records: Iterator[tuple[int, list[str]]], layout: Layout, bad: Bad) -> Iterator[Row]:
    _, header = next(records, (1, []))
    places = _places([name.strip() for name in header], layout)
    missing = sorted(layout.demanded - places.keys())
    if missing:
        names = " / ".join(layout.headers.get(missing[0], (missing[0],)))
        bad(1, Text("the column {column} is missing", {"column": names}))
        return
    width = len(header)
    known: list[dict[str, str]] = [{} for _ in header]
    for line, cells in records:
        if len(cells) < width or any(cells[width:]):
            bad(line, Text("the row has {found} cells instead of {wanted}", {"found": len(cells), "wanted": width}))
        else:
            yield Row(line, list(map(_cleaned, cells, known)), places)


def _cleaned(cell: str, known: dict[str, str]) -> str:
    """Return a cell's clean text, the same object for equal cells of a column: most hold few different texts."""
    text = known.get(cell)
    if text is None:
        text = clean(cell)
        if len(known) < _MOST_TEXTS:
            known[cell] = text
    return text


def _places(header: list[str], layout: Layout) -> dict[Field, int]:
    found = {field: [header.index(name) for name in names if name in header] for field, names in layout.headers.items()}
    return {field: places[0] for field, places in found.items() if places}
