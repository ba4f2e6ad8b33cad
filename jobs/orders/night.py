"""The orders that came in since the last run, each accounted for exactly once.

The window is read again from `overlap` before its start, because a shop may show an order late; the ledger's work items
tell which orders are new. An item carries the last good run before it: a run that died after it had moved its
orders left no good run behind, so the next one finds them as its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.api import Context, Transition
from jobs.kinds import facts
from jobs.kinds.shop import Coverage, Document, Order, ShopSystem, Status
from jobs.orders.figures import Figures, total

MARK = "night"
LAST_GOOD = "night.run"
KIND = "order"
SEEN = "seen"


@dataclass(frozen=True)
class Night:
    """The window [since, until) and the figures of its new orders; None where the source can't tell.

    `documents` are all that were read for it, also of the overlap before it.
    """

    since: datetime
    until: datetime
    figures: Figures | None
    documents: Sequence[Document] = ()


def window_start(ctx: Context, catch_up: timedelta) -> datetime:
    """Return where the last good run got to; on the first run the last local midnight. Never before `catch_up`."""
    mark = ctx.night.watermark(MARK)
    since = datetime.fromisoformat(mark) if mark else ctx.start_of(ctx.today)
    return max(since, ctx.now - catch_up)


def count(ctx: Context, shop: ShopSystem, coverage: Coverage, since: datetime, overlap: timedelta) -> Night:
    """Return the figures of the orders nobody accounted for before, and account for them (not in a dry run)."""
    first_run = ctx.night.watermark(MARK) is None
    documents = list(shop.documents(since if first_run else since - overlap, ctx.now))
    if coverage.as_of < since or not (documents or coverage.silence_is_zero):
        return Night(since, ctx.now, None)
    orders = [d for d in documents if isinstance(d, Order) and d.status is not Status.CANCELLED]
    return Night(since, ctx.now, total(_new(ctx, shop.name, orders), ctx.shop.currency), documents)


def _new(ctx: Context, source: str, orders: Iterable[Order]) -> list[Order]:
    by_id = {f"{source}/{order.number}": order for order in orders}
    if not by_id:
        return []
    after = ctx.night.watermark(LAST_GOOD) or ""
    known = {item.id: item.data.get("after") for item in ctx.night.work_items(KIND, [], list(by_id))}
    mine = _claimed(ctx, [key for key in by_id if key not in known], after)
    mine |= {key for key, seen in known.items() if seen == after}
    return [order for key, order in by_id.items() if key in mine]


def _claimed(ctx: Context, keys: Sequence[str], after: str) -> set[str]:
    """Account for orders that nobody knows yet and return those that nobody else was quicker with."""
    if ctx.dry or not keys:
        return set(keys)
    made = ctx.night.move([Transition(KIND, key, "", SEEN, {"after": after}) for key in keys])
    return {key for key, done in zip(keys, made, strict=True) if done}


def report(ctx: Context, source: str, coverage: Coverage, night: Night) -> None:
    """Report the night as facts of today, and remember how far the source was known; unknown, the window stays open."""
    reached = night.since
    if night.figures is not None:
        reached = max(night.since, min(night.until, coverage.as_of))
        where = {"from": night.since.isoformat(), "to": night.until.isoformat()}
        as_of, currency = coverage.as_of, ctx.shop.currency
        gross = night.figures.gross.get(currency, 0)
        ctx.fact(facts.NIGHT_ORDERS, ctx.today, night.figures.orders, as_of=as_of, source=source, dimensions=where)
        ctx.fact(facts.NIGHT_GROSS, ctx.today, gross, as_of=as_of, source=source, unit=currency, dimensions=where)
    ctx.mark(MARK, reached.isoformat())
    ctx.mark(LAST_GOOD, ctx.now.isoformat())
