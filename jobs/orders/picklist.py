"""What to take from the shelves for the ready orders: summed by product, in the order of the bins, as a CSV file.

The file is opened in spreadsheets and its titles come from outside, so no cell may begin like a formula. It is
written whole or not at all, readable by its owner only.
"""

import csv
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import MappingProxyType

from jobs.kinds.shop import Order

HEADER = ("bin", "sku", "title", "quantity", "orders")
_NO_NAMES: Mapping[str, str] = MappingProxyType({})
_FORMULA = re.compile(r"(^|[;,\t\r\n])(?=[=+\-@\t\r])")
"""Where a formula may begin: at the start, or after what another country's spreadsheet takes for a separator."""


@dataclass
class Pick:
    """So many pieces of one product, for these orders."""

    sku: str
    title: str
    bin: str
    quantity: int = 0
    orders: list[str] = field(default_factory=list)


def picks(orders: Iterable[Order], bins: Mapping[str, str], names: Mapping[str, str] = _NO_NAMES) -> list[Pick]:
    """Return the pieces to pick by bin, then sku; a product without a bin comes last.

    `names` says by an order's number which parcel it goes in where that holds several orders, side by side in `orders`.
    """
    found: dict[str, Pick] = {}
    for order in orders:
        for line in order.lines:
            pick = found.setdefault(line.sku, Pick(line.sku, line.title, bins.get(line.sku, "")))
            pick.quantity += line.quantity
            name = names.get(order.number, order.number)
            if name not in pick.orders[-1:]:
                pick.orders.append(name)
    return sorted(found.values(), key=lambda p: (not p.bin, p.bin, p.sku))


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula."""
    return _FORMULA.sub(r"\1'", text)


def write(found: Iterable[Pick], folder: Path, day: date) -> Path:
    """Write the pick list of a day and return its path; an older one of the same day is replaced whole."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"pick-{day}.csv"
    with NamedTemporaryFile("w", dir=folder, prefix=".pick-", encoding="utf-8", newline="", delete=False) as file:
        try:
            rows = ((p.bin, p.sku, p.title, str(p.quantity), " ".join(p.orders)) for p in found)
            csv.writer(file).writerows([HEADER, *([safe_cell(cell) for cell in row] for row in rows)])
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        finally:
            Path(file.name).unlink(missing_ok=True)  # it has its own name by now, unless something went wrong
    return path
