"""Magento's JSON as what the kind `shop` speaks of (pure), and what of it is kept between runs.

Kept rows have the columns of the mirror that WooCommerce's are kept in. Amounts are those in the order's own currency,
never `base_`; what a customer paid for a line is its `row_total` less the discount and with the tax. A line of a
configurable product or of a bundle comes twice, once for what was chosen: the one without a parent counts, which holds
the price and the chosen product's SKU.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from daemon.api import Money, Text
from jobs.connectors.shops._rows import (
    LARGEST,
    LONGEST,
    MOST_PIECES,
    BadRowError,
    Row,
    bound,
    currency,
    customer,
    moment_in,
    shared,
    uncountable,
)
from jobs.kinds.shop import Address, Aside, Delivery, Line, Order, Return, Status

_ADDRESS = "firstname,lastname,company,street,postcode,city,country_id,telephone"
_AMOUNTS = "row_total,discount_amount,tax_amount,discount_tax_compensation_amount"
ORDER_FIELDS = (
    "entity_id,increment_id,state,status,order_currency_code,created_at,updated_at,grand_total,total_paid,"
    "total_refunded,customer_id,customer_email,customer_note,shipping_description,shipping_incl_tax,discount_amount,"
    f"tax_amount,items[item_id,parent_item_id,sku,name,qty_ordered,qty_shipped,qty_canceled,qty_refunded,is_virtual,"
    f"{_AMOUNTS}],billing_address[{_ADDRESS}],"
)
"""`extension_attributes[…]` follows, as it also holds what the owner names in `source:`."""
SHIPPING_FIELDS = f"shipping_assignments[shipping[address[{_ADDRESS}]]]"
MEMO_FIELDS = (
    "entity_id,increment_id,order_id,created_at,updated_at,grand_total,adjustment_positive,adjustment_negative,"
    f"transaction_id,items[order_item_id,sku,name,qty,{_AMOUNTS}],comments[comment]"
)
SHIPMENT_FIELDS = "entity_id,order_id,created_at"
STATES: Mapping[str, Status] = {
    "new": Status.UNPAID, "pending_payment": Status.UNPAID, "payment_review": Status.UNPAID,
    "processing": Status.OPEN, "holded": Status.HELD, "complete": Status.SHIPPED, "closed": Status.CANCELLED,
    "canceled": Status.CANCELLED,
}  # fmt: skip
"""Magento's states. A status is the owner's word for one; several may stand for the same state."""
OTHER = "other"
"""What a state of an extension is kept as."""
FINISHED = frozenset({"complete", "closed", "canceled"})
_EXACT, _CENT = Decimal("0.0001"), Decimal("0.01")
"""Magento keeps four decimals, and PHP prints some of them with seventeen."""


@dataclass(frozen=True)
class Rules:
    """What turns rows into documents: what the owner's statuses mean, where those differ from their state."""

    statuses: Mapping[str, Status]

    def status(self, row: Row) -> Status:
        """Return where an order stands; one that is paid and sent off to the last piece is shipped."""
        if row["word"] in self.statuses:
            return self.statuses[row["word"]]
        status = STATES.get(row["status"], Status.UNKNOWN)
        return Status.SHIPPED if status is Status.OPEN and sent(row) else status


def outstanding(line: Row) -> Decimal:
    """Return how many pieces of a line are still to be sent."""
    gone = sum((_number(line.get(name)) for name in ("qty_shipped", "qty_canceled", "qty_refunded")), Decimal(0))
    return max(_number(line.get("qty_ordered")) - gone, Decimal(0))


def sent(row: Row) -> bool:
    """Return whether something of an order was sent, and nothing that can be sent is left."""
    goods = [line for line in row["lines"] if not line.get("is_virtual")]
    return any(_number(line.get("qty_shipped")) for line in goods) and not any(map(outstanding, goods))


def top(items: Any) -> list[Row]:
    """Return the lines that were sold, without those that only say what a configurable product or bundle holds."""
    return [item for item in items or () if not item.get("parent_item_id")]


