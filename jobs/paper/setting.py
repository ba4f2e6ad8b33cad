"""What makes a sheet into a PDF: one Protocol that the typesetter keeps, the values as templates want them, labels."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from daemon.api import Context, Money, Text, WorkItem
from jobs.kinds.paper import ADDRESS, LABEL, PICK_LIST, SLIP

LARGEST_LABEL = 5 * 1024 * 1024
_PDF = b"%PDF-"
_LEAVES = "leaves"
_MOMENTS = ("placed", "ship_by", _LEAVES)
_PLACED = {"order": "", "code": "", "carrier": "", "wave": "", "with": []}
_EMPTY: Mapping[str, Mapping[str, Any]] = {
    SLIP: {**_PLACED, "placed": "", "ship_by": "", "lines": [], "total": "", "note": "", "gift": False},
    ADDRESS: _PLACED,
    LABEL: _PLACED,
    PICK_LIST: {"wave": "", "leaves": "", "carriers": [], "rows": [], "orders": 0, "code": ""},
}


class Unset(Exception):  # noqa: N818 - what is told of a sheet is that it was not set
    """A sheet that could not be set, and why, as a sentence."""


class Missing(Unset):
    """A label that is not there (yet), or the folder of all labels."""

    def __init__(self, sentence: str, folder: Path) -> None:
        self.folder = folder
        super().__init__(sentence)


@dataclass(frozen=True)
class Leaf:
    """One thing to be set: a document with what its template is given, and a label as it was bought."""

    document: str
    values: Mapping[str, Any]
    pdf: bytes = b""


class Typesetter(Protocol):
    """Makes PDFs whose pages are all of one size."""

    def set(self, leaf: Leaf, media: str) -> bytes:
        """Return the PDF of one; raise Unset where it can't be made."""
        ...

    def bind(self, leaves: Iterable[Leaf], media: str) -> bytes:
        """Return one PDF of several in their order, without holding all of them; raises Unset as `set` does."""
        ...


@dataclass(frozen=True)
class Setter:
    """Makes the PDF of a sheet, or of several of one document, on the paper that is asked for."""

    ctx: Context
    typesetter: Typesetter
    media: Callable[[str], str]
    _names: dict[Path, list[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def one(self, item: WorkItem, values: Mapping[str, Any]) -> bytes:
        """Return the PDF of one sheet; raise Unset where it can't be made, Missing where its label is not there."""
        document = str(item.data["document"])
        leaves = list(self.leaves(item, values))
        if len(leaves) == 1:
            return self.typesetter.set(leaves[0], self.media(document))
        return self.typesetter.bind(leaves, self.media(document))

    def leaves(self, item: WorkItem, values: Mapping[str, Any]) -> Iterator[Leaf]:
        """Yield what a sheet consists of: several labels where a parcel has several."""
        document = str(item.data["document"])
        given = shown(item, values, self.ctx)
        if document != LABEL:
            yield Leaf(document, given)
            return
        for path in self._labels(Path(values["folder"]), str(values["name"]), given):
            yield Leaf(document, given, _label(path))

    def _labels(self, folder: Path, name: str, given: Mapping[str, Any]) -> list[Path]:
        """Return the labels that lie there for an order, or for one that shares its parcel; raise Missing for none."""
        if folder not in self._names:
            self._names[folder] = _names(folder)
        for order in map(str, (given["order"], *given["with"])):
            pattern, told = label_pattern(name, order), order.replace("/", "-")
            mine = [folder / one for one in self._names[folder] if told in one and pattern.fullmatch(one)]
            if mine:
                return mine
        raise Missing(f"there is no label of order {given['order']} in {folder}", folder)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise Missing(f"the folder of the labels {folder} can't be read: {error.strerror}", folder) from error


@cache
def _parts(name: str) -> tuple[str, str]:
    before, after = (".*".join(map(re.escape, part.split("*"))) for part in name.split("{order}"))
    return before, after


def label_pattern(name: str, order: str) -> re.Pattern[str]:
    """Return what the names of an order's labels look like; that of order 1042 is none of order 104.

    The slash in the number of a part of an order stands as a dash.
    """
    before, after = _parts(name)
    number = re.escape(order.replace("/", "-"))
    return re.compile(f"{before}(?<![0-9A-Za-z]){number}(?![0-9A-Za-z]){after}")


def _label(path: Path) -> bytes:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_LABEL:
            raise Unset(f"the label {path} is no file of at most {LARGEST_LABEL} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise Unset(f"the label {path} can't be read: {error.strerror}") from error
    if not content.startswith(_PDF):
        raise Unset(f"the label {path} is no PDF")
    return content


def shown(item: WorkItem, values: Mapping[str, Any], ctx: Context) -> dict[str, Any]:
    """Return what a template is given: texts in the shop's language, moments in its zone, and why it is a copy.

    What a sheet has not is empty, so that a template may ask for it.
    """
    document = str(item.data["document"])
    given: dict[str, Any] = {**_EMPTY[document], **values, "copy": str(item.data.get("copy", ""))}
    for name in (name for name in _MOMENTS if given.get(name)):
        given[name] = _moment(given[name], ctx, name)
    if given.get("total"):
        given["total"] = _money(given["total"], ctx)
    if "lines" in given:
        given["lines"] = [
            {**one, "price": _money(one["price"], ctx)} if "price" in one else one for one in given["lines"]
        ]
    return given


def _moment(text: str, ctx: Context, name: str) -> str:
    """Return a moment as a day, and the time of day as well where a carrier comes then."""
    moment = datetime.fromisoformat(text).astimezone(ctx.zone)
    return ctx.say(Text("{when}", {"when": moment if name == _LEAVES else moment.date()}), "")


def _money(text: str, ctx: Context) -> str:
    amount, currency = text.rsplit(" ", 1)
    return ctx.say(Text("{amount}", {"amount": Money(Decimal(amount), currency)}), "")
