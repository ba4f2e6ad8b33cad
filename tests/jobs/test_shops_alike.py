"""One shop behind the demo, WooCommerce, Shopify and Magento is one shop to whoever reads it: the same bytes.

What a system can't tell is left out of all of them, and stands here with the reason (`UNTOLD`); nothing else is.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, is_dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.testing import NOW, SHOP, make_context, make_outlet, names_in
from jobs.kinds import facts
from jobs.kinds.shop import Aside, BadRecord, Coverage, Document, Line, Order, Product, Return, ShopSystem
from jobs.orders import ORDERS, OrdersOptions
from tests.shops import demo_seeded, magento_fake, seeded, shopify_fake, woocommerce_fake
from tests.shops.magento_opening import opened as magento
from tests.shops.seeded import SeededShop
from tests.shops.shopify_opening import opened as shopify
from tests.shops.shopify_schema import OURS, needs_schema
from tests.shops.woocommerce_opening import opened as woocommerce

pytestmark = pytest.mark.slow
DAYS = 21
FIRST = NOW - timedelta(days=DAYS)
BEGIN = FIRST + timedelta(days=5)
"""Returns of the first days may belong to orders that were placed before the seeded ones."""

UNTOLD: Mapping[type, Mapping[str, str]] = {
    Order: {
        "link": "each system has pages of its own",
        "delivery": "the demo tells no postage, tax or telephone; their fakes make them up, each in its own way",
        "carrier": "the demo tells none, and each system has words of its own for its ways of shipping",
        "owed": "the demo keeps no payments",
    },
    Return: {
        "number": "the demo numbers returns, the others the orders they belong to",
        "order": "the demo's returns belong to no order",
        "reason": "the demo tells none, and Magento only where somebody wrote a comment",
        "owed": "the demo keeps no payments, WooCommerce and Magento tell it only where they paid back themselves",
    },
    Product: {
        "bin": "only the demo knows where goods lie",
        "supply": "the demo tells no weights and no customs data; their fakes make them up, each in its own way",
    },
    Coverage: {
        "since": "only the demo tells the day it was opened",
        "trails": "the demo is up to date by nature, the others as new as their newest order",
    },
}
NOTHING: Mapping[str, object] = {
    "since": BEGIN,
    "number": "",
    "order": "",
    "link": "",
    "carrier": "",
    "reason": "",
    "bin": "",
}


def told(value: Any) -> Any:
    """A value without what not every system can tell."""
    return replace(value, **{name: NOTHING.get(name) for name in UNTOLD.get(type(value), ())})


@dataclass
class Told:
    """A shop that tells what every system can; its customers are numbered as they first came."""

    shop: ShopSystem
    name: str = "main"

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        return iter(self._known([told(one) for one in self.shop.documents(max(first, BEGIN), until)]))

    def open_orders(self) -> Iterator[Order] | None:
        return iter(self._known([told(one) for one in self.shop.open_orders() or () if one.placed >= BEGIN]))

    def products(self) -> Iterator[Product] | None:
        return iter(sorted((told(one) for one in self.shop.products() or ()), key=lambda one: one.sku))

    def coverage(self) -> Coverage:
        found: Coverage = told(self.shop.coverage())
        return found

    def problems(self) -> Sequence[BadRecord]:
        return self.shop.problems()

    def _known(self, found: list[Any]) -> list[Any]:
        """Each system has keys of its own for its customers; who is one of them is the same in all."""
        ranked = sorted(found, key=lambda one: (one.placed, one.number, text_of(one)))
        first = list(self.shop.documents(BEGIN, NOW + timedelta(seconds=1)))
        buyers = sorted((o for o in first if isinstance(o, Order)), key=lambda o: (o.placed, o.number))
        numbers = {key: f"customer {n}" for n, key in enumerate(dict.fromkeys(o.customer for o in buyers))}
        return [replace(o, customer=numbers[o.customer]) if isinstance(o, Order) else o for o in ranked]


def figures(shop: Told, folder: Path) -> tuple[bytes, bytes]:
    """What the orders job makes of a shop: its facts and its findings."""
    ctx = make_context(folder, names_in(facts), opened={"shop": {"main": shop}})
    ORDERS.run(ctx, OrdersOptions(history_days=DAYS - 3))
    return lines_of(ctx.report.facts), lines_of(ctx.report.findings)


def lines_of(values: Iterable[object]) -> bytes:
    """Values one a line, sorted: in which order they came says nothing."""
    return "\n".join(sorted(map(text_of, values))).encode()


def text_of(value: Any) -> str:
    """A value as JSON, with the name of what it is; amounts without zeros at their end, which say nothing either."""
    parts = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    return f"{type(value).__name__} {json.dumps(parts, default=_shown, sort_keys=True)}"


def _shown(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


@dataclass
class Row:
    """The same shop in all systems, opened anew for each question."""

    systems: dict[str, Callable[[], Told]]

    def each(self, ask: Callable[[Told], Any]) -> dict[str, Any]:
        """The answer of each system."""
        return {name: ask(make()) for name, make in self.systems.items()}


@pytest.fixture(scope="module")
def row(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Row]:
    folder = tmp_path_factory.mktemp("alike")
    demo = demo_seeded.demo(folder / "demo", NOW)
    with ExitStack() as open_:
        held = {"on-hold": "held"}  # by itself WooCommerce means one that is not paid yet
        systems = serving(open_, demo_seeded.seeded(demo, DAYS, BEGIN), folder, held)
        yield Row({"demo": lambda: Told(demo), **systems})


def serving(
    open_: ExitStack, truth: SeededShop, folder: Path, held: Mapping[str, str]
) -> dict[str, Callable[[], Told]]:
    """The fakes of a seeded shop, as they are opened; `held` is what the owner of the WooCommerce shop says of statuses."""
    woo = open_.enter_context(woocommerce_fake.serving(woocommerce_fake.of(truth, NOW)))
    mag = open_.enter_context(magento_fake.serving(magento_fake.of(truth, NOW)))
    systems = {
        "woocommerce": lambda: Told(woocommerce(woo, make_outlet(folder / "woo"), statuses=held)),
        "magento": lambda: Told(magento(mag, make_outlet(folder / "magento"))),
    }
    if OURS.exists():  # its fake answers by Shopify's own schema, which is not everywhere at hand
        shy = open_.enter_context(shopify_fake.serving(shopify_fake.of(truth, NOW, currency=SHOP.currency)))
        systems["shopify"] = lambda: Told(shopify(shy, make_outlet(folder / "shopify")))
    return systems


def same(answers: dict[str, bytes]) -> bytes:
    """The one answer of all; where one differs its first line that no other has is shown."""
    first, *others = answers.items()
    for name, answer in others:
        mine, theirs = set(first[1].splitlines()), set(answer.splitlines())
        assert (sorted(mine - theirs)[:1], sorted(theirs - mine)[:1]) == ([], []), (first[0], name)
        assert answer == first[1]
    return first[1]


@needs_schema
def test_there_are_four_of_them(row: Row) -> None:
    assert sorted(row.systems) == ["demo", "magento", "shopify", "woocommerce"]


def test_orders_and_returns_are_the_same_bytes(row: Row) -> None:
    found = same(row.each(lambda shop: lines_of(shop.documents(BEGIN, NOW))))
    assert found.count(b"\n") > 700


def test_open_orders_are_the_same_bytes(row: Row) -> None:
    found = same(row.each(lambda shop: lines_of(shop.open_orders() or ())))
    assert found.count(b"\n") > 30
    assert all(word in found for word in (b"held", b"unpaid", b"open"))


def test_products_and_their_stock_are_the_same_bytes(row: Row) -> None:
    assert same(row.each(lambda shop: lines_of(shop.products() or ()))).count(b"\n") > 100


def test_figures_and_findings_are_the_same_bytes(row: Row, tmp_path: Path) -> None:
    made = {name: figures(make(), tmp_path) for name, make in row.systems.items()}
    assert same({name: figures for name, (figures, _) in made.items()}).count(b"\n") > 100
    assert same({name: findings for name, (_, findings) in made.items()})


def test_nothing_is_left_out_that_all_systems_tell(row: Row) -> None:
    """Otherwise the list of what a system can't tell would hide a mistake."""
    open_: dict[str, list[list[Any]]] = {
        name: [list(made.shop.documents(BEGIN, NOW)), list(made.shop.products() or ()), [made.shop.coverage()]]
        for name, made in ((name, make()) for name, make in row.systems.items())
    }
    for kind, fields in UNTOLD.items():
        for one in fields:
            values = {
                name: sorted(repr(getattr(found, one)) for list_ in lists for found in list_ if type(found) is kind)
                for name, lists in open_.items()
            }
            assert len(set(map(tuple, values.values()))) > 1, (kind, one)


