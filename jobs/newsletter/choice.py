"""Which products an issue shows: pure functions over what the shop lists and what earlier nights counted."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from jobs.kinds.shop import Product


@dataclass(frozen=True)
class Market:
    """What is known of the shop. `was_out` and `sold` (pieces by sku) are None where no figures were kept."""

    products: Mapping[str, Product]
    new_since: datetime
    was_out: AbstractSet[str] | None = None
    sold: Mapping[str, Decimal] | None = None


@dataclass(frozen=True)
class Share:
    """How many products of each sort an issue shows at most."""

    new: int
    back: int
    best: int


@dataclass(frozen=True)
class Choice:
    """The products of an issue, each in one list only."""

    new: list[Product]
    back: list[Product]
    best: list[Product]

    @property
    def count(self) -> int:
        """How many products there are in all."""
        return len(self.new) + len(self.back) + len(self.best)


def choose(market: Market, share: Share, used: AbstractSet[str]) -> Choice:
    """Return the products for an issue without the `used` skus; of variants with one title only the first is shown."""
    fresh = [p for p in market.products.values() if p.sku not in used and _can_be_bought(p)]
    left = _Untold(fresh)
    return Choice(
        left.take(_new(fresh, market.new_since), share.new),
        left.take(_back(fresh, market.was_out or frozenset()), share.back),
        left.take(_best(fresh, market.sold or {}), share.best),
    )


class _Untold:
    """Gives out each product once, by its title."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._titles = {product.title.casefold() for product in products}

    def take(self, wanted: Iterable[Product], most: int) -> list[Product]:
        return list(self._upto(wanted, most))

    def _upto(self, wanted: Iterable[Product], most: int) -> Iterator[Product]:
        for product in wanted:
            if most > 0 and product.title.casefold() in self._titles:
                self._titles.remove(product.title.casefold())
                most -= 1
                yield product


def _can_be_bought(product: Product) -> bool:
    return bool(product.title.strip()) and (product.stock is None or product.stock > 0)


def _new(products: list[Product], since: datetime) -> list[Product]:
    dated = [(p.created, p.sku, p) for p in products if p.created is not None and p.created >= since]
    return [product for *_, product in sorted(dated, key=lambda one: one[:2], reverse=True)]


def _back(products: list[Product], was_out: AbstractSet[str]) -> list[Product]:
    return sorted((p for p in products if p.sku in was_out and p.stock is not None), key=lambda p: p.sku)


def _best(products: list[Product], sold: Mapping[str, Decimal]) -> list[Product]:
    wanted = [p for p in products if sold.get(p.sku, Decimal(0)) > 0]
    return sorted(wanted, key=lambda p: (-sold[p.sku], p.sku))
