"""What people can ask of the items on a line that a plug-in declares: look, hold, release, confirm, assign."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from daemon import companions
from daemon.arranging import coded, paper_of
from daemon.companions import Company
from daemon.config.rights import Function
from daemon.config.wording import suggest
from daemon.desk import absences, rights
from daemon.desk.order import Command, Order
from daemon.errors import NightclerkError, UsageError
from daemon.model import Transition
from daemon.records import WorkItem
from daemon.workline import LONGEST_WORDS, Hand, WorkLine, number_of, read_card

LEASE = timedelta(hours=12)
"""How long what was assigned by a person, or taken by a step, stays with its owner."""
MOST_ALIKE = 10
MOST_MEANT = 4
"""Items of the same beginning that are told apart for a person."""
LONGEST_LEFT = 80


def line_of(order: Order) -> WorkLine:
    """Return the line a command is about; raise UsageError where no plug-in has it."""
    lines = order.shift.setup.loaded.registry.lines
    name = str(order.args["line"])
    if name not in lines:
        raise UsageError(suggest(f"no plug-in has a line {name}", name, sorted(lines)))
    return lines[name]


async def items(order: Order) -> dict[str, Any]:
    """List the open items of a line, or those in one state, with their `cards` where asked for; count them by state."""
    line, ledger = line_of(order), order.shift.engine.ledger.items
    state = order.args.get("state")
    if state is not None and state not in line.follows:
        raise UsageError(suggest(f"{line.plural} are never {state}", str(state), list(line.follows)))
    found = await order.ledger(ledger.find, line.kind, [state] if state else line.open, (), "", _limit(order))
    cards = bool(order.args.get("cards"))
    counts: dict[str, int] = await order.ledger(ledger.counts, line.kind)
    return {
        "items": [{**_row(order, item), **({"card": read_card(item.data)} if cards else {})} for item in found],
        "counts": {state: counts[state] for state in line.follows if state in counts},
        "owners": rights.shared(order),
        "now": order.shift.clock.now(),
    }


def _limit(order: Order) -> int:
    return int(order.args.get("limit", 100))


def _row(order: Order, item: WorkItem) -> dict[str, Any]:
    data: Any = item.data
    row = {"number": number_of(item), "state": item.state, "since": item.changed, "reasons": data.get("reasons", [])}
    mates = [one for one in companions.ids(item, "joined") if one != item.id]
    return {**row, **({"joined": mates} if mates else {}), **_owned(order, item)}


def _owned(order: Order, item: WorkItem) -> dict[str, Any]:
    return {"owner": item.owner, "lease_until": item.lease_until} if rights.shared(order) else {}


async def show(order: Order) -> dict[str, Any]:
    """Show one item with all that its line knows: card, reasons and what to do, history, others of its customer."""
    line = line_of(order)
    company = await company_of(order, line, order.args["item"])
    item = company.item
    data: Any = item.data
    return {
        **_row(order, item),
        "todo": {reason: line.reasons.get(reason, "") for reason in data.get("reasons", [])},
        "words": data.get("words", ""),
        "card": read_card(data),
        "was": data.get("was", {}),
        "left": data.get("left", {}),
        "history": [_told(step) for step in data.get("history", [])],
        "with": [_row(order, one) for one in company.mates],
        "together": data.get("told", {}),
        "part_of": number_of(company.whole) if company.whole else "",
        "parts": [_row(order, one) for one in company.parts],
        "others": [_row(order, one) for one in await _alike(order, line, company)],
    }


async def _alike(order: Order, line: WorkLine, company: Company) -> list[WorkItem]:
    """Return other items that say the same in what the line compares them by, such as their customer."""
    data: Any = company.item.data
    same = data.get(line.alike, "") if line.alike else ""
    if not same:
        return []
    told = {one.id for one in company.everybody}
    others: list[WorkItem] = await order.ledger(order.shift.engine.ledger.items.alike, line.kind, line.alike, same)
    return [one for one in others if one.id not in told][:MOST_ALIKE]


def _told(step: list[str]) -> dict[str, Any]:
    at, who, state, deed = step
    return {"at": datetime.fromisoformat(at), "who": who, "state": state, "deed": deed}


async def company_of(order: Order, line: WorkLine, number: object) -> Company:
    """Return the item a person means with all that a step of it touches; raise UsageError where there is none."""
    item, find = await _item(order, line, str(number)), order.shift.engine.ledger.items.find
    found: Company = await order.ledger(companions.company_of, lambda ids: find(line.kind, (), ids), item)
    return found


async def _item(order: Order, line: WorkLine, typed: str) -> WorkItem:
    """Return the item a person means by its number, its id, the beginning of one, or the code on a paper.

    Raises UsageError where there is none or several, NightclerkError where the paper is out of date.
    """
    found = await _named(order, line, typed)
    number, seal = coded(line, typed)
    if seal:
        on_paper = await _named(order, line, number)
        found = [*found, *(paper_of(line, item, seal) for item in on_paper)]
    found = found or await _beginning(order, line, typed)
    if not found:
        raise UsageError(f"there is no {line.what} {typed} on the line: `nightclerk {line.name}` lists them")
    if len(found) > 1:
        raise UsageError(f"{typed} may be {' or '.join(item.id for item in found)}: name one of them")
    return found[0]


async def _named(order: Order, line: WorkLine, number: str) -> list[WorkItem]:
    """Return the items of this id, or of this number in any connection."""
    wanted = [number, *(f"{name}/{number}" for name in order.shift.setup.config.connections)]
    found: list[WorkItem] = await order.ledger(order.shift.engine.ledger.items.find, line.kind, (), wanted)
    return found


async def _beginning(order: Order, line: WorkLine, typed: str) -> list[WorkItem]:
    """Return the items whose id begins with what was typed, up to a slash; a few where there are many."""
    find = order.shift.engine.ledger.items.find
    starts = [f"{typed}/", *(f"{name}/{typed}/" for name in order.shift.setup.config.connections)]
    pages = [await order.ledger(find, line.kind, (), (), start, MOST_MEANT) for start in starts]
    return [item for start, page in zip(starts, pages, strict=True) for item in page if item.id.startswith(start)]


async def _step(
    order: Order, function: Function, step: Callable[[WorkLine, Company, Hand], Sequence[Transition]]
) -> str:
    """Take a person's step with the item they name, write it down, and return where the item stands then."""
    line = line_of(order)
    company = await company_of(order, line, order.args["item"])
    item = company.item
    rights.require(order, function, own=all(one.owner == order.actor.name for one in company.joined))
    taken = await made(order, line, company.everybody, step(line, company, hand_of(order)))
    after = taken.get(item.id, item.state)
    await order.log(f"{line.name} {function}", f"{item.id} {after}"[:LONGEST_WORDS])
    others = [number_of(one) for one in company.mates if one.id in taken]
    return f"{line.what} {number_of(item)} is {after}" + (f", and so is {', '.join(others)}" if others else "")


