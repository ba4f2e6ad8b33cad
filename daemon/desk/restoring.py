"""Reconciling a ledger that was put back from an older copy: what it holds back, and the word that lets it go on."""

from collections.abc import Mapping
from typing import Any

from daemon.desk.order import Command, Order
from daemon.desk.people import ADMINS
from daemon.errors import UsageError
from daemon.ledger.nights import DOUBTED_FOR
from daemon.records import Draft, DraftState, Effect


async def reconcile(order: Order) -> dict[str, Any]:
    """List what is held back or in doubt, and do what a person says of it after having looked at the outside.

    The answer is what stood before: `restored` (None: no ledger was put back, or the guard is lifted), `mails`,
    `effects` and `drafts`; and what was done by the word of the person, see the functions below.
    """
    ledger = order.shift.engine.ledger
    before = {
        "restored": ledger.restoring.standing,
        "mails": await order.ledger(ledger.post.held),
        "effects": await _in_doubt(order),
        "drafts": await _older_drafts(order),
    }
    await _free(order)
    done = {"released": await _release(order), "let_go": await _let_go(order)}
    order.shift.engine.changed.set()
    return before | done


async def _free(order: Order) -> None:
    """Free the keys of uncertain effects that, by `not_done`, did not happen; raise UsageError for any other key."""
    for key in order.args.get("not_done") or ():
        if not await order.ledger(order.shift.engine.ledger.doubts.not_done, str(key)):
            raise UsageError(f"no uncertain effect has the key {key}: `nightclerk state reconcile` lists them")
        await order.log("state reconcile", f"not done: {key}")


async def _release(order: Order) -> bool:
    """Lift the guard where `release` is asked for; say whether one stood."""
    if not order.args.get("release"):
        return False
    stood: bool = await order.ledger(order.shift.engine.ledger.restoring.lift, order.shift.clock.now())
    await order.log("state reconcile", "released")
    return stood


async def _let_go(order: Order) -> int:
    """Let the held mail leave where `send_mail` is asked for; return how many."""
    if not order.args.get("send_mail"):
        return 0
    count: int = await order.ledger(order.shift.engine.ledger.post.let_go, order.shift.clock.now())
    await order.log("state reconcile", f"{count} held mails let go")
    order.shift.deliver()
    return count


async def _in_doubt(order: Order) -> list[Effect]:
    """Return the uncertain effects of the time since the restore and shortly before it."""
    restored = order.shift.engine.ledger.restoring.standing
    since = (restored.noticed if restored else order.shift.clock.now()) - DOUBTED_FOR
    found: list[Effect] = await order.ledger(order.shift.engine.ledger.doubts.since, since)
    return found


async def _older_drafts(order: Order) -> list[Draft]:
    """Return the drafts from before the restore that may have gone out since they were copied."""
    restored = order.shift.engine.ledger.restoring.standing
    states = [DraftState.WAITING, DraftState.APPROVED, DraftState.UNCERTAIN]
    found: list[Draft] = await order.ledger(order.shift.engine.ledger.drafts.standing, states)
    return [one for one in found if restored is not None and one.created <= restored.noticed]


COMMANDS: Mapping[str, Command] = {"reconcile": Command(reconcile, ADMINS)}
