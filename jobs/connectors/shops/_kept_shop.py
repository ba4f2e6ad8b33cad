"""What is the same of every shop of which a connection keeps a file: coverage, bad records, writing by number.

Each knows by itself how its orders are read and what a desk of it may write.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from daemon.api import Outlet, OutsideError, Text
from jobs.connectors.http import Limits
from jobs.kinds.shop import BadRecord, Coverage, Status

MOST_PROBLEMS = 200
"""Bad records kept of one run; past that the shop's answers are wrong as a whole and more of them help nobody."""
_PATIENCE = 15
"""Seconds that somebody who tries the connection waits for an answer."""
_INSTANT = timedelta(microseconds=1)
Id = TypeVar("Id")
"""What the shop itself names an order by."""
Id_contra = TypeVar("Id_contra", contravariant=True)


class Desk(Protocol[Id_contra]):
    """What writes to one shop; each method is that of `ShopWrites`, but an order is named as the shop names it."""

    def note(self, order: Id_contra, key: str, text: str) -> str: ...

    def noted(self, order: Id_contra, key: str) -> str | None: ...

    def move(self, order: Id_contra, before: Status, after: Status) -> str: ...

    def moved(self, order: Id_contra, after: Status) -> str | None: ...

    def track(self, order: Id_contra, key: str, carrier: str, code: str) -> str: ...

    def tracked(self, order: Id_contra, key: str) -> str | None: ...


class Feed(Protocol):
    """What brings the kept orders up to date: as of when (UTC) it did, and when the newest order was placed."""

    @property
    def as_of(self) -> datetime | None: ...

    def newest(self) -> datetime | None: ...


def tried_once(limits: Limits) -> Limits:
    """Return the limits for somebody who waits at a terminal: one try, no long wait."""
    return replace(limits, tries=1, whole=_PATIENCE)


class KeptShop(ABC, Generic[Id]):
    """A shop behind an outlet, see `ShopSystem` and `ShopWrites`; `bad` is what could not be read, by what names it."""

    outlet: Outlet
    bad: dict[tuple[str, str], BadRecord]

    @property
    @abstractmethod
    def _orders(self) -> Feed:
        """The feed of this run, brought up to date."""

    @property
    @abstractmethod
    def _desk(self) -> Desk[Id]:
        """What writes to this shop."""

    @abstractmethod
    def _named(self, number: str) -> Sequence[Id]:
        """Return what the shop names the orders of this number by, as far as they were read."""

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.outlet.name

    @property
    def _known_since(self) -> datetime | None:
        """From when on the shop is known; None: from its beginning."""
        return None

    def coverage(self) -> Coverage:
        """Return from when on the shop is known, as of when it was last asked."""
        newest = self._orders.newest()
        as_of = min(self._orders.as_of or self.outlet.now, self.outlet.now)
        return Coverage(self._known_since, as_of, silence_is_zero=True, trails=newest and min(newest, as_of))

    def problems(self) -> Sequence[BadRecord]:
        """Return what could not be read so far, the first MOST_PROBLEMS of it."""
        return list(self.bad.values())

    def note(self, number: str, key: str, text: str) -> str:
        """Add a note to an order that the customer never sees; return where it stands."""
        return self._desk.note(self._id(number), key, text)

    def noted(self, number: str, key: str) -> str | None:
        """Return where the note of this key stands; None where it was never made."""
        return self._desk.noted(self._id(number), key)

    def move(self, number: str, before: Status, after: Status) -> str:
        """Move an order to a status that `may_set` allows; every other move is refused."""
        return self._desk.move(self._id(number), before, after)

    def moved(self, number: str, after: Status) -> str | None:
        """Return the shop's word for where the order stands if that is `after`."""
        return self._desk.moved(self._id(number), after)

    def track(self, number: str, key: str, carrier: str, code: str) -> str:
        """Leave a parcel's carrier and number with the order; return where it stands."""
        return self._desk.track(self._id(number), key, carrier, code)

    def tracked(self, number: str, key: str) -> str | None:
        """Return where the parcel of this key stands; None where it was never left."""
        return self._desk.tracked(self._id(number), key)

    def _id(self, number: str) -> Id:
        found = self._named(number)
        if not found:
            raise OutsideError(
                f"{self.name}: no order {number} was read: run the routine `orders` first", permanent=True
            )
        if len(found) > 1:
            raise OutsideError(
                f"{self.name}: more than one order has the number {number}: give one another name in the shop",
                permanent=True,
            )
        return found[0]

    def _until(self, until: datetime) -> datetime:
        """Return the end of a span, or now where it lies ahead: what is placed later is a slip of some clock."""
        return min(until, self.outlet.now + _INSTANT)

    def _note_bad(self, what: str, number: int, reason: Text) -> None:
        """Note a record that can't be read, once, by its number in the shop (0: it is about all of them)."""
        self._keep_bad((what, str(number)), BadRecord(f"{self.name}/{what}s", number, reason))

    def _keep_bad(self, which: tuple[str, str], record: BadRecord) -> None:
        if len(self.bad) < MOST_PROBLEMS:
            self.bad.setdefault(which, record)
