"""Dead-man's-switch pings: a watcher outside learns how a routine fares, and misses what doesn't come.

A ping never delays or fails a run: it has its own five seconds in a thread of its own, and what goes wrong with it
is said once.
"""

import asyncio
import logging
from uuid import UUID, uuid5

from daemon.log import Once
from daemon.records import Run, State

_NAMESPACE = UUID("6f1a3c9e-5b0c-4f0e-9d53-0c8a8f6f2b11")
"""Makes a run's number and start a run id of the ping protocol, which wants a UUID."""
_log = logging.getLogger(__name__)


class Pinger:
    """Sends pings beside everything else."""

    def __init__(self) -> None:
        self._once = Once(_log)
        self._last: dict[str, asyncio.Task[None]] = {}

    def begun(self, url: str, run: Run) -> None:
        """Say that a run has begun."""
        self._send(url, "START", run)

    def ended(self, url: str, run: Run) -> None:
        """Say how a run ended, with its reason where it did not end well."""
        self._send(url, "DONE" if run.state is State.OK else "FAIL", run)

    def _send(self, url: str, signal: str, run: Run) -> None:
        if url and not run.dry:
            earlier = self._last.get(run.routine)
            self._last[run.routine] = asyncio.create_task(self._ping(earlier, url, signal, run), name="ping")

    async def _ping(self, earlier: asyncio.Task[None] | None, url: str, signal: str, run: Run) -> None:
        if earlier is not None:
            await earlier  # the end must not overtake the beginning
        number = str(uuid5(_NAMESPACE, f"{run.id} {run.started.isoformat()}"))
        from daemon import fetch  # noqa: PLC0415 - urllib is memory that only who is watched needs

        trouble = await asyncio.to_thread(fetch.ping, url, fetch.Signal[signal], number, run.reason)
        if trouble:
            self._once.failed(run.routine, f"the ping of {run.routine} did not get through: {trouble}")
        else:
            self._once.works(run.routine, f"the ping of {run.routine} gets through again")

    async def close(self) -> None:
        """Wait for the pings that are under way; each is bounded by its own limit."""
        if self._last:
            await asyncio.wait(self._last.values())
