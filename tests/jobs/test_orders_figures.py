"""What the figures promise, for any documents whatever."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Money
from jobs.kinds.shop import Aside, Document, Line, Order, Return, Status
from jobs.orders.figures import by_day, total

START = datetime(2026, 3, 27, tzinfo=UTC)
prices = st.decimals(min_value=-5, max_value=1000, places=3, allow_nan=False, allow_infinity=False)
monies = st.builds(Money, prices, st.sampled_from(["EUR", "GBP"]))
lines = st.builds(Line, st.sampled_from("ABCDE"), st.just("title"), st.integers(-5, 50), monies)
some_lines = st.lists(lines, min_size=1, max_size=5).map(tuple)
moments = st.integers(0, 5 * 86400 - 1).map(lambda seconds: START + timedelta(seconds=seconds))
records = st.integers(1, 9)
orders = st.builds(
    Order, number=st.uuids().map(str), placed=moments, lines=some_lines, status=st.sampled_from(Status), records=records
)
returns = st.builds(Return, number=st.uuids().map(str), placed=moments, lines=some_lines, records=records)
asides = st.builds(Aside, number=st.uuids().map(str), placed=moments, records=records)
documents = st.lists(orders | returns | asides, max_size=30)


def sale_lines(found: list[Document]) -> list[Line]:
    sold = [d for d in found if isinstance(d, Order) and d.status is not Status.CANCELLED]
    return [line for d in sold for line in d.lines if line.quantity > 0 and line.price.amount > 0]


@given(documents)
def test_gross_is_the_exact_sum_over_sale_lines_per_currency(found: list[Document]) -> None:
    figures = total(found, "EUR")
    for code in ("EUR", "GBP"):
        mine = [line for line in sale_lines(found) if line.price.currency == code]
        assert figures.gross[code] == sum((line.price.amount * line.quantity for line in mine), Decimal(0))
    assert figures.units == sum(line.quantity for line in sale_lines(found))


@given(documents)
def test_returns_are_negated_and_count_positive_lines_too(found: list[Document]) -> None:
    back = [d for d in found if isinstance(d, Return)]
    figures = total(found, "EUR")
    assert figures.cancellations == len(back)
    whole = sum((line.price.amount * line.quantity for d in back for line in d.lines), Decimal(0))
    assert sum(figures.returns.values(), Decimal(0)) == -whole


@given(documents)
def test_every_record_is_counted_sale_or_not(found: list[Document]) -> None:
    assert total(found, "EUR").records == sum(document.records for document in found)


@given(st.lists(orders | returns, max_size=30).flatmap(lambda d: st.tuples(st.just(d), st.permutations(d))))
def test_the_order_of_the_documents_does_not_matter(pair: tuple[list[Document], list[Document]]) -> None:
    assert total(pair[0], "EUR").gross == total(pair[1], "EUR").gross
    assert total(pair[0], "EUR").top(3) == total(pair[1], "EUR").top(3)


@given(documents)
def test_the_days_add_up_to_the_whole(found: list[Document]) -> None:
    days = by_day(found, datetime.date, "EUR").values()
    whole = total(found, "EUR")
    assert sum(day.orders for day in days) == whole.orders
    assert sum(day.units for day in days) == whole.units
    assert sum((day.gross["EUR"] for day in days), Decimal(0)) == whole.gross["EUR"]


@given(documents)
def test_the_products_add_up_to_the_gross(found: list[Document]) -> None:
    figures = total(found, "EUR")
    assert sum((product.gross for product in figures.top(100)), Decimal(0)) == figures.gross["EUR"]
    assert sum(product.units for product in figures.top(100)) == figures.units


def test_a_cancelled_order_is_no_sale() -> None:
    line = Line("A", "Tasse", 2, Money(Decimal("1.50"), "EUR"))
    kept, gone = (Order(str(s), START, (line,), s) for s in (Status.SHIPPED, Status.CANCELLED))
    figures = total([kept, gone], "EUR")
    assert (figures.orders, figures.gross["EUR"]) == (1, Decimal("3.00"))


def test_another_currency_is_kept_apart() -> None:
    line = Line("A", "Tasse", 1, Money(Decimal(5), "SEK"))
    figures = total([Order("1", START, (line,))], "EUR")
    assert figures.foreign == {"SEK": Decimal(5)}
    assert figures.gross.get("EUR", Decimal(0)) == 0


def test_the_day_is_the_one_that_the_caller_names() -> None:
    line = Line("A", "Tasse", 1, Money(Decimal(5), "EUR"))
    assert list(by_day([Order("1", START, (line,))], lambda _: date(2026, 1, 1), "EUR")) == [date(2026, 1, 1)]
