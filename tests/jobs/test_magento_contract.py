"""The suites that every shop passes, on a Magento over OAuth 1.0a."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import pytest

from daemon.api import Outlet
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._magento_shop import MagentoShop
from jobs.kinds.shop import ShopSystem, ShopWrites, Status
from jobs.testing import WritesContract
from jobs.testing_kinds import ShopWritesContract
from tests.shops import seeded
from tests.shops.magento_fake import of, serving
from tests.shops.magento_opening import opened
from tests.shops.seeded_contract import SeededContract

TRUTH = seeded.make()
OPEN = next(str(deal.id) for deal in TRUTH.deals.values() if deal.state == "paid")


class TestRead(SeededContract):
    truth = TRUTH

    @pytest.fixture(autouse=True)
    def _served(self, tmp_path: Path) -> Iterator[None]:
        self.folder = tmp_path
        with serving(of(TRUTH, NOW)) as self.fake:
            yield

    def shop(self, now: datetime) -> ShopSystem:
        self.fake.now = now
        return opened(self.fake, make_outlet(Path(mkdtemp(dir=self.folder)), now=now))


class TestWithWhatEarlierRunsKept(TestRead):
    """The same folder for every opening: from the second on, almost nothing is read from the shop."""

    def shop(self, now: datetime) -> ShopSystem:
        self.fake.now = now
        return opened(self.fake, make_outlet(self.folder, now=now))


class TestWrites(ShopWritesContract):
    order = OPEN

    @pytest.fixture(autouse=True)
    def _served(self) -> Iterator[None]:
        with serving(of(TRUTH, NOW)) as self.fake:
            yield
        assert not self.fake.mails

    def writable(self, folder: Path) -> ShopWrites:
        shop = opened(self.fake, make_outlet(folder, writes=True), writer=True, may_set=["complete"])
        list(shop.open_orders() or ())
        return shop


class TestTheRightToWrite(WritesContract[MagentoShop]):
    @pytest.fixture(autouse=True)
    def _served(self) -> Iterator[None]:
        with serving(of(TRUTH, NOW)) as self.fake:
            yield

    def opened(self, outlet: Outlet) -> MagentoShop:
        shop = opened(self.fake, outlet, writer=True, may_set=["complete"])
        list(shop.open_orders() or ())
        return shop

    def changes(self, system: MagentoShop) -> Sequence[Callable[[], object]]:
        return (
            lambda: system.note(OPEN, "k", "text"),
            lambda: system.track(OPEN, "p", "DHL", "1"),
            lambda: system.move(OPEN, Status.OPEN, Status.SHIPPED),
        )

    def outside(self, folder: Path) -> object:
        return list(self.fake.writes)
