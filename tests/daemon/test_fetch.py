"""Pings and small requests against real servers on this machine, some of which misbehave."""

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from daemon.errors import OutsideError
from daemon.fetch import LARGEST_ANSWER, LARGEST_REFUSAL, RefusedError, Signal, fetch, ping, ping_address

RUN = "7f0c9e52-0000-4000-8000-000000000001"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


@contextlib.contextmanager
def server(answer: bytes, drip: bytes | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """Serve `answer` to every connection and keep what was asked; with `drip` send that again and again until cut."""
    asked: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.request.recv(65536))
            with contextlib.suppress(OSError):
                self.request.sendall(answer)
                while drip is not None:
                    self.request.sendall(drip)
                    if stop.wait(0.05):
                        break

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    stop = threading.Event()
    with Server(("127.0.0.1", 0), Handler) as tcp:
        thread = threading.Thread(target=tcp.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{tcp.server_address[1]}/ping/uuid", asked
        finally:
            stop.set()
            tcp.shutdown()
            thread.join()


def test_a_good_run_pings_the_address_with_its_id() -> None:
    with server(OK) as (url, asked):
        assert ping(url, Signal.DONE, RUN) is None
    assert asked[0].startswith(f"GET /ping/uuid?rid={RUN} HTTP/1.1\r\n".encode())


def test_a_failed_run_pings_fail_with_the_end_of_its_output() -> None:
    with server(OK) as (url, asked):
        assert ping(url, Signal.FAIL, RUN, "x" * 20_000 + "the last words") is None
    assert asked[0].startswith(f"POST /ping/uuid/fail?rid={RUN} ".encode())
    assert b"Content-Length: 10000\r\n" in asked[0]


@pytest.mark.parametrize(
    ("url", "signal", "run", "address"),
    [
        ("https://hc.example/u", Signal.START, RUN, f"https://hc.example/u/start?rid={RUN}"),
        ("https://hc.example/u/", Signal.FAIL, "", "https://hc.example/u/fail"),
        ("https://hc.example/u?create=1#x", Signal.DONE, RUN, f"https://hc.example/u?create=1&rid={RUN}"),
    ],
)
def test_the_address_follows_the_ping_protocol(url: str, signal: Signal, run: str, address: str) -> None:
    assert ping_address(url, signal, run) == address


def test_a_refusal_is_a_sentence_without_the_secret_part_of_the_address() -> None:
    with server(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as (url, _):
        said = ping(url, Signal.DONE, RUN)
    assert said == "127.0.0.1 could not be asked: it answered 404"


def test_a_closed_port_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert ping(f"http://127.0.0.1:{port}/u", Signal.DONE) == "127.0.0.1 could not be asked: Connection refused"


@pytest.mark.parametrize(
    ("answer", "drip"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"."),
    ],
    ids=["silent", "headers without end", "body that drips"],
)
def test_a_slow_server_holds_nobody_longer_than_the_limit(answer: bytes, drip: bytes | None) -> None:
    with server(answer, drip) as (url, _):
        began = time.perf_counter()
        said = ping(url, Signal.DONE, seconds=0.4)
        assert time.perf_counter() - began < 2
    assert said is not None
    assert "127.0.0.1" in said


@pytest.mark.parametrize("answer", [b"220 smtp ready\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", b""])
def test_an_answer_that_is_no_http_or_breaks_off_is_a_sentence(answer: bytes) -> None:
    with server(answer) as (url, _):
        said = ping(url, Signal.DONE)
    assert said is not None
    assert said.startswith("127.0.0.1 could not be asked: ")


def test_an_endless_answer_is_not_kept() -> None:
    size = LARGEST_ANSWER + 10
    with (
        server(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"." * size) as (url, _),
        pytest.raises(OutsideError, match="more than"),
    ):
        fetch(url)


def test_a_redirect_to_another_scheme_is_not_followed() -> None:
    with (
        server(b"HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/x\r\nContent-Length: 0\r\n\r\n") as (url, _),
        pytest.raises(OutsideError, match="another scheme"),
    ):
        fetch(url)


def test_a_redirect_within_the_scheme_is_followed() -> None:
    with (
        server(OK) as (url, asked),
        server(f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()) as (first, _),
    ):
        assert fetch(first).body == b"OK"
    assert len(asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://h/x",
        "http://",
        "http://h/a b",
        "http://h/\r\nX: 1",
        "http://[::1",
        "http://u:p@h/",
        "http://h:port/",
    ],
)
def test_an_address_that_is_none_is_a_sentence_and_never_an_exception(url: str) -> None:
    assert ping(url, Signal.DONE) is not None


def test_a_refusal_brings_the_beginning_of_what_was_said_and_no_message_shows_it() -> None:
    body = b'{"error":"invalid_grant"}' + b"x" * LARGEST_REFUSAL
    with (
        server(b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n" % len(body) + body) as (url, _),
        pytest.raises(RefusedError) as refused,
    ):
        fetch(url, b"secret=1")
    assert (refused.value.status, refused.value.body) == (400, body[:LARGEST_REFUSAL])
    assert str(refused.value) == "127.0.0.1 could not be asked: it answered 400"


def test_a_refusal_that_breaks_off_is_a_refusal_still() -> None:
    with (
        server(b"HTTP/1.1 503 Later\r\nContent-Length: 99\r\n\r\nshort") as (url, _),
        pytest.raises(RefusedError, match="it answered 503"),
    ):
        fetch(url)
