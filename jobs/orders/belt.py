"""One pass of the night along the line: what the shop says now meets what the line knows, and every order moves once.

A pass reads in pages and writes in batches that commit at once, each step only where its item stands as it was read. A
pass that is cut short has moved some orders and not others: the next one finds both as they are. What a person moved
in between stays as the person left it, until the next pass. Orders that are bound to each other move all or none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, groupby, islice
from typing import TypeVar

from daemon.api import Context, Transition, WorkItem, read_card
from jobs.kinds.shop import Order, ShopSystem, Status
from jobs.orders import company
from jobs.orders.card import mark_of
from jobs.orders.checks import Checked, Rules, check
from jobs.orders.conditions import Candidate
from jobs.orders.line import CANCELLED, GONE, HELD, KIND, NEW, ORDERS_LINE, OUT, SHIPPED, SPLIT
from jobs.orders.merging import Group
from jobs.orders.moving import Known, Place, Told, known_of, place
from jobs.orders.parcels import Parcel
from jobs.orders.promise import Promise
from jobs.orders.proposals import UNDECIDED, Sharing, proposed, waits
from jobs.orders.roster import Roster
from jobs.orders.writing import Due, Writing

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

    `groups` are the orders that may share a parcel and on which nobody has decided, `parcels` those that do share one.
    A split order is not among the open ones: its parts are.
    """

    open: Sequence[tuple[Order, Place]] = ()
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Sequence[Group] = ()
    parcels: Sequence[Parcel] = ()


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
    parts: Mapping[str, WorkItem] = field(default_factory=dict)
    wholes: dict[str, Order] = field(default_factory=dict)
    reopened: frozenset[str] = frozenset()

    def run(self) -> Passed:
        """Read the line, judge each order, move those that belong elsewhere, and return how all stand then."""
        self._read()
        self._divide()
        self.by.roster.load.update(one.owner for one in self.known.values() if self._stays(one))
        self.checked = check(sorted(self.orders.values(), key=self._first_served), self.by.rules)
        shown, hidden = self._together(list(self._shown()), list(self._hidden()))
        groups = self._groups(shown)
        shown = self._decided_first(shown, groups)
        self._move([one for one in (*shown, *hidden, *self._whole([*shown, *hidden])) if self._differs(one)])
        standing = [(one.order, one.place, one.known) for one in shown if one.order is not None]
        open_ = ((order, known) for order, stands, known in standing if stands.state not in ORDERS_LINE.done)
        parcels = company.parcels(open_)
        return Passed([(order, stands) for order, stands, _ in standing], _by_reason(hidden), groups, parcels)

    def _stays(self, known: Known) -> bool:
        return known.state in ORDERS_LINE.open and self.by.roster.keeps(known, self.ctx.now)

    def _read(self) -> None:
        """Read what is open on the line, and of what the shop shows also that which is done."""
        self.known = {item.id: known_of(item) for item in self._open_items()}
        rest = [name for name in self.orders if name not in self.known]
        for part in _parts(rest):
            self.known |= {item.id: known_of(item) for item in self.ctx.night.work_items(KIND, [], part)}

    def _divide(self) -> None:
        """Put the parts of a split order in its place, those too that were cancelled with it, for it is open again."""
        split = self._split()
        if not split:
            return
        self.parts = self._items(part for known in split.values() for part in known.parts)
        self._take_back_cancelled_parts()
        self.wholes = {name: order for name, order in self.orders.items() if name in split}
        undivided = {name: order for name, order in self.orders.items() if name not in split}
        self.orders = undivided | self._parts_of_wholes()

    def _parts_of_wholes(self) -> dict[str, Order]:
        """Return the parts of the split orders that the shop shows, each as an order of its own."""
        return {
            part: company.part_of(self.parts[part], order)
            for name, order in self.wholes.items()
            for part in self.known[name].parts
            if part in self.known and part in self.parts
        }

    def _split(self) -> dict[str, Known]:
        return {name: known for name, known in self.known.items() if known.state == SPLIT}

    def _take_back_cancelled_parts(self) -> None:
        """Take up the parts again that were cancelled; where the shop shows their orders open, those are reopened."""
        back = {name: known_of(item) for name, item in self.parts.items() if item.state == CANCELLED}
        self.known |= back
        self.reopened = frozenset(known.part_of for known in back.values()) & self.orders.keys()

    def _open_items(self) -> Iterator[WorkItem]:
        after = ""
        while page := self.ctx.night.work_items(KIND, ORDERS_LINE.open, [], after, PAGE):
            yield from page
            after = page[-1].id

    def _first_served(self, order: Order) -> tuple[bool, datetime, str]:
        """Put those first whose goods are in somebody's hands already, then the older ones."""
        known = self.known.get(f"{self.shop.name}/{order.number}", Known())
        return known.base not in OUT, order.placed, order.number

    def _shown(self) -> Iterator[Due]:
        for name, order in self.orders.items():
            whole = self.wholes.get(self.known[name].part_of) if name in self.parts else None
            told = Told(_FATES.get(order.status, ""), mark_of(whole or order), self.checked.of(order.number))
            yield self._due(name, order, told)

    def _together(self, shown: Sequence[Due], hidden: Sequence[Due]) -> tuple[list[Due], list[Due]]:
        """Stop what shares a parcel with an order that can't go on, and give all of a parcel to one person."""
        everybody = (*shown, *hidden)
        if not any(one.known.joined for one in everybody):
            return list(shown), list(hidden)
        places = {one.id: one.place for one in everybody}
        owners = _owners(everybody)
        return [self._mated(one, places, owners) for one in shown], [self._mated(one, places, owners) for one in hidden]

    def _mated(self, one: Due, places: Mapping[str, Place], owners: Mapping[str, str | None]) -> Due:
        if not one.known.joined:
            return one
        stands, leaves = company.together(one.id, self.known, places), company.leaves(one.id, self.known, places)
        owner = owners.get(one.along) if stands.state in ORDERS_LINE.open else None
        return replace(one, place=stands, leaves=leaves, owner=owner)

    def _whole(self, dues: Iterable[Due]) -> Iterator[Due]:
        """Yield the split orders, each where its parts put it."""
        if not self.parts:
            return
        stands = {name: item.state for name, item in self.parts.items()} | {one.id: one.place.state for one in dues}
        for name, known in self._split().items():
            if name.startswith(f"{self.shop.name}/"):
                order, belongs = self.wholes.get(name), company.whole_of([stands[part] for part in known.parts])
                yield Due(name, known, order, mark_of(order) if order else known.mark, belongs, None)

    def _groups(self, shown: Sequence[Due]) -> Sequence[Group]:
        """Return the orders that may share a parcel: of those that nothing stops and nobody has begun to pick."""
        free = [one.order for one in shown if one.order is not None and waits(one.known, one.mark, one.place)]
        candidates = (Candidate(self.shop.name, order, untouched=True) for order in free)
        return proposed(candidates, self.by.sharing)

    def _decided_first(self, shown: Sequence[Due], groups: Sequence[Group]) -> list[Due]:
        """Hold what may share a parcel until a person has decided, where the owner wants that."""
        if self.by.sharing is None or not self.by.sharing.review:
            return list(shown)
        asked = {order.number for group in groups for order in group.orders}
        return [replace(one, place=UNDECIDED) if one.order and one.order.number in asked else one for one in shown]

    def _hidden(self) -> Iterator[Due]:
        """Yield what is open on the line and no longer among the shop's open orders."""
        begins = f"{self.shop.name}/"
        here = self.orders.keys() | self.wholes.keys()
        missing = {name for name in self.known.keys() - here if name.startswith(begins) and name not in self.parts}
        for name, order in self._found(missing).items():
            fate = GONE if order is None else _FATES.get(order.status, "")
            if fate in {SHIPPED, CANCELLED, GONE}:
                ended = [name] if self.known[name].state != SPLIT else self.known[name].parts
                yield from (
                    self._due(one, None, Told(fate, self.known[one].mark)) for one in ended if one in self.known
                )

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

    def _due(self, name: str, order: Order | None, told: Told) -> Due:
        known = self.known.get(name, Known())
        belongs = place(known, told, review=self.by.review)
        if known.part_of in self.reopened:
            belongs = company.reopened(belongs)
        owner = self.by.roster.owner_of(known, order, self.ctx.now) if belongs.state in ORDERS_LINE.open else None
        return Due(name, known, order, told.mark, belongs, owner)

    def _differs(self, one: Due) -> bool:
        known = one.known
        if known.state in ORDERS_LINE.done and one.place.state == known.state:
            return False
        here = (known.state, known.reasons, known.mark)
        return one.owner is not None or here != (one.place.state, one.place.reasons, one.mark)

    def _move(self, dues: Sequence[Due]) -> None:
        if self.ctx.dry:
            return
        writing = Writing(self.ctx, self.by.roster.lease, self.checked, self.by.promise, self.shop.name)
        self.ctx.night.move_all(self._steps(writing, part) for part in _batches(dues))

    def _steps(self, writing: Writing, part: Sequence[Due]) -> list[Transition]:
        """Return the steps of a batch; of those bound to each other all, or none where one can't be taken."""
        items = self._items([one.id for one in part if one.known.state])
        steps = [(one.along, writing.step(one, items.get(one.id))) for one in part]
        torn = {along for along, step in steps if step is None and along}
        return [step for along, step in steps if step is not None and along not in torn]

    def _items(self, names: Iterable[str]) -> dict[str, WorkItem]:
        wanted = list(names)
        return {one.id: one for part in _parts(wanted) for one in self.ctx.night.work_items(KIND, [], part)}


