"""A shop known by its exports: what is read, what is refused, and that refusing one row costs no other."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from daemon.api import Fact, Money, OutsideError
from daemon.testing import NOW, make_outlet, travelled
from jobs.connectors.shops._csv_values import DecimalSign, number
from jobs.connectors.shops.csv import CSV, CsvOptions
from jobs.kinds.shop import Aside, Order, Return, ShopSystem, Status
from jobs.testing import ShopContract

HEADER = "number,placed,sku,title,quantity,price,customer"
COLUMNS = {name: name for name in HEADER.split(",")}
LONG_AGO, LATER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def written(folder: Path, *rows: str, name: str = "a.csv", header: str = HEADER, age: int = 0) -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    moment = (NOW - timedelta(days=age)).timestamp()
    os.utime(path, (moment, moment))
    return path


def nothing(_: Fact) -> None: ...


def opened(
    path: Path,
    *,
    now: datetime = NOW,
    kept: Sequence[Fact] = (),
    keep: Callable[[Fact], None] = nothing,
    **options: Any,
) -> ShopSystem:
    options = {"columns": COLUMNS if "profile" not in options else {}, **options}
    outlet = make_outlet(path.parent, now=now, facts=lambda *_: list(kept), keep=keep)
    return CSV.open(CsvOptions(path=str(path), **options), outlet)


def everything(shop: ShopSystem) -> list[Any]:
    return list(shop.documents(LONG_AGO, LATER))


class TestACsvShopIsAShop(ShopContract):
    @pytest.fixture(autouse=True)
    def _exports(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        for day in range(14, 20):
            rows = [f"{day}{n},2026-11-{day} {8 + n}:00:00,S{n},Kanne,{n - 1},1.50,c" for n in range(6)]
            written(tmp_path, *rows, f"C{day},2026-11-{day} 15:00:00,S1,Kanne,-1,1.50,c", name=f"{day}.csv")

    def shop(self, now: datetime) -> ShopSystem:
        return opened(self.folder, now=now, returns_prefix=["C"])


def test_corrections_of_a_sale_are_dropped_but_stand_as_records(tmp_path: Path) -> None:
    rows = [
        "1,2026-11-19 08:00,A,Tasse,2,0.001,c",
        "1,2026-11-19 08:00,B,Gift,1,0,c",
        "1,2026-11-19 08:00,C,Lost,-3,2,c",
    ]
    (order,) = everything(opened(written(tmp_path, *rows)))
    assert isinstance(order, Order)
    assert [(line.sku, line.total) for line in order.lines] == [("A", Money(Decimal("0.002"), "EUR"))]
    assert order.records == 3


def test_identical_rows_are_real_rows(tmp_path: Path) -> None:
    (order,) = everything(opened(written(tmp_path, *["1,2026-11-19 08:00,A,Tasse,2,1.10,c"] * 3)))
    assert sum(line.quantity for line in order.lines) == 6


def test_a_document_without_a_sale_line_is_no_order(tmp_path: Path) -> None:
    (document,) = everything(opened(written(tmp_path, "1,2026-11-19 08:00,A,Bad debt,1,0,c")))
    assert document == Aside("1", datetime(2026, 11, 19, 7, tzinfo=UTC), 1)


def test_prefixes_tell_returns_and_what_is_neither(tmp_path: Path) -> None:
    rows = ["C1,2026-11-19 08:00,A,Tasse,-2,5,c", "A2,2026-11-19 09:00,B,Adjust bad debt,1,11062.06,"]
    back, aside = everything(opened(written(tmp_path, *rows), returns_prefix=["C"], ignore_prefix=["A"]))
    assert isinstance(back, Return)
    assert back.lines[0].total == Money(Decimal(-10), "EUR")
    assert isinstance(aside, Aside)


def test_rows_of_one_document_need_not_be_neighbours_nor_of_one_minute(tmp_path: Path) -> None:
    rows = ["1,2026-11-19 08:00,A,,1,1,c", "2,2026-11-19 08:00,B,,1,1,c", "1,2026-11-19 08:01,C,,1,1,c"]
    one, two = everything(opened(written(tmp_path, *rows)))
    assert (len(one.lines), len(two.lines)) == (2, 1)


def test_a_document_belongs_to_the_window_of_its_first_row(tmp_path: Path) -> None:
    rows = ["1,2026-11-18 23:59,A,,1,1,c", "1,2026-11-19 00:00,B,,1,1,c"]
    midnight = datetime(2026, 11, 18, 23, tzinfo=UTC)
    shop = opened(written(tmp_path, *rows))
    assert list(shop.documents(midnight, NOW)) == []
    (order,) = shop.documents(midnight - timedelta(hours=1), midnight)
    assert isinstance(order, Order)
    assert len(order.lines) == 2


def test_a_bad_row_is_named_by_file_and_line_and_the_others_go_on(tmp_path: Path) -> None:
    rows = [
        "1,2026-11-19 08:00,A,Tasse,two,1,c", "2,yesterday,A,Tasse,1,1,c", "3,2026-11-19 08:00,A,Tasse,1,NaN,c",
        ",2026-11-19 08:00,A,Tasse,1,1,c", "5,2026-11-19 08:00,A,Tasse,1.5,1,c", "6,2026-11-19 08:00,A,Tasse,1,1,c",
    ]  # fmt: skip
    shop = opened(written(tmp_path, *rows))
    assert [document.number for document in everything(shop)] == ["6"]
    assert [(bad.source, bad.line) for bad in shop.problems()] == [("a.csv", line) for line in range(2, 7)]
    assert shop.problems()[0].reason.values == {"value": "two", "column": "quantity"}
    assert travelled([bad.reason for bad in shop.problems()])


def test_a_half_written_last_row_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}\n1,2026-11-19 08:00,A,Tasse,1,1,c\n2,2026-11-19 09:00,A,Ta", encoding="utf-8")
    shop = opened(path)
    assert [document.number for document in everything(shop)] == ["1"]
    assert [bad.line for bad in shop.problems()] == [3]


def test_a_line_break_inside_a_cell_does_not_shift_the_lines(tmp_path: Path) -> None:
    rows = ['1,2026-11-19 08:00,A,"two\nlines",1,1,c', "2,2026-11-19 08:00,A,Tasse,x,1,c"]
    shop = opened(written(tmp_path, *rows))
    assert len(everything(shop)) == 1
    assert [bad.line for bad in shop.problems()] == [4]


def test_a_quote_that_is_never_closed_costs_its_neighbourhood_but_not_the_file(tmp_path: Path) -> None:
    rows = ['1,2026-11-19 08:00,A,"open,1,1,c', *(f"{n},2026-11-19 08:00,A,Tasse,1,1,c" for n in range(2, 6000))]
    shop = opened(written(tmp_path, *rows))
    assert everything(shop)[-1].number == "5999"
    assert [bad.line for bad in shop.problems()] == [2]


def test_a_file_of_another_kind_says_which_column_is_missing(tmp_path: Path) -> None:
    shop = opened(written(tmp_path, "1,2", header="a,b"))
    assert everything(shop) == []
    assert [(bad.line, bad.reason.values) for bad in shop.problems()] == [(1, {"column": "customer"})]


def test_no_file_at_all_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no CSV file is found"):
        opened(tmp_path).coverage()


@pytest.mark.parametrize(
    ("cell", "decimal", "amount"),
    [
        ("2,55", "auto", "2.55"), ("1.234,50", "auto", "1234.50"), ('"1,234.50"', "auto", "1234.50"), ("0.001", "auto", "0.001"),
        ("1.234", "comma", "1234"), ("1,234", "comma", "1.234"), ("1 234,5", "auto", "1234.5"), ("1.234.567", "auto", "1234567"),
    ],
)  # fmt: skip
def test_a_semicolon_file_with_decimal_commas_is_read_exactly(
    tmp_path: Path, cell: str, decimal: str, amount: str
) -> None:
    path = written(tmp_path, f"1;2026-11-19 08:00;A;Tasse;1;{cell};c", header=HEADER.replace(",", ";"))
    (order,) = everything(opened(path, decimal=decimal))
    assert order.lines[0].price.amount == Decimal(amount)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from([",", ".", " ", "'"]))
def test_an_amount_written_with_thousands_marks_is_read_back_exactly(amount: Decimal, mark: str) -> None:
    decimal = "," if mark == "." else "."
    cell = f"{amount:,.2f}".replace(".", "D").replace(",", mark).replace("D", decimal)
    assert number(cell, DecimalSign.AUTO) == amount


@pytest.mark.parametrize("cell", ["1,234", "1,2.3,4", "12,34,56", "1e5", "٣", "--1", "", "inf"])
def test_a_number_that_can_be_read_in_two_ways_or_none_is_refused(tmp_path: Path, cell: str) -> None:
    shop = opened(written(tmp_path, f"1;2026-11-19 08:00;A;Tasse;1;{cell};c", header=HEADER.replace(",", ";")))
    assert everything(shop) == []
    assert len(shop.problems()) == 1


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        ("2026-11-19 08:00:00 +0100", {}), ("2026-11-19T07:00:00Z", {}), ("2026-11-19 07:00:00 UTC", {}),
        ("19.11.2026 08:00", {"date_format": "%d.%m.%Y %H:%M"}), ("2026-11-19 07:00", {"zone": "Europe/London"}),
    ],
)  # fmt: skip
def test_a_moment_is_the_same_instant_however_it_is_written(tmp_path: Path, cell: str, options: dict[str, Any]) -> None:
    (order,) = everything(opened(written(tmp_path, f"1,{cell},A,Tasse,1,1,c"), **options))
    assert order.placed == datetime(2026, 11, 19, 7, tzinfo=UTC)


def test_rows_later_than_now_do_not_exist_yet(tmp_path: Path) -> None:
    shop = opened(written(tmp_path, "1,2026-11-20 04:59,A,,1,1,c", "2,2026-11-20 05:01,A,,1,1,c"))
    assert [document.number for document in everything(shop)] == ["1"]


def test_of_overlapping_exports_the_one_written_last_is_believed(tmp_path: Path) -> None:
    written(tmp_path, "1,2026-11-18 08:00,A,,1,1,c", "2,2026-11-18 09:00,A,,1,1,c", name="z.csv", age=2)
    written(tmp_path, "1,2026-11-18 08:00,A,,5,1,c", name="a.csv", age=1)
    found = {document.number: document.lines[0].quantity for document in everything(opened(tmp_path))}
    assert found == {"1": 5, "2": 1}


def test_a_later_run_opens_only_the_files_that_span_the_window(tmp_path: Path) -> None:
    facts: list[Fact] = []
    old = written(tmp_path, "1,2026-10-01 08:00,A,,1,1,c", name="old.csv", age=3)
    written(tmp_path, "2,2026-11-19 08:00,A,,1,1,c", name="new.csv")
    opened(tmp_path, keep=facts.append).coverage()
    assert len(facts) == 2
    stat = old.stat()
    old.write_bytes(b"?" * stat.st_size)
    os.utime(old, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    shop = opened(tmp_path, kept=travelled(facts))
    assert [d.number for d in shop.documents(NOW - timedelta(days=2), NOW)] == ["2"]
    assert not shop.problems()


def test_a_file_that_was_replaced_is_looked_at_anew(tmp_path: Path) -> None:
    facts: list[Fact] = []
    path = written(tmp_path, "1,2026-10-01 08:00,A,,1,1,c", age=3)
    opened(path, keep=facts.append).coverage()
    written(tmp_path, "1,2026-11-19 08:00,A,,1,1,c", age=1)
    assert [d.number for d in opened(path, kept=facts).documents(NOW - timedelta(days=2), NOW)] == ["1"]


def test_coverage_reaches_to_when_the_newest_file_was_written(tmp_path: Path) -> None:
    coverage = opened(written(tmp_path, "1,2026-11-18 08:00,A,,1,1,c", age=1)).coverage()
    assert (coverage.since, coverage.as_of) == (datetime(2026, 11, 18, 7, tzinfo=UTC), NOW - timedelta(days=1))
    assert not coverage.silence_is_zero
    assert opened(tmp_path / "a.csv", gaps="closed").coverage().silence_is_zero


def test_without_a_word_on_shipping_no_order_is_called_open(tmp_path: Path) -> None:
    shop = opened(written(tmp_path, "1,2026-11-19 08:00,A,,1,1,c"))
    assert shop.open_orders() is None
    assert shop.products() is None


SHOPIFY = """Name,Email,Financial Status,Fulfillment Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem sku,Shipping Name,Shipping Street,Shipping City,Shipping Zip,Shipping Country,Notes,Cancelled at,Fulfilled at
#1001,Åsa@x.se,paid,,SEK,300.00,2026-11-19 10:00:00 +0100,1,Kaffekopp,100.00,K1,Åsa Ö,Gatan 1,Umeå,'90325,SE,Ring först,,
#1001,Åsa@x.se,,,,,,2,Smörkniv,100.00,S1,,,,,,,,
#1002,b@x.se,pending,,SEK,50.00,2026-11-19 11:00:00 +0100,1,Krug,50.00,G1,B,Weg 2,Bonn,53111,DE,,,
#1003,c@x.se,paid,fulfilled,SEK,50.00,2026-11-19 12:00:00 +0100,1,Krug,50.00,G1,C,Weg 2,Bonn,53111,DE,,,2026-11-19 13:00:00 +0100
#1004,d@x.se,refunded,,SEK,50.00,2026-11-19 12:00:00 +0100,1,Krug,50.00,G1,C,Weg 2,Bonn,53111,DE,,2026-11-19 13:00:00 +0100,
"""


def test_a_shopify_export_is_understood_without_naming_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(SHOPIFY, encoding="utf-8")
    shop = opened(path, profile="shopify")
    first, *others = everything(shop)
    assert not shop.problems()
    assert [line.sku for line in first.lines] == ["K1", "S1"]
    assert first.total == Money(Decimal(300), "SEK")
    assert first.note == "Ring först"
    assert first.address is not None
    assert (first.address.city, first.address.postcode) == ("Umeå", "90325")
    assert [order.status for order in others] == [Status.UNPAID, Status.SHIPPED, Status.CANCELLED]
    assert {order.number for order in shop.open_orders() or ()} == {"#1001", "#1002"}
    assert "@" not in first.customer


WOO = """Order Number,Order Status,Order Date,Customer Note,First Name (Shipping),Last Name (Shipping),Address 1&2 (Shipping),\
City (Shipping),Postcode (Shipping),Country Code (Shipping),Email (Billing),SKU,Item Name,Quantity,Item Cost,Order Total Amount
77,Processing,2026-11-19 10:00,,Ada,Bauer,Weg 1,Bonn,53111,DE,a@x.de,T1,Tasse,2,4.50,9.00
78,On hold,2026-11-19 10:05,,Bo,Ek,Gatan 2,Umeå,90325,SE,b@x.de,T1,Tasse,1,4.50,4.50
"""


def test_a_woocommerce_export_is_understood_without_naming_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(WOO, encoding="utf-8")
    first, second = everything(opened(path, profile="woocommerce"))
    assert first.address.name == "Ada Bauer"
    assert (first.status, second.status) == (Status.OPEN, Status.UNPAID)
    assert first.lines[0].total == first.total


@pytest.mark.parametrize("options", [{}, {"columns": {"numbr": "x"}}, {"columns": COLUMNS, "zone": "Mars/North"},
                                     {"columns": COLUMNS, "encoding": "utf-9"}, {"columns": COLUMNS, "currency": "euro"}])  # fmt: skip
def test_options_that_can_not_work_are_refused_before_the_night(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CsvOptions.model_validate({"path": "x", **options})


def test_the_index_is_kept_per_file_under_one_day(tmp_path: Path) -> None:
    facts: list[Fact] = []
    opened(written(tmp_path, "1,2026-11-19 08:00,A,,1,1,c"), keep=facts.append).coverage()
    assert [fact.day for fact in facts] == [date(1970, 1, 1)]
