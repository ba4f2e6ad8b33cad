"""Who else works on the orders, which lines are theirs, and which fields of them they are given. Pure.

A recipient is given nothing by default but what their role needs, and a role that is not the shop's own warehouse must
say which lines are its own: a forgotten condition must not hand every customer to a stranger.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import blake2b
from io import StringIO
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from daemon.api import NightclerkError, Options, ascii_address
from jobs.kinds.shop import Address, Line, Order, Supply
from jobs.orders.picklist import safe_cell

Role = Literal["warehouse", "maker", "dropshipper", "affiliate"]
FieldName = Literal[
    "order", "placed", "carrier", "sku", "title", "quantity", "bin", "price", "name", "street", "postcode", "city",
    "country", "email", "phone", "note", "source",
]  # fmt: skip
FIELDS: tuple[FieldName, ...] = get_args(FieldName)
_PLACE: tuple[FieldName, ...] = ("name", "street", "postcode", "city", "country")
USUAL: Mapping[Role, tuple[FieldName, ...]] = {
    "warehouse": ("order", "carrier", "bin", "sku", "title", "quantity", *_PLACE),
    "maker": ("order", "sku", "title", "quantity"),
    "dropshipper": ("order", "carrier", "sku", "title", "quantity", *_PLACE),
    "affiliate": ("order", "placed", "sku", "quantity"),
}
"""What each role is given where nothing else is said; never a mail address, a telephone number or a note."""
_NOWHERE = Address()


def _mailable(address: str) -> str:
    try:
        return ascii_address(address) if address else ""
    except NightclerkError as error:
        raise ValueError(str(error)) from error


class HandoverOptions(Options):
    """Somebody who is handed lines of the orders that can be picked. The conditions given must all hold."""

    to: str = Field(min_length=1, max_length=80, description="A key under `people:`, or a name for somebody outside.")
    email: Annotated[str, AfterValidator(_mailable)] = Field(
        "", description="The address of somebody outside; a person's own where not set."
    )
    language: str = Field("", pattern="^([a-z]{2})?$", description="Language of the mail; the shop's where not set.")
    approve: Literal["ask", "auto"] = Field(
        "ask", description="Whether you approve each mail to somebody outside; people of the shop get theirs at once."
    )
    role: Role = Field("dropshipper", description="What they do; it says which fields they are given.")
    skus: tuple[str, ...] = Field((), description="Their products, such as [MUG-*]; `*` stands for anything.")
    vendors: tuple[str, ...] = Field((), description="Lines of these makers, where the shop names them.")
    warehouses: tuple[str, ...] = Field(
        (), description="Lines that lie in these warehouses, where the shop names them."
    )
    sources: tuple[str, ...] = Field(
        (), description="Orders of customers who came from there, such as a partner's site."
    )
    fields: tuple[FieldName, ...] = Field(
        (), description="What they are given of each line; their role's where not set."
    )

    @model_validator(mode="after")
    def _of_their_own(self) -> Self:
        if self.role != "warehouse" and not (self.skus or self.vendors or self.warehouses or self.sources):
            raise ValueError(
                f"{self.to} would be given every line: say which are theirs by skus, vendors, warehouses or sources"
            )
        return self

    @property
    def given(self) -> tuple[FieldName, ...]:
        """The fields they are given."""
        return self.fields or USUAL[self.role]

    @property
    def works(self) -> bool:
        """Whether they make something ready by what they are handed; an affiliate only learns what was sold."""
        return self.role != "affiliate"

    def takes(self, order: Order, line: Line) -> bool:
        """Say whether a line is theirs; what the shop does not name fits no condition."""
        supply = line.supply or Supply()
        named = ((self.vendors, supply.vendor), (self.warehouses, supply.warehouse), (self.sources, order.source))
        ours = not self.skus or any(fnmatchcase(line.sku, pattern) for pattern in self.skus)
        return ours and all(name in names for names, name in named if names)


@dataclass(frozen=True)
class Packing:
    """Where goods lie and what they go in: bins by sku, and by an order's number the parcel that it shares."""

    bins: Mapping[str, str]
    parcels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of an order as a recipient may see it; `parcel` names all the orders of one that holds several."""

    order: Order
    line: Line
    bin: str
    zone: ZoneInfo
    parcel: str

    @property
    def address(self) -> Address:
        """Where this line goes."""
        own = self.line.supply.address if self.line.supply else None
        return own or self.order.address or _NOWHERE


_CELLS: Mapping[FieldName, Callable[[Row], str]] = {
    "order": lambda row: row.parcel or row.order.number,
    "placed": lambda row: row.order.placed.astimezone(row.zone).date().isoformat(),
    "carrier": lambda row: row.order.carrier,
    "sku": lambda row: row.line.sku,
    "title": lambda row: row.line.title,
    "quantity": lambda row: str(row.line.quantity),
    "bin": lambda row: row.bin,
    "price": lambda row: f"{row.line.price.amount} {row.line.price.currency}",
    "name": lambda row: row.address.name,
    "street": lambda row: row.address.street,
    "postcode": lambda row: row.address.postcode,
    "city": lambda row: row.address.city,
    "country": lambda row: row.address.country,
    "email": lambda row: row.order.delivery.email if row.order.delivery else "",
    "phone": lambda row: row.order.delivery.phone if row.order.delivery else "",
    "note": lambda row: row.order.note,
    "source": lambda row: row.order.source,
}

Cells = Mapping[FieldName, str]


@dataclass(frozen=True)
class Slip:
    """What one recipient is to be given of one order: of each of their lines the fields they are given."""

    order: str
    rows: tuple[Cells, ...]

    @property
    def mark(self) -> str:
        """What tells these lines from others, without saying them."""
        text = "\n".join("\t".join(row.values()) for row in self.rows)
        return blake2b(f"{self.order}\n{text}".encode("utf-8", "replace"), digest_size=8).hexdigest()


def slips(orders: Iterable[Order], recipient: HandoverOptions, packing: Packing, zone: ZoneInfo) -> list[Slip]:
    """Return what the recipient is to be given, order by order; of orders without a line of theirs nothing."""
    found = []
    for order in orders:
        parcel, bins = packing.parcels.get(order.number, ""), packing.bins
        mine = [line for line in order.lines if recipient.takes(order, line)]
        rows = [Row(order, line, bins.get(line.sku, ""), zone, parcel) for line in mine]
        cells = tuple({name: _CELLS[name](row) for name in recipient.given} for row in rows)
        if cells:
            found.append(Slip(order.number, cells))
    return found


def table(found: Sequence[Slip], fields: Sequence[FieldName]) -> str:
    """Return the slips as CSV with a header; no cell begins like a formula."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(fields)
    writer.writerows([safe_cell(row[name]) for name in fields] for slip in found for row in slip.rows)
    return text.getvalue()


def batch_key(found: Sequence[Slip]) -> str:
    """Return what names this batch of slips for ever: the same slips have the same."""
    return blake2b("\n".join(slip.mark for slip in found).encode(), digest_size=6).hexdigest()
