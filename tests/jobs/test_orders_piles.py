"""Which open orders are ready, held or late, and what is picked for them."""

import csv
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.api import Money
from daemon.testing import NOW
from jobs.kinds.shop import Address, Line, Order, Status
from jobs.orders.line import HELD, NOTE, PACKED, READY, UNPAID
from jobs.orders.moving import Place
from jobs.orders.picklist import Pick, picks, safe_cell, write
from jobs.orders.piles import pile
from jobs.orders.promise import Promise, WorkDays

BERLIN = ZoneInfo("Europe/Berlin")
PROMISE = Promise(2, WorkDays(BERLIN, frozenset(range(5))))
HOME = Address("Åsa Öberg", "Ängsgatan 4 B", "111 29", "Stockholm", "SE")
LINE = Line("A", "Tasse", 2, Money(Decimal(5), "EUR"))
ORDER = Order("1", NOW - timedelta(hours=3), (LINE,), Status.OPEN, HOME, "åsa")


@pytest.mark.parametrize(
    ("placed", "due"),
    [
        ("2026-11-18T10:00", "2026-11-21T00:00"),
        ("2026-11-20T10:00", "2026-11-25T00:00"),
        ("2026-11-21T10:00", "2026-11-26T00:00"),
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
    assert pile([(order, Place(READY))], PROMISE, NOW).late == (order,)
    assert pile([(order, Place(READY))], PROMISE, NOW - timedelta(seconds=1)).late == ()


def test_an_unpaid_order_is_never_late_and_a_held_one_can_be() -> None:
    old = replace(ORDER, placed=NOW - timedelta(days=20))
    unpaid = replace(old, status=Status.UNPAID), Place(HELD, (UNPAID,))
    piles = pile([unpaid, (replace(old, note="?"), Place(HELD, (NOTE,)))], PROMISE, NOW)
    assert [order.note for order in piles.late] == ["?"]
    assert (piles.ready, piles.held_count) == ((), 2)


def test_what_is_packed_is_not_picked_again_and_what_is_sent_is_not_late() -> None:
    old = replace(ORDER, placed=NOW - timedelta(days=20))
    piles = pile([(old, Place(PACKED)), (replace(old, number="2"), Place("shipped"))], PROMISE, NOW)
    assert (piles.to_pick, piles.ready) == ((), ())
    assert ([order.number for order in piles.late], piles.sent) == (["1"], ("2",))


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