_AS_GIVEN = (
    "grand_total", "total_paid", "total_refunded", "customer_note", "shipping_description", "shipping_incl_tax",
    "discount_amount", "tax_amount",
)  # fmt: skip
"""What is kept of an order as Magento gives it."""


def kept(row: Row, source: str) -> Row:
    """Return what is kept of an order: of the customer a hash and one address. Raise BadRowError.

    `source` is the path of the field that says where the customer came from, empty where no field does.
    """
    try:
        return _kept(row, source)
    except (AttributeError, TypeError, ValueError, LookupError) as error:
        raise BadRowError(Text("it has another form than Magento gives it")) from error


def _kept(row: Row, source: str) -> Row:
    bill = row.get("billing_address") or {}
    return {
        "id": int(row["entity_id"]), "number": _increment(row),
        "status": _state(row), "word": str(row.get("status") or ""),
        "currency": row.get("order_currency_code"), "date_created_gmt": bound(moment_in(row, "created_at")),
        **{name: row.get(name) for name in _AS_GIVEN}, "lines": top(row.get("items")),
        "customer": customer(row.get("customer_email"), row.get("customer_id")), "place": _shipping(row) or bill,
        "reach": {"email": row.get("customer_email"), "phone": bill.get("telephone")},
        "billed_in": str(bill.get("country_id") or ""),
        "source": _at(row, source) if source else "", "shipped": None, "refunds": [],
    }  # fmt: skip


def _increment(row: Row) -> str:
    """Return the number that people know an order or a credit memo by, or Magento's own where there is none."""
    return str(row.get("increment_id") or row["entity_id"])


def _state(row: Row) -> str:
    state = str(row.get("state") or "")
    return state if state in STATES else OTHER


def _shipping(row: Row) -> Any:
    """Return the address that the goods go to; downloads have none."""
    assignments = (row.get("extension_attributes") or {}).get("shipping_assignments") or [{}]
    return (assignments[0].get("shipping") or {}).get("address")


def _at(row: Row, path: str) -> str:
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return str(value) if isinstance(value, str | int) else ""


def kept_memo(row: Row, order: Row) -> Row:
    """Return what is kept of a credit memo, with its order's number and currency. Raise BadRowError."""
    try:
        names = ("grand_total", "adjustment_positive", "adjustment_negative", "transaction_id")
        return {
            "id": int(row["entity_id"]), "number": _increment(row), "lines": _given_back(row, order),
            "date_created_gmt": bound(moment_in(row, "created_at")), **{name: row.get(name) for name in names},
            "reason": _said(row), "order": order["number"], "currency": order["currency"],
        }  # fmt: skip
    except (AttributeError, TypeError, ValueError, LookupError) as error:
        raise BadRowError(Text("it has another form than Magento gives it")) from error


def _given_back(row: Row, order: Row) -> list[Row]:
    """Return the lines of a credit memo that are of goods, without those that the order's lines leave out too."""
    mine = {line.get("item_id") for line in order["lines"]}
    return [line for line in row.get("items") or () if line.get("order_item_id") in mine and line.get("qty")]


def _said(row: Row) -> Any:
    """Return the first comment on a credit memo; empty where nobody said anything."""
    said = [note.get("comment") for note in row.get("comments") or () if note.get("comment")]
    return said[0] if said else ""


def created(row: Row) -> datetime:
    """Return when a row of any list was made. Raise BadRowError."""
    return moment_in(row, "created_at")


