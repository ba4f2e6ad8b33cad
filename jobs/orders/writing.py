"""How a pass writes down where an order belongs now: the step of its item, with the card and what is kept beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from daemon.api import Context, Hand, Transition, WorkItem, noted, read_card, written
from jobs.kinds.shop import Order
from jobs.orders import customers
from jobs.orders.card import card_of, difference
from jobs.orders.checks import Checked
from jobs.orders.kept import more_of
from jobs.orders.line import CHANGED, HELD, KIND, ORDERS_LINE, SPLIT
from jobs.orders.moving import Known, Place
from jobs.orders.promise import Promise


@dataclass(frozen=True, slots=True)
class Due:
    """An item's id, what is known of it, the order where the shop shows it open, and where and whose it should be.

    One that `leaves` belongs to its parcel no more.
    """

    id: str
    known: Known
    order: Order | None
    mark: str
    place: Place
    owner: str | None
    leaves: bool = False

    @property
    def along(self) -> str:
        """What names those that move all or none with this one; empty where it moves by itself."""
        return min(self.known.joined, default="") or self.known.part_of or (self.id if self.known.parts else "")


@dataclass
class Writing:
    """What steps are written by: the run, how long an order stays with its owner, checks, promise and source."""

    ctx: Context
    lease: timedelta
    checked: Checked
    promise: Promise
    source: str
    name_of: Callable[[str], str] = field(init=False)

    def __post_init__(self) -> None:
        """Get ready to stand for customers by their hashes."""
        self.name_of = customers.pseudonyms(self.ctx, self.source)

    def step(self, one: Due, item: WorkItem | None) -> Transition | None:
        """Return the step that is due; None where somebody else has changed the item since it was looked at."""
        until = self.ctx.now + self.lease if one.owner else None
        if not one.known.state:
            return Transition(KIND, one.id, "", one.place.state, self._first_data(one), None, one.owner, until)
        if item is None or item.changed != one.known.changed:
            return None
        step = ORDERS_LINE.step(item, one.place.state, self._data(one, item), self._hand)
        return replace(step, owner=one.owner, lease_until=until, along=one.along)

    @property
    def _hand(self) -> Hand:
        return Hand("", self.ctx.now, self.ctx.zone)

    def _first_data(self, one: Due) -> dict[str, Any]:
        assert one.order is not None
        data = {
            "number": one.order.number, "mark": one.mark, "customer": self.name_of(one.order.customer),
            "card": written(self._card(one.order)), "history": noted({}, self.ctx.now, one.place.state),
            **self._more(one.order),
        }  # fmt: skip
        held = {"reasons": list(one.place.reasons)} if one.place.reasons else {}
        return ORDERS_LINE.kept(one.place.state, {**data, **held})

    def _more(self, order: Order) -> dict[str, str]:
        more = more_of(order, self.name_of, self.promise.calendar.zone)
        return {"more": more} if more else {}

    def _data(self, one: Due, item: WorkItem) -> dict[str, Any]:
        before: Any = item.data
        left_out = _no_longer_said(one)
        data = {name: value for name, value in before.items() if name not in left_out}
        if one.order is not None and not one.known.part_of:
            data.pop("more", None)
            data |= self._more(one.order)
        card = self._card(one.order) if one.order is not None else read_card(before)
        data["card"] = written(card)
        if one.mark != one.known.mark:
            data |= {"mark": one.mark, "cleared": []}
        return data | _why_there(one, before, card)

    def _card(self, order: Order) -> dict[str, Any]:
        short, due = self.checked.short.get(order.number, {}), self.promise.due(order)
        return card_of(order, short, due, self.checked.shown(order))


def _no_longer_said(one: Due) -> set[str]:
    """Return what an item does not say any more, now that it stands elsewhere; its reasons are said anew."""
    state, names = one.place.state, {"reasons", "from", "was"}
    if state != HELD:
        names.add("words")
    if one.leaves:
        names |= {"joined", "told"}
    if state in ORDERS_LINE.open and state != SPLIT:
        names |= {"parts", "whole"}
    return names


def _why_there(one: Due, before: Any, card: Mapping[str, Any]) -> dict[str, Any]:
    """Return why an item is held and from where, and what was changed of it since a person last saw it."""
    said: dict[str, Any] = {}
    if one.place.state == HELD:
        said |= {"reasons": list(one.place.reasons), "from": one.known.base}
    if CHANGED in one.place.reasons or one.place.state == SPLIT:
        said["was"] = {**difference(read_card(before), card), **before.get("was", {})}
    return said
