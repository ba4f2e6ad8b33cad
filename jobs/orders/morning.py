"""The open orders as the morning needs them: counted as facts, told as findings, picked as a list."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from daemon.api import PERSON, Context, FactName, Finding, Goal, Horizon, Text, Urgency, Value
from jobs.kinds import facts
from jobs.kinds.shop import BadRecord, Order
from jobs.orders import line, picklist, proposals
from jobs.orders.piles import Piles
from jobs.orders.promise import Promise

MOST_PICKS = 200
_SHOWN = 4
"""Orders, parcels or places that a sentence names; it counts all of them."""
_MORE_SHOWN = 12
"""Those that the line below the title names where the title could not name all."""


@dataclass(frozen=True)
class _Hold:
    urgency: Urgency
    one: str
    many: str
    step: str


_HOLDS = {
    line.UNPAID: _Hold(
        Urgency.STAYS_BROKEN, "{n} order is not paid: {orders}", "{n} orders are not paid: {orders}",
        "Remind the customer, or cancel",
    ),
    line.SHOP_HELD: _Hold(
        Urgency.STAYS_BROKEN, "{n} order is on hold in the shop: {orders}",
        "{n} orders are on hold in the shop: {orders}", "Release it, or cancel",
    ),
    line.RISK: _Hold(
        Urgency.DUE_TODAY, "{n} order may be a fraud: {orders}", "{n} orders may be frauds: {orders}",
        "`nightclerk orders show` says why; ask the customer, then release or cancel it",
    ),
    line.UNUSUAL: _Hold(
        Urgency.DUE_TODAY, "{n} order stands out: {orders}", "{n} orders stand out: {orders}",
        "`nightclerk orders show` says how; look at it, then release or cancel it",
    ),
    line.ADDRESS: _Hold(
        Urgency.DUE_TODAY, "{n} order has an incomplete address: {orders}",
        "{n} orders have an incomplete address: {orders}", "Ask the customer for the address",
    ),
    line.NOTE: _Hold(
        Urgency.DUE_TODAY, "{n} order has a note to read: {orders}", "{n} orders have a note to read: {orders}",
        "Read the note before packing",
    ),
    line.OVERSOLD: _Hold(
        Urgency.DUE_TODAY, "{n} order holds a product that is oversold: {orders}",
        "{n} orders hold a product that is oversold: {orders}", "Reorder, or tell the customer",
    ),
    line.DUPLICATE: _Hold(
        Urgency.DUE_TODAY, "{n} order repeats another of the same hour: {orders}",
        "{n} orders repeat others of the same hour: {orders}", "Ask whether both are meant, then release or cancel it",
    ),
    line.CUSTOMS: _Hold(
        Urgency.DUE_TODAY, "{n} order leaves the customs territory and can't be declared: {orders}",
        "{n} orders leave the customs territory and can't be declared: {orders}",
        "`nightclerk orders show` lists what is missing; enter it with the products in the shop",
    ),
    line.CHANGED: _Hold(
        Urgency.LOSES_MONEY, "{n} order was changed after it was picked: {orders}",
        "{n} orders were changed after they were picked: {orders}",
        "Stop the parcel; `nightclerk orders show` says what changed, `nightclerk orders confirm` lets it go on",
    ),
    line.CANCELLED: _Hold(
        Urgency.LOSES_MONEY, "{n} order was cancelled after it was picked: {orders}",
        "{n} orders were cancelled after they were picked: {orders}",
        "Stop the parcel, put the goods back, then `nightclerk orders confirm`",
    ),
    line.MATE: _Hold(
        Urgency.LOSES_MONEY, "{n} order waits for another in its parcel: {orders}",
        "{n} orders wait for another in their parcel: {orders}",
        "Stop the parcel; `nightclerk orders show` says what it travels with, `nightclerk orders confirm` parts them",
    ),
    line.GONE: _Hold(
        Urgency.STAYS_BROKEN, "{n} order is no longer in the shop: {orders}",
        "{n} orders are no longer in the shop: {orders}",
        "Look there; `nightclerk orders confirm` takes it as cancelled; it goes on when the shop shows it again",
    ),
    line.NEW: _Hold(
        Urgency.STAYS_BROKEN, "The shop does not say how {n} order stands: {orders}",
        "The shop does not say how {n} orders stand: {orders}", "Look in the shop and settle it there",
    ),
    line.CHECKED: _Hold(
        Urgency.DUE_TODAY, "{n} order waits to be looked at: {orders}", "{n} orders wait to be looked at: {orders}",
        "`nightclerk orders show`, then `nightclerk orders confirm`",
    ),
    PERSON: _Hold(
        Urgency.STAYS_BROKEN, "{n} order was stopped by hand: {orders}",
        "{n} orders were stopped by hand: {orders}", "Settle it, then `nightclerk orders release`",
    ),
}  # fmt: skip


def count(ctx: Context, source: str, as_of: datetime, piles: Piles) -> None:
    """Report how many open orders are ready, held and late."""
    counts: tuple[tuple[FactName, int], ...] = (
        (facts.READY, len(piles.ready)),
        (facts.HELD, piles.held_count),
        (facts.LATE, len(piles.late)),
    )
    for name, number in counts:
        ctx.fact(name, ctx.today, number, as_of=as_of, source=source)


def tell(ctx: Context, piles: Piles, promise: Promise) -> None:
    """Report late and held orders and those that could travel together, one finding each; say where there are none."""
    if piles.late:
        ctx.find(_late(ctx, piles.late, promise))
    for finding in _holds(piles):
        ctx.find(finding)
    if piles.sent:
        ctx.find(_unmarked(piles.sent))
    for finding in (*proposals.findings(piles.together, piles.states), *proposals.surplus(piles.parcels)):
        ctx.find(finding)
    if not piles.late:
        ctx.checked(_plural("no late order among {n} open one", "no late order among {n} open ones", piles.open_count))
    if not piles.held_count:
        ctx.checked(Text("every open order can be packed", {}))


def _late(ctx: Context, orders: Sequence[Order], promise: Promise) -> Finding:
    """Return all late orders as one finding; its stake is what they are worth in the shop's own currency."""
    oldest = min(orders, key=promise.due)
    lines = [line for order in orders for line in order.lines if line.price.currency == ctx.shop.currency]
    day: dict[str, Value] = {"day": promise.last_day(oldest)}
    alone = len(orders) == 1
    return Finding(
        key="orders:late",
        urgency=Urgency.LOSES_MONEY,
        title=_plural("Order {orders} is late", "{n} orders are late: {orders}", len(orders), orders=_numbers(orders)),
        detail=_plural(
            "It should have been sent by {day}", "The oldest should have been sent by {day}", len(orders), **day
        ),
        next_step=_plural("Send it today, or tell the customer", "Send them today, or tell the customers", len(orders)),
        since=promise.due(oldest),
        link=oldest.link if alone else "",
        stake=sum((line.total.amount for line in lines), Decimal(0)),
        goal=Goal.CONVERSION,
        horizon=Horizon.SHORT,
    )


