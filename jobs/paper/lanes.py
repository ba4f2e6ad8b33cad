"""One printer and its pile: sheet after sheet, each handed over once, and the next only when it has ended.

A sheet is *sent* before it is handed over, so that nobody drops it meanwhile; the claim of the effect tells whether
it was. Whatever is cut short, the next run finds a sheet that is sent and asks the printer for it by its name: one that
was never taken waits again, one that nobody can tell of becomes uncertain. Nothing is handed over twice.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from daemon.api import Context, EffectState, Hand, OutsideError, Text, UncertainError, WorkItem
from jobs.kinds.paper import DROPPED, GIVEN_UP, HELD, PRINTED, REFUSED, SENT, SHEETS, UNCERTAIN, WAITING
from jobs.kinds.printer import Fate, Printer, Printout
from jobs.paper.judging import Verdict, judge
from jobs.paper.naming import LONGEST_NAME, key_of, name_of, tries_of
from jobs.paper.piles import Entry
from jobs.paper.setting import Unset

MOST_REFUSED = 3
"""Sheets that a printer may refuse one after the other before it is left alone."""
JOB = "job"
"""The key of a sheet's data that holds the number its printer gave it; empty where it gave none."""
_NOTHING: Mapping[str, object] = MappingProxyType({})
_ENDS = {Fate.PRINTED, Fate.FAILED, Fate.TORN, Fate.FORGOTTEN}

Setting = Callable[[WorkItem, Mapping[str, Any]], bytes]
"""Makes the PDF of one sheet from what stands on it; raises Unset."""


@dataclass
class Tally:
    """What became of the sheets of a run."""

    printed: list[Entry] = field(default_factory=list)
    twice: list[Entry] = field(default_factory=list)
    """Those of the printed that may have come out more than once."""
    bound: list[Entry] = field(default_factory=list)
    dropped: list[Entry] = field(default_factory=list)
    waits: list[Entry] = field(default_factory=list)
    """Those whose order somebody holds."""
    unset: list[tuple[Entry, Unset]] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """What the lanes of a run share: the run, how a sheet becomes a PDF, seconds since its start, what came of it."""

    ctx: Context
    set: Setting
    media: Callable[[str], str]
    elapsed: Callable[[], float]
    patience: timedelta
    tally: Tally = field(default_factory=Tally)

    @property
    def now(self) -> datetime:
        """The moment it is."""
        return self.ctx.now + timedelta(seconds=self.elapsed())

    def item(self, name: str) -> WorkItem | None:
        """Return a sheet as it stands."""
        return next(iter(self.ctx.night.work_items(SHEETS.kind, [], [name])), None)

    def take(self, item: WorkItem, after: str, changes: Mapping[str, object] = _NOTHING) -> WorkItem | None:
        """Move a sheet as it was read, and return it as it is then; None where somebody changed it meanwhile."""
        step = SHEETS.step(item, after, {**item.data, **changes}, Hand("", self.now, self.ctx.zone))
        return replace(item, state=after, data=step.data) if self.ctx.night.move([step]) == [True] else None

    def move(self, item: WorkItem, after: str, changes: Mapping[str, object] = _NOTHING) -> WorkItem | None:
        """Move a sheet that this run has sent: nobody else moves it until then."""
        step = SHEETS.step(item, after, {**item.data, **changes}, Hand("", self.now, self.ctx.zone))
        moved = self.ctx.night.move([replace(step, seen=None)]) == [True]
        return replace(item, state=after, data=step.data) if moved else None

    def set_aside(self, entry: Entry, item: WorkItem, verdict: Verdict) -> None:
        """Drop a sheet that shows what is no longer so; leave one whose order somebody holds."""
        if verdict is Verdict.WAIT:
            self.tally.waits.append(entry)
        elif self.take(item, DROPPED) is not None:
            self.tally.dropped.append(entry)


