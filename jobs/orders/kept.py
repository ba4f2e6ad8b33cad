"""What an item keeps of its order beside the card, so that a merge or a split can be judged without asking the shop.

Whoever the customer is, is kept as keyed hashes only (mail address and telephone number too), for two orders to be
compared by; all of it is forgotten as soon as an order is sent or cancelled. What is usual or not known takes no room.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from daemon.api import Money, WorkItem, read_card, written
from jobs.kinds.shop import Address, Delivery, Line, Order, Status, Supply

_PLAIN = ("tax_country", "grams", "separately", "gift")
_MONEY = ("postage", "discount", "tax")
_SUPPLY = ("vendor", "warehouse", "grams", "bundle")
_PHONE_DIGITS = 15
"""Digits that stand for a telephone number: what compares numbers looks at the last eight of them."""


def more_of(order: Order, name_of: Callable[[str], str], zone: ZoneInfo) -> str:
    """Return as one text what the card of an order lacks; empty where that is nothing. Ship-by days are `zone`'s."""
    told: dict[str, Any] = {
        "status": "" if order.status is Status.OPEN else order.status.value,
        "ship day": order.ship_by.astimezone(zone).date().isoformat() if order.ship_by else "",
        "delivery": _delivery(order.delivery, name_of) if order.delivery else {},
        "supply": _supplies(order.lines),
    }
    told = {name: value for name, value in told.items() if value}
    return written(told) if told else ""


def _delivery(delivery: Delivery, name_of: Callable[[str], str]) -> dict[str, Any]:
    digits = "".join(letter for letter in delivery.phone if letter.isdecimal())
    known: dict[str, Any] = {name: getattr(delivery, name) for name in _PLAIN}
    known |= {name: shown(money) for name in _MONEY if (money := getattr(delivery, name)) is not None}
    known["email"] = name_of(delivery.email.strip().casefold())
    known["phone"] = _numeric(name_of(digits[-8:])) if len(digits) >= 8 else ""  # noqa: PLR2004 - as `conditions`
    return {name: value for name, value in known.items() if value not in {None, ""}}


def _numeric(name: str) -> str:
    """Return a hash as digits, since what is compared of a telephone number is its digits."""
    return str(int(name or "0", 16))[-_PHONE_DIGITS:]


def _supplies(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return where each line comes from, in their order; nothing where it is not known of any."""
    return [_supply(line.supply) for line in lines] if any(line.supply for line in lines) else []


def _supply(supply: Supply | None) -> dict[str, Any]:
    if supply is None:
        return {}
    known: dict[str, Any] = {name: getattr(supply, name) for name in _SUPPLY}
    known["available"] = supply.available.isoformat() if supply.available else ""
    known["address"] = _places(supply.address) if supply.address else None
    return {name: value for name, value in known.items() if value not in {None, ""}} if any(known.values()) else {}


def _places(address: Address) -> tuple[str, ...]:
    return (address.name, address.street, address.postcode, address.city, address.country)


def shown(money: Money) -> str:
    """Return an amount as a card shows it."""
    return f"{money.amount} {money.currency}"


def money_of(text: str) -> Money:
    """Return the amount that a card shows."""
    amount, currency = text.rsplit(" ", 1)
    return Money(Decimal(amount), currency)


def order_of(item: WorkItem) -> Order:
    """Return the order of an item as it was last seen, its customer as a hash and its ship-by day at midnight, UTC."""
    data: Any = item.data
    card, more = read_card(data), json.loads(data.get("more") or "{}")
    supply = more.get("supply") or [{}] * len(card["lines"])
    lines = tuple(_line(row, told) for row, told in zip(card["lines"], supply, strict=True))
    return Order(
        number=str(data["number"]),
        placed=datetime.fromisoformat(card["placed"]),
        lines=lines,
        status=Status(more.get("status", Status.OPEN)),
        address=Address(*card["address"]) if "address" in card else None,
        customer=data.get("customer", ""),
        note=card.get("note", ""),
        total=money_of(card["total"]) if "total" in card else None,
        ship_by=datetime.combine(date.fromisoformat(more["ship day"]), time(), UTC) if "ship day" in more else None,
        delivery=_told(more["delivery"]) if "delivery" in more else None,
        carrier=card.get("carrier", ""),
    )


def _line(row: list[Any], told: Mapping[str, Any]) -> Line:
    sku, title, quantity, price = row[:4]
    available, address = told.get("available"), told.get("address")
    supply = Supply(
        **{name: told[name] for name in _SUPPLY if name in told},
        available=date.fromisoformat(available) if available else None,
        address=Address(*address) if address else None,
    )
    return Line(sku, title, int(quantity), money_of(price), supply if told else None)


def _told(known: Mapping[str, Any]) -> Delivery:
    fields: dict[str, Any] = {name: money_of(value) if name in _MONEY else value for name, value in known.items()}
    return Delivery(**fields)