def hand_of(order: Order) -> Hand:
    """Return who gave a command, and when."""
    return Hand(order.actor.name, order.shift.clock.now(), order.shift.setup.shop_zone)


async def made(
    order: Order, line: WorkLine, items: Sequence[WorkItem], steps: Sequence[Transition]
) -> Mapping[str, str]:
    """Make steps of these items, all or none, and return where each item stands then by its id."""
    owners = {one.id: one.owner for one in items}
    taken = [_claimed(order, line, owners.get(step.id, ""), step) for step in steps]
    if not all(await order.ledger(order.shift.engine.ledger.items.move, taken, order.shift.clock.now())):
        raise NightclerkError(f"{line.what} {number_of(items[0])} was changed meanwhile: look at it again")
    return {step.id: step.after for step in taken}


def _claimed(order: Order, line: WorkLine, owner: str, step: Transition) -> Transition:
    """Make an item of nobody theirs who took a step with it, so that two people never do the same work."""
    mine = rights.shared(order) and order.actor.name in order.shift.setup.config.people
    if not mine or owner or step.owner or step.after in {*line.done, line.split}:
        return step
    return replace(step, owner=order.actor.name, lease_until=order.shift.clock.now() + LEASE)


async def hold_item(order: Order) -> str:
    """Stop an item, with a reason in a person's own words."""
    why = " ".join(str(order.args["reason"]).split())
    if not why or len(why) > LONGEST_WORDS:
        raise UsageError(f"a reason has 1 to {LONGEST_WORDS} characters")
    return await _step(order, "hold", lambda line, all_of, hand: companions.hold(line, all_of, hand, why))


async def release_item(order: Order) -> str:
    """Let a held item go."""
    return await _step(order, "release", companions.release)


async def confirm_item(order: Order) -> str:
    """Confirm the next step of an item, or that somebody saw what stopped it."""
    to = str(order.args.get("to") or "")
    left = _left(order)
    rights.require(order, line_of(order).takes, own=True)

    def confirmed(line: WorkLine, company: Company, hand: Hand) -> Sequence[Transition]:
        steps = companions.confirm(line, company, hand, to)
        return companions.leave(company, steps, left) if left else steps

    return await _step(order, "confirm", confirmed)


def _left(order: Order) -> dict[str, str]:
    """Return what a person leaves with a step; raise UsageError for what the line takes none of."""
    line = line_of(order)
    given: Any = order.args.get("left") or {}
    left = {str(name): " ".join(str(words).split()) for name, words in given.items() if words}
    for name, words in left.items():
        if name not in line.leaves:
            raise UsageError(suggest(f"{line.plural} take no {name}", name, sorted(line.leaves)))
        if not words or len(words) > LONGEST_LEFT or not words.isprintable():
            raise UsageError(f"the {name} has 1 to {LONGEST_LEFT} characters that can be printed")
    return left


async def assign_item(order: Order) -> str:
    """Give an item to somebody who is there."""
    person, people = str(order.args["person"]), order.shift.setup.config.people
    if person not in people:
        raise UsageError(suggest(f"there is nobody of this name under people: {person}", person, sorted(people)))
    if person in await absences.away(order):
        raise NightclerkError(f"{person} is away: `nightclerk absent {person} --back` says otherwise")
    until = order.shift.clock.now() + LEASE
    told = await _step(order, "assign", lambda line, all_of, _hand: companions.assign(line, all_of, person, until))
    return f"{told} and belongs to {person}"


COMMANDS: Mapping[str, Command] = {
    "line": Command(items, function="look"),
    "line_show": Command(show, function="look"),
    "line_hold": Command(hold_item, function="hold"),
    "line_release": Command(release_item, function="release"),
    "line_confirm": Command(confirm_item, function="confirm"),
    "line_assign": Command(assign_item, function="assign"),
}
