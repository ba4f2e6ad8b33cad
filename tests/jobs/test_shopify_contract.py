"""The suites that every shop passes, on a Shopify that executes its published schema."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import pytest

from daemon.testing import NOW, make_outlet
from jobs.kinds.shop import ShopSystem
from tests.shops import seeded
from tests.shops.seeded_contract import SeededContract
from tests.shops.shopify_fake import of, serving
from tests.shops.shopify_opening import opened
from tests.shops.shopify_schema import needs_schema

TRUTH = seeded.make()


@needs_schema
class TestOverTheSchema(SeededContract):
    truth = TRUTH

    @pytest.fixture(autouse=True)
    def _served(self, tmp_path: Path) -> Iterator[None]:
        self.folder = tmp_path
        with serving(of(TRUTH, NOW)) as self.fake:
            yield

    def shop(self, now: datetime) -> ShopSystem:
        self.fake.now = now
        return opened(self.fake, make_outlet(Path(mkdtemp(dir=self.folder)), now=now))


@needs_schema
class TestWithWhatEarlierRunsKept(TestOverTheSchema):
    """The same folder for every opening: from the second on, almost nothing is read from the shop."""

    def shop(self, now: datetime) -> ShopSystem:
        self.fake.now = now
        return opened(self.fake, make_outlet(self.folder, now=now))
