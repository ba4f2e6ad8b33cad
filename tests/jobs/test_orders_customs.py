"""What an order that leaves the customs territory needs before it can be declared, and which places are one territory."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from daemon.api import Money, NightclerkError, read_card
from daemon.testing import NOW, SHOP, make_context
from jobs.kinds.shop import Address, Delivery, Line, Order, Product, Status, Supply
from jobs.orders import OrdersOptions, line
from jobs.orders.checks import Rules, check
from jobs.orders.customs import exported, missing, territory
from jobs.orders.goods import supplied
from jobs.orders.handling import LineOptions
from jobs.orders.ruling import rules
from jobs.orders.watching import NEEDS
from tests.jobs.line_scenes import ORDER as PLAIN
from tests.jobs.line_scenes import Scene

OSLO = Address("Ola", "Gate 1", "0181", "Oslo", "NO")
DECLARED = Supply(grams=300, tariff="6912.00.21", origin="SE")
LINE = Line("A", "Tasse", 2, Money(Decimal(5), "EUR"), DECLARED)
ORDER = Order("1", NOW - timedelta(hours=3), (LINE,), Status.OPEN, OSLO, "ola")
STRICT = Rules(country="SE", customs=NEEDS)


@pytest.mark.parametrize(
    ("home", "country", "postcode", "leaves"),
    [
        ("SE", "DE", "10115", False),
        ("de", " DE ", "27499", False),
        ("DE", "DE", "D-27498", True),
        ("DE", "DE", "78266", True),
        ("FR", "MC", "98000", False),
        ("FR", "FR", "97400", True),
        ("FR", "RE", "97400", True),
        ("DE", "ES", "35001", True),
        ("DE", "ES", "28004", False),
        ("SE", "AX", "22100", True),
        ("DE", "CH", "8001", True),
        ("CH", "LI", "9490", False),
        ("DE", "GB", "SW1A 1AA", True),
        ("GB", "IM", "IM1 1AA", False),
        ("SE", "NO", "0181", True),
        ("NO", "NO", "0181", False),
        ("DE", "", "10115", False),
        ("", "NO", "0181", False),
        ("DE", "Frankreich", "75011", True),
    ],
)
def test_an_order_is_exported_where_goods_need_a_declaration(
    home: str, country: str, postcode: str, leaves: bool
) -> None:
    assert exported(Address("A", "B 1", postcode, "C", country), home) is leaves


def test_a_postcode_with_its_country_before_it_lies_where_it_lies() -> None:
    assert territory("DE", "DE-27498") == territory("DE", "27498") != territory("DE", "10115")


@pytest.mark.parametrize(
    ("supply", "words"),
    [
        (DECLARED, []),
        (replace(DECLARED, tariff="691200"), []),
        (replace(DECLARED, tariff="6912"), ["no tariff code"]),
        (replace(DECLARED, tariff="see invoice"), ["no tariff code"]),
        (replace(DECLARED, origin="Sweden"), ["no origin"]),
        (replace(DECLARED, origin=" se "), []),
        (replace(DECLARED, grams=0), ["no weight"]),
        (None, ["no tariff code, no origin, no weight"]),
    ],
)
def test_each_line_says_what_its_declaration_lacks(supply: Supply | None, words: list[str]) -> None:
    order = replace(ORDER, lines=(replace(LINE, supply=supply),))
    assert missing(order, "SE", NEEDS) == [["A", word] for word in words]
    assert (line.CUSTOMS in check([order], STRICT).of("1")) is bool(words)


def test_nothing_waits_at_home_or_where_the_owner_does_not_want_it() -> None:
    bare = replace(ORDER, lines=(replace(LINE, supply=None),))
    assert check([bare], STRICT).of("1") == (line.CUSTOMS,)
    assert check([bare], replace(STRICT, customs=())).of("1") == ()
    assert check([replace(bare, address=Address("D", "Weg 1", "10115", "Berlin", "DE"))], STRICT).of("1") == ()
    assert check([replace(bare, address=None)], STRICT).of("1") == ()


def test_the_weight_of_the_whole_order_stands_for_those_of_its_lines() -> None:
    light = replace(ORDER, lines=(replace(LINE, supply=replace(DECLARED, grams=None)),))
    assert missing(light, "SE", NEEDS) == [["A", "no weight"]]
    assert missing(replace(light, delivery=Delivery(grams=900)), "SE", NEEDS) == []
    assert missing(light, "SE", ["tariff"]) == []


def test_a_line_that_goes_elsewhere_than_its_order_is_judged_by_where_it_goes() -> None:
    home = Address("D", "Weg 1", "111 29", "Stockholm", "SE")
    gift = replace(LINE, sku="gift", supply=Supply(address=OSLO))
    kept = replace(LINE, supply=None)
    assert missing(replace(ORDER, address=home, lines=(kept, gift)), "SE", ["origin"]) == [["gift", "no origin"]]


def test_what_a_product_says_holds_of_its_lines_and_a_lines_own_word_goes_before_it() -> None:
    products = [Product("A", "Tasse", supply=DECLARED), Product("B", "Teller")]
    own = replace(LINE, supply=Supply(vendor="Glöd", grams=111, address=OSLO))
    bare, other = replace(LINE, supply=None), replace(LINE, sku="B", supply=None)
    (order,) = supplied([replace(ORDER, lines=(bare, own, other))], products)
    assert [one.supply for one in order.lines] == [
        DECLARED, Supply("Glöd", grams=111, address=OSLO, tariff="6912.00.21", origin="SE"), None,
    ]  # fmt: skip
    untouched = [ORDER]
    assert supplied(untouched, [Product("A", "Tasse")]) is untouched


def test_an_export_waits_with_what_is_missing_on_its_card_until_the_shop_knows_it(tmp_path: Path) -> None:
    scene = Abroad(tmp_path)
    scene.options = OrdersOptions.model_validate({"line": {"customs": True}})
    scene.has(replace(PLAIN, address=OSLO))
    assert "orders:held:customs" in {one.key for one in scene.passes().report.findings}
    assert scene.where() == ("held", [line.CUSTOMS])
    assert read_card(scene.item().data)["customs"] == [["A", "no tariff code, no origin, no weight"]]
    scene.known = DECLARED
    scene.passes()
    assert scene.where() == ("ready", [])
    assert "customs" not in read_card(scene.item().data)


class Abroad(Scene):
    """A shop that may come to know more of its one product."""

    known: Supply | None = None

    def products(self) -> list[Product]:
        return [Product("A", "Tasse", supply=self.known)]


@pytest.mark.parametrize("wrong", [{"declare": []}, {"declare": ["colour"]}, {"customs": "maybe"}])
def test_a_declaration_of_nothing_or_of_something_unknown_is_refused_by_check(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OrdersOptions.model_validate({"line": {"customs": True, **wrong}})


def test_a_shop_that_is_nowhere_is_told_to_say_where_instead_of_exporting_unseen(tmp_path: Path) -> None:
    ctx = make_context(tmp_path, shop=replace(SHOP, country=""))
    assert rules(ctx, LineOptions(), []).customs == ()
    with pytest.raises(NightclerkError, match="write where the shop is"):
        rules(ctx, LineOptions(customs=True), [])
