"""An order in several parcels: by place, stock, supplier, warehouse, day, weight and number of pieces. Pure.

Each part is an order of its own that keeps everything else of its parent. Pieces and money are conserved: every piece
is in one part, and discount, postage, tax and total are shared by the value of the goods, to the last cent.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from daemon.api import Money, NightclerkError
from jobs.kinds.shop import Address, Delivery, Line, Order, Supply
from jobs.orders.addresses import address_key
from jobs.orders.allocation import allocate

MOST_PARTS = 100
"""Parts of one order; a limit that makes more of them is a mistake."""
_UNTOLD = Supply()


class SplitError(NightclerkError):
    """An order can't be split as asked; the sentence says why and what to do."""


class By(StrEnum):
    """What sends two lines of an order on different ways."""

    ADDRESS = "address"
    STOCK = "stock"
    VENDOR = "vendor"
    WAREHOUSE = "warehouse"
    DAY = "day"


@dataclass(frozen=True)
class Rules:
    """What parts are made by, and what one may hold at most (None: no limit).

    `stock` is what can be sent now by sku; what is not in it the shop does not count, and it is taken as there.
    The weight limit is one of the weights that are known: a piece whose weight nobody tells counts nothing. A single
    piece, or a bundle, that is above a limit goes alone.
    """

    by: frozenset[By] = frozenset()
    stock: Mapping[str, int] = field(default_factory=dict)
    most_grams: int | None = None
    most_pieces: int | None = None


@dataclass(frozen=True)
class Split:
    """The parts of an order, what can go now before what must wait; `waiting` are the numbers that wait for stock."""

    parts: tuple[Order, ...]
    waiting: frozenset[str] = frozenset()


_Way = tuple[date, tuple[str, ...], str, str]
"""From which day something can go, to which other address, from which vendor, from which warehouse."""


@dataclass(frozen=True)
class _Unit:
    """Lines that stay together: one line, whose pieces may be parted, or all lines of a bundle, whose may not."""

    lines: tuple[Line, ...]

    @property
    def bundled(self) -> bool:
        return bool(_supply(self.lines[0]).bundle)


def split(order: Order, rules: Rules) -> Split:
    """Return the parts of an order: the order itself where nothing parts it. Raise SplitError above MOST_PARTS.

    Parts are numbered N/1, N/2, ... A part split again by the same rules, but for stock that is gone, stays whole.
    """
    ways: dict[tuple[bool, _Way], list[_Unit]] = {}
    for way, unit in _on_their_ways(order, rules):
        ways.setdefault(way, []).append(unit)
    boxes: list[tuple[Line, ...]] = []
    now = 0
    for key in sorted(ways):
        for box in _boxes(ways[key], rules):
            boxes.append(box)
            if len(boxes) > MOST_PARTS:
                raise SplitError(f"order {order.number} would be more than {MOST_PARTS} parcels: raise the limit")
        waits, _ = key
        now = now if waits else len(boxes)
    parts = (order,) if len(boxes) == 1 else tuple(_parts(order, boxes, rules.by))
    return Split(parts, frozenset(part.number for part in parts[now:]))


def _supply(line: Line) -> Supply:
    return line.supply or _UNTOLD


def _units(lines: Iterable[Line]) -> list[_Unit]:
    """Return the lines as units; a bundle stands where its first line stood."""
    found: dict[object, list[Line]] = {}
    for place, line in enumerate(lines):
        found.setdefault(_supply(line).bundle or place, []).append(line)
    return [_Unit(tuple(unit)) for unit in found.values()]


def _on_their_ways(order: Order, rules: Rules) -> Iterator[tuple[tuple[bool, _Way], _Unit]]:
    """Yield each unit with its way and whether it waits; a line of which some pieces are in stock comes in two."""
    left = dict(rules.stock) if By.STOCK in rules.by else {}
    for unit in _units(order.lines):
        way = _way(unit, order, rules.by)
        for waits, some in _by_stock(unit, left):
            yield (waits, way), some


def _by_stock(unit: _Unit, left: dict[str, int]) -> Iterator[tuple[bool, _Unit]]:
    """Take what is in stock out of `left` and yield what goes now (False) and what waits (True); a bundle is one."""
    wanted: dict[str, int] = {}
    for line in unit.lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    if all(left.get(sku, pieces) >= pieces for sku, pieces in wanted.items()):
        left.update({sku: left[sku] - pieces for sku, pieces in wanted.items() if sku in left})
        yield False, unit
        return
    line = unit.lines[0]
    now = 0 if unit.bundled else max(left[line.sku], 0)
    if now:
        left[line.sku] -= now
        yield False, _Unit((replace(line, quantity=now),))
        yield True, _Unit((replace(line, quantity=line.quantity - now),))
    else:
        yield True, unit


