"""How a run's end gets into the ledger, whatever the end was and however long the ledger takes."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from daemon.bookkeeper import Bookkeeper
from daemon.clock import Clock
from daemon.engine.assigning import Setup
from daemon.errors import LedgerError
from daemon.ledger import Ending
from daemon.log import Once
from daemon.occurrences import retry_at
from daemon.occurrences.asked import draft_number, draft_slot
from daemon.records import DraftState, Occurrence, Run, State
from daemon.runner import Report

RECORD_AGAIN = 5.0
"""Seconds between tries to record what the ledger could not take."""
MOST_OF_A_REASON = 2000
"""Characters."""
_log = logging.getLogger(__name__)
T = TypeVar("T")


class Keeper:
    """Keeps the ends of runs. `cancelled` are runs that a person ended: they are not tried again."""

    def __init__(self, bookkeeper: Bookkeeper, clock: Clock, chance: random.Random) -> None:
        self._bookkeeper, self._ledger, self._clock = bookkeeper, bookkeeper.ledger, clock
        self._chance = chance
        self._once = Once(_log)
        self.cancelled: set[int] = set()

    async def keep(self, setup: Setup, run: Run, report: Report | None) -> Run:
        """Keep how a run ended and return it: failed, where the ledger will never take what it handed over."""
        if run.state is not State.OK or report is None:
            await self.failure(setup, run, uncertain=report is not None and report.uncertain)
            return run
        try:
            run = await self.success(setup, run, report)
        except Exception as error:  # noqa: BLE001 - the run must end in the ledger, or its slot is never accounted for
            _log.exception("the report of run %d can't be kept", run.id)
            reason = f"what it reported can't be kept: {type(error).__name__}: {error}"[:MOST_OF_A_REASON]
            run = replace(run, state=State.FAILED, reason=reason, summary=None, checked=())
            await self.failure(setup, run)
        return run

    async def settle_drafts(self) -> None:
        """Move on the drafts whose run's end was kept but not theirs, because the daemon died in between."""
        for draft in await self._bookkeeper.call(self._ledger.drafts.standing, [DraftState.APPROVED]):
            for run in await self._bookkeeper.call(self._ledger.history.runs, draft.routine, 1000):
                if run.slot == draft_slot(draft):
                    await self._settle_after(run)
                    break

    async def _settle_after(self, run: Run) -> None:
        """Settle a draft by the last run that applied it, unless that is to be tried again."""
        open_ones = await self._bookkeeper.call(self._ledger.history.occurrences, open_only=True)
        if run.state.ended and (run.routine, run.slot) not in {(one.routine, one.slot) for one in open_ones}:
            await self._settle_draft(run, DraftState.APPLIED if run.state is State.OK else DraftState.WAITING)

    async def success(self, setup: Setup, run: Run, report: Report) -> Run:
        """Keep a good run and everything it handed over, and return it as kept; a dry run leaves its row only."""
        routine = setup.config.routines.get(run.routine)
        auto = routine is not None and routine.approve == "auto"
        ending = Ending(run) if run.dry else Ending(
            run, report.findings, report.facts, report.watermarks, report.drafts,
            DraftState.APPROVED if auto else DraftState.WAITING, report.mails,
        )  # fmt: skip
        kept = await self.insist(lambda: self._ledger.reports.keep(ending))
        await self._settle_draft(run, DraftState.APPLIED)
        _log.info("run %d of %s (%s) ended well", run.id, run.routine, run.slot)
        return kept

    async def failure(self, setup: Setup, run: Run, *, uncertain: bool = False) -> None:
        """Keep a run that did not end well; its occurrence may wait for another try."""
        again = None if uncertain else self._retry(setup, run)
        await self.insist(lambda: self._ledger.history.ended(run, again))
        if again is None:
            await self._settle_draft(run, DraftState.UNCERTAIN if uncertain else DraftState.WAITING)
        _log.warning("run %d of %s (%s) did not end well: %s", run.id, run.routine, run.slot, run.reason or run.state)

    def _retry(self, setup: Setup, run: Run) -> datetime | None:
        routine = setup.config.routines.get(run.routine)
        wiring = setup.loaded.wirings.get(run.routine)
        if routine is None or wiring is None or run.dry or not setup.loaded.registry.jobs[wiring.job].repeatable:
            return None
        if run.slot.startswith("manual-") or run.id in self.cancelled:
            return None
        ended = Occurrence(run.routine, run.slot, run.due, run.state, run.reason, run.attempt)
        return retry_at(routine, ended, self._clock.now(), self._chance.random())

    async def _settle_draft(self, run: Run, state: DraftState) -> None:
        number = draft_number(run.slot)
        if number is not None:
            await self.insist(
                lambda: self._ledger.drafts.move(number, DraftState.APPROVED, state, "nightclerk", self._clock.now())
            )

    async def insist(self, write: Callable[[], T]) -> T:
        """Write to the ledger until it takes it, and return its answer: a full disk must not make us forget."""
        while True:
            try:
                written = await self._bookkeeper.call(write)
            except LedgerError as error:
                self._once.failed("ledger", f"how a run ended is not recorded yet, trying again: {error}")
                await asyncio.sleep(RECORD_AGAIN)
            else:
                self._once.works("ledger", "how the runs ended is recorded now")
                return written
