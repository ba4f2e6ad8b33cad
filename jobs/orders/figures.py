"""A day's figures from its documents: pure, exact, and never one currency added to another.

Definitions: a sale line has quantity and price above zero and belongs to an order that was not cancelled. Orders are
the distinct orders with such a line; gross is the sum of quantity x price; units the sum of quantity; returns
the negated sum of quantity x price over all lines of return documents; cancellations the distinct return documents.
Buyers are the customers, and guests the orders without one, among the orders so counted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from jobs.kinds.shop import Document, Line, Order, Return, Status


@dataclass
class ProductSale:
    """What one product sold: `gross` in the figures' own currency."""

    sku: str
    title: str
    units: int = 0
    gross: Decimal = Decimal(0)


@dataclass
class Figures:
    """The sum of the documents added so far. Money is by currency; `records` counts source records, sales or not."""

    currency: str
    gross: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    returns: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    units: int = 0
    records: int = 0
    sold: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    buyers: set[str] = field(default_factory=set)
    guests: set[str] = field(default_factory=set)
    products: dict[str, ProductSale] = field(default_factory=dict)

    @property
    def orders(self) -> int:
        """The number of distinct orders with a sale line."""
        return len(self.sold)

    @property
    def cancellations(self) -> int:
        """The number of distinct return documents."""
        return len(self.returned)

    @property
    def foreign(self) -> dict[str, Decimal]:
        """The gross of every currency but the figures' own."""
        return {code: amount for code, amount in sorted(self.gross.items()) if code != self.currency}

    def add(self, document: Document) -> None:
        """Count a document; each document is added once."""
        self.records += document.records
        if isinstance(document, Return):
            self.returned.add(document.number)
            for line in document.lines:
                self.returns[line.price.currency] -= line.total.amount
        elif isinstance(document, Order) and document.status is not Status.CANCELLED:
            for line in document.lines:
                self._sell(document.number, line)
            self._note_buyer(document)

    def _sell(self, number: str, line: Line) -> None:
        if line.quantity <= 0 or line.price.amount <= 0:
            return
        self.sold.add(number)
        self.units += line.quantity
        self.gross[line.price.currency] += line.total.amount
        sale = self.products.setdefault(line.sku, ProductSale(line.sku, line.title))
        sale.units += line.quantity
        if line.price.currency == self.currency:
            sale.gross += line.total.amount

    def _note_buyer(self, order: Order) -> None:
        if order.number not in self.sold:
            return
        if order.customer:
            self.buyers.add(order.customer)
        else:
            self.guests.add(order.number)

    def top(self, count: int) -> list[ProductSale]:
        """Return the `count` best products by gross, then units, then sku."""
        return sorted(self.products.values(), key=lambda p: (-p.gross, -p.units, p.sku))[:count]


def total(documents: Iterable[Document], currency: str) -> Figures:
    """Return the figures of these documents taken together."""
    figures = Figures(currency)
    for document in documents:
        figures.add(document)
    return figures


def by_day(documents: Iterable[Document], day_of: Callable[[datetime], date], currency: str) -> dict[date, Figures]:
    """Return the figures of each local day that has a document; `day_of` names the day a moment falls on."""
    days: dict[date, Figures] = {}
    for document in documents:
        day = day_of(document.placed)
        days.setdefault(day, Figures(currency)).add(document)
    return days
