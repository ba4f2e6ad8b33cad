"""The shelves as facts and findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce

from daemon.api import Context, Finding, Goal, Horizon, Text, Urgency, Value
from jobs.inventory.shelves import Shelf, Shelves
from jobs.kinds import facts

MOST_FACTS = 200
_SHOWN = 3
"""Products that a title names; it counts all of them."""
_MORE_SHOWN = 8
"""Products that the line below the title tells more about."""
_TENTH = Decimal("0.1")


def report(ctx: Context, source: str, as_of: datetime, found: Shelves) -> None:
    """Report stock and cover of the products that need something, and how many were looked at."""
    ctx.fact(facts.STOCK_CHECKED, ctx.today, found.checked, as_of=as_of, source=source)
    for shelf in (*found.oversold, *found.out, *found.low)[:MOST_FACTS]:
        which = {"sku": shelf.product.sku, "title": shelf.product.title}
        ctx.fact(facts.STOCK, ctx.today, shelf.stock, as_of=as_of, source=source, dimensions=which)
        if shelf.cover is not None:
            cover = max(shelf.cover, Decimal(0)).quantize(_TENTH)
            ctx.fact(facts.COVER, ctx.today, cover, as_of=as_of, source=source, dimensions=which)


@dataclass(frozen=True)
class _Need:
    """What is said of one product and of several with the same need; `each` tells of every product in the list."""

    cause: str
    urgency: Urgency
    one: str
    many: str
    each: str
    step: str
    steps: str
    horizon: Horizon = Horizon.SHORT


_OVERSOLD = _Need(
    "oversold", Urgency.LOSES_MONEY, "{title} ({sku}) is oversold by {missing}",
    "{n} products are oversold: {titles}", "{title} ({sku}) by {missing}",
    "Reorder it, or tell the customers who wait", "Reorder them, or tell the customers who wait",
)  # fmt: skip
_OUT = _Need(
    "out", Urgency.LOSES_MONEY, "{title} ({sku}) is out of stock and still asked for",
    "{n} products are out of stock and still asked for: {titles}", "{sku}", "Reorder it", "Reorder them",
)  # fmt: skip
_OUT_UNSOLD = _Need(
    "out-unsold", Urgency.STAYS_BROKEN, "{title} ({sku}) is out of stock",
    "{n} products are out of stock: {titles}", "{sku}",
    "Reorder it, or take it off the shop", "Reorder them, or take them off the shop", Horizon.LONG,
)  # fmt: skip
_LOW = _Need(
    "low", Urgency.STAYS_BROKEN, "{title} ({sku}) runs out in {lasts} at the present pace: {stock} left",
    "{n} products run out soon: {titles}", "{title} ({sku}) {stock} left", "Reorder it", "Reorder them",
)  # fmt: skip
_DEAD = _Need(
    "dead", Urgency.STAYS_BROKEN, "{title} ({sku}) has not sold in a long time: {stock} in stock",
    "{n} products have not sold in a long time: {titles}", "{title} ({sku}) {stock} in stock",
    "Reduce the price, bundle it, or stop listing it", "Reduce their price, bundle them, or stop listing them",
    Horizon.LONG,
)  # fmt: skip


def tell(ctx: Context, found: Shelves) -> None:
    """Report one finding for the products of each need; say so where there is none."""
    for need, shelves in (
        (_OVERSOLD, found.oversold),
        (_OUT, [shelf for shelf in found.out if shelf.pace > 0]),
        (_OUT_UNSOLD, [shelf for shelf in found.out if shelf.pace == 0]),
        (_LOW, found.low),
        (_DEAD, found.dead),
    ):
        if shelves:
            ctx.find(_finding(need, shelves))
    _tell_fine(ctx, found)


def _tell_fine(ctx: Context, found: Shelves) -> None:
    """Say what was looked at without a finding, and what could not be looked at."""
    if not (found.oversold or found.out or found.low):
        ctx.checked(Text("{n} products are in stock with days to spare", {"n": found.checked}))
    if not found.judged_dead:
        ctx.checked(Text("dead stock not looked at: the sales of that time are not known", {}))
    if found.untold:
        one, many = "{n} product has no stock figure", "{n} products have no stock figure"
        ctx.checked(Text(one, {"n": found.untold}, many))


def _finding(need: _Need, shelves: Sequence[Shelf]) -> Finding:
    """Return the products of one need as one finding; its key is the need's, so that it is the same thing tomorrow."""
    count: dict[str, Value] = {"n": len(shelves)}
    return Finding(
        key=f"inventory:{need.cause}",
        urgency=need.urgency,
        title=Text(need.one, {**_values(shelves[0]), **count, "titles": _titles(shelves)}, need.many),
        detail=None if len(shelves) == 1 else _each(need, shelves),
        next_step=Text(need.step, count, need.steps),
        stake=sum((shelf.value if need is _DEAD else shelf.loss for shelf in shelves), Decimal(0)),
        goal=Goal.CONVERSION,
        horizon=need.horizon,
    )


def _values(shelf: Shelf) -> dict[str, Value]:
    sku, title = shelf.product.sku, shelf.product.title
    return {"sku": sku, "title": title, "stock": shelf.stock, "missing": -shelf.stock, "lasts": _lasts(shelf)}


def _lasts(shelf: Shelf) -> timedelta | None:
    """Return how long the stock lasts in whole days, below one in whole hours; None without a pace."""
    if shelf.cover is None:
        return None
    return timedelta(days=int(shelf.cover)) if shelf.cover >= 1 else timedelta(hours=max(int(shelf.cover * 24), 1))


def _titles(shelves: Sequence[Shelf]) -> str:
    titles = [shelf.product.title for shelf in shelves]
    return ", ".join(titles if len(titles) <= _SHOWN else [*titles[:_SHOWN], "…"])


def _each(need: _Need, shelves: Sequence[Shelf]) -> Text:
    """Return the list of the first products, each in the words of its need."""
    told = [Text(need.each, _values(one)) for one in shelves[:_MORE_SHOWN]]
    return reduce(lambda rest, last: Text("{rest}; {last}", {"rest": rest, "last": last}), told)
