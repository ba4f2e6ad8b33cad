"""One test for each way in which asking WooCommerce or writing to it has misled others, where no night shows it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from daemon.api import OutsideError
from daemon.testing import NOW, make_outlet
from jobs.connectors.http import NoEntryError
from jobs.connectors.shops._woo_auth import Keys, oauth_address
from jobs.connectors.shops._woo_shop import WooShop
from jobs.kinds.shop import Return, Status
from tests.shops import seeded
from tests.shops.woocommerce_fake import WooFake, of, serving
from tests.shops.woocommerce_opening import BACK, opened, orders, recent
from tests.shops.woocommerce_rows import dated


@pytest.fixture
def fake() -> Iterator[WooFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


@pytest.fixture
def shop(fake: WooFake, tmp_path: Path) -> WooShop:
    return opened(fake, make_outlet(tmp_path))


def questions(fake: WooFake, path: str) -> list[dict[str, str]]:
    return [dict(parse_qsl(urlsplit(one).query)) for one in fake.asked if urlsplit(one.split()[1]).path.endswith(path)]


# asking


def test_moments_are_asked_for_in_gmt_without_a_zone(fake: WooFake, shop: WooShop) -> None:
    orders(shop)
    asked = [one for one in questions(fake, "/orders") if "after" in one]
    assert asked
    assert all(one["dates_are_gmt"] == "true" for one in asked)
    assert all(datetime.fromisoformat(one["after"]).tzinfo is None and "T" in one["after"] for one in asked)


def test_lists_are_asked_for_by_id_and_lines_whole(fake: WooFake, shop: WooShop) -> None:
    orders(shop)
    asked = [one for one in questions(fake, "/orders") if one["per_page"] == "100"]
    assert all((one["orderby"], one["order"]) == ("id", "asc") for one in asked)
    assert all("line_items" in one["_fields"].split(",") for one in asked)


def test_no_parameter_holds_a_bracket_as_that_breaks_the_signature(fake: WooFake, shop: WooShop) -> None:
    orders(shop)
    list(shop.open_orders() or ())
    assert not [one for one in fake.asked if "%5B" in one or "[" in one]


def test_the_order_at_the_very_first_second_of_a_window_is_in_it(fake: WooFake, shop: WooShop) -> None:
    number = recent(fake)
    fake.orders[number] |= dated(fake.zone, "created", BACK)
    assert str(number) in orders(shop)


def test_a_window_that_is_widened_loses_no_order_at_the_seam(fake: WooFake, tmp_path: Path) -> None:
    seam = NOW - timedelta(days=5)
    numbers = sorted(fake.orders)[-3:]
    for number, seconds in zip(numbers, (-1, 0, 1), strict=True):
        fake.orders[number] |= {"status": "processing"} | dated(fake.zone, "created", seam + timedelta(seconds=seconds))
    list(opened(fake, make_outlet(tmp_path)).documents(seam, NOW))
    assert {str(number) for number in numbers} <= set(orders(opened(fake, make_outlet(tmp_path))))


def test_a_long_history_is_read_in_slices_that_leave_no_gap(fake: WooFake, tmp_path: Path) -> None:
    for n, number in enumerate(sorted(fake.orders)):
        fake.orders[number] |= {"status": "processing"} | dated(fake.zone, "created", NOW - n * timedelta(days=1))
    shop = opened(fake, make_outlet(tmp_path))
    documents = shop.documents(NOW - timedelta(days=700), NOW + timedelta(days=1))
    found = [one.number for one in documents if not isinstance(one, Return)]
    assert sorted(found) == sorted(str(number) for number in fake.orders)


# signatures


def test_a_signature_is_the_one_of_the_standards_own_reckoning() -> None:
    """Held against the fake's steps in every test over http; here that it depends on all it should."""
    keys = Keys("ck", "cs")
    one = oauth_address(keys, "GET", "http://a.example/x?b=2&a=%20é", "1", "n")
    assert one != oauth_address(keys, "PUT", "http://a.example/x?b=2&a=%20é", "1", "n")
    assert (
        one.split("oauth_signature=")[1]
        != oauth_address(keys, "GET", "http://a.example/x?b=3&a=%20é", "1", "n").split("oauth_signature=")[1]
    )
    assert "cs" not in one.replace("consumer", "")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_a_quarter_of_an_hour_off_is_refused(fake: WooFake, tmp_path: Path, minutes: int) -> None:
    fake.now = NOW + timedelta(minutes=minutes)
    with pytest.raises(NoEntryError, match="timestamp"):
        orders(opened(fake, make_outlet(tmp_path)))


