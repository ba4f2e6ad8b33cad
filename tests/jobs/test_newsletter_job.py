from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.api import Context, DraftState, Fact, Money, Text
from daemon.testing import NOW, FakeNight, make_context, make_outlet, names_in, travelled
from jobs.connectors.newsletters.file import FILE_NEWSLETTER, FileNewsletterOptions
from jobs.kinds import facts
from jobs.kinds.newsletter import Issue, NewsletterSystem
from jobs.kinds.shop import BadRecord, Coverage, Document, Order, Product, ShopSystem
from jobs.newsletter import NEWSLETTER_JOB
from jobs.newsletter.options import NewsletterOptions
from jobs.testing_kinds import AnswerLostError, LosesNewsletterAnswers

WEEK = timedelta(days=7)


def product(sku: str, *, stock: int | None = 5, age: int = 400, title: str = "") -> Product:
    return Product(sku, title or f"Product {sku}", stock, Money(Decimal("9.90"), "EUR"), NOW - timedelta(days=age))


@dataclass
class FakeShop(ShopSystem):
    listed: Sequence[Product] | None = ()
    name: str = "shop"

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        return iter(())

    def open_orders(self) -> Iterator[Order] | None:
        return None

    def products(self) -> Iterator[Product] | None:
        return None if self.listed is None else iter(self.listed)

    def coverage(self) -> Coverage:
        return Coverage(None, NOW)

    def problems(self) -> Sequence[BadRecord]:
        return ()


@dataclass
class Office:
    """A shop, its newsletter system and its nights."""

    folder: Path
    shop: FakeShop = field(default_factory=FakeShop)
    night: FakeNight = field(default_factory=FakeNight)
    system: NewsletterSystem | None = None

    def context(self, now: datetime, *, dry: bool = False) -> Context:
        system = self.system or FILE_NEWSLETTER.open(FileNewsletterOptions(), make_outlet(self.folder))
        opened = {"shop": {"main": self.shop}, "newsletter": {"file": system}}
        return make_context(
            self.folder, names_in(facts), now=now, night=self.night, opened=opened, routine="weekly", dry=dry
        )

    def run(self, now: datetime = NOW, **options: Any) -> Context:
        ctx = self.context(now)
        self.said = NEWSLETTER_JOB.run(ctx, NewsletterOptions.model_validate({"min_items": 1, **options}))
        self.night.accept(ctx)
        return ctx

    def decide(self, state: DraftState) -> None:
        self.night.all_drafts[-1] = replace(self.night.all_drafts[-1], state=state)

    def apply(self, *, dry: bool = False) -> Text | None:
        assert NEWSLETTER_JOB.apply is not None
        return NEWSLETTER_JOB.apply(self.context(NOW, dry=dry), NewsletterOptions(), self.night.all_drafts[-1])

    def count(self, name: str, sku: str, value: int, days_ago: int = 1) -> None:
        day = (NOW - timedelta(days=days_ago)).date()
        self.night.keep(Fact(name, day, Decimal(value), "count", NOW, "shop", {"sku": sku, "title": sku}))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def preview(ctx: Context) -> str:
    (draft,) = ctx.report.drafts
    return draft.preview


def test_new_back_and_popular_products_stand_under_their_headings(office: Office) -> None:
    office.shop.listed = [product("new", age=2), product("back"), product("best"), product("dull")]
    office.count("stock.checked", "", 4)
    office.count("stock.level", "back", 0)
    office.count("product.units", "best", 9)
    text = preview(office.run())
    parts = [text.index(word) for word in (
        "NEW IN THE SHOP", "Product new", "BACK IN STOCK", "Product back", "MOST LOVED", "Product best"
    )]  # fmt: skip
    assert parts == sorted(parts)
    assert "dull" not in text
    assert "9.90 EUR" in text


def test_a_best_seller_is_who_sold_most_over_all_days(office: Office) -> None:
    office.shop.listed = [product("a"), product("b")]
    office.count("product.units", "a", 5, 1)
    office.count("product.units", "b", 3, 1)
    office.count("product.units", "b", 3, 2)
    assert "Product b" in preview(office.run(best=1))


@pytest.mark.parametrize("stock", [0, -2])
def test_what_cannot_be_bought_is_not_advertised(office: Office, stock: int) -> None:
    office.shop.listed = [product("gone", stock=stock, age=1), product("here", stock=None, age=1)]
    text = preview(office.run())
    assert "Product here" in text
    assert "Product gone" not in text


def test_variants_of_one_title_are_shown_once(office: Office) -> None:
    office.shop.listed = [product("s", age=1, title="T-Shirt"), product("m", age=1, title="T-SHIRT")]
    assert preview(office.run()).casefold().count("t-shirt") == 1


