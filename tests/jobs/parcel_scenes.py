"""What people do with several orders at once, as the desk does it: all steps are made, or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from daemon import arranging, companions
from daemon.api import Hand, Money, Transition, WorkItem
from daemon.companions import Company
from jobs.kinds.shop import Delivery
from jobs.orders.line import KIND, ORDERS_LINE
from tests.jobs.line_scenes import ORDER, Scene

OPTIONS: Mapping[str, Any] = {"line": {"stock": "on-hand"}}
Steps = Callable[[Company, Hand], Sequence[Transition]]


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


TOLD = Delivery("DE", 500, False, False, "ada@shop.test", "+49 228 123456", eur("4.90"), eur("1.00"), eur("0.57"))
FIRST = replace(ORDER, carrier="DHL", delivery=TOLD, total=eur("13.47"))


def company(scene: Scene, number: str) -> Company:
    """Return an order with all that a step of it touches."""
    return companions.company_of(lambda ids: [scene.night.items[KIND, one] for one in ids], scene.item(number))


def does(scene: Scene, number: str, steps: Steps, who: str = "anna") -> None:
    """Take a person's steps an hour later."""
    scene.night.now += timedelta(hours=1)
    taken = steps(company(scene, number), Hand(who, scene.night.now, ZoneInfo("Europe/Berlin")))
    assert all(scene.night.move(list(taken)))


def merges(scene: Scene, *numbers: str, options: Mapping[str, Any] = OPTIONS) -> Mapping[str, Any]:
    """Merge orders and return what is told of their parcel."""
    items: dict[str, WorkItem] = {}
    for number in numbers:
        items |= {one.id: one for one in company(scene, number).joined}
    told: Mapping[str, Any] = {}

    def steps(_company: Company, hand: Hand) -> Sequence[Transition]:
        nonlocal told
        arranging.may_join(ORDERS_LINE, list(items.values()), hand)
        assert ORDERS_LINE.joins is not None
        told = ORDERS_LINE.joins(list(items.values()), options)
        return arranging.join(ORDERS_LINE, list(items.values()), hand, told)

    does(scene, numbers[0], steps)
    return told


def splits(scene: Scene, number: str, **by: Any) -> None:
    """Split an order."""

    def steps(of: Company, hand: Hand) -> Sequence[Transition]:
        arranging.may_part(ORDERS_LINE, of, hand)
        assert ORDERS_LINE.parts is not None
        return arranging.part(ORDERS_LINE, of.item, ORDERS_LINE.parts(of.item, by, {}), hand)

    does(scene, number, steps)


def undoes(scene: Scene, number: str) -> None:
    """Undo a merge or a split."""
    does(scene, number, lambda of, hand: arranging.undo(ORDERS_LINE, of, hand))


def confirms(scene: Scene, number: str, to: str = "") -> None:
    """Confirm a step."""
    does(scene, number, lambda of, hand: companions.confirm(ORDERS_LINE, of, hand, to))


def holds(scene: Scene, number: str) -> None:
    """Stop an order."""
    does(scene, number, lambda of, hand: companions.hold(ORDERS_LINE, of, hand, "ask first"))


def releases(scene: Scene, number: str) -> None:
    """Let an order go."""
    does(scene, number, lambda of, hand: companions.release(ORDERS_LINE, of, hand))
