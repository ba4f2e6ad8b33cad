"""What a running WooCommerce answered, recorded: the fake says the same, and the connector reads it."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from daemon.testing import NOW
from jobs.connectors.shops._woo_goods import Told, products
from jobs.connectors.shops._woo_rows import document, kept, kept_refund, refund
from jobs.connectors.shops._woo_rules import CORE, NO_ORDERS, Rules
from jobs.kinds.shop import Order, Status, Supply
from tests.shops import seeded
from tests.shops.woocommerce_asking import RefusedError
from tests.shops.woocommerce_fake import WooFake, of

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "woocommerce"
pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the recorded answers are not on this machine")
RULES = Rules(CORE, "https://shop.example/{id}")


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(next(SPECS.glob(f"{name}*.json")).read_text())
    return found


def asked(fake: WooFake, request: dict[str, Any], key: str) -> tuple[int, Any, dict[str, str]]:
    """Ask the fake what the running shop was asked."""
    parts = urlsplit(request["url"])
    url = f"{parts.scheme}://shop.example{parts.path}" + (f"?{parts.query}" if parts.query else "")
    headers = {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"} if key else {}
    try:
        data, heads = fake.answer(request["method"], url, headers, json.dumps(request["body"] or {}).encode())
    except RefusedError as refused:
        return refused.status, refused.body, {}
    return 200, data, heads


@pytest.mark.parametrize(
    ("name", "key"),
    [("e01", ""), ("e02", "ck_read:wrong"), ("e03", "ck_read:cs_read"), ("e04", "ck_read:cs_read"),
     ("e05", "ck_read:cs_read"), ("e06", "ck_read:cs_read"), ("e07", "ck_read:cs_read"), ("e08", "ck_read:cs_read"),
     ("e10", "ck_read:cs_read"), ("e14", "ck_read:cs_read")],
)  # fmt: skip
def test_the_fake_refuses_as_the_running_shop_did(name: str, key: str) -> None:
    real = recorded(name)
    status, body, _ = asked(of(seeded.make(), NOW), real["request"], key)
    assert status == real["status"]
    assert (body["code"], body["message"]) == (real["body"]["code"], real["body"]["message"])


def test_a_page_past_the_end_is_empty_and_counts_nothing() -> None:
    real = recorded("e09")
    status, body, heads = asked(of(seeded.make(), NOW), real["request"], "ck_read:cs_read")
    assert (status, body) == (real["status"], real["body"])
    assert {name: real["headers"][name] for name in heads} == heads


def test_a_fakes_rows_have_the_fields_of_recorded_ones() -> None:
    fake = of(seeded.make(), NOW)
    real = recorded("01")["body"][0]
    row = next(iter(fake.orders.values()))
    assert set(row) <= set(real)
    assert set(row["line_items"][0]) <= set(real["line_items"][0])
    assert {name: type(row[name]) for name in ("id", "number", "total", "customer_id")} == {
        name: type(real[name]) for name in ("id", "number", "total", "customer_id")
    }
    assert set(next(iter(fake.refunds.values()))) <= set(recorded("08")["body"][0])
    assert set(fake.products[40]) <= set(recorded("04")["body"])
    assert set(fake.products[41]) - {"variations"} <= set(recorded("05")["body"][0])


def test_the_statuses_of_the_running_shop_all_mean_something() -> None:
    assert {row["slug"] for row in recorded("20")["body"]} <= {*CORE, *NO_ORDERS}


@pytest.mark.parametrize("name", ["01", "02"])
def test_recorded_orders_are_read_to_the_cent(name: str) -> None:
    rows = [row for row in recorded(name)["body"] if row["status"] not in NO_ORDERS]
    assert rows
    for row in rows:
        made = document(kept(row), RULES)
        assert made.placed == datetime.fromisoformat(row["date_created_gmt"]).replace(tzinfo=UTC)
        if isinstance(made, Order):
            paid = [
                Decimal(line["total"]) + Decimal(line["total_tax"])
                for line in row["line_items"]
                if Decimal(line["total"]) > 0
            ]
            assert sum((line.total.amount for line in made.lines), Decimal(0)) == sum(paid)
            assert {line.price.currency for line in made.lines} == {row["currency"]}


def test_a_recorded_refund_gives_back_what_the_order_took() -> None:
    row = recorded("06")["body"]
    order = document(kept(row), RULES)
    back = refund(kept_refund(recorded("07")["body"][0], kept(row)))
    assert isinstance(order, Order)
    assert order.status is Status.CANCELLED
    assert order.owed is not None
    assert order.owed.amount == 0
    assert sum(line.total.amount for line in back.lines) == -sum(line.total.amount for line in order.lines)
    assert (back.order, back.reason) == ("2638", "Late delivery — Entschädigung")
    assert back.placed == datetime(2026, 11, 20, 5, 5, tzinfo=UTC)


def test_recorded_weights_are_read_in_the_unit_that_the_owner_names() -> None:
    rows = recorded("03")["body"]
    listed = {one.sku: one.supply for one in products(rows, "USD", Told(weights="lbs"))}
    simple = next(row for row in rows if row["sku"] == "HP-0299")
    assert simple["weight"] == "1.78"
    assert listed["HP-0299"] == Supply(grams=808)
    (variation, *_) = products([recorded("04")["body"], *recorded("05")["body"]], "USD", Told(weights="kg"))
    assert variation.supply == Supply(grams=2500)


def test_recorded_products_list_the_variations_and_not_their_parent() -> None:
    parent, variations = recorded("04")["body"], recorded("05")["body"]
    listed = list(products([parent, *variations], "USD"))
    assert {product.sku for product in listed} == {row["sku"] for row in variations}
    assert {product.stock for product in listed} == {875}
