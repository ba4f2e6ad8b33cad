"""The checks that a place makes by its own programs, one after the other, each when it is due.

A check that is not made keeps its last answer until it is due again. One that failed or gave no answer is made again
at the next run; a place that was busy says after how long. Whoever is busy for a day is no longer busy but broken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from daemon.api import OutsideError, Text
from jobs.backups import schedule
from jobs.backups.look import Look
from jobs.backups.marks import CONTENT, MARK_OF, Mark, Row
from jobs.backups.memory import Drill, Last, Memory
from jobs.backups.schedule import EVERY, When
from jobs.backups.wording import finding_of, skipped_because
from jobs.kinds.backup import BackupStore, Check, Copy, Examined, Outcome, Part, Verdict

BUSY_AT_MOST = timedelta(hours=24)
OLDER_EACH = 4
"""Every so many-th restore is of an older copy than the newest: it is those that one needs after a slow damage."""
OURS = frozenset({Check.OFFSITE, Check.SILENCE})
"""What no place can say of itself."""
EVERYTHING = Part()


@dataclass(frozen=True)
class Examination:
    """What is examined: the place, its copies that can be believed (newest first), and what is remembered of it."""

    look: Look
    store: BackupStore
    copies: tuple[Copy, ...]

    @property
    def offers(self) -> frozenset[Check]:
        """The checks that the place makes."""
        return self.store.offers - OURS if isinstance(self.store, Examined) else frozenset()


def examine(of: Examination) -> tuple[dict[Check, Row], Memory]:
    """Make what is due, in turn; return a row for each check that can be examined, and what is remembered then."""
    rows, memory = dict[Check, Row](), of.look.memory
    for check in [*EVERY, *sorted(of.offers - EVERY.keys())]:
        if check in of.offers:
            memory = replace(memory, since={check: of.look.now, **memory.since})
            rows[check], memory = _examined(of, check, memory)
        elif check not in {Check.WHOLE, Check.LISTED}:
            rows[check] = Row(check, Mark.SKIPPED, reason=Text("this place can't make it"))
    return rows, replace(memory, checks={one: last for one, last in memory.checks.items() if one in of.offers})


def _examined(of: Examination, check: Check, memory: Memory) -> tuple[Row, Memory]:
    look, last = of.look, memory.checks.get(check)
    rhythm = schedule.rhythm_of(look.options.checks, check)
    due = schedule.when(rhythm, last, look.now, look.zone)
    if due is When.NOW and of.copies:
        memory = _made(of, check, memory)
        return row_of(look, check, memory.checks[check]), memory
    if last is None or due is When.OFF:
        return Row(check, Mark.SKIPPED, reason=skipped_because(due)), memory
    return row_of(look, check, last), memory


def row_of(look: Look, check: Check, last: Last) -> Row:
    """Return a check's last answer as it stands."""
    found = finding_of(look, check, last)
    return Row(check, last.mark, last.at, last.reason, last.seconds, last.unknown, (found,) if found else ())


def standing(look: Look) -> dict[Check, Row]:
    """Return the last answers of a place that could not be looked at tonight."""
    return {check: row_of(look, check, last) for check, last in look.memory.checks.items()}


def _made(of: Examination, check: Check, memory: Memory) -> Memory:
    """Make one check and return what is remembered of it."""
    now = of.look.now
    copy, part = _what_to_read(of, check, memory)
    verdict = _asked(of.store, check, copy, part)
    last = answer(memory.checks.get(check), verdict, now, part)
    memory = replace(memory, checks={**memory.checks, check: last})
    if check is Check.DATA:
        memory = replace(memory, cycle=schedule.after_part(memory.cycle, part, verdict.outcome, now))
    if check is Check.RESTORE and last.mark is Mark.OK:
        drill = Drill(last.at, copy.moment, verdict.seconds, verdict.read)
        memory = replace(memory, drills=memory.drills + 1, drill=drill)
    if check in CONTENT and verdict.outcome is Outcome.HELD:
        memory = replace(memory, proven=max(memory.proven or copy.moment, copy.moment))
    return memory


def _what_to_read(of: Examination, check: Check, memory: Memory) -> tuple[Copy, Part]:
    """Return which copy a check is about, and which part of all the data: both come in turn."""
    if check is Check.RESTORE:
        return _drilled(of.copies, memory), EVERYTHING
    if check is Check.DATA:
        return of.copies[0], schedule.next_part(memory.cycle, schedule.parts(of.look.options.checks, check))
    if check is Check.UNCHANGED:
        return of.copies[0], Part(1, schedule.parts(of.look.options.checks, check))
    return of.copies[0], EVERYTHING


def _asked(store: BackupStore, check: Check, copy: Copy, part: Part) -> Verdict:
    assert isinstance(store, Examined)
    try:
        return store.examine(check, copy, part)
    except OutsideError as error:
        return Verdict(Outcome.UNKNOWN, reason=Text("{error}", {"error": str(error)}))


def _drilled(copies: tuple[Copy, ...], memory: Memory) -> Copy:
    """Return which copy is restored this time: the newest, and every fourth time another one in turn."""
    turn, rest = divmod(memory.drills + 1, OLDER_EACH)
    return copies[1 + (turn - 1) % (len(copies) - 1)] if rest == 0 and len(copies) > 1 else copies[0]


def answer(before: Last | None, verdict: Verdict, now: datetime, part: Part = EVERYTHING) -> Last:
    """Return a check's last answer after a verdict; whoever has been busy for a day counts as failed."""
    known, mark = before or Last(Mark.SKIPPED, now), MARK_OF[verdict.outcome]
    reason = verdict.reason or verdict.shown or _read(mark, part)
    last = Last(mark, now, known.answered, reason, verdict.seconds)
    if mark is Mark.UNKNOWN:
        return _unanswered(last, known, verdict.again)
    return last if mark is Mark.SKIPPED else replace(last, answered=now)


def _unanswered(last: Last, known: Last, again: timedelta | None) -> Last:
    """Return what is no answer, counted with those before it; `again` is after how long a busy place may be asked."""
    last = replace(last, unknown=known.unknown + 1)
    if again is None:
        return last
    busy = known.busy or last.at
    mark = Mark.FAIL if last.at - busy >= BUSY_AT_MOST else last.mark
    return replace(last, mark=mark, busy=busy, again=last.at + again)


def _read(mark: Mark, part: Part) -> Text | None:
    """Return which part of the data was read, where it was well and was not all of it."""
    if mark is not Mark.OK or part.of <= 1:
        return None
    return Text("part {number} of {of} was read", {"number": part.number, "of": part.of})


def silence(look: Look, checks: Mapping[Check, Last], memory: Memory) -> list[Check]:
    """Return the checks that have given no answer for two of their periods, that of all the data among them."""
    chosen = look.options.checks
    quiet = [
        check
        for check, since in memory.since.items()
        if schedule.silent(schedule.rhythm_of(chosen, check), checks.get(check), since, look.now)
    ]
    since = memory.since.get(Check.DATA)
    if since is not None and Check.DATA not in quiet and schedule.behind(chosen, memory.cycle, since, look.now):
        quiet.append(Check.DATA)
    return quiet
