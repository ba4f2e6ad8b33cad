"""What people can ask about tasks: what first, a new one, one done, one moved, how much was done."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from daemon.config.wording import suggest
from daemon.desk.order import Command, Order
from daemon.desk.people import READERS, WORKERS
from daemon.errors import NightclerkError, UsageError
from daemon.model import Goal, Horizon, Matrix
from daemon.ranking import OTHER, UNSORTED, box_name, cells, lane, listed
from daemon.records import Listed, Task, TaskState

WEEKS = 13
"""How far back `stats` counts: a quarter of a year, the week that goes on included."""
LONGEST_TITLE = 200
_FIELDS: Mapping[str, type] = {
    "goal": Goal, "horizon": Horizon, "due": date, "impact": Decimal, "owner": str, "statutory": str,
}  # fmt: skip


def _matrix(order: Order) -> Matrix:
    return order.shift.setup.matrix


def _today(order: Order) -> date:
    return order.shift.clock.now().astimezone(order.shift.setup.shop_zone).date()


async def _listing(order: Order) -> list[Listed]:
    tasks = await order.ledger(order.shift.engine.ledger.tasks.open, order.shift.clock.now())
    return listed(tasks, _matrix(order), _today(order))


async def tasks(order: Order) -> dict[str, Any]:
    """List the open tasks in the order in which they are to be done, with `all` those that are done as well."""
    done = await order.ledger(order.shift.engine.ledger.tasks.closed) if order.args.get("all") else []
    return {"listed": await _listing(order), "done": done, "owners": _matrix(order).owners}


async def add_task(order: Order) -> dict[str, Any]:
    """Add a task and say where it stands."""
    title = " ".join(str(order.args["title"]).split())
    if not title or len(title) > LONGEST_TITLE:
        raise UsageError(f"a task needs a title of 1 to {LONGEST_TITLE} characters")
    chosen = _chosen(order)
    now = order.shift.clock.now()
    number = await order.ledger(order.shift.engine.ledger.tasks.add, title, chosen, order.actor.name, now)
    await order.log("tasks add", f"{number} {title}")
    return await _place(order, number)


async def move_task(order: Order) -> dict[str, Any]:
    """Put a task into another box, give it another date or owner or take that back, and say where it stands then."""
    task, chosen = await _open_task(order), _chosen(order)
    cleared = _cleared(order, chosen)
    if not chosen and not cleared:
        raise UsageError("what is to change? `nightclerk tasks move --help` names what can be set")
    await order.ledger(order.shift.engine.ledger.tasks.change, task.id, chosen, cleared)
    changes = [f"{name} {value}" for name, value in chosen.items()] + [f"{name} cleared" for name in cleared]
    await order.log("tasks move", f"{task.id} {', '.join(changes)}")
    return await _place(order, task.id)


async def finish_task(order: Order) -> dict[str, Any]:
    """Mark a task as done and return it as it is then."""
    task = await _open_task(order)
    ledger, now = order.shift.engine.ledger, order.shift.clock.now()
    if not await order.ledger(ledger.tasks.close, task.id, now):
        raise NightclerkError(f"task {task.id} is done already")
    await order.log("tasks done", task.id)
    return {"task": await order.ledger(ledger.tasks.get, task.id, now), "owners": _matrix(order).owners}


async def task_stats(order: Order) -> dict[str, Any]:
    """Count what was done in each box in each of the last weeks (Monday to Sunday, local days), oldest week first."""
    today, matrix = _today(order), _matrix(order)
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    start = datetime.combine(weeks[0], datetime.min.time(), order.shift.setup.shop_zone)
    done = await order.ledger(order.shift.engine.ledger.tasks.closed, start)
    counts = Counter((_counted_in(task, matrix, today), _week(task, order)) for task in done)
    boxes = [{"box": name, **fields} for name, fields in _boxes(matrix)]
    return {"weeks": weeks, "boxes": [{**box, "done": [counts[box["box"], week] for week in weeks]} for box in boxes]}


def _boxes(matrix: Matrix) -> list[tuple[str, dict[str, Any]]]:
    """Return the name of every box and lane with its goal and horizon."""
    places = zip(matrix.boxes, cells(matrix), strict=True)
    named = [(box.name, {"goal": goal, "horizon": horizon}) for box, (goal, horizon) in places]
    return [*named, (OTHER, {"goal": Goal.OTHER, "horizon": None}), (UNSORTED, {"goal": None, "horizon": None})]


def _counted_in(task: Task, matrix: Matrix, today: date) -> str:
    return box_name(lane(task, matrix, today), matrix)


def _week(task: Task, order: Order) -> date | None:
    if task.closed is None:
        return None
    day = task.closed.astimezone(order.shift.setup.shop_zone).date()
    return day - timedelta(days=day.weekday())


async def _place(order: Order, number: str) -> dict[str, Any]:
    """Return a task in its place, with the one before it and the one after it."""
    listing = await _listing(order)
    at = next(index for index, one in enumerate(listing) if one.task.id == number)
    return {
        "listed": listing[at],
        "before": listing[at - 1] if at else None,
        "after": listing[at + 1] if at + 1 < len(listing) else None,
        "owners": _matrix(order).owners,
    }


async def _open_task(order: Order) -> Task:
    """Return the task that the command names; raise where there is none of that number, or where it is done."""
    number = str(order.args["task"])
    ledger = order.shift.engine.ledger
    task: Task | None = await order.ledger(ledger.tasks.get, number, order.shift.clock.now())
    if task is None:
        raise UsageError(f"there is no task {number}: `nightclerk tasks` lists them")
    if task.state is TaskState.DONE:
        raise NightclerkError(f"task {number} is done already")
    return task


def _chosen(order: Order) -> dict[str, Any]:
    """Return the fields that the command sets; raise UsageError for an owner or a kind of date that nobody knows."""
    chosen = {name: order.args[name] for name in _FIELDS if order.args.get(name) is not None}
    misfit = next((name for name, value in chosen.items() if not isinstance(value, _FIELDS[name])), None)
    if misfit is not None:
        raise UsageError(f"the {misfit} of a task can't be {chosen[misfit]!r}")
    config = order.shift.setup.config
    _known(chosen, "owner", "there is nobody of this name under people:", config.people)
    _known(chosen, "statutory", "there is no such kind of date under tasks: lead_times:", config.tasks.lead_times)
    return chosen


def _cleared(order: Order, chosen: Mapping[str, Any]) -> list[str]:
    """Return the fields that the command clears; raise UsageError for one there is not, or that it sets as well."""
    names = [str(name) for name in order.args.get("clear") or ()]
    for name in names:
        if name not in _FIELDS:
            raise UsageError(suggest(f"a task has no {name} that can be cleared", name, sorted(_FIELDS)))
        if name in chosen:
            raise UsageError(f"the {name} of a task can't be set and cleared at once")
    return list(dict.fromkeys(names))


def _known(chosen: Mapping[str, Any], name: str, otherwise: str, words: Mapping[str, Any]) -> None:
    if name in chosen and chosen[name] not in words:
        raise UsageError(suggest(f"{otherwise} {chosen[name]}", str(chosen[name]), sorted(words)))


COMMANDS: Mapping[str, Command] = {
    "tasks": Command(tasks, READERS),
    "task_stats": Command(task_stats, READERS),
    "add_task": Command(add_task, WORKERS),
    "move_task": Command(move_task, WORKERS),
    "finish_task": Command(finish_task, WORKERS),
}
