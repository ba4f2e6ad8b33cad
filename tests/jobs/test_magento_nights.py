"""Night after night on one Magento: what is asked, what is noticed, and what is never asked twice."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.testing import NOW, make_outlet
from jobs.connectors.http import SpentError
from jobs.connectors.shops._magento_shop import MagentoShop
from jobs.kinds.shop import Document, Order, Return, Status
from tests.shops import seeded
from tests.shops.magento_fake import MagentoFake, of, serving
from tests.shops.magento_opening import opened
from tests.shops.magento_rows import stamp

DAY = timedelta(days=1)
BACK = NOW - 20 * DAY
QUIET = 7
"""Requests of a night without changes: orders, their number, memos, shipments; products, their number, pieces."""
Night = Callable[..., MagentoShop]


@pytest.fixture
def fake() -> Iterator[MagentoFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


@pytest.fixture
def night(fake: MagentoFake, tmp_path: Path) -> Night:
    """Return the shop as the run so many days after the first one opens it."""

    def open_it(days: float = 0, **options: object) -> MagentoShop:
        fake.now = NOW + days * DAY
        return opened(fake, make_outlet(tmp_path / "own", now=fake.now), **options)

    return open_it


def whole(shop: MagentoShop) -> dict[str, Document]:
    """Read everything that a night's jobs read."""
    shop.coverage()
    found = {one.number: one for one in shop.documents(BACK, shop.outlet.now + DAY)}
    list(shop.open_orders() or ())
    list(shop.products() or ())
    return found


def paid_order(fake: MagentoFake) -> int:
    rows = fake.orders.items()
    return next(n for n, row in rows if row["state"] == "processing" and row["created_at"] > "2026-11-10")


def test_a_night_without_changes_costs_seven_requests(fake: MagentoFake, night: Night) -> None:
    first = whole(night(0))
    for n in (1, 2):
        fake.heard.clear()
        assert whole(night(n)) == first
        assert len(fake.heard) == QUIET, fake.heard


def test_routines_that_follow_one_another_ask_once(fake: MagentoFake, night: Night) -> None:
    whole(night(0))
    whole(night(1))
    fake.heard.clear()
    shop = night(1 + 5 / 1440)
    whole(shop)
    assert not fake.heard
    assert shop.coverage().as_of == NOW + DAY


def test_what_was_shipped_by_day_is_seen_at_night_with_its_moment(fake: MagentoFake, night: Night) -> None:
    whole(night(0))
    number = paid_order(fake)
    fake.now = NOW + DAY / 2
    items = [item for item in fake.orders[number]["items"] if not item.get("parent_item_id")]
    fake._ship(number, {"items": [{"order_item_id": one["item_id"], "qty": one["qty_ordered"]} for one in items]})
    order = whole(night(1))[str(number)]
    assert isinstance(order, Order)
    assert (order.status, order.shipped) == (Status.SHIPPED, NOW + DAY / 2)
    fake.now = NOW + 1.5 * DAY
    fake.change(number, customer_note="seen again")
    again = whole(night(2))[str(number)]
    assert isinstance(again, Order)
    assert (again.note, again.shipped) == ("seen again", NOW + DAY / 2)


def test_a_change_that_was_committed_late_is_not_lost(fake: MagentoFake, night: Night) -> None:
    """Its moment lies before that of the last reading, which did not see it yet."""
    whole(night(0))
    fake.now = NOW - timedelta(minutes=9)
    number = paid_order(fake)
    fake.change(number, state="canceled", status="canceled")
    order = whole(night(1))[str(number)]
    assert isinstance(order, Order)
    assert order.status is Status.CANCELLED


def test_rows_from_before_the_question_are_passed_over(fake: MagentoFake, night: Night) -> None:
    """A shop whose cache answers with more than was asked for changes nothing that is known."""
    first = whole(night(0))
    fake.heedless = True
    fake.orders[paid_order(fake)] |= {"grand_total": 1.0, "state": "closed"}
    assert whole(night(1)) == first


def test_an_order_deleted_for_good_is_gone_the_next_night(fake: MagentoFake, night: Night) -> None:
    number = paid_order(fake)
    assert str(number) in whole(night(0))
    del fake.orders[number]
    shop = night(1)
    assert str(number) not in whole(shop)
    assert str(number) not in {order.number for order in shop.open_orders() or ()}


def test_a_deletion_hidden_by_another_order_is_found_within_a_week(fake: MagentoFake, night: Night) -> None:
    whole(night(0))
    number = paid_order(fake)
    gone = fake.orders.pop(number)
    fake.orders[99_999] = {**gone, "entity_id": 99_999, "increment_id": "99999"}
    assert str(number) in whole(night(1))
    found = whole(night(8))
    assert str(number) not in found
    assert "99999" in found