def test_every_request_has_a_nonce_of_its_own(fake: WooFake, shop: WooShop) -> None:
    orders(shop)
    assert len(fake.door.nonces) == len(fake.asked)


# writing


def writer(fake: WooFake, folder: Path, **options: object) -> WooShop:
    shop = opened(fake, make_outlet(folder, writes=True), writer=True, **options)
    list(shop.open_orders() or ())
    return shop


def test_a_note_is_private_plain_and_mails_nobody(fake: WooFake, tmp_path: Path) -> None:
    number = recent(fake)
    writer(fake, tmp_path).note(str(number), "k", "<b>held</b> & =1+1")
    ((method, path, body),) = fake.writes
    assert (method, path) == ("POST", f"orders/{number}/notes")
    assert body == {"note": "&lt;b&gt;held&lt;/b&gt; &amp; =1+1\n[nightclerk k]", "customer_note": False}
    assert not fake.mails


def test_a_note_of_a_customer_with_our_mark_is_not_taken_for_ours(fake: WooFake, tmp_path: Path) -> None:
    number = recent(fake)
    fake.notes[number] = [{"id": 1, "note": "hello\n[nightclerk k]", "customer_note": True}]
    assert writer(fake, tmp_path).noted(str(number), "k") is None


def test_a_note_with_a_key_that_only_ends_alike_is_another(fake: WooFake, tmp_path: Path) -> None:
    shop, number = writer(fake, tmp_path), str(recent(fake))
    shop.note(number, "held/11", "text")
    assert shop.noted(number, "eld/11") is None
    assert shop.noted(number, "xeld/11") is None
    assert shop.noted(number, "held/11")


def test_a_status_that_is_not_in_the_file_is_not_set(fake: WooFake, tmp_path: Path) -> None:
    shop = writer(fake, tmp_path, may_set=["on-hold"])
    with pytest.raises(OutsideError, match=r"may_set: \[completed\]"):
        shop.move(str(recent(fake)), Status.OPEN, Status.SHIPPED)
    assert not fake.writes


def test_a_status_is_set_alone_and_never_in_a_batch(fake: WooFake, tmp_path: Path) -> None:
    number = recent(fake)
    writer(fake, tmp_path, may_set=["completed"]).move(str(number), Status.OPEN, Status.SHIPPED)
    assert fake.writes == [("PUT", f"orders/{number}", {"status": "completed"})]
    assert len(fake.mails) == 1


def test_the_trap_of_the_batch_is_real(fake: WooFake) -> None:
    number = recent(fake)
    fake._put(fake.orders[number], {"status": "shipped"}, single=False)
    assert fake.orders[number]["status"] == "pending"


def test_a_refund_can_not_even_be_configured(fake: WooFake, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="refund"):
        writer(fake, tmp_path, may_set=["wc-refunded"])


def test_a_key_that_may_only_read_says_so_and_nothing_was_done(fake: WooFake, tmp_path: Path) -> None:
    shop = opened(fake, make_outlet(tmp_path, writes=True))
    list(shop.open_orders() or ())
    with pytest.raises(OutsideError, match="write permissions") as caught:
        shop.note(str(recent(fake)), "k", "text")
    assert caught.value.nothing_done


def test_the_secret_shows_nowhere(fake: WooFake, shop: WooShop) -> None:
    orders(shop)
    assert "cs_read" not in repr(shop) + repr(shop._client) + repr(shop._orders)
