"""What the demo shop sells: a hundred lasting products, and one new every second week, of which the newest twenty.

Stock falls from delivery to delivery: every product has its own rhythm, so that on any day some are out, some
low, some just back; a few never sell, and one is sold beyond what is there.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from jobs.connectors.shops._demo_dice import Dice

OPENED = date(2023, 1, 2)
"""The day the demo shop began; before it there is nothing."""
LASTING = 100
NEWEST = 20
_ARRIVES_EVERY = 14
_DEAD = frozenset({13, 47, 88})
_OVERSOLD = 31
_THINGS = (
    "Becher", "Teekanne", "Kaffekopp", "Bougie", "Decke", "茶碗", "Lampe", "Kissen", "Vase", "Smörkniv",
    "Krug", "Korb",
)  # fmt: skip
_KINDS = (
    "Blåbär", "Süße Grüße", "Crème brûlée", "Øresund", "Žofie", "Nordlys", "Łódź", "Piñata", "Ægir", "桜",
    "Mañana", "Çay", "Håkan",
)  # fmt: skip


@dataclass(frozen=True)
class Good:
    """One product of the demo shop; `place` tells it from the others, `popularity` 0 means that it never sells."""

    place: int
    sku: str
    title: str
    cents: int
    popularity: int
    since: date
    bin: str

    @property
    def price(self) -> Decimal:
        """The unit price, exact."""
        return Decimal(self.cents) / 100

    def created(self, zone: ZoneInfo) -> datetime:
        """Return the moment it went on sale: nine in the morning."""
        return datetime.combine(self.since, time(9), zone)


def goods(seed: int, day: date) -> list[Good]:
    """Return the products on sale on a day."""
    newest = (day - OPENED).days // _ARRIVES_EVERY
    arrived = range(max(newest - NEWEST + 1, 0), newest + 1)
    return [_good(seed, n, OPENED) for n in range(LASTING)] + [
        _good(seed, LASTING + n, OPENED + timedelta(days=n * _ARRIVES_EVERY)) for n in arrived
    ]


def _good(seed: int, place: int, since: date) -> Good:
    dice = Dice(f"{seed}/good/{place}")
    title = f"{_THINGS[place % len(_THINGS)]} {_KINDS[place % len(_KINDS)]}"
    title += f" № {place}" if place >= LASTING else ""
    popularity = 0 if place in _DEAD else 1 + dice.below(4) * dice.below(5)
    return Good(place, f"D-{place:04}", title, 250 + dice.below(120) * 50 - 1, popularity, since, _bin(place))


def _bin(place: int) -> str:
    return f"{'ABCDEF'[place % 6]}-{place // 6 + 1:02}"


def stock(seed: int, good: Good, day: date) -> int:
    """Return the pieces on hand on the morning of a day: from full to nothing once in every product's own rhythm."""
    dice = Dice(f"{seed}/stock/{good.place}")
    rhythm, full, shift = 25 + dice.below(40), 10 + 15 * good.popularity, dice.below(60)
    if good.popularity == 0:
        return full
    gone = ((day - OPENED).days + shift) % rhythm
    if good.place == _OVERSOLD:
        return -1 - gone % 3
    return max(full - full * gone // (rhythm - 2), 0)
