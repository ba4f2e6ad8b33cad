"""A morning's paper: orders on their line, printers with the habits of real ones, and runs that may be cut short."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from daemon.api import Context, Effect, OutsideError, Text, Transition, UncertainError, WorkItem
from daemon.render.say import Voice, say
from daemon.testing import NOW, FakeNight, make_context, names_in
from jobs.kinds import facts
from jobs.kinds.paper import ADDRESS, PICK_LIST, SHEETS, SLIP, Basis, Sheet, Wave
from jobs.kinds.printer import Fate, Printer, Printout, Standing
from jobs.paper import work
from jobs.paper.options import PaperJobOptions
from jobs.paper.setting import Leaf, Unset

ORDER = "line.order"
WAVE = Wave("2026-11-20 05:00", NOW)
TWO = PaperJobOptions.model_validate(
    {"queues": {"slip": {"printer": "slips"}, "address": {"printer": "labels", "media": "100x150"}}}
)
"""Slips on one printer, addresses on another."""


class PowerCutError(Exception):
    """The power went."""


@dataclass
class Power(FakeNight):
    """A night whose power may go before or after each thing that commits."""

    goes: Callable[[], bool] = lambda: False

    def _at(self) -> None:
        if self.goes():
            raise PowerCutError

    def move(self, steps: Any) -> list[bool]:
        self._at()
        made = super().move(steps)
        self._at()
        return made

    def claim(self, key: str, what: str) -> Effect | None:
        self._at()
        earlier = super().claim(key, what)
        self._at()
        return earlier

    def confirm(self, key: str, answer: str) -> None:
        self._at()
        super().confirm(key, answer)
        self._at()

    def release(self, key: str) -> None:
        self._at()
        super().release(key)
        self._at()

    def doubt(self, key: str) -> None:
        super().doubt(key)
        self._at()


_PRINTS = {"", "lose", "doubt"}


@dataclass
class FakePrinter(Printer):
    """A queue that prints one sheet a look. `paper` is what lies in its tray: the only witness that is believed.

    `habits` are what it does with the next sheets that are handed over, one word each: lose (takes it, says nothing),
    refuse, away (certainly not taken), tear (loses it in a restart, after it printed it none, one or two times), forget,
    give-up, hold, echo (prints it twice and says it may have), doubt (takes it and can't say so), doubt-not (takes it not and can't say so); anything else prints it.
    """

    name: str = "slips"
    habits: list[str] = field(default_factory=list)
    paper: list[str] = field(default_factory=list)
    jobs: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    stuck: Text | None = None
    remembers: bool = True
    ahead: int = 1

    def ready(self) -> Text | None:
        return self.stuck

    def submit(self, printout: Printout) -> str:
        habit = self.habits.pop(0) if self.habits else ""
        if habit == "refuse":
            raise OutsideError("it takes no such paper", permanent=True)
        if habit == "away":
            raise OutsideError("it does not answer", nothing_done=True)
        number = str(len(self.jobs) + 1)
        self.jobs[number], self.names[printout.name] = habit, number
        self.contents[number] = printout.content
        if habit.startswith("tear") and self._before(number):
            self._out(number, int(habit[-1]))
        if habit == "lose":
            raise OutsideError("the answer was lost")
        if habit == "doubt":
            raise UncertainError("nobody can say whether it took it")
        if habit == "doubt-not":
            del self.jobs[number], self.names[printout.name]
            raise UncertainError("nobody can say whether it took it")
        return number

    def _before(self, number: str) -> bool:
        """Print what was handed over before, one after the other whoever asks for which; say whether all of it is out."""
        for earlier in range(1, int(number)):
            habit = self.jobs[str(earlier)]
            if habit in _PRINTS and self.stuck is None:
                self._out(str(earlier))
                self.jobs[str(earlier)] = "done"
            elif habit in {*_PRINTS, "hold"}:
                return False
        return True

    def _out(self, number: str, times: int = 1) -> None:
        self.paper += [self.contents[number].decode()] * times

    def standing(self, number: str) -> Standing:
        if not self._before(number):
            return Standing(Fate.WAITING)
        habit = self.jobs.get(number, "forget")
        if habit == "hold":
            self.jobs[number] = ""
            return Standing(Fate.HELD, Text("out of paper"))
        if self.stuck is not None and habit in _PRINTS:
            return Standing(Fate.HELD, self.stuck)
        if habit.startswith("tear"):
            return Standing(Fate.TORN)
        told = {"forget": Fate.FORGOTTEN, "give-up": Fate.FAILED, "done": Fate.PRINTED}.get(habit)
        if told is None:
            twice = habit == "echo"
            self._out(number, 1 + twice)
            self.jobs[number] = "done"
            return Standing(Fate.PRINTED, Text("look whether it came out twice") if twice else None)
        return Standing(told, Text("it was cancelled there") if told is Fate.FAILED else None)

    def find(self, name: str, before: str) -> str | None:
        if name in self.names:
            return self.names[name]
        if not self.remembers:
            raise UncertainError("the printer does not remember that far back")
        return None


class Type:
    """A typesetter that writes which sheet it is, where a template is not broken."""

    broken: frozenset[str] = frozenset()

    def set(self, leaf: Leaf, media: str) -> bytes:
        if leaf.values.get("order") in self.broken:
            raise Unset("the template can't be set")
        if leaf.pdf:
            return leaf.pdf
        name = leaf.values.get("order") or leaf.values["wave"]
        copy = f" COPY {leaf.values['copy']}" if leaf.values["copy"] else ""
        return f"{leaf.document} {name}{copy}".encode()

    def bind(self, leaves: Iterable[Leaf], media: str) -> bytes:
        return b"%PDF-\n" + b"\n".join(self.set(leaf, media) for leaf in leaves)


@dataclass
class Shop:
    """Orders on their line with their sheets, printers, and the runs of the job one after the other."""

    folder: Path
    night: FakeNight = field(default_factory=FakeNight)
    printers: dict[str, FakePrinter] = field(
        default_factory=lambda: {"slips": FakePrinter("slips"), "labels": FakePrinter("labels")}
    )
    options: PaperJobOptions = TWO
    type: Type = field(default_factory=Type)
    runs: int = 0
    waited: float = 0.0
    meanwhile: Callable[[], None] = lambda: None

    def has(self, count: int, documents: Iterable[str] = (SLIP, ADDRESS), wave: Wave = WAVE, first: int = 1) -> None:
        """Put so many orders of one wave on the line, with the sheets of each."""
        for n in range(first, first + count):
            self.stands(str(n), "batched")
            sheets = [self.sheet(str(n), document, n - first + 1, count, wave) for document in documents]
            self.night.move([one.step(self.night.now) for one in sheets])

    def stands(self, number: str, state: str, mark: str = "aa") -> None:
        known = WorkItem(ORDER, f"main/{number}", state, self.night.now, {"mark": mark})
        self.night.items[ORDER, known.id] = known

    def sheet(self, number: str, document: str, place: int, places: int, wave: Wave = WAVE) -> Sheet:
        basis = Basis(ORDER, {f"main/{number}": "aa"}, ("batched", "picked"), ("ready", "held"))
        values: dict[str, Any] = {"order": number, "place": place, "places": places, "wave": wave.name}
        if document == SLIP:
            values |= {
                "placed": NOW.isoformat(),
                "lines": [{"sku": "A", "title": "Tasse", "quantity": 1, "price": "4.50 EUR"}],
                "total": "4.50 EUR",
            }
        return Sheet(f"main/{number}/{document}/aa", document, wave, place, places, basis, values)

    def context(self, **changes: Any) -> Context:
        self.runs += 1
        return make_context(
            self.folder, names_in(facts), night=self.night, now=self.night.now, run_id=self.runs,
            opened={"printer": dict(self.printers)}, routine="paper", **changes,
        )  # fmt: skip

    def prints(self, **changes: Any) -> Context:
        """Work one run to its end."""
        ctx = self.prints_but_dies(**changes)
        self.night.accept(ctx)
        return ctx

    def prints_but_dies(self, **changes: Any) -> Context:
        """Work one run whose report nobody takes."""
        ctx = self.context(**changes)
        work.run(ctx, self.options, self.type, work.Time(self._pause, lambda: self.waited))
        return ctx

    def _pause(self, seconds: float) -> None:
        self.waited += seconds
        self.meanwhile()

    def item(self, number: str, document: str = SLIP, more: str = "") -> WorkItem:
        return self.night.items[SHEETS.kind, f"main/{number}/{document}/aa{more}"]

    def states(self) -> dict[str, str]:
        return {item.id.partition("/")[2]: item.state for item in self.night.items.values() if item.kind == SHEETS.kind}

    def steps(self, step: Transition) -> None:
        self.night.now += timedelta(minutes=1)
        assert self.night.move([step]) == [True]


def found(ctx: Context) -> Mapping[str, Any]:
    return {one.key: one for one in ctx.report.findings}


def pick_list(shop: Shop, numbers: list[str]) -> Sheet:
    """Return the pick list of a wave of these orders."""
    marks = {f"main/{number}": "aa" for number in numbers}
    rows = [
        {"bin": "A-1", "sku": "A", "title": "Tasse", "pieces": [[n, n] for n, _ in enumerate(numbers, 1)]},
        {"bin": "B-2", "sku": "B", "title": "Lampe", "pieces": [[1, 5]]},
    ]
    values = {"wave": WAVE.name, "rows": rows, "numbers": [[number] for number in numbers], "carriers": ["DHL"]}
    basis = Basis(ORDER, marks, ("batched", "picked"), ("ready", "held"))
    return Sheet("main/w/pick-list/cc", PICK_LIST, WAVE, 1, 1, basis, values)


def spoken(text: Text) -> str:
    """Return a message as its reader sees it."""
    return say(text, Voice("en", "DE", "Europe/Berlin", NOW.date()))
