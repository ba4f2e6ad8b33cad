"""What the shop is told of the line: private notes on orders, and that one was shipped. Only where the owner says so.

Each is an effect with a key of its own: made once, and looked for in the shop before it is made again. No customer is
written to, and no money moved. What can't be left in the shop costs the night nothing else: it is told and tried again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field

from daemon.api import CONFIRM, Context, Finding, Options, OutsideError, Text, Urgency, WorkItem, number_of
from jobs.kinds.shop import ShopSystem, ShopWrites, Status
from jobs.orders.line import CARRIER, HELD, KIND, ORDERS_LINE, REASONS, SHIPPED, SHOP_HELD, TRACKING, UNPAID

MARK = "told"
"""The watermark: up to when what people and runs did was told to the shop."""
PAGE = 2000
_SAID_THERE = frozenset({UNPAID, SHOP_HELD})
"""Reasons that the shop itself shows."""


class TellOptions(Options):
    """What is written into the shop, for its people only; the connection must say `writes: true`."""

    held: bool = Field(False, description="A private note on an order that is stopped, with the reason.")
    steps: bool = Field(False, description="A private note of each step that a person confirms.")
    tracking: bool = Field(False, description="The carrier and number that a person left with a confirmed step.")
    shipped: bool = Field(
        False, description="The status shipped for an order that a person confirmed as such; needs `may_set`."
    )

    @property
    def any(self) -> bool:
        """Whether anything is written at all."""
        return self.held or self.steps or self.tracking or self.shipped


@dataclass(frozen=True)
class Word:
    """One thing to tell: its key, what it is in words, how it is told, and how the shop is asked whether it was."""

    key: str
    what: str
    make: Callable[[], str]
    find: Callable[[], str | None]


def tell(ctx: Context, shop: ShopSystem, options: TellOptions) -> None:
    """Tell the shop what was done since it was last told; report what could not be told, and try that again."""
    if not options.any:
        return
    if not isinstance(shop, ShopWrites):
        raise OutsideError(f"{shop.name} can't be written to: take `tell_shop` out of the routine", permanent=True)
    mark = ctx.night.watermark(MARK)
    since = datetime.fromisoformat(mark) if mark else ctx.now
    failed = list(_untold(ctx, shop, options, _changed(ctx, shop.name, since)))
    if failed:
        ctx.find(_finding(failed))
    ctx.mark(MARK, min([ctx.now, *(item.changed for item, _ in failed)]).isoformat())


def _untold(
    ctx: Context, shop: ShopWrites, options: TellOptions, items: Iterable[WorkItem]
) -> Iterator[tuple[WorkItem, OutsideError]]:
    """Tell what there is and yield what could not be told; a shop that does not answer is asked nothing more."""
    away: OutsideError | None = None
    for item in items:
        for word in words(item, shop, options, ctx):
            if away is None:
                error = _told(ctx, word)
                away = error if error and not error.permanent else None
            else:
                error = away
            if error is not None:
                yield item, error


def _told(ctx: Context, word: Word) -> OutsideError | None:
    try:
        ctx.effect(word.key, word.what, word.make, word.find)
    except OutsideError as error:
        return error
    return None


def words(item: WorkItem, shop: ShopWrites, options: TellOptions, ctx: Context) -> Iterator[Word]:
    """Yield what the shop is to be told of an item."""
    number = str(item.data.get("part_of") or item.id).partition("/")[2]
    if options.held and item.state == HELD:
        yield from _held(item, number, shop)
    if options.steps:
        yield from _steps(item, number, shop, ctx)
    if options.tracking:
        yield from _parcel(item, number, shop)
    if options.shipped and item.state == SHIPPED and "part_of" not in item.data and _by_hand(item):
        yield Word(
            f"{item.id}/status/{SHIPPED}", f"order {number} set to shipped in the shop",
            lambda: shop.move(number, Status.OPEN, Status.SHIPPED), lambda: shop.moved(number, Status.SHIPPED),
        )  # fmt: skip


def _held(item: WorkItem, number: str, shop: ShopWrites) -> Iterator[Word]:
    given: Any = item.data.get("reasons", ())
    reasons = [one for one in REASONS if one in given and one not in _SAID_THERE]
    if reasons:
        text = "Held: " + "; ".join(f"{one}: {ORDERS_LINE.reasons[one]}" for one in reasons)
        since = next((at for at, _, state, _ in reversed(_history(item)) if state == HELD), "")
        yield _note(item, number, shop, f"held/{','.join(reasons)}/{since}", text)


def _steps(item: WorkItem, number: str, shop: ShopWrites, ctx: Context) -> Iterator[Word]:
    for at, who, state, deed in _history(item):
        if who and deed == CONFIRM:
            moment = datetime.fromisoformat(at).astimezone(ctx.zone)
            text = f"{number_of(item)}: {state}, confirmed by {who} at {moment:%Y-%m-%d %H:%M}"
            yield _note(item, number, shop, f"{state}/{at}", text)


def _parcel(item: WorkItem, number: str, shop: ShopWrites) -> Iterator[Word]:
    left: Any = item.data.get("left", {})
    carrier, code = str(left.get(CARRIER, "")), str(left.get(TRACKING, ""))
    if code:
        key = f"{item.id}/parcel/{code}"
        yield Word(
            key, f"tracking number {code} on order {number} in the shop",
            lambda: shop.track(number, key, carrier, code), lambda: shop.tracked(number, key),
        )  # fmt: skip


def _note(item: WorkItem, number: str, shop: ShopWrites, key: str, text: str) -> Word:
    name = f"{item.id}/{key}"
    return Word(
        name, f'note on order {number} in the shop: "{text}"',
        lambda: shop.note(number, name, text), lambda: shop.noted(number, name),
    )  # fmt: skip


def _history(item: WorkItem) -> list[tuple[str, str, str, str]]:
    known: Any = item.data.get("history", ())
    return [(str(at), str(who), str(state), str(deed)) for at, who, state, deed in known]


def _by_hand(item: WorkItem) -> bool:
    """Return whether a person, not the shop, said that an order was shipped."""
    return any(who and state == SHIPPED for _, who, state, _ in _history(item))


def _changed(ctx: Context, source: str, since: datetime) -> Iterator[WorkItem]:
    """Yield the orders of this source's line that were changed since a moment."""
    after = ""
    while page := ctx.night.work_items(KIND, [], [], after, PAGE, since):
        yield from (item for item in page if item.id.startswith(f"{source}/"))
        after = page[-1].id


def _finding(failed: list[tuple[WorkItem, OutsideError]]) -> Finding:
    orders = sorted({number_of(item) for item, _ in failed})
    return Finding(
        key="orders:untold",
        urgency=Urgency.STAYS_BROKEN,
        title=Text(
            "The shop could not be told of {n} order", {"n": len(orders)}, "The shop could not be told of {n} orders"
        ),
        detail=Text("{orders}: {reason}", {"orders": ", ".join(orders[:8]), "reason": str(failed[0][1])}),
        next_step=Text("Set it in the shop by hand, or mend what stands in the way: it is tried again every night"),
    )
