"""Orders that may share a parcel wait for a person, are told once, and go on as soon as somebody let them go."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from daemon.api import Context, Hand, Money, Urgency
from daemon.render.say import Voice, say
from daemon.testing import NOW, FakeNight, make_context, names_in
from daemon.workline import release
from jobs.kinds import facts
from jobs.kinds.shop import Address, Coverage, Delivery, Line, Order, ShopSystem, Status
from jobs.orders import ORDERS, OrdersOptions
from jobs.orders.line import KIND, ORDERS_LINE

HOME = Address("Ada Bauer", "Weg 1", "53111", "Bonn", "DE")
EUR = Money(Decimal("4.90"), "EUR")
TOLD = Delivery("DE", 500, False, False, postage=EUR)
ORDER = Order(
    "1", NOW - timedelta(hours=9), (Line("A", "Tasse", 1, EUR),), Status.OPEN, HOME, "ada", carrier="DHL", delivery=TOLD
)
SECOND = replace(ORDER, number="2", placed=ORDER.placed + timedelta(hours=2))


@dataclass
class Waiting:
    """A shop of open orders only."""

    orders: tuple[Order, ...]
    name: str = "main"

    def documents(self, *_window: object) -> list[Order]:
        return []

    def open_orders(self) -> list[Order]:
        return list(self.orders)

    def products(self) -> None:
        return None

    def coverage(self) -> Coverage:
        return Coverage(None, NOW)

    def problems(self) -> list[Any]:
        return []


def night_of(folder: Path, night: FakeNight, *orders: Order, **options: Any) -> Context:
    shop = cast("ShopSystem", Waiting(orders))
    ctx = make_context(folder, names_in(facts), night=night, opened={"shop": {"main": shop}})
    ORDERS.run(ctx, OrdersOptions(**options))
    night.accept(ctx)
    return ctx


def states(night: FakeNight) -> dict[str, str]:
    return {item.id.partition("/")[2]: item.state for item in night.work_items(KIND, [], [])}


def told(ctx: Context) -> list[tuple[str | None, ...]]:
    voice = Voice("en", "DE", "Europe/Berlin", NOW.date())
    together = [one for one in ctx.report.findings if one.key.startswith("orders:together")]
    assert all(one.urgency is Urgency.NEEDS_APPROVAL for one in together)
    return [
        tuple(say(text, voice) if text else None for text in (one.title, one.detail, one.next_step)) for one in together
    ]


def let_go(night: FakeNight, number: str) -> None:
    (item,) = night.work_items(KIND, [], [f"main/{number}"])
    assert night.move([release(ORDERS_LINE, item, Hand("ada", NOW, NOW.tzinfo))]) == [True]  # type: ignore[arg-type]


def test_orders_that_may_share_a_parcel_are_out_of_the_batches_until_a_person_decides(tmp_path: Path) -> None:
    night = FakeNight()
    ctx = night_of(tmp_path, night, ORDER, SECOND)
    assert states(night) == {"1": "held", "2": "held"}
    assert told(ctx) == [
        (
            "Orders 1 + 2 go to one customer at one address",
            "In one parcel, 4,90\xa0€ of the postage was paid too much",
            "Put them into one parcel with `nightclerk orders merge`, or let each go with `nightclerk orders release`",
        )
    ]
    assert not any(fact.name == "pick.quantity" for fact in ctx.report.facts)


def test_what_a_person_let_go_is_not_asked_again_and_what_it_waited_for_goes_on(tmp_path: Path) -> None:
    night = FakeNight()
    night_of(tmp_path, night, ORDER, SECOND)
    let_go(night, "1")
    assert told(night_of(tmp_path, night, ORDER, SECOND)) == []
    assert states(night) == {"1": "ready", "2": "ready"}


def test_an_order_edited_after_it_was_let_go_is_asked_about_again(tmp_path: Path) -> None:
    night = FakeNight()
    night_of(tmp_path, night, ORDER, SECOND)
    let_go(night, "1")
    let_go(night, "2")
    edited = [replace(order, lines=(replace(order.lines[0], quantity=3),)) for order in (ORDER, SECOND)]
    assert len(told(night_of(tmp_path, night, *edited))) == 1
    assert states(night) == {"1": "held", "2": "held"}


def test_an_order_that_is_being_picked_is_no_candidate(tmp_path: Path) -> None:
    night = FakeNight()
    night_of(tmp_path, night, ORDER)
    (item,) = night.work_items(KIND, [], ["main/1"])
    night.items[KIND, "main/1"] = replace(item, state="batched")
    assert told(night_of(tmp_path, night, ORDER, SECOND)) == []
    assert states(night) == {"1": "batched", "2": "ready"}


def test_what_is_not_known_is_named_and_what_only_looks_alike_is_told_apart(tmp_path: Path) -> None:
    bare = [replace(order, carrier="", delivery=None) for order in (ORDER, SECOND)]
    other = replace(SECOND, number="3", customer="bo", address=replace(HOME, street="Gasse 7"))
    alike = [other, replace(other, number="4", placed=NOW - timedelta(hours=3), address=replace(HOME, street="Gase 7"))]
    (sure, perhaps) = told(night_of(tmp_path, FakeNight(), *bare, *alike))
    assert sure[0] == "Orders 1 + 2 go to one customer at one address"
    assert sure[1] == (
        "Not known for sure: how they are to be sent, the country of their tax, "
        "whether the customer wants them apart, whether one is a gift"
    )
    assert perhaps[:2] == (
        "Orders 3 + 4 may go to one customer at one address",
        "Not known for sure: whether it is one address",
    )


@pytest.mark.parametrize(
    ("options", "count", "state"),
    [
        ({"together": {"mode": "tell"}}, 1, "ready"),
        ({"together": {"mode": "off"}}, 0, "ready"),
        ({"together_hours": 0}, 0, "ready"),
        ({"together_hours": 1}, 0, "ready"),
        ({"together": {"most_grams": 999}}, 0, "ready"),
        ({"together": {"most_grams": 1000}}, 1, "held"),
    ],
)
def test_the_owner_says_how_far_this_goes(tmp_path: Path, options: dict[str, Any], count: int, state: str) -> None:
    night = FakeNight()
    found = told(night_of(tmp_path, night, ORDER, SECOND, **options))
    assert len(found) == count
    assert states(night) == {"1": state, "2": state}
    if found and state == "ready":
        assert found[0][2] == "Decide whether they share a parcel"


def test_a_second_night_without_changes_says_the_same_and_moves_nothing(tmp_path: Path) -> None:
    night = FakeNight()
    first = told(night_of(tmp_path, night, ORDER, SECOND))
    items = {key: item for key, item in night.items.items() if key[0] == KIND}
    assert told(night_of(tmp_path, night, SECOND, ORDER)) == first
    assert {key: item for key, item in night.items.items() if key[0] == KIND} == items


def test_an_order_that_waited_and_is_gone_from_the_shop_is_told_as_gone(tmp_path: Path) -> None:
    night = FakeNight()
    night_of(tmp_path, night, ORDER, SECOND)
    ctx = night_of(tmp_path, night, ORDER)
    assert "orders:held:gone" in [finding.key for finding in ctx.report.findings]
    assert told(ctx) == []
    assert states(night) == {"1": "ready", "2": "held"}