def test_too_few_products_make_no_issue_and_say_so(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    ctx = office.run(min_items=2)
    assert not ctx.report.drafts
    assert ctx.report.checked[0].values == {"n": 1, "wanted": 2}


def test_a_shop_without_a_product_list_is_a_finding_and_not_an_empty_issue(office: Office) -> None:
    office.shop.listed = None
    ctx = office.run()
    assert [finding.key for finding in ctx.report.findings] == ["newsletter/weekly/no-products"]


def test_figures_nobody_kept_are_called_not_available(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    text = preview(office.run())
    assert "Back in stock: not available" in text
    assert "Best sellers: not available" in text


def test_a_second_run_of_the_week_drafts_nothing(office: Office) -> None:
    office.shop.listed = [product("new", age=1), product("newer", age=0)]
    office.run()
    assert not office.run(NOW + timedelta(hours=1)).report.drafts


@pytest.mark.parametrize(
    ("state", "shown"),
    [(DraftState.APPLIED, False), (DraftState.WAITING, False), (DraftState.REJECTED, True), (DraftState.EXPIRED, True)],
)
def test_the_next_issue_repeats_only_what_never_went_out(office: Office, state: DraftState, shown: bool) -> None:
    office.shop.listed = [product("new", age=1)]
    office.run()
    office.decide(state)
    assert bool(office.run(NOW + WEEK, days=30).report.drafts) is shown


def test_what_another_newsletter_shows_is_no_repetition(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    office.run()
    office.night.all_drafts = [replace(draft, routine="for-dealers") for draft in office.night.all_drafts]
    assert office.run(NOW + WEEK, days=30).report.drafts


def test_after_enough_issues_a_product_may_come_back(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    office.run()
    office.decide(DraftState.APPLIED)
    office.shop.listed = [product("other", age=1)]
    office.run(NOW + WEEK, days=30)
    office.decide(DraftState.APPLIED)
    office.shop.listed = [product("new", age=1)]
    assert office.run(NOW + 2 * WEEK, days=30, no_repeat=1).report.drafts


def test_the_week_over_new_year_is_one(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    keys = {
        Office(office.folder, office.shop).run(datetime(2027, 1, day, 5, tzinfo=UTC), days=92).report.drafts[0].key
        for day in (1, 3)
    }
    assert keys == {"weekly/2026-W53"}


def test_a_hostile_title_reaches_neither_terminal_nor_page_alive(office: Office) -> None:
    office.shop.listed = [product("x", age=1, title="<script>\x1b[2J\u202e\nEvil")]
    text = preview(office.run())
    assert all(c.isprintable() or c == "\n" for c in text)
    office.apply()
    page = next(office.folder.glob("*.html")).read_text()
    assert "<script" not in page
    assert "\x1b" not in page


def test_an_address_is_made_of_the_sku_and_nothing_breaks_out(office: Office) -> None:
    office.shop.listed = [product("a/b c", age=1)]
    assert "https://shop.test/p/a%2Fb%20c" in preview(office.run(product_url="https://shop.test/p/{sku}"))


def test_an_approved_issue_is_put_into_the_system_once(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    office.run()
    assert office.apply() == office.apply()
    assert len(list(office.folder.glob("*.eml"))) == 1


def test_a_dry_run_writes_nothing(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    office.run()
    office.apply(dry=True)
    assert not list(office.folder.iterdir())
    assert not office.night.effects


def test_an_answer_lost_on_the_way_back_is_found_by_the_second_try(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    office.run()
    office.system = LosesNewsletterAnswers(FILE_NEWSLETTER.open(FileNewsletterOptions(), make_outlet(office.folder)))
    with pytest.raises(AnswerLostError):
        office.apply()
    said = office.apply()
    assert said is not None
    assert said.values["where"] == office.system.find("weekly/2026-W47")


def test_the_draft_survives_the_way_into_the_ledger_and_back(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    (draft,) = office.run().report.drafts
    assert travelled(draft).payload["key"] == "weekly/2026-W47"
    assert draft.expires == NOW + timedelta(days=6)


def test_an_issue_is_made_of_what_was_approved_not_of_what_the_shop_says_later(office: Office) -> None:
    office.shop.listed = [product("new", age=1)]
    office.run()
    office.shop.listed = []
    kept: list[Issue] = []

    class Keeps(NewsletterSystem):
        def create_draft(self, issue: Issue) -> str:
            kept.append(issue)
            return "kept"

        def find(self, key: str) -> str | None:
            return None

    office.system = Keeps()
    office.apply()
    assert "Product new" in kept[0].text
