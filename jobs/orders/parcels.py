"""Orders that a person lets travel as one: what goes in, and what was paid too much for postage.

Pure, and nothing of an order changes: a parcel holds its orders as they are, so that taking it apart gives them back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from daemon.api import Money
from jobs.kinds.shop import Line, Order


@dataclass(frozen=True)
class Parcel:
    """Two or more orders of different numbers in one box, oldest first; the first one's address and carrier hold."""

    orders: tuple[Order, ...]

    @property
    def base(self) -> Order:
        """The order whose address and carrier the parcel takes."""
        return self.orders[0]

    @property
    def name(self) -> str:
        """What a person calls the parcel: the numbers of its orders."""
        return "+".join(order.number for order in self.orders)

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is packed, order by order."""
        return tuple(line for order in self.orders for line in order.lines)

    @property
    def surplus(self) -> Money | None:
        """What was paid for postage beyond the dearest one, which the parcel itself costs; None where it is not known.

        It is told to a person and never paid back by itself. A heavier parcel may cost more than each order alone.
        """
        postages = [order.delivery.postage if order.delivery else None for order in self.orders]
        paid = [postage for postage in postages if postage is not None]
        if len(paid) < len(postages) or len({postage.currency for postage in paid}) > 1:
            return None
        return sum(paid, paid[0] * 0) - max(paid)


def merge(orders: Iterable[Order]) -> Parcel:
    """Put orders into one parcel, in whatever order they are given; raise ValueError for fewer than two numbers."""
    known = {order.number: order for order in orders}
    if len(known) < 2:  # noqa: PLR2004 - one order is no parcel of several
        raise ValueError("a parcel of several orders takes two of different numbers or more")
    return Parcel(tuple(sorted(known.values(), key=lambda order: (order.placed, order.number))))
