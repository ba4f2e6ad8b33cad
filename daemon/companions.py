"""Several items of one line at once: joined ones that move together, and one that is split into parts. Pure.

An item's `data` holds `joined` (the ids of all that travel as one, its own among them; all of them say the same) and
`told` (what is to be known of them together), or, where it is split, `parts` (the ids of its parts), `numbered` (how
many parts it ever had, so that no number ever means two things) and `whole` (where it stood before); a part says
`part_of`.

The steps that are returned go along with each other: all are made, or none. So those that are joined never part by a
crash or by somebody who was quicker with one of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from daemon import workline
from daemon.errors import NightclerkError
from daemon.model import Transition
from daemon.records import WorkItem
from daemon.workline import Hand, WorkLine, named, number_of, reasons_of

Find = Callable[[Sequence[str]], Sequence[WorkItem]]
"""Returns the items of a line with these ids."""
_TOGETHER = frozenset({"joined", "told"})
_APART = frozenset({"parts", "whole"})


@dataclass(frozen=True)
class Company:
    """An item with the `mates` it is joined with, the `whole` it is a part of, and the `parts` of it or of that one."""

    item: WorkItem
    mates: tuple[WorkItem, ...] = ()
    whole: WorkItem | None = None
    parts: tuple[WorkItem, ...] = ()

    @property
    def joined(self) -> tuple[WorkItem, ...]:
        """The item itself and its mates."""
        return (self.item, *self.mates)

    @property
    def everybody(self) -> tuple[WorkItem, ...]:
        """All of them, each once."""
        known = (self.item, *self.mates, *([self.whole] if self.whole else []), *self.parts)
        return tuple({one.id: one for one in known}.values())


def ids(item: WorkItem, key: str) -> tuple[str, ...]:
    """Return the ids in an item's data under a key; none where there is no such key."""
    found: Any = item.data.get(key, ())
    return tuple(str(one) for one in found)


def company_of(find: Find, item: WorkItem) -> Company:
    """Return an item with all that a step of it may touch; a mate that was left behind is none any more."""
    above = str(item.data.get("part_of", ""))
    whole = next(iter(find([above])), None) if above else None
    listed = ids(whole or item, "parts")
    if whole is not None and item.id not in listed:
        whole, listed = None, ()
    return Company(item, _mates(find, item), whole, tuple(find(listed)) if listed else ())


def _mates(find: Find, item: WorkItem) -> tuple[WorkItem, ...]:
    """Return the others that an item is joined with and that say so too."""
    mine = ids(item, "joined")
    found = find([one for one in mine if one != item.id]) if mine else ()
    return tuple(one for one in found if ids(one, "joined") == mine)


def hold(line: WorkLine, company: Company, hand: Hand, why: str) -> list[Transition]:
    """Return the steps by which a person stops an item and all it is joined with."""
    _undivided(line, company)
    return along(company, [workline.hold(line, one, hand, why) for one in company.joined])


def release(line: WorkLine, company: Company, hand: Hand) -> list[Transition]:
    """Return the steps by which a person lets a held item go, and with it what was held for its sake."""
    _undivided(line, company)
    causes = [one for one in company.joined if set(reasons_of(one)) - {line.mate}]
    if not causes:
        return along(company, [workline.release(line, company.item, hand)])
    held = [one for one in company.joined if one.state == line.held]
    return along(company, [workline.release(line, for_itself(line, one), hand) for one in held])


def confirm(line: WorkLine, company: Company, hand: Hand, to: str) -> list[Transition]:
    """Return the steps that a person confirms.

    Who confirms that they saw what stopped joined items takes them apart, each to begin anew: what was joined is no
    more what a person joined. A part whose whole was changed ends with all other parts, and the whole begins anew.
    """
    _undivided(line, company)
    if company.whole is not None and company.item.state == line.held and _changed(line, company.item):
        return take_back(line, company, hand, workline.CONFIRM)
    held = [one for one in company.joined if one.state == line.held]
    if held:
        steps = [alone(workline.confirm(line, one, hand, to)) for one in held]
    else:
        steps = [workline.confirm(line, one, hand, to) for one in company.joined]
    return along(company, [*steps, *_followed(line, company, steps, hand)])


