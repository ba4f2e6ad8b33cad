"""Steps that follow from what happened beside the line: handed over is batched, come back is returned, old is closed.

Each is judged by where an order stands now and lands only where nobody moved it meanwhile; so whichever run is cut
short or repeated, no order takes one twice.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta

from daemon.api import Context, Hand, Transition, WorkItem
from jobs.kinds.shop import Document, Return
from jobs.orders.line import BATCHED, CLOSED, KIND, ORDERS_LINE, READY, RETURNED, SHIPPED
from jobs.orders.parcels import Parcel
from jobs.orders.returns import Case

PAGE = 2000
"""Work items in one message: some 2 MB."""


def batch(ctx: Context, source: str, numbers: Collection[str], parcels: Iterable[Parcel] = ()) -> None:
    """Move the ready orders of these numbers to batched: from now on somebody works by what was handed to them.

    The orders of one parcel go together, whichever of them was handed over.
    """
    boxes = [{order.number for order in parcel.orders} for parcel in parcels]
    along = set[str]().union(*(box for box in boxes if not box.isdisjoint(numbers)))
    _move(ctx, _named(ctx, source, along.union(numbers)), BATCHED, lambda item: item.state == READY)


def come_back(ctx: Context, source: str, documents: Iterable[Document]) -> None:
    """Move orders of which goods came back to returned; a closed one only where that happened after it was closed."""
    last: dict[str, datetime] = {}
    for one in documents:
        if isinstance(one, Return) and one.order and any(line.sku and line.quantity < 0 for line in one.lines):
            last[one.order] = max(one.placed, last.get(one.order, one.placed))

    def due(item: WorkItem) -> bool:
        later = item.state == CLOSED and last[_number(item)] > item.changed
        return item.state == SHIPPED or later

    _move(ctx, _named(ctx, source, last), RETURNED, due)


def close(ctx: Context, source: str, cases: Iterable[Case], after: timedelta) -> None:
    """Close orders that were sent, or came back, so long ago, and of which no return is still open."""
    open_ = {case.order for case in cases}

    def due(item: WorkItem) -> bool:
        return item.changed <= ctx.now - after and _number(item) not in open_

    _move(ctx, _ended(ctx, source), CLOSED, due)


def _named(ctx: Context, source: str, numbers: Iterable[str]) -> Iterator[WorkItem]:
    """Yield the items of a source by the numbers of their orders."""
    names = [f"{source}/{number}" for number in numbers]
    for start in range(0, len(names), PAGE):
        yield from ctx.night.work_items(KIND, [], names[start : start + PAGE])


def _ended(ctx: Context, source: str) -> Iterator[WorkItem]:
    """Yield the items of a source that are sent or came back."""
    after = ""
    while page := ctx.night.work_items(KIND, [SHIPPED, RETURNED], [], after, PAGE):
        yield from (item for item in page if item.id.startswith(f"{source}/"))
        after = page[-1].id


def _move(ctx: Context, items: Iterable[WorkItem], state: str, due: Callable[[WorkItem], bool]) -> None:
    """Move the items that are due; a dry run moves none."""
    hand = Hand("", ctx.now, ctx.zone)
    steps: list[Transition] = []
    for item in items if not ctx.dry else ():
        if due(item):
            steps.append(ORDERS_LINE.step(item, state, item.data, hand))
        if len(steps) == PAGE:
            ctx.night.move(steps)
            steps = []
    if steps:
        ctx.night.move(steps)


def _number(item: WorkItem) -> str:
    return item.id.partition("/")[2]
