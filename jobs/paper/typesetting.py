"""Sheets become PDFs: one each (`typeset`, or `typesetter` whenever one is wanted), or many in one (`bound`).

A sheet's template is `paper/NAME.typ` in the folders of templates, the owner's before the shipped one. What fails in
the owner's is set with the shipped one, and that is told; what no font can draw is written as its number, and told;
a carrier's label that can't be used gives no PDF, and says why. So a bad sheet never costs the others.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from daemon.api import Text
from jobs.kinds.paper import ADDRESS, LABEL, PICK_LIST, SLIP, Media
from jobs.paper import carrier, fonts, plain
from jobs.paper.barcode import bars
from jobs.paper.binding import Binder, parted, taken_apart
from jobs.paper.press import Press, Printed, press

BATCH, SHEET = 80, 10
"""Rows that are set at once, and how many of them a sheet without rows is like: a sheet alone costs twice the time, and
more at once would only cost memory, since typst remembers the last ten batches."""
LONGEST_ROLL = Decimal(2000)
"""Millimetres of a roll in one piece: printers' drivers take 2 to 3 m, and PDF 5.08 m (ISO 32000-1, annex C)."""
_PIECE = Decimal(1000)
_MEDIA_BOX = re.compile(rb"/MediaBox ?\[ ?0 0 [\d.]+ ([\d.]+) ?\]")
_POINTS = Decimal(72) / Decimal("25.4")
_SMALL = Decimal(120)
"""Paper narrower than so many millimetres is set like a label, in smaller letters and one column."""
_BLANK: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        SLIP: {
            "shop": {"name": "", "lines": []}, "order": "", "code": "", "wave": "", "place": 0, "places": 0,
            "placed": "", "ship_by": "", "carrier": "", "address": {}, "lines": [], "total": "", "note": "",
            "gift": False, "with": [], "copy": "",
        },
        PICK_LIST: {
            "wave": "", "leaves": "", "carriers": [], "rows": [], "orders": 0, "code": "", "copy": "", "place": 0,
            "places": 0,
        },
        ADDRESS: {
            "to": {}, "from": {}, "order": "", "code": "", "carrier": "", "wave": "", "place": 0, "places": 0,
            "copy": "",
        },
        LABEL: {"order": "", "place": 0, "places": 0, "copy": ""},
    }
)  # fmt: skip
"""What each document's template can rely on being there."""
_NOBODY = MappingProxyType({"name": "", "street": "", "postcode": "", "city": "", "country": ""})


@dataclass(frozen=True)
class Sheet:
    """One document (of `kinds.paper.DOCUMENTS`) with what stands on it; `pdf` is a carrier's label as it was bought.

    `values` are texts, numbers and lists by the names in `_BLANK`; its `words` come from `words.words`.
    """

    document: str
    values: Mapping[str, object]
    pdf: bytes = b""


@dataclass(frozen=True)
class Look:
    """How the sheets of a run look: the paper, folders of templates (shipped last), language, country of the shop."""

    media: Media
    folders: tuple[Path, ...]
    language: str = "en"
    country: str = ""
    room: Path | None = None


@dataclass(frozen=True)
class Typeset:
    """What became of a sheet, or of many: the PDF (empty: none), what no font has, and what else went wrong."""

    pdf: bytes
    lacking: frozenset[str] = frozenset()
    problems: tuple[Text, ...] = ()


def typeset(sheets: Iterable[Sheet], look: Look) -> Iterator[Typeset]:
    """Yield what became of each sheet, in order.

    Raises NightclerkError where typst or fonts are not installed, or where a shipped template fails.
    """
    with press(look.folders, look.room) as machine:
        for batch in _batches(sheets, look, machine):
            yield from _each(batch)


@contextmanager
def typesetter(look: Look) -> Iterator[Callable[[Sheet], Typeset]]:
    """Give what sets one sheet whenever it is asked, all with one press; it and this raise as `typeset` does."""
    with press(look.folders, look.room) as machine:
        yield lambda sheet: next(_each(next(_set([sheet], look, machine))))


def bound(sheets: Iterable[Sheet], look: Look) -> Typeset:
    """Return one PDF of all the sheets in order, without those that `problems` tells of; raises as `typeset` does."""
    binder, problems, lacking = Binder(), list[Text](), set[str]()
    with press(look.folders, look.room) as machine:
        for batch in _batches(sheets, look, machine):
            if batch.printed.pdf:
                source = taken_apart(batch.printed.pdf)
                binder.add(source, source.pages)
            lacking.update(*(one.lacking for one in batch.ready))
            problems += (one for one in _problems(batch.ready, batch.printed) if one not in problems)
    return Typeset(binder.close(), frozenset(lacking), tuple(problems))


