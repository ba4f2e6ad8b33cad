"""One pass of the night along the line: what the shop says now meets what the line knows, and every order moves once.

A pass reads in pages and writes in batches that commit at once, each step only where its item stands as it was read. A
pass that is cut short has moved some orders and not others: the next one finds both as they are. What a person moved
in between stays as the person left it, until the next pass.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, TypeVar

from daemon.api import Context, Hand, Transition, WorkItem, noted, read_card, written
from jobs.kinds.shop import Order, ShopSystem, Status
from jobs.orders import customers
from jobs.orders.card import card_of, difference, mark_of
from jobs.orders.checks import Checked, Rules, check
from jobs.orders.conditions import Candidate
from jobs.orders.line import CANCELLED, CHANGED, GONE, HELD, KIND, NEW, ORDERS_LINE, OUT, SHIPPED
from jobs.orders.merging import Group
from jobs.orders.moving import Known, Place, Told, known_of, place
from jobs.orders.promise import Promise
from jobs.orders.proposals import UNDECIDED, Sharing, proposed, waits
from jobs.orders.roster import Roster

T = TypeVar("T")
PAGE = 2000
"""Work items in one message: some 2 MB."""
_INSTANT = timedelta(microseconds=1)
_FATES = {Status.SHIPPED: SHIPPED, Status.CANCELLED: CANCELLED, Status.UNKNOWN: NEW}


@dataclass(frozen=True)
class Orderly:
    """What a pass goes by: the checks' rules, the promise, who gets which order, whether somebody looks first.

    `sharing` says which orders may share a parcel; None: none may.
    """

    rules: Rules
    promise: Promise
    roster: Roster
    review: bool = False
    sharing: Sharing | None = None


@dataclass(frozen=True)
class Passed:
    """Where every open order stands after a pass, and for which reason those are held that the shop shows no more.

    `groups` are the orders that may share a parcel and on which nobody has decided.
    """

    open: Sequence[tuple[Order, Place]] = ()
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Sequence[Group] = ()


@dataclass(frozen=True, slots=True)
class _Due:
    """An item's id, what is known of it, the order where the shop shows it open, and where and whose it should be."""

    id: str
    known: Known
    order: Order | None
    mark: str
    place: Place
    owner: str | None


def work(ctx: Context, shop: ShopSystem, orders: Sequence[Order], by: Orderly) -> Passed:
    """Bring the line up to what the shop says (in a dry run: only say where everything would stand)."""
    one = _Pass(ctx, shop, by, {f"{shop.name}/{order.number}": order for order in orders})
    return one.run()


