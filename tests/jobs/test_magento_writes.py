"""What is written into a Magento shop, what never is, and who hears of it: nobody."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops._magento_shop import MagentoShop
from jobs.kinds.shop import Status
from tests.shops import seeded
from tests.shops.magento_fake import MagentoFake, of, serving
from tests.shops.magento_opening import opened

BACK = NOW - timedelta(days=20)


@pytest.fixture
def fake() -> Iterator[MagentoFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


def recent(fake: MagentoFake, state: str = "processing") -> int:
    return max(number for number, row in fake.orders.items() if row["state"] == state and row["grand_total"])


def writer(fake: MagentoFake, folder: Path, **options: object) -> MagentoShop:
    shop = opened(fake, make_outlet(folder, writes=True), writer=True, **options)
    list(shop.open_orders() or ())
    return shop


def test_a_comment_is_hidden_plain_tells_nobody_and_leaves_the_status(fake: MagentoFake, tmp_path: Path) -> None:
    number = recent(fake)
    writer(fake, tmp_path).note(str(number), "k", "<b>held</b> & =1+1")
    ((path, body),) = fake.writes
    assert path == f"orders/{number}/comments"
    assert body["statusHistory"] == {
        "comment": "&lt;b&gt;held&lt;/b&gt; &amp; =1+1\n[nightclerk k]", "is_customer_notified": 0,
        "is_visible_on_front": 0, "parent_id": number, "status": "processing",
    }  # fmt: skip
    assert fake.orders[number]["status"] == "processing"
    assert not fake.mails


def test_a_comment_that_customers_see_is_not_taken_for_ours(fake: MagentoFake, tmp_path: Path) -> None:
    number = recent(fake)
    fake.comments[number] = [{"entity_id": 1, "comment": "hello\n[nightclerk k]", "is_visible_on_front": 1}]
    assert writer(fake, tmp_path).noted(str(number), "k") is None


def test_a_shipment_names_what_is_left_and_mails_nobody(fake: MagentoFake, tmp_path: Path) -> None:
    number = recent(fake)
    bundle = [
        {"item_id": 1, "sku": "B", "name": "B", "qty_ordered": 3, "qty_shipped": 1, "row_total": 9, "product_type": "bundle"},
        {"item_id": 2, "sku": "C", "name": "C", "qty_ordered": 3, "qty_shipped": 1, "row_total": 0, "parent_item_id": 1},
        {"item_id": 3, "sku": "D", "name": "D", "qty_ordered": 1, "qty_shipped": 0, "row_total": 1, "is_virtual": 1},
    ]  # fmt: skip
    fake.orders[number]["items"] = bundle
    shop = writer(fake, tmp_path, may_set=["complete"])
    assert shop.move(str(number), Status.OPEN, Status.SHIPPED) == "complete"
    assert fake.writes == [(f"order/{number}/ship", {"items": [{"order_item_id": 1, "qty": 2}], "notify": False})]
    assert not fake.mails


def test_a_tracking_number_goes_to_the_shipment_where_there_is_one(fake: MagentoFake, tmp_path: Path) -> None:
    number = recent(fake)
    shop = writer(fake, tmp_path, may_set=["complete"])
    shop.move(str(number), Status.OPEN, Status.SHIPPED)
    where = shop.track(str(number), "p/1", "DHL", "JJD 1")
    assert where.startswith("shipment/track/")
    assert shop.tracked(str(number), "p/1") == where
    assert shop.tracked(str(number), "p/10") is None
    assert not fake.comments


def test_nothing_is_shipped_unless_the_file_says_so(fake: MagentoFake, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"may_set: \[complete\]"):
        writer(fake, tmp_path).move(str(recent(fake)), Status.OPEN, Status.SHIPPED)
    assert not fake.writes


def test_a_refund_can_not_even_be_configured(fake: MagentoFake, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="complete"):
        writer(fake, tmp_path, may_set=["closed"])


def test_keys_that_may_only_read_say_so_and_nothing_was_done(fake: MagentoFake, tmp_path: Path) -> None:
    shop = opened(fake, make_outlet(tmp_path, writes=True))
    list(shop.open_orders() or ())
    with pytest.raises(OutsideError, match="authorized") as caught:
        shop.note(str(recent(fake)), "k", "text")
    assert caught.value.nothing_done
