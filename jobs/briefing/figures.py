"""The section "yesterday in numbers": which figures stand where, with their comparisons and notes."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from daemon.api import Money, Text
from jobs.briefing.chart import chart
from jobs.briefing.comparing import Basis, basis, change
from jobs.briefing.customers import customer_notes, told_apart
from jobs.briefing.gather import Morning
from jobs.briefing.goal import month
from jobs.briefing.listing import listed
from jobs.briefing.numbers import WEEK, Figures
from jobs.briefing.outlook import outlook
from jobs.briefing.past import past_of
from jobs.briefing.remarks import remarks, usual
from jobs.kinds import facts

TOP_PRODUCTS = 5
HOUR = timedelta(hours=1)
FULL_DAY = 24
NOTHING = Basis()

Amounts = tuple[Money, ...] | tuple[Decimal, ...]


def numbers(morning: Morning, day: Figures) -> dict[str, object]:
    """Return the section's values; every tile's `amounts` is empty where the figure is not available."""
    past, currency = past_of(morning), morning.shop.currency
    against = basis(morning, day, past)
    rest_against = against if day.orders else NOTHING  # that everything is 0 without orders is said once
    return {
        "day": day.day,
        "until": day.read if day.partial else None,
        "tiles": _tiles(day, against),
        "rest": _rest(morning, day, rest_against),
        "usual": usual(morning, day, past),
        "unusual": remarks(morning, day, past),
        "month": month(past, morning.plan, currency),
        "outlook": outlook(past, currency),
        "chart": chart(morning),
        "top": _top_products(morning),
        "notes": _notes(morning, day, against),
    }


def _tiles(day: Figures, against: Basis) -> list[dict[str, object]]:
    return [
        _tile(Text("Gross"), lambda one: one.gross, day, against),
        _tile(Text("Orders"), lambda one: _one(one.orders), day, against),
        _tile(Text("Average order"), lambda one: one.average, day, against),
    ]


def _rest(morning: Morning, day: Figures, against: Basis) -> list[dict[str, object]]:
    abroad = [_tile(Text("Gross in other currencies"), lambda one: one.foreign, day, NOTHING)] if day.foreign else []
    customers = [
        _tile(Text("New customers"), lambda one: _one(one.new), day, against),
        _tile(Text("Returning customers"), lambda one: _one(one.returning), day, against),
    ]
    checkouts = [
        _tile(Text("Abandoned checkouts"), lambda one: _one(one.checkouts), day, against),
        _tile(Text("Left in abandoned checkouts"), lambda one: one.left, day, against),
    ]
    return [
        *abroad,
        _tile(Text("Returns"), lambda one: one.returns, day, against),
        _tile(Text("Net (gross less returns)"), lambda one: one.net, day, against),
        _tile(Text("Units sold"), lambda one: _one(one.units), day, against),
        _tile(Text("Cancellations"), lambda one: _one(one.cancellations), day, against),
        *(customers if told_apart(morning, day) else []),
        *(checkouts if day.checkouts is not None else []),
    ]


def _tile(label: Text, read: Callable[[Figures], Amounts], day: Figures, against: Basis) -> dict[str, object]:
    """Return one figure with its comparison; amounts in several currencies are compared with nothing."""
    amounts, base = read(day), against.figures
    before = read(base) if base is not None else ()
    if base is None or len(amounts) != 1 or len(before) != 1:
        return {"label": label, "amounts": list(amounts), "change": None}
    weeks = (day.day - base.day) // WEEK
    return {"label": label, "amounts": list(amounts), "change": change(amounts[0], before[0], base.day, weeks)}


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


def _notes(morning: Morning, day: Figures, against: Basis) -> list[Text]:
    compared = [day.day, *([against.figures.day] if against.figures else [])]
    notes = [note for one in compared for note in _clock_notes(morning, one)]
    if day.read is None or day.partial:
        return notes
    if against.why is not None:
        notes.append(against.why)
    elif against.figures is None:
        notes.append(_no_base(morning, day))
    return [*notes, *customer_notes(morning, day)]


def _clock_notes(morning: Morning, day: date) -> list[Text]:
    """Say of a day that is not as long as others how long it was."""
    hours = int((morning.start_of(day + timedelta(days=1)) - morning.start_of(day)) / HOUR)
    if hours == FULL_DAY:
        return []
    if day == morning.yesterday:
        return [Text("{day:weekday} had {n} hours: the clocks changed.", {"day": day, "n": hours})]
    return [Text("{day} had {n} hours: the clocks changed.", {"day": day, "n": hours})]


def _no_base(morning: Morning, day: Figures) -> Text:
    known = any(f.day < day.day for f in morning.book.facts if f.name == facts.ORDERS.name)
    if known:
        return Text("There are no whole figures of {day} to compare with.", {"day": day.day - WEEK})
    return Text("These are the first figures: comparison starts on {day}.", {"day": day.day + WEEK + timedelta(days=1)})
