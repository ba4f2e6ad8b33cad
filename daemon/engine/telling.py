"""The words of an alert: what happened, why, how long it took, when it runs next, and the command to run it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.engine.alerting import Alert, Kind, case_of
from daemon.engine.plain import Note
from daemon.model import Text
from daemon.occurrences.asked import draft_number
from daemon.reasons import worded
from daemon.records import Restored, Run

MOST_LINES = 50
"""Lines of a run's output that a mail shows, the last ones."""
_EMPTY = Text("")
_PUT_BACK = (
    "The ledger is an older copy that was put back: it does not know what was done after {newest}. What may have been "
    "done is asked for outside or called uncertain, and mail that was waiting is held, until an admin has looked: "
    "nightclerk state reconcile"
)
_BEGUN_ANEW = (
    "The ledger is empty where another one had worked: it does not know what was done before {noticed}. What may have "
    "been done is asked for outside or called uncertain, until an admin has looked: nightclerk state reconcile"
)
_SUBJECTS = {
    Kind.FAILED: "{routine} failed ({shop})",
    Kind.SKIPPED: "{routine} was not completed ({shop})",
    Kind.BROKEN: "{routine} can't run ({shop})",
    Kind.RECOVERED: "{routine} is well again ({shop})",
    Kind.USABLE: "{routine} can run again ({shop})",
}
_OPENINGS = {
    Kind.FAILED: "The routine {routine}, due {due}, did not end well and is not tried again.",
    Kind.SKIPPED: "The routine {routine}, due {due}, was not completed.",
    Kind.BROKEN: "The routine {routine} can't run as it is configured. The others go on.",
    Kind.RECOVERED: "The routine {routine}, due {due}, ended well. It had been in trouble since {since}.",
    Kind.USABLE: "The routine {routine} can run again. What kept it from running is mended.",
}
_FREQUENCY = {
    Kind.FAILED: "While this goes on, one mail a day says so, and one when it is over.",
    Kind.SKIPPED: "While this goes on, one mail a day says so, and one when it is over.",
    Kind.BROKEN: "You are told once more when it can run again.",
    Kind.RECOVERED: "Should it fail again today, the next mail about it comes tomorrow at the earliest.",
}


@dataclass(frozen=True)
class Circumstances:
    """What stands around an alert: the last run of its occurrence, how long good ones take, and what comes next."""

    shop: str
    run: Run | None = None
    usual: timedelta | None = None
    coming: datetime | None = None


def put_back(restored: Restored) -> Text:
    """Return what is told, as long as nobody has reconciled it, of a ledger that is older than the world."""
    if restored.newest is None:
        return Text(_BEGUN_ANEW, {"noticed": restored.noticed})
    return Text(_PUT_BACK, {"newest": restored.newest})


def usual_duration(good: list[Run]) -> timedelta | None:
    """Return the middle duration of good runs, None where there are none."""
    lengths = sorted(run.ended - run.started for run in good if run.ended is not None and not run.dry)
    return lengths[len(lengths) // 2] if lengths else None


def note_of(alert: Alert, around: Circumstances) -> Note:
    """Return what the mail of an alert says."""
    one = alert.occurrence
    due = one.due if one else None
    values = {"routine": alert.routine, "shop": around.shop, "due": due, "since": alert.since}
    lines = [Text(_OPENINGS[alert.kind], values), _EMPTY]
    lines += [*_trouble(alert, due), *_durations(around), _next(around), *_again(alert)]
    if alert.kind in _FREQUENCY:
        lines += [_EMPTY, Text(_FREQUENCY[alert.kind])]
    output = _output(around.run) if alert.kind is Kind.FAILED else ()
    if output:
        lines += [_EMPTY, Text("The last lines of its output:"), _EMPTY]
    key = case_of(one) if one else alert.routine
    return Note(alert.kind.value, key, alert.day, Text(_SUBJECTS[alert.kind], values), tuple(lines), output)


def _next(around: Circumstances) -> Text:
    return Text("Next run: {at}", {"at": around.coming}) if around.coming else Text("Next run: none is planned")


def _trouble(alert: Alert, due: datetime | None) -> list[Text]:
    """Return why it went wrong and since when; nothing where all is well again."""
    if alert.kind in {Kind.RECOVERED, Kind.USABLE}:
        return []
    lines = [Text("Why: {reason}", {"reason": worded(alert.reason) if alert.reason else None})]
    if alert.since is not None and due is not None and alert.since < due:
        lines.append(Text("In trouble since: {since}", {"since": alert.since}))
    return lines


def _durations(around: Circumstances) -> list[Text]:
    run = around.run
    if run is None:
        return []
    took = run.ended - run.started if run.ended else None
    return [
        Text("It took: {took}; usually: {usual}", {"took": took, "usual": around.usual}),
        Text("All about this run: nightclerk show {run}", {"run": str(run.id)}),
    ]


def _again(alert: Alert) -> list[Text]:
    """Return the command that tries it again, where that is for a person to do."""
    if alert.kind not in {Kind.FAILED, Kind.SKIPPED}:
        return []
    number = draft_number(alert.occurrence.slot) if alert.occurrence else None
    if number is not None:
        return [Text("Try it again: nightclerk approve {draft}", {"draft": str(number)})]
    return [Text("Run it again: nightclerk run {routine}", {"routine": alert.routine})]


def _output(run: Run | None) -> tuple[str, ...]:
    return tuple(run.output.splitlines()[-MOST_LINES:]) if run else ()
