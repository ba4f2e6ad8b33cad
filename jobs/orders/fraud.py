"""What makes an open order look like a fraud: the shop's own judgement, and what is seen without asking anybody. Pure.

None of it proves anything: an order that stands out waits until a person has looked at it, and says why it stands out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from daemon.api import Money
from jobs.kinds.shop import Danger, Order
from jobs.orders.returns import plain
from jobs.orders.watching import FraudOptions

Clues = list[list[str]]
"""Rows for a person: what it is, and how it is."""
MOST_REASONS = 8
"""Reasons of the shop that are shown of one order."""
Keyed = Callable[[Order], str]


@dataclass(frozen=True)
class Limits:
    """From what on an order stands out: `shop` is the least danger, `large` the least worth, `many` orders `within`."""

    shop: Danger | None = None
    billed_abroad: bool = False
    large: Money | None = None
    many: int = 0
    within: timedelta = timedelta(hours=12)


def limits(options: FraudOptions, usual: Money | None) -> Limits:
    """Return what the checks go by; `usual` is what an order of this shop is usually worth, None if not known."""
    least = None if options.shop == "none" else Danger(options.shop)
    large = usual * options.times_usual if usual is not None and options.times_usual else None
    return Limits(least, options.billed_abroad, large, options.many, options.within)


def dangerous(order: Order, by: Limits) -> bool:
    """Say whether the shop itself takes an order for a fraud, in the highest degree that it knows."""
    return by.shop is not None and order.risk is not None and order.risk.danger is Danger.HIGH


def unusual(orders: Sequence[Order], by: Limits) -> dict[str, Clues]:
    """Return by number the orders that stand out otherwise, with what was seen of them beside the shop's judgement.

    They are held for a reason of their own: whoever released one of these has not released a dangerous one.
    """
    crowds = _crowds(orders, by) if by.many else {}
    found = {}
    for order in orders:
        clues = [*_abroad(order, by), *_large(order, by), *crowds.get(order.number, [])]
        if clues or _doubted(order, by):
            found[order.number] = clues
    return found


def judgement(order: Order) -> Clues:
    """Return the shop's own judgement in its words, made fit to be shown; nothing where it gives none."""
    if order.risk is None:
        return []
    reasons = [plain(reason) for reason in order.risk.reasons[:MOST_REASONS]]
    return [["the shop says", order.risk.danger.value], *(["the shop says", reason] for reason in reasons if reason)]


def _doubted(order: Order, by: Limits) -> bool:
    return by.shop is Danger.MEDIUM and order.risk is not None and order.risk.danger is Danger.MEDIUM


def _abroad(order: Order, by: Limits) -> Clues:
    """Return that an order is billed in another country than it is sent to; nothing where one of them is not known."""
    billed = order.delivery.billed_in.strip().upper() if order.delivery else ""
    sent = order.address.country.strip().upper() if order.address else ""
    if not (by.billed_abroad and billed and sent) or billed == sent:
        return []
    return [["billed in", plain(billed)], ["sent to", plain(sent)]]


def _large(order: Order, by: Limits) -> Clues:
    if by.large is None:
        return []
    lines = sum((one.total.amount for one in order.lines), Decimal(0))
    worth = order.total or Money(lines, order.lines[0].price.currency)
    if worth.currency != by.large.currency or worth.amount < by.large.amount:
        return []
    return [["worth", f"{worth.amount} {worth.currency}, looked at from {by.large.amount:.2f} on"]]


def _crowds(orders: Iterable[Order], by: Limits) -> dict[str, Clues]:
    """Return what is said of each order that is one of many of a customer, or to an address."""
    found: dict[str, Clues] = defaultdict(list)
    for what, key in _KEYS.items():
        groups: dict[str, list[Order]] = defaultdict(list)
        for order in sorted(orders, key=lambda one: (one.placed, one.number)):
            if name := key(order):
                groups[name].append(order)
        for some in groups.values():
            for number in _close(some, by):
                found[number].append([what, f"{by.many} or more orders within {by.within}"])
    return found


def _close(some: Sequence[Order], by: Limits) -> set[str]:
    """Return the numbers of those that are `many` within the time; `some` come in the order they were placed in."""
    last = by.many - 1
    runs = (
        some[start : start + by.many]
        for start in range(len(some) - last)
        if some[start + last].placed - some[start].placed <= by.within
    )
    return {order.number for run in runs for order in run}


def _place(order: Order) -> str:
    """Return an address by which two orders to one door are known, however it is written; empty without a street."""
    if order.address is None or not order.address.street.strip():
        return ""
    one = order.address
    parts = ("".join(filter(str.isalnum, text.casefold())) for text in (one.street, one.postcode, one.country))
    return "\x1f".join(parts)


_KEYS: Mapping[str, Keyed] = {"one customer": lambda order: order.customer, "one address": _place}
