"""What is called unusual, for any past whatever."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from jobs.briefing.unusual import ENOUGH, robust_z, unusual

numbers = st.decimals(min_value=0, max_value=100000, places=2, allow_nan=False, allow_infinity=False)
pasts = st.lists(numbers, min_size=1, max_size=8)
ORDINARY = [Decimal(n) for n in (95, 100, 105, 98, 102, 101, 99, 97)]


@given(numbers, pasts.flatmap(lambda past: st.tuples(st.just(past), st.permutations(past))))
def test_the_order_of_the_past_changes_nothing(value: Decimal, pair: tuple[list[Decimal], list[Decimal]]) -> None:
    assert robust_z(value, pair[0]) == robust_z(value, pair[1])


@given(numbers, pasts)
def test_nothing_inside_the_past_is_ever_unusual(value: Decimal, past: list[Decimal]) -> None:
    if min(past) <= value <= max(past):
        assert unusual(value, past) is None


def test_the_score_is_that_of_the_book() -> None:
    assert robust_z(Decimal(10), [Decimal(n) for n in (1, 2, 3, 4, 5)]).quantize(Decimal("0.0001")) == Decimal("4.7215")


def test_where_most_of_the_past_is_one_value_the_mean_deviation_takes_over() -> None:
    past = [Decimal(n) for n in (100, 100, 100, 100, 100, 100, 110, 90)]
    assert robust_z(Decimal(150), past) == Decimal(50) / (Decimal("1.253314") * Decimal("2.5"))
    assert unusual(Decimal(150), past) is not None
    assert unusual(Decimal(111), past) is None


def test_beside_equal_values_any_other_that_matters_is_unusual() -> None:
    past = [Decimal(100)] * 8
    assert unusual(Decimal(100), past) is None
    assert unusual(Decimal(149), past) is None
    assert unusual(Decimal(150), past) is not None
    assert unusual(Decimal(67), past) is None
    assert unusual(Decimal(66), past) is not None


def test_one_wild_day_hides_no_other() -> None:
    found = unusual(Decimal(300), [*ORDINARY[:7], Decimal(250)])
    assert found is not None
    assert (found.high, found.low_end, found.high_end, found.n) == (True, Decimal(95), Decimal(250), 8)


def test_low_is_told_from_high() -> None:
    found = unusual(Decimal(20), ORDINARY)
    assert found is not None
    assert not found.high


def test_a_short_past_says_nothing() -> None:
    assert unusual(Decimal(900), ORDINARY[: ENOUGH - 1]) is None
    assert unusual(Decimal(900), ORDINARY[:ENOUGH]) is not None


def test_a_count_off_by_a_few_is_chance() -> None:
    past = [Decimal(2)] * 8
    assert unusual(Decimal(5), past, least=Decimal(5)) is None
    assert unusual(Decimal(7), past, least=Decimal(5)) is not None
