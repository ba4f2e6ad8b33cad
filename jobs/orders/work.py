"""A night's work on the orders, from the day's figures to the pick list."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from daemon.api import Context, Draft, Text, Value
from jobs.kinds.shop import SHOP, Coverage, Order, Product, ShopSystem
from jobs.orders import (
    asking,
    belt,
    checkouts,
    days,
    handing,
    hands,
    issuing,
    morning,
    night,
    onward,
    ruling,
    settling,
    telling,
    warning,
)
from jobs.orders.goods import supplied
from jobs.orders.handling import LAST
from jobs.orders.handover import Packing
from jobs.orders.picklist import picks
from jobs.orders.piles import Piles, pile
from jobs.orders.promise import Promise
from jobs.orders.sheets import Desk
from jobs.orders.warehouse import days_of, timetable

if TYPE_CHECKING:
    from jobs.orders import OrdersOptions


def run(ctx: Context, options: "OrdersOptions") -> Text:
    """Do the night's work on the orders and return what was done in one sentence."""
    shop = ctx.connection(SHOP)
    coverage = shop.coverage()
    counted = _days(ctx, options, shop, coverage)
    checkouts.report(ctx, shop, coverage.as_of)
    hands.report(ctx, shop.name, [day for day in counted.span.days() if day >= counted.span.first])
    new = _night(ctx, options, shop, coverage)
    piles = _open(ctx, options, shop, coverage.as_of)
    cases = settling.work(ctx, shop.name, coverage.as_of, new.documents, options.returns)
    onward.come_back(ctx, shop.name, new.documents)
    onward.close(ctx, shop.name, cases, options.line.close_after)
    telling.tell(ctx, shop, options.tell_shop)
    morning.tell_bad(ctx, shop.problems())
    return _summary(counted, new, piles)


def apply(ctx: Context, _options: "OrdersOptions", draft: Draft) -> Text:
    """Make an approved draft real: what was to be handed to somebody outside is mailed."""
    return asking.send(ctx, ctx.connection(SHOP).name, draft)


def _days(ctx: Context, options: "OrdersOptions", shop: ShopSystem, coverage: Coverage) -> days.Counted:
    mark = ctx.night.watermark(days.MARK)
    wanted = days.span(mark, ctx.today, options.history_days, options.catch_up_days)
    counted = days.count(ctx, shop, coverage, wanted)
    days.report(ctx, shop.name, coverage, counted, options.top_products)
    days.tell(ctx, shop.name, coverage, counted)
    settled = days.settled(ctx, coverage, counted)
    if settled is not None:
        ctx.mark(days.MARK, settled.isoformat())
    return counted


def _night(ctx: Context, options: "OrdersOptions", shop: ShopSystem, coverage: Coverage) -> night.Night:
    since = night.window_start(ctx, timedelta(days=options.catch_up_days))
    found = night.count(ctx, shop, coverage, since, timedelta(hours=options.overlap_hours))
    night.report(ctx, shop.name, coverage, found)
    return found


def _open(ctx: Context, options: "OrdersOptions", shop: ShopSystem, as_of: datetime) -> Piles | None:
    found = shop.open_orders()
    if found is None:
        return None
    waiting: list[Order] = list(found)
    products = list(shop.products() or ())
    orders = supplied(waiting, products)
    calendar = options.warehouse.calendar(ctx.zone, days_of(options.workdays), warning.holidays(ctx))
    promise = options.warehouse.promise(options.ship_within, calendar)
    piles = _worked(ctx, options, shop, (orders, products), promise)
    morning.count(ctx, shop.name, as_of, piles)
    morning.tell(ctx, piles, promise)
    floor = warning.Floor(piles.orders, piles, as_of)
    departures = timetable(calendar, options.batches)
    warning.tell(ctx, shop.name, floor, promise, departures)
    packing = Packing({product.sku: product.bin for product in products}, piles.names)
    begun = handing.hand_over(ctx, shop.name, as_of, options.handover, piles.to_pick, floor.stopped, packing)
    desk = Desk(shop.name, ctx.shop.name, options.paper, packing.bins, promise)
    printed = issuing.issue(ctx, desk, issuing.ToPick(piles.to_pick, piles.parcels), departures)
    onward.batch(ctx, shop.name, begun | printed, piles.parcels)
    if options.pick_list:
        morning.pick(ctx, shop.name, as_of, picks(piles.to_pick, packing.bins, piles.names))
    return piles


def _worked(
    ctx: Context,
    options: "OrdersOptions",
    shop: ShopSystem,
    found: tuple[Sequence[Order], list[Product]],
    promise: Promise,
) -> Piles:
    """Bring the line up to the open orders and return how they stand."""
    orders, products = found
    roster = options.line.roster(ctx)
    sharing = options.together.sharing(options.together_hours, promise.calendar.zone)
    by = belt.Orderly(ruling.rules(ctx, options.line, products), promise, roster, options.line.review, sharing)
    passed = belt.work(ctx, shop, orders, by)
    if roster.last:
        ctx.mark(LAST, roster.last)
    return replace(pile(passed.open, promise, ctx.now, passed.groups, passed.parcels), gone=passed.gone)


def _summary(counted: days.Counted, new: night.Night, piles: Piles | None) -> Text:
    parts: dict[str, Value] = {"day": _day_part(counted), "night": _night_part(new), "open": _open_part(piles)}
    return Text("{day}; {night}; {open}", parts)


def _day_part(counted: days.Counted) -> Text:
    last, newest = counted.span.last, counted.newest
    if newest is not None:
        return Text("{n} order on {day}", {"n": newest.orders, "day": last}, "{n} orders on {day}")
    if last in counted.missing:
        return Text("no figures for {day}", {"day": last})
    return Text("{day} was counted before", {"day": last})


def _night_part(new: night.Night) -> Text:
    if new.figures is None:
        return Text("new orders not available", {})
    return Text(
        "{n} new order since {since}", {"n": new.figures.orders, "since": new.since}, "{n} new orders since {since}"
    )


def _open_part(piles: Piles | None) -> Text:
    if piles is None:
        return Text("open orders not available", {})
    values: dict[str, Value] = {"ready": len(piles.ready), "held": piles.held_count, "late": len(piles.late)}
    return Text("{ready} ready, {held} held, {late} late", values)
