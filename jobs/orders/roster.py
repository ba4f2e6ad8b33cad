"""Whose an order is: handed out by a rule to those who are there, for a while, then back to the queue. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from jobs.kinds.shop import Order
from jobs.orders.moving import Known

Rule = Literal["round-robin", "load", "channel"]


@dataclass
class Roster:
    """Who of `people` is next; `load` counts the open orders of each, `last` is who got the one before.

    By `channel` an order goes to the person named for where its customer came from (`Order.source`, "" where nobody
    told), and round where no present person is named. With nobody there, or one person alone, orders belong to nobody.
    """

    rule: Rule
    people: Sequence[str]
    lease: timedelta
    channels: Mapping[str, str] = field(default_factory=dict)
    load: Counter[str] = field(default_factory=Counter)
    last: str = ""

    def keeps(self, known: Known, now: datetime) -> bool:
        """Say whether an order stays with who has it: they are there, and their time is not over."""
        return known.owner in self.people and (known.lease_until is None or known.lease_until > now)

    def owner_of(self, known: Known, order: Order | None, now: datetime) -> str | None:
        """Return whose an open order is from now on, empty for the queue; None where that stays as it is."""
        if self.keeps(known, now):
            return None
        if not self.people:
            return "" if known.owner else None
        chosen = self._chosen(order)
        self.load[chosen] += 1
        self.last = chosen
        return chosen

    def _chosen(self, order: Order | None) -> str:
        named = self.channels.get(order.source if order else "", "")
        if self.rule == "channel" and named in self.people:
            return named
        if self.rule == "load":
            return min(self.people, key=lambda person: (self.load[person], self.people.index(person)))
        after = self.people.index(self.last) + 1 if self.last in self.people else 0
        return self.people[after % len(self.people)]
