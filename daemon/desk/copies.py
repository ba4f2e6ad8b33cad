"""What else people may ask of a line's items: how many stand where, one of them once more, or to give one up."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from daemon import arranging
from daemon.desk import rights
from daemon.desk.lines import company_of, hand_of, line_of, made
from daemon.desk.order import Command, Order
from daemon.errors import NightclerkError, UsageError
from daemon.records import WorkItem
from daemon.workline import LONGEST_WORDS, WorkLine, number_of

MOST_COPIES = 20
BACK = timedelta(hours=24)
"""How long ago what is done was done, to be counted still."""


async def counts(order: Order) -> list[dict[str, Any]]:
    """Count the items of a line by what groups them: the open ones, and those that were done in the last day."""
    line, ledger = line_of(order), order.shift.engine.ledger.items
    since = order.shift.clock.now() - BACK
    rows = await order.ledger(ledger.tally, line.kind, line.groups, line.open, since)
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for names, state, count in rows:
        found.setdefault(names, {})[state] = count
    return [{**dict(zip(line.groups, names, strict=True)), "counts": found[names]} for names in sorted(found)]


async def drop(order: Order) -> str:
    """Give an item up."""
    line = line_of(order)
    item = (await company_of(order, line, order.args["item"])).item
    rights.require(order, "release", own=item.owner == order.actor.name)
    await made(order, line, [item], [arranging.drop(line, item, hand_of(order))])
    await order.log(f"{line.name} drop", item.id[:LONGEST_WORDS])
    return f"{line.what} {number_of(item)} is {line.dropped}"


async def again(order: Order) -> str:
    """Have an item once more, as a copy that says why."""
    line, why = line_of(order), " ".join(str(order.args["reason"]).split())
    if not why or len(why) > LONGEST_WORDS or not why.isprintable():
        raise UsageError(f"a reason has 1 to {LONGEST_WORDS} characters that can be printed")
    item = (await company_of(order, line, order.args["item"])).item
    rights.require(order, "confirm", own=item.owner == order.actor.name)
    number = await _next(order, line, item)
    steps = arranging.again(line, item, number, why, hand_of(order))
    await made(order, line, [item], steps)
    await order.log(f"{line.name} again", f"{steps[-1].id}: {why}"[:LONGEST_WORDS])
    dropped = f", and {number_of(item)} is {line.dropped}" if len(steps) > 1 else ""
    return f"{line.what} {steps[-1].data['number']} is {line.free}{dropped}"


async def _next(order: Order, line: WorkLine, item: WorkItem) -> int:
    """Return the number of an item's next copy; raise NightclerkError where there are too many already."""
    first = f"{arranging.original(item.id)}{arranging.COPY}"
    names = [f"{first}{number}" for number in range(1, MOST_COPIES + 1)]
    known: list[WorkItem] = await order.ledger(order.shift.engine.ledger.items.find, line.kind, (), names)
    if len(known) == MOST_COPIES:
        raise NightclerkError(f"there are {MOST_COPIES} copies of {number_of(item)} already: something else is wrong")
    return next(number for number, name in enumerate(names, 1) if name not in {one.id for one in known})


COMMANDS: Mapping[str, Command] = {
    "line_counts": Command(counts, function="look"),
    "line_drop": Command(drop, function="release"),
    "line_again": Command(again, function="confirm"),
}
