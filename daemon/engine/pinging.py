"""Dead-man's-switch pings: a watcher outside learns how a routine fares, and misses what doesn't come.

A ping never delays or fails a run: it has its own five seconds in a thread of its own, the wait for the one before
it included, and what goes wrong with it is said once. A stop of the daemon gives it a moment, then goes on without it.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from uuid import UUID, uuid5

from daemon.log import Once
from daemon.records import Run, State

_NAMESPACE = UUID("6f1a3c9e-5b0c-4f0e-9d53-0c8a8f6f2b11")
"""Makes a run's number and start a run id of the ping protocol, which wants a UUID."""
LIMIT = 5.0
"""Seconds a ping may take in all."""
LEAST = 0.5
"""Seconds of those that it has for itself even where the one before it takes for ever: its watcher may hear it yet."""
LAST_MOMENT = 1.0
"""Seconds that pings under way have left when the daemon stops."""
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
        loop = asyncio.get_running_loop()
        end = loop.time() + LIMIT
        if earlier is not None:  # the end must not overtake the beginning
            await asyncio.wait([earlier], timeout=LIMIT - LEAST)
        left = end - loop.time()
        number = str(uuid5(_NAMESPACE, f"{run.id} {run.started.isoformat()}"))
        from daemon import fetch  # noqa: PLC0415 - urllib is memory that only who is watched needs

        trouble = await _aside(lambda: fetch.ping(url, fetch.Signal[signal], number, run.reason, left))
        if trouble:
            self._once.failed(run.routine, f"the ping of {run.routine} did not get through: {trouble}")
        else:
            self._once.works(run.routine, f"the ping of {run.routine} gets through again")

    async def settled(self) -> None:
        """Wait for the pings that are under way; each is bounded by its own limit."""
        await asyncio.gather(*self._last.values())

    async def close(self) -> None:
        """Give the pings that are under way a moment, then give them up: a stop waits for no watcher."""
        waiting = [task for task in self._last.values() if not task.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=LAST_MOMENT)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _aside(work: Callable[[], str | None]) -> str | None:
    """Return what `work` returns, done in a thread that no end of the loop or of the process waits for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str | None] = loop.create_future()

    def tell(answer: str | None) -> None:
        if not done.done():
            done.set_result(answer)

    def run() -> None:
        """Do the work and hand its answer to the loop, which may be gone by then."""
        answer = work()
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody wants to know any more
            loop.call_soon_threadsafe(tell, answer)

    threading.Thread(target=run, name="ping", daemon=True).start()
    return await done
