"""Past nights worked again on a virtual clock, with a ledger of their own, nothing outside changed.

The configured routines run through the same engine as in `serve`; only the clock is put forward by hand, from one
slot to the next. Mails become files, every connection is opened without the right to write.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from daemon.clock import VirtualClock
from daemon.context import SOURCE_RECORDS
from daemon.engine import Engine
from daemon.engine.assigning import Setup
from daemon.engine.shift import Shift, open_shift
from daemon.errors import UsageError
from daemon.model import Fact
from daemon.outbox.transports import FileTransport
from daemon.records import State
from daemon.spawner import Spawner

FIGURES = "figures.jsonl"
NOON = time(12)
SETTLE = timedelta(minutes=1)
"""How far the clock is put forward at a time while occurrences wait for others or for another try."""


@dataclass(frozen=True)
class Span:
    """The business days to work again, both inclusive; the night after a day reports it in the next morning."""

    first: date
    last: date

    def window(self, setup: Setup) -> tuple[datetime, datetime]:
        """Return the moments between which slots fall: noon of the first day to noon after the last."""
        zone = setup.shop_zone
        start = datetime.combine(self.first, NOON, zone).astimezone(UTC)
        return start, datetime.combine(self.last + timedelta(days=1), NOON, zone).astimezone(UTC)


@dataclass(frozen=True)
class Outcome:
    """What a replay came to: runs by state, mails written, days with figures."""

    runs: dict[str, int]
    mails: int
    days: int


def prepare(out: Path) -> Path:
    """Make the folder of a replay and return its state folder; raise UsageError where it was used before."""
    state = out / "state"
    if state.exists():
        raise UsageError(f"{out} holds an earlier replay: name a new folder, or remove it")
    try:
        state.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"{out} can't be used: {error.strerror}") from error
    return state


async def replay(setup: Setup, spawner: Spawner, span: Span, out: Path, say: Callable[[date], None]) -> Outcome:
    """Work the nights of `span`; mails stand in `out`/mails, the figures in `out`/figures.jsonl."""
    start, end = span.window(setup)
    clock = VirtualClock(start)
    async with open_shift(setup, spawner, clock) as shift:
        shift.outbox.transport = FileTransport(out / "mails")
        await _work(shift, clock, end, say)
        days = await _write_figures(shift, span, out / FIGURES)
        history = shift.engine.ledger.history
        ended = await shift.bookkeeper.call(history.runs, None, 1_000_000)
        mails = len(await shift.bookkeeper.call(shift.engine.ledger.post.status, None, 1_000_000))
    counts = {state.value: sum(run.state is state for run in ended) for state in State}
    return Outcome({word: count for word, count in counts.items() if count}, mails, days)


async def _work(shift: Shift, clock: VirtualClock, end: datetime, say: Callable[[date], None]) -> None:
    engine, zone = shift.engine, shift.engine.timetable.zone
    told = clock.now().astimezone(zone).date()
    while True:
        coming = engine.timetable.first(clock.now(), 1)
        if not coming or coming[0].at > end:
            return
        clock.moment = coming[0].at
        if (day := clock.now().astimezone(zone).date()) != told:
            say(told := day)
        await _settle(shift, clock)


async def _settle(shift: Shift, clock: VirtualClock) -> None:
    """Reconcile at this moment until nothing runs and nothing waits, putting the clock forward where something does."""
    engine = shift.engine
    limit = clock.moment + timedelta(hours=12)
    while True:
        await engine.account()
        await engine.dispatch()
        await engine.idle()
        await shift.outbox.deliver_due()
        if not await _waits(engine) or clock.moment > limit:
            return
        if not engine.changed.is_set():
            clock.moment += SETTLE
        engine.changed.clear()


async def _waits(engine: Engine) -> bool:
    return bool(await engine.bookkeeper.call(engine.ledger.history.occurrences, open_only=True))


def _text(value: Decimal | str) -> str:
    """Return an exact number as plain digits, never in powers of ten."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def _whole_or_text(fact: Fact) -> int | str:
    return int(fact.value) if fact.unit == "count" else _text(fact.value)


async def _write_figures(shift: Shift, span: Span, path: Path) -> int:
    """Write one object for each day behind which the source has records; return how many there are."""
    declared = {name.name: name.figure for name in shift.setup.loaded.registry.facts.values() if name.figure}
    names = [*declared, SOURCE_RECORDS.name]
    facts: list[Fact] = await shift.bookkeeper.call(shift.engine.ledger.facts, names, span.first, span.last)
    days: dict[date, dict[str, Fact]] = {}
    for fact in facts:
        days.setdefault(fact.day, {})[fact.name] = fact
    written = 0
    with path.open("w", encoding="utf-8") as out:
        for day, found in sorted(days.items()):
            records = found.pop(SOURCE_RECORDS.name, None)
            if records is None or not Decimal(records.value):
                continue
            figures = {declared[name]: _whole_or_text(fact) for name, fact in found.items()}
            out.write(json.dumps({"date": day.isoformat(), **figures}) + "\n")
            written += 1
    return written
