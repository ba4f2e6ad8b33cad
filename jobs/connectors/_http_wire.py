"""One try of one request over `requests`: the only place that knows the library, which is loaded at the first request.

Decisions, held by the session: certificates are always verified, against the bundle of `certifi` or an authority's
file of one's own; nothing is taken from the environment (no proxy, no .netrc, no other bundle), so that what the
configuration says is what happens; no redirect is followed by the library, no cookie is kept.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jobs.connectors._http_errors import (
    BrokenError,
    HttpError,
    SilentError,
    UnreachableError,
    UnreadableError,
    UntrustedError,
)
from jobs.connectors._http_showing import shown
from jobs.connectors._http_values import Answer, Call, Limits, Signed, Site

if TYPE_CHECKING:
    import requests

_PIECE = 64 * 1024
_AGENT = "nightclerk"
_BEFORE_SENDING = frozenset({"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ConnectTimeout"})


@dataclass
class Wire:
    """A session with one site; `exchange` makes one try and returns whatever the server answered.

    `under_way` is set when a request was sent and its answer is awaited; nobody but its reader clears it.
    """

    site: Site
    limits: Limits
    under_way: threading.Event = field(default_factory=threading.Event, repr=False)
    _sockets: list[socket.socket] = field(default_factory=list, repr=False)

    def exchange(self, call: Call, signed: Signed) -> Answer:
        """Return the complete answer, good or bad; raise HttpError where there is none."""
        import requests  # noqa: PLC0415 - 8 MB that only a run with a web request needs

        with self._cut_off() as late:
            try:
                answer = self._sent(call, signed)
            except (requests.RequestException, OSError) as error:
                raise (self._silent() if late() else self._failure(error)) from None
        if late():
            raise self._silent()
        return answer

    def _sent(self, call: Call, signed: Signed) -> Answer:
        headers = {"Accept": call.media, "User-Agent": _AGENT, **call.headers, **signed.headers}
        response = self._session.request(
            call.method, signed.url, data=call.body, headers=headers, stream=True, allow_redirects=False,
            timeout=(self.limits.connect, self.limits.read),
        )  # fmt: skip
        with response:
            heads = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, heads, self._body(response))

    def _body(self, response: "requests.Response") -> bytes:
        body = bytearray()
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > self.limits.largest:
                raise UnreadableError(
                    f"{self.site.name}: {self.site.host} answered with more than {self.limits.largest} bytes: "
                    "ask for fewer at once"
                )
        return bytes(body)

    @cached_property
    def _session(self) -> "requests.Session":
        from http.cookiejar import DefaultCookiePolicy  # noqa: PLC0415

        import requests  # noqa: PLC0415

        logging.getLogger("urllib3").setLevel(logging.WARNING)  # its debug lines show whole addresses, keys included
        session = requests.Session()
        session.trust_env = False
        session.verify = self.site.authority or True
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _adapter(self._sockets.append, self.under_way.set)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    @contextmanager
    def _cut_off(self) -> Iterator[Callable[[], bool]]:
        """Close the connections when `whole` has passed, which ends a try that drips; yield whether that happened."""
        over = threading.Event()

        def cut() -> None:
            """End every connection of this try, which wakes whoever reads from one."""
            over.set()
            for sock in self._sockets:
                with suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

        timer = threading.Timer(self.limits.whole, cut)
        timer.daemon = True
        timer.start()
        try:
            yield over.is_set
        finally:
            timer.cancel()
            timer.join()
            self._sockets[:] = [sock for sock in self._sockets if sock.fileno() >= 0]

    def _silent(self) -> HttpError:
        return SilentError(
            f"{self.site.name}: {self.site.host} was still not done after {self.limits.whole:g} seconds: "
            "look at how busy the server is"
        )

    def _failure(self, error: Exception) -> HttpError:
        """Return what a library's error means; its own text may hold the whole address and is not used."""
        import requests  # noqa: PLC0415

        where, why = f"{self.site.name}: {self.site.host}", shown(_root(error), self.site.secrets)
        if isinstance(error, requests.exceptions.SSLError):
            return UntrustedError(
                f"{where} shows a certificate that can't be trusted ({why}): have it renewed, or name the file of "
                "your own authority in `authority:`"
            )
        if _never_sent(error):
            return UnreachableError(
                f"{where} can't be reached ({why}): check the address, and whether the server is up"
            )
        if isinstance(error, requests.exceptions.ReadTimeout):
            return SilentError(f"{where} said nothing for {self.limits.read:g} seconds: look at how busy the server is")
        return BrokenError(f"{where} broke off the answer ({why}): it is tried again later")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what stands behind it, in the several ways in which the libraries wrap each other."""
    seen: list[BaseException | None] = [error]
    while seen:
        one = seen.pop(0)
        if one is not None:
            yield one
            seen += [one.__cause__ or one.__context__, getattr(one, "reason", None)]
            seen += [inner for inner in one.args if isinstance(inner, BaseException)]


def _never_sent(error: BaseException) -> bool:
    return any(type(one).__name__ in _BEFORE_SENDING for one in _causes(error))


def _root(error: BaseException) -> str:
    """Return the system's own words for what happened, else the name of the error."""
    for one in _causes(error):
        if isinstance(one, OSError) and one.strerror:
            return str(getattr(one, "verify_message", "") or one.strerror)
    return type(error).__name__


def _adapter(note: Callable[[socket.socket], None], sent: Callable[[], None]) -> Any:
    """Return an adapter that notes each connection's socket and what was sent; it tries nothing twice by itself."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    class Noting(HTTPAdapter):
        def get_connection_with_tls_context(self, *args: Any, **more: Any) -> Any:
            """Return the library's pool of connections, made to note each one's socket."""
            pool: Any = super().get_connection_with_tls_context(*args, **more)
            if "ConnectionCls" not in vars(pool):
                pool.ConnectionCls = _noting(pool.ConnectionCls, note, sent)
            return pool

    return Noting(pool_connections=1, pool_maxsize=1)


def _noting(kind: Any, note: Callable[[socket.socket], None], sent: Callable[[], None]) -> Any:
    class Noted(kind):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            note(self.sock)

        def request(self, *args: Any, **more: Any) -> None:
            super().request(*args, **more)
            sent()

    return Noted