def leave(company: Company, steps: Sequence[Transition], left: Mapping[str, str]) -> list[Transition]:
    """Return the steps with what a person leaves with them, for the item they named and all it is joined with."""
    mine = {one.id for one in company.joined}

    def with_it(step: Transition) -> Transition:
        before: Any = step.data.get("left", {})
        return replace(step, data={**step.data, "left": {**before, **left}})

    return [with_it(step) if step.id in mine else step for step in steps]


def assign(line: WorkLine, company: Company, owner: str, until: datetime | None) -> list[Transition]:
    """Return the steps by which an item and all it is joined with become somebody's."""
    return along(company, [workline.assign(line, one, owner, until) for one in company.joined])


def take_back(line: WorkLine, company: Company, hand: Hand, deed: str) -> list[Transition]:
    """Return the steps by which the parts of an item end and it stands where it stood; confirmed, it begins anew.

    Raises NightclerkError where a part has gone already.
    """
    whole = company.whole or company.item
    for one in company.parts:
        if one.state in line.done:
            raise NightclerkError(
                f"{named(line, one)} is {one.state} already: settle the rest of {number_of(whole)} where it was ordered"
            )
    steps = [line.step(one, line.undone, workline.unheld(one.data), hand, deed) for one in company.parts]
    stood: Any = whole.data.get("whole", {})
    data = {name: value for name, value in whole.data.items() if name not in _APART}
    if deed == workline.CONFIRM:
        steps.append(line.step(whole, line.free, workline.unheld(data), hand, deed))
    else:
        held = {name: value for name, value in stood.items() if name != "state"}
        steps.append(line.step(whole, str(stood.get("state", line.free)), {**data, **held}, hand, deed))
    return along(company, steps)


def _undivided(line: WorkLine, company: Company) -> None:
    """Raise NightclerkError for a step of an item that is split: it goes as its parts go."""
    if company.item.state == line.split and line.split:
        raise NightclerkError(f"{named(line, company.item)} is split: name one of {numbers(company.parts)}")


def along(company: Company, steps: Sequence[Transition]) -> list[Transition]:
    """Return steps of a company that are made all or none."""
    name = min(one.id for one in company.everybody)
    return [replace(step, along=name) for step in steps] if len(steps) > 1 else list(steps)


def for_itself(line: WorkLine, item: WorkItem) -> WorkItem:
    """Return an item without the reason that another one gives it."""
    return replace(item, data={**item.data, "reasons": [one for one in reasons_of(item) if one != line.mate]})


def alone(step: Transition) -> Transition:
    """Return a step that leaves its item alone."""
    return replace(step, data={name: value for name, value in step.data.items() if name not in _TOGETHER})


def _changed(line: WorkLine, item: WorkItem) -> bool:
    """Return whether an item is held for what a confirmation lets begin anew."""
    return any(line.settles.get(reason, line.held) not in {*line.done, line.held} for reason in reasons_of(item))


def base(line: WorkLine, item: WorkItem) -> str:
    """Return the loose state that an item stands in, or was held in; that of whoever is let go where it was in none."""
    state = str(item.data.get("from", "")) if item.state == line.held else item.state
    return state if state in line.loose else line.free


def _followed(line: WorkLine, company: Company, steps: Sequence[Transition], hand: Hand) -> list[Transition]:
    """Return the step of a whole whose last part has ended: to the earliest end, in the order of the line."""
    after: Mapping[str, str] = {step.id: step.after for step in steps}
    ends = [after.get(one.id, one.state) for one in company.parts]
    whole = company.whole
    if whole is None or any(end not in line.done for end in ends):
        return []
    end = min(ends, key=list(line.follows).index)
    return [line.step(whole, end, whole.data, hand)] if end in line.follows.get(whole.state, ()) else []


def numbers(items: Iterable[WorkItem]) -> str:
    """Return what a person types for each of some items."""
    return ", ".join(number_of(one) for one in items)
