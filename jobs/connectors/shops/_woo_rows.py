"""WooCommerce's JSON as what the kind `shop` speaks of (pure), and what of it is kept between runs.

Prices are what the customer paid for the goods: a line's `total` (after discounts) and `total_tax`, shared among its
pieces to the cent. Where the pieces do not share it evenly the line becomes two, so that nothing is lost by rounding.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from daemon.api import Money, Text
from jobs.connectors.shops._rows import BadRowError, Row, bound, currency, customer, exact, moment_in, pieces, shared
from jobs.connectors.shops._woo_rules import Rules
from jobs.kinds.shop import Address, Aside, Delivery, Line, Order, Return, Status

ORDER_FIELDS = (
    "id", "number", "status", "currency", "date_created_gmt", "date_modified_gmt", "date_completed_gmt", "total",
    "customer_id", "billing", "shipping", "customer_note", "line_items", "refunds", "meta_data", "shipping_lines",
    "discount_total", "total_tax", "date_paid_gmt",
)  # fmt: skip
"""`line_items` whole: asked for as `line_items.sku` no line comes at all."""
REFUND_FIELDS = ("id", "parent_id", "date_created_gmt", "amount", "line_items", "reason", "refunded_payment")
FINISHED = frozenset({"completed", "cancelled", "refunded", "failed"})
_LINE = ("id", "name", "product_id", "variation_id", "quantity", "sku", "total", "total_tax")
_WAY = ("method_title", "total", "total_tax")
_PLACE = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country")
_NOTHING = Decimal(0)
_SOURCES = ("_wc_order_attribution_utm_source", "_wc_order_attribution_source_type")


def kept(row: Row, shipped_in: str = "") -> Row:
    """Return what is kept of an order: of the customer a hash and one address. Raise BadRowError.

    `shipped_in` is the custom field that holds when it was sent, empty where none does.
    """
    try:
        return _kept(row, shipped_in)
    except (AttributeError, TypeError) as error:
        raise BadRowError(Text("it has another form than WooCommerce gives it")) from error


def _kept(row: Row, shipped_in: str) -> Row:
    person = row.get("billing") or {}
    refunds = row.get("refunds") or ()
    return {
        **_only(row, ("id", "number", "status", "currency", "total", "customer_note")),
        "date_created_gmt": bound(moment_in(row, "date_created_gmt")),
        **_only(row, ("date_completed_gmt", "date_paid_gmt", "discount_total", "total_tax")),
        "customer": customer(person.get("email"), row.get("customer_id")),
        "place": _only(_goes_to(row) or person, _PLACE),
        "lines": _each(row.get("line_items"), _LINE),
        "refunds": [refund.get("id") for refund in refunds],
        "refunded": [refund.get("total") for refund in refunds],
        "reach": _only(person, ("email", "phone")),
        "shipping": _each(row.get("shipping_lines"), _WAY),
        "source": source(row.get("meta_data") or ()),
        "billed_in": str(person.get("country") or ""),
        "sent": meta(row, shipped_in),
    }


def _goes_to(row: Row) -> Row:
    """Return the address that the goods go to; empty where it is none of its own."""
    place: Row = row.get("shipping") or {}
    return place if place.get("address_1") else {}


def _only(row: Row, names: Sequence[str]) -> Row:
    return {name: row.get(name) for name in names}


def _each(rows: Any, names: Sequence[str]) -> list[Row]:
    return [_only(row, names) for row in rows or ()]


def kept_refund(row: Row, order: Row) -> Row:
    """Return what is kept of a refund, with its order's number and currency, which it does not name itself."""
    lines = _each(row.get("line_items"), _LINE)
    created = bound(moment_in(row, "date_created_gmt"))
    told = _only(row, ("id", "amount", "reason", "refunded_payment"))
    whole = {**told, "date_created_gmt": created}
    return {**whole, "lines": lines, "currency": order.get("currency"), "order": order.get("number")}


def source(meta: Any) -> str:
    """Return where the customer came from: WooCommerce's order attribution (8.5 and later)."""
    found = {one.get("key"): one.get("value") for one in meta if isinstance(one, dict)}
    return next((str(found[name]) for name in _SOURCES if found.get(name)), "")


