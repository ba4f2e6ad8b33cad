"""What fulfilment orders say of an order that is yet to be sent (pure): by when, from where, and what holds it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from jobs.connectors.shops._rows import Row
from jobs.connectors.shops._shopify_values import moment, text
from jobs.kinds.shop import Line, Order, Status, Supply

_HELD = frozenset({"ON_HOLD", "SCHEDULED"})
_ENDED = frozenset({"CANCELLED", "CLOSED", "INCOMPLETE"})
"""Fulfilment orders by which nothing is to be sent any more."""


@dataclass(frozen=True)
class Promise:
    """The earliest `ship_by`, the names of the places the goods come from, and whether all of it is held."""

    ship_by: datetime | None
    places: frozenset[str]
    held: bool


def promises(nodes: Iterable[Row]) -> dict[str, Promise]:
    """Return what is promised of each order, by the order's id."""
    found: dict[str, Promise] = {}
    for node in nodes:
        number = text(node.get("orderId"))
        if number and node.get("status") not in _ENDED:
            found[number] = _joined(_promise(node), found.get(number))
    return found


def promised(order: Order, promise: Promise | None) -> Order:
    """Return an order with what was promised of it; a line's warehouse is named where there is only one."""
    if promise is None:
        return order
    status = Status.HELD if promise.held and order.status is Status.OPEN else order.status
    place = next(iter(promise.places)) if len(promise.places) == 1 else ""
    lines = tuple(_from(line, place) for line in order.lines) if place else order.lines
    return replace(order, ship_by=promise.ship_by or order.ship_by, status=status, lines=lines)


def _from(line: Line, place: str) -> Line:
    return replace(line, supply=replace(line.supply or Supply(), warehouse=place))


def _promise(node: Row) -> Promise:
    place = text((node.get("assignedLocation") or {}).get("name"))
    return Promise(moment(node.get("fulfillBy")), frozenset({place} - {""}), node.get("status") in _HELD)


def _joined(one: Promise, other: Promise | None) -> Promise:
    if other is None:
        return one
    moments = [when for when in (one.ship_by, other.ship_by) if when is not None]
    return Promise(min(moments, default=None), one.places | other.places, one.held and other.held)
