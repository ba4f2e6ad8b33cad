"""An order in several parcels: no piece and no cent is lost or made, and the same order is split the same way."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Money
from daemon.testing import NOW
from jobs.kinds.shop import Address, Delivery, Line, Order, Status, Supply
from jobs.orders.splitting import MOST_PARTS, By, Rules, Split, SplitError, split

HOME = Address("Åsa Öberg", "Ängsgatan 4 B", "111 29", "Stockholm", "SE")
AWAY = replace(HOME, name="Bo Öberg", street="Storgatan 1", city="Umeå")


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def line(sku: str, quantity: int = 1, price: str = "10.00", **supply: object) -> Line:
    return Line(sku, sku, quantity, eur(price), Supply(**supply))  # type: ignore[arg-type]


def order(*lines: Line) -> Order:
    told = Delivery("SE", None, False, False, "", "", eur("4.90"), eur("1.00"), eur("0.01"))
    return Order("7", NOW, lines, Status.OPEN, HOME, "åsa", total=eur("50.00"), delivery=told)


def shown(made: Split) -> list[str]:
    return [" ".join(f"{one.quantity}{one.sku}" for one in part.lines) for part in made.parts]


def total(moneys: Iterable[Money | None]) -> Money:
    return sum((money or eur("0") for money in moneys), eur("0"))


def pieces(orders: Iterable[Order]) -> Counter[tuple[str, Money]]:
    found: Counter[tuple[str, Money]] = Counter()
    for one in orders:
        for part in one.lines:
            found[part.sku, part.price] += part.quantity
    return found


@pytest.mark.parametrize(
    ("lines", "rules", "parts"),
    [
        ((line("a", address=AWAY), line("b"), line("c", address=HOME)), Rules(frozenset({By.ADDRESS})), ["1b 1c", "1a"]),
        ((line("a", vendor="Z"), line("b", vendor="Y"), line("c", vendor="Z")), Rules(frozenset({By.VENDOR})), ["1b", "1a 1c"]),
        ((line("a", warehouse="N"), line("b", warehouse="S")), Rules(frozenset({By.WAREHOUSE})), ["1a", "1b"]),
        ((line("a", available=date(2027, 1, 7)), line("b")), Rules(frozenset({By.DAY})), ["1b", "1a"]),
        ((line("a", 5), line("b")), Rules(frozenset({By.STOCK}), {"a": 3}), ["3a 1b", "2a"]),
        ((line("a", 2), line("a", 2)), Rules(frozenset({By.STOCK}), {"a": 3}), ["2a 1a", "1a"]),
        ((line("a"), line("b")), Rules(frozenset({By.STOCK}), {"a": -2, "b": 0}), ["1a 1b"]),
        ((line("a"), line("b")), Rules(frozenset({By.STOCK}), {"a": 0}), ["1b", "1a"]),
        ((line("a", 5), line("b", 2)), Rules(most_pieces=3), ["3a", "2a 1b", "1b"]),
        ((line("a", 3, grams=400), line("b", grams=900)), Rules(most_grams=1000), ["2a", "1a", "1b"]),
        ((line("a", 2, grams=1500), line("b", grams=100)), Rules(most_grams=1000), ["1a", "1a", "1b"]),
        ((line("a", 3, grams=400), line("b")), Rules(most_grams=1000), ["2a", "1a 1b"]),
        ((line("a"), line("b", vendor="Z")), Rules(), ["1a 1b"]),
    ],
)  # fmt: skip
def test_worked_examples(lines: tuple[Line, ...], rules: Rules, parts: list[str]) -> None:
    assert shown(split(order(*lines), rules)) == parts


def test_a_bundle_is_never_parted_whatever_asks_for_it() -> None:
    bundle = [line("cup", 2, grams=400, bundle="set"), line("pot", vendor="Z", grams=400, bundle="set")]
    whole = order(line("x", grams=100), *bundle)
    every = frozenset(By)
    assert shown(split(whole, Rules(every, {"cup": 1}))) == ["1x", "2cup 1pot"]
    assert shown(split(whole, Rules(most_grams=1000))) == ["1x", "2cup 1pot"]
    assert shown(split(whole, Rules(most_pieces=2))) == ["1x", "2cup 1pot"]
    assert shown(split(whole, Rules(frozenset({By.VENDOR})))) == ["1x 2cup 1pot"]


def test_a_bundle_goes_when_the_last_of_it_is_there() -> None:
    late = line("pot", available=date(2027, 1, 7), bundle="set")
    assert shown(split(order(line("cup", bundle="set"), late, line("x")), Rules(frozenset({By.DAY})))) == [
        "1x",
        "1cup 1pot",
    ]


def test_money_is_shared_by_the_value_of_the_goods_to_the_cent() -> None:
    made = split(order(line("a", 1, "20.00"), line("b", 1, "10.00", vendor="Z")), Rules(frozenset({By.VENDOR})))
    first, second = (part.delivery for part in made.parts)
    assert first
    assert second
    assert (first.postage, first.discount, first.tax) == (eur("3.27"), eur("0.67"), eur("0.01"))
    assert (second.postage, second.discount, second.tax) == (eur("1.63"), eur("0.33"), eur("0.00"))
    assert [part.total for part in made.parts] == [eur("33.34"), eur("16.66")]


def test_each_part_says_where_it_goes_and_whose_part_it_is() -> None:
    made = split(order(line("a", address=AWAY), line("b")), Rules(frozenset({By.ADDRESS})))
    assert [(part.number, part.address) for part in made.parts] == [("7/1", HOME), ("7/2", AWAY)]
    assert all((part.customer, part.placed, part.status) == ("åsa", NOW, Status.OPEN) for part in made.parts)


def test_what_needs_no_splitting_stays_the_order_it_is() -> None:
    whole = order(line("a"), line("b"))
    made = split(whole, Rules(frozenset(By), {"a": 1}, 10_000, 10))
    assert made.parts == (whole,)


def test_what_the_shop_does_not_tell_stays_untold() -> None:
    bare = replace(order(line("a"), line("b", vendor="Z")), total=None, delivery=None)
    assert all((part.total, part.delivery) == (None, None) for part in split(bare, Rules(frozenset({By.VENDOR}))).parts)


def test_a_limit_that_makes_hundreds_of_parcels_is_refused_by_name() -> None:
    whole = order(line("a", 10**9))
    assert len(split(order(line("a", MOST_PARTS)), Rules(most_pieces=1)).parts) == MOST_PARTS
    with pytest.raises(SplitError, match="order 7 would be more than 100 parcels"):
        split(whole, Rules(most_pieces=1))


LINES = st.builds(
    line,
    st.sampled_from("abcd"),
    st.integers(1, 7),
    st.sampled_from(["0.01", "9.99", "20.00", "0.333"]),
    vendor=st.sampled_from(["", "Y", "Z"]),
    warehouse=st.sampled_from(["", "N"]),
    grams=st.sampled_from([None, 0, 250, 1500]),
    available=st.sampled_from([None, date(2027, 1, 7)]),
    bundle=st.sampled_from(["", "", "", "set", "pair"]),
    address=st.sampled_from([None, None, HOME, AWAY]),
)
MONEY = st.none() | st.decimals(0, 100, places=2).map(lambda amount: Money(amount, "EUR"))
DELIVERIES = st.none() | st.builds(Delivery, postage=MONEY, discount=MONEY, tax=MONEY)
ORDERS = st.builds(
    lambda lines, paid, told: replace(order(*lines), total=paid, delivery=told),
    st.lists(LINES, min_size=1, max_size=8),
    MONEY,
    DELIVERIES,
)
BY = st.frozensets(st.sampled_from(By))
STOCK = st.dictionaries(st.sampled_from("abcd"), st.integers(-2, 12))
RULES = st.builds(Rules, BY, STOCK, st.sampled_from([None, 500, 2000]), st.sampled_from([None, 1, 4]))


@given(ORDERS, RULES)
def test_every_piece_and_every_cent_of_every_column_is_kept(whole: Order, rules: Rules) -> None:
    parts = split(whole, rules).parts
    assert pieces(parts) == pieces([whole])
    assert total(one.total for part in parts for one in part.lines) == total(one.total for one in whole.lines)
    assert total(part.total for part in parts) == (whole.total or eur("0"))
    for column in ("postage", "discount", "tax"):
        assert total(getattr(part.delivery, column, None) for part in parts) == (
            getattr(whole.delivery, column, None) or eur("0")
        )


@given(ORDERS, RULES)
def test_the_total_of_a_part_is_what_its_own_columns_say_plus_its_share_of_the_rest(whole: Order, rules: Rules) -> None:
    told = whole.delivery or Delivery()
    goods = total(one.total for one in whole.lines)
    whole = replace(
        whole, total=goods + (told.postage or eur("0")) + (told.tax or eur("0")) - (told.discount or eur("0"))
    )
    for part in split(whole, rules).parts:
        own = part.delivery or Delivery()
        goods = total(one.total for one in part.lines)
        assert part.total == goods + total([own.postage, own.tax]) - total([own.discount])


@given(ORDERS, RULES)
def test_parts_are_numbered_and_made_the_same_way_each_time(whole: Order, rules: Rules) -> None:
    made = split(whole, rules)
    assert made == split(whole, rules)
    expected = [f"7/{n}" for n in range(1, len(made.parts) + 1)] if len(made.parts) > 1 else ["7"]
    assert [part.number for part in made.parts] == expected
    assert all(part.lines for part in made.parts)


@given(ORDERS, RULES)
def test_a_part_split_again_stays_whole(whole: Order, rules: Rules) -> None:
    made = split(whole, rules)
    again = replace(rules, by=rules.by - {By.STOCK})
    assert all(split(part, again).parts == (part,) for part in made.parts)


@given(ORDERS, RULES)
def test_no_parcel_is_above_a_limit_but_one_piece_or_one_bundle(whole: Order, rules: Rules) -> None:
    for part in split(whole, rules).parts:
        weights = [((one.supply or Supply()).grams or 0) * one.quantity for one in part.lines]
        bundles = {(one.supply or Supply()).bundle for one in part.lines}
        single = len(bundles) == 1 and (bundles != {""} or sum(one.quantity for one in part.lines) == 1)
        assert single or sum(one.quantity for one in part.lines) <= (rules.most_pieces or 10**6)
        heaviest = max((one.supply or Supply()).grams or 0 for one in part.lines)
        alone = single or sum(weights) == heaviest or any(bundles)
        assert alone or sum(weights) <= (rules.most_grams or 10**6)


@given(ORDERS, RULES)
def test_a_bundle_is_in_one_part(whole: Order, rules: Rules) -> None:
    for mark in ("set", "pair"):
        holding = [
            p for p in split(whole, rules).parts if any((one.supply or Supply()).bundle == mark for one in p.lines)
        ]
        assert len(holding) <= 1


@given(ORDERS, STOCK)
def test_nothing_is_sent_now_that_is_not_in_stock(whole: Order, stock: dict[str, int]) -> None:
    made = split(whole, Rules(frozenset({By.STOCK}), stock))
    now: Counter[str] = Counter()
    for part in made.parts:
        for one in part.lines if part.number not in made.waiting else ():
            now[one.sku] += one.quantity
    assert all(count <= stock.get(sku, count) for sku, count in now.items())


def test_an_order_of_which_nothing_is_there_waits_whole() -> None:
    made = split(order(line("a", 2)), Rules(frozenset({By.STOCK}), {"a": 0}))
    assert (shown(made), made.waiting) == (["2a"], frozenset({"7"}))
