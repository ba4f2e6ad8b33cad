"""Running a routine because a person asked for it, and what it handed over."""

from daemon.desk.order import Order
from daemon.engine.editions import FIRST, next_edition
from daemon.model import StoredMail
from daemon.occurrences.asked import Wish
from daemon.records import Run


async def run(order: Order) -> Run:
    """Run a routine now and wait for its end; a briefing that was mailed already for that day is corrected."""
    routine, args = order.routine(), order.args
    wish = Wish(args.get("at"), bool(args.get("dry")))
    return (await asked(order, routine, Wish(wish.at, wish.dry, await edition(order, routine, wish))))[0]


async def edition(order: Order, routine: str, wish: Wish) -> int:
    """Return the edition that a run's mail is: a day has one first briefing, each one after it is a correction."""
    shift = order.shift
    if wish.dry:
        return FIRST
    day = (wish.at or shift.clock.now()).astimezone(shift.setup.shop_zone).date()
    return await next_edition(shift.setup, shift.bookkeeper, routine, day)


async def asked(order: Order, routine: str, wish: Wish) -> tuple[Run, tuple[StoredMail, ...]]:
    """Run a routine as it is wished and return how that ended, and the mails it made."""
    engine = order.shift.engine
    occurrence = await engine.add_manual(routine, order.actor.name, wish)
    await order.log("run", f"{routine} {occurrence.slot}")
    await order.say(f"{routine}: asked for as {occurrence.slot}")
    await order.shift.nudge(occurrence)
    ended, mails = await engine.wait_with_mails(occurrence)
    order.shift.deliver()
    return ended, mails
