"""How tests open a fake WooCommerce, as the configuration would, and what they read from it night after night."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from daemon.api import Outlet
from daemon.secrets import SecretText
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._woo_shop import WooShop
from jobs.connectors.shops.woocommerce import WOOCOMMERCE
from jobs.kinds.shop import Document, Order
from tests.shops.woocommerce_fake import WooFake

DAY = timedelta(days=1)
BACK = NOW - 20 * DAY
"""From when on the nights read documents."""
Night = Callable[..., WooShop]


def opened(fake: WooFake, outlet: Outlet, **options: object) -> WooShop:
    """Return the shop of a fake; `writer` among the options takes the key that may write."""
    who = "both" if options.pop("writer", False) else "read"
    given = {"url": fake.url, "key": SecretText(f"ck_{who}"), "secret": SecretText(f"cs_{who}"), **options}
    shop = WOOCOMMERCE.open(WOOCOMMERCE.options.model_validate(given), outlet)
    assert isinstance(shop, WooShop)
    return shop


def nights(fake: WooFake, folder: Path) -> Night:
    """Return what opens the shop as the run so many days after the first one does."""

    def open_it(days: float = 0, **options: object) -> WooShop:
        fake.now = NOW + days * DAY
        return opened(fake, make_outlet(folder / "own", now=fake.now), **options)

    return open_it


def whole(shop: WooShop) -> dict[str, Document]:
    """Read everything that a night's jobs read."""
    shop.coverage()
    found = {one.number: one for one in shop.documents(BACK, shop.outlet.now + DAY)}
    list(shop.open_orders() or ())
    list(shop.products() or ())
    return found


def paid_order(fake: WooFake) -> int:
    """Return the number of a young order that is paid and waits."""
    return next(
        number
        for number, row in fake.orders.items()
        if row["status"] == "processing" and row["date_created_gmt"] > "2026-11-10"
    )


def orders(shop: WooShop) -> dict[str, Order]:
    """Return the orders of the last twenty days by number."""
    return {one.number: one for one in shop.documents(BACK, NOW + DAY) if isinstance(one, Order)}


def recent(fake: WooFake, status: str = "processing") -> int:
    """Return the number of the newest order of a status that sold something."""
    return max(number for number, row in fake.orders.items() if row["status"] == status and row["total"] != "0.00")
