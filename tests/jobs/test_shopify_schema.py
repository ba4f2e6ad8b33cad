"""What is asked of Shopify is what its published schema knows, and whatever it may answer is survived."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

from daemon.api import OutsideError
from daemon.testing import NOW, make_outlet
from jobs.connectors.shops import _shopify_asking
from jobs.connectors.shops._shopify_asking import document
from jobs.kinds.shop import Order
from tests.shops import seeded
from tests.shops.shopify_fake import RIGHTS, ShopifyFake, fulfilment_order, of, serving
from tests.shops.shopify_generated import Generated
from tests.shops.shopify_opening import opened
from tests.shops.shopify_rows import line, listed
from tests.shops.shopify_schema import earlier, needs_earlier, needs_schema, ours, parsed, wrong

BACK = NOW - timedelta(days=20)
HERE = Path(_shopify_asking.__file__).parent


@pytest.fixture
def fake() -> Iterator[ShopifyFake]:
    with serving(of(seeded.make(), NOW)) as served:
        yield served


def operations(text: str) -> list[OperationDefinitionNode]:
    return [one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode)]


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
    files = sorted(HERE.glob("*.graphql"))
    assert files
    assert {path.name: wrong(ours(), path.read_text(encoding="utf-8")) for path in files} == {
        path.name: [] for path in files
    }
    assert len(operations(document())) >= 8


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
    fake.rights = (*RIGHTS, "read_merchant_managed_fulfillment_orders")
    fake.fulfilment_orders = [fulfilment_order(row) for row in fake.orders.values()]
    bought = next(iter(seeded.make().deals.values())).lines[0]
    fake.change(max(fake.orders), lineItems=listed([line(n, bought, "USD") for n in range(15)]))
    shop = opened(fake, make_outlet(tmp_path))
    assert list(shop.documents(BACK, NOW))
    assert list(shop.open_orders() or ())
    assert list(shop.products() or ())
    gone, unread = sorted(fake.orders)[40:42]
    del fake.orders[gone]
    shop._mirror.forget([f"gid://shopify/Order/{unread}"])
    later = fake.now = NOW + timedelta(days=8)
    assert list(opened(fake, make_outlet(tmp_path, now=later)).documents(BACK, NOW))
    fake.now = later + timedelta(days=1)
    assert list(opened(fake, make_outlet(tmp_path, now=fake.now)).documents(BACK, NOW))
    asked = {name for name, _variables in fake.asked}
    named = {one.name.value for one in operations(document()) if one.name}
    assert asked == named


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


@needs_schema
def test_whatever_the_schema_allows_is_survived(fake: ShopifyFake, tmp_path: Path) -> None:
    read = 0
    for seed in range(60):
        fake.resolver = Generated(seed)
        shop = opened(fake, make_outlet(tmp_path / str(seed)))
        with suppress(OutsideError):  # such as a list that does not go on
            read += len(list(shop.documents(NOW - timedelta(days=90), NOW)))
            read += len(list(shop.open_orders() or ())) + len(list(shop.products() or ()))
            shop.coverage()
        assert all("\x1b" not in str(bad.reason.values) for bad in shop.problems())
    assert read > 20


def test_a_mutation_that_does_not_ask_for_its_errors_would_be_caught() -> None:
    assert unasked("mutation Bare { orderClose(input: {id: 1}) { order { id } } }") == ["Bare"]
    assert unasked(document()) == []


def test_nothing_is_ever_sorted_by_when_it_was_updated() -> None:
    assert "sortKey: UPDATED_AT" not in document()
    assert document().count("sortKey: ID") == 4


def test_nothing_is_asked_that_changes_the_shop() -> None:
    assert {one.operation for one in operations(document())} == {OperationType.QUERY}
