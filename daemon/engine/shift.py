"""Everything a shop's night needs, opened together and closed together: ledger, children, engine, outbox."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from daemon import __version__
from daemon.bookkeeper import Bookkeeper, LedgerQueue
from daemon.clock import Clock
from daemon.engine import Engine
from daemon.engine.assigning import Setup
from daemon.engine.clockguard import ClockGuard, Reading
from daemon.engine.telling import put_back
from daemon.engine.watching import Watch
from daemon.errors import LedgerError, NightclerkError
from daemon.ledger import StateLock, open_ledger
from daemon.log import Once
from daemon.model import StoredMail, Text
from daemon.outbox.delivery import Outbox, open_transport
from daemon.outbox.queue import UNCERTAIN_WAIT
from daemon.outbox.transports import Blame, Kind, Outcome, Transport
from daemon.records import Occurrence
from daemon.roll import FOLDER, Roll, boot_id
from daemon.runner import GRACE, Children
from daemon.runner.orphans import end_orphans
from daemon.runner.program import printed
from daemon.spawner import Spawner

DOWN = timedelta(minutes=5)
"""A daemon that was silent for longer was down."""
SOON = 1.0
"""Seconds after a run's end in which everything but the next start may wait, so that many ends are one look."""
LAST_MOMENT = 2.0
"""Seconds that mail on its way out has left when the daemon stops."""
STEADY = timedelta(hours=1)
"""How long the clock must have gone evenly before anything is forgotten by it."""
_REMEMBER_DOWN = timedelta(hours=24)
_log = logging.getLogger(__name__)


async def _leave_it_to_the_heart(_occurrence: Occurrence) -> None:
    """Do nothing: whoever reconciles starts it."""


@dataclass
class Shift:
    """One shop's night at work."""

    engine: Engine
    bookkeeper: Bookkeeper
    outbox: Outbox
    clock: Clock
    began: datetime
    began_steady: float
    refusal: list[str] = field(default_factory=list)
    down: tuple[datetime, datetime] | None = None
    nudge: Callable[[Occurrence], Awaitable[None]] = _leave_it_to_the_heart
    guard: ClockGuard = field(init=False)
    watch: Watch = field(init=False)
    _delivering: set[asyncio.Task[int]] = field(default_factory=set)
    _refilling: set[asyncio.Task[None]] = field(default_factory=set)
    _soon: asyncio.TimerHandle | None = None
    _marks: dict[str, datetime | None] = field(default_factory=dict)
    _once: Once = field(default_factory=lambda: Once(_log))

    def __post_init__(self) -> None:
        """Begin to watch: the clock from its first reading, the routines from this moment."""
        self.guard = ClockGuard(Reading(self.began, self.began_steady), None)
        self.watch = Watch(self.engine, self.began)

    @property
    def setup(self) -> Setup:
        """The configuration in force."""
        return self.engine.setup

    async def adopt(self, setup: Setup) -> None:
        """Put a new configuration in force."""
        self.outbox.transport = _transport(setup, self.clock)
        await self.engine.adopt(setup)

    async def reconcile(self) -> None:
        """Account, dispatch, and see to the mail; a ledger that refuses is said and tried again next time."""
        if self._distrusted():
            self.deliver()
            return
        try:
            await self.engine.account()
            await self.engine.dispatch()
            await self.watch.look(self.notices())
            await self._stay_alive()
            await self._forget()
        except LedgerError as error:
            self.watch.held_up(error)
            self._once.failed("ledger", f"nothing is started: {error}")
        else:
            self._once.works("ledger", "the ledger can be used again")
        self.deliver()

    def freed(self) -> None:
        """Give a place that a run has left to who waits, at once, and see to everything else a little later.

        To look at the whole night after each of a thousand runs takes longer than the runs.
        """
        task = asyncio.create_task(self._refill(), name="refill")
        self._refilling.add(task)
        task.add_done_callback(self._refilling.discard)
        if self._soon is None or self._soon.when() < asyncio.get_running_loop().time():
            self._soon = asyncio.get_running_loop().call_later(SOON, self.engine.changed.set)

    async def _refill(self) -> None:
        if self._distrusted():
            return
        try:
            await self.engine.refill()
        except LedgerError as error:
            self._once.failed("ledger", f"nothing is started: {error}")

    def _distrusted(self) -> bool:
        """Look at the clock and say whether nothing may be done by it; what is odd about it is said once."""
        jump = self.guard.look(Reading(self.clock.now(), self.clock.monotonic()))
        if jump is not None:
            _log.warning("the clock jumped by %s: from %s to %s", jump.by, jump.before, jump.after)
        doubt = self.guard.doubt
        if doubt is None:
            self._once.works("clock", "the clock is believed again")
            return False
        today = self.clock.now().astimezone(self.setup.shop_zone).date()
        from daemon.render.say import Voice, say  # noqa: PLC0415 - Babel is memory an idle daemon does without

        self._once.failed("clock", say(doubt, Voice("en", "", self.setup.config.shop.timezone, today)))
        return True

    def deliver(self) -> None:
        """Send what is due, beside everything else."""
        task = asyncio.create_task(self.outbox.deliver_due(), name="outbox")
        self._delivering.add(task)
        task.add_done_callback(self._delivering.discard)

    async def delivered(self) -> None:
        """Wait until the tries that are going on have ended."""
        while self._delivering:
            await asyncio.wait(self._delivering)

    async def hang_up(self) -> None:
        """Give the tries that are going on a moment to end, then cut them off: a mail server may take minutes.

        A mail that is cut off counts as uncertain when the next daemon starts.
        """
        if self._delivering:
            await asyncio.wait(self._delivering, timeout=LAST_MOMENT)
        for task in self._delivering:
            task.cancel()
        await asyncio.gather(*self._delivering, return_exceptions=True)

    async def _stay_alive(self) -> None:
        if await self._is_time("alive", timedelta(minutes=1)):
            await self._mark("alive", self.clock.now())

    async def _forget(self) -> None:
        """Once a day, let go of what is older than `retention`; never on the word of a clock that was just set."""
        now = self.clock.now()
        wall, steady = now - self.began, timedelta(seconds=self.clock.monotonic() - self.began_steady)
        if steady < STEADY or abs(wall - steady) > STEADY:
            return
        if await self._is_time("purged", timedelta(days=1)):
            waiting = {line.kind: line.open for line in self.setup.loaded.registry.lines.values()}
            await self.bookkeeper.call(self.engine.ledger.purge, now - self.setup.config.retention, waiting)
            for line in self.setup.loaded.registry.lines.values():
                if line.keeps is not None:
                    await self.bookkeeper.call(self.engine.ledger.forget, line.kind, line.done, now - line.keeps)
            await self._mark("purged", now)

    async def _is_time(self, name: str, pause: timedelta) -> bool:
        """Say whether what a mark of the ledger tells of is so long ago; also where that lies in the future."""
        now = self.clock.now()
        if name not in self._marks:
            self._marks[name] = await self.bookkeeper.call(self.engine.ledger.mark, name)
        last = self._marks[name]
        return last is None or now - last >= pause or now < last

    async def _mark(self, name: str, now: datetime) -> None:
        """Write a mark and remember it: only this daemon writes them, and each look would wake the ledger's thread."""
        await self.bookkeeper.call(self.engine.ledger.set_mark, name, now)
        self._marks[name] = now

    async def look_back(self) -> None:
        """Find out whether and how long nobody was here, for the next briefing."""
        now = self.clock.now()
        if self.engine.ledger.restoring.standing:
            _log.error("the ledger is older than the world: look at `nightclerk state reconcile`")
        alive = await self.bookkeeper.call(self.engine.ledger.mark, "alive")
        self.guard = ClockGuard(self.guard.last, alive or await self._newest_start())
        if alive is not None and now - alive > DOWN:
            await self.bookkeeper.call(self.engine.ledger.set_mark, "down", [alive, now])
        down = await self.bookkeeper.call(self.engine.ledger.mark, "down")
        self.down = (down[0], down[1]) if down and now - down[1] < _REMEMBER_DOWN else None

    async def _newest_start(self) -> datetime | None:
        newest = await self.bookkeeper.call(self.engine.ledger.history.runs, None, 1)
        return newest[0].started if newest else None

    def notices(self) -> list[Text]:
        """Return what the daemon itself has to say to the next briefing."""
        refused = "The configuration was refused and an earlier one is in force: {reason}"
        texts = [Text(refused, {"reason": reason}) for reason in self.refusal]
        restored = self.engine.ledger.restoring.standing
        texts += [put_back(restored)] if restored else []
        if self.down is not None and self.clock.now() - self.down[1] < _REMEMBER_DOWN:
            start, end = self.down
            texts.append(Text("nightclerk was not running from {start} to {end}.", {"start": start, "end": end}))
        texts += self.guard.notices()
        known = {name: problems[0].sentence for name, problems in self.setup.loaded.broken.items()}
        texts += [
            Text("The routine {routine} can't run: {reason}", {"routine": name, "reason": known.get(name, reason)})
            for name, reason in self.engine.broken().items()
        ]
        return texts + [Text("Mail does not leave: {reason}", {"reason": trouble}) for trouble in self.outbox.troubles]


