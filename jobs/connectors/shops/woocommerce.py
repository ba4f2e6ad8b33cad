"""WooCommerce as a connector: what stands in the configuration; the shop behind it is imported when it is opened."""

from typing import Any

from daemon.api import Connector, Outlet, Text
from jobs.connectors.shops._woo_options import WooOptions
from jobs.kinds.shop import SHOP, ShopSystem


def _open(options: WooOptions, outlet: Outlet) -> ShopSystem:
    from jobs.connectors.shops._woo_shop import WooShop  # noqa: PLC0415 - memory that only a run with this shop needs

    return WooShop(options, outlet)


def _check(shop: Any) -> Text | None:
    found: Text | None = shop.check()
    return found


WOOCOMMERCE = Connector("woocommerce", SHOP, "A WooCommerce shop over its REST interface", WooOptions, _open, _check)
