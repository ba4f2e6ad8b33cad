"""What the stock needs: out, low, oversold and dead, and what is not known and therefore not said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Context, Money, Text, Urgency
from daemon.render.say import Voice, say
from daemon.testing import NOW, FakeNight, make_context, make_outlet, names_in
from jobs.connectors.shops.demo import DemoOptions, DemoShop
from jobs.inventory import INVENTORY, InventoryOptions
from jobs.inventory.shelves import Limits, Sales, sort
from jobs.kinds import facts
from jobs.kinds.shop import BadRecord, Coverage, Document, Line, Order, Product, Status

PRICE = Money(Decimal(10), "EUR")
DECLARED = names_in(facts)
DAY = timedelta(days=1)


@dataclass
class Shelf:
    """A shop of which only stock and sales are known."""

    listed: list[Product] | None
    sold: list[Document] = field(default_factory=list)
    covers: Coverage = field(default_factory=lambda: Coverage(None, NOW))
    name: str = "main"

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        return (document for document in self.sold if first <= document.placed < until)

    def open_orders(self) -> Iterator[Order] | None:
        return None

    def products(self) -> Iterator[Product] | None:
        return None if self.listed is None else iter(self.listed)

    def coverage(self) -> Coverage:
        return self.covers

    def problems(self) -> Sequence[BadRecord]:
        return ()


def run(shop: Any) -> tuple[Context, Text]:
    ctx = make_context(Path(), DECLARED, opened={"shop": {"main": shop}})
    said = INVENTORY.run(ctx, InventoryOptions())
    assert said is not None
    return ctx, said


def sold(sku: str, units: int, days_ago: int = 5, status: Status = Status.SHIPPED) -> Order:
    return Order(f"{sku}{days_ago}", NOW - DAY * days_ago, (Line(sku, sku, units, PRICE),), status)


def product(sku: str, stock: int | None, days_old: int = 400) -> Product:
    return Product(sku, f"title {sku}", stock, PRICE, NOW - DAY * days_old)


def keys(ctx: Context) -> list[str]:
    return [finding.key for finding in ctx.report.findings]


def said(ctx: Context, part: str = "title") -> list[str]:
    voice = Voice("en", "DE", "Europe/Berlin")
    texts = [getattr(finding, part) for finding in ctx.report.findings]
    return [say(text, voice) for text in texts if text is not None]


def test_each_product_gets_the_finding_it_deserves() -> None:
    listed = [product("over", -2), product("out", 0), product("low", 10), product("fine", 45), product("dead", 7)]
    ctx, said = run(Shelf(listed, [sold("out", 28), sold("low", 28), sold("fine", 84), sold("over", 28)]))
    assert keys(ctx) == ["inventory:oversold", "inventory:out", "inventory:low", "inventory:dead"]
    assert [finding.urgency for finding in ctx.report.findings] == [
        Urgency("A"),
        Urgency("A"),
        Urgency("C"),
        Urgency("C"),
    ]
    assert said.values == {"out": 1, "low": 1, "dead": 1, "n": 5}
    assert ctx.report.findings[-1].stake == Decimal(70)


def test_cover_is_stock_by_daily_pace() -> None:
    ctx, _ = run(Shelf([product("low", 10)], [sold("low", 28)]))
    assert [(fact.name, fact.value) for fact in ctx.report.facts] == [
        ("stock.checked", 1), ("stock.level", 10), ("stock.cover", Decimal("10.0")),
    ]  # fmt: skip


def test_a_product_out_of_stock_that_nobody_asks_for_loses_no_money_now() -> None:
    ctx, _ = run(Shelf([product("old", 0)]))
    assert [(f.key, f.urgency) for f in ctx.report.findings] == [("inventory:out-unsold", Urgency.STAYS_BROKEN)]


def test_a_shop_without_stock_figures_is_said_to_tell_none() -> None:
    for listed in (None, [product("a", None)]):
        ctx, said = run(Shelf(listed))
        assert (ctx.report.facts, ctx.report.findings) == ([], [])
        assert said == Text("stock not available from {source}", {"source": "main"})


def test_a_product_without_a_stock_figure_is_not_out_of_stock() -> None:
    ctx, _ = run(Shelf([product("digital", None), product("fine", 100)], [sold("fine", 1)]))
    assert keys(ctx) == []
    assert ctx.report.facts[0].value == 1


def test_a_cancelled_order_sold_nothing() -> None:
    ctx, _ = run(Shelf([product("dead", 5)], [sold("dead", 50, status=Status.CANCELLED)]))
    assert keys(ctx) == ["inventory:dead"]


def test_a_new_product_is_not_dead_and_its_pace_counts_only_its_days() -> None:
    ctx, _ = run(Shelf([product("new", 5, days_old=30), product("newest", 30, days_old=7)], [sold("newest", 21)]))
    assert said(ctx) == ["title newest (newest) runs out in 9 days at the present pace: 30 left"]


def test_products_with_one_need_are_one_finding_with_the_stake_of_all() -> None:
    listed = [product(sku, 0) for sku in "abcd"]
    ctx, _ = run(Shelf(listed, [sold(sku, 28) for sku in "abcd"]))
    assert said(ctx) == ["4 products are out of stock and still asked for: title a, title b, title c, …"]
    assert said(ctx, "detail") == ["a; b; c; d"]
    assert said(ctx, "next_step") == ["Reorder them"]
    assert [(finding.key, finding.stake) for finding in ctx.report.findings] == [("inventory:out", Decimal(40))]


def test_two_that_run_low_say_how_many_are_left_of_each() -> None:
    ctx, _ = run(Shelf([product("a", 3), product("b", 1)], [sold("a", 28), sold("b", 56)]))
    assert said(ctx) == ["2 products run out soon: title b, title a"]
    assert said(ctx, "detail") == ["title b (b) 1 left; title a (a) 3 left"]


def test_less_than_a_day_of_stock_is_told_in_hours() -> None:
    ctx, _ = run(Shelf([product("a", 1)], [sold("a", 56)]))
    assert said(ctx) == ["title a (a) runs out in 12 hrs at the present pace: 1 left"]


def test_nothing_is_called_dead_where_the_sales_are_not_known_for_so_long() -> None:
    for covers in (
        Coverage(NOW - 30 * DAY, NOW),
        Coverage(None, NOW, silence_is_zero=False),
        Coverage(None, NOW - 3 * DAY),
    ):
        ctx, _ = run(Shelf([product("quiet", 5)], covers=covers))
        assert keys(ctx) == []
        assert any("dead stock not looked at" in text.id for text in ctx.report.checked)


@given(st.lists(st.tuples(st.integers(-5, 50), st.integers(0, 60)), max_size=20))
def test_no_product_is_in_two_of_oversold_out_and_low(pairs: list[tuple[int, int]]) -> None:
    listed = [replace(product(str(n), stock), created=None) for n, (stock, _) in enumerate(pairs)]
    sales = Sales({str(n): units for n, (_, units) in enumerate(pairs)}, {})
    found = sort(listed, sales, Limits(NOW - 28 * DAY, NOW - 90 * DAY, NOW, 14, knows_silence=True))
    skus = [shelf.product.sku for shelf in (*found.oversold, *found.out, *found.low)]
    assert len(skus) == len(set(skus))
    assert all(shelf.cover is not None and shelf.cover < 14 for shelf in found.low)


def test_the_demo_shop_has_something_of_everything_and_it_travels() -> None:
    ctx, _ = run(DemoShop(DemoOptions(), make_outlet(Path())))
    assert set(keys(ctx)) >= {
        "inventory:oversold", "inventory:out", "inventory:low", "inventory:dead",
    }  # fmt: skip
    FakeNight().accept(ctx)
