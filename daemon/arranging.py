"""Joining items of one line, splitting one, undoing either; copies and the codes of papers: what may be, steps. Pure.

What makes a merge or a split right is the trade's to say (`WorkLine.joins`, `WorkLine.parts`); here is what holds of
any line: nobody has begun with them, nothing else holds them, and no item is joined and split at once.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from daemon import workline
from daemon.companions import Company, alone, along, base, for_itself, ids, numbers, take_back
from daemon.errors import NightclerkError
from daemon.model import Transition
from daemon.records import WorkItem
from daemon.workline import Data, Hand, WorkLine, named, noted, number_of, reasons_of

COPY = "/copy-"
"""Stands in the id of a copy, between what it is a copy of and its number."""
SEAL = 4
"""Hexadecimal digits behind the dot of a code: enough to tell a paper from the one that replaced it."""
_SEAL = re.compile(f"[0-9a-fA-F]{{{SEAL}}}")
_FARED = frozenset({"history", "left", "cleared", "reasons", "words", "from", "was"})
"""Keys that say how one item fared on any line."""


def original(name: str) -> str:
    """Return the id, or number, of what an item is a copy of; its own where it is none."""
    return name.partition(COPY)[0]


def sealed(number: str, mark: str) -> str:
    """Return the code that a paper bears of an item: its number and the first digits of what tells its states apart."""
    return f"{number}.{mark[:SEAL]}"


def coded(line: WorkLine, typed: str) -> tuple[str, str]:
    """Return the number and the seal in a code; an empty seal where what was typed is none."""
    number, _, seal = typed.rpartition(".")
    return (number, seal.lower()) if line.seal and number and _SEAL.fullmatch(seal) else (typed, "")


def paper_of(line: WorkLine, item: WorkItem, seal: str) -> WorkItem:
    """Return the item that a paper with this seal shows; raise NightclerkError where it shows how it was once."""
    if not str(item.data.get(line.seal, "")).startswith(seal):
        raise NightclerkError(
            f"this paper is out of date: {named(line, item)} was changed after it was printed; put it away, "
            f"`nightclerk {line.name} show {number_of(item)}` says what holds now"
        )
    return item


def again(line: WorkLine, item: WorkItem, number: int, why: str, hand: Hand) -> list[Transition]:
    """Return the steps by which a person has an item once more, as copy `number`, with their reason under `copy`.

    One of which nobody can say how it ended is given up with it: the copy is in its place.
    """
    if item.state not in line.copied:
        raise NightclerkError(f"{named(line, item)} is {item.state}: a copy of it would be one too many")
    kept = {name: value for name, value in item.data.items() if name not in {*_FARED, *line.fared}}
    known = {**kept, "number": f"{original(number_of(item))}{COPY}{number}", "copy": why}
    data = {**known, "history": noted({}, hand.now, line.free, hand.who)}
    copy = Transition(line.kind, f"{original(item.id)}{COPY}{number}", "", line.free, data, along=item.id)
    if item.state in line.done:
        return [replace(copy, along="")]
    return [replace(drop(line, item, hand), along=item.id), copy]


def drop(line: WorkLine, item: WorkItem, hand: Hand) -> Transition:
    """Return the step by which a person gives an item up; raise NightclerkError where there is nothing to give up."""
    if not line.dropped or line.dropped not in line.follows.get(item.state, ()):
        raise NightclerkError(f"{named(line, item)} is {item.state}: it can't be dropped")
    return line.step(item, line.dropped, workline.unheld(item.data), hand)


def may_join(line: WorkLine, items: Sequence[WorkItem], hand: Hand) -> None:
    """Raise NightclerkError where items can't be joined, whatever they are; `items` are whole companies."""
    first = items[0]
    if len(items) == 1:
        raise NightclerkError(f"{named(line, first)} alone is nothing to merge: name another one too")
    if ids(first, "joined") and set(ids(first, "joined")) == {one.id for one in items}:
        raise NightclerkError(workline.already(line, first, workline.MERGE, hand))
    for one in items:
        if one.state == line.split or one.data.get("part_of"):
            raise NightclerkError(f"{named(line, one)} is split: {_undo(line, one)} takes it back, then merge it")
        _begun(line, one, "merged", line.answers)


def join(line: WorkLine, items: Sequence[WorkItem], hand: Hand, told: Data) -> list[Transition]:
    """Return the steps by which items become one: they stand in one place, belong to one person and move together."""
    ordered = sorted(items, key=lambda one: (len(number_of(one)), number_of(one)))
    mark = {"joined": [one.id for one in ordered], "told": dict(told)}
    after = min((base(line, one) for one in items), key=list(line.follows).index)
    first = next((one for one in ordered if one.owner), ordered[0])
    steps = [line.step(one, after, {**workline.unheld(one.data), **mark}, hand, workline.MERGE) for one in ordered]
    owned = [replace(step, owner=first.owner, lease_until=first.lease_until) for step in steps]
    return [replace(step, along=ordered[0].id) for step in owned]