@dataclass
class _Pass:
    ctx: Context
    shop: ShopSystem
    by: Orderly
    orders: Mapping[str, Order]
    known: dict[str, Known] = field(default_factory=dict)
    checked: Checked = field(default_factory=Checked)

    def run(self) -> Passed:
        """Read the line, judge each order, move those that belong elsewhere, and return how all stand then."""
        self._read()
        self.by.roster.load.update(one.owner for one in self.known.values() if self._stays(one))
        self.checked = check(sorted(self.orders.values(), key=self._first_served), self.by.rules)
        shown, hidden = list(self._shown()), list(self._hidden())
        groups = self._groups(shown)
        shown = self._decided_first(shown, groups)
        self._move(one for one in (*shown, *hidden) if self._differs(one))
        standing = [(one.order, one.place) for one in shown if one.order is not None]
        return Passed(standing, _by_reason(hidden), groups)

    def _stays(self, known: Known) -> bool:
        return known.state in ORDERS_LINE.open and self.by.roster.keeps(known, self.ctx.now)

    def _read(self) -> None:
        """Read what is open on the line, and of what the shop shows also that which is done."""
        self.known = {item.id: known_of(item) for item in self._open_items()}
        rest = [name for name in self.orders if name not in self.known]
        for part in _parts(rest):
            self.known |= {item.id: known_of(item) for item in self.ctx.night.work_items(KIND, [], part)}

    def _open_items(self) -> Iterator[WorkItem]:
        after = ""
        while page := self.ctx.night.work_items(KIND, ORDERS_LINE.open, [], after, PAGE):
            yield from page
            after = page[-1].id

    def _first_served(self, order: Order) -> tuple[bool, datetime, str]:
        """Put those first whose goods are in somebody's hands already, then the older ones."""
        known = self.known.get(f"{self.shop.name}/{order.number}", Known())
        return known.base not in OUT, order.placed, order.number

    def _shown(self) -> Iterator[_Due]:
        for name, order in self.orders.items():
            told = Told(_FATES.get(order.status, ""), mark_of(order), self.checked.of(order.number))
            yield self._due(name, order, told)

    def _groups(self, shown: Sequence[_Due]) -> Sequence[Group]:
        """Return the orders that may share a parcel: of those that nothing stops and nobody has begun to pick."""
        free = [one.order for one in shown if one.order is not None and waits(one.known, one.mark, one.place)]
        candidates = (Candidate(self.shop.name, order, untouched=True) for order in free)
        return proposed(candidates, self.by.sharing)

    def _decided_first(self, shown: Sequence[_Due], groups: Sequence[Group]) -> list[_Due]:
        """Hold what may share a parcel until a person has decided, where the owner wants that."""
        if self.by.sharing is None or not self.by.sharing.review:
            return list(shown)
        asked = {order.number for group in groups for order in group.orders}
        return [replace(one, place=UNDECIDED) if one.order and one.order.number in asked else one for one in shown]

    def _hidden(self) -> Iterator[_Due]:
        """Yield what is open on the line and no longer among the shop's open orders."""
        begins = f"{self.shop.name}/"
        missing = {name for name, known in self.known.items() if name not in self.orders and name.startswith(begins)}
        for name, order in self._found(missing).items():
            fate = GONE if order is None else _FATES.get(order.status, "")
            if fate in {SHIPPED, CANCELLED, GONE}:
                yield self._due(name, None, Told(fate, self.known[name].mark))

    def _found(self, missing: set[str]) -> dict[str, Order | None]:
        """Return the missing orders as the shop shows them now; None for one that it has no record of any more."""
        if not missing:
            return {}
        placed = {name: _placed(item) for name, item in self._items(missing).items()}
        until = self.ctx.now + _INSTANT
        documents = self.shop.documents(min(placed.values()), until)
        found: dict[str, Order | None] = {
            name: one
            for one in documents
            if isinstance(one, Order) and (name := f"{self.shop.name}/{one.number}") in missing
        }
        since = self.shop.coverage().since
        lost = [name for name in placed if name not in found and (since is None or since <= placed[name])]
        return found | dict.fromkeys(lost)

    def _due(self, name: str, order: Order | None, told: Told) -> _Due:
        known = self.known.get(name, Known())
        belongs = place(known, told, review=self.by.review)
        owner = self.by.roster.owner_of(known, order, self.ctx.now) if belongs.state in ORDERS_LINE.open else None
        return _Due(name, known, order, told.mark, belongs, owner)

    def _differs(self, one: _Due) -> bool:
        known = one.known
        if known.state in ORDERS_LINE.done and one.place.state == known.state:
            return False
        here = (known.state, known.reasons, known.mark)
        return one.owner is not None or here != (one.place.state, one.place.reasons, one.mark)

    def _move(self, dues: Iterable[_Due]) -> None:
        if self.ctx.dry:
            return
        name_of = customers.pseudonyms(self.ctx, self.shop.name)
        for part in _parts(dues):
            items = self._items([one.id for one in part if one.known.state])
            steps = [self._step(one, items.get(one.id), name_of) for one in part]
            self.ctx.night.move([step for step in steps if step is not None])

    def _items(self, names: Iterable[str]) -> dict[str, WorkItem]:
        wanted = list(names)
        return {one.id: one for part in _parts(wanted) for one in self.ctx.night.work_items(KIND, [], part)}

    def _step(self, one: _Due, item: WorkItem | None, name_of: Callable[[str], str]) -> Transition | None:
        """Return the step that is due; None where somebody else has changed the item since it was looked at."""
        lease = self.ctx.now + self.by.roster.lease if one.owner else None
        if not one.known.state:
            return Transition(KIND, one.id, "", one.place.state, self._first_data(one, name_of), None, one.owner, lease)
        if item is None or item.changed != one.known.changed:
            return None
        step = ORDERS_LINE.step(item, one.place.state, self._data(one, item), self._hand)
        return replace(step, owner=one.owner, lease_until=lease)

    @property
    def _hand(self) -> Hand:
        return Hand("", self.ctx.now, self.ctx.zone)

    def _first_data(self, one: _Due, name_of: Callable[[str], str]) -> dict[str, Any]:
        assert one.order is not None
        data = {
            "number": one.order.number, "mark": one.mark, "customer": name_of(one.order.customer),
            "card": written(self._card(one.order)), "history": noted({}, self.ctx.now, one.place.state),
        }  # fmt: skip
        held = {"reasons": list(one.place.reasons)} if one.place.reasons else {}
        return ORDERS_LINE.kept(one.place.state, {**data, **held})

    def _data(self, one: _Due, item: WorkItem) -> dict[str, Any]:
        before: Any = item.data
        left_out = {"reasons", "from", "was"} | (set() if one.place.state == HELD else {"words"})
        data = {name: value for name, value in before.items() if name not in left_out}
        card = self._card(one.order) if one.order is not None else read_card(before)
        data["card"] = written(card)
        if one.mark != one.known.mark:
            data |= {"mark": one.mark, "cleared": []}
        if one.place.state == HELD:
            data |= {"reasons": list(one.place.reasons), "from": one.known.base}
        if CHANGED in one.place.reasons:
            data["was"] = {**difference(read_card(before), card), **before.get("was", {})}
        return data

    def _card(self, order: Order) -> dict[str, Any]:
        return card_of(order, self.checked.short.get(order.number, {}), self.by.promise.due(order))


def _placed(item: WorkItem) -> datetime:
    return datetime.fromisoformat(read_card(item.data)["placed"])


def _by_reason(hidden: Iterable[_Due]) -> dict[str, tuple[str, ...]]:
    """Return the numbers of those that are held, by the first reason."""
    found: dict[str, tuple[str, ...]] = {}
    for one in hidden:
        if one.place.state == HELD:
            reason = one.place.reasons[0]
            found[reason] = (*found.get(reason, ()), one.id.partition("/")[2])
    return found


def _parts(many: Iterable[T]) -> Iterator[list[T]]:
    """Yield the values in lists of at most PAGE."""
    left = iter(many)
    for first in left:
        yield list(chain([first], islice(left, PAGE - 1)))
