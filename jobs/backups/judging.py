"""What the list of copies alone says of a place: is there one, is it young enough, filled, and were none taken away."""

from datetime import datetime, timedelta

from daemon.api import Finding, Goal, Text, Urgency, Value
from jobs.backups.look import Look, known_as
from jobs.backups.marks import Mark, Row
from jobs.backups.memory import still_known
from jobs.kinds.backup import Check, Copy, Inventory, Verdict

UNREAD = Text("the place could not be read")
NO_COPY = Text("there is no copy to judge")


def unreachable(look: Look, error: str) -> Row:
    """Return the row of a place that could not be looked at."""
    finding = look.finding(
        "unreadable", Urgency.LOSES_MONEY, "Nobody knows whether {connection} holds a backup: it could not be read",
        {"error": error}, "See to it that it can be read: {error}",
    )  # fmt: skip
    return Row(Check.REACHABLE, Mark.FAIL, look.now, Text("{error}", {"error": error}), findings=(finding,))


def reachable(look: Look, inventory: Inventory) -> Row:
    """Return the row of a place that was looked at; a part that can't be read may hold what is newer."""
    if not inventory.unreadable:
        return Row(Check.REACHABLE, Mark.OK, look.now)
    finding = look.finding(
        "partly-unreadable", Urgency.LOSES_MONEY, "A part of {connection} could not be read",
        {"name": inventory.unreadable[0], "n": len(inventory.unreadable)},
        "Let the service read {name}; what is newer in there is not known",
    )  # fmt: skip
    return Row(Check.REACHABLE, Mark.UNKNOWN, look.now, finding.title, findings=(finding,))


def fresh(look: Look, inventory: Inventory) -> Row:
    """Return the row of the newest copy's age, counted in UTC; what is from the future has none."""
    past = look.past_copies(inventory)
    newest = _aged(look, past[0]) if past else _none(look)
    found = [one for one in (_future(look, inventory), newest) if one is not None]
    if not found:
        return Row(Check.FRESH, Mark.OK, look.now, Text("{age} old", {"age": look.now - past[0].moment}))
    only_aging = len(found) == 1 and found[0].key.endswith("/aging")
    return Row(Check.FRESH, Mark.WARN if only_aging else Mark.FAIL, look.now, found[-1].title, findings=tuple(found))


def _future(look: Look, inventory: Inventory) -> Finding | None:
    future = [copy for copy in inventory.copies if not look.believable(copy)]
    if not future:
        return None
    return look.finding(
        "future", Urgency.STAYS_BROKEN, "A copy in {connection} is from the future",
        {"copy": future[0].name, "at": future[0].moment},
        "Look at the clock of the machine that wrote {copy}; it says {at}, so its age is not known",
    )  # fmt: skip


def _none(look: Look) -> Finding:
    return look.finding(
        "none", Urgency.LOSES_MONEY, "No usable copy was found in {connection}", {},
        "Run the backup now, and look whether the path of the connection names the right files",
    )  # fmt: skip


def _aged(look: Look, newest: Copy) -> Finding | None:
    """Return what is to be said of the newest copy's age, if anything."""
    age, limit = look.now - newest.moment, look.options.max_age
    every: dict[str, Value] = {"connection": look.name, "copy": newest.name, "age": age, "limit": limit}
    if age > limit:
        return _told_of_age(look, "old", Urgency.LOSES_MONEY, every, newest.moment + limit)
    if age >= look.options.warns:
        return _told_of_age(look, "aging", Urgency.STAYS_BROKEN, every, newest.moment + look.options.warns)
    return None


def _told_of_age(look: Look, what: str, urgency: Urgency, every: dict[str, Value], since: datetime) -> Finding:
    return Finding(
        f"backups/{look.name}/{what}",
        urgency,
        Text("The newest copy in {connection} is {age} old", every),
        Text("It is {copy}; {limit} is the limit", every),
        Text("Run the backup now and look why it did not run"),
        since=since,
        goal=Goal.OTHER,
    )


