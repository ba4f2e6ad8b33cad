"""What came of reading the newest copy itself: `verify` of its place, as a row and as the findings it is worth."""

from collections.abc import Sequence
from dataclasses import replace

from daemon.api import Finding, OutsideError, Text, Urgency, Value
from jobs.backups.examining import answer, row_of
from jobs.backups.look import Look
from jobs.backups.marks import MARK_OF, Mark, Row
from jobs.backups.memory import Last, Memory
from jobs.backups.schedule import When, rhythm_of, when
from jobs.backups.wording import skipped_because
from jobs.kinds.backup import BackupStore, Check, Copy, Examined, Outcome, Verdict


def asked(store: BackupStore, copy: Copy) -> Verdict:
    """Return what a place says of a copy; one that raises instead is not known."""
    try:
        return store.verify(copy)
    except OutsideError as error:
        return Verdict(Outcome.UNKNOWN, reason=Text("{error}", {"error": str(error)}))


def read(look: Look, store: BackupStore, newest: Copy, known: Memory) -> tuple[Row, Verdict, Memory]:
    """Read the newest copy where that is due; return its row, the verdict, and what is remembered then.

    A place that reads copies by `examine` too is asked at every run, as that costs it nothing.
    """
    if isinstance(store, Examined) and store.offers & {Check.WHOLE, Check.LISTED}:
        verdict = asked(store, newest)
        return row(look, newest, verdict), verdict, _proven(known, newest, verdict)
    last = look.memory.checks.get(Check.WHOLE)
    due = when(rhythm_of(look.options.checks, Check.WHOLE), last, look.now, look.zone)
    if due is When.NOW:
        verdict = asked(store, newest)
        return row(look, newest, verdict), verdict, _proven(_kept(known, verdict, last, look), newest, verdict)
    not_read = Verdict(Outcome.NOT_ASKED)
    if last is None or due is When.OFF:
        return Row(Check.WHOLE, Mark.SKIPPED, reason=skipped_because(due)), not_read, known
    return row_of(look, Check.WHOLE, last), not_read, replace(known, checks={**known.checks, Check.WHOLE: last})


def _kept(known: Memory, verdict: Verdict, before: Last | None, look: Look) -> Memory:
    """Return the memory with this answer; where nobody named anything to read a copy against, none is awaited."""
    if verdict.outcome is Outcome.NOT_ASKED:
        return replace(known, since=dict(pair for pair in known.since.items() if pair[0] != Check.WHOLE))
    last = answer(before, verdict, look.now)
    checks, since = dict(known.checks), dict(known.since)
    checks[Check.WHOLE] = last
    since.setdefault(Check.WHOLE, look.now)
    return replace(known, checks=checks, since=since)


def _proven(known: Memory, newest: Copy, verdict: Verdict) -> Memory:
    """Return the memory with the time of the newest copy that was read whole: this one, where all of it was."""
    if verdict.outcome is not Outcome.HELD:
        return known
    return replace(known, proven=max(known.proven or newest.moment, newest.moment))


def check_of(verdict: Verdict) -> Check:
    """Return which check a verdict answers: hashes of a list, or else the reading itself."""
    return Check.LISTED if verdict.listed and verdict.shown is None else Check.WHOLE


def row(look: Look, newest: Copy, verdict: Verdict) -> Row:
    """Return the row of the reading of the newest copy."""
    mark = MARK_OF[verdict.outcome]
    mark = Mark.WARN if mark is Mark.OK and verdict.unlisted else mark
    reason = verdict.reason or verdict.shown or (Text("no manifest was named") if mark is Mark.SKIPPED else None)
    found = tuple(_findings(look, newest, verdict))
    return Row(check_of(verdict), mark, look.now, reason or _matching(verdict), verdict.seconds, findings=found)


def _matching(verdict: Verdict) -> Text | None:
    told: dict[str, Value] = {"held": verdict.held, "listed": verdict.listed}
    return Text("{held} of {listed} files are as listed", told) if verdict.listed else None


def _findings(look: Look, newest: Copy, verdict: Verdict) -> list[Finding]:
    told: dict[str, Value] = {"copy": newest.name, "reason": verdict.reason, **_counts(verdict.broken, "broken")}
    found = [_of_outcome(look, verdict, told)]
    if verdict.unlisted:
        found.append(look.finding(
            "unlisted", Urgency.STAYS_BROKEN, "{unlisted_n} files of the newest copy in {connection} are not listed",
            _counts(verdict.unlisted, "unlisted"), "Write the manifest after the last file; {unlisted} is one of them",
        ))  # fmt: skip
    return [one for one in found if one is not None]


def _of_outcome(look: Look, verdict: Verdict, told: dict[str, Value]) -> Finding | None:
    if verdict.outcome is Outcome.BROKEN and verdict.reason is not None:
        return look.finding(
            "broken", Urgency.LOSES_MONEY, "The newest copy in {connection} is damaged: {reason}",
            told, "Make a new copy now and read what its program says; then test the disk that {copy} lies on",
        )  # fmt: skip
    if verdict.outcome is Outcome.BROKEN:
        return look.finding(
            "broken", Urgency.LOSES_MONEY, "The newest copy in {connection} is damaged: {broken} is missing or differs",
            told, "Make a new copy now and test the disk; {broken_n} files of {copy} do not match the manifest",
        )  # fmt: skip
    if verdict.outcome is Outcome.UNKNOWN:
        return look.finding(
            "unverified", Urgency.LOSES_MONEY, "The newest copy in {connection} can't be verified: {reason}",
            told, "Put right what stands in the way, then run this routine again",
        )  # fmt: skip
    if verdict.outcome is Outcome.WARN:
        return look.finding(
            "doubtful", Urgency.STAYS_BROKEN, "The newest copy in {connection} will not stay well: {reason}",
            told, "See to it before a copy is lost; {copy} was read",
        )  # fmt: skip
    return None


def _counts(names: Sequence[str], what: str) -> dict[str, Value]:
    return {what: names[0], f"{what}_n": len(names)} if names else {}
