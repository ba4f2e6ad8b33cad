"""Today's tasks: the list that `nightclerk tasks` shows, as far as a day's capacity reaches.

A task that the morning's list showed as one for that day is remembered as a fact; left over, it shows on how many
mornings it was there. It stays in its box: nothing but a person moves it.
"""

from collections.abc import Sequence

from daemon.api import TASK_LISTED, Context, Listed, Task, Text, is_for_today, listed
from jobs.briefing.gather import Morning
from jobs.briefing.listing import listed as shortened
from jobs.briefing.rank import Item
from jobs.briefing.roles import Share

NAMES = {
    "today": Text("today"),
    "tomorrow": Text("tomorrow"),
    "next week": Text("next week"),
    "next month": Text("next month"),
    "other": Text("other"),
    "unsorted": Text("unsorted"),
}
"""The names of boxes as they come, for the reader's language; the owner's own names stay as they are."""
OFFERED = 3
"""How many tasks whose cause is gone are named; the others are counted."""


def tasks(morning: Morning, share: Share, items: Sequence[Item]) -> dict[str, object] | None:
    """Return today's tasks as a person of these roles sees them; None where there is none.

    - `rows`: the first `capacity` tasks in their order. Each has `rank` (int, the same that `nightclerk tasks` shows),
      `id` (str, what a person types), `title` (Text, or str in the words of who asked for it), `box` (Text or str),
      `until` (date, the last day its box reaches, or None), `due` (date or None), `late` (bool: due before today),
      `impact` (Decimal or None: not known, or not shown to these roles), `owner` (str, empty where one person works
      alone), `slipped` (int: on how many earlier mornings it was listed for that day, 0 for none), `offered` (bool:
      its cause is gone) and `above` (bool: "needs you" says it already).
    - `more`: how many more there are ("7 more"); `total`: all of them.
    - `offered`: what may be closed because its cause is gone, as `rows` (`id`, `title`), `more` and `total`.
    - `unsorted`: how many have no goal or no horizon.
    - `commands`: str each: `list`, `done` and `sort`; given on the machine `host` (str, may be empty).
    """
    found = [one for one in listed(morning.tasks, morning.matrix, morning.today) if _is_shown(one.task, share)]
    if not found:
        return None
    above = {item.seen.finding.key for item in items}
    offered = [one.task for one in found if one.task.offered]
    rows = [{**_row(one, morning, share), "above": one.task.source in above} for one in found]
    return {
        **shortened(rows, morning.matrix.capacity),
        "offered": shortened([{"id": task.id, "title": task.title} for task in offered], OFFERED),
        "unsorted": sum(one.box == "unsorted" for one in found),
        "commands": {
            "list": "nightclerk tasks",
            "done": "nightclerk tasks done ID",
            "sort": "nightclerk tasks move ID --goal GOAL --horizon HORIZON",
        },
        "host": morning.host,
    }


def _is_shown(task: Task, share: Share) -> bool:
    """Say whether a task is one for this reader: of no one else, and asked for by people or by their own findings."""
    others = task.owner and share.who and task.owner != share.who
    return not others and (not task.source or task.source.startswith(share.findings))


def _row(one: Listed, morning: Morning, share: Share) -> dict[str, object]:
    task = one.task
    return {
        "rank": one.rank,
        "id": task.id,
        "title": task.title,
        "box": NAMES.get(one.box, one.box),
        "until": one.until,
        "due": task.due,
        "late": task.due is not None and task.due < morning.today,
        "impact": task.impact if task.impact and share.has("numbers") else None,
        "owner": task.owner if morning.matrix.owners else "",
        "slipped": task.slipped,
        "offered": task.offered,
    }


def keep_listed(ctx: Context, morning: Morning) -> None:
    """Report which tasks this morning's list showed as ones for today, so that one left over can say so tomorrow."""
    first = listed(morning.tasks, morning.matrix, morning.today)[: morning.matrix.capacity]
    for one in first:
        if is_for_today(one.task, morning.matrix, morning.today):
            ctx.fact(TASK_LISTED, morning.today, 1, as_of=ctx.now, source="briefing", dimensions={"task": one.task.id})
