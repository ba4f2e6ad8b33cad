"""The seeded shop as Shopify's graph: what each object of it holds, lists as what answers their arguments."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.shops.seeded import Bought, Deal, GivenBack, Good, SeededShop

Row = dict[str, Any]
STANDS = {
    "unpaid": ("PENDING", "UNFULFILLED"), "waiting": ("PENDING", "UNFULFILLED"), "paid": ("PAID", "UNFULFILLED"),
    "sent": ("PAID", "FULFILLED"), "cancelled": ("VOIDED", "UNFULFILLED"), "refunded": ("REFUNDED", "FULFILLED"),
    "failed": ("EXPIRED", "UNFULFILLED"), "held": ("PAID", "ON_HOLD"),
}  # fmt: skip
OFF = Decimal("1.00")
"""What a line that costs anything was cheaper by, thanks to a code for the whole order."""


def dated(when: datetime) -> str:
    """A moment as Shopify writes it."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def bag(amount: Decimal, currency: str) -> Row:
    """Money in the customer's currency and in the shop's."""
    return {
        "presentmentMoney": {"amount": f"{amount:.2f}", "currencyCode": currency},
        "shopMoney": {"amount": f"{amount * 2:.2f}", "currencyCode": "USD"},
    }


def listed(rows: Sequence[Row]) -> Callable[..., Row]:
    """A connection over rows, by position."""

    def answer(first: int = 0, after: str | None = None, **_more: Any) -> Row:
        begin = int(after) if after else 0
        some = list(rows[begin : begin + first])
        more = begin + first < len(rows)
        return {"nodes": some, "pageInfo": {"hasNextPage": more, "endCursor": str(begin + len(some)) if some else None}}

    return answer


def order(deal: Deal) -> Row:
    """An order with everything about it that the connector asks for."""
    money, currency = deal.total, deal.currency
    paid, sent = STANDS[deal.state]
    back = sum((one.amount for one in deal.given_back), Decimal(0))
    received = Decimal(0) if deal.state in {"unpaid", "waiting", "failed", "cancelled"} else money
    paid = "PARTIALLY_REFUNDED" if back and deal.state == "sent" else paid
    lines = [line(n, one, currency) for n, one in enumerate(deal.lines, deal.id * 10)]
    return {
        "id": f"gid://shopify/Order/{deal.id}", "legacyResourceId": deal.id, "name": f"#{deal.called}", "test": False,
        "createdAt": dated(deal.placed), "updatedAt": dated(deal.changed), "closed": deal.state in {"sent", "refunded"},
        "cancelledAt": dated(deal.changed) if deal.state == "cancelled" else None, "displayFinancialStatus": paid,
        "displayFulfillmentStatus": sent, "presentmentCurrencyCode": currency, "taxesIncluded": False,
        "email": deal.buyer.email or None, "phone": None, "note": deal.note or None,
        "totalPriceSet": bag(money, currency), "totalDiscountsSet": bag(Decimal(0), currency),
        "totalTaxSet": bag(sum((one.tax for one in deal.lines), Decimal(0)), currency),
        "totalShippingPriceSet": bag(Decimal(0), currency), "netPaymentSet": bag(received - back, currency),
        "shippingAddress": {
            "name": f"{deal.buyer.first.strip()} {deal.buyer.last.strip()}", "company": None,
            "address1": deal.buyer.street, "address2": None, "zip": deal.buyer.postcode, "city": deal.buyer.city,
            "countryCodeV2": deal.buyer.country,
        },
        "billingAddress": {"countryCodeV2": deal.buyer.country}, "risk": assessed("LOW"),
        "shippingLine": {"title": "Standard"}, "customerJourneySummary": _journey(deal.source),
        "fulfillments": [{"createdAt": dated(deal.sent), "status": "SUCCESS"}] if deal.sent else [],
        "refunds": [refund(one, currency) for one in deal.given_back], "lineItems": listed(lines),
    }  # fmt: skip


def assessed(level: str, *facts: tuple[str, str]) -> Row:
    """What Shopify thinks of an order, with what it goes by: a description and what that speaks for."""
    said = [{"description": description, "sentiment": sentiment} for description, sentiment in facts]
    return {"assessments": [{"riskLevel": level, "facts": said}]}


def checkout(deal: Deal) -> Row:
    """A basket that was taken to the till."""
    return {
        "id": f"gid://shopify/AbandonedCheckout/{deal.id}", "createdAt": dated(deal.placed), "completedAt": None,
        "totalPriceSet": bag(deal.total, deal.currency),
    }  # fmt: skip


def line(number: int, one: Bought, currency: str) -> Row:
    """A line; of a product that is gone neither variant nor SKU is left."""
    off = OFF if one.total > 0 else Decimal(0)
    return {
        "id": f"gid://shopify/LineItem/{number}", "name": one.title, "sku": one.good.sku if one.good else None,
        "quantity": one.pieces, "vendor": None, "variant": {"legacyResourceId": one.good.id} if one.good else None,
        "originalTotalSet": bag(one.total + off, currency),
        "discountAllocations": [{"allocatedAmountSet": bag(off, currency)}] if off else [],
        "taxLines": [{"priceSet": bag(one.tax, currency)}] if one.tax else [],
    }  # fmt: skip


def refund(back: GivenBack, currency: str) -> Row:
    """A refund; its lines are above zero."""
    lines = [
        {
            "quantity": -one.pieces, "subtotalSet": bag(-one.total, currency), "totalTaxSet": bag(-one.tax, currency),
            "lineItem": {"name": one.title, "sku": one.good.sku if one.good else None},
        }
        for one in back.lines
    ]  # fmt: skip
    return {
        "id": f"gid://shopify/Refund/{back.id}", "createdAt": dated(back.moment), "processedAt": dated(back.moment),
        "note": "Late — Entschädigung", "totalRefundedSet": bag(back.amount, currency), "refundLineItems": listed(lines),
    }  # fmt: skip


def variant(good: Good, shop: SeededShop) -> Row:
    """A variant of a product; a product without sizes has one that nobody sees."""
    parent = shop.goods.get(good.parent)
    return {
        "legacyResourceId": good.id, "sku": good.sku or None, "title": good.title if parent else "Default Title",
        "price": f"{good.price:.2f}", "createdAt": dated(good.created), "inventoryQuantity": good.stock or 0,
        "inventoryItem": {
            "tracked": good.stock is not None, "harmonizedSystemCode": None, "countryCodeOfOrigin": None,
            "measurement": {"weight": {"value": 0.35, "unit": "KILOGRAMS"}},
        },
        "product": {
            "title": parent.title if parent else good.title, "status": "ACTIVE", "hasOnlyDefaultVariant": not parent,
        },
    }  # fmt: skip


def fulfilment_order(node: Row, *, status: str = "OPEN", within: timedelta = timedelta(days=2)) -> Row:
    """What is to be sent of an order, and by when."""
    return {
        "orderId": node["id"], "status": status, "assignedLocation": {"name": "Providence"},
        "fulfillBy": dated(datetime.fromisoformat(node["createdAt"]) + within),
    }  # fmt: skip


def _journey(source: str) -> Row | None:
    return {"lastVisit": {"source": "direct", "utmParameters": {"source": source}}} if source else None
