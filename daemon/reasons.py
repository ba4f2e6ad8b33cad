"""Why something did not end well, for the reader of a mail: the daemon's own sentences as messages again.

The ledger keeps a reason as the English sentence that logs, commands and JSON show. A mail says it in its reader's
language, so each sentence of the daemon's own is recognised here; what came from outside stays as it came.
"""

import re
from functools import lru_cache

from daemon.model import Text
from daemon.records import State

_OWN = (
    Text("missed: the daemon was not running"),
    Text("missed: a later slot ran in its place"),
    Text("missed: later than max_late"),
    Text("later than max_late: no free place"),
    Text("missed, like all before it, which are not listed"),
    Text("paused"),
    Text("broken: {reason}"),
    Text("removed from the configuration"),
    Text("disabled in the configuration"),
    Text("still running since {when}"),
    Text("blocked: {names} had not ended"),
    Text("blocked: {names} did not end well"),
    Text("made room for the next slot (overlap: kill)"),
    Text("cancelled by {who}"),
    Text("cut off after its time limit"),
    Text("lost (stopped)"),
    Text("lost: the daemon ended during this run"),
    Text("lost: the spawner is gone"),
    Text("it could not be started: {error}"),
    Text("what it reported can't be kept: {error}"),
    Text("the run's report was refused: {error}"),
    Text("the run said what nobody can take: {error}"),
    Text("the options are not what the job takes: {fields}"),
    Text("the system gives no process to run it in: too many run, or memory is short"),
    Text("ended by a signal: {signal}"),
    Text("the process ended with exit code {status} and left no report"),
)
_STATES = {
    State.PENDING: Text("pending"),
    State.RUNNING: Text("running"),
    State.OK: Text("ok"),
    State.FAILED: Text("failed"),
    State.TIMED_OUT: Text("timed out"),
    State.LOST: Text("lost"),
    State.SKIPPED: Text("skipped"),
}


def worded(reason: str) -> Text:
    """Return the message that a reason was made of; one from outside as a message that says nothing else."""
    for message, pattern in _patterns():
        found = pattern.fullmatch(reason)
        if found:
            return Text(message.id, found.groupdict())
    return Text("{reason}", {"reason": reason})


def state_word(state: State) -> Text:
    """Return the word for a state."""
    return _STATES[state]


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Text, re.Pattern[str]], ...]:
    return tuple((one, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(one.id)))) for one in _OWN)
