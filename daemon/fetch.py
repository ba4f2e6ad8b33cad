"""One small web request by the daemon itself: pings of dead-man's switches and fresh tokens.

Standard library only, five seconds in all and no second try: the daemon has better to do. Connectors have their own
HTTP client. It blocks, so the daemon calls it in a thread. Addresses may hold secrets: no sentence shows more than
the host.
"""

import http.client
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from daemon.errors import OutsideError

LIMIT = 5.0
"""Seconds a request may take in all, from the name look-up to the last byte."""
LARGEST_ANSWER = 256 * 1024
LARGEST_REFUSAL = 16 * 1024
LARGEST_BODY = 10_000
"""Bytes of a ping's body; Healthchecks keeps no more."""


@dataclass(frozen=True)
class Answer:
    """What the server said; `body` is complete."""

    status: int
    body: bytes


class Signal(StrEnum):
    """What a ping says of a run (Healthchecks' ping protocol): the end of the address."""

    START = "/start"
    DONE = ""
    FAIL = "/fail"


class RefusedError(OutsideError):
    """The server answered something else than a 2xx: its `status`, and the beginning of its `body`."""

    def __init__(self, host: str, answer: Answer) -> None:
        super().__init__(f"{host} could not be asked: it answered {answer.status}")
        self.status, self.body = answer.status, answer.body


@dataclass
class _Exchange:
    """One request under way in its thread; its socket is kept so that it can be cut off."""

    request: urllib.request.Request
    seconds: float
    answer: Answer | None = None
    error: Exception | None = None
    refused: Answer | None = None
    sockets: list[socket.socket] = field(default_factory=list)

    def run(self) -> None:
        """Make the request and keep its answer or its error; never raises, as nobody would hear it in a thread."""
        try:
            with _opener(self).open(self.request, timeout=self.seconds) as response:
                body = response.read(LARGEST_ANSWER + 1)
                if response.length and len(body) <= LARGEST_ANSWER:
                    raise http.client.IncompleteRead(body, response.length)  # noqa: TRY301 - read() itself passes over it
                self.answer = Answer(response.status, body)
        except urllib.error.HTTPError as error:
            self.refused = Answer(error.code, _beginning(error))
            error.close()
            self.error = error
        except Exception as error:  # noqa: BLE001 - boundary thread to caller: `fetch` says what it was
            self.error = error

    def cut(self) -> None:
        """End the request from outside: its sockets are shut, so that its thread ends too."""
        for opened in self.sockets:
            try:
                opened.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


def _beginning(error: urllib.error.HTTPError) -> bytes:
    """Return the first bytes of a refusal, none where it breaks off."""
    try:
        return error.read(LARGEST_REFUSAL)
    except (OSError, http.client.HTTPException):
        return b""


def _connecting(base: type[http.client.HTTPConnection], exchange: _Exchange) -> type[http.client.HTTPConnection]:
    class Connection(base):  # type: ignore[misc, valid-type]
        def connect(self) -> None:
            super().connect()
            exchange.sockets.append(self.sock)

    return Connection


class _Http(urllib.request.HTTPHandler):
    def __init__(self, exchange: _Exchange) -> None:
        super().__init__()
        self.http_open = partial(self.do_open, _connecting(http.client.HTTPConnection, exchange))  # type: ignore[method-assign]


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, exchange: _Exchange) -> None:
        super().__init__()
        self.https_open = partial(self.do_open, _connecting(http.client.HTTPSConnection, exchange))  # type: ignore[method-assign]


class _SameScheme(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: urllib.request.Request, *rest: Any) -> urllib.request.Request | None:
        """Follow only within the scheme: what was asked for over https is not sent on in the open."""
        answer, target = rest[0], rest[-1]
        if urlsplit(target).scheme != req.type:
            answer.close()
            raise urllib.error.URLError("it sends on to another scheme")
        return super().redirect_request(req, *rest)


def _opener(exchange: _Exchange) -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _SameScheme(),
        _Http(exchange),
        _Https(exchange),
    ):
        opener.add_handler(handler)
    return opener


def fetch(
    url: str, data: bytes | None = None, headers: Mapping[str, str] | None = None, seconds: float = LIMIT
) -> Answer:
    """Return the answer to one request (POST where there is `data`) that came with a 2xx.

    Raises OutsideError with a sentence that names the host and no more of the address, RefusedError where it answered.
    """
    host = _host(url)
    request = urllib.request.Request(url, data, {"User-Agent": "nightclerk", **(headers or {})})  # noqa: S310 - checked by _host
    exchange = _Exchange(request, seconds)
    worker = threading.Thread(target=exchange.run, name=f"fetch {host}", daemon=True)
    worker.start()
    worker.join(seconds)
    if worker.is_alive():
        exchange.cut()
        raise OutsideError(f"{host} did not answer within {seconds:g} s")
    if exchange.refused is not None:
        raise RefusedError(host, exchange.refused)
    if exchange.answer is None:
        raise OutsideError(f"{host} could not be asked: {_reason(exchange.error)}")
    if len(exchange.answer.body) > LARGEST_ANSWER:
        raise OutsideError(f"{host} answered more than {LARGEST_ANSWER} bytes")
    return exchange.answer


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        raise OutsideError("the address is not one", permanent=True) from error
    if parts.scheme not in {"http", "https"} or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise OutsideError("the address must begin with http:// or https:// and hold no blanks", permanent=True)
    if parts.username is not None:
        raise OutsideError(f"the address of {host} may not hold a user name or a password", permanent=True)
    return host


def _reason(error: Exception | None) -> str:
    if isinstance(error, urllib.error.URLError):
        return str(error.reason.strerror or error.reason) if isinstance(error.reason, OSError) else str(error.reason)
    if isinstance(error, TimeoutError):
        return "it took too long"
    return "the connection broke" if isinstance(error, OSError) else "what it answered is no HTTP"


def ping_address(url: str, signal: Signal, run_id: str) -> str:
    """Return the address to ping: `/start` or `/fail` after the path, and `rid` (a UUID) to tell runs apart."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode({"rid": run_id}) if run_id else "") if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + signal, query, ""))


def ping(url: str, signal: Signal, run_id: str = "", body: str = "", seconds: float = LIMIT) -> str | None:
    """Ping a dead-man's switch; return None, or a sentence about why it did not hear. Never raises.

    `body` is shown there as the run's output.
    """
    try:
        data = body.encode("utf-8", "replace")[-LARGEST_BODY:]
        fetch(ping_address(url, signal, run_id), data or None, {"Content-Type": "text/plain; charset=utf-8"}, seconds)
    except OutsideError as error:
        return str(error)
    except ValueError:
        return "the address to ping is not one"
    return None
