"""How a printer is asked over IPP: over HTTP's POST, one request after the other, and what its refusals mean.

What only reads is asked again by itself; a sheet never is. CUPS looks at the `Host` of a request: a server that is
asked by a name it does not know answers 400 (`ServerAlias` in its cupsd.conf).
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from daemon.api import Outlet, OutsideError, UncertainError
from jobs.connectors._http_showing import shown
from jobs.connectors.http import Call, Client, HttpError, Limits, MissingError, PageError, Sign, Signed, Site
from jobs.connectors.printers import _ipp_wire as ipp

PORT = 631
NOT_FOUND = 0x0406
_REFUSED = 0x0400
_LIMITS = Limits(tries=3, first=0.2, longest=2, patience=5, largest=8 * 1024 * 1024)
_HALF_DONE = frozenset({0x0500, 0x0504, 0x0508})
"""Internal error, device error, job cancelled: said of a sheet, they leave open how far it came (RFC 8011, B.1.5)."""
_STATUSES: Mapping[int, str] = {
    0x0400: "the request is one it does not understand",
    0x0401: "this user may not print there",
    0x0402: "it wants to know who asks: set `user:` and `password:`",
    0x0403: "this user may not print there: set `user:` and `password:`",
    0x0404: "it can't do that now",
    0x0406: "it knows no such queue or sheet",
    0x040A: "it does not take this kind of document: look at `format:`",
    0x0500: "it failed in itself: look at its own log",
    0x0501: "it does not know how to do that",
    0x0502: "it is not ready",
    0x0504: "the device failed",
    0x0505: "it failed for now",
    0x0506: "it takes no sheets: `cupsaccept` lets it",
    0x0507: "it is busy",
    0x0508: "the sheet was cancelled there",
    0x050A: "it is switched off",
    0x050B: "too many sheets wait there",
}
"""What a status of RFC 8011, B.1, means to whoever prints."""


class IppRefusedError(OutsideError):
    """The printer understood and refused; `status` is IPP's."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence, nothing_done=status not in _HALF_DONE)
        self.status = status


@dataclass(frozen=True)
class Place:
    """Where a queue is: `uri` as it was configured (ipp or ipps), and who asks."""

    uri: str
    user: str
    password: str = field(default="", repr=False)
    authority: str = ""

    @property
    def path(self) -> str:
        """The queue's path on its server."""
        return urlsplit(self.uri).path or "/"

    @property
    def root(self) -> str:
        """The address of the server itself, which CUPS takes for all its queues together."""
        return urlsplit(self.uri)._replace(path="/").geturl()

    @property
    def base(self) -> str:
        """The server as HTTP has it (RFC 8010, 4): ipp is http, ipps is https, both at port 631."""
        parts = urlsplit(self.uri)
        scheme = {"ipp": "http", "ipps": "https"}.get(parts.scheme, parts.scheme)
        usual = f":{PORT}" if parts.scheme.startswith("ipp") and parts.port is None else ""
        return f"{scheme}://{parts.netloc}{usual}/"


@dataclass
class Door:
    """Asks one queue, or the server behind it."""

    place: Place
    outlet: Outlet
    limits: Limits = _LIMITS

    @property
    def host(self) -> str:
        """The server, to be named in sentences."""
        return self._client.site.host

    def ask(self, operation: int, attributes: bytes = b"") -> ipp.Reply:
        """Ask the queue something that changes nothing."""
        return self._asked(operation, self.place.uri, attributes)

    def ask_server(self, operation: int, attributes: bytes = b"") -> ipp.Reply:
        """Ask the server behind the queue; `attributes` change at most what only we look at."""
        return self._asked(operation, self.place.root, attributes)

    def give(self, attributes: bytes, data: bytes) -> ipp.Reply:
        """Hand a document over, once.

        Raises OutsideError with `nothing_done` where it certainly was not taken, UncertainError where that is open.
        """
        call = self._call(ipp.PRINT_JOB, self.place.uri, attributes, data)
        try:
            return self._answer(call)
        except OutsideError as error:
            if error.nothing_done:
                raise
            raise UncertainError(f"{error}; whether the sheet was taken is not known") from error

    def safe(self, text: str) -> str:
        """Return what a printer said as one short line that can be shown."""
        return shown(text, self._client.site.secrets)

    def _asked(self, operation: int, uri: str, attributes: bytes) -> ipp.Reply:
        return self._answer(self._call(operation, uri, attributes))

    def _call(self, operation: int, uri: str, attributes: bytes, data: bytes = b"") -> Call:
        told = ipp.uri("printer-uri", uri) + ipp.named("requesting-user-name", self.place.user)
        return Call(
            "POST", urlsplit(uri).path, body=ipp.request(operation, told + attributes, data),
            headers={"Content-Type": ipp.MEDIA_TYPE}, idempotent=operation != ipp.PRINT_JOB, media=ipp.MEDIA_TYPE,
        )  # fmt: skip

    def _answer(self, call: Call) -> ipp.Reply:
        try:
            body = self._client.ask(call).body
        except (PageError, MissingError) as error:
            raise self._elsewhere(error) from error
        try:
            reply = ipp.read(body)
        except ValueError as error:
            raise OutsideError(
                f"{self.outlet.name}: {self.host} answered with something that is no IPP ({error}): check `uri:`"
            ) from error
        if reply.status >= _REFUSED:
            raise IppRefusedError(self._refusal(reply), reply.status)
        return reply

    def _elsewhere(self, error: HttpError) -> OutsideError:
        return OutsideError(
            f"{self.outlet.name}: {self.host} has no printer at {self.place.path}: check `uri:`, which for CUPS is "
            "ipp://HOST:631/printers/QUEUE",
            permanent=error.permanent,
            nothing_done=error.nothing_done,
        )

    def _refusal(self, reply: ipp.Reply) -> str:
        meaning = _STATUSES.get(reply.status, "look at the printer's own log")
        said = f", “{self.safe(reply.message)}”" if reply.message else ""
        return f"{self.outlet.name}: {self.host} refused ({reply.status:#06x}{said}): {meaning}"

    @cached_property
    def _client(self) -> Client:
        place = self.place
        site = Site(
            self.outlet.name, place.base, _sign(place), (place.password,) * bool(place.password), place.authority
        )
        return Client(site, self.limits, self.outlet.requested)


def _sign(place: Place) -> Sign:
    def sign(_method: str, url: str) -> Signed:
        """Add who asks, where the printer wants to know."""
        if not place.password:
            return Signed(url)
        basic = b64encode(f"{place.user}:{place.password}".encode()).decode()
        return Signed(url, {"Authorization": f"Basic {basic}"})

    return sign
