"""What an export tells of risk, of who pays where, and of the goods for a customs declaration."""

from pathlib import Path

import pytest

from daemon.testing import NOW, make_outlet
from jobs.connectors.shops.csv import CSV, CsvOptions
from jobs.kinds.shop import Danger, Order, Risk, ShopSystem, Supply

NAMES = ["number", "placed", "sku", "quantity", "price", "tariff", "origin", "grams", "billed_in", "risk", "vendor"]


def opened(folder: Path, *rows: str, header: str = ",".join(NAMES), **options: object) -> ShopSystem:
    path = folder / "a.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    made = CsvOptions.model_validate({"path": str(path), "columns": {name: name for name in NAMES}, **options})
    return CSV.open(made, make_outlet(folder, now=NOW))


def read(shop: ShopSystem) -> Order:
    (order,) = shop.documents(NOW.replace(year=2000), NOW)
    assert isinstance(order, Order)
    return order


def test_columns_of_the_owners_own_tell_what_a_declaration_needs(tmp_path: Path) -> None:
    order = read(opened(tmp_path, "1,2026-11-19 10:00,A,2,5,691200,CN,350,US,High,Glöd", "1,,B,1,5,,,,,,"))
    assert [one.supply for one in order.lines] == [Supply("Glöd", grams=350, tariff="691200", origin="CN"), None]
    assert order.risk == Risk(Danger.HIGH)
    assert order.delivery is not None
    assert order.delivery.billed_in == "US"


@pytest.mark.parametrize("word", ["", "none", "pending", "=cmd()"])
def test_a_judgement_that_is_none_is_no_judgement(tmp_path: Path, word: str) -> None:
    order = read(opened(tmp_path, f"1,2026-11-19 10:00,A,2,5,,,,,{word},"))
    assert (order.risk, order.delivery) == (None, None)


def test_a_weight_that_is_none_is_told_and_costs_nothing_else(tmp_path: Path) -> None:
    shop = opened(tmp_path, "1,2026-11-19 10:00,A,2,5,691200,CN,half a pound,US,low,")
    assert read(shop).lines[0].supply == Supply(tariff="691200", origin="CN")
    assert [(one.line, one.reason.values["column"]) for one in shop.problems()] == [(2, "grams")]


def test_shopifys_own_columns_are_understood(tmp_path: Path) -> None:
    header = "Name,Created at,Lineitem name,Lineitem quantity,Lineitem price,Billing Country,Risk Level"
    row = "#1,2026-11-19 10:00:00 +0100,Cup,1,5,US,Medium"
    order = read(opened(tmp_path, row, header=header, profile="shopify", columns={}))
    assert order.risk == Risk(Danger.MEDIUM)
    assert order.delivery is not None
    assert order.delivery.billed_in == "US"
