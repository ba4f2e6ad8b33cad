"""Products sorted by what their stock needs. Pure; the definitions stand at each function.

The pace of a product is its units sold per day over the look-back (days before it was listed do not count); its cover
is the stock divided by the pace. A product without a pace has no cover: never zero, never infinite.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from jobs.kinds.shop import Document, Order, Product, Status

_DAY = 86400


@dataclass(frozen=True)
class Limits:
    """The look-back [paced, until), the dead-stock window [dead, until), and fewer days of cover than which is low.

    `knows_silence`: the source is known for the whole of both windows, so that no sale means no sale.
    """

    paced: datetime
    dead: datetime
    until: datetime
    low_days: int
    knows_silence: bool


@dataclass
class Sales:
    """Units by sku: `units` of the look-back, `any_units` of the whole window that was read."""

    units: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    any_units: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True)
class Shelf:
    """One product whose stock is told, with its pace in units a day and its cover in days (None: no pace)."""

    product: Product
    stock: int
    pace: Decimal
    cover: Decimal | None

    @property
    def value(self) -> Decimal:
        """What the stock is priced at; zero where no price is told."""
        return self.product.price.amount * self.stock if self.product.price else Decimal(0)

    @property
    def loss(self) -> Decimal:
        """What a day without this product costs at its pace and price."""
        return self.product.price.amount * self.pace if self.product.price else Decimal(0)


@dataclass(frozen=True)
class Shelves:
    """The products that need something, the most money first; `untold` counts those without a stock."""

    oversold: tuple[Shelf, ...]
    out: tuple[Shelf, ...]
    low: tuple[Shelf, ...]
    dead: tuple[Shelf, ...]
    checked: int
    untold: int
    judged_dead: bool


def sales(documents: Iterable[Document], paced: datetime) -> Sales:
    """Return what was sold, by sku; a cancelled order sold nothing."""
    sold = Sales()
    for document in documents:
        if not isinstance(document, Order) or document.status is Status.CANCELLED:
            continue
        for line in document.lines:
            sold.any_units[line.sku] += line.quantity
            if document.placed >= paced:
                sold.units[line.sku] += line.quantity
    return sold


def sort(products: Iterable[Product], sold: Sales, limits: Limits) -> Shelves:
    """Return the shelves: oversold below zero, out at zero, low under `low_days` of cover, dead without any sale.

    A product listed after the dead-stock window began is not dead yet; where the source does not know silence
    nothing is called dead.
    """
    listed = list(products)
    told = [_shelf(product, sold.units, limits) for product in listed if product.stock is not None]
    return Shelves(
        oversold=_sorted(told, lambda s: s.stock < 0, lambda s: s.stock),
        out=_sorted(told, lambda s: s.stock == 0, lambda s: -s.loss),
        low=_sorted(told, lambda s: _is_low(s, limits), lambda s: s.cover or 0),
        dead=_sorted(told, lambda s: _is_dead(s, sold.any_units, limits), lambda s: -s.value),
        checked=len(told),
        untold=len(listed) - len(told),
        judged_dead=limits.knows_silence,
    )


def _sorted(
    shelves: Iterable[Shelf], wanted: Callable[[Shelf], bool], first: Callable[[Shelf], Decimal | int]
) -> tuple[Shelf, ...]:
    """Return the shelves that are wanted by `first`, then by sku."""
    return tuple(sorted(filter(wanted, shelves), key=lambda shelf: (first(shelf), shelf.product.sku)))


def _shelf(product: Product, units: Mapping[str, int], limits: Limits) -> Shelf:
    begun = max(limits.paced, product.created) if product.created else limits.paced
    seconds = int((limits.until - begun).total_seconds())
    sold, stock = units.get(product.sku, 0), product.stock or 0
    if sold <= 0 or seconds < _DAY:
        return Shelf(product, stock, Decimal(0), None)
    pace = Decimal(sold * _DAY) / seconds
    return Shelf(product, stock, pace, Decimal(stock) / pace)


def _is_low(shelf: Shelf, limits: Limits) -> bool:
    return shelf.stock > 0 and shelf.cover is not None and shelf.cover < limits.low_days


def _is_dead(shelf: Shelf, units: Mapping[str, int], limits: Limits) -> bool:
    product = shelf.product
    new = product.created is not None and product.created > limits.dead
    return limits.knows_silence and shelf.stock > 0 and not new and units.get(product.sku, 0) == 0
