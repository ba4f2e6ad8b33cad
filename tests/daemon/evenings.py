"""An evening in a shop at work: what the tests of the engine do to it and read from it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daemon.engine.shift import Shift
from daemon.records import Draft, DraftState, Occurrence, Run

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""21:00 in Berlin, on a Friday."""
WHERE = "options: {world: WORLD}"


async def pump(shift: Shift) -> None:
    """Do what is due now, to its end."""
    await shift.engine.account()
    await shift.engine.dispatch()
    await shift.engine.idle()


async def runs(shift: Shift) -> list[Run]:
    found = await shift.bookkeeper.call(shift.engine.ledger.history.runs)
    return found[::-1]


async def occurrences(shift: Shift) -> list[Occurrence]:
    return await shift.bookkeeper.call(shift.engine.ledger.history.occurrences, since=EVENING - timedelta(days=9))


async def drafts(shift: Shift) -> list[Draft]:
    return await shift.bookkeeper.call(shift.engine.ledger.drafts.standing)


async def move(shift: Shift, number: int, before: DraftState, after: DraftState) -> bool:
    ledger = shift.engine.ledger
    return await shift.bookkeeper.call(ledger.drafts.move, number, before, after, "ada", shift.clock.now())


def world(tmp_path: Path) -> list[str]:
    return (tmp_path / "world").read_text(encoding="utf-8").split()
