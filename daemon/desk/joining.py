"""What people can ask of several items of a line at once: to be merged, to be split, and either to be undone.

What can be merged and how something is split is the trade's to say: the plug-in is asked in a process of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from daemon import arranging
from daemon.companions import Company
from daemon.config.rights import Function
from daemon.desk import rights
from daemon.desk.lines import company_of, hand_of, line_of, made
from daemon.desk.order import Command, Order
from daemon.errors import NightclerkError, UsageError
from daemon.records import State, WorkItem
from daemon.workline import LONGEST_WORDS, Data, WorkLine, number_of

MOST_MERGED = 20
"""Items that one command joins; more of them are a mistake."""
PATIENCE = 20.0
"""Seconds a plug-in may take for its answer."""
Told = dict[str, Any]


async def merge(order: Order) -> Told:
    """Join items; one that is joined already brings along all that it is joined with."""
    line = line_of(order)
    items = await _companies(order, line, order.args["items"])
    _require(order, "merge", items)
    arranging.may_join(line, items, hand_of(order))
    (told,) = await _asked(order, line, {"what": "joins", "items": items})
    after = await made(order, line, items, arranging.join(line, items, hand_of(order), told))
    numbers = [number_of(one) for one in items]
    await _log(order, line, "merge", " ".join(one.id for one in items))
    said = f"{line.name} {', '.join(numbers)} are merged and {after[items[0].id]}{_besides(told)}"
    return {"said": said, "numbers": numbers, "state": after[items[0].id], "together": told}


async def _companies(order: Order, line: WorkLine, numbers: Sequence[object]) -> list[WorkItem]:
    if len(numbers) > MOST_MERGED:
        raise UsageError(f"at most {MOST_MERGED} {line.name} are merged at once")
    found: dict[str, WorkItem] = {}
    for number in numbers:
        company = await company_of(order, line, number)
        found |= {one.id: one for one in company.joined}
    if len(found) > MOST_MERGED:
        raise NightclerkError(f"together with what they travel with these are {len(found)}: at most {MOST_MERGED}")
    return list(found.values())


async def split(order: Order) -> Told:
    """Split an item as asked, into items of their own."""
    line = line_of(order)
    company = await company_of(order, line, order.args["item"])
    item = company.item
    _require(order, "split", [item])
    arranging.may_part(line, company, hand_of(order))
    parts = await _asked(order, line, {"what": "parts", "items": [item], "by": order.args["by"]})
    steps = arranging.part(line, item, parts, hand_of(order))
    after = await made(order, line, [item], steps)
    await _log(order, line, "split", item.id)
    rows = [{"number": str(step.data["number"]), "state": step.after} for step in steps[1:]]
    told = ", ".join(f"{row['number']} is {row['state']}" for row in rows)
    said = f"{line.what} {number_of(item)} is {after[item.id]}: {told}"
    return {"said": said, "number": number_of(item), "state": after[item.id], "parts": rows}


async def unmerge(order: Order) -> Told:
    """Undo a merge or a split."""
    line = line_of(order)
    company = await company_of(order, line, order.args["item"])
    item = company.whole or company.item
    _require(order, "split" if company.parts else "merge", company.everybody)
    after = await made(order, line, company.everybody, arranging.undo(line, company, hand_of(order)))
    await _log(order, line, "unmerge", " ".join(sorted(after)))
    return {**_undone(line, company, item), "state": after[item.id]}


def _undone(line: WorkLine, company: Company, item: WorkItem) -> Told:
    numbers = [number_of(one) for one in company.joined]
    if company.parts:
        return {"said": f"{line.what} {number_of(item)} is whole again", "numbers": [number_of(item)]}
    return {"said": f"{line.name} {', '.join(numbers)} go each by itself", "numbers": numbers}


def _require(order: Order, function: Function, items: Sequence[WorkItem]) -> None:
    rights.require(order, function, own=all(one.owner == order.actor.name for one in items))


async def _asked(order: Order, line: WorkLine, question: Data) -> Sequence[Data]:
    """Return what the line's plug-in says; raise NightclerkError with its sentence where it refuses."""
    from daemon.desk.doctor.probing import probe, question_for  # noqa: PLC0415 - memory an idle daemon does without

    shift = order.shift
    asked = question_for(shift.setup, line.name, question, shift.clock.now())
    answer = await probe(shift.engine.children, asked, PATIENCE)
    if answer.state is State.FAILED:
        raise NightclerkError(answer.reason)
    return answer.told


def _besides(told: Data) -> str:
    return "".join(f"; {name} {value}" for name, value in told.items())


async def _log(order: Order, line: WorkLine, function: str, detail: str) -> None:
    await order.log(f"{line.name} {function}", detail[:LONGEST_WORDS])


COMMANDS: Mapping[str, Command] = {
    "line_merge": Command(merge, function="merge"),
    "line_split": Command(split, function="split"),
    "line_unmerge": Command(unmerge, function="merge"),
}
