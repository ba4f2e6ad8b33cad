"""The demo shop as a seeded one, so that every fake can serve it: what the demo tells, in nobody's format.

The demo's returns belong to no order; in the other systems each belongs to one. They are given to orders that were sent
before, and neither their number nor their order is compared.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from daemon.testing import make_outlet
from jobs.connectors.shops.demo import DemoOptions, DemoShop
from jobs.kinds.shop import Line, Order, Product, Return, Status
from tests.shops.seeded import Bought, Buyer, Deal, GivenBack, Good, SeededShop

STATES = {
    Status.UNPAID: "unpaid", Status.OPEN: "paid", Status.HELD: "held", Status.SHIPPED: "sent",
    Status.CANCELLED: "cancelled",
}  # fmt: skip


def demo(folder: Path, now: datetime, seed: int = 1) -> DemoShop:
    """The demo shop as it is at a moment."""
    return DemoShop(DemoOptions(seed=seed), make_outlet(folder, now=now))


def seeded(shop: DemoShop, days: int, returns_from: datetime) -> SeededShop:
    """What the demo tells of its last days; of returns since a moment, before which something must have been sent."""
    now = shop.outlet.now
    found = list(shop.documents(now - timedelta(days=days), now + timedelta(seconds=1)))
    goods = {good.sku: good for good in (_good(n, one) for n, one in enumerate(shop.products() or (), 10))}
    orders = [one for one in found if isinstance(one, Order)]
    buyers = {name: n for n, name in enumerate(dict.fromkeys(one.customer for one in orders), 1)}
    deals = {n: _deal(n, one, buyers[one.customer], goods) for n, one in enumerate(orders, 5000)}
    returns = (one for one in found if isinstance(one, Return) and one.placed >= returns_from)
    for n, one in enumerate(returns):
        deal = _sent_before(deals, one.placed)
        lines = tuple(_bought(line, goods) for line in one.lines)
        back = GivenBack(90_000 + n, one.placed, lines, -sum((line.total for line in lines), Decimal(0)))
        deals[deal.id] = replace(deal, changed=max(deal.changed, one.placed), given_back=(back,))
    return SeededShop({good.id: good for good in goods.values()}, deals)


def _sent_before(deals: dict[int, Deal], when: datetime) -> Deal:
    fitting = (one for one in reversed(deals.values()) if one.sent and one.sent < when and not one.given_back)
    return next(fitting)


def _good(number: int, product: Product) -> Good:
    assert product.price is not None
    assert product.created is not None
    return Good(number, product.title, product.sku, product.price.amount, product.stock, created=product.created)


def _deal(number: int, order: Order, buyer: int, goods: dict[str, Good]) -> Deal:
    assert order.total is not None
    return Deal(
        number, order.placed, order.shipped or order.placed, STATES[order.status], order.total.currency,
        _buyer(order, buyer), tuple(_bought(line, goods) for line in order.lines), order.note, order.shipped,
        order.source, number=order.number,
    )  # fmt: skip


def _buyer(order: Order, number: int) -> Buyer:
    assert order.address is not None
    place = order.address
    first, _, last = place.name.partition(" ")
    return Buyer(number, first, last, f"{order.customer}@mail.example", place.street, place.postcode, place.city, place.country)  # fmt: skip


def _bought(line: Line, goods: dict[str, Good]) -> Bought:
    """A line, its prices with tax: the demo tells none apart. What is no longer on sale keeps its SKU."""
    good = goods.get(line.sku) or Good(
        99_000 + int(line.sku.rpartition("-")[2]), line.title, line.sku, Decimal(0), None
    )
    return Bought(good, line.title, line.quantity, line.total.amount, Decimal(0))
