"""What a job may ask of a shop: its documents, its open orders, its products, and how far it can be believed.

Moments are aware UTC; every window is half-open, [first, until); money is exact and of one currency per document.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from daemon.api import Kind, Money, Text


class Status(StrEnum):
    """Where an order stands. UNKNOWN: the source does not say, so nothing may be concluded from it."""

    UNPAID = "unpaid"
    OPEN = "open"
    HELD = "held"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces of one product at one unit price."""

    sku: str
    title: str
    quantity: int
    price: Money

    @property
    def total(self) -> Money:
        """Quantity x price, exact."""
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class Address:
    """Where an order goes, as the customer wrote it; an empty field was not given."""

    name: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order with at least one sale line; `lines` holds sale lines only (quantity and price above zero).

    `records` counts the source's records behind it, dropped corrections included. `customer` is an opaque key, or ""
    where the source names nobody. `ship_by` is the source's own promise.
    """

    number: str
    placed: datetime
    lines: tuple[Line, ...]
    status: Status = Status.UNKNOWN
    address: Address | None = None
    customer: str = ""
    note: str = ""
    total: Money | None = None
    ship_by: datetime | None = None
    shipped: datetime | None = None
    link: str = ""
    records: int = 1


@dataclass(frozen=True, slots=True)
class Return:
    """A document by which goods or money went back; its lines carry the signs of the source (a return is negative)."""

    number: str
    placed: datetime
    lines: tuple[Line, ...]
    records: int = 1


@dataclass(frozen=True, slots=True)
class Aside:
    """A document that is neither sale nor return, such as a correction; it only proves that the source was read."""

    number: str
    placed: datetime
    records: int = 1


Document = Order | Return | Aside


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the shop lists it. `stock` is None where the shop does not count it, below zero where oversold."""

    sku: str
    title: str
    stock: int | None = None
    price: Money | None = None
    created: datetime | None = None
    bin: str = ""


@dataclass(frozen=True)
class Coverage:
    """How far a source can be believed.

    `since` is its first known moment (None: from the beginning of the shop), `as_of` the last one, never later than
    now. `silence_is_zero` says that a day without any record was a day without trade, not a missing export.
    `trails` is the last moment a record speaks of, None without any.
    """

    since: datetime | None
    as_of: datetime
    silence_is_zero: bool = True
    trails: datetime | None = None


@dataclass(frozen=True)
class BadRecord:
    """A record that could not be read: where it stands (line 0 where there is none) and why, in one sentence."""

    source: str
    line: int
    reason: Text


class ShopSystem(Protocol):
    """A shop, read only. What it can't tell is None, never empty."""

    @property
    def name(self) -> str:
        """What a reader calls this source: the connection's name."""
        ...

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        """Yield every document placed in [first, until) and not later than now, each once, in no promised order.

        Raise OutsideError where the shop can't be reached. A record that can't be read is kept for `problems`.
        """
        ...

    def open_orders(self) -> Iterator[Order] | None:
        """Yield the orders not yet shipped nor cancelled, as of now; None where the source does not tell."""
        ...

    def products(self) -> Iterator[Product] | None:
        """Yield every product once; None where the source keeps no products."""
        ...

    def coverage(self) -> Coverage:
        """Return how far the source can be believed."""
        ...

    def problems(self) -> Sequence[BadRecord]:
        """Return the records that could not be read so far, each once."""
        ...


SHOP: Kind[ShopSystem] = Kind("shop")
