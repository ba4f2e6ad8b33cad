"""What could be wrong with an open order, as reasons for a hold: pure, over all open orders at once.

Paid, not held in the shop, an address that could be delivered to, no note that a person must read, stock for every
line, no second order that looks like a slip of the finger, and the weight that a customs declaration needs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from jobs.kinds.shop import Order, Status
from jobs.orders import line
from jobs.orders.deliverable import troubles
from jobs.orders.shelf import Counts, Short, shortages

SAME_WITHIN = timedelta(hours=1)
"""Two orders of one customer with the same lines this close together are taken for one."""
_EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
"""Customs territory of the Union by country (Regulation (EU) No 952/2013, article 4), without its exceptions."""


@dataclass(frozen=True)
class Checked:
    """What the checks found, by number: each order's reasons and the pieces it lacks; nothing where all is well."""

    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    short: Mapping[str, Short] = field(default_factory=dict)

    def of(self, number: str) -> tuple[str, ...]:
        """Return the reasons for which an order must wait, in the order in which they are told."""
        return self.reasons.get(number, ())


@dataclass(frozen=True)
class Rules:
    """What the checks go by: the stock and how it counts, the shop's country, whether exports need a weight."""

    stock: Mapping[str, int] = field(default_factory=dict)
    counts: Counts = "available"
    country: str = ""
    customs: bool = False


def check(orders: Sequence[Order], rules: Rules) -> Checked:
    """Check the open orders; the stock is given out in the order of `orders`."""
    short = shortages(orders, rules.stock, rules.counts)
    twice = duplicates(orders)
    tests = _tests(rules, short, twice)
    found = {}
    for order in orders:
        if reasons := tuple(reason for reason, fails in tests if fails(order)):
            found[order.number] = reasons
    return Checked(found, short)


def _tests(
    rules: Rules, short: Mapping[str, Short], twice: frozenset[str]
) -> tuple[tuple[str, Callable[[Order], bool]], ...]:
    return (
        (line.UNPAID, lambda order: order.status is Status.UNPAID),
        (line.SHOP_HELD, lambda order: order.status is Status.HELD),
        (line.ADDRESS, lambda order: order.address is not None and bool(troubles(order.address))),
        (line.NOTE, lambda order: bool(order.note)),
        (line.OVERSOLD, lambda order: order.number in short),
        (line.DUPLICATE, lambda order: order.number in twice),
        (line.CUSTOMS, lambda order: rules.customs and _undeclared(order, rules.country)),
    )


def duplicates(orders: Iterable[Order]) -> frozenset[str]:
    """Return the numbers of the orders that repeat an earlier one of the same customer within the hour."""
    last: dict[tuple[str, tuple[tuple[str, int], ...]], Order] = {}
    found = set()
    for order in sorted(orders, key=lambda one: (one.placed, one.number)):
        if not order.customer:
            continue
        key = order.customer, tuple(sorted((one.sku, one.quantity) for one in order.lines))
        earlier = last.get(key)
        if earlier is not None and order.placed - earlier.placed <= SAME_WITHIN:
            found.add(order.number)
        last[key] = order
    return frozenset(found)


def _undeclared(order: Order, home: str) -> bool:
    """Say whether an order leaves the shop's customs area and nobody knows its weight."""
    country = order.address.country.strip().upper() if order.address else ""
    if not country or not home or country == home or {country, home} <= _EU:
        return False
    whole = order.delivery is not None and order.delivery.grams is not None
    return not whole and any(one.supply is None or one.supply.grams is None for one in order.lines)
