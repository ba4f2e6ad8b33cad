"""Which orders may share a parcel: only where everything is known to agree, each with each; the rest a person judges."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Money
from daemon.testing import NOW
from jobs.kinds.shop import Address, Delivery, Line, Order, Status, Supply
from jobs.orders.conditions import Answer, Candidate, Condition, Match, Rules, compare, grams_of, match_of
from jobs.orders.merging import MOST_ORDERS, groups
from jobs.orders.parcels import merge

HOUR = timedelta(hours=1)
RULES = Rules(timedelta(days=3), ZoneInfo("Europe/Berlin"), most_grams=10_000)
HOME = Address("Åsa Öberg", "Ängsgatan 4 B", "111 29", "Stockholm", "SE")
LINE = Line("A", "Tasse", 2, Money(Decimal(5), "EUR"))
TOLD = Delivery("SE", 1_000, False, False, "asa@shop.test", "+46 70 123 45 67", Money(Decimal("4.90"), "EUR"))
ORDER = Order(
    "1", NOW - 5 * HOUR, (LINE,), Status.OPEN, HOME, "åsa", carrier="PostNord MyPack", delivery=TOLD,
    total=Money(Decimal("14.90"), "EUR"),
)  # fmt: skip
SECOND = replace(ORDER, number="2", placed=ORDER.placed + HOUR)


def ready(order: Order) -> Candidate:
    return Candidate("main", order, untouched=True)


def told(order: Order, **changes: object) -> Order:
    return replace(order, delivery=replace(order.delivery or TOLD, **changes))  # type: ignore[arg-type]


def fit(one: Order, other: Order) -> Match:
    return match_of(compare(ready(one), ready(other), RULES))


def numbers(orders: tuple[Order, ...]) -> str:
    return " ".join(order.number for order in orders)


def test_two_orders_of_one_customer_that_agree_in_everything_are_an_exact_group() -> None:
    (group,) = groups([ready(SECOND), ready(ORDER)], RULES)
    assert (group.match, group.orders, group.doubts) == (Match.EXACT, (ORDER, SECOND), ())


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(SECOND, address=replace(HOME, street="Ängsgatan 5")), Condition.ADDRESS),
        (replace(SECOND, carrier="DHL Express"), Condition.CARRIER),
        (replace(SECOND, total=None, lines=(replace(LINE, price=Money(Decimal(5), "SEK")),)), Condition.CURRENCY),
        (told(SECOND, tax_country="NO"), Condition.TAX_COUNTRY),
        (replace(SECOND, status=Status.SHIPPED), Condition.UNSHIPPED),
        (replace(SECOND, status=Status.CANCELLED), Condition.UNSHIPPED),
        (replace(SECOND, shipped=NOW), Condition.UNSHIPPED),
        (replace(SECOND, status=Status.UNPAID), Condition.PAID),
        (replace(SECOND, placed=ORDER.placed + RULES.window + timedelta(seconds=1)), Condition.WINDOW),
        (told(SECOND, grams=9_001), Condition.WEIGHT),
        (told(SECOND, separately=True), Condition.TOGETHER),
        (replace(SECOND, ship_by=NOW), Condition.SHIP_BY),
        (told(SECOND, gift=True), Condition.GIFT),
    ],
)
def test_one_condition_that_does_not_hold_keeps_orders_apart(other: Order, why: Condition) -> None:
    answers = compare(ready(ORDER), ready(other), RULES)
    assert [condition for condition, answer in answers.items() if answer is Answer.NO] == [why]
    assert groups([ready(ORDER), ready(other)], RULES) == ()


@pytest.mark.parametrize(
    ("other", "rules"),
    [
        (replace(ready(SECOND), shop="outlet"), RULES),
        (replace(ready(SECOND), untouched=False), RULES),
        (ready(SECOND), replace(RULES, apart=frozenset({frozenset({"1", "2"})}))),
    ],
)
def test_another_shop_a_printed_slip_or_a_persons_word_keeps_orders_apart(other: Candidate, rules: Rules) -> None:
    assert groups([ready(ORDER), other], rules) == ()


@pytest.mark.parametrize(
    ("other", "doubt"),
    [
        (replace(SECOND, carrier=""), Condition.CARRIER),
        (told(SECOND, tax_country=""), Condition.TAX_COUNTRY),
        (told(SECOND, grams=None), Condition.WEIGHT),
        (told(SECOND, separately=None), Condition.TOGETHER),
        (replace(SECOND, note="Bitte nicht zusammen mit Nr. 1"), Condition.TOGETHER),
        (told(SECOND, gift=None), Condition.GIFT),
        (replace(SECOND, status=Status.HELD), Condition.PAID),
        (replace(SECOND, address=replace(HOME, street="Angsgatan 4 B")), Condition.ADDRESS),
        (replace(told(SECOND, email="x@y.test", phone=""), customer="bo"), Condition.CUSTOMER),
        (replace(told(SECOND, email="", phone=""), customer=""), Condition.CUSTOMER),
    ],
)
def test_what_is_not_known_or_only_alike_is_near_and_the_doubt_is_named(other: Order, doubt: Condition) -> None:
    (group,) = groups([ready(ORDER), ready(other)], RULES)
    who_or_where = doubt in {Condition.CUSTOMER, Condition.ADDRESS}
    assert group.match is (Match.ALIKE if who_or_where else Match.NEAR)
    assert (group.doubts, group.sure) == ((doubt,), ())
    assert group.orders == (ORDER, other)


def test_without_knowing_what_is_picked_nothing_is_exact() -> None:
    (group,) = groups([replace(ready(order), untouched=None) for order in (ORDER, SECOND)], RULES)
    assert (group.match, group.doubts) == (Match.NEAR, (Condition.UNTOUCHED,))


def test_a_source_that_tells_little_gives_near_groups_only() -> None:
    bare = [Order(n, NOW, (LINE,), Status.UNKNOWN, HOME, "åsa") for n in ("1", "2")]
    (group,) = groups([Candidate("main", order) for order in bare], RULES)
    assert group.match is Match.NEAR
    unknown = {Condition.CARRIER, Condition.TAX_COUNTRY, Condition.UNTOUCHED, Condition.PAID, Condition.GIFT}
    assert unknown <= set(group.doubts)


@pytest.mark.parametrize(
    "other",
    [
        replace(SECOND, address=None),
        replace(SECOND, address=Address()),
        replace(SECOND, lines=(replace(LINE, supply=Supply(address=replace(HOME, street="Elsewhere 1"))),)),
        replace(told(SECOND, email="", phone=""), customer="", address=replace(HOME, street="Angsgatan 4 B")),
    ],
)
def test_orders_that_nobody_knows_a_common_place_of_are_not_proposed(other: Order) -> None:
    assert groups([ready(ORDER), ready(other)], RULES) == ()


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (("åsa", "", ""), ("åsa", "other@x.test", ""), Answer.YES),
        (("", "Asa@Shop.test ", ""), ("bo", "asa@shop.test", ""), Answer.YES),
        (("", "", "070-123 45 67"), ("", "", "+46 70 123 45 67"), Answer.YES),
        (("", "", "112"), ("", "", "112"), Answer.UNKNOWN),
        (("åsa", "", ""), ("bo", "", ""), Answer.NO),
        (("åsa", "", ""), ("", "asa@shop.test", ""), Answer.UNKNOWN),
    ],
)
def test_a_customer_is_known_by_key_mail_or_telephone(
    one: tuple[str, str, str], other: tuple[str, str, str], answer: Answer
) -> None:
    both = [replace(told(ORDER, email=mail, phone=phone), customer=who) for who, mail, phone in (one, other)]
    assert compare(ready(both[0]), ready(both[1]), RULES)[Condition.CUSTOMER] is answer


def test_ship_by_moments_of_one_local_day_are_one_day() -> None:
    night = NOW.replace(hour=23, minute=30)  # 00:30 of the next day in Berlin
    late, later = (replace(order, ship_by=night) for order in (ORDER, SECOND))
    assert fit(late, replace(later, ship_by=night + HOUR)) is Match.EXACT
    assert fit(late, replace(later, ship_by=night - HOUR)) is Match.NONE


def test_a_chain_shares_no_parcel_where_its_ends_disagree() -> None:
    third = replace(ORDER, number="3", placed=ORDER.placed + RULES.window + HOUR / 2)
    assert (fit(ORDER, SECOND), fit(SECOND, third), fit(ORDER, third)) == (Match.EXACT, Match.EXACT, Match.NONE)
    assert [numbers(group.orders) for group in groups(map(ready, (ORDER, SECOND, third)), RULES)] == ["1 2"]


def test_a_customers_own_orders_go_together_before_those_that_only_look_like_them() -> None:
    rows = [("1", "åsa"), ("2", "bo"), ("3", "åsa"), ("4", "bo")]
    bare = [Order(n, NOW + HOUR * int(n), (LINE,), Status.OPEN, HOME, who) for n, who in rows]
    assert [numbers(group.orders) for group in groups(map(ready, bare), RULES)] == ["1 3", "2 4"]
    (whole,) = groups(map(ready, bare[:3]), RULES)
    assert (numbers(whole.orders), whole.match) == ("1 2 3", Match.ALIKE)


def test_weight_is_that_of_the_whole_parcel_not_of_each_pair() -> None:
    heavy = [told(replace(ORDER, number=str(n), placed=ORDER.placed + HOUR * n), grams=4_000) for n in range(4)]
    assert [numbers(group.orders) for group in groups(map(ready, heavy), RULES)] == ["0 1", "2 3"]


def test_an_order_in_doubt_is_shown_with_an_exact_group_and_does_not_spoil_it() -> None:
    doubtful = replace(ORDER, number="0", placed=ORDER.placed - HOUR, carrier="")
    (group,) = groups(map(ready, (doubtful, ORDER, SECOND)), RULES)
    assert (numbers(group.sure), numbers(group.perhaps), numbers(group.orders)) == ("1 2", "0", "0 1 2")
    assert (group.match, group.doubts) == (Match.NEAR, (Condition.CARRIER,))


def test_the_weight_of_an_order_is_its_shops_word_or_the_sum_of_its_pieces() -> None:
    line = replace(LINE, supply=Supply(grams=300))
    assert grams_of(ORDER) == 1_000
    assert grams_of(told(replace(ORDER, lines=(line, line)), grams=None)) == 1_200
    assert grams_of(told(replace(ORDER, lines=(line, LINE)), grams=None)) is None


def test_a_customer_with_very_many_orders_gets_parcels_of_a_size_a_person_can_judge() -> None:
    many = [told(replace(ORDER, number=str(n), placed=ORDER.placed + timedelta(seconds=n)), grams=1) for n in range(50)]
    assert [len(group.orders) for group in groups(map(ready, many), RULES)] == [MOST_ORDERS, MOST_ORDERS, 10]


CHANGES: tuple[Callable[[Order], Order], ...] = (
    lambda order: order,
    lambda order: order,
    lambda order: replace(order, carrier=""),
    lambda order: replace(order, carrier="DHL"),
    lambda order: told(order, grams=6_000),
    lambda order: told(order, grams=None),
    lambda order: replace(order, customer="bo", delivery=None),
    lambda order: replace(order, address=replace(HOME, street="Angsgatan 4 B")),
    lambda order: replace(order, address=replace(HOME, name="A. Öberg")),
    lambda order: replace(order, status=Status.UNPAID),
    lambda order: replace(order, placed=order.placed + timedelta(days=2)),
    lambda order: replace(order, placed=order.placed + timedelta(days=4)),
)
Seeds = list[tuple[Callable[[Order], Order], Callable[[Order], Order]]]
SEEDS = st.lists(st.tuples(st.sampled_from(CHANGES), st.sampled_from(CHANGES)), max_size=14)


def drawn(seeds: Seeds) -> list[Candidate]:
    return [ready(second(first(replace(ORDER, number=str(n))))) for n, (first, second) in enumerate(seeds)]


@given(SEEDS, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_in_which_orders_come(seeds: Seeds, dice: random.Random) -> None:
    candidates = drawn(seeds)
    shuffled = dice.sample(candidates, len(candidates))
    assert groups(shuffled, RULES) == groups(candidates, RULES)


@given(SEEDS)
def test_all_pairs_of_a_group_agree_and_no_order_is_in_two(seeds: Seeds) -> None:
    found = groups(drawn(seeds), RULES)
    everyone = [order.number for group in found for order in group.orders]
    assert len(everyone) == len(set(everyone))
    for group in found:
        assert all(fit(one, other) is not Match.NONE for one, other in combinations(group.orders, 2))
        assert all(fit(one, other) is Match.EXACT for one, other in combinations(group.sure, 2))
        assert sum(grams_of(order) or 0 for order in group.orders) <= (RULES.most_grams or 0)


@given(SEEDS)
def test_no_pair_that_agrees_exactly_is_left_out_of_every_group(seeds: Seeds) -> None:
    candidates = drawn(seeds)
    light = replace(RULES, most_grams=None)
    taken = {order.number for group in groups(candidates, light) for order in group.orders}
    lone = [candidate for candidate in candidates if candidate.order.number not in taken]
    assert not any(match_of(compare(a, b, light)) is Match.EXACT for a, b in combinations(lone, 2))


@given(SEEDS)
def test_grouping_a_group_again_gives_it_back(seeds: Seeds) -> None:
    for group in groups(drawn(seeds), RULES):
        assert groups(map(ready, group.orders), RULES) == (group,)


@given(SEEDS, st.randoms(use_true_random=False))
def test_a_parcel_keeps_every_piece_and_gives_its_orders_back_exactly(seeds: Seeds, dice: random.Random) -> None:
    orders = [candidate.order for candidate in drawn([*seeds, *[(CHANGES[0], CHANGES[0])] * 2])]
    parcel = merge(dice.sample(orders, len(orders)))
    assert sorted(parcel.orders, key=lambda o: int(o.number)) == orders
    assert sum(line.quantity for line in parcel.lines) == sum(line.quantity for o in orders for line in o.lines)
    assert sum((line.total.amount for line in parcel.lines), Decimal(0)) == 10 * len(orders)
    assert merge(parcel.orders) == parcel


def test_one_order_twice_is_no_parcel() -> None:
    with pytest.raises(ValueError, match="two of different numbers"):
        merge([ORDER, ORDER])


def test_postage_beyond_the_dearest_is_the_surplus() -> None:
    third = told(replace(ORDER, number="3"), postage=Money(Decimal("7.50"), "EUR"))
    assert merge([ORDER, SECOND]).surplus == Money(Decimal("4.90"), "EUR")
    assert merge([ORDER, SECOND, third]).surplus == Money(Decimal("9.80"), "EUR")
    assert merge([ORDER, told(SECOND, postage=Money(Decimal(0), "EUR"))]).surplus == Money(Decimal("0.00"), "EUR")


@pytest.mark.parametrize("postage", [None, Money(Decimal(50), "SEK")])
def test_a_surplus_that_cannot_be_known_is_not_guessed(postage: Money | None) -> None:
    assert merge([ORDER, told(SECOND, postage=postage)]).surplus is None
    assert merge([ORDER, replace(SECOND, delivery=None)]).surplus is None


def test_the_oldest_order_gives_the_parcel_its_address_and_carrier() -> None:
    assert merge([SECOND, ORDER]).base == ORDER
