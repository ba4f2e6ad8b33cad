"""What an answer means (pure): a good one passes, any other becomes the error that says what may be done about it."""

from collections.abc import Mapping

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
    UnreadableError,
)
from jobs.connectors._http_retry import retry_after
from jobs.connectors._http_showing import is_page, shown, title
from jobs.connectors._http_values import ANYTHING, JSON, Answer, Site

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KINDS: Mapping[int, type[HttpError]] = {
    401: NoEntryError, 403: NoEntryError, 404: MissingError, 410: MissingError,
    408: BrokenError, 425: BusyServerError, 429: BusyServerError, 503: BusyServerError,
}  # fmt: skip
_SERVERS_FAULT = 500
_GOOD = range(200, 300)
_WHAT_TO_DO: Mapping[type[HttpError], str] = {
    NoEntryError: "check the credentials and their rights",
    MissingError: "check the address in `url:`",
    BusyServerError: "it is tried again later",
    BrokenError: "look at the server's own log if it stays",
}


def judged(site: Site, answer: Answer, media: str = JSON) -> HttpError | None:
    """Return what is wrong with an answer; None where it is good. Where JSON was asked for, a body must be JSON."""
    if answer.status in _GOOD:
        return _unreadable(site, answer, media)
    refusal = refused(site, answer)
    kind = _KINDS.get(answer.status) or (BrokenError if answer.status >= _SERVERS_FAULT else RefusedError)
    if answer.status in REDIRECTS:
        kind = MovedError
    advice = _WHAT_TO_DO.get(kind, "this is not asked again")
    if refusal.page is not None and kind is NoEntryError:
        advice = "a firewall or a login page stands before the shop: let this machine's address through"
    return kind(f"{site.name}: {site.host} answered {refusal}: {advice}", refusal)


def refused(site: Site, answer: Answer) -> Refusal:
    """Return what a server said, made safe to show."""
    heads = answer.headers
    wait = retry_after(heads["retry-after"], heads.get("date", "")) if "retry-after" in heads else None
    if is_page(heads.get("content-type", ""), answer.body):
        return Refusal(answer.status, page=title(answer.body, site.secrets), wait=wait)
    said = site.told(answer)
    code, message = (shown(said.get(name) or "", site.secrets) for name in ("code", "message"))
    return Refusal(answer.status, code, message, wait=wait)


def _unreadable(site: Site, answer: Answer, media: str) -> HttpError | None:
    if media != ANYTHING and is_page(answer.headers.get("content-type", ""), answer.body):
        name = title(answer.body, site.secrets) or "without a title"
        return PageError(
            f"{site.name}: {site.host} answered with a page for people ({name}) instead of data: a firewall, a login "
            "or a maintenance page stands before the shop, or `url:` leads elsewhere",
            Refusal(answer.status, page=name),
        )
    try:
        if answer.body and media == JSON:
            _ = answer.data
    except ValueError:
        return UnreadableError(
            f"{site.name}: {site.host} answered with something that is no JSON: a plug-in of the shop may print "
            "warnings into its answers; look at the shop's log",
            Refusal(answer.status),
        )
    return None
