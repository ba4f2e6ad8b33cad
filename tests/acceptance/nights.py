"""Looking at a shift from outside, in as few words as a check needs."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

from daemon.clock import SystemClock, VirtualClock
from daemon.engine.shift import Shift
from daemon.records import Occurrence, Run
from tests import loopback

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""21:00 in Berlin, on a Friday."""
PATIENCE = 30.0
"""Seconds anything of a real machine may take."""


async def look(shift: Shift) -> None:
    """Account and start what may start now."""
    await shift.engine.account()
    await shift.engine.dispatch()


async def pump(shift: Shift) -> None:
    """Do what is due now, to its end."""
    await look(shift)
    await shift.engine.idle()


async def runs(shift: Shift) -> list[Run]:
    """Return all runs, oldest first."""
    found = await shift.bookkeeper.call(shift.engine.ledger.history.runs, None, 1000)
    return found[::-1]


async def states(shift: Shift) -> list[str]:
    """Return how all runs stand, oldest first."""
    return [run.state.value for run in await runs(shift)]


async def occurrences(shift: Shift) -> list[Occurrence]:
    """Return all occurrences, oldest first."""
    return await shift.bookkeeper.call(shift.engine.ledger.history.occurrences, since=EVENING - timedelta(days=99))


async def until(true: Callable[[], bool]) -> None:
    """Wait until something that another process does has come true."""
    never = asyncio.create_task(asyncio.Event().wait())
    try:
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.wait([never], timeout=0.02)
    finally:
        never.cancel()


def wait_until(true: Callable[[], bool], patience: float = PATIENCE) -> float:
    """Wait until something has come true outside of any loop; return the seconds that took."""
    clock = SystemClock()
    start = clock.monotonic()
    while not true():
        assert clock.monotonic() < start + patience, "it never came true"
        signal.sigtimedwait([], 0.02)
    return clock.monotonic() - start


def put_on(clock: VirtualClock, **span: float) -> None:
    """Let time pass."""
    clock.moment += timedelta(**span)


@contextmanager
def web_server() -> Iterator[tuple[str, list[str]]]:
    """A server on loopback that takes everything; yields its address and the list of what it was asked."""
    heard: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def _hear(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            heard.append(self.command)
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST = do_PUT = do_DELETE = _hear  # noqa: N815 - http.server calls them so

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with loopback.serving(Listener) as port:
        yield f"http://127.0.0.1:{port}/", heard
