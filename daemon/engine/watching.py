"""Looks at how the night goes and tells the owners: alerts on routines, and the bare briefing where there is no other.

What to tell is decided in `alerting` and `bare`; here the ledger is asked, the mails are made and stored with the
mark of what was told, and what goes wrong is said once: an alert that can't be made never stops the night.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any

from daemon.engine import Engine, bare, outage
from daemon.engine.alerting import Alert, Case, Kind, Told, broken, counts, look
from daemon.engine.assigning import Setup
from daemon.engine.plain import NOBODY, Note, owner_of
from daemon.engine.telling import Circumstances, note_of, usual_duration
from daemon.errors import LedgerError, NightclerkError
from daemon.log import Once
from daemon.model import Person, StoredMail, Text
from daemon.occurrences.accounting import TOO_LATE
from daemon.records import Occurrence, State

MARK = "alerts"
OLDEST = timedelta(days=8)
"""How long ago an occurrence may have fallen due that is still told of when it ends."""
GOOD_RUNS = 20
"""How many good runs the usual duration is taken from."""
_log = logging.getLogger(__name__)


class Watch:
    """Tells the owners of one shop. `awake` is the moment the daemon began."""

    def __init__(self, engine: Engine, awake: datetime) -> None:
        self._engine, self._awake = engine, awake
        self._call, self._ledger = engine.bookkeeper.call, engine.ledger
        self._told: tuple[Told, dict[str, Case]] | None = None
        self._settled: set[tuple[str, date]] = set()
        self._well = awake
        self._outage: outage.Outage | None = None
        self._once = Once(_log)

    async def look(self, notices: Sequence[Text]) -> None:
        """Tell what is owed now; raise LedgerError where the ledger refuses, which is tried again the next time."""
        if self._engine.setup.rehearsal:
            return
        try:
            await self._tell_outage()
            await self._alert()
            await self._stand_in(notices)
        except LedgerError:
            raise
        except Exception as error:  # noqa: BLE001 - no alert is worth the night: said once, tried again
            if "alerts" not in self._once.troubles:
                _log.exception("alerts can't be made")
            self._once.failed("alerts", f"alerts can't be made: {type(error).__name__}: {error}")
        else:
            self._once.works("alerts", "alerts can be made again")
        self._well = self._engine.clock.now()

    def held_up(self, error: LedgerError) -> None:
        """Remember that the ledger refused, for the mail that is owed once it takes something again."""
        self._outage = self._outage or outage.Outage(self._well, str(error))

    async def _tell_outage(self) -> None:
        """Tell the owners of the routines of which a slot fell while nothing could be recorded; others miss nothing."""
        setup, now, past = self._engine.setup, self._engine.clock.now(), self._outage
        if past is None:
            return
        known = await self._call(self._ledger.history.occurrences, since=past.since)
        fallen = [one for one in known if past.since < one.due <= now and counts(one)]
        owners = {owner_of(setup, one.routine) for one in fallen}
        mails = []
        for owner in sorted(owners, key=lambda person: person.email):
            slots = [one for one in fallen if owner_of(setup, one.routine) == owner]
            note = outage.note_of(past, now, slots, setup.config.shop.name, now.astimezone(setup.shop_zone))
            mails.append(_made(setup, owner, note, now))
        await self._call(self._ledger.post.add, "", mails, now)
        self._outage = None

    async def _alert(self) -> None:
        engine, now = self._engine, self._engine.clock.now()
        before = self._told or await self._remembered(now)
        told, stuck = before
        if told.looked > now:  # a clock that was ahead has been set back
            told = replace(told, looked=now, seen=frozenset())
        ended = await self._ended(told, now)
        after, alerts = look(told, ended, await self._waiting_beside(ended), engine.setup.shop_zone)
        still, more = broken(stuck, self._problems(), now, engine.setup.shop_zone)
        alerts = [alert for alert in (*alerts, *more) if self._concerns(alert)]
        self._told = before
        if (after, still) != before or alerts:
            mails = [mail for alert in alerts for mail in await self._mail(alert, now)]
            await self._call(self._ledger.tell, mails, now, MARK, _packed(after, still))
            self._told = after, still

    async def _waiting_beside(self, ended: Sequence[Occurrence]) -> list[Occurrence]:
        """Return who waits still, where something ended because it was too late: another slot may make up for it."""
        if not any(one.reason == TOO_LATE for one in ended):
            return []
        return await self._call(self._ledger.history.occurrences, open_only=True)

    def _concerns(self, alert: Alert) -> bool:
        """Say whether there is anything to tell: not of a routine that is gone, nor that one switched off is usable."""
        routine = self._engine.setup.config.routines.get(alert.routine)
        return routine is not None and (routine.enabled or alert.kind is not Kind.USABLE)

    async def _remembered(self, now: datetime) -> tuple[Told, dict[str, Case]]:
        """Return what an earlier daemon told; on a new ledger nothing before this moment is told."""
        kept = await self._call(self._ledger.mark, MARK)
        if kept is not None:
            return _unpacked(kept)
        fresh: tuple[Told, dict[str, Case]] = Told(now), {}
        await self._call(self._ledger.set_mark, MARK, _packed(*fresh))
        return fresh

    async def _ended(self, told: Told, now: datetime) -> list[Occurrence]:
        """Return what has ended since the last look; what a clock that was wrong put into the future is left out."""
        found = await self._call(self._ledger.history.ended_since, told.looked, told.looked - OLDEST)
        return [one for one in found if one.ended is not None and one.ended <= now]

    def _problems(self) -> dict[str, str]:
        """Return the enabled routines that can't run at all, with the reason."""
        routines = self._engine.setup.config.routines
        found = self._engine.broken().items()
        return {name: reason for name, reason in found if name in routines and routines[name].enabled}

    async def _mail(self, alert: Alert, now: datetime) -> list[StoredMail]:
        """Return the mail of an alert; none, and the reason in the log, where its owner can't be mailed."""
        setup = self._engine.setup
        note = note_of(alert, await self._around(alert, now))
        try:
            mail = _made(setup, owner_of(setup, alert.routine), note, now)
        except NightclerkError as error:
            _log.error("nobody is told that %s is %s: %s", alert.routine, alert.kind.value, error)
            return []
        _log.info("%s is told that %s is %s", mail.recipient, alert.routine, alert.kind.value)
        return [mail]

    async def _around(self, alert: Alert, now: datetime) -> Circumstances:
        history, one = self._ledger.history, alert.occurrence
        runs = await self._call(history.tries, one) if one is not None else []
        good = await self._call(history.runs, alert.routine, GOOD_RUNS, [State.OK])
        coming = self._engine.timetable.next_of(alert.routine, now)
        others = [run for run in good if not runs or run.id != runs[0].id]
        shop = self._engine.setup.config.shop.name
        return Circumstances(shop, next(iter(runs), None), usual_duration(others), coming.at if coming else None)

    async def _stand_in(self, notices: Sequence[Text]) -> None:
        """Queue the bare mail for every briefing that is not stored in time."""
        setup, now = self._engine.setup, self._engine.clock.now()
        routines = {name: one for name, one in setup.config.routines.items() if one.job == bare.BRIEFING_JOB}
        known: list[Occurrence] = []
        for name in routines:
            known += await self._call(self._ledger.history.of_routine, name, now - bare.A_DAY, now)
        for missing in bare.overdue(routines, known, now, self._awake, setup.shop_zone):
            key = missing.routine, missing.day
            if key not in self._settled and not await self._stored(missing, now):
                await self._queue(missing, notices)
            self._settled.add(key)

    async def _stored(self, missing: bare.Missing, now: datetime) -> bool:
        """Say whether the briefing's own mail is there; one made after midnight bears the day on which it was made.

        What was mailed before its time, by hand or for an earlier morning, is another one.
        """
        days = {missing.day, now.astimezone(self._engine.setup.shop_zone).date()}
        stored, due = self._ledger.post.stored_since, missing.occurrence.due
        return any([await self._call(stored, missing.routine, day, due) for day in days])

    async def _queue(self, missing: bare.Missing, notices: Sequence[Text]) -> None:
        setup, now = self._engine.setup, self._engine.clock.now()
        known = await self._call(self._ledger.history.occurrences, since=now - bare.A_DAY)
        note = bare.note_of(missing, setup.config.shop.name, known, notices)
        people = [person for person in setup.people(missing.routine) if person.email] or [NOBODY]
        mails = [_made(setup, person, note, now) for person in people]
        if await self._call(self._ledger.post.add, "", mails, now):
            _log.error("the briefing %s of %s is missing; a bare mail takes its place", missing.routine, missing.day)


def _packed(told: Told, stuck: dict[str, Case]) -> dict[str, Any]:
    return {
        "looked": told.looked,
        "seen": sorted(told.seen),
        "cases": {key: asdict(case) for key, case in told.cases.items()},
        "stuck": {key: asdict(case) for key, case in stuck.items()},
    }


def _unpacked(kept: dict[str, Any]) -> tuple[Told, dict[str, Case]]:
    cases, stuck = ({key: Case(**case) for key, case in kept[name].items()} for name in ("cases", "stuck"))
    seen = frozenset((routine, slot) for routine, slot in kept["seen"])
    return Told(kept["looked"], seen, cases), stuck


def _made(setup: Setup, to: Person, note: Note, now: datetime) -> StoredMail:
    from daemon.engine.plainmail import plain_mail  # noqa: PLC0415 - memory that is only needed where there is trouble

    return plain_mail(setup, to, note, now)
