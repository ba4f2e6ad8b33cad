"""What comes in between while a shop is read or kept: pages that move, a server that fails, a file that is spoilt."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.testing import NOW
from jobs.connectors.http import BrokenError, SpentError
from jobs.kinds.shop import Order
from tests.shops import seeded
from tests.shops.woocommerce_fake import DATABASE_DOWN, MAINTENANCE, WooFake, of, serving
from tests.shops.woocommerce_opening import BACK, DAY, Night, nights, paid_order, whole
from tests.shops.woocommerce_rows import dated


@pytest.fixture
def fake() -> Iterator[WooFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


@pytest.fixture
def night(fake: WooFake, tmp_path: Path) -> Night:
    return nights(fake, tmp_path)


def test_a_row_that_a_new_order_pushes_to_the_next_page_comes_once(fake: WooFake, night: Night) -> None:
    row = fake.orders[paid_order(fake)]

    def arrive(_number: int) -> None:
        new = max(fake.orders) + 1
        fake.orders[new] = {**row, "id": new, "number": str(new), **dated(fake.zone, "created", fake.now)}

    fake.before = arrive
    numbers = [one.number for one in night(0).documents(BACK, NOW + DAY)]
    assert len(numbers) == len(set(numbers))


def test_a_row_that_a_deletion_pulls_to_a_page_already_read_is_not_lost(fake: WooFake, night: Night) -> None:
    wanted = {
        str(n)
        for n, r in fake.orders.items()
        if r["date_created_gmt"] > "2026-11-01" and r["status"] != "checkout-draft"
    }
    first = min(number for number, row in fake.orders.items() if row["date_created_gmt"] > "2026-11-01")

    def delete(number: int) -> None:
        if number == 2:
            del fake.orders[first]

    fake.before = delete
    found = {one.number for one in night(0).documents(datetime(2026, 11, 1, tzinfo=UTC), NOW)}
    assert wanted - {str(first)} <= found


def test_a_shop_that_pays_no_heed_to_what_changed_is_said_and_not_read_every_night(fake: WooFake, night: Night) -> None:
    whole(night(0))
    fake.heedless = True
    with pytest.raises(Exception, match=r"update WooCommerce to 5\.8"):
        whole(night(1))


def test_maintenance_leaves_what_is_kept_as_it_was(fake: WooFake, night: Night) -> None:
    first = whole(night(0))
    fake.faults = [MAINTENANCE]
    with pytest.raises(Exception, match="Maintenance"):
        whole(night(1))
    assert whole(night(1)) == first


def test_a_night_that_broke_off_in_the_middle_is_made_good_by_the_next(fake: WooFake, night: Night) -> None:
    shop = night(0, requests=3)
    with pytest.raises(SpentError):
        whole(shop)
    complete = {
        number
        for number, row in fake.orders.items()
        if row["date_created_gmt"] > f"{BACK:%Y-%m-%dT%H:%M:%S}" and row["status"] != "checkout-draft"
    }
    assert complete <= {int(number) for number in whole(night(0)) if "-" not in number}


def test_a_database_that_is_down_is_no_empty_shop(fake: WooFake, night: Night) -> None:
    fake.faults = [DATABASE_DOWN] * 9
    shop = night(0)
    shop._client.sleep = lambda _seconds: None
    with pytest.raises(BrokenError):
        list(shop.documents(BACK, NOW))


def test_names_and_addresses_of_what_is_done_are_not_kept_for_ever(fake: WooFake, night: Night, tmp_path: Path) -> None:
    done = next(
        n for n, row in fake.orders.items() if row["status"] == "completed" and row["date_created_gmt"] > "2026-11-10"
    )
    fake.orders[done]["shipping"] = {**fake.orders[done]["shipping"], "address_1": "7 Secret Lane"}
    fake.orders[done]["customer_note"] = "my gate code is 4417"
    fake.orders[done]["billing"] = {**fake.orders[done]["billing"], "email": "only.me@mail.example"}
    order = whole(night(0))[str(done)]
    assert isinstance(order, Order)
    assert order.address is not None
    kept = tmp_path / "own" / "woocommerce.db"
    assert b"Secret Lane" in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    order = whole(night(70))[str(done)]
    assert isinstance(order, Order)
    assert (order.address, order.note) == (None, "")
    assert b"Secret Lane" not in kept.read_bytes()
    assert b"4417" not in kept.read_bytes()
    assert b"only.me@" not in kept.read_bytes()


@pytest.mark.parametrize("spoilt", [b"", b"no database at all", b"in its middle"])
def test_whatever_happens_to_what_is_kept_it_is_read_anew(
    fake: WooFake, night: Night, tmp_path: Path, spoilt: bytes
) -> None:
    first = whole(night(0))
    kept = tmp_path / "own" / "woocommerce.db"
    bytes_ = kept.read_bytes()
    kept.write_bytes(spoilt if spoilt != b"in its middle" else bytes_[:20000] + b"\xff" * 9000 + bytes_[29000:])
    assert whole(night(0)) == first


def test_two_routines_at_one_time_share_what_is_kept(fake: WooFake, night: Night) -> None:
    one, other = night(0), night(0)
    reading = one.documents(BACK, NOW + DAY)
    first = next(reading)
    assert whole(other)
    found = {first.number, *(document.number for document in reading)}
    assert found == set(whole(night(0)))
