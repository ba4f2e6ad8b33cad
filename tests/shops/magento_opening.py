"""How tests open a fake Magento: as the configuration would."""

from daemon.api import Outlet
from daemon.secrets import SecretText
from jobs.connectors.shops._magento_shop import MagentoShop
from jobs.connectors.shops.magento import MAGENTO
from tests.shops.magento_fake import MagentoFake


def opened(fake: MagentoFake, outlet: Outlet, **options: object) -> MagentoShop:
    """Return the shop of a fake; `writer` among the options takes the integration that may write."""
    who = "both" if options.pop("writer", False) else "read"
    one = fake.door.keys[f"ck_{who}"]
    given = {
        "url": fake.url, "store": "default", "source": "extension_attributes.utm_source", "key": SecretText(f"ck_{who}"),
        "secret": SecretText(one.secret), "token": SecretText(one.token), "token_secret": SecretText(one.token_secret),
        **options,
    }  # fmt: skip
    shop = MAGENTO.open(MAGENTO.options.model_validate(given), outlet)
    assert isinstance(shop, MagentoShop)
    return shop
