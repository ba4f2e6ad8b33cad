"""Shopify as a connector: what stands in the configuration; the shop behind it is imported when it is opened."""

from typing import Any

from daemon.api import Connector, Outlet, Text
from jobs.connectors.shops._shopify_options import ShopifyOptions
from jobs.kinds.shop import SHOP, ShopSystem


def _open(options: ShopifyOptions, outlet: Outlet) -> ShopSystem:
    from jobs.connectors.shops._shopify_shop import ShopifyShop  # noqa: PLC0415 - memory that only a run with this shop needs

    return ShopifyShop(options, outlet)


def _check(shop: Any) -> Text | None:
    found: Text | None = shop.check()
    return found


SHOPIFY = Connector("shopify", SHOP, "A Shopify shop over its Admin interface", ShopifyOptions, _open, _check)
