"""What a person sees of an order on the line, and the fingerprint of what somebody picks and packs by. Pure."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from jobs.kinds.shop import Order
from jobs.orders.deliverable import troubles
from jobs.orders.shelf import Short

SEEN = ("lines", "address", "carrier", "note")
"""The fields of a card that a picker or packer works by: a change of one of them stops a parcel."""
_MARK_BYTES = 12
Card = dict[str, Any]


def mark_of(order: Order) -> str:
    """Return the fingerprint of what a picker sees: lines, address, way of shipping and note."""
    parts: list[str] = [order.carrier, order.note]
    if order.address is not None:
        address = order.address
        parts += [address.name, address.street, address.postcode, address.city, address.country]
    parts += [f"{one.quantity} {one.sku}\x1f{one.title}" for one in order.lines]
    return blake2b("\x1e".join(parts).encode("utf-8", "replace"), digest_size=_MARK_BYTES).hexdigest()


def card_of(order: Order, short: Short, due: datetime, found: Mapping[str, Any] = MappingProxyType({})) -> Card:
    """Return an order as a card: plain values only, and nothing that is empty; `found` is what else the checks tell."""
    address = order.address
    card: Card = {
        "placed": order.placed.isoformat(),
        "ship by": due.isoformat(),
        "lines": [
            [one.sku, one.title, one.quantity, f"{one.price.amount} {one.price.currency}"] for one in order.lines
        ],
        "short": dict(short),
        "address": [address.name, address.street, address.postcode, address.city, address.country] if address else [],
        "address trouble": troubles(address) if address else [],
        "carrier": order.carrier,
        "note": order.note,
        "total": f"{order.total.amount} {order.total.currency}" if order.total else "",
        "source": order.source,
        "link": order.link,
        **found,
    }
    return {name: value for name, value in card.items() if value}


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Card:
    """Return those fields a picker sees as they were before, where they are others now; None where there was none."""
    return {name: before.get(name) for name in SEEN if before.get(name) != after.get(name)}
