"""A shop that is known by its exports: CSV files in a folder, of Shopify, of WooCommerce, or of anything else.

Files are read as they are, streamed, and only those that span the asked window. Where several files tell of
the same document (overlapping exports do), the file that was written last is believed.
"""

import codecs
import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from daemon.api import Connector, Options, Outlet, OutsideError, Text
from jobs.connectors._rights import unreadable_root
from jobs.connectors.shops._csv_check import tried
from jobs.connectors.shops._csv_documents import Grouping, Rules, Window
from jobs.connectors.shops._csv_index import Index, Span
from jobs.connectors.shops._csv_profiles import NEEDED, PROFILES, TELLING, Headers
from jobs.connectors.shops._csv_profiles import Field as Name
from jobs.connectors.shops._csv_rows import Bad, Layout, RecentFiles
from jobs.connectors.shops._csv_values import DecimalSign, moment_reader
from jobs.kinds.shop import SHOP, BadRecord, Coverage, Document, Order, Product, Status

MOST_PROBLEMS = 200
"""Bad rows kept of one run; past that the file is wrong as a whole and more lines help nobody."""


class CsvOptions(Options):
    """How a shop's exports are found and read."""

    path: str = Field(
        description="A CSV file, a folder of them, or a pattern such as /exports/*.csv.",
        json_schema_extra={"format": "path"},
    )
    profile: Literal["shopify", "woocommerce", "none"] = Field("none", description="Whose columns the files have.")
    columns: dict[Name, str] = Field(
        {}, description=f"The file's header of each field: {', '.join(get_args(Name))}. Goes before the profile."
    )
    zone: str = Field("", description="The time zone of times without an offset; the shop's where not set.")
    currency: str = Field(
        "", pattern="^([A-Z]{3})?$", description="The currency of rows that name none; the shop's where not set."
    )
    encoding: str = Field("utf-8-sig", description="The files' encoding, such as utf-8 or cp1252.")
    delimiter: Literal["", ",", ";", "\t"] = Field(
        "", description="What parts the cells; found in each file's first line where not set."
    )
    decimal: DecimalSign = Field(
        DecimalSign.AUTO,
        description="What stands before the decimals; auto refuses what both would allow, such as 1,234.",
    )
    date_format: str = Field(
        "", description="How dates are written, such as %d.%m.%Y %H:%M (strptime); ISO 8601 where not set."
    )
    returns_prefix: list[str] = Field(
        [], description="Documents whose number begins like this are returns, such as [C]."
    )
    ignore_prefix: list[str] = Field(
        [], description="Documents whose number begins like this are neither sale nor return."
    )
    gaps: Literal["unknown", "closed"] = Field(
        "unknown", description="A day without any record: figures unknown, or the shop was closed and they are 0."
    )
    open_days: int = Field(90, ge=1, le=3660, description="How many days back an order may still be open.")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value} is not a time zone; write it as Europe/London") from error
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name if value != "utf-8-sig" else value
        except LookupError as error:
            raise ValueError(f"{value} is not an encoding; write utf-8 or cp1252") from error

    @model_validator(mode="after")
    def _all_needed(self) -> Self:
        missing = [name for name in NEEDED if name not in {**PROFILES[self.profile], **self.columns}]
        if missing:
            raise ValueError(f"without a profile columns: must name {', '.join(missing)}")
        return self

    @property
    def headers(self) -> Headers:
        """The headers that each of our fields may have."""
        return {**PROFILES[self.profile], **{name: (header,) for name, header in self.columns.items()}}


