"""The orders job on a night: what it reports, what it remembers, and what it leaves out because nobody knows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from daemon.api import Context, Money, Text, Urgency
from daemon.render.say import Voice, say
from daemon.testing import NOW, FakeNight, make_context, make_outlet, names_in
from jobs.connectors.shops.demo import DemoOptions, DemoShop
from jobs.kinds import facts
from jobs.kinds.shop import Address, BadRecord, Coverage, Document, Line, Order, Product, Return, Status
from jobs.orders import ORDERS, OrdersOptions

DECLARED = names_in(facts)
TODAY, YESTERDAY = date(2026, 11, 20), date(2026, 11, 19)
LINE = Line("A", "Tasse", 2, Money(Decimal("4.50"), "EUR"))
HOME = Address("Ada Bauer", "Weg 1", "53111", "Bonn", "DE")


def order(number: str, placed: datetime, **changes: Any) -> Order:
    return replace(Order(number, placed, (LINE,), Status.SHIPPED, HOME, "ada"), **changes)


@dataclass
class ListShop:
    """A shop that is a list."""

    found: list[Document] = field(default_factory=list)
    covers: Coverage = field(default_factory=lambda: Coverage(None, NOW))
    waiting: list[Order] | None = None
    stock: list[Product] | None = None
    bad: Sequence[BadRecord] = ()
    name: str = "main"

    def documents(self, first: datetime, until: datetime) -> Iterator[Document]:
        return (document for document in self.found if first <= document.placed < until)

    def open_orders(self) -> Iterator[Order] | None:
        return None if self.waiting is None else iter(self.waiting)

    def products(self) -> Iterator[Product] | None:
        return None if self.stock is None else iter(self.stock)

    def coverage(self) -> Coverage:
        return self.covers

    def problems(self) -> Sequence[BadRecord]:
        return self.bad


def night_of(folder: Path, shop: Any, *, now: datetime = NOW, **changes: Any) -> Context:
    ctx = make_context(folder, DECLARED, now=now, opened={"shop": {"main": shop}}, **changes)
    assert isinstance(ORDERS.run(ctx, OrdersOptions()), Text)
    return ctx


def told(ctx: Context, name: str, day: date = YESTERDAY) -> list[Decimal | str]:
    return [fact.value for fact in ctx.report.facts if fact.name == name and fact.day == day]


def keys(ctx: Context) -> list[str]:
    return [finding.key for finding in ctx.report.findings]


def said(ctx: Context, part: str = "title") -> list[str]:
    voice = Voice("en", "DE", "Europe/Berlin", TODAY)
    texts = [getattr(finding, part) for finding in ctx.report.findings]
    return [say(text, voice) for text in texts if text is not None]


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_yesterday_is_the_local_day_of_the_shop(tmp_path: Path) -> None:
    inside = [order("1", at(18, 23)), order("2", at(19, 22))]
    shop = ListShop([order("0", at(18, 22)), *inside, order("3", at(19, 23))])
    assert told(night_of(tmp_path, shop), "orders.count") == [2]


def test_all_figures_of_the_day_are_reported_with_their_source(tmp_path: Path) -> None:
    back = Return("R", at(19, 12), (replace(LINE, quantity=-1),), records=3)
    ctx = night_of(tmp_path, ListShop([order("1", at(19, 10), records=4), back]))
    names = ("orders.gross", "orders.units", "orders.returns", "orders.cancellations", "source.records")
    assert [told(ctx, name) for name in names] == [[Decimal(9)], [2], [Decimal("4.50")], [1], [7]]
    gross = next(fact for fact in ctx.report.facts if fact.name == "orders.gross" and fact.day == YESTERDAY)
    assert (gross.unit, gross.source, gross.as_of) == ("EUR", "main", NOW)


def test_new_and_returning_customers_are_counted_and_guests_apart(tmp_path: Path) -> None:
    found = [order("1", at(17, 10)), order("2", at(19, 10)), order("3", at(19, 11), customer="bo"),
             order("4", at(19, 12), customer="")]  # fmt: skip
    ctx = night_of(tmp_path, ListShop(list(found), covers=Coverage(at(17, 8), NOW)))
    names = ("customers.new", "customers.returning", "customers.unknown", "customers.since")
    assert [told(ctx, name) for name in names] == [[1], [1], [1], ["2026-11-17"]]


def test_on_the_first_day_ever_known_nobody_is_called_new(tmp_path: Path) -> None:
    ctx = night_of(tmp_path, ListShop([order("1", at(19, 10))], covers=Coverage(at(19, 8), NOW)))
    assert told(ctx, "customers.new") == told(ctx, "customers.returning") == []
    assert told(ctx, "customers.since") == ["2026-11-19"]


def test_the_first_run_fills_eight_weeks_for_comparisons(tmp_path: Path) -> None:
    ctx = night_of(tmp_path, ListShop([order("1", at(1, 10))], covers=Coverage(at(1, 8), NOW)))
    days = sorted(fact.day for fact in ctx.report.facts if fact.name == "orders.count")
    assert days == [date(2026, 11, n) for n in range(1, 20)]
    assert night_of(tmp_path, ListShop()).report.watermarks["day"] == "2026-11-19"


def test_a_day_the_source_does_not_cover_has_no_figures_and_says_so(tmp_path: Path) -> None:
    covers = Coverage(at(1, 8), at(18, 20), silence_is_zero=False, trails=at(18, 20))
    ctx = night_of(tmp_path, ListShop([order("1", at(18, 10))], covers))
    assert told(ctx, "orders.count") == []
    assert told(ctx, "source.records") == []
    assert keys(ctx) == ["orders:missing"]
    assert said(ctx) == ["main has no record of Thu 19 Nov, so it has no figures"]
    assert ctx.report.watermarks["day"] == "2026-11-17"


def test_a_closed_day_is_a_day_of_zeros(tmp_path: Path) -> None:
    ctx = night_of(tmp_path, ListShop([order("1", at(17, 10))], Coverage(at(1, 8), NOW, trails=at(17, 10))))
    assert [told(ctx, name) for name in ("orders.count", "orders.gross", "source.records")] == [[0], [0], [0]]


def test_a_day_known_in_part_is_said_to_be_and_counted_again(tmp_path: Path) -> None:
    covers = Coverage(at(1, 8), at(19, 12), trails=at(19, 12))
    ctx = night_of(tmp_path, ListShop([order("1", at(19, 10))], covers))
    assert "orders:partial" in keys(ctx)
    assert "main is known only up to Thu 19 Nov 13:00, so the figures of Thu 19 Nov may be incomplete" in said(ctx)
    assert ctx.report.watermarks["day"] == "2026-11-18"


def test_missed_days_are_caught_up_and_too_many_are_named(tmp_path: Path) -> None:
    shop = ListShop([order("1", at(17, 10))])
    near = night_of(tmp_path, shop, night=FakeNight(marks={"day": "2026-11-16"}))
    assert [told(near, "orders.count", date(2026, 11, n)) for n in (16, 17, 18, 19)] == [[], [1], [0], [0]]
    far = night_of(tmp_path, shop, night=FakeNight(marks={"day": "2026-10-01"}))
    assert len({fact.day for fact in far.report.facts if fact.name == "orders.count"}) == 14
    skipped = next(finding for finding in far.report.findings if finding.key == "orders:skipped")
    assert skipped.title.values == {"n": 35}


def test_a_second_run_of_the_same_day_counts_no_day_twice(tmp_path: Path) -> None:
    shop, night = ListShop([order("1", at(19, 10))]), FakeNight()
    night.accept(night_of(tmp_path, shop, night=night))
    again = night_of(tmp_path, shop, night=night, now=NOW + timedelta(hours=1))
    assert told(again, "orders.count") == []
    assert "day" not in again.report.watermarks


def test_every_order_of_the_night_is_counted_once_even_where_it_shows_up_late(tmp_path: Path) -> None:
    shop, night = ListShop([order("1", at(20, 1))]), FakeNight()
    first = night_of(tmp_path, shop, night=night)
    night.accept(first)
    shop.found += [order("late", at(20, 3)), order("new", at(20, 5))]
    second = night_of(tmp_path, shop, night=night, now=at(20, 6))
    night.accept(second)
    third = night_of(tmp_path, shop, night=night, now=at(20, 7))
    assert [told(ctx, "night.orders", TODAY) for ctx in (first, second, third)] == [[1], [2], [0]]
    assert {item.id for item in night.items.values()} == {"main/1", "main/late", "main/new"}


def test_a_run_that_died_after_accounting_for_its_orders_is_repeated_in_full(tmp_path: Path) -> None:
    shop, night = ListShop([order("1", at(20, 1))]), FakeNight()
    night.accept(night_of(tmp_path, shop, night=night))
    shop.found.append(order("2", at(20, 5)))
    died = night_of(tmp_path, shop, night=night, now=at(20, 6))
    again = night_of(tmp_path, shop, night=night, now=at(20, 6))
    assert told(died, "night.orders", TODAY) == told(again, "night.orders", TODAY) == [1]


def test_a_night_the_source_does_not_know_has_no_number_and_stays_open(tmp_path: Path) -> None:
    night = FakeNight(marks={"night": at(19, 4).isoformat(), "day": "2026-11-18"})
    shop = ListShop(covers=Coverage(None, NOW, silence_is_zero=False))
    ctx = night_of(tmp_path, shop, night=night)
    assert told(ctx, "night.orders", TODAY) == []
    assert ctx.report.watermarks["night"] == at(19, 4).isoformat()


def test_a_source_without_open_orders_has_no_piles(tmp_path: Path) -> None:
    ctx = night_of(tmp_path, ListShop())
    assert not {"orders.ready", "orders.held", "orders.late"} & {fact.name for fact in ctx.report.facts}
    assert list(tmp_path.glob("pick*")) == []


def test_open_orders_are_counted_told_and_picked(tmp_path: Path) -> None:
    ready = order("r", at(19, 10), status=Status.OPEN)
    late = replace(ready, number="l", placed=at(9, 10), customer="bo")
    noted = replace(ready, number="n", note="ring", customer="cy")
    ctx = night_of(tmp_path, ListShop(waiting=[ready, late, noted], stock=[Product("A", "Tasse", 9, bin="B-1")]))
    assert [told(ctx, name, TODAY) for name in ("orders.ready", "orders.held", "orders.late")] == [[2], [1], [1]]
    assert said(ctx) == ["Order l is late", "1 order has a note to read: n"]
    assert keys(ctx) == ["orders:late", "orders:held:note"]
    assert ctx.report.findings[0].urgency is Urgency.LOSES_MONEY
    assert ctx.report.findings[0].stake == Decimal(9)
    assert told(ctx, "pick.quantity", TODAY) == [4]
    assert told(ctx, "pick.file", TODAY) == [str(tmp_path / "pick-2026-11-20.csv")]


def test_two_ready_orders_to_one_address_are_proposed_as_one_parcel(tmp_path: Path) -> None:
    waiting = [order(n, at(19, hour), status=Status.OPEN) for n, hour in (("a", 8), ("b", 10))]
    ctx = night_of(tmp_path, ListShop(waiting=waiting))
    assert keys(ctx) == ["orders:together"]
    assert said(ctx) == ["Orders a + b go to one customer at one address"]
    more = [order(n, at(19, hour), status=Status.OPEN, customer="bo") for n, hour in (("c", 8), ("d", 10), ("e", 12))]
    ctx = night_of(tmp_path, ListShop(waiting=[*waiting, *more]))
    assert said(ctx) == ["2 customers have several orders to one address: a + b, c + d + e"]


def test_nothing_wrong_is_said_to_be_checked(tmp_path: Path) -> None:
    ctx = night_of(tmp_path, ListShop(waiting=[order("1", at(19, 10), status=Status.OPEN)]))
    assert keys(ctx) == []
    assert len(ctx.report.checked) == 4


def test_a_bad_record_is_a_finding_that_names_file_and_line(tmp_path: Path) -> None:
    ctx = night_of(tmp_path, ListShop(bad=[BadRecord("a.csv", 7, Text("the row names no document", {}))]))
    assert keys(ctx) == ["orders:bad:a.csv"]
    assert said(ctx) == ["a.csv:7: the row names no document"]


def test_the_bad_records_of_one_file_are_one_finding_that_names_the_lines(tmp_path: Path) -> None:
    bad = [BadRecord(file, line, Text("the row names no document")) for file in ("a.csv", "b.csv") for line in (7, 9)]
    ctx = night_of(tmp_path, ListShop(bad=bad))
    assert said(ctx) == [f"2 rows of {file} can't be used: lines 7, 9" for file in ("a.csv", "b.csv")]
    assert said(ctx, "detail") == ["Line 7: the row names no document"] * 2


def test_another_currency_is_told_apart_and_never_added(tmp_path: Path) -> None:
    foreign = order("2", at(19, 11), lines=(replace(LINE, price=Money(Decimal(100), "SEK")),))
    ctx = night_of(tmp_path, ListShop([order("1", at(19, 10)), foreign]))
    assert told(ctx, "orders.gross") == [Decimal(9)]
    assert told(ctx, "orders.gross.foreign") == [Decimal(200)]
    assert "orders:currencies" in keys(ctx)


def test_a_dry_run_moves_no_order_and_writes_no_file(tmp_path: Path) -> None:
    night = FakeNight()
    shop = ListShop([order("1", at(20, 1))], waiting=[order("1", at(20, 1), status=Status.OPEN)])
    ctx = night_of(tmp_path, shop, night=night, dry=True)
    assert told(ctx, "night.orders", TODAY) == [1]
    assert night.items == {}
    assert list(tmp_path.iterdir()) == []


def test_late_orders_are_one_finding_worth_all_of_them_and_as_old_as_the_oldest(tmp_path: Path) -> None:
    waiting = [order(f"{n:03}", at(2 + n, 10), status=Status.OPEN, customer=str(n)) for n in range(6)]
    waiting = [replace(one, address=replace(HOME, street=f"Ängsgatan {one.number}")) for one in waiting]
    ctx = night_of(tmp_path, ListShop(waiting=waiting))
    assert said(ctx) == ["6 orders are late: 000, 001, 002, …"]
    assert said(ctx, "detail") == ["The oldest should have been sent by Wed 4 Nov"]
    assert said(ctx, "next_step") == ["Send them today, or tell the customers"]
    (finding,) = ctx.report.findings
    assert (finding.stake, finding.since) == (Decimal(54), at(4, 23))


def test_other_orders_that_are_late_are_the_same_thing_still(tmp_path: Path) -> None:
    first = night_of(tmp_path, ListShop(waiting=[order("1", at(9, 10), status=Status.OPEN)]))
    second = night_of(
        tmp_path, ListShop(waiting=[order("2", at(10, 10), status=Status.OPEN)]), now=NOW + timedelta(hours=1)
    )
    assert keys(first) == keys(second) == ["orders:late"]


def test_held_orders_that_the_title_has_no_room_for_are_named_below_it(tmp_path: Path) -> None:
    waiting = [order(str(n), at(19, n), status=Status.HELD, customer=str(n)) for n in range(5)]
    ctx = night_of(tmp_path, ListShop(waiting=waiting))
    assert said(ctx) == ["5 orders are on hold in the shop: 0, 1, 2, …"]
    assert said(ctx, "detail") == ["Also 3, 4"]


def test_days_that_are_missing_are_one_finding_that_names_them(tmp_path: Path) -> None:
    covers = Coverage(at(1, 8), at(14, 20), silence_is_zero=False, trails=at(14, 20))
    ctx = night_of(tmp_path, ListShop([order("1", at(14, 10))], covers), night=FakeNight(marks={"day": "2026-11-13"}))
    assert said(ctx)[0] == (
        "main has no record of 5 days, so they have no figures: Sun 15 Nov, Mon 16 Nov, Tue 17 Nov, Wed 18 Nov, …"
    )


def test_a_night_of_the_demo_shop_travels_to_the_ledger_and_says_the_same_twice(tmp_path: Path) -> None:
    night = FakeNight()
    contexts = [
        night_of(tmp_path, DemoShop(DemoOptions(), make_outlet(tmp_path)), night=n) for n in (night, FakeNight())
    ]
    night.accept(contexts[0])
    assert contexts[0].report == contexts[1].report
    assert {"orders.count", "night.orders", "pick.file"} <= {fact.name for fact in night.kept}
