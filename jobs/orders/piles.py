"""Open orders sorted for the morning: ready to pack, held with a reason, late, and those that could travel together.

Pure. *Held* has a reason that a person must clear, *ready* has none; *late* is past its ship-by time whatever the
other two say (an unpaid order is owed nothing and is never late).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from jobs.kinds.shop import Address, Order, Status


class Reason(StrEnum):
    """Why an order can't be packed yet, in the order in which it is looked for."""

    UNPAID = "unpaid"
    HELD = "held"
    ADDRESS = "address"
    NOTE = "note"
    OVERSOLD = "oversold"


@dataclass(frozen=True)
class Promise:
    """When an order must be gone: within `days` working days (0 is Monday), at the end of that local day."""

    days: int
    workdays: frozenset[int]
    zone: ZoneInfo

    def due(self, order: Order) -> datetime:
        """Return the shop's own promise, or the one computed from the local day the order was placed on."""
        if order.ship_by is not None:
            return order.ship_by
        day = order.placed.astimezone(self.zone).date()
        left = self.days
        while left > 0 or not self._works(day):
            day += timedelta(days=1)
            left -= self._works(day)
        return datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def last_day(self, order: Order) -> date:
        """Return the last local day on which the order could be sent in time; a day ends at its midnight."""
        return (self.due(order) - timedelta(microseconds=1)).astimezone(self.zone).date()

    def _works(self, day: date) -> bool:
        return day.weekday() in self.workdays


@dataclass(frozen=True)
class Piles:
    """The open orders, oldest first in each pile."""

    ready: tuple[Order, ...]
    held: Mapping[Reason, tuple[Order, ...]]
    late: tuple[Order, ...]
    together: tuple[tuple[Order, ...], ...]

    @property
    def held_count(self) -> int:
        """How many orders are held."""
        return sum(map(len, self.held.values()))

    @property
    def open_count(self) -> int:
        """How many orders were looked at."""
        return len(self.ready) + self.held_count


def sort(
    orders: Iterable[Order], stock: Mapping[str, int], promise: Promise, now: datetime, within: timedelta
) -> Piles:
    """Return the piles. `stock` has the known stock by sku; orders placed `within` each other may travel together."""
    ready: list[Order] = []
    late: list[Order] = []
    held: dict[Reason, list[Order]] = defaultdict(list)
    for order in sorted(orders, key=lambda o: (o.placed, o.number)):
        reason = reason_of(order, stock)
        (ready if reason is None else held[reason]).append(order)
        if order.status is not Status.UNPAID and promise.due(order) <= now:
            late.append(order)
    in_order = {reason: tuple(held[reason]) for reason in Reason if reason in held}
    return Piles(tuple(ready), in_order, tuple(late), tuple(together(ready, within)))


def reason_of(order: Order, stock: Mapping[str, int]) -> Reason | None:
    """Return the first reason for which an order must wait, or None."""
    checks = {
        Reason.UNPAID: order.status is Status.UNPAID,
        Reason.HELD: order.status is Status.HELD,
        Reason.ADDRESS: order.address is not None and not _complete(order.address),
        Reason.NOTE: bool(order.note),
        Reason.OVERSOLD: any(stock.get(line.sku, 0) < 0 for line in order.lines),
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def _complete(address: Address) -> bool:
    return all((address.name, address.street, address.postcode, address.city, address.country))


def together(orders: Iterable[Order], within: timedelta) -> list[tuple[Order, ...]]:
    """Return the groups of orders of one customer to one address in one currency, placed `within` of the first."""
    groups: dict[tuple[str, ...], list[list[Order]]] = defaultdict(list)
    for order in orders:
        if not order.customer or order.address is None:
            continue
        key = (order.customer, order.lines[0].price.currency, *address_key(order.address))
        if groups[key] and order.placed - groups[key][-1][0].placed <= within:
            groups[key][-1].append(order)
        else:
            groups[key].append([order])
    return [tuple(group) for runs in groups.values() for group in runs if len(group) > 1]


def address_key(address: Address) -> tuple[str, ...]:
    """Return an address so that spelling does not matter but every letter and digit does."""
    import unicodedata  # noqa: PLC0415 - memory that only a run of this job needs

    parts = (address.name, address.street, address.postcode, address.city, address.country)
    return tuple("".join(c for c in unicodedata.normalize("NFKC", part).casefold() if c.isalnum()) for part in parts)