def meta(row: Row, key: str) -> str:
    """Return a custom field as text; empty where there is none, or what it holds is neither text nor number."""
    fields = row.get("meta_data") or () if key else ()
    value = next((one.get("value") for one in fields if isinstance(one, dict) and one.get("key") == key), None)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def document(row: Row, rules: Rules) -> Order | Aside:
    """Return a kept order as a document; an Aside where it sold nothing. Raise BadRowError."""
    number, placed, code = _number(row), moment_in(row, "date_created_gmt"), _currency(row)
    records = max(len(row["lines"]), 1)
    sold = tuple(line for line in _lines(row, code) if line.quantity > 0 and line.price.amount > 0)
    if not sold:
        return Aside(number, placed, records)
    status = rules.status(row["status"])
    return Order(
        number=number, placed=placed, lines=sold, status=status, address=_address(row["place"]),
        customer=row["customer"], note=str(row["customer_note"] or ""), total=_money(row["total"], code),
        shipped=_sent(row["sent"], rules) or _completed(row, status),
        link=rules.link.format(id=row["id"]), records=records, source=row["source"],
        delivery=_delivery(row, code), carrier=_carrier(row),
        owed=_owed(row, code) if status is Status.CANCELLED else None,
    )  # fmt: skip


def _carrier(row: Row) -> str:
    """Return the first of the ways that an order is shipped by."""
    return str(row["shipping"][0]["method_title"] or "") if row["shipping"] else ""


def refund(row: Row) -> Return:
    """Return a kept refund as a document: its lines, negative as the shop writes them, else its amount as one line."""
    code = _currency(row)
    lines = tuple(_lines(row, code))
    if not lines:
        whole = _money(row["amount"], code)
        lines = (Line("", "", -1, whole),) if whole.amount else ()
    return Return(
        f"{row['order']}-R{row['id']}", moment_in(row, "date_created_gmt"), lines, max(len(row["lines"]), 1),
        order=str(row["order"]), reason=str(row["reason"] or ""),
        owed=Money(_NOTHING, code) if row["refunded_payment"] else None,
    )  # fmt: skip


def sku(own: object, number: object) -> str:
    """Return what a product is called: its SKU, as it stands but for white space around, else its number."""
    return str(own or "").strip() or (f"#{number}" if number else "")


def _lines(row: Row, code: str) -> Iterator[Line]:
    for line in row["lines"]:
        total = exact(line["total"]) + exact(line["total_tax"] or "0")
        name = sku(line["sku"], line["variation_id"] or line["product_id"])
        for some, price in shared(pieces(line["quantity"]), total):
            yield Line(name, str(line["name"] or "").strip(), some, Money(price, code))


def _number(row: Row) -> str:
    return str(row.get("number") or row["id"])


def _currency(row: Row) -> str:
    return currency(row.get("currency"))


def _money(text: object, code: str) -> Money:
    return Money(exact(text), code)


def _delivery(row: Row, code: str) -> Delivery:
    postage = [exact(way[name] or "0") for way in row["shipping"] for name in ("total", "total_tax")]
    return Delivery(
        email=str(row["reach"].get("email") or ""), phone=str(row["reach"].get("phone") or ""),
        postage=Money(sum(postage, _NOTHING), code), discount=_money(row["discount_total"] or "0", code),
        tax=_money(row["total_tax"] or "0", code), billed_in=row["billed_in"],
    )  # fmt: skip


def _sent(text: str, rules: Rules) -> datetime | None:
    """Return when a plug-in says that an order was sent: seconds since 1970, or a date or moment of the shop's zone.

    None where it says neither: nobody checks what a custom field holds.
    """
    if not text:
        return None
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=rules.zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _completed(row: Row, status: Status) -> datetime | None:
    done = row.get("date_completed_gmt") and status is Status.SHIPPED
    return moment_in(row, "date_completed_gmt") if done else None


def _owed(row: Row, code: str) -> Money:
    """Return what was paid and not given back: WooCommerce cancels a paid order without paying anything back."""
    if not row["date_paid_gmt"]:
        return Money(_NOTHING, code)
    return sum((_money(back, code) for back in row["refunded"]), _money(row["total"], code))


def _address(place: Mapping[str, Any] | None) -> Address | None:
    if place is None:
        return None
    part = {name: str(place.get(name) or "").strip() for name in _PLACE}
    name = " ".join(filter(None, (part["first_name"], part["last_name"]))) or part["company"]
    street = ", ".join(filter(None, (part["address_1"], part["address_2"])))
    return Address(name, street, part["postcode"], part["city"], part["country"])
