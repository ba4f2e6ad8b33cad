"""The demo shop: the same for ever, and with enough wrong in it to show what the night shift is for."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.testing import NOW, make_outlet
from jobs.connectors.shops.demo import DEMO, DemoOptions, DemoShop
from jobs.kinds.shop import Order, ShopSystem, Status
from jobs.testing import ShopContract

WEEK = timedelta(days=7)
REPOSITORY = Path(__file__).parents[2]
SAY = """
from pathlib import Path
from daemon.testing import NOW, make_outlet
from datetime import timedelta
from jobs.connectors.shops.demo import DemoOptions, DemoShop
shop = DemoShop(DemoOptions(), make_outlet(Path()))
print(ascii(list(shop.documents(NOW - timedelta(days=1), NOW))))
"""


def demo(now: datetime = NOW, seed: int = 1) -> ShopSystem:
    return DEMO.open(DemoOptions(seed=seed), make_outlet(Path(), now=now))


class TestTheDemoIsAShop(ShopContract):
    def shop(self, now: datetime) -> ShopSystem:
        return demo(now)


def test_another_process_with_another_hash_seed_sees_the_same_shop() -> None:
    here = DemoShop(DemoOptions(), make_outlet(Path()))
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(REPOSITORY)}
    there = subprocess.run([sys.executable, "-c", SAY], env=environment, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == ascii(list(here.documents(NOW - timedelta(days=1), NOW)))


def test_the_values_of_one_known_day_never_change() -> None:
    first = next(demo().documents(datetime(2026, 11, 18, 23, tzinfo=UTC), NOW))
    assert isinstance(first, Order)
    assert (first.number, first.placed, first.customer) == (
        "261119-001",
        datetime(2026, 11, 19, 3, 48, 20, tzinfo=UTC),
        "demo-610",
    )


def test_a_night_has_some_forty_orders_and_a_week_its_rhythm() -> None:
    orders = [d for d in demo().documents(NOW - 8 * WEEK, NOW) if isinstance(d, Order)]
    assert 30 <= len(orders) / 56 <= 60
    mondays, saturdays = (sum(o.placed.weekday() == day for o in orders) for day in (0, 5))
    assert mondays > saturdays


def test_there_is_history_for_two_years() -> None:
    shop = demo()
    assert list(shop.documents(NOW - timedelta(days=731), NOW - timedelta(days=730)))
    since = shop.coverage().since
    assert since is not None
    assert since < NOW - timedelta(days=731)


@pytest.mark.parametrize("status", [Status.OPEN, Status.UNPAID, Status.HELD])
def test_open_orders_of_every_sort_are_waiting(status: Status) -> None:
    assert any(order.status is status for order in demo().open_orders() or ())


def test_some_orders_have_an_incomplete_address_or_a_note() -> None:
    orders = list(demo().open_orders() or ())
    assert any(order.address and not order.address.street for order in orders)
    assert any(order.note for order in orders)


def test_products_are_out_low_oversold_and_new() -> None:
    products = list(demo().products() or ())
    stocks = [product.stock or 0 for product in products]
    assert len(products) == 120
    assert min(stocks) < 0
    assert 0 in stocks
    assert any(product.created and product.created > NOW - 2 * WEEK for product in products)
    assert any(not product.title.isascii() for product in products)


def test_another_seed_is_another_shop() -> None:
    assert list(demo(seed=2).documents(NOW - WEEK, NOW)) != list(demo().documents(NOW - WEEK, NOW))
