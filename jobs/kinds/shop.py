"""What a job may ask of a shop: its documents, its open orders, its products, and how far it can be believed.

Moments are aware UTC; every window is half-open, [first, until); money is exact and of one currency per document.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from daemon.api import Kind, Money, Text


class Status(StrEnum):
    """Where an order stands. UNKNOWN: the source does not say, so nothing may be concluded from it."""

    UNPAID = "unpaid"
    OPEN = "open"
    HELD = "held"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Danger(StrEnum):
    """How likely the source thinks an order is a fraud."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Risk:
    """The source's own judgement of an order, and its reasons in its own words, which are hostile text."""

    danger: Danger
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Supply:
    """Where the pieces of a line come from and what holds them together; empty or None is not known.

    `grams` is the weight of one piece, `available` the day on which a pre-order can be sent, `bundle` a mark that
    lines which are sold as one share, `address` where this line goes if not where its order goes. `tariff` is the code
    of the Harmonized System as the shop writes it, `origin` the country (ISO 3166-1, two letters) a piece was made in.
    """

    vendor: str = ""
    warehouse: str = ""
    grams: int | None = None
    available: date | None = None
    bundle: str = ""
    address: "Address | None" = None
    tariff: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces of one product at one unit price."""

    sku: str
    title: str
    quantity: int
    price: Money
    supply: Supply | None = None

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
class Delivery:
    """How an order is to be sent and what its columns of money are; empty or None is not known, and never a no.

    `grams` is the weight of the whole order; `separately` says that the customer wants a parcel of its own, `gift`
    that no slip may show prices; `discount` is above zero. `billed_in` is the country of the address that pays.
    """

    tax_country: str = ""
    grams: int | None = None
    separately: bool | None = None
    gift: bool | None = None
    email: str = ""
    phone: str = ""
    postage: Money | None = None
    discount: Money | None = None
    tax: Money | None = None
    billed_in: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order with at least one sale line; `lines` holds sale lines only (quantity and price above zero).

    `records` counts the source's records behind it, dropped corrections included. `customer` is an opaque key, or ""
    where the source names nobody. `ship_by` is the source's own promise. `source` is where the customer came from, in
    the shop's own word ("google", "newsletter"), or "" where it does not say. `carrier` is how it travels, in the
    shop's word for the way of shipping. `owed` is what the customer of a cancelled order is still to be paid back
    (zero: nothing), None where the source does not tell. `risk` is None where the source judges no orders, or finds
    nothing to say of this one.
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
    source: str = ""
    delivery: Delivery | None = None
    carrier: str = ""
    owed: Money | None = None
    risk: Risk | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """A document by which goods or money went back; its lines carry the signs of the source (a return is negative).

    `order` is the number of the order it belongs to, `reason` what the customer or the shop wrote; both "" where the
    source does not say. `owed` is what is still to be paid back for it (zero: nothing), None where it does not tell.
    """

    number: str
    placed: datetime
    lines: tuple[Line, ...]
    records: int = 1
    order: str = ""
    reason: str = ""
    owed: Money | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """A document that is neither sale nor return, such as a correction; it only proves that the source was read."""

    number: str
    placed: datetime
    records: int = 1


Document = Order | Return | Aside


@dataclass(frozen=True, slots=True)
class Checkout:
    """A basket that was taken to the till and not paid for when the shop was asked; `value` is None where not known."""

    number: str
    begun: datetime
    value: Money | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the shop lists it. `stock` is None where the shop does not count it, below zero where oversold.

    `supply` is what holds of each of its pieces wherever they are sold, None where the shop tells nothing of it.
    """

    sku: str
    title: str
    stock: int | None = None
    price: Money | None = None
    created: datetime | None = None
    bin: str = ""
    supply: Supply | None = None


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
    """A record that could not be read: file and line, or list and number of a shop, and why, in one sentence."""

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


@runtime_checkable
class ShopCheckouts(Protocol):
    """What a shop may tell of besides: customers who said who they are and did not buy. Many tell nothing of it."""

    def abandoned(self, first: datetime, until: datetime) -> Iterator[Checkout] | None:
        """Yield the checkouts begun in [first, until) that were not finished since; None where we may not see them.

        Nothing in them says whose they are. Raise OutsideError where the shop can't be reached.
        """
        ...


@runtime_checkable
class ShopWrites(Protocol):
    """What a shop may let us change besides, each where its connection says `writes: true`; many shops have none of it.

    Nothing here moves money or writes to the customer by itself, except that a shop may mail of a new status: so
    `move` refuses every status that the owner did not allow. Each change has a question beside it, to be asked before
    it is made again; `key` names one change for ever. All raise OutsideError, with `nothing_done` where that is sure.
    """

    def note(self, number: str, key: str, text: str) -> str:
        """Add a note to an order that the customer never sees; return where it stands."""
        ...

    def noted(self, number: str, key: str) -> str | None:
        """Return where the note of this key stands; None where it was never made."""
        ...

    def move(self, number: str, before: Status, after: Status) -> str:
        """Move an order from one status to another; refuse where it does not stand at `before` any more."""
        ...

    def moved(self, number: str, after: Status) -> str | None:
        """Return the shop's word for where the order stands if that is `after`, else None."""
        ...

    def track(self, number: str, key: str, carrier: str, code: str) -> str:
        """Leave a parcel's carrier and number with the order, for the shop's people; return where it stands."""
        ...

    def tracked(self, number: str, key: str) -> str | None:
        """Return where the parcel of this key stands; None where it was never left."""
        ...


SHOP: Kind[ShopSystem] = Kind("shop")