def document(row: Row, rules: Rules) -> Order | Aside:
    """Return a kept order as a document; an Aside where it sold nothing. Raise BadRowError."""
    placed, records = moment_in(row, "date_created_gmt"), max(len(row["lines"]), 1)
    sold = tuple(line for line in _lines(row, "qty_ordered") if line.quantity > 0 and line.price.amount > 0)
    if not sold:
        return Aside(row["number"], placed, records)
    status = rules.status(row)
    return Order(
        number=row["number"], placed=placed, lines=sold, status=status, address=_address(row["place"]),
        customer=row["customer"], note=str(row["customer_note"] or ""), total=_money(row["grand_total"], row),
        shipped=_shipped(row, status), records=records,
        source=row["source"], delivery=_delivery(row), carrier=str(row["shipping_description"] or ""),
        owed=_owed(row) if status is Status.CANCELLED else None,
    )  # fmt: skip


def _shipped(row: Row, status: Status) -> datetime | None:
    return moment_in(row, "shipped") if row["shipped"] and status is Status.SHIPPED else None


def memo(row: Row) -> Return:
    """Return a kept credit memo as a document: its lines, negative, and what was given back or kept beyond them."""
    lines = [Line(line.sku, line.title, -line.quantity, line.price) for line in _lines(row, "qty")]
    beyond = _amount(row["adjustment_positive"]) - _amount(row["adjustment_negative"])
    beyond = beyond if lines else _amount(row["grand_total"])
    lines += [Line("", "", -1, Money(beyond, _currency(row)))] if beyond else []
    return Return(
        f"{row['order']}-R{row['number']}", moment_in(row, "date_created_gmt"), tuple(lines), max(len(row["lines"]), 1),
        order=row["order"], reason=str(row["reason"] or ""),
        owed=Money(Decimal(0), _currency(row)) if row["transaction_id"] else None,
    )  # fmt: skip


def _lines(row: Row, quantity: str) -> Iterator[Line]:
    code = _currency(row)
    for line in row["lines"]:
        pieces = _number(line.get(quantity))
        if pieces != int(pieces) or abs(pieces) > MOST_PIECES:
            raise uncountable(pieces)
        paid = _amount(line.get("row_total")) - abs(_amount(line.get("discount_amount")))
        paid += _amount(line.get("tax_amount")) + _amount(line.get("discount_tax_compensation_amount"))
        for some, price in shared(int(pieces), paid):
            yield Line(
                str(line.get("sku") or "").strip(), str(line.get("name") or "").strip(), some, Money(price, code)
            )


def _number(value: object) -> Decimal:
    """Return an amount or number of pieces, to Magento's own four decimals; nothing is zero. Raise BadRowError."""
    try:
        number = Decimal(str(value or 0))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= LARGEST:
        raise BadRowError(Text("{value} is not an amount", {"value": str(value)[:LONGEST]}))
    return number.quantize(_EXACT, ROUND_HALF_UP)


def _amount(value: object) -> Decimal:
    exact = _number(value)
    cents = exact.quantize(_CENT, ROUND_HALF_UP)
    return cents if cents == exact else exact


def _money(value: object, row: Row) -> Money:
    return Money(_amount(value), _currency(row))


def _currency(row: Row) -> str:
    return currency(row.get("currency"))


def _delivery(row: Row) -> Delivery:
    return Delivery(
        email=str(row["reach"].get("email") or ""), phone=str(row["reach"].get("phone") or ""),
        postage=_money(row["shipping_incl_tax"], row), tax=_money(row["tax_amount"], row),
        discount=Money(abs(_amount(row["discount_amount"])), _currency(row)), billed_in=row["billed_in"],
    )  # fmt: skip


def _owed(row: Row) -> Money:
    """Return what was paid and not given back."""
    return Money(max(_amount(row["total_paid"]) - _amount(row["total_refunded"]), Decimal(0)), _currency(row))


def _address(place: Any) -> Address | None:
    if not place:
        return None
    part = {name: str(place.get(name) or "").strip() for name in _ADDRESS.split(",") if name != "street"}
    street = place.get("street") or []
    lines = [str(line).strip() for line in (street if isinstance(street, list) else [street])]
    name = " ".join(filter(None, (part["firstname"], part["lastname"]))) or part["company"]
    return Address(name, ", ".join(filter(None, lines)), part["postcode"], part["city"], part["country_id"])
