"""How tests open a fake Shopify: as the configuration would, on the fake's own clock."""

from daemon.api import Outlet
from daemon.secrets import SecretText
from jobs.connectors.shops._shopify_shop import ShopifyShop
from jobs.connectors.shops.shopify import SHOPIFY
from tests.shops.shopify_fake import ShopifyFake


def opened(fake: ShopifyFake, outlet: Outlet, **options: object) -> ShopifyShop:
    """The shop of a fake; with a token that lasts where the options give no other keys."""
    keys: dict[str, object] = {} if "client_id" in options else {"token": SecretText("shpat_lasting")}
    shop = SHOPIFY.open(SHOPIFY.options.model_validate({"shop": fake.url, **keys, **options}), outlet)
    assert isinstance(shop, ShopifyShop)
    shop.sleep, shop.elapsed = fake.bucket.sleep, lambda: fake.bucket.clock
    return shop
