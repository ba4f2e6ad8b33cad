"""What the checks of a run go by: the owner's options, the stock, and what an order of this shop is usually worth."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from daemon.api import Context, Money, NightclerkError
from jobs.kinds import facts
from jobs.kinds.shop import Product
from jobs.orders import fraud
from jobs.orders.checks import Rules
from jobs.orders.handling import LineOptions

_LOOKED_BACK = timedelta(days=56)
_ENOUGH = 30
"""Orders from which on a shop has a usual one."""


def rules(ctx: Context, options: LineOptions, products: Iterable[Product]) -> Rules:
    """Return what the checks go by; raise NightclerkError where exports are to wait and nobody knows what is one."""
    if options.customs and not ctx.shop.country:
        raise NightclerkError("orders can't be checked for customs: write where the shop is, as `country:` under shop:")
    stock = {product.sku: product.stock for product in products if product.stock is not None}
    needs = options.declare if options.customs else ()
    worth = usual(ctx) if options.risk.times_usual else None
    return Rules(stock, options.stock, ctx.shop.country, needs, fraud.limits(options.risk, worth))


def usual(ctx: Context) -> Money | None:
    """Return what an order of the last eight weeks was worth on average, in the shop's currency; None of too few.

    A day whose orders were counted and whose worth was not is left out.
    """
    known = ctx.night.facts([facts.ORDERS.name, facts.GROSS.name], ctx.today - _LOOKED_BACK, ctx.today)
    counts = {(one.source, one.day): Decimal(str(one.value)) for one in known if one.name == facts.ORDERS.name}
    worth = {(one.source, one.day): Decimal(str(one.value)) for one in known if one.name == facts.GROSS.name}
    both = counts.keys() & worth.keys()
    number = sum((counts[day] for day in both), Decimal(0))
    if number < _ENOUGH:
        return None
    return Money(sum((worth[day] for day in both), Decimal(0)) / number, ctx.shop.currency)
