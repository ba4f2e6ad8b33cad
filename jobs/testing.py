"""What every connector of a kind must keep, as classes of tests to inherit: for ours and for yours.

class TestMyShop(ShopContract):
    def shop(self, now): return MyShop(..., make_outlet(folder, now=now))
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Generic, TypeVar

import pytest

from daemon.api import Outlet, OutsideError
from daemon.testing import make_outlet
from jobs.kinds.shop import Document, Line, Order, Return, ShopSystem, Status

T = TypeVar("T")
_INSTANT = timedelta(microseconds=1)


class ShopContract:
    """Tests for a shop with at least one order in [first, until). Override `shop`, and the window where yours differs.

    A shop must give the same answers when it is opened again for the same `now`.
    """

    first: datetime = datetime(2026, 11, 13, 23, tzinfo=UTC)
    until: datetime = datetime(2026, 11, 19, 23, tzinfo=UTC)

    def shop(self, now: datetime) -> ShopSystem:
        """Return the shop, opened freshly, at the moment `now`."""
        raise NotImplementedError

    def _read(self) -> list[Document]:
        return sorted(self.shop(self.until).documents(self.first, self.until), key=lambda d: (d.placed, d.number))

    def test_the_window_holds_an_order(self) -> None:
        """Without one the other tests would prove nothing."""
        assert any(isinstance(document, Order) for document in self._read())

    def test_every_document_lies_in_the_half_open_window(self) -> None:
        """Two windows that touch share nothing and lose nothing."""
        assert all(self.first <= document.placed < self.until for document in self._read())

    def test_the_end_of_a_window_belongs_to_the_next(self) -> None:
        """A document placed at the very end of a window is not in it, at its very beginning it is."""
        shop, moment = self.shop(self.until), self._read()[-1].placed
        assert not [d for d in shop.documents(self.first, moment) if d.placed >= moment]
        assert [d for d in shop.documents(moment, moment + _INSTANT) if d.placed == moment]

    def test_no_document_comes_twice(self) -> None:
        """An order counted twice would be a figure that is wrong."""
        numbers = [(type(document), document.number) for document in self._read()]
        assert len(numbers) == len(set(numbers))

    def test_moments_are_aware_and_in_utc(self) -> None:
        """A local moment would fall on the wrong day."""
        for document in self._read():
            assert document.placed.utcoffset() == timedelta(0)

    def test_money_is_exact_and_names_its_currency(self) -> None:
        """A float would lose cents, and an amount without a currency could be added to anything."""
        for line in self._lines():
            assert type(line.price.amount) is Decimal
            assert len(line.price.currency) == len("EUR")
            assert line.price.currency.isupper()

    def test_the_lines_of_an_order_are_sale_lines(self) -> None:
        """What is corrected or given away is no sale."""
        for order in self._read():
            if isinstance(order, Order):
                assert order.lines
                assert all(line.quantity > 0 and line.price.amount > 0 for line in order.lines)

    def test_every_document_stands_on_records(self) -> None:
        """A figure without a record behind it would be made up."""
        assert all(document.records > 0 for document in self._read())

    def test_the_same_question_has_the_same_answer(self) -> None:
        """A repeated run must not see another night."""
        assert self._read() == self._read()

    def test_the_days_add_up_to_the_window(self) -> None:
        """Reading day by day and reading at once find the same documents."""
        shop, moment, days = self.shop(self.until), self.first, list[Document]()
        while moment < self.until:
            following = min(moment + timedelta(days=1), self.until)
            days += shop.documents(moment, following)
            moment = following
        assert sorted(days, key=lambda d: (d.placed, d.number)) == self._read()

    def test_nothing_is_later_than_now(self) -> None:
        """What has not happened yet can't be reported, even if the source holds it."""
        now = self._read()[len(self._read()) // 2].placed
        shop = self.shop(now)
        found = list(shop.documents(self.first, self.until))
        assert found
        assert all(document.placed <= now for document in found)
        assert shop.coverage().as_of <= now

    def test_an_empty_window_is_empty(self) -> None:
        """No moment lies between a moment and itself."""
        assert list(self.shop(self.until).documents(self.first, self.first)) == []

    def test_open_orders_are_neither_shipped_nor_cancelled(self) -> None:
        """Somebody is about to pack them."""
        done = {Status.SHIPPED, Status.CANCELLED, Status.UNKNOWN}
        assert all(order.status not in done for order in self.shop(self.until).open_orders() or ())

    def test_a_product_is_listed_once(self) -> None:
        """Two stocks of one product would contradict each other."""
        skus = [product.sku for product in self.shop(self.until).products() or ()]
        assert len(skus) == len(set(skus))

    def _lines(self) -> list[Line]:
        return [line for d in self._read() if isinstance(d, Order | Return) for line in d.lines]


class WritesContract(Generic[T]):
    """Tests for a connector that can change its outside: it does where its connection says `writes: true`, never else.

    Override all three; each change of `changes` must be one that can be made to the outside as it is at first.
    """

    def opened(self, outlet: Outlet) -> T:
        """Return the system, opened with `outlet`; all that is opened below one folder share one outside."""
        raise NotImplementedError

    def changes(self, system: T) -> Sequence[Callable[[], object]]:
        """Return a call of every method that changes the outside."""
        raise NotImplementedError

    def outside(self, folder: Path) -> object:
        """Return a picture of the outside, equal to an earlier one where nothing was changed in between."""
        raise NotImplementedError

    def test_without_writes_every_change_is_refused_and_nothing_is_done(self, tmp_path: Path) -> None:
        """Writing is off until the owner allows it, and a dry run must change nothing."""
        changes = self.changes(self.opened(make_outlet(tmp_path)))
        before = self.outside(tmp_path)
        assert changes
        for change in changes:
            with pytest.raises(OutsideError) as refused:
                change()
            assert refused.value.nothing_done
            assert self.outside(tmp_path) == before

    def test_with_writes_every_change_is_made(self, tmp_path: Path) -> None:
        """Otherwise the refusal would prove nothing."""
        for change in self.changes(self.opened(make_outlet(tmp_path, writes=True))):
            before = self.outside(tmp_path)
            change()
            assert self.outside(tmp_path) != before
