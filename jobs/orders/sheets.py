"""What stands on each sheet of an order, so that it can be printed without asking the shop again. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from daemon.api import Money, sealed
from jobs.kinds.paper import ADDRESS, LABEL, PICK_LIST, SLIP, Basis, Sheet
from jobs.kinds.shop import Address, Line, Order
from jobs.orders.line import BATCHED, CHECKED, HELD, KIND, NEW, PACKED, PICKED, READY
from jobs.orders.paper import PaperOptions
from jobs.orders.promise import Promise
from jobs.orders.waves import MARK, Box, Load

GOOD = (BATCHED, PICKED, PACKED)
"""An order in one of these states is printed: somebody works by paper, or is to."""
WAITS = (NEW, CHECKED, READY, HELD)
"""One in these is printed once it goes on; a sheet of one that stands elsewhere shows what is no longer so."""
_NOWHERE = Address()


@dataclass(frozen=True)
class Desk:
    """What sheets are written by: the source's name, the shop's own, the options, bins by sku, and the promise."""

    source: str
    shop: str
    options: PaperOptions
    bins: Mapping[str, str]
    promise: Promise


def ids(box: Box, desk: Desk) -> list[str]:
    """Return the ids of the sheets that a parcel is to have."""
    return [sheet_id(order, document, box, desk) for document, order in wanted(box, desk.options)]


def wanted(box: Box, options: PaperOptions) -> list[tuple[str, Order]]:
    """Return the documents of a parcel: a slip of each order, one address and one label."""
    slips = [(SLIP, order) for order in box.orders if SLIP in options.documents]
    return [*slips, *((one, box.base) for one in (ADDRESS, LABEL) if one in options.documents)]


def sheet_id(order: Order, document: str, box: Box, desk: Desk) -> str:
    """Return what names a sheet for ever: the same of the same order as it is now has the same."""
    return f"{desk.source}/{order.number}/{document}/{box.mark}"


def of_box(load: Load, place: int, places: int, box: Box, desk: Desk) -> Iterator[Sheet]:
    """Yield the sheets of a parcel that stands in that place of a wave."""
    marks = {f"{desk.source}/{number}": mark for number, mark in box.marks.items()}
    basis = Basis(KIND, marks, GOOD, WAITS)
    for document, order in wanted(box, desk.options):
        values = {
            "order": order.number,
            "code": sealed(order.number, box.marks[order.number]),
            "carrier": box.base.carrier,
            "wave": load.wave.name,
            "place": place,
            "places": places,
            "with": box.others(order),
            **_VALUES[document](box, order, desk),
        }
        yield Sheet(sheet_id(order, document, box, desk), document, load.wave, place, places, basis, values)


def _slip(box: Box, order: Order, desk: Desk) -> dict[str, Any]:
    """Return a slip; the price column and the sum stand on none where one of its parcel is a present."""
    gift = any(one.delivery is not None and one.delivery.gift is True for one in box.orders)
    priced = desk.options.prices and not gift
    return {
        "shop": {"name": desk.shop, "lines": list(desk.options.sender)},
        "placed": order.placed.isoformat(),
        "ship_by": desk.promise.due(order).isoformat(),
        "address": vars_of(box.base.address),
        "lines": [_line(line, priced=priced) for line in order.lines],
        "total": _money(order.total) if priced and order.total else "",
        "note": order.note,
        "gift": gift,
    }


def _address(box: Box, _order: Order, desk: Desk) -> dict[str, Any]:
    sender = Address(desk.shop, ", ".join(desk.options.sender))
    return {"to": vars_of(box.base.address), "from": vars_of(sender)}


def _label(_box: Box, _order: Order, desk: Desk) -> dict[str, Any]:
    """Return where the label is looked for when it is printed: it may be bought long after this."""
    labels = desk.options.labels
    assert labels is not None
    return {"folder": str(labels.folder), "name": labels.name}


_VALUES = {SLIP: _slip, ADDRESS: _address, LABEL: _label}


def _line(line: Line, *, priced: bool) -> dict[str, Any]:
    told = {"sku": line.sku, "title": line.title, "quantity": line.quantity}
    return {**told, "price": _money(line.price)} if priced else told


def _money(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def vars_of(address: Address | None) -> dict[str, str]:
    """Return an address by the names of its fields."""
    known = address or _NOWHERE
    return {name: getattr(known, name) for name in ("name", "street", "postcode", "city", "country")}


def pick_list(load: Load, desk: Desk) -> Sheet:
    """Return the list a wave is picked by: by bin, then by place, so by carrier and cut-off.

    Of each row it says how many pieces go to which place (`pieces`), so that a place can be left out when it is
    printed; `numbers` are the orders by their place.
    """
    marks = {f"{desk.source}/{n}": mark for _, box in load.placed() for n, mark in box.marks.items()}
    digest = blake2b("\n".join(f"{n} {mark}" for n, mark in sorted(marks.items())).encode(), digest_size=MARK // 2)
    name = _slug(load.wave.name)
    values = {
        "wave": load.wave.name,
        "leaves": load.wave.leaves.isoformat() if load.wave.leaves else "",
        "carriers": load.carriers,
        "rows": _rows(load, desk.bins),
        "numbers": [[order.number for order in box.orders] for _, box in load.placed()],
        "code": f"{name}.{digest.hexdigest()[:4]}",
    }
    basis = Basis(KIND, marks, GOOD, WAITS)
    where = f"{desk.source}/{name}/{PICK_LIST}/{digest.hexdigest()}"
    return Sheet(where, PICK_LIST, load.wave, 1, 1, basis, values)


def _rows(load: Load, bins: Mapping[str, str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for place, line in ((place, line) for place, box in load.placed() for one in box.orders for line in one.lines):
        row = found.setdefault(
            line.sku, {"bin": bins.get(line.sku, ""), "sku": line.sku, "title": line.title, "pieces": []}
        )
        if row["pieces"] and row["pieces"][-1][0] == place:
            row["pieces"][-1][1] += line.quantity
        else:
            row["pieces"].append([place, line.quantity])
    return sorted(found.values(), key=lambda row: (not row["bin"], row["bin"], row["pieces"][0][0], row["sku"]))


def _slug(name: str) -> str:
    """Return a name as it may stand in an id and in the name of a file."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.casefold())
    return "-".join(part for part in kept.split("-") if part)


def counted(sheets: Sequence[Sheet]) -> dict[str, int]:
    """Return how many sheets there are of each document."""
    found: dict[str, int] = {}
    for one in sheets:
        found[one.document] = found.get(one.document, 0) + 1
    return found
