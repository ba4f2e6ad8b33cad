"""How Magento is shown who asks: OAuth 1.0a with four values, a bearer token, or a token of Adobe's IMS (SaaS).

Magento's own signature check reads the `Authorization` header; a plain integration token as bearer is refused unless
the shop was set to allow it. IMS tokens hold a day and are fetched anew in time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from daemon.api import OutsideError
from jobs.connectors._oauth1 import escaped, joined, parameters, signature
from jobs.connectors.http import Call, Client, HttpError, Sign, Signed

SCOPES = "openid,AdobeID,email,profile,additional_info.roles,additional_info.projectedProductContext,commerce.accs"
"""What Adobe's documentation asks for, `commerce.accs` foremost."""
_IN_TIME = 300
"""Seconds before its end at which a token is fetched anew."""


@dataclass(frozen=True)
class Keys:
    """The four values of an integration."""

    consumer: str
    secret: str
    token: str
    token_secret: str


def bearer(token: str) -> Sign:
    """Return a signer that sends a token as it is."""
    return lambda _method, url: Signed(url, {"Authorization": f"Bearer {token}"})


def oauth(keys: Keys, opened: datetime, elapsed: Callable[[], float]) -> Sign:
    """Return a signer whose moment is `opened` plus the seconds since."""

    def sign(method: str, url: str) -> Signed:
        moment = opened + timedelta(seconds=elapsed())
        return Signed(url, {"Authorization": header(keys, method, url, str(int(moment.timestamp())), token_hex(16))})

    return sign


def header(keys: Keys, method: str, url: str, timestamp: str, nonce: str) -> str:
    """Return the header of OAuth 1.0a (RFC 5849, 3.5.1) for one request."""
    named = parameters(keys.consumer, timestamp, nonce, keys.token)
    signed = signature(method, joined(url, named), keys.secret, keys.token_secret)
    return "OAuth " + ", ".join(f'{name}="{escaped(value)}"' for name, value in [*named, ("oauth_signature", signed)])


@dataclass
class ImsTokens:
    """Signs for Adobe Commerce as a Cloud Service. `client` asks IMS, `elapsed` are seconds since the run began."""

    client: Client
    consumer: str
    secret: str = field(repr=False)
    organisation: str
    elapsed: Callable[[], float]
    token: str = field(default="", repr=False)
    ends: float = 0

    def sign(self, _method: str, url: str) -> Signed:
        """Return the request with a token that still holds."""
        if not self.token or self.elapsed() >= self.ends - _IN_TIME:
            self._renew()
        known = {"x-api-key": self.consumer, "x-gw-ims-org-id": self.organisation}
        return Signed(url, {"Authorization": f"Bearer {self.token}", **known})

    def _renew(self) -> None:
        asked = self.elapsed()
        try:
            answer = self.client.ask(_credentials(self.consumer, self.secret)).data
        except HttpError as error:
            error.nothing_done = True  # the shop itself was not asked yet
            raise
        self.token, seconds = _told(answer)
        if not self.token:
            raise OutsideError(
                f"{self.client.site.name}: {self.client.site.host} gave no token: check `key:` and `secret:` in "
                "Adobe's Developer Console",
                permanent=True,
            )
        self.ends = asked + seconds


def _credentials(consumer: str, secret: str) -> Call:
    form = {"client_id": consumer, "client_secret": secret, "grant_type": "client_credentials", "scope": SCOPES}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return Call("POST", "ims/token/v3", body=urlencode(form).encode(), headers=kind, idempotent=True)


def _told(answer: Any) -> tuple[str, float]:
    if not isinstance(answer, dict):
        return "", 0
    seconds = answer.get("expires_in")
    return str(answer.get("access_token") or ""), float(seconds) if isinstance(seconds, int) else 0
