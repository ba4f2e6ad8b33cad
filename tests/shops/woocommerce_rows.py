"""The seeded shop as WooCommerce writes it: the fields, types and oddities of recorded answers."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.shops.seeded import Bought, Deal, GivenBack, Good, SeededShop

Row = dict[str, Any]
WORDS = {
    "unpaid": "pending", "paid": "processing", "waiting": "on-hold", "held": "on-hold", "sent": "completed", "cancelled": "cancelled",
    "refunded": "refunded", "failed": "failed", "basket": "checkout-draft",
}  # fmt: skip


def dated(zone: ZoneInfo, name: str, when: datetime | None) -> Row:
    """A moment twice: in the site's zone and in GMT, neither with a zone."""
    if when is None:
        return {f"date_{name}": None, f"date_{name}_gmt": None}
    local, gmt = when.astimezone(zone), when.astimezone(UTC)
    return {f"date_{name}": f"{local:%Y-%m-%dT%H:%M:%S}", f"date_{name}_gmt": f"{gmt:%Y-%m-%dT%H:%M:%S}"}


def order(deal: Deal, zone: ZoneInfo) -> Row:
    """An order of /orders."""
    buyer = deal.buyer
    place = {
        "first_name": buyer.first, "last_name": buyer.last, "company": "", "address_1": buyer.street, "address_2": "",
        "city": buyer.city, "state": "RI", "postcode": buyer.postcode, "country": buyer.country, "phone": "+1 555",
    }  # fmt: skip
    attribution = [{"id": 1, "key": "_wc_order_attribution_utm_source", "value": deal.source}] if deal.source else []
    return {
        "id": deal.id, "parent_id": 0, "status": WORDS[deal.state], "currency": deal.currency, "version": "10.0.2",
        **dated(zone, "created", deal.placed), **dated(zone, "modified", deal.changed),
        **dated(zone, "completed", deal.sent), "total": f"{deal.total:.2f}", "customer_id": buyer.number % 4,
        "billing": {**place, "email": buyer.email}, "shipping": place, "customer_note": deal.note,
        "number": deal.called, "meta_data": attribution,
        "line_items": [_line(n, line) for n, line in enumerate(deal.lines, deal.id * 10)], "fee_lines": [],
        "refunds": [{"id": back.id, "reason": "", "total": f"-{back.amount:.2f}"} for back in deal.given_back],
        "shipping_lines": [{"id": 5, "method_title": "Flat rate", "method_id": "flat_rate", "total": "7.95", "total_tax": "0.00"}],
        "discount_total": "0.00", "total_tax": f"{sum(line.tax for line in deal.lines):.2f}",
        **dated(zone, "paid", None if deal.state in {"unpaid", "waiting", "failed"} else deal.placed),
        "payment_method": "stripe", "currency_symbol": "$", "order_key": "wc_order_x", "created_via": "checkout",
    }  # fmt: skip


def _line(number: int, line: Bought) -> Row:
    good, parent = line.good, line.good.parent if line.good else 0
    return {
        "id": number, "name": line.title, "product_id": (parent or good.id) if good else 0,
        "variation_id": good.id if good and parent else 0, "quantity": line.pieces, "tax_class": "",
        "subtotal": f"{line.total:.2f}", "subtotal_tax": f"{line.tax:.2f}", "total": f"{line.total:.2f}",
        "total_tax": f"{line.tax:.2f}", "taxes": [], "meta_data": [], "sku": good.sku if good else None,
        "price": float(line.total / line.pieces), "image": {"id": "", "src": ""}, "parent_name": None,
    }  # fmt: skip


def refund(back: GivenBack, deal: Deal, zone: ZoneInfo) -> Row:
    """A refund of /refunds; `parent_id` is left out below an order."""
    return {
        "id": back.id, "parent_id": deal.id, **dated(zone, "created", back.moment), "amount": f"{back.amount:.2f}",
        "reason": "Late — Entschädigung", "refunded_by": 2, "refunded_payment": False, "meta_data": [],
        "line_items": [_line(n, line) for n, line in enumerate(back.lines, back.id * 10)],
        "shipping_lines": [], "tax_lines": [], "fee_lines": [],
    }  # fmt: skip


def product(good: Good, shop: SeededShop, zone: ZoneInfo) -> Row:
    """A product of /products, or a variation of /products/ID/variations."""
    children = [other.id for other in shop.goods.values() if other.parent == good.id]
    left = (good.stock or 0) > 0 or good.stock is None
    some = any((shop.goods[child].stock or 0) > 0 for child in children)
    return {
        "id": good.id, "name": good.title, "type": "variable" if children else "variation" if good.parent else "simple",
        "status": "publish", "sku": good.sku, "price": f"{good.price}" if good.price else "",
        "manage_stock": "parent" if good.shared else good.stock is not None, "stock_quantity": good.stock,
        "stock_status": "instock" if some or left else "outofstock", "parent_id": good.parent, "variations": children,
        **dated(zone, "created", good.created), **dated(zone, "modified", good.created),
        "description": f"<p>{good.title}</p>", "low_stock_amount": None, "backorders": "no",
        "weight": "" if good.parent else "0.35", "virtual": False, "meta_data": [],
    }  # fmt: skip


def rows(shop: SeededShop, zone: ZoneInfo) -> tuple[list[Row], list[Row], list[Row]]:
    """Orders, refunds and products with variations."""
    deals = shop.deals.values()
    return (
        [order(deal, zone) for deal in deals],
        [refund(back, deal, zone) for deal in deals for back in deal.given_back],
        [product(good, shop, zone) for good in shop.goods.values()],
    )
