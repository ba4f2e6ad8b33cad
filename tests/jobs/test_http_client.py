"""What a connector sees of a server that behaves well, badly, or not at all; real requests on loopback."""

import gzip
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest

from jobs.connectors.http import (
    BrokenError,
    BusyServerError,
    Call,
    HttpError,
    MissingError,
    NoEntryError,
    PageError,
    RefusedError,
    SilentError,
    SpentError,
    UnreachableError,
    UnreadableError,
    reading,
    writing,
)
from tests.jobs.http_scenes import (
    client,
    failed,
)
from tests.shops.scripted import Said, serving

HTML = "text/html; charset=UTF-8"
MAINTENANCE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Briefly unavailable</body></html>"


def test_a_good_answer_comes_with_its_numbers_exact() -> None:
    with serving(Said(body=b'{"price": 0.1}', headers={"X-WP-Total": "7"})) as server:
        asking, _ = client(server.url)
        answer = asking.ask(reading("orders", (("page", "1"), ("status", "on-hold"))))
    assert str(answer.data["price"]) == "0.1"
    assert answer.headers["x-wp-total"] == "7"
    assert server.heard[0].path.startswith("/orders?page=1&status=on-hold")
    assert server.heard[0].headers["Authorization"].startswith("Basic ")


def test_data_travel_as_json_in_utf_8() -> None:
    with serving(Said(201)) as server:
        client(server.url)[0].ask(writing("POST", "notes", {"note": "=1+1 é 🎁 </script>"}))
    assert server.heard[0].body == '{"note": "=1+1 é 🎁 </script>"}'.encode()


def test_a_server_that_comes_back_is_asked_again_and_every_try_is_signed_and_counted() -> None:
    counted: list[int] = []
    with serving(Said(502, b"<html>", media="text/html"), Said(429, headers={"Retry-After": "2.0"}), Said()) as server:
        asking, pauses = client(server.url)
        asking.requested = lambda: counted.append(1)
        asking.ask(reading("orders"))
    assert pauses == [0.5, 2.0]
    assert len(server.heard) == asking.made == len(counted) == 3
    assert all("Authorization" in one.headers for one in server.heard)


def test_what_changes_something_is_sent_once_whatever_happens() -> None:
    for answer in (Said(503), Said(500), Said(cut=0, body=b"{}"), Said(429, headers={"Retry-After": "1"})):
        with serving(answer) as server:
            asking, _ = client(server.url)
            with pytest.raises(HttpError) as caught:
                asking.ask(writing("POST", "notes", {}))
            assert len(server.heard) == 1
            assert not caught.value.nothing_done


def test_what_the_caller_calls_idempotent_is_repeated() -> None:
    with serving(Said(500), Said()) as server:
        client(server.url)[0].ask(Call("PUT", "orders/1", idempotent=True))
    assert len(server.heard) == 2


def test_maintenance_is_told_from_data_and_left_alone_as_long_as_it_asks() -> None:
    error = failed(Said(503, MAINTENANCE, {"Retry-After": "600"}, HTML), tries=4)
    assert isinstance(error, BusyServerError)
    assert (error.refusal.page, error.refusal.wait, error.permanent) == ("Maintenance", 600, False)
    assert "Maintenance" in str(error)


def test_a_page_with_a_good_status_is_no_data() -> None:
    error = failed(Said(200, b"  <!DOCTYPE html><title>Checking\nyour browser</title>", media="text/plain"))
    assert isinstance(error, PageError)
    assert "Checking your browser" in str(error)


def test_a_firewalls_refusal_is_told_from_the_shops() -> None:
    assert "firewall" in str(failed(Said(403, b"<html><title>Blocked</title>", media=HTML)))
    shops = failed(Said(401, b'{"code": "woocommerce_rest_cannot_view", "message": "Sorry <b>no</b>"}'))
    assert isinstance(shops, NoEntryError)
    assert shops.permanent
    assert (shops.refusal.code, shops.refusal.message) == ("woocommerce_rest_cannot_view", "Sorry no")


