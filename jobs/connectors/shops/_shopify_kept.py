"""What is kept of Shopify's answers between runs (pure): flat, small, and of the customer no more than is needed."""

from collections.abc import Iterable, Mapping

from daemon.api import Text
from jobs.connectors.shops._rows import BadRowError, Row, customer
from jobs.connectors.shops._shopify_values import amount, bound, moment, text

_PLACE = ("name", "company", "address1", "address2", "zip", "city", "countryCodeV2")
_FAILED = frozenset({"CANCELLED", "ERROR", "FAILURE"})
"""Words of a fulfilment by which nothing was sent."""


def kept_order(node: Row, lines: Iterable[Row]) -> Row:
    """Return what is kept of an order with all its lines; raise BadRowError. Its refunds follow with `kept_refund`."""
    place = _part(node, "shippingAddress")
    return {
        "id": _needed(node, "id"), "legacy": text(str(node.get("legacyResourceId") or "")),
        "number": text(node.get("name")).removeprefix("#"), "created": _dated(node, "createdAt"),
        "updated": _dated(node, "updatedAt"), "cancelled": node.get("cancelledAt"),
        "financial": node.get("displayFinancialStatus"), "fulfillment": node.get("displayFulfillmentStatus"),
        "currency": node.get("presentmentCurrencyCode"), "taxes_included": node.get("taxesIncluded") is True,
        "customer": customer(text(node.get("email")), None),
        "email": text(node.get("email")), "phone": text(node.get("phone")),
        "note": node["note"] if isinstance(node.get("note"), str) else "",
        "total": amount(node.get("totalPriceSet")), "discount": amount(node.get("totalDiscountsSet")),
        "tax": amount(node.get("totalTaxSet")), "postage": amount(node.get("totalShippingPriceSet")),
        "net": amount(node.get("netPaymentSet")),
        "billed_in": text(_part(node, "billingAddress").get("countryCodeV2")),
        "place": {name: text(place.get(name)) for name in _PLACE} if place else None,
        "carrier": text(_part(node, "shippingLine").get("title")), "source": _source(node),
        "sent": _sent(node), "lines": [_line(one) for one in lines], "refunds": [],
    }  # fmt: skip


def kept_refund(number: str, node: Row, lines: Iterable[Row]) -> Row:
    """Return what is kept of a refund of this id, with all its lines; raise BadRowError where it names no moment."""
    created = moment(node.get("createdAt")) or moment(node.get("processedAt"))
    if created is None:
        raise BadRowError(Text("a refund of it has no moment"))
    return {
        "id": number, "created": bound(created), "note": text(node.get("note")),
        "refunded": amount(node.get("totalRefundedSet")),
        "lines": [
            {
                "quantity": one.get("quantity"), "total": amount(one.get("subtotalSet")),
                "tax": amount(one.get("totalTaxSet")), "title": text(_part(one, "lineItem").get("name")),
                "sku": text(_part(one, "lineItem").get("sku")),
            }
            for one in lines
        ],
    }  # fmt: skip


def without_person(row: Row) -> Row:
    """Return a kept order without name, address, mail address, telephone number and note."""
    return {**row, "place": None, "email": "", "phone": "", "note": ""}


def parts(node: Row, name: str) -> list[Row]:
    """Return the objects of a list; nothing for null, and none of its nulls."""
    found = node.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _line(node: Row) -> Row:
    return {
        "title": text(node.get("name")), "sku": text(node.get("sku")), "quantity": node.get("quantity"),
        "vendor": text(node.get("vendor")), "variant": str(_part(node, "variant").get("legacyResourceId") or ""),
        "total": amount(node.get("originalTotalSet")),
        "off": [amount(one.get("allocatedAmountSet")) for one in parts(node, "discountAllocations")],
        "tax": [amount(one.get("priceSet")) for one in parts(node, "taxLines")],
    }  # fmt: skip


def _part(node: Mapping[str, object], name: str) -> Row:
    found = node.get(name)
    return found if isinstance(found, dict) else {}


def _needed(node: Row, name: str) -> str:
    if not text(node.get(name)):
        raise BadRowError(Text("{column} is missing", {"column": name}))
    return text(node.get(name))


def _dated(node: Row, name: str) -> str:
    when = moment(node.get(name))
    if when is None:
        raise BadRowError(Text("{column} is not a moment", {"column": name}))
    return bound(when)


def _source(node: Row) -> str:
    visit = _part(_part(node, "customerJourneySummary"), "lastVisit")
    return text(_part(visit, "utmParameters").get("source")) or text(visit.get("source"))


def _sent(node: Row) -> str | None:
    """Return when the last parcel was made ready, as kept; None where none was."""
    good = [moment(one.get("createdAt")) for one in parts(node, "fulfillments") if one.get("status") not in _FAILED]
    known = [when for when in good if when is not None]
    return bound(max(known)) if known else None
