"""The section "yesterday in numbers": which figures stand where, with their comparisons and notes."""

from datetime import timedelta
from decimal import Decimal

from daemon.api import Money, Text
from jobs.briefing.chart import chart
from jobs.briefing.gather import Morning
from jobs.briefing.listing import listed
from jobs.briefing.numbers import WEEK, Figures, change, earlier, usual
from jobs.kinds import facts

TOP_PRODUCTS = 5
HOUR = timedelta(hours=1)
FULL_DAY = 24


def numbers(morning: Morning, day: Figures) -> dict[str, object]:
    """Return the section's values; every tile's `amounts` is empty where the figure is not available."""
    base = None if day.partial else earlier(morning, WEEK)
    return {
        "day": day.day,
        "until": day.read if day.partial else None,
        "tiles": _tiles(day, base),
        "rest": _rest(day, base),
        "usual": usual(morning, day),
        "chart": chart(morning),
        "top": _top_products(morning),
        "notes": _notes(morning, day, base),
    }


def _tiles(day: Figures, base: Figures | None) -> list[dict[str, object]]:
    return [
        _tile(Text("Gross"), day.gross, base.gross if base else (), day),
        _tile(Text("Orders"), _one(day.orders), _one(base.orders) if base else (), day),
        _tile(Text("Average order"), day.average, base.average if base else (), day),
    ]


def _rest(day: Figures, base: Figures | None) -> list[dict[str, object]]:
    abroad = [_tile(Text("Gross in other currencies"), day.foreign, (), day)] if day.foreign else []
    return [
        *abroad,
        _tile(Text("Returns"), day.returns, base.returns if base else (), day),
        _tile(Text("Net (gross less returns)"), day.net, base.net if base else (), day),
        _tile(Text("Units sold"), _one(day.units), _one(base.units) if base else (), day),
        _tile(Text("Cancellations"), _one(day.cancellations), _one(base.cancellations) if base else (), day),
    ]


def _tile(
    label: Text,
    amounts: tuple[Money, ...] | tuple[Decimal, ...],
    base: tuple[Money, ...] | tuple[Decimal, ...],
    day: Figures,
) -> dict[str, object]:
    now, before = (amounts[0], base[0]) if len(amounts) == len(base) == 1 else (None, None)
    return {"label": label, "amounts": list(amounts), "change": change(now, before, day.day - WEEK)}


def _one(count: Decimal | None) -> tuple[Decimal, ...]:
    return () if count is None else (count,)


def _top_products(morning: Morning) -> dict[str, object]:
    day, book = morning.yesterday, morning.book
    units: dict[str, Decimal] = {}
    for fact, value in book.numbers(facts.PRODUCT_UNITS, day):
        sku = fact.dimensions.get("sku", "")
        units[sku] = units.get(sku, Decimal(0)) + value
    rows = []
    for fact, value in book.numbers(facts.PRODUCT_GROSS, day):
        sku = fact.dimensions.get("sku", "")
        money = Money(value, morning.shop.currency if fact.unit in {"", "money"} else fact.unit)
        rows.append({"sku": sku, "title": fact.dimensions.get("title") or sku, "units": units.get(sku), "gross": money})
    rows.sort(key=lambda row: (-row["gross"].amount, str(row["sku"])))  # type: ignore[union-attr]
    return listed(rows, TOP_PRODUCTS)


def _notes(morning: Morning, day: Figures, base: Figures | None) -> list[Text]:
    notes = []
    hours = int((morning.start_of(morning.today) - morning.start_of(day.day)) / HOUR)
    if hours != FULL_DAY:
        notes.append(Text("{day:weekday} had {n} hours: the clocks changed.", {"day": day.day, "n": hours}))
    if day.read is None or day.partial:
        return notes
    if base is None:
        notes.append(_no_base(morning, day))
    return notes


def _no_base(morning: Morning, day: Figures) -> Text:
    known = any(f.day < day.day for f in morning.book.facts if f.name == facts.ORDERS.name)
    if known:
        return Text("There are no whole figures of {day} to compare with.", {"day": day.day - WEEK})
    return Text("These are the first figures: comparison starts on {day}.", {"day": day.day + WEEK + timedelta(days=1)})
