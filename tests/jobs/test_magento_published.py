"""Every request that the connector makes, held against the document that Adobe publishes for 2.4.9."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.testing import NOW, make_outlet
from jobs.kinds.shop import Status
from tests.shops import seeded
from tests.shops.magento_fake import Heard, MagentoFake, of, serving
from tests.shops.magento_opening import opened
from tests.shops.magento_published import DOCUMENT, published

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="the published document is not here")
DAY = timedelta(days=1)


@pytest.fixture
def fake() -> Iterator[MagentoFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


def wrong(heard: list[Heard]) -> list[str]:
    assert heard
    return [said for one in heard for said in published().refusals(one)]


def test_every_request_of_two_nights_is_one_of_the_published_interface(fake: MagentoFake, tmp_path: Path) -> None:
    gone = next(number for number, row in fake.orders.items() if row["state"] == "processing")
    for night in range(2):
        fake.now = NOW + night * DAY
        shop = opened(fake, make_outlet(tmp_path, now=fake.now))
        list(shop.documents(NOW - 20 * DAY, fake.now))
        list(shop.open_orders() or ())
        list(shop.products() or ())
        assert shop.check() is None
        fake.orders.pop(gone, None)
        fake.salable = None
    assert wrong(fake.heard) == []
    asked = {one.path for one in fake.heard}
    assert {"/V1/orders", "/V1/creditmemos", "/V1/shipments", "/V1/products", "/V1/inventory/source-items"} <= asked


def test_every_write_is_one_of_the_published_interface(fake: MagentoFake, tmp_path: Path) -> None:
    number = str(next(n for n, row in fake.orders.items() if row["state"] == "processing"))
    shop = opened(fake, make_outlet(tmp_path, writes=True), writer=True, may_set=["complete"])
    list(shop.open_orders() or ())
    shop.note(number, "k", "text")
    shop.move(number, Status.OPEN, Status.SHIPPED)
    shop.track(number, "p", "DHL", "1")
    assert wrong(fake.heard) == []
    assert [path.split("/")[0] for path, _body in fake.writes] == ["orders", "order", "shipment"]


def test_a_wrong_request_is_caught(fake: MagentoFake, tmp_path: Path) -> None:
    number = str(next(n for n, row in fake.orders.items() if row["state"] == "processing"))
    shop = opened(fake, make_outlet(tmp_path, writes=True), writer=True)
    list(shop.open_orders() or ())
    shop.note(number, "k", "text")
    listed, written = fake.heard[0], next(one for one in fake.heard if one.method == "POST")
    assert wrong([listed, written]) == []
    size = "searchCriteria[pageSize]"
    assert wrong([replace(listed, query=((size, "many"),))])
    assert wrong([replace(listed, query=(("searchCriteria[page_size]", "1"),))])
    assert wrong([replace(listed, path="/V1/order")])
    assert wrong(
        [replace(written, body=written.body.replace(b'"is_visible_on_front": 0', b'"is_visible_on_front": "no"'))]
    )
    assert wrong([replace(written, body=written.body.replace(b'"comment"', b'"note"'))])
    assert wrong([replace(written, body=written.body.replace(b'"status":', b'"stand":'))])