def filled(look: Look, newest: Copy, verdict: Verdict) -> Row:
    """Return whether the newest copy has anything in it; a size that nobody tells is not known, never 0."""
    finding = _empty(look, newest) or _small(look, newest)
    if finding is not None:
        return Row(Check.FILLED, Mark.FAIL, look.now, finding.title, findings=(finding,))
    seen = newest.size or newest.files or verdict.held or verdict.read
    if not seen or (newest.size is None and look.options.min_size is not None):
        return Row(Check.FILLED, Mark.UNKNOWN, look.now, Text("nobody tells how large the newest copy is"))
    return Row(Check.FILLED, Mark.OK, look.now)


def _empty(look: Look, newest: Copy) -> Finding | None:
    if newest.size == 0 or newest.files == 0:
        return look.finding(
            "empty", Urgency.LOSES_MONEY, "The newest copy in {connection} is empty", {"copy": newest.name},
            "Run the backup again and look at its output: {copy} has no content",
        )  # fmt: skip
    return None


def _small(look: Look, newest: Copy) -> Finding | None:
    least = look.options.min_size
    if newest.size is None or least is None or newest.size >= least:
        return None
    return look.finding(
        "small", Urgency.LOSES_MONEY, "The newest copy in {connection} has only {size} bytes",
        {"size": newest.size, "least": least, "copy": newest.name},
        "Look what is missing in {copy}: min_size wants {least} bytes",
    )  # fmt: skip


def kept(look: Look, inventory: Inventory) -> Row:
    """Return whether there are copies enough and old enough, and whether all that should still be there are."""
    found = [one for one in (_few(look, inventory), _short(look, inventory)) if one is not None]
    gone = vanished(look, inventory)
    if gone and not inventory.unreadable:
        found.insert(0, _vanished(look, gone))
    if found:
        return Row(Check.KEPT, Mark.FAIL, look.now, found[0].title, findings=tuple(found))
    if gone:
        return Row(Check.KEPT, Mark.UNKNOWN, look.now, Text("a part that could not be read may hold what is missing"))
    return Row(Check.KEPT, Mark.OK, look.now, Text("1 copy", {"n": len(inventory.copies)}, "{n} copies"))


def vanished(look: Look, inventory: Inventory) -> dict[str, datetime]:
    """Return the copies, with their times, that were seen once, should still be kept, and are gone."""
    here = {known_as(copy) for copy in inventory.copies}
    return {name: moment for name, moment in remembered(look, inventory).items() if name not in here}


def remembered(look: Look, inventory: Inventory) -> dict[str, datetime]:
    """Return the copies that should be there, by what the owner declares to be kept, gone ones among them."""
    present = [(known_as(copy), copy.moment) for copy in look.past_copies(inventory)]
    return still_known(look.memory.known, present, look.options.keeps, look.options.stay, look.now)


def _vanished(look: Look, gone: dict[str, datetime]) -> Finding:
    name, moment = max(gone.items(), key=lambda pair: pair[1])
    return look.finding(
        "vanished", Urgency.LOSES_MONEY, "A copy in {connection} has vanished before its time",
        {"copy": name, "at": moment, "n": len(gone)},
        "Find out who removed {copy} of {at}; if it was meant to go: nightclerk backups accept {connection}",
        "{n} copies in {connection} have vanished before their time",
    )  # fmt: skip


def _few(look: Look, inventory: Inventory) -> Finding | None:
    if len(inventory.copies) >= look.options.min_copies:
        return None
    return look.finding(
        "few", Urgency.STAYS_BROKEN, "{connection} holds {n} of at least {wanted} copies",
        {"n": len(inventory.copies), "wanted": look.options.min_copies},
        "Look what removes old copies, or lower min_copies",
    )  # fmt: skip


def _short(look: Look, inventory: Inventory) -> Finding | None:
    """Return that the copies do not reach back as far as they should."""
    wanted, past = look.options.keep_span, look.past_copies(inventory)
    reach = look.now - past[-1].moment if past else timedelta(0)
    if wanted is None or reach >= wanted:
        return None
    return look.finding(
        "span", Urgency.STAYS_BROKEN, "The copies in {connection} reach back {reach} only",
        {"reach": reach, "wanted": wanted}, "Look what removes old copies: keep_span wants one that is {wanted} old",
    )  # fmt: skip
