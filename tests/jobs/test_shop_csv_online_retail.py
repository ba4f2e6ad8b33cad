"""Half a year of a real shop, 141 days and 209,029 lines: every figure of every day, against a sum of our own."""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.api import Fact
from daemon.testing import make_outlet
from jobs.connectors.shops.csv import CSV, CsvOptions
from jobs.kinds.shop import ShopSystem
from jobs.orders.figures import Figures, by_day

DATA = Path(__file__).parents[3] / "shared" / "data" / "online-retail"
LONDON = ZoneInfo("Europe/London")
OPTIONS = CsvOptions(
    path=str(DATA),
    zone="Europe/London",
    currency="GBP",
    columns={
        "number": "InvoiceNo", "placed": "InvoiceDate", "sku": "StockCode", "title": "Description",
        "quantity": "Quantity", "price": "UnitPrice", "customer": "CustomerID",
    },
    returns_prefix=["C"],
    ignore_prefix=["A"],
)  # fmt: skip
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not DATA.is_dir(), reason="the data set is not here")]
Sums = tuple[int, Decimal, int, Decimal, int, int]


def own_sums() -> dict[date, Sums]:
    days: dict[date, Sums] = {}
    for path in DATA.glob("*.csv"):
        orders, returned, money, back, units, lines = set(), set(), Decimal(0), Decimal(0), 0, 0
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                number, quantity, price = row["InvoiceNo"], int(row["Quantity"]), Decimal(row["UnitPrice"])
                lines += 1
                if number.startswith("C"):
                    returned.add(number)
                    back -= quantity * price
                elif not number.startswith("A") and quantity > 0 and price > 0:
                    orders.add(number)
                    units += quantity
                    money += quantity * price
        days[date.fromisoformat(path.stem)] = (len(orders), money, units, back, len(returned), lines)
    return days


def told(figures: Figures) -> Sums:
    gross, returns = figures.gross["GBP"], figures.returns["GBP"]
    return figures.orders, gross, figures.units, returns, figures.cancellations, figures.records


def opened(kept: list[Fact], now: datetime) -> ShopSystem:
    return CSV.open(OPTIONS, make_outlet(DATA, now=now, keep=kept.append, facts=lambda *_: list(kept)))


def test_every_figure_of_all_141_days_is_exact() -> None:
    shop = opened([], datetime(2011, 6, 1, tzinfo=UTC))
    documents = shop.documents(datetime(2010, 1, 1, tzinfo=UTC), datetime(2011, 6, 1, tzinfo=UTC))
    found = by_day(documents, lambda moment: moment.astimezone(LONDON).date(), "GBP")
    expected = own_sums()
    assert len(expected) == 141
    assert {day: told(figures) for day, figures in found.items()} == expected
    assert sum(sums[5] for sums in expected.values()) == 209_029
    assert not shop.problems()


def test_an_evening_in_the_middle_of_the_data_sees_nothing_of_its_future() -> None:
    kept: list[Fact] = []
    evening = datetime(2011, 3, 1, 12, tzinfo=UTC)
    opened(kept, evening).coverage()
    shop = opened(kept, evening)
    placed = [d.placed for d in shop.documents(datetime(2011, 3, 1, tzinfo=UTC), datetime(2011, 3, 3, tzinfo=UTC))]
    assert placed
    assert max(placed) <= evening
    by_hour: dict[int, int] = defaultdict(int)
    for moment in placed:
        by_hour[moment.hour] += 1
    assert max(by_hour) < 12 or max(placed) == evening