def may_part(line: WorkLine, company: Company, hand: Hand) -> None:
    """Raise NightclerkError where an item can't be split, whatever its parts would be."""
    item = company.item
    if item.state == line.split:
        raise NightclerkError(f"{workline.already(line, item, workline.SPLIT, hand)}: {numbers(company.parts)}")
    if company.whole is not None:
        raise NightclerkError(f"{named(line, item)} is a part: {_undo(line, item)} takes that back, then split it anew")
    if company.mates:
        raise NightclerkError(f"{named(line, item)} travels with {numbers(company.mates)}: {_undo(line, item)} first")
    _begun(line, item, "split", frozenset(line.reasons) - line.settles.keys())


def part(line: WorkLine, item: WorkItem, parts: Sequence[Data], hand: Hand) -> list[Transition]:
    """Return the steps by which an item is split and its parts come upon the line, held where they have reasons."""
    known: Any = item.data.get("numbered", 0)
    names = [f"{item.id}/{number}" for number in range(known + 1, known + len(parts) + 1)]
    whole = {name: item.data[name] for name in ("reasons", "from", "words") if name in item.data}
    data = {
        **workline.unheld(item.data), "parts": names, "numbered": known + len(parts),
        "whole": {**whole, "state": item.state},
    }  # fmt: skip
    steps = [replace(line.step(item, line.split, data, hand, workline.SPLIT), owner="")]
    for name, one in zip(names, parts, strict=True):
        after = line.held if one.get("reasons") else base(line, item)
        mine = {**one, "number": f"{number_of(item)}/{name.rpartition('/')[2]}", "part_of": item.id}
        mine |= {"from": base(line, item)} if after == line.held else {}
        mine["history"] = workline.noted({}, hand.now, after, hand.who, workline.SPLIT)
        steps.append(
            Transition(line.kind, name, "", after, mine, owner=item.owner, lease_until=item.lease_until)
        )  # fmt: skip
    return [replace(step, along=item.id) for step in steps]


def undo(line: WorkLine, company: Company, hand: Hand) -> list[Transition]:
    """Return the steps that undo a merge or a split while nobody has begun with any of them."""
    item = company.item
    if company.parts:
        for one in company.parts:
            _begun(line, one, "taken apart", frozenset(line.reasons))
        return take_back(line, company, hand, workline.UNMERGE)
    if not ids(item, "joined"):
        if workline.last_deed(item) == workline.UNMERGE:
            raise NightclerkError(workline.already(line, item, workline.UNMERGE, hand))
        raise NightclerkError(f"{named(line, item)} is neither merged nor split: there is nothing to undo")
    for one in company.joined:
        _begun(line, one, "taken apart", frozenset(line.reasons))
    return along(company, [_separate(line, one, hand) for one in company.joined])


def _separate(line: WorkLine, item: WorkItem, hand: Hand) -> Transition:
    """Return the step that takes one out of what was joined; nobody is asked again whether they should be joined."""
    mine = for_itself(line, item)
    left = reasons_of(mine)
    data = mine.data if left else workline.unheld(mine.data)
    cleared = sorted({*ids(item, "cleared"), *line.answers})
    after = line.held if left else base(line, item)
    return alone(line.step(item, after, {**data, "cleared": cleared}, hand, workline.UNMERGE))


def _begun(line: WorkLine, item: WorkItem, what: str, lifted: frozenset[str]) -> None:
    """Raise NightclerkError where somebody has begun with an item, or where it is held for more than what is lifted."""
    began = str(item.data.get("from") or line.free) if item.state == line.held else item.state
    if began not in line.loose and not (item.state == line.held and began in _before(line)):
        raise NightclerkError(f"{named(line, item)} is {began}: it can't be {what} any more")
    if left := [reason for reason in reasons_of(item) if reason not in lifted]:
        show = f"`nightclerk {line.name} show {number_of(item)}`"
        raise NightclerkError(f"{named(line, item)} is held ({', '.join(left)}): settle that first, see {show}")


def _before(line: WorkLine) -> Iterable[str]:
    """Return the states that come before every loose one."""
    states = list(line.follows)
    return states[: min((states.index(state) for state in line.loose), default=0)]


def _undo(line: WorkLine, item: WorkItem) -> str:
    return f"`nightclerk {line.name} unmerge {number_of(item)}`"
