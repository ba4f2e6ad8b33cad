"""What the night holds an order for: paid, deliverable, in stock, meant once; and what its card tells a packer."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from daemon.api import Money
from daemon.testing import NOW
from jobs.kinds.shop import Address, Line, Order, Status
from jobs.orders import line
from jobs.orders.card import card_of, difference, mark_of
from jobs.orders.checks import Rules, check, duplicates
from jobs.orders.deliverable import troubles
from jobs.orders.shelf import shortages

HOME = Address("Åsa Öberg", "Ängsgatan 4 B", "111 29", "Stockholm", "SE")
LINE = Line("A", "Tasse", 2, Money(Decimal(5), "EUR"))
ORDER = Order("1", NOW - timedelta(hours=3), (LINE,), Status.OPEN, HOME, "åsa")


@pytest.mark.parametrize(
    ("order", "reasons"),
    [
        (ORDER, ()),
        (replace(ORDER, status=Status.UNPAID), (line.UNPAID,)),
        (replace(ORDER, status=Status.HELD), (line.SHOP_HELD,)),
        (replace(ORDER, address=replace(HOME, postcode="")), (line.ADDRESS,)),
        (replace(ORDER, address=None), ()),
        (replace(ORDER, note="please call"), (line.NOTE,)),
        (replace(ORDER, lines=(LINE, replace(LINE, sku="gone"))), (line.OVERSOLD,)),
        (replace(ORDER, status=Status.HELD, note="?"), (line.SHOP_HELD, line.NOTE)),
    ],
)
def test_an_order_is_held_for_every_reason_there_is(order: Order, reasons: tuple[str, ...]) -> None:
    assert check([order], Rules({"gone": -1, "A": 0})).of("1") == reasons


def test_where_the_shop_promised_too_much_the_youngest_orders_are_short() -> None:
    orders = [replace(ORDER, number=str(n), placed=NOW + timedelta(minutes=n)) for n in range(3)]
    assert shortages(orders, {"A": -3}, "available") == {"1": {"A": 1}, "2": {"A": 2}}
    assert shortages(orders, {"A": 0}, "available") == {}


def test_stock_on_the_shelf_is_given_out_in_order_and_unpaid_orders_take_none() -> None:
    orders = [replace(ORDER, number="u", status=Status.UNPAID), ORDER, replace(ORDER, number="2")]
    assert shortages(orders, {"A": 3}, "on-hand") == {"2": {"A": 1}}


def test_a_product_that_nobody_counts_is_never_short() -> None:
    assert shortages([ORDER], {"B": -5}, "available") == {}


def test_the_same_order_twice_within_the_hour_is_a_duplicate_and_the_first_is_not() -> None:
    again = replace(ORDER, number="2", placed=ORDER.placed + timedelta(minutes=59))
    assert duplicates([again, ORDER]) == {"2"}
    assert duplicates([ORDER, replace(again, placed=ORDER.placed + timedelta(minutes=61))]) == frozenset()
    assert duplicates([ORDER, replace(again, lines=(replace(LINE, quantity=3),))]) == frozenset()
    assert duplicates([replace(ORDER, customer=""), replace(again, customer="")]) == frozenset()


@pytest.mark.parametrize(
    ("address", "trouble"),
    [
        (HOME, []),
        (replace(HOME, postcode="SE-11129"), []),
        (replace(HOME, postcode="1112"), ["a postcode that SE does not have"]),
        (replace(HOME, name=" ", city=""), ["no name", "no city"]),
        (Address("Li", "1 Queen's Road", "", "Hong Kong", "HK"), []),
        (Address("An", "Rue 1", "whatever", "Ville", "Frankreich"), []),
        (Address("Al", "Street 1", "SW1A 1AA", "London", "GB"), []),
    ],
)
def test_an_address_that_no_parcel_could_carry_is_told_in_words(address: Address, trouble: list[str]) -> None:
    assert troubles(address) == trouble


@pytest.mark.parametrize(
    "edited",
    [
        replace(ORDER, lines=(replace(LINE, quantity=3),)),
        replace(ORDER, lines=(LINE, LINE)),
        replace(ORDER, address=replace(HOME, street="Ängsgatan 5")),
        replace(ORDER, address=None),
        replace(ORDER, carrier="express"),
        replace(ORDER, note="ring twice"),
    ],
)
def test_whatever_a_packer_works_by_changes_the_fingerprint_and_shows_as_difference(edited: Order) -> None:
    assert mark_of(edited) != mark_of(ORDER)
    assert difference(card_of(ORDER, {}, NOW), card_of(edited, {}, NOW))


def test_what_no_packer_sees_leaves_the_fingerprint_alone() -> None:
    paid = replace(ORDER, status=Status.UNPAID, link="https://x", total=Money(Decimal(1), "EUR"), customer="b")
    assert mark_of(paid) == mark_of(ORDER)