def _placed(item: WorkItem) -> datetime:
    return datetime.fromisoformat(read_card(item.data)["placed"])


def _owners(dues: Iterable[Due]) -> dict[str, str | None]:
    """Return who gets each parcel: whoever has the first of its orders that is somebody's."""
    owners: dict[str, str | None] = {}
    for one in dues:
        if one.known.joined and one.owner is not None:
            owners.setdefault(one.along, one.owner)
    return owners


def _by_reason(hidden: Iterable[Due]) -> dict[str, tuple[str, ...]]:
    """Return the numbers of those that are held, by the first reason."""
    found: dict[str, tuple[str, ...]] = {}
    for one in hidden:
        if one.place.state == HELD:
            reason = one.place.reasons[0]
            found[reason] = (*found.get(reason, ()), one.id.partition("/")[2])
    return found


def _batches(dues: Sequence[Due]) -> Iterator[list[Due]]:
    """Yield what is moved at once: at most PAGE, or somewhat more where some are bound to each other."""
    yield from _parts(one for one in dues if not one.along)
    bound = sorted((one for one in dues if one.along), key=lambda one: one.along)
    batch: list[Due] = []
    for _, some in groupby(bound, key=lambda one: one.along):
        batch.extend(some)
        if len(batch) >= PAGE:
            yield batch
            batch = []
    if batch:
        yield batch


def _parts(many: Iterable[T]) -> Iterator[list[T]]:
    """Yield the values in lists of at most PAGE."""
    left = iter(many)
    for first in left:
        yield list(chain([first], islice(left, PAGE - 1)))
