"""What an item keeps of its order: all that a merge or a split is judged by, and nothing that says who somebody is."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from daemon.api import WorkItem, written
from jobs.kinds.shop import Delivery, Order, Status, Supply
from jobs.orders.card import card_of
from jobs.orders.kept import more_of, order_of
from tests.jobs.line_scenes import HOME, LINE, ORDER
from tests.jobs.parcel_scenes import TOLD, eur

BERLIN = ZoneInfo("Europe/Berlin")
SUPPLY = Supply("Glow", "north", 200, date(2026, 12, 1), "set", replace(HOME, name="Bo"))
FULL = replace(
    ORDER, status=Status.UNPAID, lines=(replace(LINE, supply=SUPPLY), replace(LINE, sku="B", price=eur("2.350"))),
    delivery=TOLD, total=eur("22.97"), carrier="DHL", note="ring", ship_by=datetime(2026, 11, 23, 23, 30, tzinfo=UTC),
)  # fmt: skip


def hashed(text: str) -> str:
    return f"{abs(hash(text)):x}" if text else ""


def back(order: Order) -> Order:
    """Return an order as its item gives it back."""
    data = {
        "number": order.number, "card": written(card_of(order, {}, order.placed)), "more": more_of(order, hashed, BERLIN)
    }  # fmt: skip
    return order_of(WorkItem("line.order", "main/7", "ready", order.placed, data))


def test_an_order_comes_back_as_it_was_but_for_whose_it_is() -> None:
    found = back(FULL)
    assert found.delivery is not None
    told = replace(TOLD, email=found.delivery.email, phone=found.delivery.phone)
    assert found == replace(FULL, customer="", delivery=told, ship_by=datetime(2026, 11, 24, tzinfo=UTC))


def test_a_bare_order_takes_no_room_beside_its_card() -> None:
    assert more_of(ORDER, hashed, BERLIN) == ""
    assert back(ORDER) == replace(ORDER, customer="")


def test_mail_address_and_telephone_number_are_kept_as_hashes_that_can_be_compared() -> None:
    kept = more_of(FULL, hashed, BERLIN)
    assert "ada" not in kept
    assert "123456" not in kept
    same = replace(FULL, delivery=replace(TOLD, email="Ada@shop.test ", phone="0228/123456"))
    other = replace(FULL, delivery=replace(TOLD, email="bo@shop.test", phone="0228/123457"))
    assert back(same).delivery == back(FULL).delivery
    assert back(other).delivery != back(FULL).delivery


def test_what_is_not_known_stays_unknown() -> None:
    bare = replace(FULL, delivery=Delivery(phone="1234"), lines=(LINE,))
    assert back(bare).delivery in {None, Delivery()}
