"""WooCommerce's JSON as what the kind `shop` speaks of (pure), and what of it is kept between runs.

Prices are what the customer paid for the goods: a line's `total` (after discounts) and `total_tax`, shared among its
pieces to the cent. Where the pieces do not share it evenly the line becomes two, so that nothing is lost by rounding.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any

from daemon.api import Money, Text
from jobs.connectors.shops._woo_pages import Row, bound, moment
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
_SOURCES = ("_wc_order_attribution_utm_source", "_wc_order_attribution_source_type")
_CURRENCY = re.compile("[A-Z]{3}")
_CENT = -2
"""The exponent of the smallest coin; amounts with more decimals are shared more finely."""
_LARGEST, _FINEST, _MOST_PIECES = Decimal(10) ** 12, -9, 10**6
"""Within these, sums are exact in the 28 digits that Decimal reckons with."""
_LONGEST = 40


class BadRowError(Exception):
    """A row can't be read; `reason` says why in one sentence."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.id)
        self.reason = reason


def kept(row: Row) -> Row:
    """Return what is kept of an order: of the customer a hash and one address. Raise BadRowError."""
    try:
        return _kept(row)
    except (AttributeError, TypeError) as error:
        raise BadRowError(Text("it has another form than WooCommerce gives it")) from error


def _kept(row: Row) -> Row:
    person = row.get("billing") or {}
    place = row.get("shipping") or {}
    refunds = row.get("refunds") or ()
    return {
        **_only(row, ("id", "number", "status", "currency", "total", "customer_note")),
        "date_created_gmt": bound(_moment(row, "date_created_gmt")),
        **_only(row, ("date_completed_gmt", "date_paid_gmt", "discount_total", "total_tax")),
        "customer": customer(person.get("email"), row.get("customer_id")),
        "place": _only(place if place.get("address_1") else person, _PLACE),
        "lines": _each(row.get("line_items"), _LINE),
        "refunds": [refund.get("id") for refund in refunds],
        "refunded": [refund.get("total") for refund in refunds],
        "reach": _only(person, ("email", "phone")),
        "shipping": _each(row.get("shipping_lines"), _WAY),
        "source": source(row.get("meta_data") or ()),
    }


def _only(row: Row, names: Sequence[str]) -> Row:
    return {name: row.get(name) for name in names}


def _each(rows: Any, names: Sequence[str]) -> list[Row]:
    return [_only(row, names) for row in rows or ()]


def kept_refund(row: Row, order: Row) -> Row:
    """Return what is kept of a refund, with its order's number and currency, which it does not name itself."""
    lines = _each(row.get("line_items"), _LINE)
    created = bound(_moment(row, "date_created_gmt"))
    told = _only(row, ("id", "amount", "reason", "refunded_payment"))
    whole = {**told, "date_created_gmt": created}
    return {**whole, "lines": lines, "currency": order.get("currency"), "order": order.get("number")}


def without_person(row: Row) -> Row:
    """Return a kept order without name, address, mail address, telephone number and note."""
    return {**row, "place": None, "reach": {}, "customer_note": ""}


def customer(email: object, number: object) -> str:
    """Return an opaque key of a customer: of the mail address, which guests have too, else of the account."""
    known = str(email or "").strip().lower() or (f"account {number}" if number else "")
    return blake2b(known.encode("utf-8", "replace"), digest_size=8).hexdigest() if known else ""


def source(meta: Any) -> str:
    """Return where the customer came from: WooCommerce's order attribution (8.5 and later)."""
    found = {one.get("key"): one.get("value") for one in meta if isinstance(one, dict)}
    return next((str(found[name]) for name in _SOURCES if found.get(name)), "")


def document(row: Row, rules: Rules) -> Order | Aside:
    """Return a kept order as a document; an Aside where it sold nothing. Raise BadRowError."""
    number, placed, lines = _number(row), _moment(row, "date_created_gmt"), tuple(_lines(row))
    records = max(len(row["lines"]), 1)
    sold = tuple(line for line in lines if line.quantity > 0 and line.price.amount > 0)
    if not sold:
        return Aside(number, placed, records)
    status = rules.status(row["status"])
    done = row.get("date_completed_gmt")
    return Order(
        number=number, placed=placed, lines=sold, status=status, address=_address(row["place"]),
        customer=row["customer"], note=str(row["customer_note"] or ""), total=_money(row["total"], _currency(row)),
        shipped=_moment(row, "date_completed_gmt") if done and status is Status.SHIPPED else None,
        link=rules.link.format(id=row["id"]), records=records, source=row["source"],
        delivery=_delivery(row), carrier=str(row["shipping"][0]["method_title"] or "") if row["shipping"] else "",
        owed=_owed(row) if status is Status.CANCELLED else None,
    )  # fmt: skip


