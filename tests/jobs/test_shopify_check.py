"""What `nightclerk doctor` says of a Shopify shop that can't be read, and what an owner may write about one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from daemon.api import Text
from daemon.render.say import Voice, say
from daemon.secrets import SecretText
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._shopify_options import ShopifyOptions
from tests.shops import seeded
from tests.shops.shopify_fake import ShopifyFake, of, serving
from tests.shops.shopify_opening import opened
from tests.shops.shopify_schema import needs_schema

TOKEN = SecretText("shpat_lasting")


@pytest.fixture
def fake() -> Iterator[ShopifyFake]:
    with serving(of(seeded.make(days=1), NOW)) as served:
        yield served


def tried(fake: ShopifyFake, folder: Path, **options: object) -> str:
    """What is said; nothing is kept by it."""
    said = opened(fake, make_outlet(folder / "own"), **options).check()
    assert not (folder / "own").exists()
    return say(said, Voice("en", "", "Europe/Berlin")) if isinstance(said, Text) else ""


@needs_schema
def test_a_shop_that_can_be_read_is_well_and_was_asked_once(fake: ShopifyFake, tmp_path: Path) -> None:
    assert tried(fake, tmp_path) == ""
    assert len(fake.asked) == 1


@needs_schema
def test_a_right_that_is_missing_is_named(fake: ShopifyFake, tmp_path: Path) -> None:
    fake.rights = ("read_orders", "write_products")
    assert "give it read_inventory in Shopify" in tried(fake, tmp_path)


def test_a_token_that_the_shop_does_not_know(fake: ShopifyFake, tmp_path: Path) -> None:
    said = tried(fake, tmp_path, token=SecretText("shpat_wrong"))
    assert "took no keys (401" in said
    assert "shpat_wrong" not in said


def test_wrong_keys_of_an_app(fake: ShopifyFake, tmp_path: Path) -> None:
    said = tried(fake, tmp_path, client_id="app", client_secret=SecretText("shpss_wrong"))
    assert "check `client_id:` and `client_secret:`" in said
    assert "shpss_wrong" not in said


@pytest.mark.parametrize(
    ("status", "part"), [(402, "frozen or locked"), (423, "frozen or locked"), (404, "is no shop")]
)
def test_a_shop_that_is_closed_or_missing(fake: ShopifyFake, tmp_path: Path, status: int, part: str) -> None:
    fake.faults = [(status, {}, b'{"errors":"Unavailable Shop"}')]
    assert part in tried(fake, tmp_path)


@pytest.mark.parametrize("shop", ["my-shop", "my-shop.myshopify.com", "https://My-Shop.myshopify.com/"])
def test_a_shop_is_named_as_people_copy_it(shop: str) -> None:
    assert ShopifyOptions(shop=shop, token=TOKEN).base == "https://my-shop.myshopify.com/"


@pytest.mark.parametrize("shop", ["shop.example.com", "evil.com/.myshopify.com", "a.b.myshopify.com", ""])
def test_a_token_goes_to_shopify_only(shop: str) -> None:
    with pytest.raises(ValidationError, match="named as Shopify names it"):
        ShopifyOptions(shop=shop, token=TOKEN)


@pytest.mark.parametrize("keys", [
    {}, {"client_id": "a"}, {"client_secret": TOKEN}, {"client_id": "a", "client_secret": TOKEN, "token": TOKEN},
])  # fmt: skip
def test_there_is_one_way_in(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="either `client_id:` and `client_secret:`, or `token:`"):
        ShopifyOptions.model_validate({"shop": "a", **keys})
