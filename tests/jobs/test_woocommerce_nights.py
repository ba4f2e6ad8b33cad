"""Night after night on one shop: what is asked, what is noticed, and what is never asked twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.testing import NOW
from jobs.connectors.shops._woo_shop import WooShop
from jobs.kinds.shop import Order, Return, Status
from tests.shops import seeded
from tests.shops.woocommerce_fake import WooFake, of, serving
from tests.shops.woocommerce_opening import BACK, DAY, Night, nights, paid_order, whole
from tests.shops.woocommerce_rows import dated

TRUTH = seeded.make()


@pytest.fixture
def fake() -> Iterator[WooFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


@pytest.fixture
def night(fake: WooFake, tmp_path: Path) -> Night:
    return nights(fake, tmp_path)


def test_a_night_without_changes_costs_three_requests(fake: WooFake, night: Night) -> None:
    first = whole(night(0))
    fake.asked.clear()
    assert whole(night(1)) == first
    assert len(fake.asked) == 3, fake.asked
    fake.asked.clear()
    assert whole(night(2)) == first
    assert len(fake.asked) == 3


def test_routines_that_follow_one_another_ask_once(fake: WooFake, night: Night) -> None:
    whole(night(0))
    whole(night(1))
    fake.asked.clear()
    shop = night(1 + 5 / 1440)
    whole(shop)
    assert not fake.asked
    assert shop.coverage().as_of == NOW + DAY


def test_what_changed_by_day_is_seen_at_night(fake: WooFake, night: Night) -> None:
    whole(night(0))
    number = paid_order(fake)
    fake.now = NOW + DAY / 2
    fake.change(number, status="completed", date_completed_gmt="2026-11-20T16:00:00")
    order = whole(night(1))[str(number)]
    assert isinstance(order, Order)
    assert (order.status, order.shipped) == (Status.SHIPPED, datetime(2026, 11, 20, 16, tzinfo=UTC))


def test_a_change_in_the_very_second_of_the_last_reading_is_not_lost(fake: WooFake, night: Night) -> None:
    whole(night(0))
    fake.now = NOW
    fake.change(paid_order(fake), status="cancelled")
    number = next(
        n
        for n, row in fake.orders.items()
        if row["date_modified_gmt"] == f"{NOW:%Y-%m-%dT%H:%M:%S}" and row["status"] == "cancelled"
    )
    order = whole(night(1))[str(number)]
    assert isinstance(order, Order)
    assert order.status is Status.CANCELLED


def test_an_order_deleted_for_good_is_gone_the_next_night(fake: WooFake, night: Night) -> None:
    number = paid_order(fake)
    assert str(number) in whole(night(0))
    del fake.orders[number]
    shop = night(1)
    assert str(number) not in whole(shop)
    assert str(number) not in {order.number for order in shop.open_orders() or ()}


def test_an_order_in_the_bin_is_gone_the_next_night_and_back_when_it_is_taken_out(fake: WooFake, night: Night) -> None:
    number = paid_order(fake)
    whole(night(0))
    fake.orders[number]["status"] = "trash"
    assert str(number) not in whole(night(1))
    fake.change(number, status="processing")
    assert str(number) in whole(night(2))


def test_a_deletion_hidden_by_a_new_order_is_found_within_a_week(fake: WooFake, night: Night) -> None:
    whole(night(0))
    number = paid_order(fake)
    gone = fake.orders.pop(number)
    fake.orders[99_999] = {**gone, "id": 99_999, "number": "99999"}  # created and modified long ago, as no one would
    assert str(number) in whole(night(1))
    found = whole(night(8))
    assert str(number) not in found
    assert "99999" in found


def test_a_waiting_order_older_than_all_that_was_read_is_open(fake: WooFake, night: Night) -> None:
    number = paid_order(fake)
    fake.orders[number] |= dated(fake.zone, "created", NOW - 400 * DAY) | dated(fake.zone, "modified", NOW - 400 * DAY)
    open_then = {order.number for order in night(0).open_orders() or ()}
    assert str(number) in open_then
    fake.now = NOW + DAY / 2
    fake.change(number, status="completed")
    assert str(number) not in {order.number for order in night(1).open_orders() or ()}


def test_a_waiting_order_that_was_deleted_is_found_within_a_week(fake: WooFake, night: Night) -> None:
    number = paid_order(fake)
    fake.orders[number] |= dated(fake.zone, "created", NOW - 400 * DAY) | dated(fake.zone, "modified", NOW - 400 * DAY)
    list(night(0).open_orders() or ())
    del fake.orders[number]
    assert str(number) not in {order.number for order in night(8).open_orders() or ()}


def test_an_orders_note_is_no_change_and_costs_nothing(fake: WooFake, night: Night) -> None:
    whole(night(0))
    fake.notes[paid_order(fake)] = [{"id": 1, "note": "packed", "customer_note": False}]
    fake.asked.clear()
    whole(night(1))
    assert len(fake.asked) == 3


def _refund(fake: WooFake, number: int, when: datetime, back: int) -> None:
    amount = fake.orders[number]["total"]
    fake.now = when
    fake.refunds[back] = {
        "id": back, "parent_id": number, **dated(fake.zone, "created", when), "amount": amount, "line_items": [],
    }  # fmt: skip
    fake.change(number, status="refunded", refunds=[{"id": back, "reason": "", "total": f"-{amount}"}])


def test_a_refund_is_a_return_of_the_night_it_was_made(fake: WooFake, night: Night) -> None:
    whole(night(0))
    number = paid_order(fake)
    _refund(fake, number, NOW + DAY / 2, 500_001)
    back = whole(night(1))[f"{number}-R500001"]
    assert isinstance(back, Return)
    assert back.placed == NOW + DAY / 2
    assert f"{-back.lines[0].total.amount:.2f}" == fake.orders[number]["total"]


def test_the_refund_of_an_order_older_than_all_that_was_read_is_there_too(fake: WooFake, night: Night) -> None:
    number = paid_order(fake)
    fake.orders[number] |= dated(fake.zone, "created", NOW - 400 * DAY)
    _refund(fake, number, NOW - DAY, 500_001)
    found = whole(night(0))
    assert f"{number}-R500001" in found
    assert str(number) not in found


def test_many_refunds_of_a_day_are_listed_and_not_asked_for_one_by_one(fake: WooFake, night: Night) -> None:
    whole(night(0))
    waiting = [number for number, row in fake.orders.items() if row["status"] == "processing"][:6]
    for n, number in enumerate(waiting):
        _refund(fake, number, NOW + DAY / 2, 500_000 + n)
    fake.asked.clear()
    found = whole(night(1))
    assert all(f"{number}-R{500_000 + n}" in found for n, number in enumerate(waiting))
    assert len(fake.asked) == 4


def test_a_woocommerce_without_a_list_of_refunds_is_asked_order_by_order(fake: WooFake, night: Night) -> None:
    fake.old = True
    found = whole(night(0))
    given = [back for deal in TRUTH.deals.values() for back in deal.given_back if deal.placed >= BACK]
    assert sum(isinstance(one, Return) for one in found.values()) == len(given)


def test_a_refund_that_was_deleted_is_gone(fake: WooFake, night: Night) -> None:
    number = next(n for n, row in fake.orders.items() if row["refunds"] and row["date_created_gmt"] > "2026-11-05")
    name = f"{number}-R{fake.orders[number]['refunds'][0]['id']}"
    assert name in whole(night(0))
    fake.now = NOW + DAY / 2
    fake.change(number, refunds=[])
    assert name not in whole(night(1))


def test_a_variations_stock_is_seen_although_its_parent_says_instock(fake: WooFake, night: Night) -> None:
    def stock(shop: WooShop) -> dict[str, int | None]:
        return {product.sku: product.stock for product in shop.products() or ()}

    assert stock(night(0))["COAT-L"] == 10
    fake.now = NOW + DAY / 2
    fake.change_product(43, stock_quantity=0, stock_status="outofstock")
    assert fake.products[40]["stock_status"] == "instock"
    fake.asked.clear()
    assert stock(night(1))["COAT-L"] == 0
    assert len([one for one in fake.asked if "variations" in one]) == 1


def test_a_product_that_was_deleted_is_gone_within_a_week(fake: WooFake, night: Night) -> None:
    list(night(0).products() or ())
    del fake.products[10]
    assert "HP-0000" not in {product.sku for product in night(8).products() or ()}
    assert "HP-0001" in {product.sku for product in night(8).products() or ()}
