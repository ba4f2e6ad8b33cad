"""What a connector must make of the seeded shop, in whatever system's format it is served: the truth, to the cent."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from jobs.kinds.shop import Aside, Document, Order, Return, Status
from jobs.testing import ShopContract
from tests.shops.seeded import FOLD, Deal, SeededShop

MEANING = {
    "unpaid": Status.UNPAID, "waiting": Status.UNPAID, "failed": Status.UNPAID, "paid": Status.OPEN,
    "sent": Status.SHIPPED, "cancelled": Status.CANCELLED, "refunded": Status.CANCELLED,
}  # fmt: skip


class SeededContract(ShopContract):
    """Give `truth` besides `shop`. Orders without a line of money are Asides."""

    truth: SeededShop
    begin = datetime(2026, 10, 30, tzinfo=UTC)
    end = datetime(2026, 11, 20, 4, tzinfo=UTC)

    def _all(self) -> list[Document]:
        return list(self.shop(self.end).documents(self.begin, self.end))

    def _orders(self) -> dict[str, Order]:
        return {one.number: one for one in self._all() if isinstance(one, Order)}

    def _deals(self) -> dict[str, Deal]:
        return {
            str(deal.id): deal for deal in self.truth.deals.values()
            if deal.state != "basket" and any(line.total > 0 for line in deal.lines) and self.begin <= deal.placed < self.end
        }  # fmt: skip

    def test_every_order_is_there_at_its_moment_and_no_basket(self) -> None:
        assert {n: order.placed for n, order in self._orders().items()} == {
            n: d.placed for n, d in self._deals().items()
        }
        gifts = {str(d.id) for d in self.truth.deals.values() if d.state != "basket"} - set(self._deals())
        assert {one.number for one in self._all() if isinstance(one, Aside)} <= gifts

    def test_every_order_stands_where_the_shop_says(self) -> None:
        assert {n: o.status for n, o in self._orders().items()} == {
            n: MEANING[d.state] for n, d in self._deals().items()
        }

    def test_every_cent_is_there_and_of_its_own_currency(self) -> None:
        for number, deal in self._deals().items():
            order = self._orders_once()[number]
            assert order.total is not None
            assert (order.total.amount, order.total.currency) == (deal.total, deal.currency)
            assert {line.price.currency for line in order.lines} == {deal.currency}
            paid = sum((line.total + line.tax for line in deal.lines if line.total > 0), Decimal(0))
            assert sum((line.total.amount for line in order.lines), Decimal(0)) == paid

    def test_every_piece_is_there_even_of_products_that_are_gone(self) -> None:
        for number, deal in self._deals().items():
            bought = Counter({line.title.strip(): 0 for line in deal.lines})
            for line in deal.lines:
                bought[line.title.strip()] += line.pieces if line.total > 0 else 0
            found = Counter(dict.fromkeys(bought, 0))
            for sold in self._orders_once()[number].lines:
                found[sold.title] += sold.quantity
            assert found == bought

    def test_the_two_orders_of_the_repeated_hour_are_an_hour_apart(self) -> None:
        moments = [order.placed for order in self._orders().values()]
        assert FOLD in moments
        assert FOLD + timedelta(hours=1) in moments

    def test_every_refund_is_a_return_of_its_day(self) -> None:
        returns = [one for one in self._all() if isinstance(one, Return)]
        given = [b for d in self.truth.deals.values() for b in d.given_back if self.begin <= b.moment < self.end]
        assert sorted(one.placed for one in returns) == sorted(back.moment for back in given)
        money = sum((line.total.amount for one in returns for line in one.lines), Decimal(0))
        assert money == -sum((back.amount for back in given), Decimal(0))

    def test_the_open_orders_are_those_that_wait(self) -> None:
        waiting = {n for n, d in self._deals().items() if d.state in {"unpaid", "waiting", "paid"}}
        failed = {n for n, d in self._deals().items() if d.state == "failed"}
        shop = self.shop(self.end)
        list(shop.documents(self.begin, self.end))
        assert {order.number for order in shop.open_orders() or ()} - failed == waiting

    def test_what_customers_wrote_comes_as_they_wrote_it(self) -> None:
        for number, deal in self._deals().items():
            order = self._orders_once()[number]
            assert order.note == deal.note
            if order.address is not None:
                assert order.address.name == f"{deal.buyer.first.strip()} {deal.buyer.last.strip()}"
            assert order.source == deal.source

    def test_a_customer_is_known_again_by_a_key_that_says_nothing(self) -> None:
        keys: dict[str, str] = {}
        for number, deal in self._deals().items():
            key = self._orders_once()[number].customer
            if deal.buyer.email:
                assert keys.setdefault(deal.buyer.email, key) == key
                assert deal.buyer.email.lower() not in key
        assert len(set(keys.values())) == len(keys)

    def test_what_can_be_sold_is_listed_with_its_stock(self) -> None:
        listed = {product.sku: product for product in self.shop(self.end).products() or ()}
        assert listed["COAT-S"].stock == 0
        assert listed["COAT-L"].stock == 10
        assert "COAT" not in listed
        truth = {g.sku: g.stock for g in self.truth.goods.values() if g.sku.startswith("HP-")}
        assert {sku: p.stock for sku, p in listed.items() if sku.startswith("HP-")} == truth

    def _orders_once(self) -> dict[str, Order]:
        if "_kept" not in vars(self):
            self._kept = self._orders()
        return self._kept