def _holds(piles: Piles) -> Iterator[Finding]:
    """Yield one finding for each reason for which orders are held, also those that the shop shows no longer."""
    for reason in _HOLDS:
        orders, gone = piles.held.get(reason, ()), piles.gone.get(reason, ())
        if orders or gone:
            since = min((order.placed for order in orders), default=None)
            yield _held(reason, [*(order.number for order in orders), *gone], since)


def _held(reason: str, numbers: Sequence[str], since: datetime | None) -> Finding:
    hold = _HOLDS[reason]
    return Finding(
        key=f"orders:held:{reason}",
        urgency=hold.urgency,
        title=_plural(hold.one, hold.many, len(numbers), orders=_joined(numbers, _SHOWN)),
        detail=_others(numbers),
        next_step=Text(hold.step, {}),
        since=since,
        stake=Decimal(len(numbers)),
        goal=Goal.CONVERSION,
        horizon=Horizon.SHORT,
    )


def _unmarked(numbers: Sequence[str]) -> Finding:
    """Return the orders that somebody confirmed as shipped and that the shop still shows as open."""
    return Finding(
        key="orders:unmarked",
        urgency=Urgency.DUE_TODAY,
        title=_plural(
            "Order {orders} is sent and still open in the shop",
            "{n} orders are sent and still open in the shop: {orders}",
            len(numbers), orders=_joined(numbers, _SHOWN),
        ),
        detail=_others(numbers),
        next_step=_plural("Mark it as sent in the shop", "Mark them as sent in the shop", len(numbers)),
        stake=Decimal(len(numbers)),
        goal=Goal.CONVERSION,
        horizon=Horizon.SHORT,
    )  # fmt: skip


