"""N3: the watcher outside hears of every run, and can neither hold it up nor spoil it; N2: a late briefing says so.

N1, N4 and the rest of N2 stand with what they are about, in tests/daemon.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from daemon import fetch
from daemon.clock import SystemClock, VirtualClock
from daemon.records import State
from tests.acceptance.nights import Opened, pump, put_on, runs
from tests.jobs.briefing.scene import NOW, Scene


def test_n2_a_briefing_that_is_made_late_says_how_late_it_is(tmp_path: Path) -> None:
    assert " late." not in Scene(tmp_path, due=NOW - timedelta(minutes=1)).brief().text
    assert "! This briefing is 2 hrs 40 mins late." in Scene(tmp_path, due=NOW - timedelta(minutes=160)).brief().text


@contextmanager
def watcher(*, answers: bool) -> Iterator[tuple[str, list[str]]]:
    """A watcher on loopback that may never answer; yields its address and the addresses it was asked for."""
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            held = []
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    break
                heard.append(line.recv(4096).split()[1].decode())
                if answers:
                    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    line.close()
                held.append(line)
            for one in held:
                one.close()

        thread = Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/ping/uuid", heard
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(("job", "end"), [("fine", ""), ("raising", "/fail"), ("leaving", "/fail")])
def test_n3_the_watcher_hears_the_start_and_the_end_of_a_run_under_one_id(
    opened: Opened, clock: VirtualClock, job: str, end: str
) -> None:
    async def work(url: str) -> None:
        async with opened(f'  lamps: {{job: {job}, at: "21:30", ping: "{url}"}}\n', clock) as shift:
            put_on(clock, minutes=30)
            await pump(shift)

    with watcher(answers=True) as (url, heard):
        asyncio.run(work(url))
    asked = [urlsplit(one) for one in heard]
    assert [one.path for one in asked] == ["/ping/uuid/start", f"/ping/uuid{end}"]
    assert len({parse_qs(one.query)["rid"][0] for one in asked}) == 1


@pytest.mark.slow
def test_n3_a_watcher_that_hangs_delays_no_run_and_fails_none(opened: Opened, clock: VirtualClock) -> None:
    steady = SystemClock()

    async def work(url: str) -> float:
        async with opened(f'  lamps: {{job: fine, at: "21:30", ping: "{url}"}}\n', clock) as shift:
            put_on(clock, minutes=30)
            before = steady.monotonic()
            await pump(shift)
            took = steady.monotonic() - before
            assert [run.state for run in await runs(shift)] == [State.OK]
            return took

    with watcher(answers=False) as (url, _):
        assert asyncio.run(work(url)) < fetch.LIMIT
    assert fetch.LIMIT <= 5
