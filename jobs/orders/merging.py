"""Which open orders may share a parcel: every condition asked of every pair. Pure.

An order joins others only where it agrees with each of them, so a chain (A with B, B with C) joins nothing that A and
C would not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from jobs.kinds.shop import Order
from jobs.orders.conditions import (
    Answer,
    Candidate,
    Condition,
    Mark,
    Match,
    Rules,
    Traits,
    answers,
    hints_of,
    is_certain,
    match_of,
    traits_of,
)

T = TypeVar("T", Candidate, Traits)
MOST_ORDERS = 20
"""Orders that one parcel is proposed for; what agrees with them besides is a group of its own."""

_RANKS = {match: rank for rank, match in enumerate(Match)}


@dataclass(frozen=True)
class Group:
    """Orders that may share a parcel: `sure` agree exactly with each other, `perhaps` only nearly with all the rest."""

    sure: tuple[Order, ...]
    perhaps: tuple[Order, ...]
    doubts: tuple[Condition, ...]

    @property
    def match(self) -> Match:
        """EXACT where nothing is in doubt, ALIKE where it is not sure that they go to one customer at one address."""
        if {Condition.CUSTOMER, Condition.ADDRESS} & set(self.doubts):
            return Match.ALIKE
        return Match.NEAR if self.perhaps else Match.EXACT

    @property
    def orders(self) -> tuple[Order, ...]:
        """All of them, oldest first."""
        return tuple(sorted((*self.sure, *self.perhaps), key=lambda order: (order.placed, order.number)))


def groups(candidates: Iterable[Candidate], rules: Rules) -> tuple[Group, ...]:
    """Return the groups, each order in one at most, in the order of their oldest; the order of input is no matter.

    Exact groups are made first, oldest order first; then each order that is left joins the first group with all of
    whose members it nearly agrees, then the first that it is only alike. Numbers are unique within a shop.
    """
    perhaps = _in_company(candidates, hints_of, rules.window)
    traits = [traits_of(one, rules.zone) for one in perhaps]
    waiting = sorted(_in_company(traits, lambda one: one.marks, rules.window), key=lambda one: one.key)
    made = _gathered([one for one in waiting if is_certain(one, rules)], (), rules, Match.EXACT)
    for forming in made:
        forming.sure = len(forming.members)
    for level in (Match.NEAR, Match.ALIKE):
        made = _gathered(_not_in(made, waiting), made, rules, level)
    found = [forming.group() for forming in made]
    return tuple(sorted(found, key=lambda group: (group.orders[0].placed, group.orders[0].number)))


def _in_company(many: Iterable[T], marks: Callable[[T], Iterable[Mark]], window: timedelta) -> list[T]:
    """Return those that share a mark with another within the window: few do, and the rest is not worth comparing."""
    ordered = sorted(many, key=lambda one: one.order.placed)
    last: dict[Mark, T] = {}
    kept: set[int] = set()
    for one in ordered:
        for mark in marks(one):
            before = last.get(mark)
            if before is not None and one.order.placed - before.order.placed <= window:
                kept.update((id(before), id(one)))
            last[mark] = one
    return [one for one in ordered if id(one) in kept]


def _not_in(made: Iterable["_Forming"], waiting: Iterable[Traits]) -> list[Traits]:
    """Return those that are in no group yet."""
    taken = {one.key for forming in made for one in forming.members}
    return [one for one in waiting if one.key not in taken]


@dataclass(eq=False)
class _Forming:
    """A group while it is made; the first `sure` members agree exactly, `doubts` are what the others bring."""

    members: list[Traits]
    sure: int = 0
    doubts: set[Condition] = field(default_factory=set)

    @property
    def oldest(self) -> datetime:
        return min(one.order.placed for one in self.members)

    def doubts_about(self, one: Traits, rules: Rules, at_least: Match) -> set[Condition] | None:
        """Return what stands between an order and an exact match with every member; None where it does not fit."""
        if rules.most_grams is not None and sum(t.grams or 0 for t in (*self.members, one)) > rules.most_grams:
            return None
        doubts: set[Condition] = set()
        for member in self.members:
            told = answers(member, one, rules)
            if _RANKS[match_of(told)] > _RANKS[at_least]:
                return None
            doubts.update(condition for condition, answer in told.items() if answer is not Answer.YES)
        return doubts

    def group(self) -> Group:
        """Return the group as it was made."""
        orders = tuple(one.order for one in self.members)
        doubts = tuple(condition for condition in Condition if condition in self.doubts)
        return Group(orders[: self.sure], orders[self.sure :], doubts)


def _gathered(waiting: Sequence[Traits], begun: Sequence[_Forming], rules: Rules, at_least: Match) -> list[_Forming]:
    """Put each order, oldest first, into the first group that takes it, and return the groups of two and more."""
    found = list(begun)
    by_mark: dict[Mark, list[_Forming]] = defaultdict(list)
    for forming in begun:
        _file(forming, forming.members, by_mark)
    for one in waiting:
        home = _home(one, _in_reach(one, by_mark, rules.window), rules, at_least)
        if home is None:
            home = _Forming([one])
            found.append(home)
        _file(home, [one], by_mark)
    return [forming for forming in found if len(forming.members) > 1]


def _home(one: Traits, near: Iterable[_Forming], rules: Rules, at_least: Match) -> _Forming | None:
    """Add an order to the first group that takes it and return that group; None where none does."""
    for forming in near:
        doubts = forming.doubts_about(one, rules, at_least)
        if doubts is not None:
            forming.members.append(one)
            forming.doubts |= doubts
            return forming
    return None


def _file(forming: _Forming, members: Iterable[Traits], by_mark: dict[Mark, list[_Forming]]) -> None:
    for mark in dict.fromkeys(mark for one in members for mark in one.marks):
        if by_mark[mark][-1:] != [forming]:
            by_mark[mark].append(forming)


def _in_reach(one: Traits, by_mark: dict[Mark, list[_Forming]], window: timedelta) -> list[_Forming]:
    """Return the groups that share a mark with an order, in the order they were begun; forget the full and the old."""
    near: dict[int, _Forming] = {}
    for mark in one.marks:
        alive = [f for f in by_mark[mark] if len(f.members) < MOST_ORDERS and one.order.placed - f.oldest <= window]
        by_mark[mark] = alive
        near.update((id(forming), forming) for forming in alive)
    return sorted(near.values(), key=lambda forming: forming.members[0].key)
