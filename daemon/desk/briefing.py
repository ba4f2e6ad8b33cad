"""What people can ask of the briefing: the one that was stored, a corrected one, a preview, a test to themselves."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from daemon.addresses import ascii_address
from daemon.config import PersonConfig
from daemon.desk.order import Command, Order
from daemon.desk.people import READERS, WORKERS
from daemon.desk.running import asked, edition
from daemon.engine.bare import BRIEFING_JOB
from daemon.errors import NightclerkError, UsageError
from daemon.model import TEST_EDITION, StoredMail
from daemon.occurrences.asked import Wish
from daemon.records import Run, State


def _routines(order: Order) -> list[str]:
    """Return the routines that brief; raise NightclerkError where there is none."""
    names = [name for name, routine in order.shift.setup.config.routines.items() if routine.job == BRIEFING_JOB]
    if not names:
        raise NightclerkError("no routine has the job briefing: add one to the configuration")
    return names


async def stored(order: Order) -> list[StoredMail]:
    """Return the stored briefing of a local day, newest edition last."""
    day: date = order.args["day"]
    post = order.shift.engine.ledger.post
    return [mail for name in _routines(order) for mail in await order.ledger(post.stored, name, day)]


async def send(order: Order) -> list[Run]:
    """Make today's briefing and send it; where it was sent already, as a correction."""
    wishes = [(name, Wish(edition=await edition(order, name, Wish()))) for name in _routines(order)]
    return [(await asked(order, name, wish))[0] for name, wish in wishes]


async def preview(order: Order) -> list[StoredMail]:
    """Make the briefing as it would be mailed now, for everybody who gets one, and mail nothing."""
    return [mail for name in _routines(order) for mail in await _made(order, name, Wish(dry=True))]


async def send_test(order: Order) -> dict[str, Any]:
    """Mail the briefing of this moment to whoever asks, marked as a test; say which bytes went and what came of it."""
    person = asking(order.actor.name, order.shift.setup.config.people)
    recipient = ascii_address(person.email)
    made = [one for name in _routines(order) for one in await _made(order, name, Wish(dry=True, edition=TEST_EDITION))]
    mail = next((one for one in made if one.recipient == recipient), None)
    if mail is None:
        raise NightclerkError(f"{recipient} gets no briefing: add the person to its `to:`, or take `to:` out")
    outcome = await order.shift.outbox.transport.send(mail)
    await order.log("briefing test", f"{mail.message_id} to {recipient}: {outcome.kind}")
    return {
        "recipient": recipient, "message_id": mail.message_id, "bytes": len(mail.content),
        "sha256": hashlib.sha256(mail.content).hexdigest(), "result": outcome.kind.value, "answer": outcome.sentence,
    }  # fmt: skip


async def _made(order: Order, routine: str, wish: Wish) -> tuple[StoredMail, ...]:
    """Return the mails of a dry run; raise NightclerkError with its reason where it made none."""
    run, mails = await asked(order, routine, wish)
    if run.state is not State.OK:
        raise NightclerkError(f"{routine} could not be made: {run.reason}; `nightclerk show {run.id}` shows its output")
    return mails


def asking(actor: str, people: Mapping[str, PersonConfig]) -> PersonConfig:
    """Return the person behind an actor's name, by key or login; where only one has an address, that one.

    Raises UsageError where nobody can be meant.
    """
    reachable = {name: person for name, person in people.items() if person.email}
    for name, person in reachable.items():
        if actor in {name, person.login}:
            return person
    if len(reachable) == 1:
        return next(iter(reachable.values()))
    raise UsageError(f"no address is known for {actor}: add `login: {actor}` and an email to a person under `people:`")


COMMANDS: Mapping[str, Command] = {
    "briefing": Command(stored, READERS),
    "preview_briefing": Command(preview, WORKERS),
    "send_briefing": Command(send, WORKERS),
    "test_briefing": Command(send_test, WORKERS),
}
