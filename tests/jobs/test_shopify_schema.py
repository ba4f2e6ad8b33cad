"""What is asked of Shopify is what its published schema knows, and whatever it may answer is survived."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, parse

from daemon.api import OutsideError
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops import _shopify_asking
from jobs.connectors.shops._shopify_asking import VERSION, document, texts
from jobs.connectors.shops._shopify_bulk import Exporter, history
from jobs.connectors.shops._shopify_shop import ShopifyShop
from jobs.kinds.shop import Order, Status
from tests.shops import seeded
from tests.shops.shopify_fake import RIGHTS, ShopifyFake, fulfilment_order, of, serving
from tests.shops.shopify_generated import Generated
from tests.shops.shopify_opening import opened
from tests.shops.shopify_rows import line, listed
from tests.shops.shopify_schema import OURS, earlier, needs_earlier, needs_schema, ours, parsed, wrong

BACK = NOW - timedelta(days=20)
HERE = Path(_shopify_asking.__file__).parent


@pytest.fixture
def fake() -> Iterator[ShopifyFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


def operations(text: str) -> list[OperationDefinitionNode]:
    return [one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode)]


def named(text: str) -> set[str]:
    return {one.name.value for one in operations(text) if one.name}


def unasked(text: str) -> list[str]:
    """Mutations of a text that do not ask for the errors they may end in."""
    bad = []
    for one in operations(text):
        if one.operation is OperationType.MUTATION:
            for field in one.selection_set.selections:
                inside = getattr(field, "selection_set", None)
                names = (
                    {getattr(part, "name", None) and part.name.value for part in inside.selections} if inside else set()
                )
                bad += [] if "userErrors" in names else [one.name.value if one.name else ""]
    return bad


@needs_schema
def test_every_operation_in_the_tree_is_valid_in_the_version_that_is_pinned() -> None:
    """As they are sent: what is exported has its fragments written out."""
    sent = {*texts().values(), history(NOW)}
    assert [wrong(ours(), text) for text in sent] == [[]] * len(sent)
    written = {name for path in HERE.glob("*.graphql") for name in named(path.read_text(encoding="utf-8"))}
    assert written == {*texts(), "History"}
    assert len(written) >= 16


@needs_schema
def test_the_version_that_is_asked_for_is_that_of_the_schema(fake: ShopifyFake, tmp_path: Path) -> None:
    """What is valid in one version need not be in another: a question to an earlier one is not even answered."""
    assert OURS.stem == f"admin_{VERSION}"
    assert opened(fake, make_outlet(tmp_path)).check() is None


@needs_schema
def test_every_operation_is_tried_with_a_field_that_is_not_there() -> None:
    """So that a misspelt field of any of them would be noticed here, and not by the shop."""
    for text in {*texts().values(), history(NOW)}:
        for one in operations(text):
            misspelt = text.replace(f" {one.name.value}", f" {one.name.value}X", 1) if one.name else text
            first = next(part for part in one.selection_set.selections if isinstance(part, FieldNode))
            begin = misspelt.index(f"{one.name.value}X") if one.name else 0
            broken = misspelt[:begin] + misspelt[begin:].replace(f"  {first.name.value}", f"  {first.name.value}Y", 1)
            assert any("Cannot query field" in said for said in wrong(ours(), broken)), one.name


@needs_schema
def test_an_operation_with_a_wrong_field_is_caught() -> None:
    assert wrong(ours(), document().replace("displayFinancialStatus", "financialStatus"))
    with pytest.raises(GraphQLError, match="nickname"):
        parsed(document().replace("vendor", "nickname"))


@needs_earlier
@needs_schema
def test_an_operation_that_only_the_earlier_version_knows_is_caught() -> None:
    text = 'query Rules { node(id: "gid://shopify/PriceRule/1") { ... on PriceRule { allocationLimit } } }'
    assert wrong(earlier(), text) == []
    assert any("PriceRule" in one for one in wrong(ours(), text))


@needs_schema
def test_the_variables_of_every_operation_are_what_the_schema_takes(fake: ShopifyFake, tmp_path: Path) -> None:
    """The fake refuses variables of a wrong type: so every operation is asked once, and answered."""
    fake.rights = (*RIGHTS, "write_merchant_managed_fulfillment_orders", "write_orders")
    fake.fulfilment_orders = [fulfilment_order(row) for row in fake.orders.values()]
    bought = next(iter(seeded.make().deals.values())).lines[0]
    fake.change(max(fake.orders), lineItems=listed([line(n, bought, "USD") for n in range(15)]))
    shop = opened(fake, make_outlet(tmp_path))
    assert list(shop.documents(BACK, NOW))
    assert list(shop.open_orders() or ())
    assert list(shop.products() or ())
    assert list(shop.abandoned(BACK, NOW) or ())
    gone, unread = sorted(fake.orders)[40:42]
    del fake.orders[gone]
    shop._mirror.forget([f"gid://shopify/Order/{unread}"])
    later = fake.now = NOW + timedelta(days=8)
    assert list(opened(fake, make_outlet(tmp_path, now=later)).documents(BACK, NOW))
    fake.now = later + timedelta(days=1)
    assert list(opened(fake, make_outlet(tmp_path, now=fake.now)).documents(BACK, NOW))
    exported = opened(fake, make_outlet(tmp_path / "file", now=fake.now))
    exported.many = 1
    assert list(exported.documents(BACK, NOW))
    writer = opened(fake, make_outlet(tmp_path, now=fake.now, writes=True), may_set=["fulfilled"])
    open_ = next(one.number for one in writer.open_orders() or () if one.status is Status.OPEN)
    assert writer.move(open_, Status.OPEN, Status.SHIPPED)
    assert writer.track(open_, "p", "DHL", "1")
    assert {name for name, _variables in fake.asked} == set(texts())


@needs_schema
@pytest.mark.parametrize("seed", range(8))
def test_nullable_fields_that_come_as_null_are_survived(fake: ShopifyFake, tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    fake.nulls = lambda name: name != "endCursor" and dice.random() < 0.1 * (seed + 1)
    fake.rights = (*RIGHTS, "read_merchant_managed_fulfillment_orders")
    fake.fulfilment_orders = [fulfilment_order(row) for row in fake.orders.values()]
    shop = opened(fake, make_outlet(tmp_path))
    found = list(shop.documents(NOW - timedelta(days=2), NOW))
    waiting, goods = list(shop.open_orders() or ()), list(shop.products() or ())
    assert shop.coverage().as_of <= NOW
    assert all(order.lines for order in [*found, *waiting] if isinstance(order, Order))
    assert found or shop.problems()
    assert goods is not None


def acts(shop: ShopifyShop) -> list[Callable[[], object]]:
    """Everything that may be written, and what is asked for it."""
    desk, order = shop._desk, "gid://shopify/Order/1"
    return [
        lambda: desk.note(order, "k", "text"),
        lambda: desk.track(order, "p", "DHL", "1"),
        *(partial(desk.move, order, before, Status.SHIPPED) for before in Status),
        lambda: desk.moved(order, Status.SHIPPED),
        lambda: Exporter(shop._asker, NOW).hand_over(BACK, lambda _some: None),
    ]


@needs_schema
@pytest.mark.slow
def test_whatever_the_schema_allows_is_survived(fake: ShopifyFake, tmp_path: Path) -> None:
    read = 0
    for seed in range(60):
        fake.resolver = Generated(seed)
        shop = opened(fake, make_outlet(tmp_path / str(seed), writes=True), may_set=["fulfilled"])
        shop.many = seed % 3
        with suppress(OutsideError):  # such as a list that does not go on
            read += len(list(shop.documents(NOW - timedelta(days=90), NOW)))
            read += len(list(shop.open_orders() or ())) + len(list(shop.products() or ()))
            shop.coverage()
            read += len(list(shop.abandoned(BACK, NOW) or ()))
        for act in acts(shop):
            with suppress(OutsideError):
                act()
        assert all("\x1b" not in str(bad.reason.values) for bad in shop.problems())
    assert read > 20


def test_a_mutation_that_does_not_ask_for_its_errors_would_be_caught() -> None:
    assert unasked("mutation Bare { orderClose(input: {id: 1}) { order { id } } }") == ["Bare"]
    assert [unasked(text) for text in set(texts().values())] == [[]] * 3


def test_nothing_is_ever_sorted_by_when_it_was_updated() -> None:
    assert "sortKey: UPDATED_AT" not in document()
    assert document().count("sortKey: ID") == 6


def test_no_question_travels_with_a_change() -> None:
    assert {one.operation for one in operations(document())} == {OperationType.QUERY}
