"""Whether orders may share a parcel and how one is parted, where a person asks for it; judged by what their items keep.

It is called in a process of its own and reads and writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from daemon.api import NightclerkError, WorkItem, read_card, written
from jobs.kinds.shop import Order
from jobs.orders.card import card_of
from jobs.orders.conditions import Answer, Candidate, Condition, Rules, compare, grams_of
from jobs.orders.kept import more_of, order_of, shown
from jobs.orders.line import OVERSOLD, TOGETHER
from jobs.orders.parcels import merge
from jobs.orders.splitting import By, split
from jobs.orders.splitting import Rules as SplitRules

_ZONE = ZoneInfo("UTC")
"""Kept ship-by days stand at midnight, UTC."""
_WHY: Mapping[Condition, str] = {
    Condition.SHOP: "they are of different shops",
    Condition.CUSTOMER: "neither customer nor address is known to be the same",
    Condition.ADDRESS: "they go to different addresses",
    Condition.CARRIER: "they are sent in different ways",
    Condition.CURRENCY: "they are in different currencies",
    Condition.TAX_COUNTRY: "they are taxed in different countries",
    Condition.UNSHIPPED: "one is sent or cancelled already",
    Condition.UNTOUCHED: "one is being picked already",
    Condition.PAID: "one is not paid",
    Condition.WINDOW: "they were placed further apart than `together_hours` allows",
    Condition.WEIGHT: "together they are heavier than `together: {most_grams: …}` allows",
    Condition.TOGETHER: "one customer wants a parcel of its own",
    Condition.SHIP_BY: "they are to be sent by different days",
    Condition.GIFT: "one is a gift and the other is not",
    Condition.UNDECIDED: "somebody keeps them apart",
}


def joins(items: Sequence[WorkItem], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is to be told of a parcel of these orders; raise NightclerkError where a condition fails.

    Every pair must agree. What is not known, or only looks alike, a person who asks for it has decided.
    """
    rules = _rules(options)
    waiting = [(item.id.partition("/")[0], order_of(item)) for item in items]
    for (shop, one), (other_shop, other) in combinations(waiting, 2):
        told = compare(Candidate(shop, one, untouched=True), Candidate(other_shop, other, untouched=True), rules)
        failing = [condition for condition, answer in told.items() if answer is Answer.NO and _asked(condition, told)]
        if failing:
            raise NightclerkError(f"orders {one.number} and {other.number} can't share a parcel: {_WHY[failing[0]]}")
    _light(waiting, rules)
    surplus = merge(order for _, order in waiting).surplus
    return {} if surplus is None else {"postage paid too much": shown(surplus)}


def _asked(condition: Condition, told: Mapping[Condition, Answer]) -> bool:
    """Return whether a no of this condition counts: another customer at the same address is a person's to decide."""
    return condition is not Condition.CUSTOMER or told[Condition.ADDRESS] is not Answer.YES


def _rules(options: Mapping[str, Any]) -> Rules:
    from jobs.orders import OrdersOptions  # noqa: PLC0415 - which imports the line, which imports this

    known = OrdersOptions.model_validate(dict(options))
    return Rules(timedelta(hours=known.together_hours), _ZONE, known.together.most_grams)


def _light(waiting: Sequence[tuple[str, Order]], rules: Rules) -> None:
    """Raise NightclerkError where all together are too heavy, though no two of them are."""
    if rules.most_grams is not None and sum(grams_of(order) or 0 for _, order in waiting) > rules.most_grams:
        raise NightclerkError(f"these orders can't share a parcel: {_WHY[Condition.WEIGHT]}")


def parts(item: WorkItem, by: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the data of the parts of an order: by `by` (words of `By`), `most_grams` and `most_pieces`."""
    order = order_of(item)
    ways = frozenset(By(word) for word in by.get("by", ()))
    found = split(order, SplitRules(ways, _stock(item, order), by.get("most_grams"), by.get("most_pieces")))
    if len(found.parts) == 1:
        raise NightclerkError(f"order {order.number} stays one parcel: nothing of it is parted by what was asked for")
    return [_data(item, part, waits=part.number in found.waiting) for part in found.parts]


def _stock(item: WorkItem, order: Order) -> dict[str, int]:
    """Return how many pieces of each product the order itself can have: what it holds but for what it is short of."""
    stock: dict[str, int] = {}
    for line in order.lines:
        stock[line.sku] = stock.get(line.sku, 0) + line.quantity
    short = read_card(item.data).get("short", {})
    return {sku: pieces - int(short.get(sku, 0)) for sku, pieces in stock.items()}


def _data(item: WorkItem, part: Order, *, waits: bool) -> Mapping[str, Any]:
    whole: Any = item.data
    due = datetime.fromisoformat(read_card(whole)["ship by"])
    reasons = [reason for reason in whole.get("reasons", ()) if reason not in {OVERSOLD, TOGETHER}]
    told = {
        "card": written(card_of(part, {}, due)),
        "more": more_of(_nobody(part), lambda name: name, _ZONE),
        "mark": whole["mark"],
        "customer": whole.get("customer", ""),
        "cleared": list(whole.get("cleared", ())),
        "words": whole.get("words", ""),
        "reasons": [*reasons, *([OVERSOLD] if waits else [])],
    }
    return {name: value for name, value in told.items() if value}


def _nobody(part: Order) -> Order:
    """Return a part without what its customer is compared by: it shares a parcel with nobody."""
    delivery = part.delivery and replace(part.delivery, email="", phone="")
    return replace(part, delivery=delivery)
