"""What is written into a Shopify shop, what never is, and who hears of it: nobody."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from graphql import FieldNode, OperationDefinitionNode, OperationType, parse

from daemon.api import Outlet, OutsideError
from daemon.testing import NOW, make_context, make_outlet
from jobs.connectors.shops._shopify_asking import texts
from jobs.connectors.shops._shopify_shop import ShopifyShop
from jobs.kinds.shop import ShopWrites, Status
from jobs.testing import WritesContract
from jobs.testing_kinds import ShopWritesContract
from tests.shops import seeded
from tests.shops.shopify_changing import MARKS, PARCELS
from tests.shops.shopify_fake import RIGHTS, ShopifyFake, of, serving
from tests.shops.shopify_opening import opened
from tests.shops.shopify_schema import needs_schema, ours

pytestmark = needs_schema
TRUTH = seeded.make()
OPEN = str(max(deal.id for deal in TRUTH.deals.values() if deal.state == "paid" and deal.total))
SENT = str(max(deal.id for deal in TRUTH.deals.values() if deal.state == "sent" and deal.total))
UNKNOWN_NUMBER = "gid://shopify/Order/4"


def writable(fake: ShopifyFake, folder: Path, **options: object) -> ShopifyShop:
    """A shop that may be written to, with what is open in it read."""
    return read(fake, make_outlet(folder, writes=True), **options)


def read(fake: ShopifyFake, outlet: Outlet, **options: object) -> ShopifyShop:
    shop = opened(fake, outlet, **options)
    list(shop.open_orders() or ())
    return shop


@pytest.fixture
def fake() -> Iterator[ShopifyFake]:
    with serving(of(TRUTH, NOW, rights=(*RIGHTS, MARKS, PARCELS))) as served:
        yield served
        assert not served.changing.mails


class TestWrites(ShopWritesContract):
    order = OPEN

    @pytest.fixture(autouse=True)
    def _served(self, fake: ShopifyFake) -> None:
        self.fake = fake

    def writable(self, folder: Path) -> ShopWrites:
        return writable(self.fake, folder, may_set=["fulfilled"])


class TestTheRightToWrite(WritesContract[ShopifyShop]):
    @pytest.fixture(autouse=True)
    def _served(self, fake: ShopifyFake) -> None:
        self.fake = fake

    def opened(self, outlet: Outlet) -> ShopifyShop:
        return read(self.fake, outlet, may_set=["fulfilled"])

    def changes(self, system: ShopifyShop) -> Sequence[Callable[[], object]]:
        return (
            lambda: system.note(OPEN, "k", "text"),
            lambda: system.track(OPEN, "p", "DHL", "1"),
            lambda: system.move(OPEN, Status.OPEN, Status.SHIPPED),
        )

    def outside(self, folder: Path) -> object:
        return [*self.fake.changing.made], {name: set(tags) for name, tags in self.fake.changing.tags.items()}


# a note


def test_a_note_stands_beside_the_customers_own_and_is_tagged(fake: ShopifyFake, tmp_path: Path) -> None:
    before = fake.orders[int(OPEN)]["note"]
    writable(fake, tmp_path).note(OPEN, "held/1", "<b>held</b>: no street")
    ((_name, mark),) = fake.changing.made
    assert mark["value"] == "<b>held</b>: no street\n[nightclerk held/1]"
    assert (mark["namespace"], mark["type"]) == ("nightclerk", "multi_line_text_field")
    assert fake.changing.tags == {f"gid://shopify/Order/{OPEN}": {"nightclerk"}}
    assert fake.orders[int(OPEN)]["note"] == before


def test_a_note_that_is_there_is_not_written_again(fake: ShopifyFake, tmp_path: Path) -> None:
    where = writable(fake, tmp_path).note(OPEN, "k", "first")
    assert writable(fake, tmp_path).note(OPEN, "k", "first") == where
    assert len(fake.changing.made) == 1


def test_an_error_within_an_answer_that_says_all_is_well_is_an_error(fake: ShopifyFake, tmp_path: Path) -> None:
    fake.changing.refusal = {"metafieldsSet": "Value is too long \x1b[2J"}
    with pytest.raises(OutsideError, match="Value is too long") as caught:
        writable(fake, tmp_path).note(OPEN, "k", "text")
    assert "\x1b" not in str(caught.value)
    assert not caught.value.nothing_done, "the tag was set"


def test_an_app_that_may_only_read_says_so_and_nothing_was_done(fake: ShopifyFake, tmp_path: Path) -> None:
    fake.rights = RIGHTS
    with pytest.raises(OutsideError, match=r"write_orders.*give it the right") as caught:
        writable(fake, tmp_path).note(OPEN, "k", "text")
    assert caught.value.nothing_done


def test_a_change_is_never_repeated_by_itself(fake: ShopifyFake, tmp_path: Path) -> None:
    """The server may have made it before its answer broke off."""
    shop = writable(fake, tmp_path)
    fake.before = lambda name: fake.faults.extend([(502, {}, b"")] * 3) if name == "OrderMark" else None
    with pytest.raises(OutsideError) as caught:
        shop.note(OPEN, "k", "text")
    assert not caught.value.nothing_done
    assert len(fake.faults) == 2


def test_a_change_that_finds_the_bucket_empty_waits_as_a_question_does(fake: ShopifyFake, tmp_path: Path) -> None:
    shop = writable(fake, tmp_path)
    said = json.dumps({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}).encode()
    once = [(200, {"X-Shopify-Api-Version": "2026-10"}, said)]
    fake.before = lambda name: fake.faults.append(once.pop()) if name == "OrderMark" and once else None
    assert shop.note(OPEN, "k", "text")
    assert len(fake.changing.made) == 1


# a shipment


def test_goods_of_two_places_are_two_shipments(fake: ShopifyFake, tmp_path: Path) -> None:
    fake.changing.places = ("Providence", "Boston")
    assert writable(fake, tmp_path, may_set=["fulfilled"]).move(OPEN, Status.OPEN, Status.SHIPPED) == "FULFILLED"
    assert [name for name, _what in fake.changing.made] == ["fulfillmentCreate"] * 2


def test_the_second_of_two_shipments_that_is_refused_leaves_the_first(fake: ShopifyFake, tmp_path: Path) -> None:
    """So nobody may say that nothing was done; asked again, only what is left is sent."""
    fake.changing.places = ("Providence", "Boston")
    fake.changing.refusal = {f"{OPEN}Boston": "try again"}
    ctx, shop = make_context(tmp_path), writable(fake, tmp_path, may_set=["fulfilled"])

    def move() -> str:
        return ctx.effect(
            "k", "a shipment", lambda: shop.move(OPEN, Status.OPEN, Status.SHIPPED),
            lambda: shop.moved(OPEN, Status.SHIPPED),
        )  # fmt: skip

    with pytest.raises(OutsideError, match="try again") as caught:
        move()
    assert not caught.value.nothing_done
    fake.changing.refusal = {}
    assert move() == "FULFILLED"
    assert len(fake.changing.made) == 2


def test_what_shopify_does_not_let_us_send_is_refused_whole(fake: ShopifyFake, tmp_path: Path) -> None:
    fake.changing.places, fake.changing.held = ("Providence", "Boston"), True
    with pytest.raises(OutsideError, match="does not let this app") as caught:
        writable(fake, tmp_path, may_set=["fulfilled"]).move(OPEN, Status.OPEN, Status.SHIPPED)
    assert caught.value.nothing_done
    assert not fake.changing.made


def test_nothing_is_shipped_unless_the_file_says_so(fake: ShopifyFake, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"may_set: \[fulfilled\]"):
        writable(fake, tmp_path).move(OPEN, Status.OPEN, Status.SHIPPED)
    assert not fake.changing.made


def test_a_refund_can_not_even_be_configured(fake: ShopifyFake, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fulfilled"):
        writable(fake, tmp_path, may_set=["refunded"])


# a parcel


def test_a_parcel_is_named_at_the_shipment_and_nobody_is_told(fake: ShopifyFake, tmp_path: Path) -> None:
    shop = writable(fake, tmp_path, may_set=["fulfilled"])
    shop.move(OPEN, Status.OPEN, Status.SHIPPED)
    shop.track(OPEN, "p/1", "DHL", "JJD 1")
    (parcel,) = fake.orders[int(OPEN)]["fulfillments"]
    assert parcel["trackingInfo"] == [{"company": "DHL", "number": "JJD 1"}]
    assert shop.tracked(OPEN, "p/1")


def test_a_number_that_somebody_wrote_is_never_overwritten(fake: ShopifyFake, tmp_path: Path) -> None:
    shop = writable(fake, tmp_path, may_set=["fulfilled"])
    shop.move(OPEN, Status.OPEN, Status.SHIPPED)
    (parcel,) = fake.orders[int(OPEN)]["fulfillments"]
    parcel["trackingInfo"] = [{"company": "UPS", "number": "1Z"}]
    assert shop.track(OPEN, "p/1", "DHL", "JJD 1")
    assert parcel["trackingInfo"] == [{"company": "UPS", "number": "1Z"}]


def test_two_orders_of_one_number_are_told_and_not_chosen_from(fake: ShopifyFake, tmp_path: Path) -> None:
    """Shopify does not promise that an order's number is its alone."""
    other = next(number for number, row in fake.orders.items() if str(number) != OPEN and not row["closed"])
    fake.orders[other] |= {"name": f"#{OPEN}"}
    with pytest.raises(OutsideError, match="more than one order") as caught:
        writable(fake, tmp_path).note(OPEN, "k", "text")
    assert caught.value.nothing_done


