"""What needs a person, in the order of its harm: class, then the box of its task, due date, stake, age and key.

It is the order of `daemon.api.rank`, which also puts the tasks in order, so that "what first?" has one answer.
The order is the same for the same things in any order; findings of one cause are one thing with "and N more".
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from daemon.api import Draft, Finding, Goal, Horizon, SeenFinding, Text, Urgency, rank, task_of
from jobs.briefing.gather import Morning

SHOWN = 5
OLD_MORNINGS = 3
FRESH = timedelta(days=1)
"""What was seen within it needs no word about when."""

WORDS = {
    Urgency.LOSES_MONEY: Text("urgent"),
    Urgency.DUE_TODAY: Text("due today"),
    Urgency.STAYS_BROKEN: Text("will not repair itself"),
    Urgency.NEEDS_APPROVAL: Text("waits for you"),
}


@dataclass(frozen=True)
class Item:
    """One thing that needs a person: a finding, and how many others have the same cause."""

    seen: SeenFinding
    more: int = 0


def ranked(seen: Iterable[SeenFinding], morning: Morning) -> list[Item]:
    """Return the things that need a person, worst first; one key and one cause appear once."""
    ordered = sorted(seen, key=lambda one: _rank(one, morning))
    items: dict[str, Item] = {}
    keys: set[str] = set()
    for one in ordered:
        if one.finding.key in keys:
            continue
        keys.add(one.finding.key)
        cause = f"group {one.finding.group}" if one.finding.group else f"key {one.finding.key}"
        known = items.get(cause)
        items[cause] = replace(known, more=known.more + 1) if known else Item(one)
    return list(items.values())


def _rank(seen: SeenFinding, morning: Morning) -> tuple[object, ...]:
    task = task_of(seen.finding, seen.since, ZoneInfo(morning.shop.timezone))
    return (rank(task, morning.matrix, morning.today), seen.routine, seen.run)


def shown(item: Item, now: datetime) -> dict[str, object]:
    """Return the item's values for a template; `due` only where it lies ahead, `found` only where it is a day old."""
    seen, finding = item.seen, item.seen.finding
    return {
        "title": finding.title,
        "detail": finding.detail,
        "next_step": finding.next_step,
        "since": seen.since,
        "due": finding.due if finding.due and finding.due >= now else None,
        "link": safe_link(finding.link),
        "host": urlsplit(safe_link(finding.link)).hostname or "",
        "urgency": finding.urgency.value,
        "word": WORDS[finding.urgency],
        "mornings": seen.mornings if seen.mornings >= OLD_MORNINGS else None,
        "found": seen.found if seen.found < now - FRESH else None,
        "more": item.more,
    }


def safe_link(link: str) -> str:
    """Return a link that may stand in a mail: https, without a login, on one printable line; else nothing."""
    try:
        parts = urlsplit(link)
        good = parts.scheme == "https" and parts.hostname and not parts.username and not parts.password
    except ValueError:
        return ""
    return link if good and link.isprintable() and " " not in link else ""


def approval(waiting: tuple[Draft, ...], routine: str, now: datetime) -> list[SeenFinding]:
    """Return the drafts that wait as one thing that needs a person; nothing where none waits."""
    if not waiting:
        return []
    oldest = min(draft.created for draft in waiting)
    finding = Finding(
        key="briefing.drafts",
        urgency=Urgency.NEEDS_APPROVAL,
        title=Text("A draft waits for your approval", {"n": len(waiting)}, plural="{n} drafts wait for your approval"),
        detail=Text("Nothing leaves the house before you approve it."),
        next_step=Text("Read them with `nightclerk drafts`, then approve or reject each."),
        goal=Goal.ACQUISITION,
        horizon=Horizon.SHORT,
    )
    return [SeenFinding(routine, 0, now, oldest, 1, finding)]
