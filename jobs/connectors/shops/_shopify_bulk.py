"""A long history as one file: Shopify runs the query by itself and writes JSON lines, which costs next to no points.

An export that an earlier run began is taken up instead of begun again: it is found by its text in the shop's own list,
so a run that was cut off leaves nothing behind that must be remembered. Only a whole file counts: one that failed,
lapsed, or holds fewer orders than the shop counted is begun anew once; after that the history is read page by page.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from daemon.api import OutsideError
from jobs.connectors.http import Answer, Call, Client, SpentError
from jobs.connectors.shops._pages import batches
from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._shopify_asking import Asker, document
from jobs.connectors.shops._shopify_values import bound, moment, text

FROM = 1000
"""Orders from which on a file is quicker than pages: in pages some five minutes of them on the Standard plan."""
_TRIES = 2
_YOUNG = timedelta(days=1)
"""How old an export may be to be taken up: the older, the more has to be read after it."""
_FIRST, _LONGEST = 2.0, 30.0
"""Seconds between two looks at an export, doubled up to the second number."""
_PATIENCE = 3600.0
"""Seconds that a run waits for an export; the next one takes it up."""
PIECE = 8 * 1024 * 1024
"""Bytes of a file that are had at once."""
_STAND_IN = "1970-01-01T00:00:00Z"
_FRAGMENT = re.compile(r"^fragment (\w+) on \w+ \{\n(.*?)^\}\n", re.MULTILINE | re.DOTALL)
_SPREAD = re.compile(r"\.\.\.(\w+)")
_UNDER_WAY = frozenset({"CREATED", "RUNNING", "CANCELING"})
_TAKEN_UP = frozenset({"CREATED", "RUNNING", "COMPLETED"})


class SpoiltError(Exception):
    """A file is not whole, or not in the form that was asked for."""


@dataclass(frozen=True)
class Export:
    """One bulk operation; `orders` and `size` (bytes) are what the shop says of its file."""

    number: str
    status: str
    query: str
    began: datetime | None
    address: str
    size: int
    orders: int


@dataclass
class Exporter:
    """Has histories written into files and hands over what they hold. `now` is the run's moment."""

    asker: Asker
    now: datetime
    piece: int = PIECE

    def hand_over(self, first: datetime, keep: Callable[[list[Row]], None]) -> datetime | None:
        """Give `keep` every order that changed since `first`, some at a time; return as of when they all are.

        None where no whole file could be had; what was given until then is right, but not everything. Raise
        OutsideError where the export is still being written after an hour.
        """
        wanted, spoilt = history(first), set[str]()
        for _try in range(_TRIES):
            export = self._asked_for(wanted, spoilt)
            if export is None:
                return None
            ended = self._ended(export)
            if ended.status == "COMPLETED" and ended.began is not None and self._kept(ended, keep):
                return ended.began
            spoilt.add(ended.number)
        return None

    def _asked_for(self, wanted: str, spoilt: set[str]) -> Export | None:
        """Return an export that is under way or done; None where the shop has no room for one, or no leave for us."""
        try:
            return self._taken_up(wanted, spoilt) or self._begun(wanted)
        except OutsideError as error:
            if not error.nothing_done:
                raise
            return None

    def _taken_up(self, wanted: str, spoilt: set[str]) -> Export | None:
        listed = (self.asker.ask("Exports", {}).get("bulkOperations") or {}).get("nodes") or ()
        exports = map(_export, (row for row in listed if isinstance(row, dict)))
        return next((one for one in exports if one.number not in spoilt and self._serves(one, wanted)), None)

    def _serves(self, export: Export, wanted: str) -> bool:
        """Say whether an export is of what is wanted, not too old, and comes or came to its end."""
        young = export.began is not None and self.now - export.began < _YOUNG
        return young and export.query.split() == wanted.split() and export.status in _TAKEN_UP

    def _begun(self, wanted: str) -> Export | None:
        row = self.asker.change("BeginExport", {"text": wanted})["bulkOperationRunQuery"].get("bulkOperation")
        return _export(row) if isinstance(row, dict) else None

    def _ended(self, export: Export) -> Export:
        door, pause = self.asker.door, _FIRST
        until = door.elapsed() + _PATIENCE
        while export.status in _UNDER_WAY:
            if door.elapsed() >= until:
                raise OutsideError(
                    f"{self.asker.name}: the shop is still writing its history: the next run takes it up"
                )
            door.sleep(pause)
            pause = min(2 * pause, _LONGEST)
            row = self.asker.ask("Export", {"id": export.number}).get("bulkOperation")
            export = _export(row if isinstance(row, dict) else {"id": export.number})
        return export

    def _kept(self, export: Export, keep: Callable[[list[Row]], None]) -> bool:
        """Say whether the file was whole; its address may hold no more, or its end be missing."""
        given = 0
        try:
            for some in batches(_joined(_rows(self._file(export)))):
                keep(some)
                given += len(some)
        except SpoiltError:
            return False
        return given == export.orders

    def _file(self, export: Export) -> Iterator[bytes]:
        """Yield a file piece by piece; one without orders has no address. Raise SpoiltError where it can't be had."""
        begin = 0
        try:
            client = self.asker.door.file(export.address) if export.address else None
            while client is not None and begin < export.size:
                piece = _piece(client, begin, min(begin + self.piece, export.size))
                yield piece
                begin += len(piece)
        except SpentError:
            raise
        except OutsideError as error:
            raise SpoiltError from error


