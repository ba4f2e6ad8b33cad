"""Magento as a connector: what stands in the configuration; the shop behind it is imported when it is opened."""

from typing import Any

from daemon.api import Connector, Outlet, Text
from jobs.connectors.shops._magento_options import MagentoOptions
from jobs.kinds.shop import SHOP, ShopSystem


def _open(options: MagentoOptions, outlet: Outlet) -> ShopSystem:
    from jobs.connectors.shops._magento_shop import MagentoShop  # noqa: PLC0415 - memory that only a run with this shop needs

    return MagentoShop(options, outlet)


def _check(shop: Any) -> Text | None:
    found: Text | None = shop.check()
    return found


MAGENTO = Connector(
    "magento", SHOP, "A Magento 2 or Adobe Commerce shop over its REST interface", MagentoOptions, _open, _check
)
