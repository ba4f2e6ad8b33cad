"""How Shopify is shown who asks: a token that lasts, or one of 24 hours that is had for the keys of an app.

A token that was had for keys is kept in memory alone and is among the secrets that never show. It is renewed a while
before it ends, and once where the shop no longer takes it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urlsplit

from daemon.api import Outlet, OutsideError
from jobs.connectors.http import Answer, Call, Client, Limits, NoEntryError, Sign, Signed, Site
from jobs.connectors.shops._shopify_options import ShopifyOptions

_EARLY = 300
"""Seconds before its end at which a token is renewed."""
_TOKEN_PATH = "admin/oauth/access_token"  # noqa: S105 - a path, not a password


@dataclass
class Door:
    """Asks one shop with a token that holds. `sleep` waits seconds, `elapsed` counts them from any beginning."""

    options: ShopifyOptions
    outlet: Outlet
    limits: Limits
    sleep: Callable[[float], None] = time.sleep
    elapsed: Callable[[], float] = time.perf_counter
    ends: float | None = None
    _client: Client | None = field(default=None, repr=False)

    def ask(self, call: Call) -> Answer:
        """Return the good answer to a call; raise HttpError. A refused token of 24 hours is renewed, once."""
        try:
            return self._signed().ask(call)
        except NoEntryError as error:
            if self.options.token is not None or error.refusal.status != _UNKNOWN:
                raise
        self.ends = -1.0
        return self._signed().ask(call)

    def file(self, address: str) -> Client:
        """Return who has a file at an address that the shop named: a secret, and had without the token.

        Whatever is asked of it, that file is asked for. Raise OutsideError where the way there is not encrypted.
        """
        parts = urlsplit(address)
        if parts.scheme != "https" and not address.startswith(self.options.base):
            raise OutsideError(f"{self.outlet.name}: the shop names a file that can't be had by https: try again later")
        signed = lambda _method, _url: Signed(address)  # noqa: E731
        site = Site(self.outlet.name, f"{parts.scheme}://{parts.netloc}/", signed, (parts.query or address,))
        return Client(site, self.limits, self.outlet.requested, self.sleep)

    @property
    def made(self) -> int:
        """How many requests this run has made."""
        return self._client.made if self._client else 0

    @property
    def host(self) -> str:
        """The shop's host, to be named in sentences."""
        return self._site("", ()).host

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never show."""
        return self._client.site.secrets if self._client else ()

    def _signed(self) -> Client:
        if self._client is not None and (self.ends is None or self.elapsed() < self.ends):
            return self._client
        if self.options.token is not None:
            self._client = self._opened(self.options.token.get_secret_value().strip())
        else:
            self._client = self._opened(self._fetched())
        return self._client

    def _opened(self, token: str) -> Client:
        client = Client(self._site(token, (token,)), self.limits, self.outlet.requested, self.sleep)
        return replace(client, made=self.made)

    def _fetched(self) -> str:
        """Return a new token for the app's keys (client credentials grant); raise OutsideError."""
        secret = self.options.client_secret
        known = secret.get_secret_value().strip() if secret is not None else ""
        form = {"grant_type": "client_credentials", "client_id": self.options.client_id, "client_secret": known}
        client = Client(self._site("", (known,)), self.limits, self.outlet.requested, self.sleep, made=self.made)
        began = self.elapsed()
        heads = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        call = Call("POST", _TOKEN_PATH, body=urlencode(form).encode(), headers=heads, idempotent=True)
        said = client.ask(call).data
        self._client = client
        token = said.get("access_token") if isinstance(said, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token:
            raise OutsideError(f"{self.outlet.name}: {self.host} gave no token for the keys: check `shop:`")
        lasts = said.get("expires_in")
        self.ends = began + max(float(lasts) - _EARLY, 0.0) if isinstance(lasts, int) else None
        return token

    def _site(self, token: str, secrets: tuple[str, ...]) -> Site:
        return Site(self.outlet.name, self.options.base, _sign(token), secrets)


_UNKNOWN = 401


def _sign(token: str) -> Sign:
    heads = {"X-Shopify-Access-Token": token} if token else {}
    return lambda _method, url: Signed(url, heads)
