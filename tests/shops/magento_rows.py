"""The seeded shop as Magento writes it: the fields of the published document, in the form its answers have.

A line of a variation comes twice, amounts come as floats, moments in UTC without a mark.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.shops.seeded import Bought, Deal, GivenBack, Good, SeededShop

Row = dict[str, Any]
STATES = {
    "unpaid": ("new", "pending"), "paid": ("processing", "processing"), "waiting": ("pending_payment", "pending_payment"),
    "sent": ("complete", "complete"), "cancelled": ("canceled", "canceled"), "refunded": ("closed", "closed"),
    "failed": ("payment_review", "fraud"), "held": ("holded", "holded"),
}  # fmt: skip


def stamp(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def sku(good: Good) -> str:
    """Every product of Magento has a SKU of its own."""
    return good.sku if good.sku and not good.shared else f"NO-{good.id}"


def _amounts(line: Bought, sign: int) -> Row:
    """A discount stands beside a `row_total` that does not know of it."""
    off = Decimal("1.00") if line.pieces * sign > 2 and line.total else Decimal(0)
    return {
        "row_total": float(line.total * sign + off), "discount_amount": float(off), "tax_amount": float(line.tax * sign),
        "discount_tax_compensation_amount": 0,
    }  # fmt: skip


def _items(deal: Deal, n: int, line: Bought) -> list[Row]:
    number, good = deal.id * 10 + n, line.good
    shipped = line.pieces if deal.sent else 0
    item = {
        "item_id": number, "sku": sku(good) if good else "GONE", "name": line.title, "qty_ordered": line.pieces,
        "qty_shipped": shipped, "qty_canceled": 0, "qty_refunded": 0, "is_virtual": 0, "order_id": deal.id,
        "product_type": "configurable" if good and good.parent else "simple", **_amounts(line, 1),
    }  # fmt: skip
    nothing = {"row_total": 0, "discount_amount": 0, "tax_amount": 0}
    inner = {**item, **nothing, "item_id": number + 5, "parent_item_id": number, "product_type": "simple"}
    return [item, inner] if good and good.parent else [item]


def order(deal: Deal) -> Row:
    """An order of /V1/orders."""
    state, status = STATES[deal.state]
    buyer = deal.buyer
    place = {
        "firstname": buyer.first, "lastname": buyer.last, "street": [buyer.street], "postcode": buyer.postcode,
        "city": buyer.city, "country_id": buyer.country, "telephone": "+1 555", "address_type": "shipping",
    }  # fmt: skip
    row: Row = {
        "entity_id": deal.id, "increment_id": deal.called, "state": state, "status": status,
        "order_currency_code": deal.currency, "base_currency_code": "EUR", "created_at": stamp(deal.placed),
        "updated_at": stamp(deal.changed), "grand_total": float(deal.total), "base_grand_total": 1.0,
        "customer_email": buyer.email, "customer_id": buyer.number % 4 or None, "shipping_description": "Flat Rate - Fixed",
        "shipping_incl_tax": 7.95, "discount_amount": -1.0, "tax_amount": float(sum(line.tax for line in deal.lines)),
        "items": [item for n, line in enumerate(deal.lines) for item in _items(deal, n, line)],
        "billing_address": {**place, "email": buyer.email},
        "extension_attributes": {"shipping_assignments": [{"shipping": {"address": place, "method": "flatrate"}}]},
    }  # fmt: skip
    if state not in {"new", "pending_payment", "payment_review"}:
        row["total_paid"] = row["grand_total"]
        row["total_refunded"] = float(sum(back.amount for back in deal.given_back))
    if deal.note:
        row["customer_note"] = deal.note
    if deal.source:
        row["extension_attributes"]["utm_source"] = deal.source
    return row


def memo(back: GivenBack, deal: Deal) -> Row:
    """A credit memo of /V1/creditmemos: its quantities and amounts are above zero."""
    items = []
    for n, line in enumerate(back.lines):
        one = {"order_item_id": deal.id * 10 + n, "name": line.title, "qty": -line.pieces, **_amounts(line, -1)}
        one["sku"] = sku(line.good) if line.good else "GONE"
        inner = {"order_item_id": deal.id * 10 + n + 5, "sku": one["sku"], "qty": -line.pieces, "row_total": 0}
        items += [one, inner] if line.good and line.good.parent else [one]
    return {
        "entity_id": back.id, "increment_id": str(back.id), "order_id": deal.id, "created_at": stamp(back.moment),
        "updated_at": stamp(back.moment), "grand_total": float(back.amount), "items": items, "comments": [],
        "adjustment_positive": 0 if back.lines else float(back.amount), "adjustment_negative": 0,
    }  # fmt: skip


def shipment(deal: Deal) -> Row:
    assert deal.sent is not None
    return {
        "entity_id": deal.id, "order_id": deal.id, "created_at": stamp(deal.sent), "updated_at": stamp(deal.sent),
        "items": [], "tracks": [], "comments": [],
    }  # fmt: skip


def product(good: Good, shop: SeededShop) -> Row:
    """A product of /V1/products; one with variations is `configurable` and names them."""
    children = [other.id for other in shop.goods.values() if other.parent == good.id]
    return {
        "id": good.id, "sku": sku(good), "name": good.title, "price": float(good.price), "status": 1,
        "visibility": 1 if good.parent else 4, "type_id": "configurable" if children else "simple",
        "created_at": stamp(good.created), "updated_at": stamp(good.created),
        "extension_attributes": {"configurable_product_links": children} if children else {"website_ids": [1]},
        "weight": 0.35, "custom_attributes": [{"attribute_code": "url_key", "value": f"good-{good.id}"}],
    }  # fmt: skip
