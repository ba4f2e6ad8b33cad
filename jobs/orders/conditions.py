"""What must hold of two orders before they share a parcel, and what is known of it. Pure.

*Exact* is a pair of which every condition is known to hold; *near* is one that only looks so, or of which the source
does not tell everything: that is shown to a person and never acted on. Being told nothing is never taken for a yes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from jobs.kinds.shop import Delivery, Order, Status, Supply
from jobs.orders.addresses import Key, address_key, is_whole, looks_alike, numbers_of

_PHONE_DIGITS = 8
"""Last digits of a telephone number that tell people apart, whatever prefix was typed; a shorter one tells nothing."""
_NOTHING = Delivery()
_UNTOLD = Supply()


class Condition(StrEnum):
    """What must hold of two orders before they share a parcel."""

    SHOP = "shop"
    CUSTOMER = "customer"
    ADDRESS = "address"
    CARRIER = "carrier"
    CURRENCY = "currency"
    TAX_COUNTRY = "tax country"
    UNSHIPPED = "unshipped"
    UNTOUCHED = "nothing picked or printed"
    PAID = "paid"
    WINDOW = "time between them"
    WEIGHT = "weight"
    TOGETHER = "no wish for separate parcels"
    SHIP_BY = "ship-by day"
    GIFT = "gift"
    UNDECIDED = "nobody keeps them apart"


class Answer(StrEnum):
    """Whether a condition holds; ALIKE is what may be the same, written in another way."""

    YES = "yes"
    ALIKE = "alike"
    UNKNOWN = "unknown"
    NO = "no"


class Match(StrEnum):
    """How two orders fit one parcel, best first: ALIKE is the kind of near where customer or address is in doubt."""

    EXACT = "exact"
    NEAR = "near"
    ALIKE = "alike"
    NONE = "none"


Answers = Mapping[Condition, Answer]
Mark = tuple[str, ...]
_ANSWER: Mapping[bool | None, Answer] = {True: Answer.YES, False: Answer.NO, None: Answer.UNKNOWN}
_PAID: Mapping[Status, Answer] = {Status.OPEN: Answer.YES, Status.UNPAID: Answer.NO}
_WORST_FIRST = (Answer.NO, Answer.UNKNOWN, Answer.ALIKE, Answer.YES)


@dataclass(frozen=True)
class Rules:
    """How far apart orders of one parcel may be placed, on whose local days, and how heavy it may be (None: no limit).

    `apart` are the pairs of order numbers that a person decided not to merge.
    """

    window: timedelta
    zone: ZoneInfo
    most_grams: int | None = None
    apart: frozenset[frozenset[str]] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """An open order of a shop (a connection's name). `untouched`: nothing of it is picked or printed; None: unknown."""

    shop: str
    order: Order
    untouched: bool | None = None


@dataclass(frozen=True)
class Traits:
    """What is compared of an order, made ready once; two orders that match at all share one of their `marks`."""

    shop: str
    order: Order
    untouched: bool | None
    people: Mapping[str, str]
    address: Key | None
    grams: int | None
    ship_day: date | None
    more: Delivery
    marks: tuple[Mark, ...]

    @property
    def key(self) -> tuple[datetime, str, str]:
        """Return what orders are told apart by and sorted by: the oldest first."""
        return self.order.placed, self.order.number, self.shop


def compare(one: Candidate, other: Candidate, rules: Rules) -> Answers:
    """Return the answer of each condition for two orders; the same whichever comes first."""
    return answers(traits_of(one, rules.zone), traits_of(other, rules.zone), rules)


def match_of(told: Answers) -> Match:
    """Return how two orders fit: EXACT on nothing but yes, NEAR or ALIKE where a person may know more, or NONE.

    NEAR is one customer at one address of whom something else is not known. ALIKE is the same customer at an address
    that looks alike, or the same address with another or an unknown customer. A no to anything else is a no.
    """
    who, where = told[Condition.CUSTOMER], told[Condition.ADDRESS]
    others = {answer for condition, answer in told.items() if condition is not Condition.CUSTOMER}
    if Answer.NO in others:
        return Match.NONE
    if (who, where) == (Answer.YES, Answer.YES):
        return Match.EXACT if others == {Answer.YES} else Match.NEAR
    if where is Answer.YES or (who, where) == (Answer.YES, Answer.ALIKE):
        return Match.ALIKE
    return Match.NONE


def grams_of(order: Order) -> int | None:
    """Return what an order weighs: as its shop says, else the sum of its pieces; None where one of them is unknown."""
    if order.delivery is not None and order.delivery.grams is not None:
        return order.delivery.grams
    grams = [(line.supply or _UNTOLD).grams for line in order.lines]
    known = [weight * line.quantity for weight, line in zip(grams, order.lines, strict=True) if weight is not None]
    return sum(known) if len(known) == len(grams) else None


def traits_of(candidate: Candidate, zone: ZoneInfo) -> Traits:
    """Return what is compared of a candidate; ship-by moments count by their local day."""
    order = candidate.order
    people, place = _people(order), _one_place(order)
    marks = [(candidate.shop, *person) for person in people.items()]
    return Traits(
        shop=candidate.shop,
        order=order,
        untouched=candidate.untouched,
        people=people,
        address=place,
        grams=grams_of(order),
        ship_day=order.ship_by.astimezone(zone).date() if order.ship_by is not None else None,
        more=order.delivery or _NOTHING,
        marks=(*marks, (candidate.shop, "address", *place)) if place is not None and is_whole(place) else tuple(marks),
    )


def hints_of(candidate: Candidate) -> tuple[Mark, ...]:
    """Return marks of which two orders that match at all share one, cheaper than those of `traits_of` and coarser."""
    order = candidate.order
    people = tuple((candidate.shop, *person) for person in _people(order).items())
    return people if order.address is None else (*people, (candidate.shop, "numbers", *numbers_of(order.address)))


def is_certain(one: Traits, rules: Rules) -> bool:
    """Return whether an order could match another exactly: whether everything about itself is known."""
    return {Answer.YES, Answer.NO}.issuperset(answers(one, one, rules).values())


def _one_place(order: Order) -> Key | None:
    """Return where all of an order goes; None where that is not known, or more than one place."""
    if order.address is None:
        return None
    place = address_key(order.address)
    own = [line.supply.address for line in order.lines if line.supply and line.supply.address]
    return place if all(address_key(address) == place for address in own) else None


def _people(order: Order) -> dict[str, str]:
    """Return by what a customer is known: the shop's key, the mail address, the end of the telephone number."""
    more = order.delivery or _NOTHING
    digits = "".join(letter for letter in more.phone if letter.isdecimal())
    phone = digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else ""
    known = {"customer": order.customer, "email": more.email.strip().casefold(), "phone": phone}
    return {how: who for how, who in known.items() if who}


def answers(one: Traits, other: Traits, rules: Rules) -> Answers:
    """Return the answer of every condition, in their order."""
    a, b = one.order, other.order
    return {
        Condition.SHOP: _ANSWER[one.shop == other.shop],
        Condition.CUSTOMER: _same_person(one.people, other.people),
        Condition.ADDRESS: _same_place(one.address, other.address),
        Condition.CARRIER: _equal(a.carrier.strip().casefold() or None, b.carrier.strip().casefold() or None),
        Condition.CURRENCY: _ANSWER[_currencies(a) == _currencies(b) and len(_currencies(a)) == 1],
        Condition.TAX_COUNTRY: _equal(one.more.tax_country.upper() or None, other.more.tax_country.upper() or None),
        Condition.UNSHIPPED: _both(_unshipped, a, b),
        Condition.UNTOUCHED: min(_ANSWER[one.untouched], _ANSWER[other.untouched], key=_WORST_FIRST.index),
        Condition.PAID: _both(_paid, a, b),
        Condition.WINDOW: _ANSWER[abs(a.placed - b.placed) <= rules.window],
        Condition.WEIGHT: _light(one.grams, other.grams, rules.most_grams),
        Condition.TOGETHER: _both(_may_share, a, b),
        Condition.SHIP_BY: _ANSWER[one.ship_day == other.ship_day],
        Condition.GIFT: _equal(one.more.gift, other.more.gift),
        Condition.UNDECIDED: _ANSWER[frozenset((a.number, b.number)) not in rules.apart],
    }


def _same_person(one: Mapping[str, str], other: Mapping[str, str]) -> Answer:
    asked = one.keys() & other.keys()
    if any(one[how] == other[how] for how in asked):
        return Answer.YES
    return Answer.NO if asked else Answer.UNKNOWN


def _same_place(one: Key | None, other: Key | None) -> Answer:
    if one is None or other is None:
        return Answer.UNKNOWN
    if one == other:
        return Answer.YES if is_whole(one) else Answer.ALIKE
    return Answer.ALIKE if looks_alike(one, other) else Answer.NO


def _light(one: int | None, other: int | None, most: int | None) -> Answer:
    if most is None:
        return Answer.YES
    if (one or 0) + (other or 0) > most:
        return Answer.NO
    return Answer.UNKNOWN if one is None or other is None else Answer.YES


def _unshipped(order: Order) -> Answer:
    if order.shipped is not None or order.status in {Status.SHIPPED, Status.CANCELLED}:
        return Answer.NO
    return Answer.UNKNOWN if order.status is Status.UNKNOWN else Answer.YES


def _paid(order: Order) -> Answer:
    return _PAID.get(order.status, Answer.UNKNOWN)


def _may_share(order: Order) -> Answer:
    """Return whether the customer wants no parcel of its own; a note may say so, hence is unknown until it is read."""
    separately = order.delivery.separately if order.delivery is not None else None
    if separately:
        return Answer.NO
    return Answer.UNKNOWN if separately is None or order.note else Answer.YES


def _currencies(order: Order) -> set[str]:
    return {line.price.currency for line in order.lines} | ({order.total.currency} if order.total else set())


def _both(ask: Callable[[Order], Answer], one: Order, other: Order) -> Answer:
    return min(ask(one), ask(other), key=_WORST_FIRST.index)


def _equal(one: object, other: object) -> Answer:
    return Answer.UNKNOWN if one is None or other is None else _ANSWER[one == other]
