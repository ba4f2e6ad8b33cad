"""Which orders are picked together, and the place of each in its wave. Pure.

A wave leaves with one departure of one carrier, where the timetable knows it; all other orders of a run are one wave.
Orders that share a parcel share a place: so the k-th slip, the k-th address and the k-th label are of one parcel.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

from jobs.kinds.paper import Wave
from jobs.kinds.shop import Order
from jobs.orders.parcels import Parcel
from jobs.orders.timetable import Departure, Timetable

LARGEST = 1000
"""Parcels in one wave: all of its paper is made at once or not at all, some 5 MB."""
MARK = 8
"""Hexadecimal digits of a fingerprint that stand in the id of a sheet: a person types them."""


@dataclass(frozen=True)
class Box:
    """The orders that go in one parcel, oldest first, and the fingerprint of each by its number."""

    orders: tuple[Order, ...]
    marks: Mapping[str, str]

    @property
    def base(self) -> Order:
        """The order whose address and carrier the parcel takes."""
        return self.orders[0]

    @property
    def mark(self) -> str:
        """What tells this parcel, as it is to be packed, from what it was before or may become."""
        marks = [self.marks[order.number] for order in self.orders]
        if len(marks) == 1:
            return marks[0][:MARK]
        return blake2b("+".join(marks).encode(), digest_size=MARK // 2).hexdigest()

    def others(self, order: Order) -> list[str]:
        """Return the numbers of the orders that an order shares the parcel with."""
        return [one.number for one in self.orders if one.number != order.number]


@dataclass(frozen=True)
class Load:
    """A wave with its parcels in their places, and the carriers that take them."""

    wave: Wave
    boxes: tuple[Box, ...]

    @property
    def carriers(self) -> list[str]:
        """The ways of shipping, in the order of the parcels."""
        return [name for name in dict.fromkeys(box.base.carrier for box in self.boxes) if name]

    def placed(self) -> Iterator[tuple[int, Box]]:
        """Yield the parcels with their places, from 1."""
        return enumerate(self.boxes, 1)


def boxes(orders: Sequence[Order], parcels: Iterable[Parcel], marks: Mapping[str, str]) -> list[Box]:
    """Return the parcels of these orders; an order whose mates are not all among them goes by itself nowhere."""
    here = _numbers(orders)
    several = [parcel.orders for parcel in parcels]
    shared = set[str]().union(*map(_numbers, several))
    whole = [mates for mates in several if _numbers(mates) <= here]
    alone = [(order,) for order in orders if order.number not in shared]
    return [Box(mates, {order.number: marks[order.number] for order in mates}) for mates in (*whole, *alone)]


def _numbers(orders: Iterable[Order]) -> set[str]:
    return {order.number for order in orders}


def loads(found: Iterable[Box], timetable: Timetable, now: datetime, zone: ZoneInfo) -> list[Load]:
    """Return the waves of these parcels, what leaves first at the front; a place goes by carrier, cut-off and age."""
    waves: list[Load] = []
    for group in _by_departure(found, timetable, now):
        in_turn = sorted(group, key=_turn)
        for start in range(0, len(in_turn), LARGEST):
            part = in_turn[start : start + LARGEST]
            wave = _wave(part[0][0], now, zone, start // LARGEST + 1)
            waves.append(Load(wave, tuple(box for _, box in part)))
    return waves


_Leaving = tuple[Departure | None, Box]


def _by_departure(found: Iterable[Box], timetable: Timetable, now: datetime) -> list[list[_Leaving]]:
    """Return the parcels in groups that leave with one departure, the first at the front, those without one last."""
    ahead = cache(lambda carrier: timetable.ahead(carrier, now))
    groups: dict[tuple[datetime, str] | None, list[_Leaving]] = defaultdict(list)
    for box in found:
        made = [one for one in ahead(box.base.carrier) if one.cutoff >= max(one.placed for one in box.orders)]
        departure = made[0] if made else None
        groups[(departure.leaves, departure.batch.carrier) if departure else None].append((departure, box))
    return [groups[key] for key in sorted(groups, key=lambda key: (key is None, key or (now, "")))]


def _turn(pair: tuple[Departure | None, Box]) -> tuple[str, str, datetime, str]:
    departure, box = pair
    cutoff = departure.cutoff.isoformat() if departure else ""
    return box.base.carrier.casefold(), cutoff, box.base.placed, box.base.number


def _wave(departure: Departure | None, now: datetime, zone: ZoneInfo, number: int) -> Wave:
    """Return a wave, named by when it was made, and by carrier and time where it has a departure."""
    name = f"{now.astimezone(zone):%Y-%m-%d %H:%M}"
    if departure is not None:
        carrier = " ".join(departure.batch.carrier.split())[:40]
        name += f" {carrier} {departure.leaves.astimezone(zone):%H:%M}".replace("  ", " ")
    return Wave(name if number == 1 else f"{name} ({number})", now, departure.leaves if departure else None)
