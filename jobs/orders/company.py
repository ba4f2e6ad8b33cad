"""Orders that a person bound to others: a parcel stops as one, and a split order goes as its parts go. Pure.

A parcel is what a person looked at when they merged it. So a change of one of its orders, a stop, or its going another
way stops all of them, at whatever step, until a person has seen it; and the same holds of the parts of an order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from daemon.api import WorkItem
from jobs.kinds.shop import Order
from jobs.orders.kept import order_of
from jobs.orders.line import CANCELLED, CHANGED, HELD, MATE, ORDERS_LINE, REASONS, SPLIT
from jobs.orders.moving import Known, Place
from jobs.orders.parcels import Parcel, merge

_GONE = Place(CANCELLED)
_STOPPED = ORDERS_LINE.done | {HELD}


def together(name: str, known: Mapping[str, Known], places: Mapping[str, Place]) -> Place:
    """Return where an order belongs, given where each by itself does: held where one of its parcel can't go on.

    An order that is not among `known`, or is not of the same parcel any more, has gone. One that is held for a reason
    of its own is held for its mates too where a person must confirm what became of them: one word is to free them all.
    """
    mine = places[name]
    if _insists(mine):
        return mine
    mates = _mates(name, known, places)
    if mine.state != HELD:
        return Place(HELD, (MATE,)) if any(one.state in _STOPPED for one in mates) else mine
    return Place(HELD, (*mine.reasons, MATE)) if any(map(_insists, mates)) else mine


def _insists(place: Place) -> bool:
    """Return whether an order stays where it is whatever becomes of its mates: it is done, or waits for a person."""
    return place.state in ORDERS_LINE.done or _settles(place)


def _mates(name: str, known: Mapping[str, Known], places: Mapping[str, Place]) -> list[Place]:
    """Return where the others of an order's parcel stand; one that is of it no more is as good as cancelled."""
    joined = known[name].joined
    return [
        _stands(mate, known, places) if mate in known and known[mate].joined == joined else _GONE
        for mate in joined if mate != name
    ]  # fmt: skip


def _settles(place: Place) -> bool:
    """Return whether an order is held for something of its own that a person must confirm."""
    return any(reason in ORDERS_LINE.settles and reason != MATE for reason in place.reasons)


def leaves(name: str, known: Mapping[str, Known], places: Mapping[str, Place]) -> bool:
    """Return whether an order is done and one of its parcel is not: it belongs to it no more."""
    if not known[name].joined or places[name].state not in ORDERS_LINE.done:
        return False
    return any(
        _stands(mate, known, places).state not in ORDERS_LINE.done for mate in known[name].joined if mate in known
    )


def _stands(name: str, known: Mapping[str, Known], places: Mapping[str, Place]) -> Place:
    return places.get(name) or Place(known[name].state, known[name].reasons)


def part_of(item: WorkItem, whole: Order) -> Order:
    """Return a part as an order of its own: its lines, money and address, and for the rest what the shop says now.

    It names no customer: that the parts of one order are alike is no slip of the finger.
    """
    mine = order_of(item)
    told = mine.delivery or whole.delivery
    delivery = whole.delivery and told and replace(
        whole.delivery, grams=None, postage=told.postage, discount=told.discount, tax=told.tax
    )  # fmt: skip
    return replace(
        whole, number=mine.number, lines=mine.lines, address=mine.address, total=mine.total, delivery=delivery,
        customer="", records=0,
    )  # fmt: skip


def reopened(belongs: Place) -> Place:
    """Return where a part belongs of an order that was cancelled and is open again: nobody knows it whole any more."""
    if belongs.state in ORDERS_LINE.done:
        return belongs
    return Place(HELD, tuple(reason for reason in REASONS if reason in {*belongs.reasons, CHANGED}))


def whole_of(ends: Sequence[str]) -> Place:
    """Return where a split order belongs whose parts stand there: split, until the last of them has ended."""
    if any(end not in ORDERS_LINE.done for end in ends):
        return Place(SPLIT)
    return Place(min(ends, key=list(ORDERS_LINE.follows).index, default=CANCELLED))


def parcels(orders: Iterable[tuple[Order, Known]]) -> Sequence[Parcel]:
    """Return the parcels of several orders among these, oldest first."""
    found: dict[tuple[str, ...], list[Order]] = {}
    for order, known in orders:
        if known.joined:
            found.setdefault(known.joined, []).append(order)
    return sorted((merge(each) for each in found.values() if len(each) > 1), key=lambda one: one.base.placed)