@dataclass(frozen=True)
class NoWayOut:
    """Stands in for a mail connection that can't be used as it is configured: mail waits, and says why."""

    sentence: str

    async def send(self, mail: StoredMail) -> Outcome:  # noqa: ARG002 - every mail waits
        """Let the mail wait."""
        return Outcome(Kind.RETRY, self.sentence, Blame.SETTINGS)

    async def check(self) -> str | None:
        """Return what keeps mail from leaving."""
        return self.sentence


def _transport(setup: Setup, clock: Clock) -> Transport:
    try:
        return open_transport(setup.mail_options(), setup.state, clock, printed)
    except NightclerkError as error:
        return NoWayOut(str(error))


def make_state(setup: Setup) -> None:
    """Make the state folder, readable by its owner only; raise LedgerError where that can't be."""
    try:
        setup.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LedgerError(f"the state folder {setup.state} can't be made: {error.strerror}") from error


@contextlib.asynccontextmanager
async def open_shift(setup: Setup, spawner: Spawner, clock: Clock) -> AsyncIterator[Shift]:
    """Take the state lock, open everything, and close it again at the end; raise BusyError or LedgerError."""
    make_state(setup)
    lock = StateLock(setup.state)
    try:
        ledger = open_ledger(setup.state, setup.config.shop.key, setup.shop_zone, clock.now(), __version__)
        bookkeeper = Bookkeeper(ledger)
        roll = Roll(setup.state / FOLDER, boot_id(os.environ))
        children = Children(spawner, roll)
        try:
            engine = Engine(setup, bookkeeper, children, clock, roll.boot)
            outbox = Outbox(LedgerQueue(bookkeeper), _transport(setup, clock), clock)
            shift = Shift(engine, bookkeeper, outbox, clock, clock.now(), clock.monotonic())
            engine.notices = shift.notices
            await bookkeeper.call(ledger.post.interrupted, clock.now() + UNCERTAIN_WAIT)
            await shift.look_back()
            await end_orphans(roll, GRACE)
            await engine.take_over()
            yield shift
            await engine.stop()
            await shift.hang_up()
        finally:
            children.close()
            await bookkeeper.close()
    finally:
        lock.close()