@pytest.mark.parametrize(
    ("status", "kind", "permanent"),
    [(400, RefusedError, True), (404, MissingError, True), (410, MissingError, True), (413, RefusedError, True),
     (408, BrokenError, False), (429, BusyServerError, False), (500, BrokenError, False), (504, BrokenError, False)],
)  # fmt: skip
def test_each_status_says_whether_asking_again_is_any_use(status: int, kind: type, permanent: bool) -> None:
    error = failed(Said(status, b'{"code": "x", "data": 500}'))
    assert type(error) is kind
    assert error.permanent is permanent


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[1] <b>Warning</b>", b"NaN", b"[" * 100_000])
def test_an_answer_that_is_no_json_is_an_error_in_words(body: bytes) -> None:
    assert isinstance(failed(Said(body=body)), UnreadableError)


def test_a_file_that_was_asked_for_as_one_comes_as_it_is_and_a_page_for_people_is_no_file() -> None:
    file = Call("GET", "export", media="application/jsonl")
    with serving(Said(body=b'{"a":1}\n{"b":', media=file.media), Said(body=b"<html>", media="text/html")) as server:
        asking, _ = client(server.url)
        assert asking.ask(file).body == b'{"a":1}\n{"b":'
        assert server.heard[0].headers["Accept"] == "application/jsonl"
        with pytest.raises(PageError):
            asking.ask(file)


def test_an_answer_that_breaks_off_is_never_taken_for_whole() -> None:
    assert isinstance(failed(Said(body=b'[{"id": 1}, {"id": 2}]', cut=11)), BrokenError)


def test_an_answer_that_is_too_large_is_given_up_in_the_middle() -> None:
    error = failed(Said(body=b'"' + b"x" * 2_000_000 + b'"'), largest=1000)
    assert isinstance(error, UnreadableError)
    assert "1000 bytes" in str(error)


def test_a_small_answer_that_unpacks_to_a_large_one_is_given_up_too() -> None:
    packed = gzip.compress(b'"' + b"x" * 5_000_000 + b'"')
    assert isinstance(failed(Said(body=packed, headers={"Content-Encoding": "gzip"}), largest=100_000), UnreadableError)


def test_a_server_that_drips_is_cut_off_when_the_whole_time_has_passed() -> None:
    pause = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with suppress(OSError):
            while True:
                handler.wfile.write(b" ")
                pause.wait(0.02)

    began = time.perf_counter()
    error = failed(Said(act=drip), read=5, whole=0.3)
    assert isinstance(error, SilentError)
    assert time.perf_counter() - began < 3


def test_a_server_that_drips_its_headers_is_cut_off_too() -> None:
    pause = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
            while True:
                handler.wfile.write(b"X-A: b\r\n")
                pause.wait(0.02)

    assert isinstance(failed(Said(act=drip), read=5, whole=0.3), SilentError)


def test_a_server_that_says_nothing_is_given_up() -> None:
    silence = threading.Event()

    def say_nothing(_handler: BaseHTTPRequestHandler) -> None:
        silence.wait(1)

    error = failed(Said(act=say_nothing), read=0.1)
    assert isinstance(error, SilentError)
    assert not error.permanent


def test_a_server_that_is_not_there_certainly_did_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    asking, _ = client(f"http://127.0.0.1:{port}/", tries=1)
    with pytest.raises(UnreachableError, match=r"can't be reached .*refused") as caught:
        asking.ask(writing("POST", "notes", {}))
    assert caught.value.nothing_done
    assert not caught.value.permanent


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    asking, _ = client("http://no-such-shop.invalid/", tries=1)
    with pytest.raises(UnreachableError):
        asking.ask(reading("orders"))


def test_a_run_makes_so_many_requests_and_no_more() -> None:
    with serving(Said()) as server:
        asking, _ = client(server.url, requests=2)
        asking.ask(reading("a"))
        asking.ask(reading("b"))
        with pytest.raises(SpentError, match="2 requests") as caught:
            asking.ask(writing("POST", "c", {}))
        assert caught.value.nothing_done
        assert len(server.heard) == 2
