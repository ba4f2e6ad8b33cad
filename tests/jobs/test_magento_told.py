"""What a Magento shop tells of its goods and of who pays where, where it is asked."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._magento_options import MagentoOptions
from jobs.connectors.shops._magento_shop import MagentoShop
from jobs.kinds.shop import Order, Supply
from tests.shops import seeded
from tests.shops.magento_fake import MagentoFake, of, serving
from tests.shops.magento_opening import opened

DECLARED = {"weights_in": "lbs", "tariff_in": "hs_code", "origin_in": "country_of_manufacture"}


@pytest.fixture
def fake() -> Iterator[MagentoFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


def supplies(shop: MagentoShop) -> dict[str, Supply | None]:
    return {one.sku: one.supply for one in shop.products() or ()}


def attributes(**values: object) -> list[dict[str, object]]:
    return [{"attribute_code": code, "value": value} for code, value in values.items()]


def test_nothing_is_told_of_goods_that_the_owner_did_not_ask_for(fake: MagentoFake, tmp_path: Path) -> None:
    assert set(supplies(opened(fake, make_outlet(tmp_path))).values()) == {None}


def test_weight_tariff_code_and_origin_come_with_the_products(fake: MagentoFake, tmp_path: Path) -> None:
    fake.products[10]["custom_attributes"] = attributes(hs_code=" 691200 ", country_of_manufacture="CN", url_key="x")
    fake.products[11]["custom_attributes"] = attributes(hs_code=["691200"], country_of_manufacture=None)
    told = supplies(opened(fake, make_outlet(tmp_path), **DECLARED))
    assert told["HP-0000"] == Supply(grams=159, tariff="691200", origin="CN")
    assert told["HP-0001"] == Supply(grams=159)


def test_once_the_owner_asks_for_more_all_products_are_read_again(fake: MagentoFake, tmp_path: Path) -> None:
    supplies(opened(fake, make_outlet(tmp_path)))
    assert supplies(opened(fake, make_outlet(tmp_path), weights_in="kg"))["HP-0000"] == Supply(grams=350)


def test_the_country_that_pays_is_told_beside_the_one_it_is_sent_to(fake: MagentoFake, tmp_path: Path) -> None:
    number = max(n for n, row in fake.orders.items() if row["state"] == "processing" and row["grand_total"])
    fake.orders[number]["billing_address"] = {**fake.orders[number]["billing_address"], "country_id": "CA"}
    shop = opened(fake, make_outlet(tmp_path))
    found = shop.documents(NOW - timedelta(days=20), NOW + timedelta(days=1))
    (order,) = [one for one in found if isinstance(one, Order) and one.number == str(number)]
    assert order.delivery is not None
    assert order.address is not None
    assert (order.delivery.billed_in, order.address.country) == ("CA", "US")


@pytest.mark.parametrize("wrong", [{"weights_in": "stone"}, {"tariff_in": "HS code"}, {"origin_in": "a,b"}])
def test_a_unit_or_attribute_that_can_be_none_is_refused_by_check(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        MagentoOptions.model_validate({"url": "https://shop.example", "access": "bearer", "token": "t", **wrong})
    assert {one["loc"][0] for one in refused.value.errors()} >= set(wrong)
