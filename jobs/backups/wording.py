"""What is said of a check that failed, warns or gave no answer: one sentence for each, and what to do next."""

from dataclasses import dataclass
from types import MappingProxyType

from daemon.api import Finding, Text, Urgency, Value
from jobs.backups.look import Look
from jobs.backups.marks import STUBBORN, Mark
from jobs.backups.memory import Last
from jobs.backups.schedule import When
from jobs.kinds.backup import CHECK_WORDS, Check

GRAVE = frozenset(
    {Check.WHOLE, Check.LISTED, Check.STRUCTURE, Check.DATA, Check.UNCHANGED, Check.RESTORE, Check.KEY, Check.REACHABLE}
)
"""The checks without which nobody can rely on a copy."""


@dataclass(frozen=True)
class _Wording:
    """What is said of a check, and what to do next."""

    title: str
    next_step: str


_ANEW = "Make a new copy now and read what its program says"
_NOT_PASSED = _Wording("{connection} did not pass a check ({check}): {reason}", _ANEW)
_DAMAGED = _Wording("The newest copy in {connection} is damaged: {reason}", _ANEW)
_FAILED = {
    Check.REACHABLE: _NOT_PASSED,
    Check.FRESH: _NOT_PASSED,
    Check.FILLED: _NOT_PASSED,
    Check.SIZE: _NOT_PASSED,
    Check.KEPT: _NOT_PASSED,
    Check.WHOLE: _DAMAGED,
    Check.LISTED: _DAMAGED,
    Check.STRUCTURE: _Wording(
        "The repository of {connection} is damaged: {reason}",
        "Leave the repository as it is, make a copy elsewhere now, and read what its program says",
    ),
    Check.DATA: _Wording(
        "What is stored in {connection} is damaged: {reason}",
        "Make a new copy elsewhere now, then test the disk; nightclerk repairs nothing",
    ),
    Check.UNCHANGED: _Wording(
        "What is stored in {connection} changes by itself: {reason}",
        "Make a new copy elsewhere now, then test the disk; this is told until the spoilt copy is gone",
    ),
    Check.RESTORE: _Wording(
        "{connection} could not be restored: {reason}",
        "Restore it by hand now: a copy that can't be restored is none",
    ),
    Check.LOCKED: _Wording(
        "The copies in {connection} are not safe from removal: {reason}",
        "Lock it for the days you declared, or take back that it is locked",
    ),
    Check.KEY: _Wording(
        "What opens {connection} is not where it should be: {reason}",
        "Put a copy of the key where you can reach it when this machine is gone",
    ),
    Check.ROOM: _Wording("{connection} runs out of room: {reason}", "Make room before the next backup runs"),
    Check.VERSION: _Wording(
        "A program is too old for {connection}: {reason}", "Bring the program up to date before you need it"
    ),
}
_BUSY = _Wording(
    "{connection} has been busy for a day: {reason}",
    "Look what holds it; a lock that nobody holds is removed by hand, with the program that made it",
)
_DOUBTFUL = _Wording("{connection} will not stay well ({check}): {reason}", "See to it before a copy is lost")
_UNANSWERED = _Wording(
    "Nobody knows how {connection} stands ({check}): {reason}",
    "Put right what stands in the way; the next run tries again",
)
_WHAT = MappingProxyType({Mark.FAIL: "broken", Mark.UNKNOWN: "unverified", Mark.WARN: "doubtful"})
"""How the key of a finding ends that is about the newest copy itself, whoever read it."""
_NO_REASON = Text("its program gives no reason")


def finding_of(look: Look, check: Check, last: Last) -> Finding | None:
    """Return what a person is told of a check's last answer; nothing where all is well, or only busy for once."""
    wording = _wording_of(check, last)
    if wording is None:
        return None
    what = _WHAT.get(last.mark, check.value) if check in {Check.WHOLE, Check.LISTED} else check.value
    told: dict[str, Value] = {"reason": last.reason or _NO_REASON, "check": CHECK_WORDS[check]}
    return look.finding(what, _urgency(check, last), wording.title, told, wording.next_step)


def _wording_of(check: Check, last: Last) -> _Wording | None:
    if last.mark is Mark.FAIL:
        return _FAILED[check] if last.busy is None else _BUSY
    if last.mark is Mark.WARN:
        return _DOUBTFUL
    if last.mark is Mark.UNKNOWN and (last.busy is None or last.unknown >= STUBBORN):
        return _UNANSWERED
    return None


def _urgency(check: Check, last: Last) -> Urgency:
    """Return how urgent it is: a copy that nobody can rely on loses money, and so does not to know for long."""
    unknown_for_long = last.mark is Mark.UNKNOWN and last.busy is None and last.unknown >= STUBBORN
    if check in GRAVE and (last.mark is Mark.FAIL or unknown_for_long):
        return Urgency.LOSES_MONEY
    return Urgency.STAYS_BROKEN


def skipped_because(when: When) -> Text:
    """Return why a check that has no answer yet was not made."""
    if when is When.OFF:
        return Text("switched off")
    if when is When.QUIET:
        return Text("not made at this hour")
    return Text("not made yet")
