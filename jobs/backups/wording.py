"""What is said of a check that failed, warns or gave no answer: one sentence for each, and what to do next."""

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
_DAMAGED = "The newest copy in {connection} is damaged: {reason}"
_NOT_PASSED = "{connection} did not pass a check ({check}): {reason}"
_FAILED = {
    Check.REACHABLE: _NOT_PASSED,
    Check.FRESH: _NOT_PASSED,
    Check.FILLED: _NOT_PASSED,
    Check.SIZE: _NOT_PASSED,
    Check.KEPT: _NOT_PASSED,
    Check.WHOLE: _DAMAGED,
    Check.LISTED: _DAMAGED,
    Check.STRUCTURE: "The repository of {connection} is damaged: {reason}",
    Check.DATA: "What is stored in {connection} is damaged: {reason}",
    Check.UNCHANGED: "What is stored in {connection} changes by itself: {reason}",
    Check.RESTORE: "{connection} could not be restored: {reason}",
    Check.LOCKED: "The copies in {connection} are not safe from removal: {reason}",
    Check.KEY: "What opens {connection} is not where it should be: {reason}",
    Check.ROOM: "{connection} runs out of room: {reason}",
    Check.VERSION: "A program is too old for {connection}: {reason}",
}
_ANEW = "Make a new copy now and read what its program says"
_REPAIR = {
    Check.REACHABLE: _ANEW,
    Check.FRESH: _ANEW,
    Check.FILLED: _ANEW,
    Check.SIZE: _ANEW,
    Check.KEPT: _ANEW,
    Check.WHOLE: _ANEW,
    Check.LISTED: _ANEW,
    Check.STRUCTURE: "Leave the repository as it is, make a copy elsewhere now, and read what its program says",
    Check.DATA: "Make a new copy elsewhere now, then test the disk; nightclerk repairs nothing",
    Check.UNCHANGED: "Make a new copy elsewhere now, then test the disk; this is told until the spoilt copy is gone",
    Check.RESTORE: "Restore it by hand now: a copy that can't be restored is none",
    Check.LOCKED: "Lock it for the days you declared, or take back that it is locked",
    Check.KEY: "Put a copy of the key where you can reach it when this machine is gone",
    Check.ROOM: "Make room before the next backup runs",
    Check.VERSION: "Bring the program up to date before you need it",
}
_WHAT = MappingProxyType({Mark.FAIL: "broken", Mark.UNKNOWN: "unverified", Mark.WARN: "doubtful"})
"""How the key of a finding ends that is about the newest copy itself, whoever read it."""
_NO_REASON = Text("its program gives no reason")


def finding_of(look: Look, check: Check, last: Last) -> Finding | None:
    """Return what a person is told of a check's last answer; nothing where all is well, or only busy for once."""
    what = _WHAT.get(last.mark, check.value) if check in {Check.WHOLE, Check.LISTED} else check.value
    told: dict[str, Value] = {"reason": last.reason or _NO_REASON, "check": CHECK_WORDS[check]}
    grave = Urgency.LOSES_MONEY if check in GRAVE else Urgency.STAYS_BROKEN
    if last.mark is Mark.FAIL and last.busy is not None:
        return look.finding(
            what, grave, "{connection} has been busy for a day: {reason}", told,
            "Look what holds it; a lock that nobody holds is removed by hand, with the program that made it",
        )  # fmt: skip
    if last.mark is Mark.FAIL:
        return look.finding(what, grave, _FAILED[check], told, _REPAIR[check])
    if last.mark is Mark.WARN:
        return look.finding(
            what, Urgency.STAYS_BROKEN, "{connection} will not stay well ({check}): {reason}", told,
            "See to it before a copy is lost",
        )  # fmt: skip
    if last.mark is Mark.UNKNOWN and (last.busy is None or last.unknown >= STUBBORN):
        urgency = grave if last.busy is None and last.unknown >= STUBBORN else Urgency.STAYS_BROKEN
        return look.finding(
            what, urgency, "Nobody knows how {connection} stands ({check}): {reason}", told,
            "Put right what stands in the way; the next run tries again",
        )  # fmt: skip
    return None


def skipped_because(when: When) -> Text:
    """Return why a check that has no answer yet was not made."""
    if when is When.OFF:
        return Text("switched off")
    if when is When.QUIET:
        return Text("not made at this hour")
    return Text("not made yet")
