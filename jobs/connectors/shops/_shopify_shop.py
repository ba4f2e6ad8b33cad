"""A Shopify shop over its Admin GraphQL interface: orders, refunds and products, read as they change.

What was read is kept in a file of the connection (`_shopify_mirror`), so a night asks only for what is new. Notes,
parcels and shipments are written where the connection says `writes: true`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from itertools import chain

from daemon.api import Outlet, Text
from jobs.connectors.http import Limits
from jobs.connectors.shops import _shopify_check
from jobs.connectors.shops._kept_shop import KeptShop, tried_once
from jobs.connectors.shops._rows import BadRowError, Row
from jobs.connectors.shops._shopify_asking import Asker, DeniedError
from jobs.connectors.shops._shopify_bulk import FROM, PIECE, Exporter
from jobs.connectors.shops._shopify_checkouts import begun_in, checkouts
from jobs.connectors.shops._shopify_door import Door
from jobs.connectors.shops._shopify_feed import OrderFeed
from jobs.connectors.shops._shopify_goods import products
from jobs.connectors.shops._shopify_mirror import Mirror
from jobs.connectors.shops._shopify_options import ShopifyOptions
from jobs.connectors.shops._shopify_pages import Pages
from jobs.connectors.shops._shopify_promises import Promise, promised, promises
from jobs.connectors.shops._shopify_rows import document, refund
from jobs.connectors.shops._shopify_told import risks
from jobs.connectors.shops._shopify_writes import Desk
from jobs.kinds.shop import BadRecord, Checkout, Document, Order, Product, Risk

_SIGHT = timedelta(days=60)
"""How far back an app without `read_all_orders` sees."""
_RISKY = ("high", "medium")
"""Of which orders the judgement is read: of the many others it says nothing that anybody could act on."""


@dataclass
class ShopifyShop(KeptShop[str]):
    """A shop at Shopify; see `ShopSystem` and `ShopWrites` for what each method promises.

    `sleep` and `elapsed` are of seconds. From `many` orders on a history is one file, had `piece` bytes at a time.
    """

    options: ShopifyOptions
    outlet: Outlet
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    elapsed: Callable[[], float] = field(default=time.perf_counter, repr=False)
    bad: dict[tuple[str, str], BadRecord] = field(default_factory=dict)
    many: int = FROM
    piece: int = PIECE

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        """Yield orders and refunds placed in [first, until), from what is kept once it is brought up to date."""
        until = self._until(until)
        if first >= until:
            return
        self._orders.reach(first)
        orders = (self._made(row, partial(document, row, self._link)) for row in self._mirror.orders(first, until))
        refunds = (self._made(row, partial(refund, back, row)) for back, row in self._mirror.refunds(first, until))
        yield from (one for one in chain(orders, refunds) if one is not None and first <= one.placed < until)

    def open_orders(self) -> Iterator[Order] | None:
        """Yield the orders that wait to be paid, packed or released, however old, with what was promised of them."""
        self._orders.reach_waiting()
        made = ((row["id"], self._made(row, partial(document, row, self._link))) for row in self._mirror.waiting())
        known, risky = self._promises, self._risks
        return (
            replace(promised(one, known.get(number)), risk=risky.get(number))
            for number, one in made
            if isinstance(one, Order) and one.placed <= self.outlet.now
        )

    def products(self) -> Iterator[Product] | None:
        """Yield what can be sold: the variants of products on sale."""
        money = (self._opening.get("shop") or {}).get("currencyCode")
        return products(self._pages.rows("Variants", {}, "productVariants"), str(money or ""))

    def abandoned(self, first: datetime, until: datetime) -> Iterator[Checkout] | None:
        """Yield the checkouts begun in [first, until) and not finished; None where the app may not see them."""
        try:
            found = list(
                self._pages.rows("AbandonedCheckouts", {"query": begun_in(first, until)}, "abandonedCheckouts")
            )
        except DeniedError:
            return None
        return checkouts(found, first, until)

    def check(self) -> Text | None:
        """Return what to do where the shop can't be read, else None; raise OutsideError."""
        once = replace(self._door, limits=tried_once(self._door.limits))
        return _shopify_check.tried(Asker(once, self.name))

    def _named(self, number: str) -> Sequence[str]:
        """Return the global ids: Shopify does not promise that a number is one order's only."""
        return self._mirror.numbered(number)

    @property
    def _known_since(self) -> datetime | None:
        return self._orders.known_since

    @property
    def spent(self) -> float:
        """Return the points of the shop's budget that this run has used."""
        return self._asker.spent

    def _made(self, row: Row, make: Callable[[], Document]) -> Document | None:
        try:
            return make()
        except BadRowError as error:
            self._note_strange(row["id"], row["number"], error.reason)
            return None

    def _note_strange(self, number: str, name: str, reason: Text) -> None:
        """Note what can't be read; the number at the end of its global id is what people can look up."""
        legacy = number.rpartition("/")[2]
        line = int(legacy) if legacy.isascii() and legacy.isdigit() else 0
        self._keep_bad((number, name), BadRecord(f"{self.name}/orders", line, reason))

    @property
    def _link(self) -> str:
        return f"{self.options.base}admin/orders/"

    @cached_property
    def _door(self) -> Door:
        return Door(self.options, self.outlet, Limits(requests=self.options.requests), self.sleep, self.elapsed)

    @cached_property
    def _asker(self) -> Asker:
        return Asker(self._door, self.name)

    @cached_property
    def _pages(self) -> Pages:
        return Pages(self._asker)

    @cached_property
    def _desk(self) -> Desk:
        return Desk(self._pages, self.outlet, self.options)

    @cached_property
    def _opening(self) -> Row:
        """The shop's currency and what the app may: asked once in a run."""
        return self._asker.ask("Opening", {})

    @cached_property
    def _rights(self) -> frozenset[str]:
        return _shopify_check.rights(self._opening)

    @cached_property
    def _promises(self) -> dict[str, Promise]:
        """What the fulfilment orders say, where the app may see any."""
        if not self._rights & _shopify_check.FULFILMENTS:
            return {}
        return promises(self._pages.rows("OpenFulfillmentOrders", {}, "fulfillmentOrders"))

    @cached_property
    def _risks(self) -> dict[str, Risk]:
        """What may be a fraud of the open orders: asked for each night, as a judgement may come after its order."""
        asked = ({"query": f"status:open risk_level:{level}"} for level in _RISKY)
        return risks(chain.from_iterable(self._pages.rows("OpenRisks", one, "orders") for one in asked))

    @cached_property
    def _mirror(self) -> Mirror:
        mirror = Mirror(self.outlet.folder, self.options.base)
        mirror.forget_people(self.outlet.now - self.options.personal)
        return mirror

    @cached_property
    def _orders(self) -> OrderFeed:
        """The feed of this run, brought up to date once: whatever a run asks, it sees one state of the shop."""
        floor = None if _shopify_check.ALL_ORDERS in self._rights else self.outlet.now - _SIGHT
        exporter = None if self.outlet.dry else Exporter(self._asker, self.outlet.now, self.piece)
        feed = OrderFeed(self._pages, self._mirror, self.outlet.now, floor, self._note_strange, exporter, self.many)
        feed.catch_up(self.options.reuse)
        return feed