# the text of the operations


def mutations() -> list[FieldNode]:
    """Every change that is asked for, in whatever file."""
    found = [one for text in set(texts().values()) for one in parse(text).definitions]
    whole = [o for o in found if isinstance(o, OperationDefinitionNode) and o.operation is OperationType.MUTATION]
    return [field for one in whole for field in one.selection_set.selections if isinstance(field, FieldNode)]


def test_the_changes_that_can_be_asked_for_are_these() -> None:
    assert {field.name.value for field in mutations()} == {
        "tagsAdd", "metafieldsSet", "fulfillmentCreate", "fulfillmentTrackingInfoUpdate", "bulkOperationRunQuery",
    }  # fmt: skip


def keyed(field: FieldNode) -> bool:
    return any(one.name.value == "idempotent" for one in field.directives)


def takes_a_key(name: str) -> bool:
    """Whether the schema says of a mutation that it knows `@idempotent`; elsewhere the directive is an error."""
    kind = ours().mutation_type
    assert kind is not None
    return "@idempotent" in (kind.fields[name].description or "")


def test_a_change_carries_a_key_that_makes_it_once_wherever_the_schema_knows_one() -> None:
    assert takes_a_key("inventoryAdjustQuantities")
    assert takes_a_key("refundCreate")
    assert {field.name.value: keyed(field) for field in mutations()} == {
        field.name.value: takes_a_key(field.name.value) for field in mutations()
    }


def test_no_text_leaves_it_open_whether_the_customer_is_told() -> None:
    texts_ = "".join(set(texts().values()))
    assert texts_.count("notifyCustomer: false") == 2
    assert "$notify" not in texts_
