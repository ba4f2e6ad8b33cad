"""The end of a shift: what runs has its grace, how it ended is recorded, and what can't be is said and left behind."""

import asyncio
import logging
from collections.abc import Mapping

from daemon.records import Run
from daemon.runner import GRACE

RECORDING = 1.0
"""Seconds beyond the grace in which the ends of what ran must be recorded: systemd waits for no full disk."""
_log = logging.getLogger(__name__)


async def see_out(going: Mapping[asyncio.Task[None], Run]) -> None:
    """Wait for runs that were told to end until that is recorded; say which were not, and give those up."""
    if not going:
        return
    _, late = await asyncio.wait(going, timeout=GRACE.total_seconds() + RECORDING)
    for task in late:
        run = going[task]
        _log.error(
            "how run %d of %s (%s) ended could not be recorded before the stop: the next start calls it lost",
            run.id, run.routine, run.slot,
        )  # fmt: skip
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