@dataclass
class Flight:
    """A sheet that is with the printer, or on its way there as long as it has no number."""

    entry: Entry
    item: WorkItem
    printout: Printout
    number: str = ""
    doubted: bool = False


@dataclass
class Lane:
    """A printer with its pile; `resumed` are sheets that an earlier run sent there, `last` the newest number known."""

    name: str
    printer: Printer
    bench: Bench
    waiting: deque[Entry]
    resumed: deque[Entry] = field(default_factory=deque)
    last: str = ""
    flying: list[Flight] = field(default_factory=list)
    trouble: Text | None = None
    stopped: bool = False
    _since: float = 0.0
    _refused: int = 0

    @property
    def busy(self) -> bool:
        """Whether there is anything to do still."""
        return not self.stopped and bool(self.flying or self.resumed or self.waiting)

    @property
    def next(self) -> Entry | None:
        """The sheet at which it stands."""
        return next(iter((*(one.entry for one in self.flying), *self.resumed, *self.waiting)), None)

    def step(self) -> bool:
        """Do what can be done now and return whether anything went on; one that stands still for long is stopped."""
        if self._on():
            self._since, self.trouble = self.bench.elapsed(), self.trouble if self.stopped else None
            return True
        if self.bench.elapsed() - self._since >= self.bench.patience.total_seconds():
            self._stop()
        return False

    def _on(self) -> bool:
        try:
            if self.resumed:
                return self._resume(self.resumed.popleft())
            if self.waiting and len(self.flying) < self.printer.ahead and all(flight.number for flight in self.flying):
                return self._begin()
            return any([self._settled(flight) for flight in tuple(self.flying)])  # noqa: C419 - each of them is asked
        except OutsideError as error:
            self.trouble = Text("{reason}", {"reason": str(error)})
            return False

    def _begin(self) -> bool:
        """Take the next sheet up; return False where nothing would come out now."""
        self.trouble = self.printer.ready() if not self.flying else None
        if self.trouble is not None:
            return False
        entry = self.waiting.popleft()
        item = self.bench.item(entry.id)
        if item is None or item.state != WAITING:
            return True
        verdict, values = judge(self.bench.ctx, item)
        if verdict is not Verdict.GO:
            self.bench.set_aside(entry, item, verdict)
        elif (printout := self._printout(entry, item, values)) is not None:
            mine = {"printer": self.name, "run": self.bench.ctx.run_id, "before": self.last}
            sent = self.bench.take(item, SENT, mine)
            if sent is not None:
                self._fly(Flight(entry, sent, printout))
        return True

    def _fly(self, flight: Flight) -> None:
        self.flying.append(flight)
        self._settled(flight)

    def _resume(self, entry: Entry) -> bool:
        """Take up a sheet that an earlier run sent, and left without a word of what became of it."""
        item = self.bench.item(entry.id)
        if item is None or item.state != SENT:
            return True
        claimed = self.bench.take(item, SENT, {"run": self.bench.ctx.run_id})
        if claimed is None:
            return True
        known = self.bench.ctx.night.effect(key_of(claimed))
        if known is None:  # it was never claimed, so it was never handed over
            return self._back(entry, claimed)
        name = Printout(name_of(self.bench.ctx, claimed), self.bench.media(entry.document), b"")
        if known.state is EffectState.CONFIRMED:
            self.last = known.answer
            self.flying.append(Flight(entry, claimed, name, known.answer))
            return True
        return self._ask(entry, claimed, name)

    def _ask(self, entry: Entry, item: WorkItem, name: Printout) -> bool:
        """Ask the printer for a sheet that nobody knows it took; one that it never took waits again, in its place."""
        try:
            number = self.printer.find(name.name, str(item.data.get("before", "")))
        except UncertainError as error:
            self._uncertain(Flight(entry, item, name), Text("{reason}", {"reason": str(error)}))
            return True
        except OutsideError:
            self.resumed.appendleft(entry)
            raise
        if number is None:
            return self._back(entry, item)
        self.flying.append(Flight(entry, item, name))
        return True

    def _back(self, entry: Entry, item: WorkItem) -> bool:
        """Let a sheet wait again that was certainly never handed over, before all others."""
        if self.bench.move(item, WAITING) is not None:
            self.waiting.appendleft(replace(entry, state=WAITING))
        return True

    def _printout(self, entry: Entry, item: WorkItem, values: Mapping[str, Any]) -> Printout | None:
        try:
            content = self.bench.set(item, values)
        except Unset as error:
            self.bench.tally.unset.append((entry, error))
            return None
        return Printout(name_of(self.bench.ctx, item), self.bench.media(entry.document), content)

    def _settled(self, flight: Flight) -> bool:
        """Hand a sheet over, or ask what has become of it; return whether anything is known of it that was not."""
        if not flight.number:
            return self._handed_over(flight)
        standing = self.printer.standing(flight.number)
        if standing.fate not in _ENDS:
            self.trouble = standing.reason if standing.fate is Fate.HELD else self.trouble
            return False
        self.flying.remove(flight)
        if standing.fate is Fate.PRINTED:
            if self.bench.move(flight.item, PRINTED, {JOB: flight.number}) is not None:
                self.bench.tally.printed.append(flight.entry)
                if standing.reason is not None:
                    self.bench.tally.twice.append(flight.entry)
        elif standing.fate is Fate.FAILED:
            self._hold(flight, GIVEN_UP, standing.reason, {"tries": tries_of(flight.item) + 1})
        else:
            self._uncertain(flight, standing.reason)
        return True

    def _handed_over(self, flight: Flight) -> bool:
        item, printout, before = flight.item, flight.printout, str(flight.item.data.get("before", ""))
        what = f"{SHEETS.what} {flight.entry.number} on the printer {self.name}"
        try:
            flight.number = self.bench.ctx.effect(
                key_of(item), what, lambda: self._submit(printout), lambda: self.printer.find(printout.name, before)
            )
        except UncertainError as error:
            if not flight.doubted:  # whoever can't say what came of handing it over may find it all the same
                flight.doubted = True
                return False
            self.flying.remove(flight)
            self._uncertain(flight, Text("{reason}", {"reason": str(error)}))
            return True
        except OutsideError as error:
            if not error.permanent:
                raise
            self.flying.remove(flight)
            self._hold(flight, REFUSED, Text("{reason}", {"reason": str(error)}))
            self._refused += 1
            if self._refused >= MOST_REFUSED:
                self.trouble, self.stopped = Text("{reason}", {"reason": str(error)}), True
            return True
        self.last, self._refused = flight.number, 0
        return True

    def _hold(self, flight: Flight, reason: str, why: Text | None, changes: Mapping[str, object] = _NOTHING) -> None:
        """Hold a sheet that did not come out; let go by a person it waits again, and is handed over as another try."""
        held = {"reasons": [reason], "words": self._words(why), "from": WAITING, JOB: flight.number}
        self.bench.move(flight.item, HELD, {**held, **changes})

    def _uncertain(self, flight: Flight, why: Text | None = None) -> None:
        self.bench.move(flight.item, UNCERTAIN, {"words": self._words(why), JOB: flight.number})

    def _words(self, why: Text | None) -> str:
        return self.bench.ctx.say(why, "en")[:LONGEST_NAME] if why is not None else ""

    def _submit(self, printout: Printout) -> str:
        """Hand a sheet over; one that the printer said it has and then has not is nobody's to print again."""
        if not printout.content:
            raise UncertainError(f"the printer {self.name} had {printout.name} and does not know it any more")
        return self.printer.submit(printout)

    def _stop(self) -> None:
        """Leave the rest for the next run: what was certainly not handed over waits again."""
        self.stopped = True
        for flight in tuple(self.flying):
            if not flight.number and self.bench.ctx.night.effect(key_of(flight.item)) is None:
                self.flying.remove(flight)
                self._back(flight.entry, flight.item)
