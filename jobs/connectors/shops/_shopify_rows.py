"""Kept orders and refunds of Shopify as what the kind `shop` speaks of (pure).

Prices are what the customer paid for the goods, in the customer's currency: the original total less every discount
that was allocated to the line, and the taxes where prices do not hold them. Shared among the pieces to the cent: where
they do not share it evenly the line becomes two, so that nothing is lost by rounding.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from daemon.api import Money
from jobs.connectors.shops._rows import Row, currency, exact, pieces, shared
from jobs.connectors.shops._shopify_values import moment
from jobs.kinds.shop import Address, Aside, Delivery, Line, Order, Return, Status, Supply

WAITING = frozenset({Status.UNPAID, Status.OPEN, Status.HELD})
_PAYMENT: Mapping[str, Status] = {
    "PENDING": Status.UNPAID, "PARTIALLY_PAID": Status.UNPAID, "EXPIRED": Status.UNPAID, "VOIDED": Status.UNPAID,
    "AUTHORIZED": Status.OPEN, "PAID": Status.OPEN, "PARTIALLY_REFUNDED": Status.OPEN, "REFUNDED": Status.CANCELLED,
}  # fmt: skip
"""What the payment says of an order that was not sent yet; nothing to be sent is left of one that was paid back."""
_SENDING: Mapping[str, Status] = {
    "FULFILLED": Status.SHIPPED, "FULFILLMENT_NOT_REQUIRED": Status.SHIPPED, "RESTOCKED": Status.CANCELLED,
    "ON_HOLD": Status.HELD, "SCHEDULED": Status.HELD,
}  # fmt: skip
_YET_TO_SEND = frozenset(
    {"UNFULFILLED", "OPEN", "IN_PROGRESS", "PARTIALLY_FULFILLED", "PENDING_FULFILLMENT", "REQUEST_DECLINED"}
)


def status(row: Row) -> Status:
    """Return where a kept order stands; UNKNOWN where a word is missing or new, so that nothing is concluded."""
    paid = _PAYMENT.get(str(row.get("financial")), Status.UNKNOWN)
    if row.get("cancelled") or paid is Status.CANCELLED:
        return Status.CANCELLED
    word = str(row.get("fulfillment"))
    sending = _SENDING.get(word)
    if sending in {Status.SHIPPED, Status.CANCELLED}:
        return sending
    if paid in {Status.UNPAID, Status.UNKNOWN}:
        return paid
    return sending or (paid if word in _YET_TO_SEND else Status.UNKNOWN)


def document(row: Row, link: str) -> Order | Aside:
    """Return a kept order as a document, an Aside where it sold nothing; `link` ends where the order's number goes.

    Raise BadRowError where an amount or a moment is missing.
    """
    placed, records = _placed(row), max(len(row["lines"]), 1)
    sold = tuple(line for line in _lines(row) if line.quantity > 0 and line.price.amount > 0)
    number = row["number"] or row["legacy"]
    if not sold:
        return Aside(number, placed, records)
    stands, code = status(row), currency(row["currency"])
    return Order(
        number=number, placed=placed, lines=sold, status=stands, address=_address(row["place"]),
        customer=row["customer"], note=row["note"], total=_money(row["total"], code),
        shipped=moment(row["sent"]) if stands is Status.SHIPPED else None,
        link=f"{link}{row['legacy']}" if row["legacy"] else "", records=records, source=row["source"],
        delivery=_delivery(row, code), carrier=row["carrier"],
        owed=_owed(row, code) if stands is Status.CANCELLED else None,
    )  # fmt: skip


def refund(back: Row, row: Row) -> Return:
    """Return a kept refund of a kept order: its lines, negative, and what else was paid back as one line more.

    Shipping and sums without goods stand in no line, only in the whole that went back. Raise BadRowError.
    """
    code, number = currency(row["currency"]), row["number"] or row["legacy"]
    lines = list(_goods_back(back, code, included=row["taxes_included"]))
    returned = -sum((line.total.amount for line in lines), Decimal(0))
    paid = _money(back["refunded"], code)
    if paid is not None and paid.amount > returned:
        lines.append(Line("", "", -1, Money(paid.amount - returned, code)))
    return Return(
        f"{number}-R{back['id'].rpartition('/')[2]}", _placed(back), tuple(lines), max(len(back["lines"]), 1),
        order=number, reason=back["note"],
        owed=Money(Decimal(0), code) if paid is not None and paid.amount >= returned else None,
    )  # fmt: skip


def _goods_back(back: Row, code: str, *, included: bool) -> Iterator[Line]:
    for one in back["lines"]:
        yield from _back(one, code, included=included)


def _back(one: Row, code: str, *, included: bool) -> Iterator[Line]:
    count, total = pieces(one["quantity"]), exact(one["total"])
    total += Decimal(0) if included else exact(one["tax"])
    yield from (Line(one["sku"], one["title"], -some, Money(price, code)) for some, price in _shared(count, total))


def _lines(row: Row) -> Iterator[Line]:
    code = currency(row["currency"])
    for line in row["lines"]:
        total = exact(line["total"]) - _sum(line["off"])
        if not row["taxes_included"]:
            total += _sum(line["tax"])
        name = line["sku"] or (f"#{line['variant']}" if line["variant"] else "")
        supply = Supply(vendor=line["vendor"]) if line["vendor"] else None
        for some, price in _shared(pieces(line["quantity"]), total):
            yield Line(name, line["title"], some, Money(price, code), supply)


def _sum(amounts: Iterable[str]) -> Decimal:
    return sum(map(exact, amounts), Decimal(0))


def _shared(count: int, total: Decimal) -> Iterator[tuple[int, Decimal]]:
    """Yield pieces and unit price; nothing for no pieces, as what was paid for none stands in the order's own sums."""
    return shared(count, total) if count > 0 else iter(())


def _placed(row: Row) -> datetime:
    when = moment(row["created"])
    if when is None:
        raise AssertionError("an order or a refund is kept with its moment only")
    return when


def _money(value: str | None, code: str) -> Money | None:
    return None if value is None else Money(exact(value), code)


def _owed(row: Row, code: str) -> Money | None:
    """Return what was paid and not given back (Shopify's net payment); None where it does not tell."""
    left = _money(row["net"], code)
    return left if left is None or left.amount > 0 else Money(Decimal(0), code)


def _delivery(row: Row, code: str) -> Delivery:
    return Delivery(
        email=row["email"], phone=row["phone"], postage=_money(row["postage"], code),
        discount=_money(row["discount"], code), tax=_money(row["tax"], code),
        billed_in=row["billed_in"],
    )  # fmt: skip


def _address(place: Row | None) -> Address | None:
    if place is None:
        return None
    street = ", ".join(filter(None, (place["address1"], place["address2"])))
    return Address(place["name"] or place["company"], street, place["zip"], place["city"], place["countryCodeV2"])
