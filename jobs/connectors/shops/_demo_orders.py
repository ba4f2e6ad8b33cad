"""The documents of one local day of the demo shop: some forty orders, busier in autumn and at the start of the week.

Everything follows from the seed and the day; only where an order stands (open, shipped) depends on now as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from daemon.api import Money
from jobs.connectors.shops._demo_dice import Dice
from jobs.connectors.shops._demo_goods import OPENED, Good, goods
from jobs.kinds.shop import Address, Line, Order, Return, Status

_USUAL = 40
_WEEK = (118, 108, 100, 98, 92, 76, 108)
"""Percent of a usual day, Monday first."""
_YEAR = (92, 88, 94, 96, 98, 90, 82, 86, 98, 106, 128, 142)
_SENT_AT = time(14)
_SATURDAY = 5
_CUSTOMERS = 900
_FATES = {
    "unpaid": (3, 5), "held": (1, 5), "address": (2, 1), "note": (4, 1), "cancelled": (2, 0), "forgotten": (1, 7),
}  # fmt: skip
"""What goes wrong: in so many of a hundred orders, and how many days longer they wait."""
_NAMES = (
    "Åsa Öberg", "Jürgen Groß", "Zoë Lefèvre", "Nguyễn Văn An", "王小明", "Łukasz Żak", "Siân O'Neill",
    "María Núñez", "Çağla Şahin", "Bjørn Ås", "Ada Bauer", "Ólafur Þórsson",
)  # fmt: skip
_STREETS = ("Ängsgatan", "Lindenstraße", "Rue de l'Église", "Storgata", "Calle Peña", "Ulica Długa")
_CITIES = (
    ("10115", "Berlin", "DE"), ("111 29", "Stockholm", "SE"), ("75011", "Paris", "FR"), ("0181", "Oslo", "NO"),
    ("80-831", "Gdańsk", "PL"), ("28004", "Madrid", "ES"),
)  # fmt: skip
_NOTES = ("Bitte als Geschenk verpacken", "Skicka tillsammans med nästa order", "请周五之后发货")


@dataclass(frozen=True)
class Era:
    """What every document of the demo shop depends on."""

    seed: int
    zone: ZoneInfo
    currency: str
    now: datetime

    def start_of(self, day: date) -> datetime:
        """Return the instant (UTC) at which a local day begins."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def orders(era: Era, day: date) -> Iterator[Order]:
    """Yield the orders of a local day, in the order in which they were placed."""
    if day < OPENED:
        return
    dice = Dice(f"{era.seed}/orders/{day}")
    count = _USUAL * _WEEK[day.weekday()] * _YEAR[day.month - 1] // 10000 + dice.below(9) - 4
    length = int((era.start_of(day + timedelta(days=1)) - era.start_of(day)).total_seconds())
    seconds = sorted(max(dice.below(length), dice.below(length)) for _ in range(count))
    shelf = [good for good in goods(era.seed, day) for _ in range(good.popularity)]
    customer = dice.below(_CUSTOMERS)
    for place, second in enumerate(seconds, start=1):
        customer = customer if dice.happens(5) else dice.below(_CUSTOMERS)
        placed = era.start_of(day) + timedelta(seconds=second)
        yield _order(era, f"{day:%y%m%d}-{place:03}", placed, customer, shelf)


def _order(era: Era, number: str, placed: datetime, customer: int, shelf: list[Good]) -> Order:
    dice = Dice(f"{era.seed}/order/{number}")
    chosen = {good.sku: good for good in (dice.one_of(shelf) for _ in range(1 + dice.below(4)))}
    lines = tuple(_line(era, good, 1 + dice.below(3) * dice.below(2)) for good in chosen.values())
    plain = Order(
        number=number,
        placed=placed,
        lines=lines,
        status=Status.OPEN,
        address=_address(era.seed, customer),
        customer=f"demo-{customer}",
        total=Money(sum((line.total.amount for line in lines), start=lines[0].total.amount * 0), era.currency),
        records=len(lines),
    )
    return _with_trouble(era, plain, dice)


def _with_trouble(era: Era, order: Order, dice: Dice) -> Order:
    """Return the order with what may be wrong with it, until it is sent on a working day after it was placed."""
    fate = _fate(dice)
    left = _leaves(era, order.placed, _FATES.get(fate, (0, 0))[1])
    if fate == "cancelled":
        return replace(order, status=Status.CANCELLED)
    if left <= era.now:
        return replace(order, status=Status.SHIPPED, shipped=left)
    if fate in {"unpaid", "held"}:
        return replace(order, status=Status(fate))
    if fate == "address" and order.address is not None:
        return replace(order, address=replace(order.address, street="", postcode=""))
    return replace(order, note=dice.one_of(_NOTES)) if fate == "note" else order


def _fate(dice: Dice) -> str:
    roll = dice.below(100)
    for fate, (percent, _) in _FATES.items():
        if roll < percent:
            return fate
        roll -= percent
    return ""


def _leaves(era: Era, placed: datetime, waits: int) -> datetime:
    day = placed.astimezone(era.zone).date() + timedelta(days=1 + waits)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, _SENT_AT, era.zone).astimezone(UTC)


def _line(era: Era, good: Good, quantity: int) -> Line:
    return Line(good.sku, good.title, quantity, Money(good.price, era.currency))


def _address(seed: int, customer: int) -> Address:
    dice = Dice(f"{seed}/customer/{customer}")
    postcode, city, country = dice.one_of(_CITIES)
    return Address(dice.one_of(_NAMES), f"{dice.one_of(_STREETS)} {1 + dice.below(90)}", postcode, city, country)


def returns(era: Era, day: date) -> Iterator[Return]:
    """Yield the returns of a local day: up to four parcels that came back."""
    if day < OPENED:
        return
    dice = Dice(f"{era.seed}/returns/{day}")
    shelf = [good for good in goods(era.seed, day) if good.popularity]
    for place in range(1, 1 + dice.below(5)):
        placed = era.start_of(day) + timedelta(hours=9, minutes=dice.below(480))
        line = _line(era, dice.one_of(shelf), -1 - dice.below(2))
        yield Return(f"R{day:%y%m%d}-{place}", placed, (line,))
