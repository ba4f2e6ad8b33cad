"""Whether a sheet still shows what is so: asked of the line that its order moves along, just before it is printed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from daemon.api import Context, WorkItem
from jobs.kinds.paper import PICK_LIST, Basis, sheet_of

_ASKED = 2000


class Verdict(StrEnum):
    """What is to be done with a sheet."""

    GO = "go"
    WAIT = "wait"
    """Somebody holds its order: it is printed when that goes on."""
    STALE = "stale"
    """Its order was changed, cancelled or sent."""


def standing(ctx: Context, item: WorkItem) -> Mapping[str, Verdict]:
    """Return for each work item that a sheet is about whether the sheet is right about it.

    A copy was asked for by somebody who knew where its order stands: it is printed unless that was changed.
    """
    basis = sheet_of(item).basis
    names = list(basis.marks)
    parts = (names[start : start + _ASKED] for start in range(0, len(names), _ASKED))
    items = {item.id: item for part in parts for item in ctx.night.work_items(basis.kind, [], part)}
    judged = _of_copy if item.data.get("copy") else _of
    return {name: judged(items.get(name), mark, basis) for name, mark in basis.marks.items()}


def _of(item: WorkItem | None, mark: str, basis: Basis) -> Verdict:
    if item is None or item.data.get("mark") != mark:
        return Verdict.STALE
    if item.state in basis.good:
        return Verdict.GO
    return Verdict.WAIT if item.state in basis.waits else Verdict.STALE


def _of_copy(item: WorkItem | None, mark: str, _basis: Basis) -> Verdict:
    return Verdict.GO if item is not None and item.data.get("mark") == mark else Verdict.STALE


def judge(ctx: Context, item: WorkItem) -> tuple[Verdict, dict[str, Any]]:
    """Return what is to be done with a sheet, and what stands on it now.

    A list of a whole wave leaves out the places whose orders can't go; only where none is left it is not printed.
    """
    sheet = sheet_of(item)
    told = standing(ctx, item)
    if sheet.document != PICK_LIST:
        worst = [one for one in (Verdict.STALE, Verdict.WAIT) if one in told.values()]
        return (worst[0] if worst else Verdict.GO), dict(sheet.values)
    source = item.id.partition("/")[0]
    numbers: list[list[str]] = sheet.values["numbers"]
    going = {
        place
        for place, orders in enumerate(numbers, 1)
        if all(told[f"{source}/{number}"] is Verdict.GO for number in orders)
    }
    if not going:
        return (Verdict.WAIT if Verdict.WAIT in told.values() else Verdict.STALE), dict(sheet.values)
    return Verdict.GO, _left(sheet.values, numbers, going)


def _left(values: Mapping[str, Any], numbers: list[list[str]], going: set[int]) -> dict[str, Any]:
    """Return a pick list of these places only; each row says how many pieces there are and for which places."""
    rows = [row for row in (_row_left(one, going) for one in values["rows"]) if row["places"]]
    orders = sum(len(mine) for place, mine in enumerate(numbers, 1) if place in going)
    left = {name: value for name, value in values.items() if name != "numbers"}
    return {**left, "rows": rows, "orders": orders}


def _row_left(row: Mapping[str, Any], going: set[int]) -> dict[str, Any]:
    """Return a row of a pick list as it is for these places, which may be none of its own."""
    pieces = [(place, count) for place, count in row["pieces"] if place in going]
    told = {name: value for name, value in row.items() if name != "pieces"}
    return {**told, "quantity": sum(count for _, count in pieces), "places": [place for place, _ in pieces]}