def refund(row: Row) -> Return:
    """Return a kept refund as a document: its lines, negative as the shop writes them, else its amount as one line."""
    lines = tuple(_lines(row))
    if not lines:
        whole = _money(row["amount"], _currency(row))
        lines = (Line("", "", -1, whole),) if whole.amount else ()
    return Return(
        f"{row['order']}-R{row['id']}", _moment(row, "date_created_gmt"), lines, max(len(row["lines"]), 1),
        order=str(row["order"]), reason=str(row["reason"] or ""),
        owed=Money(Decimal(0), _currency(row)) if row["refunded_payment"] else None,
    )  # fmt: skip


def sku(own: object, number: object) -> str:
    """Return what a product is called: its SKU, as it stands but for white space around, else its number."""
    return str(own or "").strip() or (f"#{number}" if number else "")


def _lines(row: Row) -> Iterator[Line]:
    currency = _currency(row)
    for line in row["lines"]:
        pieces = line["quantity"]
        if not isinstance(pieces, int) or isinstance(pieces, bool) or abs(pieces) > _MOST_PIECES:
            raise BadRowError(Text("{value} pieces of one thing can't be counted", {"value": str(pieces)[:_LONGEST]}))
        total = _money(line["total"], currency).amount + _money(line["total_tax"] or "0", currency).amount
        name = sku(line["sku"], line["variation_id"] or line["product_id"])
        for some, price in shared(pieces, total):
            yield Line(name, str(line["name"] or "").strip(), some, Money(price, currency))


def shared(pieces: int, total: Decimal) -> Iterator[tuple[int, Decimal]]:
    """Yield pieces and unit price so that both sums are exact: one pair, or two that differ by the smallest step.

    A refund's pieces and total are both negative; money without pieces (part of a price given back) is minus one piece.
    """
    if not pieces:
        yield from [(-1, -total)] if total else []
        return
    sign, number = (1, pieces) if pieces > 0 else (-1, -pieces)
    step = Decimal(1).scaleb(min(_CENT, int(total.as_tuple().exponent)))
    low = (total / pieces).quantize(step, ROUND_FLOOR)
    dearer = int((total * sign - low * number) / step)
    if dearer:
        yield (sign * dearer, low + step)
    yield (sign * (number - dearer), low)


def _number(row: Row) -> str:
    return str(row.get("number") or row["id"])


def _moment(row: Row, name: str) -> datetime:
    try:
        return moment(row.get(name))
    except ValueError as error:
        shown = str(row.get(name))[:_LONGEST]
        raise BadRowError(Text("{value} in {column} is not a moment", {"value": shown, "column": name})) from error


def _currency(row: Row) -> str:
    code = str(row.get("currency") or "").upper()
    if not _CURRENCY.fullmatch(code):
        raise BadRowError(Text("{value} is not a currency", {"value": code[:_LONGEST]}))
    return code


def _money(text: object, currency: str) -> Money:
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= _LARGEST or int(amount.as_tuple().exponent) < _FINEST:
        raise BadRowError(Text("{value} is not an amount", {"value": str(text)[:_LONGEST]}))
    return Money(amount, currency)


def _delivery(row: Row) -> Delivery:
    currency = _currency(row)
    postage = [_money(way[name] or "0", currency).amount for way in row["shipping"] for name in ("total", "total_tax")]
    return Delivery(
        email=str(row["reach"].get("email") or ""), phone=str(row["reach"].get("phone") or ""),
        postage=Money(sum(postage, Decimal(0)), currency), discount=_money(row["discount_total"] or "0", currency),
        tax=_money(row["total_tax"] or "0", currency),
    )  # fmt: skip


def _owed(row: Row) -> Money:
    """Return what was paid and not given back: WooCommerce cancels a paid order without paying anything back."""
    currency = _currency(row)
    if not row["date_paid_gmt"]:
        return Money(Decimal(0), currency)
    return sum((_money(back, currency) for back in row["refunded"]), _money(row["total"], currency))


def _address(place: Mapping[str, Any] | None) -> Address | None:
    if place is None:
        return None
    part = {name: str(place.get(name) or "").strip() for name in _PLACE}
    name = " ".join(filter(None, (part["first_name"], part["last_name"]))) or part["company"]
    street = ", ".join(filter(None, (part["address_1"], part["address_2"])))
    return Address(name, street, part["postcode"], part["city"], part["country"])
