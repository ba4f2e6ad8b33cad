"""What Magento's orders, memos and products are read as, the misleading ones above all."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.api import Money
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._magento_shop import MagentoShop
from jobs.kinds.shop import Order, Return, Status
from tests.shops import seeded
from tests.shops.magento_fake import MagentoFake, of, serving
from tests.shops.magento_opening import opened
from tests.shops.magento_rows import stamp

BACK = NOW - timedelta(days=20)


@pytest.fixture
def fake() -> Iterator[MagentoFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


@pytest.fixture
def shop(fake: MagentoFake, tmp_path: Path) -> MagentoShop:
    return opened(fake, make_outlet(tmp_path))


def orders(shop: MagentoShop) -> dict[str, Order]:
    return {one.number: one for one in shop.documents(BACK, NOW + timedelta(days=1)) if isinstance(one, Order)}


def recent(fake: MagentoFake, state: str = "processing") -> int:
    return max(number for number, row in fake.orders.items() if row["state"] == state and row["grand_total"])


def stock(shop: MagentoShop) -> dict[str, int | None]:
    return {product.sku: product.stock for product in shop.products() or ()}


def test_a_configurable_product_is_sold_once_under_the_sku_that_was_chosen(
    fake: MagentoFake, shop: MagentoShop
) -> None:
    number, row = next(
        (n, r) for n, r in fake.orders.items()
        if any(item.get("parent_item_id") for item in r["items"]) and r["created_at"] > stamp(BACK)
    )  # fmt: skip
    sold = [item for item in row["items"] if not item.get("parent_item_id")]
    assert sum(line.quantity for line in orders(shop)[str(number)].lines) == sum(i["qty_ordered"] for i in sold)
    listed = stock(shop)
    assert "COAT" not in listed
    assert "COAT-S" in listed


def test_a_bundle_is_sold_once_though_its_parts_have_prices_too(fake: MagentoFake, shop: MagentoShop) -> None:
    number = recent(fake)
    whole = {"item_id": 1, "sku": "SET", "name": "Set", "qty_ordered": 1, "row_total": 9, "product_type": "bundle"}
    part = {"item_id": 2, "sku": "PART", "name": "Part", "qty_ordered": 3, "row_total": 9, "parent_item_id": 1}
    fake.orders[number]["items"] = [whole, part]
    assert [(line.sku, line.quantity) for line in orders(shop)[str(number)].lines] == [("SET", 1)]


def test_what_is_only_shown_under_a_product_that_is_off_is_not_for_sale(fake: MagentoFake, shop: MagentoShop) -> None:
    fake.products[40]["status"] = 2
    fake.products[10]["status"] = 2
    listed = stock(shop)
    assert not [sku for sku in listed if sku.startswith("COAT")]
    assert "HP-0000" not in listed
    assert "HP-0001" in listed


def test_stock_is_what_can_be_sold_and_not_what_lies_there(fake: MagentoFake, shop: MagentoShop) -> None:
    assert stock(shop)["COAT-L"] == 10
    assert not shop.problems()


def test_where_only_the_sources_are_told_they_are_summed_and_that_is_said(fake: MagentoFake, shop: MagentoShop) -> None:
    fake.salable = None
    assert fake.sources is not None
    fake.sources[-1]["status"] = 0
    listed = stock(shop)
    assert listed["COAT-L"] == 22
    assert listed["NO-52"] == 9, "a source where it is out of stock has none"
    assert "lies in the sources" in shop.problems()[0].reason.id


def test_where_no_pieces_are_told_stock_is_not_available_and_not_zero(fake: MagentoFake, shop: MagentoShop) -> None:
    fake.salable = fake.sources = None
    assert set(stock(shop).values()) == {None}
    assert "not available" in shop.problems()[0].reason.id


def test_amounts_are_those_of_the_order_and_no_float_is_left(fake: MagentoFake, shop: MagentoShop) -> None:
    number = recent(fake)
    line = {"item_id": 1, "sku": "A", "name": "A", "qty_ordered": 3, "row_total": 0.30000000000000004, "tax_amount": 0}
    fake.orders[number] |= {"items": [line], "grand_total": 8.2500000000000018}
    order = orders(shop)[str(number)]
    assert order.total is not None
    assert order.total.amount == Decimal("8.25")
    assert [(one.quantity, one.price.amount) for one in order.lines] == [(3, Decimal("0.10"))]
    assert order.total.currency in {"USD", "CAD"}


def test_an_order_shipped_to_the_last_piece_is_shipped_though_its_status_is_not(
    fake: MagentoFake, shop: MagentoShop
) -> None:
    number = recent(fake)
    for item in fake.orders[number]["items"]:
        item["qty_shipped"] = item["qty_ordered"]
    assert orders(shop)[str(number)].status is Status.SHIPPED
    assert str(number) not in {order.number for order in shop.open_orders() or ()}


def test_a_status_of_ones_own_means_its_state_until_the_owner_says_otherwise(fake: MagentoFake, tmp_path: Path) -> None:
    number = recent(fake)
    fake.orders[number]["status"] = "packing_stopped"
    assert orders(opened(fake, make_outlet(tmp_path / "a")))[str(number)].status is Status.OPEN
    told = opened(fake, make_outlet(tmp_path / "b"), statuses={"packing_stopped": "held"})
    assert orders(told)[str(number)].status is Status.HELD


def test_a_state_of_an_extension_is_unknown(fake: MagentoFake, shop: MagentoShop) -> None:
    number = recent(fake)
    fake.orders[number] |= {"state": "quarantine", "status": "quarantine"}
    assert orders(shop)[str(number)].status is Status.UNKNOWN


def test_a_cancelled_order_that_was_paid_is_still_owed(fake: MagentoFake, shop: MagentoShop) -> None:
    number = recent(fake, "canceled")
    fake.orders[number] |= {"total_refunded": 1.0}
    order = orders(shop)[str(number)]
    assert order.total is not None
    assert order.owed == Money(order.total.amount - 1, order.total.currency)


def test_a_memo_gives_a_chosen_variation_back_once(fake: MagentoFake, shop: MagentoShop) -> None:
    mine = {item["item_id"] for row in fake.orders.values() for item in row["items"] if not item.get("parent_item_id")}
    wanted = {
        f"{memo['order_id']}-R{memo['increment_id']}": sum(
            i["qty"] for i in memo["items"] if i["order_item_id"] in mine
        )
        for memo in fake.memos.values()
        if len(memo["items"]) > len({i["sku"] for i in memo["items"]}) and stamp(BACK) < memo["created_at"] < stamp(NOW)
    }
    backs = {one.number: one for one in shop.documents(BACK, NOW) if isinstance(one, Return)}
    assert wanted
    assert {number: -sum(line.quantity for line in backs[number].lines) for number in wanted} == wanted


@pytest.mark.parametrize("moment", ["yesterday", None])
def test_a_shipment_without_a_moment_is_named_and_the_night_goes_on(
    fake: MagentoFake, shop: MagentoShop, moment: str | None
) -> None:
    shipment = next(one for one in fake.shipments.values() if one["created_at"] > stamp(BACK))
    shipment["created_at"] = moment
    fake.heedless = True
    assert len(orders(shop)) > 200
    assert [(bad.source, bad.line) for bad in shop.problems()] == [("main/shipments", shipment["entity_id"])]


def test_a_memo_that_keeps_a_fee_gives_back_that_much_less(fake: MagentoFake, shop: MagentoShop) -> None:
    memo = next(one for one in fake.memos.values() if one["items"] and one["created_at"] > stamp(BACK))
    memo["adjustment_negative"] = 2.5
    backs = {one.number: one for one in shop.documents(BACK, NOW) if isinstance(one, Return)}
    back = backs[f"{memo['order_id']}-R{memo['increment_id']}"]
    total = sum((line.total.amount for line in back.lines), Decimal(0))
    assert f"{total:.2f}" == f"{2.5 - memo['grand_total']:.2f}"


@pytest.mark.parametrize(
    "changes",
    [
        {"order_currency_code": ""}, {"items": [{"item_id": 1, "qty_ordered": 10**30, "row_total": 1}]},
        {"grand_total": "a lot"}, {"grand_total": "NaN"}, {"order_currency_code": "dollars"}, {"items": "none"},
        {"items": [{"item_id": 1, "qty_ordered": 0.5, "row_total": 1}]}, {"created_at": "2026-11-19 yesterday"},
        {"extension_attributes": {"shipping_assignments": "none"}},
    ],
)  # fmt: skip
def test_an_order_nobody_can_read_is_named_and_the_others_go_on(
    fake: MagentoFake, shop: MagentoShop, changes: dict[str, object]
) -> None:
    number, others = recent(fake), len(orders(opened(fake, make_outlet(shop.outlet.folder / "x"))))
    fake.orders[number] |= changes
    assert len(orders(shop)) == others - 1
    assert [(bad.source, bad.line) for bad in shop.problems()] == [("main/orders", number)]
