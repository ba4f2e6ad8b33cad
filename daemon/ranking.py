"""What comes first: the one order of everything that needs a person, as a pure function.

A thing is ranked by its class (A to D while a finding stands and nobody has moved its task; what people ask for has
none), then by its box in the priority matrix, due date, impact (larger first), age (older first) and id. No date is
kept for a box: where the configuration moves a box, every task moves with it.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from zoneinfo import ZoneInfo

from daemon.model import Finding, Goal, Horizon, Matrix
from daemon.records import Listed, Task, TaskState

Cell = tuple[Goal | None, Horizon | None]
"""What a box holds: tasks of one goal and one horizon."""
LEAD_TIME = timedelta(days=7)
"""Of a statutory date whose kind the configuration no longer names: it must not be forgotten for that."""
OTHER = "other"
UNSORTED = "unsorted"
_NO_CLASS = "Z"
_SHORT: tuple[Cell, ...] = ((Goal.CONVERSION, Horizon.SHORT), (Goal.ACQUISITION, Horizon.SHORT))
_GROWING: tuple[Cell, ...] = ((Goal.ACQUISITION, Horizon.LONG), (Goal.CONVERSION, Horizon.LONG))


class Lane(IntEnum):
    """Where a task stands by its goal and horizon, first things first."""

    STATUTORY = 0
    FIRST = 1
    SECOND = 2
    THIRD = 3
    FOURTH = 4
    OTHER = 5
    UNSORTED = 6


def cells(matrix: Matrix) -> tuple[Cell, ...]:
    """Return what the four boxes hold, in order; without growth selling more comes before finding customers."""
    return (*_SHORT, *(_GROWING if matrix.growth else _GROWING[::-1]))


def lane(task: Task, matrix: Matrix, today: date) -> Lane:
    """Return the lane of a task; `other` stands above the boxes while a statutory date is inside its lead time."""
    if task.goal is Goal.OTHER:
        return Lane.STATUTORY if _presses(task, matrix, today) else Lane.OTHER
    places = cells(matrix)
    cell = (task.goal, task.horizon)
    return Lane(Lane.FIRST + places.index(cell)) if cell in places else Lane.UNSORTED


def _presses(task: Task, matrix: Matrix, today: date) -> bool:
    if task.due is None or not task.statutory:
        return False
    return today >= task.due - matrix.lead_times.get(task.statutory, LEAD_TIME)


def rank(task: Task, matrix: Matrix, today: date) -> tuple[str, Lane, date, Decimal, datetime, int, str]:
    """Return what a task is sorted by: class, box, due, impact, age, id (as a number where it is one)."""
    return (
        task.urgency.value if task.urgency else _NO_CLASS,
        lane(task, matrix, today),
        task.due or date.max,
        -task.impact,
        task.created,
        len(task.id),
        task.id,
    )


def box_name(place: Lane, matrix: Matrix) -> str:
    """Return what a lane is called: the box's configured name, or the name of the lane beside the boxes."""
    if Lane.FIRST <= place <= Lane.FOURTH:
        return matrix.boxes[place - Lane.FIRST].name
    return UNSORTED if place is Lane.UNSORTED else OTHER


def box_end(place: Lane, matrix: Matrix, today: date) -> date | None:
    """Return the last local day that a box reaches, counted from today; None for the lanes beside the boxes."""
    if not Lane.FIRST <= place <= Lane.FOURTH:
        return None
    return today + sum((box.length for box in matrix.boxes[:place]), timedelta()) - timedelta(days=1)


def listed(tasks: Iterable[Task], matrix: Matrix, today: date) -> list[Listed]:
    """Return the open tasks in the order in which they are to be done, each with its rank and its box."""
    ordered = sorted(
        (task for task in tasks if task.state is TaskState.OPEN), key=lambda task: rank(task, matrix, today)
    )
    places = [lane(task, matrix, today) for task in ordered]
    return [
        Listed(task, number, box_name(place, matrix), box_end(place, matrix, today))
        for number, (task, place) in enumerate(zip(ordered, places, strict=True), start=1)
    ]


def is_for_today(task: Task, matrix: Matrix, today: date) -> bool:
    """Say whether a task is one for today: of the first box, or above the boxes."""
    return lane(task, matrix, today) <= Lane.FIRST


def task_of(finding: Finding, since: datetime, zone: ZoneInfo) -> Task:
    """Return what a finding is as a task, so that both are ranked by one function; `since` is its age."""
    return Task(
        id=finding.key,
        title=finding.title,
        created=since,
        goal=finding.goal,
        horizon=finding.horizon,
        due=finding.due.astimezone(zone).date() if finding.due else None,
        impact=finding.stake,
        urgency=finding.urgency,
        source=finding.key,
    )
