"""Version, keys and budget of Shopify: what changes in silence, runs out after a day, and is paid for in points."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.secrets import SecretText
from daemon.testing import NOW, make_outlet
from jobs.connectors.http import NoEntryError
from jobs.connectors.shops._shopify_asking import Asker
from jobs.connectors.shops._shopify_shop import ShopifyShop
from jobs.kinds.shop import Order
from tests.shops import seeded
from tests.shops.shopify_cost import bucket
from tests.shops.shopify_fake import ShopifyFake, of, serving
from tests.shops.shopify_opening import opened
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


# the version


def test_an_answer_of_another_version_is_not_read(fake: ShopifyFake, shop: ShopifyShop) -> None:
    """An expired version falls forward to a newer one in silence."""
    fake.version = "2027-01"
    with pytest.raises(OutsideError, match="answered in version 2027-01 of its interface instead of 2026-10") as wrong:
        orders(shop)
    assert wrong.value.permanent


# the keys


def test_an_app_is_let_in_with_a_token_of_a_day_that_is_asked_for_once(fake: ShopifyFake, tmp_path: Path) -> None:
    shop = opened(fake, make_outlet(tmp_path), **APP)
    assert orders(shop)
    assert len(fake.tokens) == 2


def test_the_token_is_renewed_before_its_day_is_over(fake: ShopifyFake, tmp_path: Path) -> None:
    shop = opened(fake, make_outlet(tmp_path), **APP)
    assert orders(shop)
    fake.bucket.sleep(24 * 3600 - 100)
    assert list(shop.products() or ())
    assert sorted(fake.tokens) == ["shpat_lasting", "shpua_1", "shpua_2"]


def test_a_token_that_is_taken_back_is_renewed_once(fake: ShopifyFake, tmp_path: Path) -> None:
    shop = opened(fake, make_outlet(tmp_path), **APP)
    assert orders(shop)
    fake.tokens["shpua_1"] = -1.0
    assert list(shop.products() or ())
    fake.lasts = -1.0
    fake.tokens.clear()
    with pytest.raises(NoEntryError):
        list(shop.products() or ())


def test_keys_and_tokens_show_nowhere(fake: ShopifyFake, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        shop = opened(fake, make_outlet(tmp_path), **APP)
        assert orders(shop)
        said = json.dumps({"errors": [{"message": "no such token shpua_1"}]}).encode()
        fake.faults = [(200, {"X-Shopify-Api-Version": "2026-10"}, said)]
        with pytest.raises(OutsideError) as wrong:
            list(shop.products() or ())
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"shpua_" not in kept
    for text in (caplog.text, str(wrong.value), repr(shop), repr(shop._door), repr(shop._asker)):
        assert "shpua_1" not in text
        assert "shpss_secret" not in text


# the budget


def test_a_throttled_shop_is_read_to_its_end_without_idling(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    truth = seeded.make(days=10, a_day=6)
    with serving(of(truth, NOW, bucket=bucket(40, 2))) as fake:
        shop = opened(fake, make_outlet(tmp_path))
        found = {one.number for one in shop.documents(BACK, NOW) if isinstance(one, Order)}
        assert list(shop.products() or ())
        ours = (len(fake.asked), fake.cost, fake.bucket.slept, fake.throttled)
    paying = {str(d.id) for d in truth.deals.values() if d.state != "basket" and any(x.total > 0 for x in d.lines)}
    assert found == {number for number in paying if truth.deals[int(number)].placed >= BACK}
    after_a_pause = [(price, held) for price, held in fake.paid if held < 40]
    assert after_a_pause
    least = (fake.cost - 40) / 2
    assert ours[2] <= least + 40 / 2
    with serving(of(truth, NOW, bucket=bucket(40, 2))) as other:
        naive = _naive(other, tmp_path / "naive")
    with capsys.disabled():
        print(f"\nthrottled (40, 2/s), at least {least:.0f} s: "
              f"ours {ours[0]} requests, cost {ours[1]:.0f}, {ours[2]:.0f} s, refused {ours[3]};"
              f" naive {naive[0]} requests, cost {naive[1]:.0f}, {naive[2]:.0f} s, refused {naive[3]}")  # fmt: skip
    assert ours[0] < naive[0]
    assert ours[2] <= naive[2]


class Naive(Asker):
    """Asks whatever it wants; refused, it waits ten seconds and asks again."""

    def _wait(self, wanted: float) -> None:
        pass

    def _affordable(self, operation: str) -> float:
        self.door.sleep(10)
        return 0.0


def _naive(fake: ShopifyFake, folder: Path) -> tuple[int, float, float, int]:
    """The same reading by a loop that knows no budget."""
    shop = opened(fake, make_outlet(folder))
    vars(shop)["_asker"] = Naive(shop._door, shop.name)
    list(shop.documents(BACK, NOW))
    list(shop.products() or ())
    return len(fake.asked), fake.cost, fake.bucket.slept, fake.throttled


def test_pages_grow_with_the_budget_and_never_cost_more_than_one_question_may(
    fake: ShopifyFake, shop: ShopifyShop
) -> None:
    orders(shop)
    assert list(shop.products() or ())
    sizes = [variables["first"] for name, variables in fake.asked if name in {"Orders", "Variants"}]
    assert max(sizes) > 5
    assert max(price for price, _held in fake.paid) <= 1000
    assert (fake.throttled, fake.too_dear) == (0, 0)


def test_a_page_that_costs_more_than_one_question_may_is_made_smaller(fake: ShopifyFake, shop: ShopifyShop) -> None:
    fake.dearest = 300
    assert len(orders(shop)) > 200
    assert 1 <= fake.too_dear <= 3


def test_a_budget_too_small_for_one_order_is_told_and_not_waited_for(tmp_path: Path) -> None:
    with serving(of(seeded.make(days=1), NOW, bucket=bucket(20, 2))) as fake:
        with pytest.raises(OutsideError, match="budget is too small for the smallest page of Orders"):
            orders(opened(fake, make_outlet(tmp_path)))
        assert fake.bucket.slept < 20


def test_429_is_waited_out_as_long_as_it_asks(fake: ShopifyFake, shop: ShopifyShop) -> None:
    fake.faults = [(429, {"Retry-After": "2.0"}, b'{"errors":"Exceeded 2 calls per second"}')]
    assert list(shop.products() or ())
    assert 2.0 <= fake.bucket.slept < 2.5


def test_a_refusal_without_any_word_of_the_budget_is_waited_out_too(fake: ShopifyFake, shop: ShopifyShop) -> None:
    said = json.dumps({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}).encode()
    fake.faults = [(200, {"X-Shopify-Api-Version": "2026-10"}, said)] * 2
    assert orders(shop)
    assert fake.bucket.slept >= 2