@dataclass(frozen=True)
class _Ready:
    """The values of a sheet as its template gets them, and what will be missing on it."""

    values: dict[str, object]
    lacking: frozenset[str] = frozenset()
    problem: Text | None = None


@dataclass(frozen=True)
class _Batch:
    """Sheets that were set at once: what they were made of, and what came of those without a problem."""

    ready: list[_Ready]
    printed: Printed


def _each(batch: _Batch) -> Iterator[Typeset]:
    """Yield what became of each sheet of a batch."""
    parts = parted(batch.printed.pdf, batch.printed.ends) if batch.printed.pdf else iter(())
    for one in batch.ready:
        pdf = b"" if one.problem else next(parts)
        yield Typeset(pdf, one.lacking, tuple(_problems([one], batch.printed)))


def _problems(ready: list[_Ready], printed: Printed) -> list[Text]:
    return [*(one.problem for one in ready if one.problem), *([printed.told] if printed.told else [])]


def _batches(sheets: Iterable[Sheet], look: Look, machine: Press) -> Iterator[_Batch]:
    """Yield the sheets in batches of about the same work, so that many cost no more memory than some."""
    batch, work = list[Sheet](), 0
    for sheet in sheets:
        rows = sheet.values.get("lines") or sheet.values.get("rows") or ()
        size = SHEET + (len(rows) if isinstance(rows, list | tuple) else 0)
        if batch and work + size > BATCH:
            yield from _set(batch, look, machine)
            batch, work = [], 0
        batch.append(sheet)
        work += size
    if batch:
        yield from _set(batch, look, machine)


def _set(sheets: list[Sheet], look: Look, machine: Press, longest: Decimal | None = None) -> Iterator[_Batch]:
    """Yield the sheets as one batch; as one each where their pages can't be told apart or a roll would be too long."""
    ready = [_ready(sheet, number, look, machine, longest) for number, sheet in enumerate(sheets)]
    printed = _printed(ready, machine)
    too_long = longest is None and look.media.height is None and _longest(printed.pdf) > LONGEST_ROLL
    alone = len(sheets) == 1
    if too_long or (printed.pdf and not printed.ends and not alone):
        for sheet in sheets:
            yield from _set([sheet], look, machine, _PIECE if alone else None)
    else:
        yield _Batch(ready, printed)


def _printed(ready: list[_Ready], machine: Press) -> Printed:
    """Return what can be set of the sheets as one PDF; nothing where each has a problem."""
    good = [one.values for one in ready if not one.problem]
    return machine.set(good) if good else Printed(b"", ())


def _longest(pdf: bytes) -> Decimal:
    """Return the height of the longest page in millimetres."""
    return max((Decimal(found.decode()) / _POINTS for found in _MEDIA_BOX.findall(pdf)), default=Decimal(0))


def _ready(sheet: Sheet, number: int, look: Look, machine: Press, longest: Decimal | None) -> _Ready:
    values = _complete(sheet)
    if sheet.document == LABEL:
        placed = carrier.place(sheet.pdf, str(values["order"]), look.media, machine, number)
        if isinstance(placed, Text):
            return _Ready({}, problem=placed)
        values |= placed
    letters = "".join(plain.texts(values))
    lacking = machine.lacking(set(letters))
    values["bars"] = bars(str(values.get("code", "")))
    shown = {name: plain.all_marked(value, lacking) for name, value in values.items()} if lacking else values
    return _Ready(shown | {"document": sheet.document, "look": _looks(letters, values, look, longest)}, lacking)


def _complete(sheet: Sheet) -> dict[str, object]:
    """Return the values tamed and whole; a gift's slip has no prices, whatever a template would do with them."""
    values = dict(_BLANK[sheet.document])
    values |= {str(name): plain.tamed(value) for name, value in sheet.values.items()}
    for name in ("address", "to", "from"):
        if isinstance(there := values.get(name), Mapping):
            values[name] = {**_NOBODY, **there}
    rows = values.get("lines")
    if values.get("gift") and isinstance(rows, list):
        values["total"] = ""
        values["lines"] = [{name: value for name, value in row.items() if name != "price"} for row in rows]
    return values


def _looks(letters: str, values: Mapping[str, object], look: Look, longest: Decimal | None) -> dict[str, object]:
    height = look.media.height or longest
    there = values.get("address") or values.get("to")
    country = str(there["country"]) if isinstance(there, Mapping) and there["country"] else look.country
    return {
        "width": float(look.media.width),
        "height": float(height) if height else None,
        "small": look.media.width < _SMALL,
        "language": look.language.partition("-")[0].partition("_")[0],
        "fonts": fonts.families(plain.han(letters, country)),
    }
