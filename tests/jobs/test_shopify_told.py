"""What Shopify tells of fraud, of who pays where, and of the goods for a customs declaration."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._shopify_shop import ShopifyShop
from jobs.connectors.shops._shopify_told import risks
from jobs.kinds.shop import Danger, Order, Risk, Supply
from tests.shops import seeded
from tests.shops.shopify_fake import ShopifyFake, of, serving
from tests.shops.shopify_opening import opened
from tests.shops.shopify_rows import Row, assessed
from tests.shops.shopify_schema import needs_schema

pytestmark = needs_schema


@pytest.fixture
def fake() -> Iterator[ShopifyFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


@pytest.fixture
def shop(fake: ShopifyFake, tmp_path: Path) -> ShopifyShop:
    return opened(fake, make_outlet(tmp_path))


def waiting(shop: ShopifyShop) -> dict[str, Order]:
    return {one.number: one for one in shop.open_orders() or ()}


def open_number(fake: ShopifyFake) -> int:
    """Return the number of an order that is paid, waits, and holds something that costs anything."""
    deals = seeded.make().deals.values()
    paid = {one.id for one in deals if one.state == "paid" and any(line.total > 0 for line in one.lines)}
    return max(paid & fake.orders.keys())


def test_an_order_that_the_shop_finds_dangerous_is_told_with_what_speaks_against_it(
    fake: ShopifyFake, shop: ShopifyShop
) -> None:
    number = open_number(fake)
    against = "Card was used \x1b[31mon <b>two</b> names"
    fake.orders[number]["risk"] = assessed(
        "HIGH", (against, "NEGATIVE"), ("Address was used before", "POSITIVE"), (against, "NEGATIVE")
    )
    found = waiting(shop)
    assert found[str(number)].risk == Risk(Danger.HIGH, (against,))
    assert {one.risk for one in found.values()} == {None, Risk(Danger.HIGH, (against,))}


def test_a_judgement_that_comes_later_is_seen_though_the_order_did_not_change(
    fake: ShopifyFake, shop: ShopifyShop, tmp_path: Path
) -> None:
    number = open_number(fake)
    fake.orders[number]["risk"] = assessed("PENDING")
    assert waiting(shop)[str(number)].risk is None
    fake.orders[number]["risk"] = assessed("MEDIUM", ("Proxy", "NEGATIVE"))
    again = opened(fake, make_outlet(tmp_path, now=NOW + timedelta(days=1)))
    assert waiting(again)[str(number)].risk == Risk(Danger.MEDIUM, ("Proxy",))


def test_the_worst_of_several_judgements_counts_and_what_is_none_does_not() -> None:
    both: Row = {
        "assessments": [*assessed("LOW", ("fine", "NEUTRAL"))["assessments"], *assessed("HIGH")["assessments"]]
    }
    nodes: list[Row] = [
        {"id": "1", "risk": both}, {"id": "2", "risk": assessed("NONE")}, {"id": "3", "risk": assessed("PENDING")},
        {"id": "4", "risk": None}, {"id": "5"}, {"id": "6", "risk": {"assessments": [None, {"riskLevel": ["HIGH"]}]}},
        {"id": None, "risk": assessed("HIGH")}, {"id": "7", "risk": assessed("LOW")},
    ]  # fmt: skip
    assert risks(nodes) == {"1": Risk(Danger.HIGH), "7": Risk(Danger.LOW)}


def test_a_variants_inventory_item_tells_weight_tariff_code_and_origin(fake: ShopifyFake, shop: ShopifyShop) -> None:
    fake.variants[0] |= {"sku": "LAMP", "inventoryItem": item(0.5, "POUNDS", "691200", "CN")}
    fake.variants[1] |= {"sku": "BARE", "inventoryItem": item(0, "GRAMS", None, None)}
    fake.variants[2] |= {"sku": "ODD", "inventoryItem": item(None, None, None, "JP")}
    listed = {one.sku: one.supply for one in shop.products() or ()}
    assert listed["LAMP"] == Supply(grams=227, tariff="691200", origin="CN")
    assert (listed["BARE"], listed["ODD"]) == (None, Supply(origin="JP"))


def item(value: float | None, unit: str | None, tariff: str | None, origin: str | None) -> Row:
    weight = {"value": value, "unit": unit} if unit else None
    return {
        "tracked": False, "harmonizedSystemCode": tariff, "countryCodeOfOrigin": origin,
        "measurement": {"weight": weight},
    }  # fmt: skip


def test_the_country_that_pays_is_told_beside_the_one_it_is_sent_to(fake: ShopifyFake, shop: ShopifyShop) -> None:
    number = open_number(fake)
    fake.orders[number]["billingAddress"] = {"countryCodeV2": "CA"}
    order = waiting(shop)[str(number)]
    assert order.delivery is not None
    assert order.address is not None
    assert (order.delivery.billed_in, order.address.country) == ("CA", "US")
