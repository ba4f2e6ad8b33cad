"""What was left at the till yesterday, as facts: how many checkouts, and what stood in them, by currency."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from daemon.api import Context
from jobs.kinds import facts
from jobs.kinds.shop import Checkout, ShopCheckouts, ShopSystem

_DAY = timedelta(days=1)


def report(ctx: Context, shop: ShopSystem, as_of: datetime) -> None:
    """Report yesterday's abandoned checkouts, where the shop tells of any; where it does not, nothing is known."""
    if not isinstance(shop, ShopCheckouts):
        return
    day = ctx.today - _DAY
    found = shop.abandoned(ctx.start_of(day), ctx.start_of(ctx.today))
    if found is None:
        return
    left = list(found)
    ctx.fact(facts.CHECKOUTS, day, len(left), as_of=as_of, source=shop.name)
    for currency, amount in _sums(left, ctx.shop.currency).items():
        which = {"currency": currency}
        ctx.fact(facts.CHECKOUTS_VALUE, day, amount, as_of=as_of, source=shop.name, unit=currency, dimensions=which)


def _sums(left: Sequence[Checkout], usual: str) -> dict[str, Decimal]:
    """Return what stood in checkouts by currency, zero of the usual one without any.

    Nothing where one of them does not tell, as the sum would be wrong.
    """
    sums = {} if left else {usual: Decimal(0)}
    for one in left:
        if one.value is None:
            return {}
        sums[one.value.currency] = sums.get(one.value.currency, Decimal(0)) + one.value.amount
    return sums
