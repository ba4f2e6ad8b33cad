"""One test for each way in which Shopify's interface has misled others."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.api import Money, OutsideError
from daemon.secrets import SecretText
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._shopify_shop import ShopifyShop
from jobs.kinds.shop import Order, Return, Status
from tests.shops import seeded
from tests.shops.shopify_fake import RIGHTS, ShopifyFake, fulfilment_order, of, serving
from tests.shops.shopify_opening import opened
from tests.shops.shopify_rows import bag, dated, line, listed, refund
from tests.shops.shopify_schema import needs_schema

pytestmark = needs_schema
BACK = NOW - timedelta(days=20)
APP = {"client_id": "app", "client_secret": SecretText("shpss_secret")}
NIGHT = timedelta(days=1)


@pytest.fixture
def fake() -> Iterator[ShopifyFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


@pytest.fixture
def shop(fake: ShopifyFake, tmp_path: Path) -> ShopifyShop:
    return opened(fake, make_outlet(tmp_path))


def orders(shop: ShopifyShop) -> dict[str, Order]:
    return {one.number: one for one in shop.documents(BACK, NOW + NIGHT) if isinstance(one, Order)}


def recent(fake: ShopifyFake, status: str = "UNFULFILLED") -> int:
    return max(
        number for number, row in fake.orders.items()
        if (row["displayFulfillmentStatus"], row["displayFinancialStatus"]) == (status, "PAID")
        and row["totalPriceSet"]["presentmentMoney"]["amount"] != "0.00"
    )  # fmt: skip


def later(fake: ShopifyFake, folder: Path, nights: int = 1) -> ShopifyShop:
    """The same shop so many nights later, with what was kept."""
    fake.now = NOW + nights * NIGHT
    return opened(fake, make_outlet(folder, now=fake.now))


# asking


def test_moments_are_quoted(fake: ShopifyFake, shop: ShopifyShop, tmp_path: Path) -> None:
    """Unquoted, the colons of a moment end the filter, and everything is found."""
    orders(shop)
    orders(later(fake, tmp_path))
    queries = [variables["query"] for _name, variables in fake.asked if "_at:" in variables.get("query", "")]
    assert {one.partition(":")[0] for one in queries} == {"created_at", "updated_at"}
    assert all(term.partition("'")[2].endswith("'") for one in queries for term in one.split() if "_at:" in term)


def test_a_filter_that_finds_everything_changes_no_answer(fake: ShopifyFake, tmp_path: Path) -> None:
    first, until = NOW - timedelta(days=3), NOW - timedelta(days=1)
    heard = list(opened(fake, make_outlet(tmp_path / "a")).documents(first, until))
    fake.deaf = True
    deaf = opened(fake, make_outlet(tmp_path / "b"))
    assert list(deaf.documents(first, until)) == heard
    earlier = list(deaf._mirror.orders(BACK, first - timedelta(seconds=1)))
    assert all(row["updated"] >= dated(first) for row in earlier)


def test_a_filter_that_the_shop_says_it_passed_over_is_an_error(fake: ShopifyFake, shop: ShopifyShop) -> None:
    said = {"data": {}, "extensions": {"search": [{"path": ["orders"], "warnings": [{"field": "created"}]}]}}
    ok: dict[str, object] = {"data": {"currentAppInstallation": {"accessScopes": []}}}
    heads = {"X-Shopify-Api-Version": "2026-10"}
    fake.faults = [(200, heads, json.dumps(one).encode()) for one in (ok, said)]
    with pytest.raises(OutsideError, match="passed over a filter of Orders"):
        orders(shop)


def test_a_field_the_app_may_not_read_is_told_and_not_taken_for_empty(fake: ShopifyFake, shop: ShopifyShop) -> None:
    denied = {"message": "Access denied for orders field.", "extensions": {"code": "ACCESS_DENIED"}}
    said = json.dumps({"data": {"orders": None}, "errors": [denied]}).encode()
    fake.faults = [(200, {"X-Shopify-Api-Version": "2026-10"}, said)]
    with pytest.raises(OutsideError, match="give it the right in Shopify") as wrong:
        orders(shop)
    assert wrong.value.permanent


# sixty days


def test_without_the_right_to_all_orders_the_source_is_known_for_sixty_days(
    fake: ShopifyFake, shop: ShopifyShop
) -> None:
    fake.rights = tuple(one for one in RIGHTS if one != "read_all_orders")
    orders(shop)
    assert shop.coverage().since == NOW - timedelta(days=60)


def test_with_it_the_source_is_known_from_the_beginning(shop: ShopifyShop) -> None:
    orders(shop)
    assert shop.coverage().since is None


def test_orders_that_pass_out_of_sight_are_not_taken_for_deleted(fake: ShopifyFake, tmp_path: Path) -> None:
    fake.rights = tuple(one for one in RIGHTS if one != "read_all_orders")
    before = orders(opened(fake, make_outlet(tmp_path)))
    shop = later(fake, tmp_path, 50)
    assert before.keys() == orders(shop).keys()
    assert shop.coverage().since == BACK
    assert len(fake._visible()) < len(fake.orders)


# changes


def test_a_night_without_changes_costs_three_requests(fake: ShopifyFake, shop: ShopifyShop, tmp_path: Path) -> None:
    orders(shop)
    orders(later(fake, tmp_path))
    fake.asked.clear()
    assert orders(later(fake, tmp_path, 2))
    assert [name for name, _variables in fake.asked] == ["Opening", "Orders", "OrdersCount"]


def test_an_order_that_was_deleted_is_forgotten(fake: ShopifyFake, shop: ShopifyShop, tmp_path: Path) -> None:
    gone = recent(fake)
    assert str(gone) in orders(shop)
    del fake.orders[gone]
    assert str(gone) not in orders(later(fake, tmp_path))


def test_an_order_that_changes_while_the_list_is_read_comes_once(fake: ShopifyFake, shop: ShopifyShop) -> None:
    """Sorted by id its place stays; sorted by its change it would come again, and another not at all."""
    changed = recent(fake)
    fake.before = lambda name: fake.change(changed, note="later") if name == "Orders" else None
    found = [one.number for one in shop.documents(BACK, NOW + NIGHT) if isinstance(one, Order)]
    assert found.count(str(changed)) == 1
    assert len(found) == len(set(found)) > 200


def test_an_order_sent_meanwhile_waits_no_more(fake: ShopifyFake, shop: ShopifyShop, tmp_path: Path) -> None:
    number = recent(fake)
    assert str(number) in {one.number for one in shop.open_orders() or ()}
    fake.now = NOW + timedelta(hours=5)
    sent = [{"createdAt": dated(fake.now), "status": "SUCCESS"}]
    fake.change(number, displayFulfillmentStatus="FULFILLED", fulfillments=sent)
    again = later(fake, tmp_path)
    assert str(number) not in {one.number for one in again.open_orders() or ()}
    assert orders(again)[str(number)].shipped == NOW + timedelta(hours=5)


# what orders are


def test_an_order_with_more_lines_than_a_page_holds_has_them_all(fake: ShopifyFake, shop: ShopifyShop) -> None:
    number = recent(fake)
    bought = seeded.Bought(None, "Nail", 1, Decimal("0.10"), Decimal(0))
    fake.orders[number] |= {"lineItems": listed([line(n, bought, "USD") for n in range(333)])}
    assert sum(one.quantity for one in orders(shop)[str(number)].lines) == 333


def test_a_trial_order_is_no_order(fake: ShopifyFake, shop: ShopifyShop, tmp_path: Path) -> None:
    number = recent(fake)
    fake.orders[number] |= {"test": True}
    assert str(number) not in orders(shop)
    fake.asked.clear()
    orders(later(fake, tmp_path))
    assert "OrderIds" not in [name for name, _variables in fake.asked]


def test_prices_are_in_the_customers_currency_after_every_discount(fake: ShopifyFake, shop: ShopifyShop) -> None:
    number = recent(fake)
    bought = seeded.Bought(None, "Mug", 3, Decimal("10.00"), Decimal("1.90"))
    fake.orders[number] |= {"presentmentCurrencyCode": "CAD", "lineItems": listed([line(1, bought, "CAD")])}
    sold = orders(shop)[str(number)]
    assert sum(one.total.amount for one in sold.lines) == Decimal("11.90")
    assert {one.price.currency for one in sold.lines} == {"CAD"}


def test_taxes_that_the_price_holds_are_not_added_again(fake: ShopifyFake, shop: ShopifyShop) -> None:
    number = recent(fake)
    bought = seeded.Bought(None, "Mug", 1, Decimal("11.90"), Decimal("1.90"))
    fake.orders[number] |= {"taxesIncluded": True, "lineItems": listed([line(1, bought, "USD")])}
    assert [one.price.amount for one in orders(shop)[str(number)].lines] == [Decimal("11.90")]


def test_shipping_that_is_paid_back_is_a_line_of_the_return(fake: ShopifyFake, shop: ShopifyShop) -> None:
    number = recent(fake)
    bought = seeded.Bought(None, "Mug", -1, Decimal("-10.00"), Decimal(0))
    back = refund(seeded.GivenBack(7, NOW - timedelta(hours=1), (bought,), Decimal("14.95")), "USD")
    fake.orders[number] |= {"refunds": [back]}
    found = next(one for one in shop.documents(BACK, NOW) if isinstance(one, Return) and one.order == str(number))
    assert [(one.title, one.quantity, one.total.amount) for one in found.lines] == [
        ("Mug", -1, Decimal("-10.00")),
        ("", -1, Decimal("-4.95")),
    ]
    assert found.owed == Money(Decimal(0), "USD")


def test_a_refund_of_an_order_older_than_the_window_is_a_return_of_its_day(fake: ShopifyFake, tmp_path: Path) -> None:
    number = min(fake.orders)
    back = refund(seeded.GivenBack(7, NOW - timedelta(hours=1), (), Decimal("3.00")), "USD")
    fake.orders[number] |= {"refunds": [back], "updatedAt": dated(NOW - timedelta(hours=1))}
    found = list(opened(fake, make_outlet(tmp_path)).documents(NOW - NIGHT, NOW))
    assert [one.number for one in found if isinstance(one, Return) and one.order == str(number)] == [f"{number}-R7"]
    assert str(number) not in {one.number for one in found}


def test_what_is_owed_of_a_cancelled_order_is_what_was_paid_and_not_given_back(
    fake: ShopifyFake, shop: ShopifyShop
) -> None:
    number = recent(fake)
    fake.orders[number] |= {"cancelledAt": dated(NOW), "netPaymentSet": bag(Decimal("12.50"), "USD")}
    assert orders(shop)[str(number)].owed == Money(Decimal("12.50"), "USD")


def test_a_payment_that_the_shop_does_not_tell_is_unknown(fake: ShopifyFake, shop: ShopifyShop) -> None:
    number = recent(fake)
    fake.orders[number] |= {"displayFinancialStatus": None}
    assert orders(shop)[str(number)].status is Status.UNKNOWN
    assert str(number) not in {one.number for one in shop.open_orders() or ()}


def test_fulfilment_orders_say_by_when_from_where_and_what_is_held(fake: ShopifyFake, tmp_path: Path) -> None:
    number, row = recent(fake), fake.orders[recent(fake)]
    fake.rights = (*RIGHTS, "write_merchant_managed_fulfillment_orders")
    fake.fulfilment_orders = [
        fulfilment_order(row, within=timedelta(days=9)),
        fulfilment_order(row),
        fulfilment_order(row, status="CLOSED", within=timedelta(0)),
    ]
    waiting = {one.number: one for one in opened(fake, make_outlet(tmp_path / "a")).open_orders() or ()}
    order = waiting[str(number)]
    assert order.ship_by == order.placed + timedelta(days=2)
    assert {one.supply.warehouse for one in order.lines if one.supply} == {"Providence"}
    fake.fulfilment_orders = [fulfilment_order(row, status="ON_HOLD")]
    waiting = {one.number: one for one in opened(fake, make_outlet(tmp_path / "b")).open_orders() or ()}
    assert waiting[str(number)].status is Status.HELD


def test_stock_that_nobody_counts_is_not_known(fake: ShopifyFake, shop: ShopifyShop) -> None:
    fake.variants[0] |= {
        "sku": "LAMP",
        "inventoryQuantity": 0,
        "inventoryItem": fake.variants[0]["inventoryItem"] | {"tracked": False},
    }
    fake.variants[1] |= {
        "sku": "SHADE",
        "inventoryQuantity": -2,
        "inventoryItem": fake.variants[1]["inventoryItem"] | {"tracked": True},
    }
    fake.variants[2]["product"]["status"] = "DRAFT"
    found = {one.sku: one.stock for one in shop.products() or ()}
    assert (found["LAMP"], found["SHADE"]) == (None, -2)
    assert len(found) == len(fake.variants) - 1
