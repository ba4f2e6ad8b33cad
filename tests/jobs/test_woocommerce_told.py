"""What a WooCommerce shop tells of its goods, of who pays where, and of a plug-in's shipping date, where it is asked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._weights import grams
from jobs.connectors.shops._woo_options import WooOptions
from jobs.connectors.shops._woo_shop import WooShop
from jobs.kinds.shop import Order, Status, Supply
from tests.shops import seeded
from tests.shops.woocommerce_fake import WooFake, of, serving
from tests.shops.woocommerce_opening import opened, orders, paid_order

DECLARED = {"weights_in": "kg", "tariff_in": "_hs_code", "origin_in": "_origin"}


@pytest.fixture
def fake() -> Iterator[WooFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


def supplies(shop: WooShop) -> dict[str, Supply | None]:
    return {one.sku: one.supply for one in shop.products() or ()}


def field(key: str, value: object) -> dict[str, object]:
    return {"id": 7, "key": key, "value": value}


def test_nothing_is_told_of_goods_that_the_owner_did_not_ask_for(fake: WooFake, tmp_path: Path) -> None:
    assert set(supplies(opened(fake, make_outlet(tmp_path))).values()) == {None}
    assert not [one for one in fake.asked if "weight" in one or ("products" in one and "meta_data" in one)]


def test_weight_tariff_code_and_origin_come_with_the_products(fake: WooFake, tmp_path: Path) -> None:
    fake.products[10]["meta_data"] = [field("_other", "x"), field("_hs_code", " 6912.00 "), field("_origin", "SE")]
    told = supplies(opened(fake, make_outlet(tmp_path), **DECLARED))
    assert told["HP-0000"] == Supply(grams=350, tariff="6912.00", origin="SE")
    assert told["HP-0001"] == Supply(grams=350)


def test_a_variation_says_what_it_says_and_its_parent_the_rest(fake: WooFake, tmp_path: Path) -> None:
    fake.products[40]["meta_data"] = [field("_hs_code", "620193"), field("_origin", "PT")]
    fake.products[41] |= {"weight": "1.2", "meta_data": [field("_origin", "IT")]}
    told = supplies(opened(fake, make_outlet(tmp_path), **DECLARED))
    assert told["COAT-S"] == Supply(grams=1200, tariff="620193", origin="IT")
    assert told["COAT-M"] == Supply(grams=350, tariff="620193", origin="PT")


@pytest.mark.parametrize("value", [{"nested": "6912"}, ["6912"], None, True, ""])
def test_a_custom_field_that_holds_no_text_is_none(fake: WooFake, tmp_path: Path, value: object) -> None:
    fake.products[10]["meta_data"] = ["odd", field("_hs_code", value)]
    assert supplies(opened(fake, make_outlet(tmp_path), **DECLARED))["HP-0000"] == Supply(grams=350)


def test_once_the_owner_asks_for_more_all_products_are_read_again(fake: WooFake, tmp_path: Path) -> None:
    supplies(opened(fake, make_outlet(tmp_path)))
    assert supplies(opened(fake, make_outlet(tmp_path), weights_in="g"))["HP-0000"] == Supply(grams=1)


@pytest.mark.parametrize(
    ("value", "unit", "wanted"),
    [
        ("0.35", "kg", 350), ("0.2", "g", 1), ("2", "lbs", 908), ("1", "oz", 29), ("0", "kg", None), ("-1", "kg", None),
        ("", "kg", None), (None, "kg", None), ("1", "", None), ("1", "stone", None), ("NaN", "kg", None),
        ("Infinity", "kg", None), ("1e99", "kg", None), ("=1+1", "kg", None),
    ],
)  # fmt: skip
def test_a_weight_is_never_less_than_it_is_and_nothing_is_no_weight(
    value: object, unit: str, wanted: int | None
) -> None:
    assert grams(value, unit) == wanted


def test_the_country_that_pays_is_told_beside_the_one_it_is_sent_to(fake: WooFake, tmp_path: Path) -> None:
    number = paid_order(fake)
    fake.orders[number]["billing"]["country"] = "CA"
    fake.orders[number]["shipping"] = {**fake.orders[number]["shipping"], "country": "US"}
    order = orders(opened(fake, make_outlet(tmp_path)))[str(number)]
    assert order.delivery is not None
    assert order.address is not None
    assert (order.delivery.billed_in, order.address.country) == ("CA", "US")
    assert order.risk is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-19", datetime(2026, 11, 18, 23, tzinfo=UTC)),
        ("2026-11-19 10:00:00", datetime(2026, 11, 19, 9, tzinfo=UTC)),
        ("2026-11-19T10:00:00Z", datetime(2026, 11, 19, 10, tzinfo=UTC)),
        ("1795082400", datetime(2026, 11, 19, 10, tzinfo=UTC)),
        (1795082400, datetime(2026, 11, 19, 10, tzinfo=UTC)),
        ("tomorrow", None),
        ("9" * 40, None),
        (["2026-11-19"], None),
    ],
)
def test_a_plug_ins_shipping_date_is_read_where_it_is_one(
    fake: WooFake, tmp_path: Path, value: object, moment: datetime | None
) -> None:
    order = with_date(fake, tmp_path, value, shipped_in="_sent_on")
    assert (order.shipped, order.status) == (moment, Status.OPEN)


def test_a_shipping_date_of_a_field_that_nobody_named_is_not_read(fake: WooFake, tmp_path: Path) -> None:
    assert with_date(fake, tmp_path, "2026-11-19").shipped is None


def with_date(fake: WooFake, folder: Path, value: object, **options: object) -> Order:
    number = paid_order(fake)
    fake.orders[number]["meta_data"] = [field("_sent_on", value)]
    return orders(opened(fake, make_outlet(folder), **options))[str(number)]


@pytest.mark.parametrize("wrong", [{"weights_in": "stone"}, {"tariff_in": "two words"}, {"shipped_in": "x" * 256}])
def test_a_unit_or_field_that_can_be_none_is_refused_by_check(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        WooOptions.model_validate({"url": "https://shop.example", "key": "k", "secret": "s", **wrong})
    assert {one["loc"][0] for one in refused.value.errors()} >= set(wrong)
