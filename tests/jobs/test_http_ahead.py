"""Asking ahead: a page is on its way while the one before is worked on."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs.connectors.http import UnreachableError, reading
from tests.jobs.http_scenes import client

NOTHING = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"


def test_who_asks_ahead_goes_on_as_soon_as_the_request_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        listening.setblocking(False)
        asking, _ = client(f"http://127.0.0.1:{listening.getsockname()[1]}/", tries=1, read=1)
        coming = asking.ahead(pool, lambda: asking.ask(reading("orders")))
        with listening.accept()[0] as asked:
            asked.setblocking(False)
            assert asked.recv(1000).startswith(b"GET /orders")
            assert not coming.done()
            asked.setblocking(True)
            asked.sendall(NOTHING)
            assert coming.result(5).data == []


def test_who_asks_ahead_of_a_server_that_is_down_does_not_wait_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/"
    asking, _ = client(url, tries=1)
    with ThreadPoolExecutor(1) as pool:
        coming = asking.ahead(pool, lambda: asking.ask(reading("orders")))
        with pytest.raises(UnreachableError):
            coming.result(5)
