"""Rows grouped to orders, returns and asides, by document number.

A document is placed at the moment of its first row in the file. The rows of a sale document with quantity and price
above zero are its sale lines; its other rows are corrections: they count as records and no more. Identical
rows are real lines. A document without any sale line is no order.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import TypeVar

from daemon.api import Money, Text, Value
from jobs.connectors.shops._csv_profiles import ADDRESS, Field, status_of
from jobs.connectors.shops._csv_rows import Bad, Row
from jobs.connectors.shops._csv_values import DecimalSign, UnreadableCellError, number, quantity
from jobs.kinds.shop import Address, Aside, Danger, Delivery, Document, Line, Order, Return, Risk, Supply

V = TypeVar("V")
_LONGEST_SHOWN = 40
_CURRENCY_LETTERS = 3
_DANGERS = frozenset(map(str, Danger))


@dataclass(frozen=True)
class Rules:
    """What the owner said about the documents of a source."""

    currency: str
    moment: Callable[[str], datetime]
    decimal: DecimalSign
    returns_prefix: tuple[str, ...]
    ignore_prefix: tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """Which documents are wanted: placed in [first, until); rows later than `now` do not exist yet."""

    first: datetime
    until: datetime
    now: datetime


@dataclass(slots=True)
class _Pile:
    placed: datetime
    head: Row
    currency: str
    lines: list[Line] = field(default_factory=list)


@dataclass
class Grouping:
    """The documents of one file while its rows pass; a document outside the window is remembered by number only."""

    rules: Rules
    window: Window
    bad: Bad
    piles: dict[str, _Pile | None] = field(default_factory=dict)

    def documents(self, rows: Iterable[Row]) -> Iterator[Document]:
        """Yield the documents of these rows that fall into the window, once all rows have passed."""
        for row in rows:
            try:
                self._take(row)
            except _BadCellError as error:
                self.bad(row.line, error.reason)
        for key in list(self.piles):
            pile = self.piles.pop(key)  # its rows are let go: of 100,000 orders they are 100 MB
            if pile is not None and pile.lines:
                yield self._document(key, pile)

    def _take(self, row: Row) -> None:
        key = row.cell("number")
        if not key:
            raise _BadCellError(Text("the row names no document"))
        begun = key in self.piles
        if not begun and not self._begin(key, row):
            return
        pile = self.piles[key]
        if pile is None or (begun and row.cell("placed") and self._moment(row, "placed") > self.window.now):
            return
        pieces = self._pieces(row, "quantity")
        price = Money(self._amount(row, "price"), pile.currency)
        pile.lines.append(Line(row.cell("sku"), row.cell("title"), pieces, price, self._supply(row)))

    def _supply(self, row: Row) -> Supply | None:
        """Return what a row says of its pieces; one that can't be read costs no more than itself."""
        vendor, tariff, origin = row.cell("vendor"), row.cell("tariff"), row.cell("origin")
        grams = self._optional(row, "grams", self._pieces)
        told = vendor or tariff or origin or grams is not None
        return Supply(vendor, grams=grams, tariff=tariff, origin=origin) if told else None

    def _pieces(self, row: Row, name: Field) -> int:
        return _read(row, name, lambda cell: quantity(cell, self.rules.decimal))

    def _begin(self, key: str, row: Row) -> bool:
        placed = self._moment(row, "placed")
        if placed > self.window.now:
            return False
        wanted = self.window.first <= placed < self.window.until
        self.piles[key] = _Pile(placed, row, self._currency(row)) if wanted else None
        return True

    def _currency(self, row: Row) -> str:
        code = row.cell("currency").upper() or self.rules.currency
        if len(code) != _CURRENCY_LETTERS or not (code.isascii() and code.isalpha()):
            raise _BadCellError(Text("{value} is not a currency", {"value": code[:_LONGEST_SHOWN]}))
        return code

    def _moment(self, row: Row, name: Field) -> datetime:
        return _read(row, name, self.rules.moment)

    def _amount(self, row: Row, name: Field) -> Decimal:
        return _read(row, name, lambda cell: number(cell, self.rules.decimal))

    def _document(self, key: str, pile: _Pile) -> Document:
        records = len(pile.lines)
        if key.startswith(self.rules.returns_prefix):
            return Return(key, pile.placed, tuple(pile.lines), records)
        sold = tuple(line for line in pile.lines if line.quantity > 0 and line.price.amount > 0)
        if not sold or key.startswith(self.rules.ignore_prefix):
            return Aside(key, pile.placed, records)
        return self._order(key, pile, sold)

    def _order(self, key: str, pile: _Pile, sold: tuple[Line, ...]) -> Order:
        head = pile.head
        total = self._optional(head, "total", self._amount)
        return Order(
            number=key,
            placed=pile.placed,
            lines=sold,
            status=status_of(head.cell),
            address=_address(head),
            customer=_customer(head.cell("customer")),
            note=head.cell("note"),
            total=None if total is None else Money(total, pile.currency),
            ship_by=self._optional(head, "ship_by", self._moment),
            shipped=self._optional(head, "shipped", self._moment),
            records=len(pile.lines),
            carrier=head.cell("carrier"),
            delivery=Delivery(billed_in=billed_in) if (billed_in := head.cell("billed_in")) else None,
            risk=_risk(head.cell("risk")),
        )

    def _optional(self, row: Row, name: Field, read: Callable[[Row, Field], V]) -> V | None:
        try:
            return read(row, name) if row.cell(name) else None
        except _BadCellError as error:
            self.bad(row.line, error.reason)
            return None


class _BadCellError(Exception):
    def __init__(self, reason: Text) -> None:
        super().__init__(reason.id)
        self.reason = reason


def _read(row: Row, name: Field, read: Callable[[str], V]) -> V:
    cell = row.cell(name)
    try:
        return read(cell)
    except UnreadableCellError as error:
        values: dict[str, Value] = {"value": cell[:_LONGEST_SHOWN], "column": name}
        raise _BadCellError(replace(error.reason, values=values)) from error


def _address(row: Row) -> Address | None:
    if not any(name in row.places for name in ADDRESS):
        return None
    name = f"{row.cell('name')} {row.cell('surname')}".strip()
    postcode = row.cell("postcode").removeprefix("'")  # Shopify guards leading zeros from spreadsheets
    return Address(name, row.cell("street"), postcode, row.cell("city"), row.cell("country"))


def _risk(cell: str) -> Risk | None:
    """Return the shop's judgement; None for a word that is none of the kind's."""
    word = cell.lower()
    return Risk(Danger(word)) if word in _DANGERS else None


def _customer(cell: str) -> str:
    return blake2b(cell.strip().lower().encode("utf-8", "replace"), digest_size=8).hexdigest() if cell else ""
