"""The mail on slots that fell while nothing could be recorded, and so nothing was started: a full disk, for instance.

What can't be recorded can't be told either; it is told as soon as it can be, to the owner of each routine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from daemon.engine.plain import Note
from daemon.model import Text, Value
from daemon.reasons import state_word, worded
from daemon.records import Occurrence, State

MOST_SLOTS = 20
"""How many slots one mail names."""
_EMPTY = Text("")
_SUBJECT = "Nothing could be recorded for a while ({shop})"
_OPENING = "From {since} to {until} nothing could be recorded, so nothing was started: {reason}."
_LINES = {
    State.PENDING: "{routine}, due {due}: is made up now",
    State.RUNNING: "{routine}, due {due}: is made up now",
    State.SKIPPED: "{routine}, due {due}: was left out: {reason}",
}
_ENDED = "{routine}, due {due}: was made up and is {state}"


@dataclass(frozen=True)
class Outage:
    """A time without a ledger: from the last look at which all was well, and why the first one after it failed."""

    since: datetime
    reason: str


def note_of(outage: Outage, until: datetime, slots: Sequence[Occurrence], shop: str, today: datetime) -> Note:
    """Return what the mail says; `slots` fell due meanwhile, `today` is now in the shop's zone."""
    values: dict[str, Value] = {"since": outage.since, "until": until, "reason": outage.reason, "shop": shop}
    lines = [Text(_OPENING, values), _EMPTY, Text("What fell due meanwhile:"), *map(_line, slots[:MOST_SLOTS])]
    if len(slots) > MOST_SLOTS:
        lines.append(Text("and {n} more", {"n": len(slots) - MOST_SLOTS}))
    lines += [_EMPTY, Text("See that there is room and that the state folder can be written to: nightclerk doctor")]
    return Note("unrecorded", "ledger", today.date(), Text(_SUBJECT, values), tuple(lines))


def _line(one: Occurrence) -> Text:
    values: dict[str, Value] = {"routine": one.routine, "due": one.due, "state": state_word(one.state)}
    values["reason"] = worded(one.reason) if one.reason else None
    return Text(_LINES.get(one.state, _ENDED), values)
