"""A made-up shop as the world would know it, in nobody's format: every fake of a shop system serves the same one.

All of it follows from the seed. It holds what breaks readers of shops: two orders in one second, the repeated hour of
an autumn night, two currencies, prices that do not divide, names with markup, formulas, emoji and white space, lines of
products that are gone, customers without a mail address, refunds with and without lines, variations that are out
while others are there.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

CENT = Decimal("0.01")
FOLD = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
"""01:30 in New York, which comes twice that night: an hour later it is 01:30 again."""


@dataclass(frozen=True)
class Good:
    """A product; with a `parent` one of its variations. `stock` is None where nobody counts."""

    id: int
    title: str
    sku: str
    price: Decimal
    stock: int | None
    parent: int = 0
    shared: bool = False
    created: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Bought:
    """A line: `good` is None where the product was deleted."""

    good: Good | None
    title: str
    pieces: int
    total: Decimal
    tax: Decimal


@dataclass(frozen=True)
class GivenBack:
    """A refund: pieces of lines, or an amount alone."""

    id: int
    moment: datetime
    lines: tuple[Bought, ...]
    amount: Decimal


@dataclass(frozen=True)
class Buyer:
    """Who bought, and where it goes."""

    number: int
    first: str
    last: str
    email: str
    street: str
    postcode: str
    city: str
    country: str


@dataclass(frozen=True)
class Deal:
    """An order; `state` is one of unpaid, paid, held, waiting, sent, cancelled, refunded, failed, basket.

    `number` is what people call it, its id where that is empty.
    """

    id: int
    placed: datetime
    changed: datetime
    state: str
    currency: str
    buyer: Buyer
    lines: tuple[Bought, ...]
    note: str = ""
    sent: datetime | None = None
    source: str = ""
    given_back: tuple[GivenBack, ...] = ()
    number: str = ""

    @property
    def called(self) -> str:
        """The number by which people speak of it."""
        return self.number or str(self.id)

    @property
    def total(self) -> Decimal:
        """What the customer paid."""
        return sum((line.total + line.tax for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class SeededShop:
    """Everything of it, by id."""

    goods: dict[int, Good] = field(default_factory=dict)
    deals: dict[int, Deal] = field(default_factory=dict)


TITLES = (
    "Cedar Lamp",
    "Kerzenständer „Öl“ 🕯️ ",
    " Wool Scarf",
    '=HYPERLINK("http://evil") Mug',
    "木碗",
    'Mug 5" x 7" \\ back',
)
PEOPLE = (
    ("Olivia", "Tran"), ("Robert'); DROP TABLE", "Tables"), ("<b>Bold</b>", "O'\"Quote"), ("🦄✨ Starla", "Ó'Hare"),
    (" Åsa ", "Öberg"), ("@SUM(1+9)", "Formula"), ("王", "小明"),
)  # fmt: skip
NOTES = ("", "", "", "<script>alert(1)</script>", "=1+1", "Line one\r\nLine two\tTabbed", "Bitte vormittags 🙏")
STATES = ("paid", "paid", "sent", "sent", "sent", "unpaid", "waiting", "cancelled", "failed")
SOURCES = ("", "google", "newsletter")


def make(
    seed: int = 1, *, until: datetime = datetime(2026, 11, 20, 4, tzinfo=UTC), days: int = 21, a_day: int = 12
) -> SeededShop:
    """Return the shop as it is at `until`, with so many days of orders."""
    dice = Random(seed)
    goods = {good.id: good for good in _goods(dice)}
    buyers = [_buyer(dice, number) for number in range(1, 40)]
    moments = sorted(until - timedelta(seconds=dice.randrange(1, days * 86400)) for _ in range(days * a_day))
    moments += [FOLD, FOLD + timedelta(hours=1), moments[-1]]
    sold = [good for good in goods.values() if not any(other.parent == good.id for other in goods.values())]
    deals = [
        _deal(dice, 1000 + 3 * n, when.replace(microsecond=0), until, sold, buyers)
        for n, when in enumerate(sorted(moments))
    ]
    return SeededShop(goods, {deal.id: deal for deal in deals})


def _goods(dice: Random) -> list[Good]:
    simple = [
        Good(10 + n, title, f"HP-{n:04}", Decimal(dice.randrange(100, 20000)) / 100, dice.choice([None, -2, 0, 3, 800]))
        for n, title in enumerate(TITLES)
    ]
    odd = [Good(30, "No number", "", Decimal("9.99"), 4), Good(31, "A gift", "GIFT", Decimal(0), 50)]
    coat = Good(40, "Coat", "COAT", Decimal("99.00"), None)
    sizes = [Good(41 + n, size, f"COAT-{size}", Decimal("99.00"), n * 5, 40) for n, size in enumerate("SML")]
    cup = Good(50, "Cup", "CUP", Decimal("7.00"), 8)
    colours = [
        Good(51 + n, colour, "CUP", Decimal("7.00"), 8, 50, shared=True) for n, colour in enumerate(("Red", "Blue"))
    ]
    return [*simple, *odd, coat, *sizes, cup, *colours]


def _buyer(dice: Random, number: int) -> Buyer:
    first, last = dice.choice(PEOPLE)
    email = "" if number % 9 == 0 else f"Buyer{number}@mail.example"
    return Buyer(number, first, last, email, f"{number} 2nd Street", f"0{2900 + number}", "Providence", "US")


def _deal(dice: Random, number: int, placed: datetime, until: datetime, goods: list[Good], buyers: list[Buyer]) -> Deal:
    state = dice.choice(STATES) if number % 50 else "basket"
    lines = tuple(_line(dice, dice.choice(goods)) for _ in range(dice.randrange(1, 4)))
    changed = min(placed + timedelta(minutes=dice.randrange(1, 3000)), until)
    deal = Deal(
        number, placed, changed, state, "CAD" if number % 10 == 0 else "USD", dice.choice(buyers), lines,
        dice.choice(NOTES), changed if state == "sent" else None, dice.choice(SOURCES),
    )  # fmt: skip
    return _refunded(dice, deal) if state == "sent" and dice.random() < 0.2 else deal


def _line(dice: Random, good: Good) -> Bought:
    pieces = dice.randrange(1, 5)
    off = CENT * dice.randrange(0, 3) if good.price else Decimal(0)
    gone = dice.random() < 0.05
    total = good.price * pieces - off
    return Bought(
        None if gone else good, good.title, pieces, total, (total * dice.choice((0, 19)) / 100).quantize(CENT)
    )


def _refunded(dice: Random, deal: Deal) -> Deal:
    if dice.random() < 0.4:
        return replace(deal, given_back=(GivenBack(deal.id + 1, deal.changed, (), Decimal("5.00")),))
    back = tuple(replace(line, pieces=-line.pieces, total=-line.total, tax=-line.tax) for line in deal.lines)
    return replace(deal, state="refunded", given_back=(GivenBack(deal.id + 1, deal.changed, back, deal.total),))
