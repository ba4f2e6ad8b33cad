"""Which open orders are ready, held or late, which travel together, and what is picked for them."""

import csv
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Money
from daemon.testing import NOW
from jobs.kinds.shop import Address, Line, Order, Status
from jobs.orders.picklist import Pick, picks, safe_cell, write
from jobs.orders.piles import Promise, Reason, address_key, reason_of, sort, together

BERLIN = ZoneInfo("Europe/Berlin")
PROMISE = Promise(2, frozenset(range(5)), BERLIN)
HOME = Address("Åsa Öberg", "Ängsgatan 4 B", "111 29", "Stockholm", "SE")
LINE = Line("A", "Tasse", 2, Money(Decimal(5), "EUR"))
ORDER = Order("1", NOW - timedelta(hours=3), (LINE,), Status.OPEN, HOME, "åsa")
THREE_DAYS = timedelta(days=3)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (ORDER, None),
        (replace(ORDER, status=Status.UNPAID), Reason.UNPAID),
        (replace(ORDER, status=Status.HELD), Reason.HELD),
        (replace(ORDER, address=replace(HOME, postcode="")), Reason.ADDRESS),
        (replace(ORDER, address=None), None),
        (replace(ORDER, note="please call"), Reason.NOTE),
        (replace(ORDER, lines=(LINE, replace(LINE, sku="gone"))), Reason.OVERSOLD),
    ],
)
def test_an_order_is_held_for_its_first_reason(order: Order, reason: Reason | None) -> None:
    assert reason_of(order, {"gone": -1, "A": 0}) is reason


@pytest.mark.parametrize(
    ("placed", "due"),
    [
        ("2026-11-18T10:00", "2026-11-21T00:00"),
        ("2026-11-20T10:00", "2026-11-25T00:00"),
        ("2026-11-21T10:00", "2026-11-25T00:00"),
        ("2026-03-26T10:00", "2026-03-31T00:00"),
    ],
)
def test_two_working_days_pass_over_weekends_and_clock_changes(placed: str, due: str) -> None:
    order = replace(ORDER, placed=datetime.fromisoformat(placed).replace(tzinfo=BERLIN).astimezone(UTC))
    assert PROMISE.due(order) == datetime.fromisoformat(due).replace(tzinfo=BERLIN)


def test_same_day_shipping_on_a_sunday_means_monday() -> None:
    sunday = replace(ORDER, placed=datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert replace(PROMISE, days=0).due(sunday) == datetime(2026, 11, 24, tzinfo=BERLIN)


def test_the_shops_own_promise_goes_first_and_late_begins_at_its_moment() -> None:
    order = replace(ORDER, ship_by=NOW)
    assert sort([order], {}, PROMISE, NOW, THREE_DAYS).late == (order,)
    assert sort([order], {}, PROMISE, NOW - timedelta(seconds=1), THREE_DAYS).late == ()


def test_an_unpaid_order_is_never_late_and_a_held_one_can_be() -> None:
    old = replace(ORDER, placed=NOW - timedelta(days=20))
    piles = sort([replace(old, status=Status.UNPAID), replace(old, note="?")], {}, PROMISE, NOW, THREE_DAYS)
    assert [order.note for order in piles.late] == ["?"]
    assert (piles.ready, piles.held_count) == ((), 2)


@given(st.lists(st.sampled_from([Status.OPEN, Status.HELD, Status.UNPAID]), max_size=20))
def test_every_open_order_is_in_exactly_one_of_ready_and_held(statuses: list[Status]) -> None:
    orders = [replace(ORDER, number=str(n), status=status) for n, status in enumerate(statuses)]
    piles = sort(orders, {}, PROMISE, NOW, THREE_DAYS)
    found = [*piles.ready, *(order for pile in piles.held.values() for order in pile)]
    assert sorted(order.number for order in found) == sorted(order.number for order in orders)


def test_spelling_does_not_part_an_address_but_a_house_number_does() -> None:
    other = replace(HOME, street=" ängsgatan 4-b. ", postcode="11129", name="ÅSA ÖBERG")
    assert address_key(HOME) == address_key(other)
    assert address_key(HOME) != address_key(replace(HOME, street="Ängsgatan 4 C"))


@pytest.mark.parametrize(
    "other",
    [
        replace(ORDER, number="2", customer="someone else"),
        replace(ORDER, number="2", address=replace(HOME, street="Ängsgatan 5")),
        replace(ORDER, number="2", placed=ORDER.placed + timedelta(days=4)),
        replace(ORDER, number="2", lines=(replace(LINE, price=Money(Decimal(5), "SEK")),)),
        replace(ORDER, number="2", address=None),
    ],
)
def test_orders_that_differ_in_what_matters_stay_apart(other: Order) -> None:
    assert together([ORDER, other], THREE_DAYS) == []


def test_orders_of_one_customer_to_one_address_travel_together() -> None:
    second = replace(ORDER, number="2", placed=ORDER.placed + timedelta(hours=1))
    assert together([ORDER, second], THREE_DAYS) == [(ORDER, second)]
    assert together([replace(ORDER, customer=""), replace(second, customer="")], THREE_DAYS) == []


def test_the_pick_list_sums_by_product_in_the_order_of_the_bins(tmp_path: Path) -> None:
    second = replace(ORDER, number="2", lines=(LINE, Line("B", "=HYPERLINK()", 1, LINE.price)))
    path = write(picks([ORDER, second], {"A": "B-02", "B": "A-01"}), tmp_path / "new", NOW.date())
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [["A-01", "B", "'=HYPERLINK()", "1", "2"], ["B-02", "A", "Tasse", "4", "1 2"]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["pick-2026-11-20.csv"]


def test_a_second_list_of_the_day_replaces_the_first_whole(tmp_path: Path) -> None:
    write([Pick("A", "Tasse", "", 1, ["1"])] * 50, tmp_path, NOW.date())
    path = write([], tmp_path, NOW.date())
    assert path.read_text(encoding="utf-8").strip() == "bin,sku,title,quantity,orders"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"
    assert safe_cell("plain=") == "plain="


def test_a_separator_of_another_country_does_not_open_a_cell_with_a_formula() -> None:
    assert safe_cell("cup;=1+1") == "cup;'=1+1"
