"""The job `orders`: yesterday's figures, the night's new orders, the open ones in piles, and what to pick."""

from datetime import datetime, timedelta
from typing import Literal, get_args

from pydantic import Field

from daemon.api import Context, Job, Need, Options, Text, Value
from jobs.kinds.shop import SHOP, Coverage, Order, ShopSystem
from jobs.orders import days, morning, night
from jobs.orders.picklist import picks
from jobs.orders.piles import Piles, Promise, sort

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEK: tuple[Weekday, ...] = get_args(Weekday)


class OrdersOptions(Options):
    """What the shop promises and how far back the job looks."""

    ship_within: int = Field(2, ge=0, le=60, description="Working days until an order must be sent.")
    workdays: list[Weekday] = Field(["mon", "tue", "wed", "thu", "fri"], min_length=1, description="Days you send on.")
    overlap_hours: int = Field(
        2, ge=0, le=168, description="Hours read again each night, for orders that the shop shows late."
    )
    history_days: int = Field(56, ge=0, le=800, description="Days read back on the first run, for comparisons.")
    catch_up_days: int = Field(14, ge=1, le=400, description="How many missed days are caught up at most.")
    together_hours: int = Field(72, ge=0, le=720, description="Orders of one customer this close may share a parcel.")
    top_products: int = Field(10, ge=0, le=200, description="How many best sellers of a day are kept by name.")
    pick_list: bool = Field(True, description="Write the pick list of the ready orders as a CSV file.")


def run(ctx: Context, options: OrdersOptions) -> Text:
    """Do the night's work on the orders and return what was done in one sentence."""
    shop = ctx.connection(SHOP)
    coverage = shop.coverage()
    counted = _days(ctx, options, shop, coverage)
    new = _night(ctx, options, shop, coverage)
    piles = _open(ctx, options, shop, coverage.as_of)
    morning.tell_bad(ctx, shop.problems())
    return _summary(counted, new, piles)


def _days(ctx: Context, options: OrdersOptions, shop: ShopSystem, coverage: Coverage) -> days.Counted:
    mark = ctx.night.watermark(days.MARK)
    wanted = days.span(mark, ctx.today, options.history_days, options.catch_up_days)
    counted = days.count(ctx, shop, coverage, wanted)
    days.report(ctx, shop.name, coverage, counted, options.top_products)
    days.tell(ctx, shop.name, coverage, counted)
    settled = days.settled(ctx, coverage, counted)
    if settled is not None:
        ctx.mark(days.MARK, settled.isoformat())
    return counted


def _night(ctx: Context, options: OrdersOptions, shop: ShopSystem, coverage: Coverage) -> night.Night:
    since = night.window_start(ctx, timedelta(days=options.catch_up_days))
    found = night.count(ctx, shop, coverage, since, timedelta(hours=options.overlap_hours))
    night.report(ctx, shop.name, coverage, found)
    return found


def _open(ctx: Context, options: OrdersOptions, shop: ShopSystem, as_of: datetime) -> Piles | None:
    found = shop.open_orders()
    if found is None:
        return None
    orders: list[Order] = list(found)
    products = list(shop.products() or ())
    stock = {product.sku: product.stock for product in products if product.stock is not None}
    promise = Promise(options.ship_within, frozenset(map(_WEEK.index, options.workdays)), ctx.zone)
    piles = sort(orders, stock, promise, ctx.now, timedelta(hours=options.together_hours))
    morning.count(ctx, shop.name, as_of, piles)
    morning.tell(ctx, piles, promise)
    if options.pick_list:
        morning.pick(ctx, shop.name, as_of, picks(piles.ready, {p.sku: p.bin for p in products}))
    return piles


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


ORDERS = Job(
    name="orders",
    summary="Yesterday's figures, the night's orders, what to pack and what to pick",
    options=OrdersOptions,
    run=run,
    needs=(Need(SHOP),),
)
