"""Files by which a carrier's own program buys the labels of a wave: who reads what, and each file written once.

What the programs read: DHL's Online-Frankierung the file its own page describes (de.scribd.com/document/517878096:
CP1252, semicolons, this head in this order, at most 100 rows), DPD Shipper the columns of doc.dpd.be/node/16
(semicolons, countries as three digits of ISO 3166), GLS Gepard columns that its user assigns by name (docs.oxaion.de,
"Versanddienstleister General Logistics Systems"; ISO 8859-1 and semicolons as connect-help.speed4trade.com writes it).
No program of theirs was at hand to try a file on: `docs/paper.md` says so.

A file is due from the moment its wave is made, in the same batch; it is written under its own name and never again.
"""

import csv
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import MappingProxyType
from typing import Any

from daemon.api import Context, Finding, Goal, OutsideError, Text, Transition, UncertainError, Urgency
from jobs.orders.paper import CellName, ImportOptions
from jobs.orders.picklist import safe_cell
from jobs.orders.sheets import Desk, vars_of
from jobs.orders.waves import Box, Load

KIND = "carrier.file"
DUE, WRITTEN = "open", "written"
"""A file that is due is open, so that it outlives any retention until it is written."""
DHL_ROWS = 100
_ALL_ROWS = 100_000
_DIGITS: Mapping[str, str] = MappingProxyType(
    {
        "AT": "040", "BE": "056", "BG": "100", "CA": "124", "CH": "756", "CY": "196", "CZ": "203", "DE": "276",
        "DK": "208", "EE": "233", "ES": "724", "FI": "246", "FR": "250", "GB": "826", "GR": "300", "HR": "191",
        "HU": "348", "IE": "372", "IS": "352", "IT": "380", "LI": "438", "LT": "440", "LU": "442", "LV": "428",
        "MC": "492", "MT": "470", "NL": "528", "NO": "578", "PL": "616", "PT": "620", "RO": "642", "SE": "752",
        "SI": "705", "SK": "703", "US": "840",
    }
)  # fmt: skip
"""ISO 3166-1: the digits of the countries that European shops send to; any other stays in letters."""
_HOUSE = re.compile(r"^(?P<street>.*\D)\s+(?P<house>\d+\s?[a-zA-Z]?(?:\s?[-/]\s?\d+\s?[a-zA-Z]?)*)$")


@dataclass(frozen=True)
class Layout:
    """How a program reads a file: columns as heads and what stands in each, separator, encoding, rows at most.

    What stands in a column is a name of `CellName`, or `=` and the words themselves.
    """

    columns: Mapping[str, str]
    separator: str = ";"
    encoding: str = "utf-8-sig"
    most: int = _ALL_ROWS


_GENERIC = Layout(
    {name: name for name in ("order", "orders", "name", "street", "postcode", "city", "country", "carrier", "grams")},
    ",",
)
_SENDER = ("NAME1", "NAME2", "STREET", "HOUSENUMBER", "PLZ", "CITY", "COUNTRY")
LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "generic": _GENERIC,
        "dhl": Layout(
            {
                **{f"SEND_{name}": "" for name in _SENDER},
                "RECV_NAME1": "name", "RECV_NAME2": "", "RECV_STREET": "street", "RECV_HOUSENUMBER": "house",
                "RECV_PLZ": "postcode", "RECV_CITY": "city", "RECV_COUNTRY": "country", "PRODUCT": "product",
                "COUPON": "",
            },
            ";", "cp1252", DHL_ROWS,
        ),
        "dpd": Layout(
            {
                "recipient_name": "name", "recipient_street": "full street", "recipient_zip": "postcode",
                "recipient_city": "city", "recipient_country": "digits", "recipient_reference": "orders",
            },
            ";", "utf-8",
        ),
        "gls": Layout(
            {
                "ID-Nummer": "order", "Referenznummer": "orders", "Name1": "name", "Name2": "", "Name3": "",
                "Straße": "full street", "Länderkennzeichen": "country", "Postleitzahl": "postcode", "Ort": "city",
                "Gewicht": "kilograms",
            },
            ";", "iso-8859-1",
        ),
    }
)  # fmt: skip


def layout(options: ImportOptions) -> Layout:
    """Return how a file is written: by columns of the owner's own, else as the profile says."""
    if options.columns:
        named: dict[str, CellName | str] = {
            head: "full street" if cell == "street" and "house" not in options.columns.values() else cell
            for head, cell in options.columns.items()
        }
        known = LAYOUTS[options.profile]
        return Layout(named, known.separator, known.encoding, known.most)
    return LAYOUTS[options.profile]


