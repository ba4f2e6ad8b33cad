"""Who is away: what is theirs goes back to the queue, and what nobody is left to see to is named."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from daemon.config.loading import unmanned
from daemon.config.wording import suggest
from daemon.desk import rights
from daemon.desk.order import Command, Order
from daemon.desk.people import READERS
from daemon.errors import UsageError
from daemon.model import Transition
from daemon.records import ABSENCE, AWAY, WorkItem

HERE = "here"


async def away(order: Order) -> list[str]:
    """Return the keys of the people who are away now."""
    now = order.shift.clock.now()
    found: list[WorkItem] = await order.ledger(order.shift.engine.ledger.items.find, ABSENCE, [AWAY])
    return [item.id for item in found if item.lease_until is None or item.lease_until > now]


async def absent(order: Order) -> dict[str, Any]:
    """Write down that somebody is away through a local day (none given: they are back); what is theirs goes back."""
    person = str(order.args["person"])
    people = order.shift.setup.config.people
    if person not in people:
        raise UsageError(suggest(f"there is nobody of this name under people: {person}", person, sorted(people)))
    if person != order.actor.name:
        rights.require(order, "assign", own=True)
    until: date | None = order.args.get("until")
    ends = _end(order, until) if until is not None else None
    returned = await order.ledger(_write, order, person, ends)
    await order.log("absent", f"{person} until {until}" if until else f"{person} is back")
    return {"person": person, "until": until, "returned": returned, "unmanned": await gaps(order)}


def _end(order: Order, until: date) -> datetime:
    """Return the end of a local day; raise UsageError where it is over."""
    ends = datetime.combine(until + timedelta(days=1), time(), order.shift.setup.shop_zone)
    if ends <= order.shift.clock.now():
        raise UsageError(f"{until} is past: an absence ends on a day to come")
    return ends


def _write(order: Order, person: str, ends: datetime | None) -> int:
    """Note the absence and take everything open from who is away; return how many items that were."""
    items, now = order.shift.engine.ledger.items, order.shift.clock.now()
    known = items.find(ABSENCE, ids=[person])
    before = known[0].state if known else ""
    items.move([Transition(ABSENCE, person, before, AWAY if ends else HERE, {}, None, "", ends)], now)
    steps = [
        Transition(line.kind, one.id, one.state, one.state, one.data, one.changed, "", None)
        for line in order.shift.setup.loaded.registry.lines.values()
        for one in (items.owned(line.kind, person) if ends else ())
        if one.state in line.open
    ]
    return sum(items.move(steps, now))


async def gaps(order: Order) -> list[str]:
    """Return what nobody who is there may see to."""
    setup = order.shift.setup
    return list(unmanned(setup.config, setup.loaded.registry, await away(order)))


COMMANDS: Mapping[str, Command] = {"absent": Command(absent, READERS), "unmanned": Command(gaps, READERS)}
