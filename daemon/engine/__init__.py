"""The heart of the daemon: accounts for every slot, starts what may start, and keeps how each run ended.

It asks `occurrences` what to do, the ledger what is so, and the runner to do it. It never sleeps and reads no
system clock: whoever owns it (the scheduler, a replay, a single command) calls it at the right moments.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from daemon.bookkeeper import Bookkeeper
from daemon.clock import Clock
from daemon.engine import holidays
from daemon.engine.alerting import CANCELLED, MADE_ROOM
from daemon.engine.assigning import Moment, Setup, assign
from daemon.engine.editions import edition_of
from daemon.engine.keeping import Keeper
from daemon.engine.pinging import Pinger
from daemon.engine.signing import report_signed
from daemon.engine.standings import ALL, Standings
from daemon.engine.stopping import see_out
from daemon.engine.turns import PLACES, Rule, Turns
from daemon.errors import NightclerkError
from daemon.model import StoredMail, Text
from daemon.occurrences import Kill, Skip, Start, Step, dispatch, refill
from daemon.occurrences.asked import Wish, draft_number, draft_slot, manual_details
from daemon.occurrences.timetable import Timetable, timetable
from daemon.records import Draft, Occurrence, Run, State, Upcoming
from daemon.runner import STOPPED, Children, Report, Runner, SpawnerGoneError

_log = logging.getLogger(__name__)


@dataclass
class _Active:
    """A run that is going on."""

    run: Run
    task: asyncio.Task[None]


class Engine:
    """Works on one shop's routines."""

    def __init__(self, setup: Setup, bookkeeper: Bookkeeper, children: Children, clock: Clock, boot: str) -> None:
        self.setup, self.bookkeeper, self.children, self.clock = setup, bookkeeper, children, clock
        self.ledger = bookkeeper.ledger
        self.changed = asyncio.Event()
        self.freed: Callable[[], None] = self.changed.set
        self.stopping = False
        self.notices: Callable[[], list[Text]] = list
        self.days_off: frozenset[date] = frozenset()
        self.timetable: Timetable = timetable(setup.config)
        self._runner = Runner(bookkeeper, children, clock)
        self._boot = boot
        self._active: dict[str, _Active] = {}
        self._turns = Turns(bookkeeper)
        self._watched: dict[tuple[str, str], asyncio.Future[tuple[Run, tuple[StoredMail, ...]]]] = {}
        self._standings = Standings(bookkeeper, clock)
        self.pinger = Pinger()
        self._keeper = Keeper(bookkeeper, clock, random.Random(boot))  # noqa: S311 - spreads retries, guards nothing

    async def take_over(self) -> None:
        """Look at what an earlier daemon left: runs it never ended are lost, known routines go on where they were."""
        await self._standings.read()
        now = self.clock.now()
        for run in await self.bookkeeper.call(self.ledger.history.runs, None, 1000, [State.RUNNING]):
            lost = replace(run, state=State.LOST, ended=now, reason="lost: the daemon ended during this run")
            await self._keeper.failure(self.setup, lost)
        for one in await self.bookkeeper.call(self.ledger.history.occurrences, open_only=True):
            if one.slot.startswith("manual-") and one.state is State.PENDING:
                await self.bookkeeper.call(self.ledger.history.skip, one, "the daemon ended before it began", now)
        await self._keeper.settle_drafts()
        await self.adopt(self.setup)

    async def adopt(self, setup: Setup) -> None:
        """Put a configuration in force; new and rescheduled routines count from now, all others go on."""
        async with self._standings.still:
            self.days_off = await holidays.days_off(setup, self.bookkeeper, self.clock.now())
            self.setup, self.timetable = setup, timetable(setup.config, self.days_off)
            await self._standings.adopt(setup.config, self.timetable.schedules)
        self.changed.set()

    async def _take_up_calendar(self, run: Run) -> None:
        """Leave out the holidays that a run of the calendar has just made known."""
        if holidays.made_by(run, self.setup):
            self.days_off = await holidays.days_off(self.setup, self.bookkeeper, self.clock.now())
            self.timetable = timetable(self.setup.config, self.days_off)

    async def account(self) -> None:
        """Give every slot that has fallen since the last look its row: pending, or skipped with the reason."""
        async with self._standings.still:
            await self._account()

    async def _account(self) -> None:
        await self._standings.account(self.setup, self.timetable, await self._ripe_drafts(self.clock.now()))

    async def _ripe_drafts(self, now: datetime) -> list[Occurrence]:
        """Return an occurrence for each approved draft whose moment has come; its slot is unique per decision."""
        if self.setup.rehearsal:
            return []
        ripe = await self.bookkeeper.call(self.ledger.drafts.fall_due, now)
        return [
            Occurrence(draft.routine, draft_slot(draft), now, State.PENDING, actor=draft.decided_by)
            for draft in ripe
            if draft.routine in self.setup.config.routines and not self._standings.hold(self.setup, draft.routine, now)
        ]

    async def pause(self, routine: str | None, until: datetime | None, *, paused: bool) -> None:
        """Pause or resume one routine or, with None, all of them; what falls in between is skipped as paused."""
        async with self._standings.still:
            await self._account()
            await self._standings.pause(routine or ALL, until, paused=paused)
        self.changed.set()

    def coming(self) -> Upcoming | None:
        """Return the first slot that is not accounted for yet; it may have fallen already."""
        return self._standings.coming(self.timetable)

    def broken(self) -> dict[str, str]:
        """Return what keeps a routine from running at all, by routine."""
        return {name: str(problems[0]) for name, problems in self.setup.loaded.broken.items()} | self._standings.unfit

    def paused(self) -> dict[str, datetime | None]:
        """Return what is paused, by routine (`*`: all of them), and until when."""
        return self._standings.paused(self.clock.now())

    async def dispatch(self) -> None:
        """Start, skip or make room for the pending occurrences, as `occurrences.dispatch` says."""
        async with self._turns.still:
            await self._turns.read()
            await self._go_on(dispatch)

    async def refill(self) -> None:
        """Give the free places to those whom the last look left waiting, without reading them all anew."""
        async with self._turns.still:
            if len(self._active) < PLACES:
                await self._go_on(refill)

    async def _go_on(self, rule: Rule) -> None:
        """Take the steps that a rule decides on for those who wait."""
        if self.stopping:
            return
        running = {name: active.run.started for name, active in self._active.items()}
        routines, now = self.setup.config.routines, self.clock.now()
        for step in await self._turns.decide(rule, self.timetable, routines, running, now):
            await self._take(step)
            self._turns.taken(step)

    async def _take(self, step: Step) -> None:
        if isinstance(step, Skip):
            await self.bookkeeper.call(self.ledger.history.skip, step.occurrence, step.reason, self.clock.now())
            watched = self._watched.get((step.occurrence.routine, step.occurrence.slot))
            if watched is not None and not watched.done():
                watched.set_exception(NightclerkError(f"{step.occurrence.routine} was skipped: {step.reason}"))
        elif isinstance(step, Kill):
            active = self._active.get(step.occurrence.routine)
            if active is not None:
                self.children.kill(active.run.id, MADE_ROOM)
        else:
            await self._start(step)

    async def _start(self, step: Start) -> None:
        occurrence, setup = step.occurrence, self.setup  # a reload from here on changes nothing about this run
        run = await self.bookkeeper.call(self.ledger.history.start, occurrence, self.clock.now(), self._boot)
        if run is None or self.stopping:
            return
        task = asyncio.create_task(self._run(run, step, setup), name=f"run {run.id}")
        self._active[run.routine] = _Active(run, task)
        self.pinger.begun(self._ping_address(run), run)

    async def _run(self, run: Run, step: Start, setup: Setup) -> None:
        """Do one run to its end, whatever that is, and keep it."""
        try:
            ended, report = await self._try(run, step, setup)
            ended = await self._keeper.keep(self.setup, ended, report)
            watched = self._watched.get((run.routine, run.slot))
            if watched is not None and not watched.done():
                watched.set_result((ended, report.mails if report else ()))
            self.pinger.ended(self._ping_address(run), ended)
            await self._take_up_calendar(ended)
        finally:
            del self._active[run.routine]
            self.freed()

    def _ping_address(self, run: Run) -> str:
        """Return who outside watches a routine; a rehearsal tells nobody, nor does the applying of a draft."""
        routine = self.setup.config.routines.get(run.routine)
        if routine is None or self.setup.rehearsal or draft_number(run.slot) is not None:
            return ""
        return routine.ping

    async def _try(self, run: Run, step: Start, setup: Setup) -> tuple[Run, Report | None]:
        try:
            self._refuse_broken(run.routine)
            assignment = assign(setup, run, await self._moment(setup, run, step))
            night = self.ledger.night(run, self.clock.now, self._upcoming, self.notices)
            ended, report = await self._runner.run(run, assignment, night, setup.config.routines[run.routine].timeout)
            return ended, await report_signed(setup, report)
        except SpawnerGoneError:
            return replace(run, state=State.LOST, ended=self.clock.now(), reason="lost: the spawner is gone"), None
        except NightclerkError as error:
            return replace(run, state=State.FAILED, ended=self.clock.now(), reason=str(error)), None
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one run, it ends and the others go on
            _log.exception("run %d of %s could not be started", run.id, run.routine)
            reason = f"it could not be started: {type(error).__name__}: {error}"
            return replace(run, state=State.FAILED, ended=self.clock.now(), reason=reason), None

    def _refuse_broken(self, routine: str) -> None:
        """Raise NightclerkError with what keeps a routine from running."""
        broken = self.setup.loaded.broken.get(routine)
        if broken:
            raise NightclerkError(f"{routine} can't run: {broken[0]}")

    async def _moment(self, setup: Setup, run: Run, step: Start) -> Moment:
        """Return when and for what a run happens: a command may have asked for another moment than now."""
        draft = await self._draft_of(run)
        now = run.due if manual_details(run.slot).at_moment else self.clock.now()
        return Moment(now, step.missing, draft, await edition_of(setup, self.bookkeeper, run, now))

    async def _draft_of(self, run: Run) -> Draft | None:
        number = draft_number(run.slot)
        if number is None:
            return None
        drafts = await self.bookkeeper.call(self.ledger.drafts.standing)
        return next((draft for draft in drafts if draft.id == number), None)

    def _upcoming(self, until: datetime) -> list[Upcoming]:
        return list(self.timetable.upcoming(self.clock.now(), until))

    async def add_manual(self, routine: str, actor: str, wish: Wish) -> Occurrence:
        """Add an occurrence that a person asked for; it consumes no scheduled slot.

        Raises NightclerkError where the routine can't run.
        """
        self._refuse_broken(routine)
        now = self.clock.now()
        for number in range(1, 1000):
            slot = f"manual-{now:%Y-%m-%dT%H:%M:%S}Z-{number}{wish.suffix}"
            occurrence = Occurrence(routine, slot, wish.at or now, State.PENDING, actor=actor, dry=wish.dry)
            if await self.bookkeeper.call(self.ledger.history.account, [], [occurrence]):
                self._watched[routine, slot] = asyncio.get_running_loop().create_future()
                self.changed.set()
                return occurrence
        raise NightclerkError(f"{routine} was asked for too often within one second")

    async def start_one(self, occurrence: Occurrence) -> None:
        """Start one pending occurrence and nothing else: for a command that works without a daemon."""
        await self._start(Start(occurrence))

    async def wait_with_mails(self, occurrence: Occurrence) -> tuple[Run, tuple[StoredMail, ...]]:
        """Return how a manual occurrence's run ended, and the mails it made: those of a dry run stand nowhere else.

        Raises NightclerkError where it was skipped.
        """
        key = occurrence.routine, occurrence.slot
        try:
            return await self._watched[key]
        finally:
            del self._watched[key]

    def cancel(self, run_id: int, actor: str) -> bool:
        """End a run that is going on; say whether there was one."""
        for active in self._active.values():
            if active.run.id == run_id:
                self._keeper.cancelled.add(run_id)
                self.children.kill(run_id, f"{CANCELLED} {actor}")
                return True
        return False

    def active_runs(self) -> list[Run]:
        """Return the runs that are going on, oldest first."""
        return sorted((active.run for active in self._active.values()), key=lambda run: run.id)

    async def idle(self) -> None:
        """Wait until no run is going on."""
        while self._active:
            await asyncio.wait([active.task for active in self._active.values()])

    async def stop(self) -> None:
        """Start nothing more, end what runs, and wait until its end is kept."""
        self.stopping = True
        for active in list(self._active.values()):
            self.children.kill(active.run.id, STOPPED)
        await see_out({active.task: active.run for active in self._active.values()})
        async with self._turns.still:  # nobody is starting anything any more
            await self.pinger.close()