# the odd shop: two currencies, products that are gone, variations, markup in names


def test_the_odd_shop_is_the_same_in_all_systems(tmp_path: Path) -> None:
    with ExitStack() as open_:
        systems = serving(open_, known_by_mail(seeded.make()), tmp_path, held={})
        documents = {name: lines_of(map(plain, make().documents(BEGIN, NOW))) for name, make in systems.items()}
        waiting = {name: lines_of(plain(one) for one in make().open_orders() or ()) for name, make in systems.items()}
        stock = {name: lines_of(map(stocked, make().products() or ())) for name, make in systems.items()}
    assert same(documents).count(b"\n") > 150
    assert same(waiting)
    assert same(stock).count(b"\n") > 8


def stocked(product: Product) -> tuple[str, int | None]:
    """What is there of a product; of one without a SKU of its own nothing, as each system names it in its own way."""
    return (product.sku, product.stock) if product.sku.startswith(("HP-", "COAT-", "GIFT")) else ("", None)


def known_by_mail(shop: SeededShop) -> SeededShop:
    """The shop with a mail address for everybody: Shopify tells those who gave none apart from nobody."""
    deals = {
        number: replace(
            deal, buyer=replace(deal.buyer, email=deal.buyer.email or f"guest{deal.buyer.number}@mail.example")
        )
        for number, deal in shop.deals.items()
    }
    return replace(shop, deals=deals)


def plain(document: Document) -> Document:
    """A document whose lines name no product that has no SKU of its own, which Magento gives each, nor gifts."""
    if isinstance(document, Aside):
        return document
    priced = (line for line in document.lines if line.total.amount or isinstance(document, Order))
    return replace(document, lines=tuple(map(_unnamed, priced)))


def _unnamed(line: Line) -> Line:
    return replace(line, sku=line.sku if line.sku.startswith(("HP-", "COAT-")) else "")