@cache
def _operation() -> str:
    return Path(__file__).with_name("_shopify_history.graphql").read_text(encoding="utf-8")


def opening(first: datetime) -> datetime:
    """Return the midnight (UTC) before a moment: so what two runs of a night want is the same to the letter."""
    return first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def history(first: datetime) -> str:
    """Return the text of the query that is exported: it may hold neither variables nor fragments."""
    parts: dict[str, str] = dict(_FRAGMENT.findall(document()))
    found = _operation().replace(_STAND_IN, bound(opening(first)))
    while spread := _SPREAD.search(found):
        found = found.replace(spread[0], parts[spread[1]].strip())
    return found


def _export(row: Row) -> Export:
    return Export(
        text(row.get("id")), text(row.get("status")), text(row.get("query")), moment(row.get("createdAt")),
        text(row.get("url")), _number(row.get("fileSize")), _number(row.get("rootObjectCount")),
    )  # fmt: skip


def _number(value: object) -> int:
    """Return an UnsignedInt64, which comes as text; 0 for null."""
    found = str(value)
    return int(found) if found.isascii() and found.isdigit() else 0


def _piece(client: Client, begin: int, end: int) -> bytes:
    """Return the bytes [begin, end) of a file, fewer where the server gives fewer; raise SpoiltError or HttpError."""
    heads = {"Range": f"bytes={begin}-{end - 1}", "Accept-Encoding": "identity"}
    answer: Answer = client.ask(Call("GET", "", headers=heads, media="application/jsonl"))
    whole = begin == 0 and answer.status == _WHOLE
    if not answer.body or not (whole or (answer.status == _PART and len(answer.body) <= end - begin)):
        raise SpoiltError
    return answer.body


_WHOLE, _PART = 200, 206


def _rows(pieces: Iterator[bytes]) -> Iterator[Row]:
    """Yield the objects of JSON lines that may be cut anywhere."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (_row(line) for line in lines if line.strip())
    if rest.strip():
        yield _row(rest)


def _row(line: bytes) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        raise SpoiltError from None
    if not isinstance(row, dict):
        raise SpoiltError
    return row


def _joined(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield orders with the lines that follow them, in the form in which pages hold them."""
    order: Row | None = None
    for row in rows:
        if "__parentId" not in row:
            yield from [order] if order else []
            order = {**row, "lineItems": {"nodes": []}}
        elif order is None or row["__parentId"] != order.get("id"):
            raise SpoiltError
        else:
            order["lineItems"]["nodes"].append(row)
    yield from [order] if order else []