def test_a_waiting_order_older_than_all_that_was_read_is_open_until_it_is_gone(fake: MagentoFake, night: Night) -> None:
    number = paid_order(fake)
    old = stamp(NOW - 400 * DAY)
    fake.orders[number] |= {"created_at": old, "updated_at": old}
    assert str(number) in {order.number for order in night(0).open_orders() or ()}
    del fake.orders[number]
    assert str(number) not in {order.number for order in night(8).open_orders() or ()}


def test_a_credit_memo_is_a_return_of_the_night_it_was_made(fake: MagentoFake, night: Night) -> None:
    whole(night(0))
    number = paid_order(fake)
    fake.now = NOW + DAY / 2
    fake.memos[500_001] = {
        "entity_id": 500_001, "increment_id": "000000007", "order_id": number, "created_at": stamp(fake.now),
        "updated_at": stamp(fake.now), "grand_total": 5.5, "items": [], "adjustment_positive": 5.5,
        "comments": [{"comment": "scratched"}], "transaction_id": "tx-1",
    }  # fmt: skip
    back = whole(night(1))[f"{number}-R000000007"]
    assert isinstance(back, Return)
    assert (back.placed, back.order, back.reason) == (NOW + DAY / 2, str(number), "scratched")
    assert f"{back.lines[0].total.amount:.2f}" == "-5.50"
    assert back.owed is not None
    assert not back.owed.amount


def test_the_credit_memo_of_an_order_older_than_all_that_was_read_is_there_too(fake: MagentoFake, night: Night) -> None:
    number = paid_order(fake)
    old = stamp(NOW - 400 * DAY)
    fake.orders[number] |= {"created_at": old, "updated_at": old}
    fake.memos[500_001] = {
        "entity_id": 500_001, "increment_id": "7", "order_id": number, "created_at": stamp(NOW - DAY),
        "updated_at": stamp(NOW - DAY), "grand_total": 5, "items": [],
    }  # fmt: skip
    back = whole(night(0))[f"{number}-R7"]
    assert isinstance(back, Return)
    assert back.owed is None


def test_a_longer_look_back_reads_only_what_is_missing(fake: MagentoFake, night: Night) -> None:
    shop = night(0)
    list(shop.documents(NOW - DAY, NOW))
    fake.heard.clear()
    list(shop.documents(BACK, NOW))
    bounds = [value for one in fake.heard for name, value in one.query if name.endswith("[1][filters][0][value]")]
    assert set(bounds) == {stamp(NOW - DAY)}


def test_a_product_that_was_deleted_is_gone_the_next_night(fake: MagentoFake, night: Night) -> None:
    whole(night(0))
    del fake.products[10]
    assert "HP-0000" not in {product.sku for product in night(1).products() or ()}


def test_a_product_whose_deletion_another_one_hides_is_gone_within_a_week(fake: MagentoFake, night: Night) -> None:
    whole(night(0))
    fake.products[999] = {**fake.products.pop(10), "id": 999, "sku": "HIDDEN"}
    assert "HP-0000" in {product.sku for product in night(1).products() or ()}
    assert "HP-0000" not in {product.sku for product in night(8).products() or ()}


def test_pieces_are_read_anew_although_no_product_says_that_it_changed(fake: MagentoFake, night: Night) -> None:
    whole(night(0))
    assert fake.salable is not None
    next(row for row in fake.salable if row["sku"] == "COAT-S")["qty"] = 77
    assert {product.sku: product.stock for product in night(1).products() or ()}["COAT-S"] == 77


def test_name_and_address_of_finished_orders_are_forgotten(night: Night) -> None:
    whole(night(0))
    whole(night(70))
    orders = [one for one in whole(night(71)).values() if isinstance(one, Order)]
    done = [one for one in orders if one.status is Status.SHIPPED]
    assert done
    assert all(one.address is None and not one.note for one in done)
    assert any(one.address for one in orders if one.status is Status.OPEN)


def test_a_run_that_may_ask_no_more_stops_and_goes_on_the_next_time(fake: MagentoFake, night: Night) -> None:
    with pytest.raises(SpentError):
        whole(night(0, requests=5))
    assert len(fake.heard) == 5
    assert len(whole(night(0))) > 200


def test_times_are_utc_whatever_the_zone_of_shop_and_machine(fake: MagentoFake, night: Night) -> None:
    number = paid_order(fake)
    fake.orders[number]["created_at"] = "2026-11-15 23:30:00"
    assert whole(night(0))[str(number)].placed == datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
