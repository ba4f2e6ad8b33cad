"""What is kept of a Shopify shop: for whom, for how long, and that it may be lost at any time."""

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.testing import NOW, make_outlet
from jobs.kinds.shop import Document, Order
from tests.shops import seeded
from tests.shops.shopify_fake import ShopifyFake, of, serving
from tests.shops.shopify_opening import opened
from tests.shops.shopify_schema import needs_schema

pytestmark = needs_schema
BACK = NOW - timedelta(days=20)


@pytest.fixture
def fake() -> Iterator[ShopifyFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


def read(fake: ShopifyFake, folder: Path, **options: object) -> list[Document]:
    return list(opened(fake, make_outlet(folder), **options).documents(BACK, NOW))


def test_what_is_kept_is_for_the_services_user_alone(fake: ShopifyFake, tmp_path: Path) -> None:
    read(fake, tmp_path / "own")
    assert stat.S_IMODE((tmp_path / "own" / "shopify.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700


def test_the_routines_of_one_night_ask_the_shop_once(fake: ShopifyFake, tmp_path: Path) -> None:
    first = read(fake, tmp_path)
    fake.asked.clear()
    assert read(fake, tmp_path) == first
    assert [name for name, _variables in fake.asked] == ["Opening"]


def test_a_spoilt_file_is_begun_anew(fake: ShopifyFake, tmp_path: Path) -> None:
    first = read(fake, tmp_path)
    (tmp_path / "shopify.db").write_bytes(b"no database" * 1000)
    assert read(fake, tmp_path) == first


def test_what_was_kept_of_another_shop_is_not_taken_for_this_one(fake: ShopifyFake, tmp_path: Path) -> None:
    read(fake, tmp_path)
    with serving(of(seeded.make(2, days=2), NOW)) as other:
        found = read(other, tmp_path)
        assert {one.number for one in found if isinstance(one, Order)} <= {str(number) for number in other.orders}


def test_customers_of_finished_orders_are_forgotten_and_those_of_open_ones_kept(
    fake: ShopifyFake, tmp_path: Path
) -> None:
    read(fake, tmp_path)
    orders = [one for one in read(fake, tmp_path, personal=timedelta(days=2)) if isinstance(one, Order)]
    old = [one for one in orders if one.placed < NOW - timedelta(days=3)]
    named = {one.status.value for one in old if one.address is not None}
    assert named == {"open", "unpaid"}
    assert {one.status.value for one in old if one.address is None} == {"shipped", "cancelled"}