def _way(unit: _Unit, order: Order, by: Collection[By]) -> _Way:
    """Return the way of a unit; a bundle goes with its first line, from the day on which all of it is there."""
    first = _supply(unit.lines[0])
    days = [day for line in unit.lines if (day := _supply(line).available) is not None]
    return (
        max(days, default=date.min) if By.DAY in by else date.min,
        _elsewhere(first, order) if By.ADDRESS in by else (),
        first.vendor if By.VENDOR in by else "",
        first.warehouse if By.WAREHOUSE in by else "",
    )


def _elsewhere(supply: Supply, order: Order) -> tuple[str, ...]:
    """Return the key of an address that is not the order's own, which comes first."""
    if supply.address is None:
        return ()
    key = address_key(supply.address)
    return () if order.address is not None and key == address_key(order.address) else key


def _boxes(units: Sequence[_Unit], rules: Rules) -> Iterator[tuple[Line, ...]]:
    """Yield what goes into each parcel: filled in the order of the lines, closed when the next piece is too much."""
    box = _Box(rules.most_grams, rules.most_pieces)
    for unit in units:
        rest = unit
        while rest.lines:
            fits = box.room_for(rest)
            if not fits and box.lines:
                yield tuple(box.lines)
                box = replace(box, lines=[])
            else:
                rest = box.take(rest, fits)
    yield tuple(box.lines)


@dataclass
class _Box:
    """One parcel while it is filled."""

    most_grams: int | None
    most_pieces: int | None
    lines: list[Line] = field(default_factory=list)

    def room_for(self, unit: _Unit) -> int:
        """Return how many pieces of a line still fit; of a bundle all or none."""
        pieces = sum(line.quantity for line in unit.lines)
        fits = pieces
        if self.most_pieces is not None:
            fits = min(fits, self.most_pieces - sum(line.quantity for line in self.lines))
        if self.most_grams is not None and (weight := _grams(unit.lines)):
            free = self.most_grams - _grams(self.lines)
            fits = min(fits, free * pieces // weight)
        return max(fits, 0) if not unit.bundled or fits >= pieces else 0

    def take(self, unit: _Unit, fits: int) -> _Unit:
        """Put in what fits, and into an empty box one piece at least; return what is left of the unit."""
        line = unit.lines[0]
        now = max(fits, 1)
        if unit.bundled or now >= line.quantity:
            self.lines.extend(unit.lines)
            return _Unit(())
        self.lines.append(replace(line, quantity=now))
        return _Unit((replace(line, quantity=line.quantity - now),))


def _grams(lines: Iterable[Line]) -> int:
    return sum((_supply(line).grams or 0) * line.quantity for line in lines)


def _parts(order: Order, boxes: Sequence[tuple[Line, ...]], by: Collection[By]) -> Iterator[Order]:
    """Yield one order for each parcel; its total is its goods, its columns and its share of what is beside them."""
    goods = [_goods(box) for box in boxes]
    told = order.delivery or Delivery()
    columns = [_shared(money, goods) for money in (told.postage, told.discount, told.tax)]
    beside = _shared(_beside(order, sum(goods[1:], goods[0])), goods)
    for place, (box, value) in enumerate(zip(boxes, goods, strict=True)):
        postage, discount, tax = (column[place] for column in columns)
        rest = beside[place]
        yield replace(
            order,
            number=f"{order.number}/{place + 1}",
            lines=box,
            address=_address(order, box, by),
            total=None if rest is None else _summed(value, postage, discount, tax) + rest,
            delivery=order.delivery
            and replace(order.delivery, grams=None, postage=postage, discount=discount, tax=tax),
        )


def _goods(box: Sequence[Line]) -> Money:
    return sum((line.total for line in box[1:]), box[0].total)


def _address(order: Order, box: Sequence[Line], by: Collection[By]) -> Address | None:
    """Return where a box goes: to its lines' own address where those part the order, else to the order's."""
    own = _supply(box[0]).address if By.ADDRESS in by else None
    return own or order.address


def _shared(money: Money | None, goods: Sequence[Money]) -> Sequence[Money | None]:
    return [None] * len(goods) if money is None else allocate(money, [value.amount for value in goods])


def _beside(order: Order, goods: Money) -> Money | None:
    """Return what of the total is in no column (a fee, or tax that the prices hold already); None without a total."""
    told = order.delivery or Delivery()
    return None if order.total is None else order.total - _summed(goods, told.postage, told.discount, told.tax)


def _summed(goods: Money, postage: Money | None, discount: Money | None, tax: Money | None) -> Money:
    """Return goods and what is known besides: postage and tax on top, the discount off."""
    nothing = goods * 0
    return goods + (postage or nothing) + (tax or nothing) - (discount or nothing)
