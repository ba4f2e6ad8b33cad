"""One test for each way in which WooCommerce's answers have misled others: orders and products as it writes them."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Money
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._rows import shared
from jobs.connectors.shops._woo_shop import WooShop
from jobs.kinds.shop import Status
from tests.shops import seeded
from tests.shops.woocommerce_fake import WooFake, of, serving
from tests.shops.woocommerce_opening import opened, orders, recent


@pytest.fixture
def fake() -> Iterator[WooFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


@pytest.fixture
def shop(fake: WooFake, tmp_path: Path) -> WooShop:
    return opened(fake, make_outlet(tmp_path))


# orders


def test_baskets_that_nobody_ordered_are_no_orders(fake: WooFake, shop: WooShop) -> None:
    drafts = {str(n) for n, row in fake.orders.items() if row["status"] == "checkout-draft"}
    assert drafts
    assert not drafts & set(orders(shop))


def test_currencies_stand_beside_each_other_and_are_never_added(fake: WooFake, shop: WooShop) -> None:
    totals = {order.total.currency for order in orders(shop).values() if order.total}
    assert totals == {"USD", "CAD"}


def test_the_repeated_hour_is_told_apart_by_gmt_alone(fake: WooFake, shop: WooShop) -> None:
    twins = [r for r in fake.orders.values() if r["date_created"] == "2026-11-01T01:30:00"]
    assert len(twins) == 2
    moments = {orders(shop)[str(row["id"])].placed for row in twins if row["status"] != "checkout-draft"}
    assert moments == {seeded.FOLD, seeded.FOLD + timedelta(hours=1)}


def test_a_line_of_a_deleted_product_keeps_its_title_and_has_no_sku(fake: WooFake, shop: WooShop) -> None:
    gone = next(n for n, row in fake.orders.items() for line in row["line_items"]
                if line["sku"] is None and float(line["total"]) and row["status"] != "checkout-draft" and row["date_created_gmt"] > "2026-11-02")  # fmt: skip
    assert any(line.sku == "" and line.title for line in orders(shop)[str(gone)].lines)


def test_markup_formulas_and_emoji_are_data(fake: WooFake, shop: WooShop) -> None:
    number = recent(fake)
    hostile = "<script>alert(1)</script>\r\n=HYPERLINK(1) \N{PARTY POPPER} "
    fake.orders[number]["customer_note"] = hostile
    fake.orders[number]["shipping"] = {
        **fake.orders[number]["shipping"],
        "first_name": "  🦄 ",
        "last_name": "<b>O'\"</b>",
    }
    order = orders(shop)[str(number)]
    assert order.note == hostile
    assert order.address is not None
    assert order.address.name == "🦄 <b>O'\"</b>"


def test_a_status_of_a_plug_in_is_unknown_until_the_owner_says_what_it_means(fake: WooFake, tmp_path: Path) -> None:
    fake.statuses.append("packed")
    number = recent(fake)
    fake.orders[number]["status"] = "packed"
    assert orders(opened(fake, make_outlet(tmp_path / "a")))[str(number)].status is Status.UNKNOWN
    told = opened(fake, make_outlet(tmp_path / "b"), statuses={"wc-packed": "open"})
    assert orders(told)[str(number)].status is Status.OPEN
    assert str(number) in {order.number for order in told.open_orders() or ()}


def test_a_cancelled_order_that_was_paid_is_still_owed(fake: WooFake, shop: WooShop) -> None:
    number = recent(fake, "cancelled")
    order = orders(shop)[str(number)]
    assert order.owed == order.total


def test_a_guest_is_known_by_mail_address_whatever_its_letters(fake: WooFake, shop: WooShop) -> None:
    one, two = sorted(fake.orders)[-2:]
    for number, email in ((one, "Me@Mail.example"), (two, " me@mail.EXAMPLE")):
        fake.orders[number] |= {"status": "processing", "customer_id": 0}
        fake.orders[number]["billing"] = {**fake.orders[number]["billing"], "email": email}
    found = orders(shop)
    assert found[str(one)].customer == found[str(two)].customer != ""
    assert "mail" not in found[str(one)].customer


@pytest.mark.parametrize(
    "changes",
    [{"currency": ""}, {"line_items": [{"quantity": 10**30, "total": "1"}]},
     {"line_items": [{"quantity": 3, "total": "1E-400"}]},
        {"total": "a lot"}, {"total": "NaN"}, {"currency": "dollars"}, {"line_items": "none"},
     {"line_items": [{"quantity": 0.5, "total": "1"}]}, {"billing": "nobody"}],
)  # fmt: skip
def test_an_order_nobody_can_read_is_named_and_the_others_go_on(
    fake: WooFake, shop: WooShop, changes: dict[str, object]
) -> None:
    number, others = recent(fake), len(orders(opened(fake, make_outlet(shop.outlet.folder / "x"))))
    fake.orders[number] |= changes
    assert len(orders(shop)) == others - 1
    assert [(bad.source, bad.line) for bad in shop.problems()] == [("main/orders", number)]


@given(st.integers(1, 40), st.decimals("0.01", "99999", places=2))
def test_a_price_that_does_not_divide_loses_no_cent(pieces: int, total: Decimal) -> None:
    for sign in (1, -1):
        pairs = list(shared(sign * pieces, sign * total))
        assert sum(some for some, _ in pairs) == sign * pieces
        assert sum(some * price for some, price in pairs) == sign * total
        assert all(price >= 0 for _, price in pairs)


def test_ten_euros_for_three_pieces_are_two_prices() -> None:
    assert list(shared(3, Decimal("10.00"))) == [(1, Decimal("3.34")), (2, Decimal("3.33"))]


# products


def test_pieces_that_a_variation_shares_with_its_parent_are_shown_as_they_are(shop: WooShop) -> None:
    listed = {product.title: product for product in shop.products() or ()}
    assert listed["Cup - Red"].stock == listed["Cup - Blue"].stock == 8
    assert "Cup" not in listed


def test_variations_without_a_number_of_their_own_are_told_apart(shop: WooShop) -> None:
    skus = {product.sku for product in shop.products() or ()}
    assert {"#51", "#52", "#30"} <= skus


def test_a_product_that_says_out_of_stock_without_counting_has_none(fake: WooFake, shop: WooShop) -> None:
    fake.products[10] |= {"manage_stock": False, "stock_quantity": None, "stock_status": "outofstock"}
    fake.products[11] |= {"manage_stock": False, "stock_quantity": None, "stock_status": "onbackorder"}
    stock = {product.sku: product.stock for product in shop.products() or ()}
    assert (stock["HP-0000"], stock["HP-0001"]) == (0, None)


def test_a_price_that_is_not_set_is_unknown_and_not_nothing(shop: WooShop) -> None:
    listed = {product.sku: product for product in shop.products() or ()}
    assert listed["GIFT"].price is None
    assert listed["COAT-S"].price == Money(Decimal("99.00"), "EUR")


def test_drafts_and_what_is_in_the_bin_are_not_for_sale(fake: WooFake, shop: WooShop) -> None:
    fake.products[10]["status"], fake.products[11]["status"] = "draft", "private"
    skus = {product.sku for product in shop.products() or ()}
    assert "HP-0000" not in skus
    assert "HP-0001" in skus
