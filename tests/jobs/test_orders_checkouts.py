"""What was left at the till: counted where a shop tells, and never called none where it does not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.api import Context, Money
from daemon.testing import NOW, make_context, make_outlet, names_in
from jobs.connectors.shops._shopify_shop import ShopifyShop
from jobs.connectors.shops.demo import DemoOptions, DemoShop
from jobs.kinds import facts
from jobs.kinds.shop import Checkout, ShopCheckouts
from jobs.orders import checkouts
from tests.shops import seeded
from tests.shops.shopify_fake import ShopifyFake, of, serving
from tests.shops.shopify_opening import opened
from tests.shops.shopify_rows import dated
from tests.shops.shopify_schema import needs_schema

YESTERDAY = date(2026, 11, 19)
BEGIN = datetime.fromisoformat("2026-11-18T23:00:00+00:00")
"""Midnight in Berlin."""


@dataclass(frozen=True)
class Till(DemoShop):
    """A shop that tells what was left at its till."""

    lies: tuple[Checkout, ...] | None = field(default=())

    def abandoned(self, first: datetime, until: datetime) -> Iterator[Checkout] | None:
        return None if self.lies is None else (one for one in self.lies if first <= one.begun < until)


def told(folder: Path, lies: tuple[Checkout, ...] | None) -> dict[tuple[str, str], object]:
    ctx = make_context(folder, names_in(facts))
    checkouts.report(ctx, Till(DemoOptions(seed=1), make_outlet(folder), lies), NOW)
    return reported(ctx)


def reported(ctx: Context) -> dict[tuple[str, str], object]:
    assert {fact.day for fact in ctx.report.facts} <= {YESTERDAY}
    return {(fact.name, fact.dimensions.get("currency", "")): fact.value for fact in ctx.report.facts}


def left(number: int, amount: str | None, code: str = "EUR", hours: float = 12) -> Checkout:
    value = None if amount is None else Money(Decimal(amount), code)
    return Checkout(str(number), BEGIN + timedelta(hours=hours), value)


def test_yesterdays_are_counted_and_what_stood_in_them_summed_by_currency(tmp_path: Path) -> None:
    lies = (left(1, "10.50"), left(2, "4.00"), left(3, "7", "SEK"), left(4, "99", hours=-1), left(5, "99", hours=24))
    assert told(tmp_path, lies) == {
        ("checkouts.abandoned", ""): 3, ("checkouts.value", "EUR"): Decimal("14.50"), ("checkouts.value", "SEK"): 7,
    }  # fmt: skip


def test_a_value_that_is_missing_leaves_the_sum_open(tmp_path: Path) -> None:
    assert told(tmp_path, (left(1, "10.50"), left(2, None))) == {("checkouts.abandoned", ""): 2}


def test_none_is_a_figure_and_not_known_is_none(tmp_path: Path) -> None:
    assert told(tmp_path, ()) == {("checkouts.abandoned", ""): 0, ("checkouts.value", "EUR"): 0}
    assert told(tmp_path, None) == {}


def test_a_shop_that_has_no_word_for_it_is_not_asked(tmp_path: Path) -> None:
    demo = DemoShop(DemoOptions(seed=1), make_outlet(tmp_path))
    assert not isinstance(demo, ShopCheckouts)
    ctx = make_context(tmp_path, names_in(facts))
    checkouts.report(ctx, demo, NOW)
    assert reported(ctx) == {}


# at Shopify


@pytest.fixture
def fake() -> Iterator[ShopifyFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


def all_of(shop: ShopifyShop) -> list[Checkout]:
    return list(shop.abandoned(NOW - timedelta(days=30), NOW) or ())


@needs_schema
def test_baskets_come_in_the_shops_own_currency_and_name_nobody(fake: ShopifyFake, tmp_path: Path) -> None:
    shop = opened(fake, make_outlet(tmp_path))
    assert isinstance(shop, ShopCheckouts)
    found = all_of(shop)
    assert len(found) == len(fake.checkouts) > 3
    assert {one.value.currency for one in found if one.value} == {"USD"}
    assert all(set(vars_of(one)) == {"number", "begun", "value"} for one in found)


def vars_of(one: Checkout) -> tuple[str, ...]:
    return tuple(one.__slots__)


@needs_schema
def test_one_that_was_finished_after_all_is_no_abandoned_one(fake: ShopifyFake, tmp_path: Path) -> None:
    """Shopify's list holds those that were won back, too."""
    fake.checkouts[0]["completedAt"] = dated(NOW)
    assert len(all_of(opened(fake, make_outlet(tmp_path)))) == len(fake.checkouts) - 1


@needs_schema
def test_those_of_other_days_are_left_out_whatever_the_filter_does(fake: ShopifyFake, tmp_path: Path) -> None:
    fake.deaf = True
    shop = opened(fake, make_outlet(tmp_path))
    assert list(shop.abandoned(NOW - timedelta(days=3000), NOW - timedelta(days=2000)) or ()) == []


@needs_schema
def test_an_app_that_may_not_see_them_knows_of_none(fake: ShopifyFake, tmp_path: Path) -> None:
    """And the night goes on."""
    fake.baskets = False
    assert opened(fake, make_outlet(tmp_path)).abandoned(NOW - timedelta(days=30), NOW) is None
