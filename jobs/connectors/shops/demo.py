"""A shop that is not there: for `nightclerk demo`, for trying things out, and for tests. It needs no network.

Its values follow from the seed and the day, so that two runs of the same night say the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from pydantic import Field

from daemon.api import Connector, Money, Options, Outlet
from jobs.connectors.shops._demo_goods import OPENED, Good, goods, stock
from jobs.connectors.shops._demo_orders import Era, orders, returns
from jobs.kinds.shop import SHOP, BadRecord, Coverage, Document, Order, Product, Status

_OPEN_DAYS = 14
"""Within this many days the demo shop ships everything."""


class DemoOptions(Options):
    """Which of the many demo shops it is."""

    seed: int = Field(1, description="Another number, another shop.")


@dataclass(frozen=True)
class DemoShop:
    """A made-up shop; see `ShopSystem` for what each method promises."""

    options: DemoOptions
    outlet: Outlet

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.outlet.name

    @property
    def _era(self) -> Era:
        return Era(self.options.seed, self.outlet.zone, self.outlet.shop.currency, self.outlet.now)

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        """Yield the documents placed in [first, until), made on the spot."""
        opened = self._era.start_of(OPENED)
        begin, end = max(first, opened), min(until, self.outlet.now + timedelta(microseconds=1))
        day = begin.astimezone(self.outlet.zone).date()
        while self._era.start_of(day) < end:
            of_day: tuple[Document, ...] = (*orders(self._era, day), *returns(self._era, day))
            yield from (one for one in of_day if begin <= one.placed < end)
            day += timedelta(days=1)

    def open_orders(self) -> Iterator[Order] | None:
        """Yield the orders that are not yet shipped, as of now."""
        now = self.outlet.now
        found = self.documents(now - timedelta(days=_OPEN_DAYS), now + timedelta(microseconds=1))
        closed = {Status.SHIPPED, Status.CANCELLED}
        return (one for one in found if isinstance(one, Order) and one.status not in closed)

    def products(self) -> Iterator[Product] | None:
        """Yield the products on sale today with the stock of this morning."""
        made = (self._product(good) for good in goods(self.options.seed, self._today))
        return (one for one in made if one.created is None or one.created <= self.outlet.now)

    @property
    def _today(self) -> date:
        return self.outlet.now.astimezone(self.outlet.zone).date()

    def _product(self, good: Good) -> Product:
        pieces = stock(self.options.seed, good, self._today)
        price = Money(good.price, self.outlet.shop.currency)
        created = good.created(self.outlet.zone).astimezone(UTC)
        return Product(good.sku, good.title, pieces, price, created, good.bin)

    def coverage(self) -> Coverage:
        """Return that everything is known since the shop opened."""
        since = datetime.combine(OPENED, time(), self.outlet.zone).astimezone(UTC)
        return Coverage(since, self.outlet.now, silence_is_zero=True, trails=self.outlet.now)

    def check(self) -> None:
        """Find nothing wrong: what is made up is always there."""

    def problems(self) -> Sequence[BadRecord]:
        """Return nothing: what is made up is well-formed."""
        return ()


DEMO = Connector(
    "demo", SHOP, "A made-up shop, the same every time, without a network", DemoOptions, DemoShop, DemoShop.check
)
