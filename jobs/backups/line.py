"""The places of backups as a line of work items: how each stands, and what a person can accept of it.

A place that deviates in a way only its owner can judge (smaller than usual, copies gone) is *held* until somebody
confirms it; what else is wrong with it stands on its card all the same. The next run honours a confirmation.
"""

from daemon.api import PERSON, WorkLine
from jobs.backups.marks import Mark

KIND = "backup"
SOUND, DOUBTFUL, FAILING, UNKNOWN, HELD = "sound", "doubtful", "failing", "unknown", "held"
ACCEPTED, GONE = "accepted", "gone"
SHRUNKEN, GROWN, VANISHED = "shrunken", "grown", "vanished"
STATE_OF = {Mark.OK: SOUND, Mark.WARN: DOUBTFUL, Mark.FAIL: FAILING, Mark.UNKNOWN: UNKNOWN, Mark.SKIPPED: UNKNOWN}
_ANYWHERE = (SOUND, DOUBTFUL, FAILING, UNKNOWN, HELD, ACCEPTED, GONE)
_ACCEPT = "look whether that is right; nightclerk backups accept NAME takes it as it is"

BACKUPS_LINE = WorkLine(
    name="backups",
    kind=KIND,
    what="place of backups",
    follows={state: tuple(other for other in _ANYWHERE if other != state) for state in _ANYWHERE},
    confirms={},
    held=HELD,
    free=UNKNOWN,
    reasons={
        SHRUNKEN: f"the newest copy is smaller than usual: {_ACCEPT}",
        GROWN: f"the newest copy is larger than usual: {_ACCEPT}",
        VANISHED: f"a copy is gone before its time: {_ACCEPT}",
        PERSON: "somebody held it: the next run looks again",
    },
    settles={SHRUNKEN: ACCEPTED, GROWN: ACCEPTED, VANISHED: ACCEPTED},
    done=frozenset({GONE}),
    job="backups",
    takes="approve",
)
