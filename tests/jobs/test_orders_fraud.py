"""Orders that stand out: by the shop's own judgement, by where they are billed, by their worth, by how many they are."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from daemon.api import Money, read_card
from daemon.testing import NOW, FakeNight, make_context, names_in
from jobs.kinds import facts
from jobs.kinds.shop import Address, Danger, Delivery, Line, Order, Risk, Status
from jobs.orders import OrdersOptions, line
from jobs.orders.card import card_of
from jobs.orders.checks import Rules, check
from jobs.orders.fraud import Limits, judgement, limits, unusual
from jobs.orders.handling import LineOptions
from jobs.orders.ruling import rules, usual
from jobs.orders.watching import FraudOptions
from tests.jobs.line_scenes import DAY, Scene, confirming, confirming_to, releasing
from tests.jobs.line_scenes import ORDER as PLAIN

HOME = Address("Åsa Öberg", "Ängsgatan 4 B", "111 29", "Stockholm", "SE")
LINE = Line("A", "Tasse", 2, Money(Decimal(5), "EUR"))
ORDER = Order("1", NOW - timedelta(hours=3), (LINE,), Status.OPEN, HOME, "åsa")


@pytest.mark.parametrize(
    ("danger", "least", "reasons"),
    [
        (Danger.HIGH, Danger.HIGH, (line.RISK,)),
        (Danger.HIGH, Danger.MEDIUM, (line.RISK,)),
        (Danger.MEDIUM, Danger.HIGH, ()),
        (Danger.MEDIUM, Danger.MEDIUM, (line.UNUSUAL,)),
        (Danger.LOW, Danger.MEDIUM, ()),
        (Danger.HIGH, None, ()),
        (None, Danger.MEDIUM, ()),
    ],
)
def test_the_shops_own_judgement_holds_an_order_from_the_degree_on_that_the_owner_wants(
    danger: Danger | None, least: Danger | None, reasons: tuple[str, ...]
) -> None:
    order = replace(ORDER, risk=Risk(danger) if danger else None)
    assert check([order], Rules(fraud=Limits(shop=least))).of("1") == reasons


def test_by_itself_only_what_the_shop_calls_dangerous_is_held() -> None:
    odd = replace(
        ORDER, delivery=Delivery(billed_in="US"), total=Money(Decimal(10**6), "EUR"), risk=Risk(Danger.MEDIUM)
    )
    many = [replace(odd, number=str(n)) for n in range(20)]
    by = limits(OrdersOptions().line.risk, Money(Decimal(1), "EUR"))
    assert unusual(many, by) == {}
    assert check([replace(ORDER, risk=Risk(Danger.HIGH))], Rules(fraud=by)).of("1") == (line.RISK,)


def test_the_shops_reasons_stand_on_the_card_in_its_words_and_can_do_no_harm_there() -> None:
    risk = Risk(Danger.MEDIUM, ("Card was\x1b[31m used\non two names\u202e", "\x00", *(f"fact {n}" for n in range(40))))
    rows = judgement(replace(ORDER, risk=risk))
    assert rows[:2] == [["the shop says", "medium"], ["the shop says", "Card was[31m used on two names"]]
    assert len(rows) < 10
    shown = card_of(ORDER, {}, NOW, check([replace(ORDER, risk=risk)], Rules()).shown(replace(ORDER, risk=risk)))
    assert shown["risk"] == rows
    assert "risk" not in card_of(ORDER, {}, NOW, check([ORDER], Rules()).shown(ORDER))


@pytest.mark.parametrize(
    ("billed", "sent", "stands_out"),
    [("US", "SE", True), ("se ", "SE", False), ("", "SE", False), ("US", "", False)],
)
def test_an_order_billed_in_one_country_and_sent_to_another_stands_out_where_both_are_known(
    billed: str, sent: str, stands_out: bool
) -> None:
    order = replace(ORDER, delivery=Delivery(billed_in=billed), address=replace(HOME, country=sent))
    assert ("1" in unusual([order], Limits(billed_abroad=True))) is stands_out
    assert unusual([order], Limits()) == {}


def test_an_order_worth_many_times_the_usual_one_stands_out_in_its_own_currency_only() -> None:
    by = limits(FraudOptions(times_usual=10), Money(Decimal("49.999"), "EUR"))
    dear = replace(ORDER, total=Money(Decimal(500), "EUR"))
    assert unusual([dear], by) == {"1": [["worth", "500 EUR, looked at from 499.99 on"]]}
    assert unusual([replace(dear, total=Money(Decimal(499), "EUR"))], by) == {}
    assert unusual([replace(dear, total=Money(Decimal(500), "SEK"))], by) == {}
    assert unusual([replace(ORDER, lines=(replace(LINE, quantity=100),))], by).keys() == {"1"}
    assert unusual([dear], limits(FraudOptions(times_usual=10), None)) == {}


@pytest.mark.parametrize("orders", [29, 30])
def test_what_is_usual_is_known_from_thirty_orders_on(tmp_path: Path, orders: int) -> None:
    night = FakeNight()
    told = make_context(tmp_path, names_in(facts), night=night)
    told.fact(facts.ORDERS, told.today - DAY, orders, as_of=NOW, source="main")
    told.fact(facts.GROSS, told.today - DAY, Decimal(orders * 20), as_of=NOW, source="main", unit="EUR")
    told.fact(facts.ORDERS, told.today - 2 * DAY, 5, as_of=NOW, source="main")
    night.accept(told)
    ctx = make_context(tmp_path, names_in(facts), night=night)
    wanted = None if orders < 30 else Money(Decimal(20), ctx.shop.currency)
    assert usual(ctx) == wanted
    options = LineOptions(risk=FraudOptions(times_usual=5))
    large = Money(Decimal(100), ctx.shop.currency) if wanted else None
    assert (rules(ctx, options, []).fraud.large, rules(ctx, LineOptions(), []).fraud.large) == (large, None)


def test_many_orders_of_one_customer_or_to_one_door_within_a_night_stand_out_together() -> None:
    by = Limits(many=3, within=timedelta(hours=6))
    elsewhere = [Address("B", f"Gata {n}", "111 29", "Stockholm", "SE") for n in range(3)]
    one_customer = [replace(ORDER, number=str(n), address=elsewhere[n]) for n in range(3)]
    assert unusual(one_customer, by).keys() == {"0", "1", "2"}
    one_door = [
        replace(ORDER, number="0", customer="a"),
        replace(ORDER, number="1", customer="b", address=replace(HOME, street="ÄNGSGATAN 4B", name="C")),
        replace(ORDER, number="2", customer="", address=replace(HOME, postcode="11129")),
    ]
    assert unusual(one_door, by).keys() == {"0", "1", "2"}
    assert unusual(one_door[:2], by) == {}
    later = [*one_customer[:2], replace(one_customer[2], placed=ORDER.placed + timedelta(hours=7))]
    assert unusual(later, by) == {}
    nobody = [replace(ORDER, number=str(n), customer="", address=None) for n in range(9)]
    assert unusual(nobody, by) == {}


@pytest.mark.parametrize("wrong", [{"many": 1}, {"times_usual": 1}, {"many": -2}, {"shop": "low"}, {"within": "soon"}])
def test_a_threshold_that_would_hold_every_order_is_refused_by_check(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OrdersOptions.model_validate({"line": {"risk": wrong}})


def test_an_order_that_the_shop_calls_dangerous_waits_for_a_person_and_once_released_goes_on(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.has(replace(PLAIN, risk=Risk(Danger.HIGH, ("Proxy was used",))))
    found = {one.key: one for one in scene.passes().report.findings}
    assert scene.where() == ("held", [line.RISK])
    assert "nightclerk orders show" in found["orders:held:risk"].next_step.id  # type: ignore[union-attr]
    assert ["the shop says", "Proxy was used"] in read_card(scene.item().data)["risk"]
    scene.does(releasing)
    scene.passes()
    assert scene.where() == ("ready", [])


def test_what_was_said_of_a_customer_is_forgotten_once_the_order_is_sent(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.has(replace(PLAIN, risk=Risk(Danger.MEDIUM, ("Ada's card was declined",))))
    scene.passes()
    assert "declined" in str(scene.night.items)
    scene.edit(status=Status.SHIPPED)
    scene.passes()
    assert "declined" not in str(scene.night.items)


def test_who_released_what_only_stood_out_has_not_released_what_the_shop_finds_dangerous_later(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.options = OrdersOptions.model_validate({"line": {"risk": {"shop": "medium", "billed_abroad": True}}})
    scene.has(replace(PLAIN, delivery=Delivery(billed_in="US"), risk=Risk(Danger.MEDIUM)))
    assert "orders:held:unusual" in {one.key for one in scene.passes().report.findings}
    assert scene.where() == ("held", [line.UNUSUAL])
    assert read_card(scene.item().data)["risk"] == [
        ["the shop says", "medium"], ["billed in", "US"], ["sent to", "DE"],
    ]  # fmt: skip
    scene.does(releasing)
    scene.passes()
    assert scene.where() == ("ready", [])
    scene.edit(risk=Risk(Danger.HIGH))
    scene.passes()
    assert scene.where() == ("held", [line.RISK])


def test_a_judgement_that_comes_after_the_order_was_packed_stops_its_parcel(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.has(PLAIN)
    scene.passes()
    scene.does(confirming)
    scene.does(confirming_to("packed"))
    scene.edit(risk=Risk(Danger.HIGH))
    scene.passes()
    assert scene.where() == ("held", [line.RISK])
    scene.edit(risk=Risk(Danger.LOW))
    scene.passes()
    assert scene.where() == ("packed", [])
