"""The watcher outside hears how a run fares, in order, and can neither delay nor fail it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from daemon.engine.pinging import Pinger
from daemon.records import Run, State
from tests import loopback

MOMENT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
RUN = Run(7, "orders", "2026-11-20T05:00", 1, State.RUNNING, MOMENT, MOMENT)


class Watcher(BaseHTTPRequestHandler):
    heard: ClassVar[list[tuple[str, str, str]]] = []
    status = 200

    def _hear(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self.heard.append((parts.path, parse_qs(parts.query)["rid"][0], body))
        self.send_response(self.status)
        self.end_headers()

    do_GET = do_POST = _hear  # noqa: N815 - http.server calls them so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def watcher() -> Iterator[str]:
    Watcher.heard, Watcher.status = [], 200
    with loopback.serving(Watcher) as port:
        yield f"http://127.0.0.1:{port}/ping/uuid"


def tell(url: str, *states: State) -> None:
    async def scene() -> None:
        pinger = Pinger()
        for state in states:
            if state is State.RUNNING:
                pinger.begun(url, RUN)
            else:
                pinger.ended(url, replace(RUN, state=state, reason="it broke" if state is State.FAILED else ""))
        await pinger.close()

    asyncio.run(scene())


def test_a_good_run_is_begun_and_done_under_one_id(watcher: str) -> None:
    tell(watcher, State.RUNNING, State.OK)
    assert [path for path, _, _ in Watcher.heard] == ["/ping/uuid/start", "/ping/uuid"]
    assert len({rid for _, rid, _ in Watcher.heard}) == 1


@pytest.mark.parametrize("state", [State.FAILED, State.TIMED_OUT, State.LOST])
def test_any_other_end_is_a_failure(watcher: str, state: State) -> None:
    tell(watcher, state)
    assert Watcher.heard[0][0] == "/ping/uuid/fail"
    assert Watcher.heard[0][2] == ("it broke" if state is State.FAILED else "")


def test_a_watcher_that_is_gone_is_said_once_and_its_return_once(
    watcher: str, caplog: pytest.LogCaptureFixture
) -> None:
    Watcher.status = 500
    with caplog.at_level("INFO"):

        async def scene() -> None:
            pinger = Pinger()
            for status in (500, 500, 200, 200):
                Watcher.status = status
                pinger.ended(watcher, replace(RUN, state=State.OK))
                await pinger.close()

        asyncio.run(scene())
    said = [record.getMessage() for record in caplog.records if "ping" in record.getMessage()]
    assert len(said) == 2
    assert "did not get through" in said[0]
    assert "gets through again" in said[1]


def test_a_dry_run_tells_nobody(watcher: str) -> None:
    async def scene() -> None:
        pinger = Pinger()
        pinger.begun(watcher, replace(RUN, dry=True))
        pinger.begun("", RUN)
        await pinger.close()

    asyncio.run(scene())
    assert Watcher.heard == []
