"""Fresh access tokens for mail servers that take no password any more (OAuth 2, RFC 6749; SASL XOAUTH2).

A token is asked for when a mail is to leave, kept in memory until shortly before it expires, and asked for anew where
a server refuses it. Neither a token nor what it is got with shows in a repr, a log or an error.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from daemon.clock import Clock
from daemon.errors import OutsideError
from daemon.fetch import RefusedError, fetch
from daemon.outbox.transports import OAuthOptions

AHEAD = timedelta(minutes=2)
"""How long before its end a token is no longer used: a try may take that long."""
UNSAID = timedelta(minutes=5)
"""How long a token is kept whose end nobody said."""
_LONGEST = timedelta(hours=24)
_FOR_GOOD = range(400, 405)
"""What a token endpoint answers where asking again is no use (RFC 6749, 5.2)."""
_TOKEN = re.compile(r"[\x21-\x7e]{8,16000}")
_CODE = re.compile(r"[a-z_]{1,60}")

Print = Callable[[Sequence[str]], Awaitable[str]]
"""Starts a program and returns what it printed; raises OutsideError where it fails."""


class TokenError(OutsideError):
    """No token can be had; `permanent` where the settings, or what the owner granted, must change first."""


@dataclass(frozen=True)
class Token:
    """An access token and the moment from which it is no longer used; `refresh` replaces the configured one."""

    text: str = field(repr=False)
    until: datetime
    refresh: str = field(default="", repr=False)


@dataclass
class Tokens:
    """The token of one mail connection, fetched when it is needed; `run` starts the owner's `token_command`."""

    options: OAuthOptions
    clock: Clock
    run: Print
    _token: Token | None = field(default=None, repr=False)

    @property
    def known(self) -> list[str]:
        """All that must not be seen: what was given and what was got."""
        given = [one.get_secret_value() for one in (self.options.client_secret, self.options.refresh_token) if one]
        got = [self._token.text, self._token.refresh] if self._token else []
        return [text for text in (*given, *got) if text]

    async def get(self) -> tuple[str, bool]:
        """Return a token, and whether it was fetched just now; raise TokenError."""
        if self._token is not None and self.clock.now() < self._token.until:
            return self._token.text, False
        self._token = await self._fetched(self._token.refresh if self._token else "")
        return self._token.text, True

    def refuse(self) -> None:
        """Use the token no longer: the server did not take it."""
        if self._token is not None:
            self._token = Token(self._token.text, self.clock.now(), self._token.refresh)

    async def _fetched(self, newest_refresh: str) -> Token:
        now = self.clock.now()
        if self.options.token_command:
            return _printed(await self.run(self.options.token_command), now)
        form = request_form(self.options, newest_refresh)
        return _answered(await asyncio.to_thread(_ask, self.options.token_url, form), now, newest_refresh)


def request_form(options: OAuthOptions, newest_refresh: str = "") -> Mapping[str, str]:
    """Return what a token endpoint is asked: by refresh token (RFC 6749, 6) or as the client itself (4.4)."""
    refresh = newest_refresh or (options.refresh_token.get_secret_value() if options.refresh_token else "")
    form = {
        "grant_type": "refresh_token" if refresh else "client_credentials",
        "client_id": options.client_id,
        "client_secret": options.client_secret.get_secret_value() if options.client_secret else "",
        "refresh_token": refresh,
        "scope": options.scope,
    }
    return {name: value for name, value in form.items() if value}


def _ask(url: str, form: Mapping[str, str]) -> bytes:
    try:
        return fetch(url, urlencode(form).encode(), {"Accept": "application/json"}).body
    except RefusedError as error:
        code = _CODE.fullmatch(str(_object(error.body).get("error", "")))
        said = f" ({code[0]})" if code else ""
        raise TokenError(f"no token is given: {error}{said}", permanent=error.status in _FOR_GOOD) from None
    except OutsideError as error:
        raise TokenError(f"no token is given: {error}", permanent=error.permanent) from None


def _object(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _answered(body: bytes, now: datetime, newest_refresh: str) -> Token:
    """Return the token of an answer (RFC 6749, 5.1); one may come with a new refresh token, used from then on."""
    answer = _object(body)
    refresh = answer.get("refresh_token")
    kept = refresh if isinstance(refresh, str) and _TOKEN.fullmatch(refresh) else newest_refresh
    return Token(_checked(answer.get("access_token")), now + _lifetime(answer.get("expires_in")), kept)


def _lifetime(seconds: object) -> timedelta:
    """Return how long a token is used; half its time where that is shorter than what is kept ahead."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        return UNSAID
    said = min(timedelta(seconds=min(seconds, _LONGEST.total_seconds())), _LONGEST)
    return max(said - AHEAD, said / 2)


def _printed(output: str, now: datetime) -> Token:
    """Return the token that a command printed: the first line, nothing else; its end is the command's to know."""
    return Token(_checked(output.strip().partition("\n")[0].strip()), now + UNSAID)


def _checked(text: object) -> str:
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        raise TokenError("no token is given: what came is none", permanent=True)
    return text
