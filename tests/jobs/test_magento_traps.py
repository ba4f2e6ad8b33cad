"""One test for each way in which Magento's lists and credentials have misled others, where no night shows it already."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.secrets import SecretText
from daemon.testing import NOW, make_outlet
from jobs.connectors.http import Client, NoEntryError, RefusedError, reading
from jobs.connectors.shops._magento_auth import Keys, header
from jobs.connectors.shops._magento_options import client
from jobs.connectors.shops._magento_pages import Listing
from jobs.connectors.shops._magento_shop import MagentoShop
from jobs.kinds.shop import Order
from tests.shops import seeded
from tests.shops.magento_fake import MagentoFake, of, serving
from tests.shops.magento_opening import opened

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


def plain(shop: MagentoShop) -> Client:
    return client(shop.options, shop.outlet)


def test_without_a_size_the_shop_sends_everything_so_every_list_names_one(fake: MagentoFake, shop: MagentoShop) -> None:
    everything = plain(shop).ask(reading("orders")).data
    assert len(everything["items"]) == everything["total_count"] > 200
    fake.heard.clear()
    orders(shop)
    list(shop.products() or ())
    sizes = [dict(one.query)["searchCriteria[pageSize]"] for one in fake.heard]
    assert set(sizes) <= {"1", "100"}


def test_the_last_page_comes_again_past_the_end_and_nobody_asks_for_it(fake: MagentoFake, shop: MagentoShop) -> None:
    past = (("searchCriteria[pageSize]", "100"), ("searchCriteria[currentPage]", "99"))
    assert plain(shop).ask(reading("orders", past)).data["items"]
    fake.heard.clear()
    rows = list(Listing(plain(shop), "orders", "entity_id").rows())
    assert len(rows) == len(fake.orders)
    assert len(fake.heard) == -(-len(fake.orders) // 100)


def test_a_list_whose_number_is_a_whole_page_is_not_asked_for_another(fake: MagentoFake, shop: MagentoShop) -> None:
    fake.orders = dict(list(fake.orders.items())[:200])
    assert len(list(Listing(plain(shop), "orders", "entity_id").rows())) == 200
    assert len(fake.heard) == 2


def test_rows_that_vanish_between_two_pages_hide_none(fake: MagentoFake, shop: MagentoShop) -> None:
    first = min(fake.orders)

    def vanish(n: int) -> None:
        if n == 2:
            del fake.orders[first]

    fake.before = vanish
    found = {row["entity_id"] for row in Listing(plain(shop), "orders", "entity_id").rows()}
    assert set(fake.orders) <= found


def test_a_shop_that_never_lists_what_it_counts_is_told(fake: MagentoFake, shop: MagentoShop) -> None:
    fake.orders = {n: {**row, "entity_id": 1} for n, row in fake.orders.items()}
    with pytest.raises(OutsideError, match="counts"):
        list(Listing(plain(shop), "orders", "entity_id").rows())


def test_lists_are_sorted_by_a_number_upwards_as_the_usual_order_is_down(fake: MagentoFake, shop: MagentoShop) -> None:
    orders(shop)
    for one in fake.heard:
        asked = dict(one.query)
        assert asked["searchCriteria[sortOrders][0][direction]"] == "ASC"
        assert asked["searchCriteria[sortOrders][0][field]"] == "entity_id"


def test_each_condition_is_a_group_of_its_own_as_those_of_one_group_are_alternatives(
    fake: MagentoFake, shop: MagentoShop
) -> None:
    list(shop.documents(NOW - timedelta(days=1), NOW))
    assert len(orders(shop)) > 200
    names = {name for one in fake.heard for name, _ in one.query}
    assert "searchCriteria[filterGroups][1][filters][0][field]" in names
    assert not [name for name in names if "[filters][1]" in name]


def test_an_empty_shop_is_empty(fake: MagentoFake, shop: MagentoShop) -> None:
    fake.orders, fake.memos, fake.shipments, fake.products = {}, {}, {}, {}
    assert orders(shop) == {}
    assert list(shop.products() or ()) == []
    assert shop.coverage().trails is None


# who asks


def test_a_token_alone_is_not_taken_unless_the_shop_allows_it(fake: MagentoFake, tmp_path: Path) -> None:
    with pytest.raises(NoEntryError):
        orders(opened(fake, make_outlet(tmp_path / "a"), access="bearer"))
    fake.door.bearer = True
    assert orders(opened(fake, make_outlet(tmp_path / "b"), access="bearer"))


def test_brackets_spaces_and_odd_secrets_are_signed_as_the_standard_says(fake: MagentoFake, shop: MagentoShop) -> None:
    """The fake reckons by itself; its token secret holds & and %."""
    assert orders(shop)
    assert any("[" in name and " " in value for one in fake.heard for name, value in one.query)
    assert len(fake.door.nonces) == len(fake.heard)


def test_a_signature_depends_on_all_it_should_and_holds_no_secret() -> None:
    keys, url = Keys("ck", "SECRET", "tok", "HIDDEN"), "https://a.example/rest/V1/orders?b[0]=2"
    one = header(keys, "GET", url, "1", "n")
    assert one != header(keys, "POST", url, "1", "n")
    assert one.split("oauth_signature=")[1] != header(keys, "GET", url + "1", "1", "n").split("oauth_signature=")[1]
    assert "SECRET" not in one
    assert "HIDDEN" not in one


def test_a_clock_that_is_ahead_is_refused(fake: MagentoFake, tmp_path: Path) -> None:
    ahead = make_outlet(tmp_path, now=NOW + timedelta(minutes=11))
    with pytest.raises(NoEntryError, match="timestamp"):
        list(opened(fake, ahead).documents(BACK, NOW))


def cloud(fake: MagentoFake, folder: Path) -> Client:
    shop = opened(fake, make_outlet(folder), access="saas", organisation="1@AdobeOrg", url=fake.url + "tenant/")
    assert shop.options.base == fake.url + "tenant/V1/"
    return client(shop.options, shop.outlet, ims=fake.url)


def test_the_cloud_service_is_entered_with_a_token_of_adobes_that_is_used_again(
    fake: MagentoFake, tmp_path: Path
) -> None:
    asking = cloud(fake, tmp_path)
    for _time in range(3):
        assert list(Listing(asking, "products", "id", key=lambda row: row["id"]).rows())
    assert len(fake.door.ims) == 1


def test_a_token_of_adobes_is_fetched_anew_before_it_ends(fake: MagentoFake, tmp_path: Path) -> None:
    fake.expires = 200
    asking = cloud(fake, tmp_path)
    for _time in range(3):
        list(Listing(asking, "products", "id", key=lambda row: row["id"]).rows())
    assert len(fake.door.ims) == 3


def test_wrong_keys_of_adobes_are_told(fake: MagentoFake, tmp_path: Path) -> None:
    shop = opened(fake, make_outlet(tmp_path), access="saas", organisation="1@AdobeOrg", secret=SecretText("no"))
    with pytest.raises(RefusedError, match="invalid_client"):
        client(shop.options, shop.outlet, ims=fake.url).ask(reading("orders"))


def test_no_secret_shows_anywhere(fake: MagentoFake, shop: MagentoShop) -> None:
    orders(shop)
    shown = repr(shop) + repr(shop._client) + repr(shop._orders)
    assert "at_read" not in shown
    assert "as&%" not in shown
