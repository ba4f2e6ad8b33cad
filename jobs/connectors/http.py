"""The one HTTP client of all connectors.

A connector makes a `Client` for its `Site` and asks it with `reading` and `writing`. What comes back is a good,
complete answer with JSON in it, or an `HttpError` that says whether asking again is any use and whether anything was
done.

Only requests that change nothing are repeated, or those whose caller says `idempotent`; with pauses that grow, are
drawn by chance and keep what the server asks for. Redirects are followed within the site only, and only for what
changes nothing: credentials go nowhere else. Every request of a run is counted, and a run may make so many and no
more. Proxies and .netrc of the environment are not used, certificates are always verified.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

from jobs.connectors._http_errors import (
    BrokenError,
    BusyServerError,
    HttpError,
    MissingError,
    MovedError,
    NoEntryError,
    PageError,
    Refusal,
    RefusedError,
    SilentError,
    SpentError,
    UnreachableError,
    UnreadableError,
    UntrustedError,
)
from jobs.connectors._http_judging import REDIRECTS, judged
from jobs.connectors._http_retry import pause
from jobs.connectors._http_values import (
    ANYTHING,
    SAFE,
    Answer,
    Call,
    Limits,
    Params,
    Sign,
    Signed,
    Site,
    reading,
    unsigned,
    writing,
)
from jobs.connectors._http_wire import Wire

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_HOPS = 3
"""Redirects that are followed within a site for one request."""


@dataclass
class Client:
    """Asks one site during one run.

    `requested` is called for every request made (`Outlet.requested`), `sleep` waits so many seconds, `chance` draws
    from [0, 1).
    """

    site: Site
    limits: Limits = field(default_factory=Limits)
    requested: Callable[[], None] = field(default=lambda: None, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)
    made: int = 0

    def ask(self, call: Call) -> Answer:
        """Return the good answer to a call; raise the HttpError of the last try."""
        tried, waited = 0, 0.0
        while True:
            tried += 1
            try:
                return self._tried(call)
            except HttpError as error:
                error.nothing_done = error.nothing_done or call.method in SAFE
                seconds = pause(call, error, self.limits, tried, waited, self.chance())
                if seconds is None:
                    raise
            self.sleep(seconds)
            waited += seconds

    def ahead(self, pool: "ThreadPoolExecutor", ask: Callable[[], Answer]) -> "Future[Answer]":
        """Return the answer to come of `ask` as soon as its request was sent: the site works while its caller does.

        `pool` has one thread. Without the wait that thread would not come to send while the caller is busy.
        """
        under_way = self._wire.under_way
        under_way.clear()
        coming = pool.submit(ask)
        coming.add_done_callback(lambda _: under_way.set())
        under_way.wait()
        return coming

    def _tried(self, call: Call) -> Answer:
        """Make one try, redirects within the site included."""
        url = address(self.site, call)
        for _hop in range(_HOPS + 1):
            answer = self._exchange(call, url)
            following = urljoin(url, answer.headers.get("location", url))
            if not _leads_on(answer) or not call.repeatable or _origin(following) != _origin(url):
                break
            url = following
        if _leads_on(answer):
            raise self._moved(following)
        error = judged(self.site, answer, call.media)
        if error is None:
            return answer
        raise error

    def _exchange(self, call: Call, url: str) -> Answer:
        if self.made >= self.limits.requests:
            raise SpentError(
                f"{self.site.name}: this run has made its {self.limits.requests} requests: allow more, or read less"
            )
        self.made += 1
        self.requested()
        return self._wire.exchange(call, self.site.sign(call.method, url))

    def _moved(self, following: str) -> HttpError:
        parts = urlsplit(following)
        there = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return MovedError(
            f"{self.site.name}: {self.site.host} sends to {there}: write that address in `url:` if it is yours; "
            "the keys were not sent there"
        )

    @cached_property
    def _wire(self) -> Wire:
        return Wire(self.site, self.limits)


def address(site: Site, call: Call) -> str:
    """Return the whole address of a call, without credentials; parameters in the caller's order."""
    query = urlencode(call.params)
    url = site.base + call.path.lstrip("/")
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def _leads_on(answer: Answer) -> bool:
    """Say whether an answer names another address; S3 says "moved" without one where the region is another."""
    return answer.status in REDIRECTS and "location" in answer.headers


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


__all__ = [
    "ANYTHING",
    "Answer",
    "BrokenError",
    "BusyServerError",
    "Call",
    "Client",
    "HttpError",
    "Limits",
    "MissingError",
    "MovedError",
    "NoEntryError",
    "PageError",
    "Params",
    "Refusal",
    "RefusedError",
    "Sign",
    "Signed",
    "SilentError",
    "Site",
    "SpentError",
    "UnreachableError",
    "UnreadableError",
    "UntrustedError",
    "address",
    "reading",
    "unsigned",
    "writing",
]  # fmt: skip
