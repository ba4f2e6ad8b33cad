"""What can go wrong between a connector and a web server, one class for each thing a caller may do about it.

Every error is an `OutsideError`: `permanent` says that asking again is no use, `nothing_done` that the server
certainly changed nothing. The sentence names the connection, the host and what to do; it holds no credentials.
"""

from dataclasses import dataclass

from daemon.api import OutsideError


@dataclass(frozen=True)
class Refusal:
    """What a server said instead of doing what was asked, made safe to show.

    `status` is HTTP's (0: no answer came), `code` and `message` those of a JSON error body, `page` the title of
    an HTML page, `wait` the seconds the server asks to be left alone for, where it asks.
    """

    status: int = 0
    code: str = ""
    message: str = ""
    page: str | None = None
    wait: float | None = None

    def __str__(self) -> str:
        said = self.message or self.code or (f"a page titled “{self.page}”" if self.page else "")
        return f"{self.status}{f', {said}' if said else ''}"


class HttpError(OutsideError):
    """The base: what was asked for was not had; `refusal` holds the server's words where there were any."""

    permanent_by_nature = False
    nothing_done_by_nature = False
    """Said of requests that change something; a `Client` knows that a reading one never did anything."""
    passes = False
    """Whether the same request may well succeed in a few seconds."""

    def __init__(self, sentence: str, refusal: Refusal | None = None) -> None:
        super().__init__(sentence, permanent=self.permanent_by_nature)
        self.nothing_done = self.nothing_done_by_nature
        self.refusal = refusal or Refusal()


class UnreachableError(HttpError):
    """No connection came about: no such name, refused, no route, too slow to connect."""

    nothing_done_by_nature = True
    passes = True


class UntrustedError(HttpError):
    """The server's certificate is not one that can be trusted."""

    permanent_by_nature = True
    nothing_done_by_nature = True


class SilentError(HttpError):
    """The request was sent and no whole answer came in time; what the server did is not known."""

    passes = True


class BrokenError(HttpError):
    """The server failed (5xx), or its answer broke off; what it did is not known."""

    passes = True


class BusyServerError(HttpError):
    """The server asks to be left alone for a while (429, or 503 as in maintenance)."""

    passes = True


class PageError(HttpError):
    """A page for people came where data was due, with a status that says all is well: a firewall or a login page."""


class UnreadableError(HttpError):
    """The answer said all is well and is no JSON that can be read, or larger than allowed."""

    permanent_by_nature = True


class RefusedError(HttpError):
    """The server understood and refused (4xx)."""

    permanent_by_nature = True
    nothing_done_by_nature = True


class NoEntryError(RefusedError):
    """The credentials are wrong or do not reach this far (401, 403)."""


class MissingError(RefusedError):
    """There is no such thing (404, 410)."""


class MovedError(HttpError):
    """The server sends elsewhere, where credentials of this one must not go."""

    permanent_by_nature = True
    nothing_done_by_nature = True


class SpentError(HttpError):
    """The run has made as many requests as it may."""

    permanent_by_nature = True
    nothing_done_by_nature = True
