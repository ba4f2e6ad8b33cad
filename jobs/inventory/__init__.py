"""The job `inventory`: what is out of stock, running low, oversold or lying dead."""

from datetime import timedelta

from pydantic import Field

from daemon.api import Context, Job, Need, Options, Text
from jobs.inventory import shelves
from jobs.inventory.shelves import Limits, Shelves
from jobs.inventory.telling import report, tell
from jobs.kinds.shop import SHOP, Coverage, Product, ShopSystem


class InventoryOptions(Options):
    """When stock counts as low and as dead."""

    low_days: int = Field(14, ge=1, le=365, description="Stock that lasts fewer days than this is low.")
    look_back_days: int = Field(
        28, ge=1, le=365, description="Over how many days it is measured how fast a product sells."
    )
    dead_days: int = Field(90, ge=7, le=730, description="Stock without a sale in so many days is dead.")


def run(ctx: Context, options: InventoryOptions) -> Text:
    """Look at every product and return what was found in one sentence."""
    shop = ctx.connection(SHOP)
    coverage = shop.coverage()
    listed = shop.products()
    products = None if listed is None else list(listed)
    if products is None or all(product.stock is None for product in products):
        ctx.checked(Text("{source} does not tell stock, so it was not looked at", {"source": shop.name}))
        return Text("stock not available from {source}", {"source": shop.name})
    found = _shelves(ctx, shop, coverage, options, products)
    report(ctx, shop.name, coverage.as_of, found)
    tell(ctx, found)
    numbers = {"out": len(found.out), "low": len(found.low), "dead": len(found.dead), "n": found.checked}
    return Text("{n} products looked at: {out} out of stock, {low} low, {dead} without sales", numbers)


def _shelves(
    ctx: Context, shop: ShopSystem, coverage: Coverage, options: InventoryOptions, products: list[Product]
) -> Shelves:
    today = ctx.start_of(ctx.today)
    paced, dead = (today - timedelta(days=days) for days in (options.look_back_days, options.dead_days))
    whole = min(paced, dead)
    known = coverage.silence_is_zero and coverage.as_of >= today and (coverage.since is None or coverage.since <= whole)
    limits = Limits(paced, dead, today, options.low_days, knows_silence=known)
    return shelves.sort(products, shelves.sales(shop.documents(whole, today), paced), limits)


INVENTORY = Job(
    name="inventory",
    summary="What is out of stock, running low, oversold or lying dead",
    options=InventoryOptions,
    run=run,
    needs=(Need(SHOP),),
)
