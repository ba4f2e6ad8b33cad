"""The same shop behind Magento and behind WooCommerce is one shop to whoever reads it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.testing import NOW, make_outlet
from jobs.kinds.shop import Document, Line, Order, Return, ShopSystem
from tests.shops import magento_fake, seeded, woocommerce_fake
from tests.shops.magento_opening import opened as magento
from tests.shops.woocommerce_opening import opened as woocommerce

TRUTH = seeded.make()


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[ShopSystem, ShopSystem]]:
    with (
        magento_fake.serving(magento_fake.of(TRUTH, NOW)) as one,
        woocommerce_fake.serving(woocommerce_fake.of(TRUTH, NOW)) as other,
    ):
        yield magento(one, make_outlet(tmp_path / "one")), woocommerce(other, make_outlet(tmp_path / "other"))


def alike(document: Document) -> Document:
    """Leave out what one of the two can't hold: products without a SKU, postage by name, pages of the admin."""
    if isinstance(document, Order):
        lines = tuple(map(_unnamed, document.lines))
        return replace(document, lines=lines, delivery=None, carrier="", link="")
    if isinstance(document, Return):
        priced = (line for line in document.lines if line.total.amount)
        return replace(document, lines=tuple(map(_unnamed, priced)), reason="")
    return document


def _unnamed(line: Line) -> Line:
    return replace(line, sku=line.sku if line.sku.startswith(("HP-", "COAT-")) else "")


def test_orders_and_returns_are_the_same_to_the_cent_and_second(both: tuple[ShopSystem, ShopSystem]) -> None:
    first, until = NOW - timedelta(days=20), NOW
    one, other = (
        sorted((alike(found) for found in shop.documents(first, until)), key=lambda d: (d.placed, d.number))
        for shop in both
    )
    assert len(one) > 200
    assert one == other


def test_the_open_orders_are_the_same(both: tuple[ShopSystem, ShopSystem]) -> None:
    one, other = (sorted(order.number for order in shop.open_orders() or ()) for shop in both)
    assert one == other


def test_the_stock_of_what_has_a_number_of_its_own_is_the_same(both: tuple[ShopSystem, ShopSystem]) -> None:
    one, other = (
        {p.sku: p.stock for p in shop.products() or () if p.sku.startswith(("HP-", "COAT-", "GIFT"))} for shop in both
    )
    assert one == other
