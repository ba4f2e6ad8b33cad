"""The open orders as they stand on the line: ready, held with a reason, and late. Pure.

*Held* has a reason that a person must clear, *ready* has none; *late* is past its ship-by time whatever the other two
say (an unpaid order is owed nothing and is never late). A parcel that is packed is in neither of the first two.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from jobs.kinds.shop import Order, Status
from jobs.orders.line import BATCHED, CHECKED, HELD, NEW, ORDERS_LINE, PICKED, READY, REASONS, SHIPPED
from jobs.orders.merging import Group
from jobs.orders.moving import Place
from jobs.orders.parcels import Parcel
from jobs.orders.promise import Promise

_READY = frozenset({READY, BATCHED, PICKED})
_TO_PICK = frozenset({READY, BATCHED})
_WAITING = (NEW, CHECKED)
"""States in which an order waits for somebody without being held; each is a pile of its own among the held ones."""


@dataclass(frozen=True)
class Piles:
    """The open orders, oldest first in each pile; an order held for several reasons lies in the pile of its first.

    `to_pick` are the ready ones that nobody has picked yet, `states` says by number where each order stands, `gone` are
    the numbers of those that the shop no longer shows, and `sent` of those it still shows as open though they are sent.
    `orders` are all of them, `parcels` those of several orders; the orders of one lie side by side in `to_pick`.
    """

    ready: tuple[Order, ...] = ()
    held: Mapping[str, tuple[Order, ...]] = field(default_factory=dict)
    late: tuple[Order, ...] = ()
    together: Sequence[Group] = ()
    to_pick: tuple[Order, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sent: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()
    parcels: Sequence[Parcel] = ()

    @property
    def names(self) -> Mapping[str, str]:
        """The name of the parcel that an order goes in, by the order's number, where it holds several."""
        return {order.number: parcel.name for parcel in self.parcels for order in parcel.orders}

    @property
    def held_count(self) -> int:
        """How many orders are held."""
        return sum(map(len, (*self.held.values(), *self.gone.values())))

    @property
    def open_count(self) -> int:
        """How many orders were looked at."""
        return len(self.states)


def pile(
    orders: Iterable[tuple[Order, Place]],
    promise: Promise,
    now: datetime,
    together: Sequence[Group] = (),
    parcels: Sequence[Parcel] = (),
) -> Piles:
    """Return the piles of these open orders, of which those in `together` may share a parcel and `parcels` do."""
    standing = sorted(orders, key=lambda pair: (pair[0].placed, pair[0].number))
    return Piles(
        tuple(order for order, place in standing if place.state in _READY),
        _held(standing),
        tuple(order for order, place in standing if _late(order, place, promise, now)),
        together,
        _to_pick(standing, parcels),
        {order.number: place.state for order, place in standing},
        sent=tuple(order.number for order, place in standing if place.state == SHIPPED),
        orders=tuple(order for order, _ in standing),
        parcels=parcels,
    )


def _held(standing: Iterable[tuple[Order, Place]]) -> dict[str, tuple[Order, ...]]:
    """Return what is held by its first reason, and by its state what waits without one, in the order of the reasons."""
    held: dict[str, list[Order]] = defaultdict(list)
    for order, place in standing:
        if place.state in {HELD, *_WAITING}:
            held[place.reasons[0] if place.reasons else place.state].append(order)
    return {reason: tuple(held[reason]) for reason in (*REASONS, *_WAITING) if reason in held}


def _to_pick(standing: Iterable[tuple[Order, Place]], parcels: Iterable[Parcel]) -> tuple[Order, ...]:
    """Return what can be picked, those of one parcel side by side where its oldest order has its turn."""
    turns = {order.number: (parcel.base.placed, parcel.base.number) for parcel in parcels for order in parcel.orders}
    free = (order for order, place in standing if place.state in _TO_PICK)
    return tuple(sorted(free, key=lambda order: turns.get(order.number, (order.placed, order.number))))


def _late(order: Order, place: Place, promise: Promise, now: datetime) -> bool:
    owed = order.status is not Status.UNPAID and place.state not in ORDERS_LINE.done
    return owed and promise.due(order) <= now
