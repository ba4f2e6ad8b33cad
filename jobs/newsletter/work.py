"""The weekly work: one issue from what the shop sells, and the approved one handed over."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from daemon.api import (
    Context,
    Draft,
    DraftState,
    Finding,
    Goal,
    Horizon,
    NewDraft,
    Text,
    Urgency,
)
from jobs.kinds.facts import PRODUCT_UNITS, STOCK, STOCK_CHECKED
from jobs.kinds.newsletter import NEWSLETTER, Issue
from jobs.kinds.shop import SHOP, Product
from jobs.newsletter.choice import Choice, Market, Share, choose
from jobs.newsletter.letter import Item, Letter, Section, as_html, as_text, one_line, price_text
from jobs.newsletter.options import NewsletterOptions

_LETTERS = TypeAdapter(Letter)
_STATES = {
    DraftState.WAITING: Text("waiting"),
    DraftState.APPROVED: Text("approved"),
    DraftState.REJECTED: Text("rejected"),
    DraftState.APPLIED: Text("applied"),
    DraftState.EXPIRED: Text("expired"),
    DraftState.UNCERTAIN: Text("uncertain"),
}
_HOLDING = (DraftState.WAITING, DraftState.APPROVED, DraftState.APPLIED, DraftState.UNCERTAIN)


def run(ctx: Context, options: NewsletterOptions) -> Text:
    """Draft this week's issue, once, and return what was done in one sentence."""
    year, week, _ = ctx.today.isocalendar()
    key = f"{ctx.routine}/{year}-W{week:02}"
    known = next((draft for draft in ctx.night.drafts(tuple(DraftState)) if draft.draft.key == key), None)
    if known is not None:
        return Text("The issue {key} was drafted before and is {state}", {"key": key, "state": _STATES[known.state]})
    market = _market(ctx, options.days)
    if market is None:
        return _no_products(ctx)
    choice = choose(market, Share(options.new, options.back, options.best), _used(ctx, options.no_repeat))
    if choice.count < options.min_items:
        told = {"n": choice.count, "wanted": options.min_items}
        thin = Text("No newsletter this week: {n} of at least {wanted} products are news to the readers", told)
        ctx.checked(thin)
        return thin
    letter = _letter(ctx, options, key, choice)
    _hand_over(ctx, options, letter, _missing(market))
    return Text(
        "The issue {key} is drafted with {n} product",
        {"key": key, "n": choice.count},
        "The issue {key} is drafted with {n} products",
    )


def _no_products(ctx: Context) -> Text:
    title = Text("No newsletter can be drafted: the shop lists no products")
    step = Text("Give the routine {routine} a shop connection that knows its products", {"routine": ctx.routine})
    ctx.find(
        Finding(
            f"newsletter/{ctx.routine}/no-products", Urgency.STAYS_BROKEN, title, next_step=step,
            goal=Goal.ACQUISITION, horizon=Horizon.SHORT,
        )
    )  # fmt: skip
    return title


def _market(ctx: Context, days: int) -> Market | None:
    """Return what is known of the shop, or None where it keeps no products."""
    products = ctx.connection(SHOP).products()
    if products is None:
        return None
    first = ctx.today - timedelta(days=days)
    by_sku = {product.sku: product for product in products}
    return Market(by_sku, ctx.start_of(first), _was_out(ctx, first), _sold(ctx, first))


def _was_out(ctx: Context, first: date) -> frozenset[str] | None:
    """Return the skus that had no stock on a day since `first`, or None where nobody looked."""
    if not ctx.night.facts([STOCK_CHECKED.name], first, ctx.today):
        return None
    facts = ctx.night.facts([STOCK.name], first, ctx.today)
    return frozenset(f.dimensions["sku"] for f in facts if isinstance(f.value, Decimal) and f.value <= 0)


def _sold(ctx: Context, first: date) -> dict[str, Decimal] | None:
    """Return the pieces sold by sku since `first`, or None where no figures were kept."""
    facts = ctx.night.facts([PRODUCT_UNITS.name], first, ctx.today)
    sold: Counter[str] = Counter()
    for fact in facts:
        if isinstance(fact.value, Decimal):
            sold[fact.dimensions["sku"]] += int(fact.value)
    return {sku: Decimal(units) for sku, units in sold.items()} if facts else None


def _used(ctx: Context, issues: int) -> frozenset[str]:
    mine = [draft for draft in ctx.night.drafts(_HOLDING) if draft.routine == ctx.routine]
    last = sorted(mine, key=lambda draft: draft.created)[-issues:] if issues else []
    return frozenset(sku for draft in last for sku in _skus(draft))


def _skus(draft: Draft) -> list[str]:
    try:
        letter = _LETTERS.validate_python(draft.draft.payload)
    except ValidationError:
        return []
    return [item.sku for section in letter.sections for item in section.items]


def _letter(ctx: Context, options: NewsletterOptions, key: str, choice: Choice) -> Letter:
    headings = options.headings
    parts = ((headings.new, choice.new), (headings.back, choice.back), (headings.best, choice.best))
    subject = options.subject.replace("{shop}", ctx.shop.name).replace("{week}", key.rpartition("W")[2])
    as_item = _item(options.product_url)
    sections = [Section(heading, [as_item(product) for product in some]) for heading, some in parts if some]
    return Letter(key, one_line(subject), options.intro, sections, options.closing, ctx.shop.language)


def _item(product_url: str) -> Callable[[Product], Item]:
    def item(product: Product) -> Item:
        link = product_url.replace("{sku}", quote(product.sku, safe=""))
        return Item(product.sku, one_line(product.title), price_text(product.price), link)

    return item


def _missing(market: Market) -> list[str]:
    """Return what the issue could not take into account, for the person who approves it."""
    gaps = [("Back in stock", market.was_out), ("Best sellers", market.sold)]
    return [f"{name}: not available, no figures of these days were kept" for name, known in gaps if known is None]


def _hand_over(ctx: Context, options: NewsletterOptions, letter: Letter, missing: list[str]) -> None:
    as_of = ctx.connection(SHOP).coverage().as_of.astimezone(ctx.zone)
    notes = [*missing, f"Prices and stock as of {as_of:%Y-%m-%d %H:%M}"]
    preview = "\n".join([f"Subject: {letter.subject}", "", as_text(letter), *notes])
    ctx.draft(
        NewDraft(
            letter.key,
            Text("Newsletter: {subject}", {"subject": letter.subject}),
            "\n".join("".join(c for c in line if c.isprintable()) for line in preview.split("\n")),
            asdict(letter),
            expires=ctx.now + options.expires,
        )
    )


def apply(ctx: Context, _options: NewsletterOptions, draft: Draft) -> Text:
    """Hand an approved issue to the newsletter system, as a draft there."""
    letter = _LETTERS.validate_python(draft.draft.payload)
    system = ctx.connection(NEWSLETTER)
    issue = Issue(letter.key, letter.subject, as_text(letter), as_html(letter))
    where = ctx.effect(
        f"newsletter/{letter.key}",
        f"the newsletter draft {letter.key}",
        lambda: system.create_draft(issue),
        lambda: system.find(letter.key),
    )
    return Text("The issue {key} waits at {where} to be sent", {"key": letter.key, "where": where})