def due(now: datetime, load: Load, desk: Desk, along: str) -> Iterator[Transition]:
    """Yield the steps that make a wave's files due."""
    for options in desk.options.import_files:
        mine = [box for box in load.boxes if box.base.carrier.casefold() == options.carrier.casefold()]
        how = layout(options)
        for start in range(0, len(mine), how.most):
            part = mine[start : start + how.most]
            name = _file_name(load.wave.name, options.carrier, start // how.most + 1 if len(mine) > how.most else 0)
            data = {"folder": str(options.folder), "name": name, "encoding": how.encoding, "at": now.isoformat()}
            data["text"] = table(part, how, options.product)
            yield Transition(KIND, f"{desk.source}/{name}", "", DUE, data, along=along)


def _file_name(wave: str, carrier: str, number: int) -> str:
    words = f"{wave} {carrier}" if carrier.casefold() not in wave.casefold() else wave
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in words.casefold())
    slug = "-".join(part for part in kept.split("-") if part)
    return f"{slug}-{number}.csv" if number else f"{slug}.csv"


def table(boxes: list[Box], how: Layout, product: str) -> str:
    """Return the rows of these parcels with a head; no cell begins like a formula or breaks its line."""
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=how.separator)
    writer.writerow(how.columns)
    for box in boxes:
        cells = {**_cells(box), "product": product, "": ""}
        writer.writerow([safe_cell(" ".join(cells[cell].split())) for cell in how.columns.values()])
    return text.getvalue()


def _cells(box: Box) -> dict[str, str]:
    address = vars_of(box.base.address)
    parted = _HOUSE.match(address["street"].strip())
    grams = _grams(box)
    return {
        **address,
        "full street": address["street"],
        "street": parted["street"].rstrip(" ,") if parted else address["street"],
        "house": parted["house"] if parted else "",
        "digits": _DIGITS.get(address["country"].upper(), address["country"]),
        "order": box.base.number,
        "orders": " ".join(order.number for order in box.orders),
        "carrier": box.base.carrier,
        "grams": str(grams) if grams is not None else "",
        "kilograms": str(Decimal(grams) / 1000) if grams is not None else "",
    }


def _grams(box: Box) -> int | None:
    """Return what the parcel's orders weigh; None where the shop does not say it of each."""
    weights = [order.delivery.grams if order.delivery else None for order in box.orders]
    known = [weight for weight in weights if weight is not None]
    return sum(known) if len(known) == len(weights) else None


def write_due(ctx: Context) -> None:
    """Write the files that are due, of this run or of one that was cut short; tell what could not be written."""
    for item in ctx.night.work_items(KIND, [DUE], []):
        data: Any = item.data
        path = Path(data["folder"]) / data["name"]
        make, find = partial(_write, path, data), partial(_written, path)
        try:
            ctx.effect(f"{KIND}/{item.id}", f"the file {path}", make, find)
        except OutsideError as error:
            ctx.find(_unwritten(path, error))
        else:
            written = {"folder": data["folder"], "name": data["name"]}
            ctx.night.move([Transition(KIND, item.id, DUE, WRITTEN, written)])


def _write(path: Path, data: Mapping[str, str]) -> str:
    """Write a file whole or not at all, readable by its owner and group, and return where it lies."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("wb", dir=path.parent, prefix=".import-", delete=False) as file:
            try:
                file.write(data["text"].encode(data["encoding"], "replace"))
                file.flush()
                os.fsync(file.fileno())
                _link(Path(file.name), path)
            finally:
                Path(file.name).unlink(missing_ok=True)
    except OSError as error:
        raise OutsideError(f"{path} can't be written: {error.strerror}", nothing_done=True) from error
    return str(path)


def _link(written: Path, path: Path) -> None:
    """Give a file its name; raise UncertainError where one of that name is there: nobody may have imported it yet."""
    try:
        os.link(written, path)
    except FileExistsError as error:
        raise UncertainError(f"{path} is there already: look whether it was imported") from error


def _written(path: Path) -> str:
    """Return a file that an earlier run wrote; raise UncertainError where it is gone: it may have been imported."""
    if path.exists():
        return str(path)
    raise UncertainError(f"{path} may have been written and taken away: look whether its labels were bought")


def _unwritten(path: Path, error: OutsideError) -> Finding:
    return Finding(
        f"orders:import:{path.name}", Urgency.DUE_TODAY,
        Text("The file {file} for the carrier was not written: {reason}", {"file": path.name, "reason": str(error)}),
        next_step=Text("See to the folder {folder}: it is tried again with the next run", {"folder": str(path.parent)}),
        goal=Goal.CONVERSION,
    )  # fmt: skip
