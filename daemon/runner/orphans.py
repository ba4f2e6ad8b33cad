"""Ends what is left of an earlier daemon's runs, before anything of them is tried again."""

import asyncio
import logging
import signal
from datetime import timedelta

from daemon.processes import Process, descendants, everyone, send
from daemon.roll import Entry, Roll

TICK = 0.05
"""Seconds between looks at what is being ended."""
LAST_LOOKS = 20
"""How often what was killed is looked for: a process in the kernel's hands may outlast it."""
_log = logging.getLogger(__name__)


def _kin(entry: Entry) -> list[Process]:
    """Return what lives of a child: all of its session, and what descends from it in others."""
    session = [one for one in everyone() if one.session == entry.pid and one.ticks >= entry.ticks]
    return [one for one in {*session, *descendants(entry.pid)} if one.lives]


async def end_orphans(roll: Roll, grace: timedelta) -> None:
    """End every child of an earlier daemon that is still at work, SIGTERM first; strike everything else off the roll.

    Returns once they are gone; one that not even SIGKILL ends is said and stays on the roll.
    """
    found = roll.entries()
    orphans = [entry for entry in found if roll.at_work(entry)]
    for entry in {*found} - {*orphans}:
        roll.strike(entry)
    await asyncio.gather(*(_end(roll, entry, grace) for entry in orphans))


async def _end(roll: Roll, entry: Entry, grace: timedelta) -> None:
    _log.warning("run %d of an earlier daemon is still at work (process %d): ending it", entry.run, entry.pid)
    for one in _kin(entry):
        send(one, signal.SIGTERM)
    for number in range(round(grace.total_seconds() / TICK) + LAST_LOOKS):
        left = _kin(entry)
        if not left:
            roll.strike(entry)
            return
        if number * TICK >= grace.total_seconds():
            for one in left:
                send(one, signal.SIGKILL)
        await asyncio.sleep(TICK)
    _log.error("the process %d of run %d can't be ended: look what holds it up", entry.pid, entry.run)