def _others(numbers: Sequence[str]) -> Text | None:
    """Return the line that names the orders for which the title had no room; None where it named all."""
    rest = numbers[_named(len(numbers)) :]
    return Text("Also {orders}", {"orders": _joined(rest, _MORE_SHOWN)}) if rest else None


def tell_bad(ctx: Context, bad: Sequence[BadRecord]) -> None:
    """Report the records that could not be read, one finding a file, which names the lines."""
    by_file: dict[str, list[BadRecord]] = defaultdict(list)
    for one in bad:
        by_file[one.source].append(one)
    for file, records in by_file.items():
        ctx.find(_bad(file, records))
    if not bad:
        ctx.checked(Text("every record could be read", {}))


def _bad(file: str, records: Sequence[BadRecord]) -> Finding:
    first, lines = records[0], [str(record.line) for record in records]
    values: dict[str, Value] = {
        "file": file,
        "line": first.line,
        "reason": first.reason,
        "lines": _joined(lines, _SHOWN),
    }
    alone = len(records) == 1
    return Finding(
        key=f"orders:bad:{file}",
        urgency=Urgency.STAYS_BROKEN,
        title=_plural(
            "{file}:{line}: {reason}", "{n} rows of {file} can't be used: lines {lines}", len(records), **values
        ),
        detail=None if alone else Text("Line {line}: {reason}", values),
        next_step=_plural(
            "Correct the row and export it again", "Correct the rows and export them again", len(records)
        ),
        stake=Decimal(len(records)),
        group="orders:bad",
        goal=Goal.OTHER,
    )


def pick(ctx: Context, source: str, as_of: datetime, found: Sequence[picklist.Pick]) -> None:
    """Write the pick list (not in a dry run) and report its largest lines as facts."""
    for one in sorted(found, key=lambda p: (-p.quantity, p.sku))[:MOST_PICKS]:
        which = {"sku": one.sku, "title": one.title}
        ctx.fact(facts.PICK, ctx.today, one.quantity, as_of=as_of, source=source, dimensions=which)
    if found and not ctx.dry:
        path = picklist.write(found, ctx.folder, ctx.today)
        ctx.fact(facts.PICK_FILE, ctx.today, str(path), as_of=as_of, source=source)


def _numbers(orders: Iterable[Order]) -> str:
    return _joined([order.number for order in orders], _SHOWN)


def _joined(names: Sequence[str], most: int) -> str:
    """Return the first names; an ellipsis stands for at least two more."""
    return ", ".join(names) if len(names) <= most else ", ".join([*names[: most - 1], "…"])


def _named(count: int) -> int:
    """Return how many of `count` names a title shows."""
    return count if count <= _SHOWN else _SHOWN - 1


def _plural(one: str, many: str, count: int, **values: Value) -> Text:
    return Text(one, {"n": count, **values}, many)