@dataclass
class CsvShop:
    """A shop behind a set of CSV files; see `ShopSystem` for what each method promises."""

    options: CsvOptions
    outlet: Outlet
    bad: dict[tuple[str, int], BadRecord] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.outlet.name

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        """Yield every document placed in [first, until) from the files that span the window."""
        window, taken = Window(first, until, self.outlet.now), set[str]()
        for span in self._spans:
            if span.touches(first, until):
                for document in self._file(span.path, window):
                    if document.number not in taken:
                        taken.add(document.number)
                        yield document

    def open_orders(self) -> Iterator[Order] | None:
        """Yield the orders of the last `open_days` that are not shipped; None where the files don't tell."""
        if not any(name in self.options.headers for name in TELLING):
            return None
        now = self.outlet.now
        found = self.documents(now - timedelta(days=self.options.open_days), now + timedelta(microseconds=1))
        waiting = {Status.OPEN, Status.UNPAID, Status.HELD}
        return (one for one in found if isinstance(one, Order) and one.status in waiting)

    def products(self) -> Iterator[Product] | None:
        """Return None: an export of orders lists no products."""
        return None

    def coverage(self) -> Coverage:
        """Return how far the files reach: to when the newest was written or to its last row, whichever is later."""
        now = self.outlet.now
        seen = [(s.first, s.last) for s in self._spans if s.first and s.last and s.first <= now]
        firsts, lasts = [s[0] for s in seen], [min(s[1], now) for s in seen]
        written = [s.written for s in self._spans]
        as_of = min(now, max([*lasts, *written], default=datetime(1970, 1, 1, tzinfo=UTC)))
        closed = self.options.gaps == "closed"
        return Coverage(min(firsts, default=None), as_of, closed, max(lasts, default=None))

    def problems(self) -> Sequence[BadRecord]:
        """Return the rows that could not be read so far, the first MOST_PROBLEMS of them."""
        return list(self.bad.values())

    def check(self) -> Text | None:
        """Return what to do where the files can't be found, read or understood, else None; raise OutsideError."""
        closed = unreadable_root(Path(self.options.path).expanduser())
        return closed or tried(self._files(), self._recent.layout, self._rules)

    @cached_property
    def _spans(self) -> list[Span]:
        reading = blake2b(self.options.model_dump_json(exclude={"path"}).encode(), digest_size=6)
        reading.update(self._zone.key.encode())
        return Index(self.outlet, self._moments, reading.hexdigest()).spans(self._files())

    def _files(self) -> list[Path]:
        path = Path(self.options.path).expanduser()
        named = path.glob("*.csv") if path.is_dir() else map(Path, glob.glob(str(path)))  # noqa: PTH207
        found = sorted(one for one in named if one.is_file())
        if not found:
            raise OutsideError(f"no CSV file is found at {path}: export one, or correct path: of {self.name}")
        return found

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.options.zone or self.outlet.shop.timezone)

    @cached_property
    def _recent(self) -> RecentFiles:
        demanded = frozenset({*NEEDED, *self.options.columns})
        return RecentFiles(Layout(self.options.headers, demanded, self.options.encoding, self.options.delimiter))

    @cached_property
    def _rules(self) -> Rules:
        options = self.options
        currency = options.currency or self.outlet.shop.currency
        moment = moment_reader(self._zone, options.date_format)
        return Rules(currency, moment, options.decimal, tuple(options.returns_prefix), tuple(options.ignore_prefix))

    def _file(self, path: Path, window: Window) -> Iterator[Document]:
        bad = self._reporter(path)
        return Grouping(self._rules, window, bad).documents(self._recent.rows(path, bad))

    def _moments(self, path: Path) -> Iterable[datetime]:
        for row in self._recent.rows(path, self._only_whole_files(path)):
            cell = row.cell("placed")
            try:
                moment = self._rules.moment(cell)
            except ValueError:
                continue
            yield moment

    def _reporter(self, path: Path) -> Bad:
        def report(line: int, reason: Text) -> None:
            if len(self.bad) < MOST_PROBLEMS:
                self.bad.setdefault((str(path), line), BadRecord(path.name, line, reason))

        return report

    def _only_whole_files(self, path: Path) -> Bad:
        """Return a reporter for the index: a single bad row is told when its day is read, a bad file at once."""
        report = self._reporter(path)

        def whole(line: int, reason: Text) -> None:
            if line <= 1:
                report(line, reason)

        return whole


CSV = Connector("csv", SHOP, "A shop's order exports as CSV files", CsvOptions, CsvShop, CsvShop.check)
