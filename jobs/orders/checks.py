"""What could be wrong with an open order, as reasons for a hold: pure, over all open orders at once.

Paid, not held in the shop, no sign of a fraud, an address that could be delivered to, no note that a person must read,
stock for every line, no second order that looks like a slip of the finger, and what a customs declaration needs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from jobs.kinds.shop import Order, Status
from jobs.orders import line
from jobs.orders.customs import missing
from jobs.orders.deliverable import troubles
from jobs.orders.fraud import Limits, dangerous, judgement, unusual
from jobs.orders.shelf import Counts, Short, shortages
from jobs.orders.watching import Need

SAME_WITHIN = timedelta(hours=1)
"""Two orders of one customer with the same lines this close together are taken for one."""
Rows = list[list[str]]
"""What a person is shown of a reason."""


@dataclass(frozen=True)
class Checked:
    """What the checks found, by number: each order's reasons and the pieces it lacks; nothing where all is well.

    `odd` is what stands out of an order, `undeclared` what a customs declaration lacks, both as a person is shown it.
    """

    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    short: Mapping[str, Short] = field(default_factory=dict)
    odd: Mapping[str, Rows] = field(default_factory=dict)
    undeclared: Mapping[str, Rows] = field(default_factory=dict)

    def of(self, number: str) -> tuple[str, ...]:
        """Return the reasons for which an order must wait, in the order in which they are told."""
        return self.reasons.get(number, ())

    def shown(self, order: Order) -> dict[str, Any]:
        """Return what a person is shown of an order beside its own fields: what stands out, what can't be declared."""
        number = order.number
        return {
            "risk": [*judgement(order), *self.odd.get(number, ())],
            "customs": self.undeclared.get(number, []),
        }


@dataclass(frozen=True)
class Rules:
    """What the checks go by: the stock and how it counts, the shop's country, what exports need, what stands out."""

    stock: Mapping[str, int] = field(default_factory=dict)
    counts: Counts = "available"
    country: str = ""
    customs: Sequence[Need] = ()
    fraud: Limits = field(default_factory=Limits)


def check(orders: Sequence[Order], rules: Rules) -> Checked:
    """Check the open orders; the stock is given out in the order of `orders`."""
    short = shortages(orders, rules.stock, rules.counts)
    twice = duplicates(orders)
    odd = unusual(orders, rules.fraud)
    undeclared = _undeclared(orders, rules)
    tests = _tests(rules, short, twice, (odd, undeclared))
    found = {}
    for order in orders:
        if reasons := tuple(reason for reason, fails in tests if fails(order)):
            found[order.number] = reasons
    return Checked(found, short, odd, undeclared)


def _tests(
    rules: Rules,
    short: Mapping[str, Short],
    twice: frozenset[str],
    shown: tuple[Mapping[str, Rows], Mapping[str, Rows]],
) -> tuple[tuple[str, Callable[[Order], bool]], ...]:
    odd, undeclared = shown
    return (
        (line.UNPAID, lambda order: order.status is Status.UNPAID),
        (line.SHOP_HELD, lambda order: order.status is Status.HELD),
        (line.RISK, lambda order: dangerous(order, rules.fraud)),
        (line.UNUSUAL, lambda order: order.number in odd),
        (line.ADDRESS, lambda order: order.address is not None and bool(troubles(order.address))),
        (line.NOTE, lambda order: bool(order.note)),
        (line.OVERSOLD, lambda order: order.number in short),
        (line.DUPLICATE, lambda order: order.number in twice),
        (line.CUSTOMS, lambda order: order.number in undeclared),
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


def _undeclared(orders: Iterable[Order], rules: Rules) -> dict[str, Rows]:
    """Return by number the orders that a declaration can't be written for, and what it lacks."""
    if not rules.customs:
        return {}
    rows = ((order.number, missing(order, rules.country, rules.customs)) for order in orders)
    return {number: lacking for number, lacking in rows if lacking}
