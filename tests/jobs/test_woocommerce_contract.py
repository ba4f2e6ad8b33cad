"""The suites that every shop passes, on a WooCommerce over http (OAuth) and over https (Basic)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import pytest
import trustme

from daemon.api import Outlet
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._woo_shop import WooShop
from jobs.kinds.shop import ShopSystem, ShopWrites, Status
from jobs.testing import WritesContract
from jobs.testing_kinds import ShopWritesContract
from tests.shops import seeded
from tests.shops.seeded_contract import SeededContract
from tests.shops.woocommerce_fake import WooFake, of, serving
from tests.shops.woocommerce_opening import opened

TRUTH = seeded.make()
OPEN = next(str(deal.id) for deal in TRUTH.deals.values() if deal.state == "paid")


class TestOverHttp(SeededContract):
    truth = TRUTH

    @pytest.fixture(autouse=True)
    def _served(self, tmp_path: Path) -> Iterator[None]:
        self.folder = tmp_path
        with serving(of(TRUTH, NOW)) as self.fake:
            yield

    def shop(self, now: datetime) -> ShopSystem:
        self.fake.now = now
        return opened(self.fake, make_outlet(Path(mkdtemp(dir=self.folder)), now=now))


class TestWithWhatEarlierRunsKept(TestOverHttp):
    """The same folder for every opening: from the second on, almost nothing is read from the shop."""

    def shop(self, now: datetime) -> ShopSystem:
        self.fake.now = now
        return opened(self.fake, make_outlet(self.folder, now=now))


class TestOverHttps(TestOverHttp):
    @pytest.fixture(autouse=True)
    def _served(self, tmp_path: Path) -> Iterator[None]:
        self.folder = tmp_path
        authority = trustme.CA()
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        with serving(of(TRUTH, NOW), tmp_path / "server.pem") as self.fake:
            yield

    def shop(self, now: datetime) -> ShopSystem:
        folder = Path(mkdtemp(dir=self.folder))
        return opened(self.fake, make_outlet(folder, now=now), authority=str(self.folder / "authority.pem"))


class TestWrites(ShopWritesContract):
    order = OPEN

    @pytest.fixture(autouse=True)
    def _served(self) -> Iterator[None]:
        with serving(of(TRUTH, NOW)) as self.fake:
            yield
        assert not [mail for mail in self.fake.mails if "note" in mail]

    def writable(self, folder: Path) -> ShopWrites:
        shop = opened(self.fake, make_outlet(folder, writes=True), writer=True, may_set=["completed"])
        list(shop.open_orders() or ())
        return shop


class TestTheRightToWrite(WritesContract[WooShop]):
    @pytest.fixture(autouse=True)
    def _served(self) -> Iterator[None]:
        with serving(of(TRUTH, NOW)) as self.fake:
            yield

    def opened(self, outlet: Outlet) -> WooShop:
        shop = opened(self.fake, outlet, writer=True, may_set=["completed"])
        list(shop.open_orders() or ())
        return shop

    def changes(self, system: WooShop) -> Sequence[Callable[[], object]]:
        return (
            lambda: system.note(OPEN, "k", "text"),
            lambda: system.track(OPEN, "p", "DHL", "1"),
            lambda: system.move(OPEN, Status.OPEN, Status.SHIPPED),
        )

    def outside(self, folder: Path) -> object:
        return list(self.fake.writes)


def test_the_fake_is_a_shop_of_three_weeks() -> None:
    fake: WooFake = of(TRUTH, NOW)
    assert len(fake.orders) > 200
    assert len(fake.refunds) > 5
