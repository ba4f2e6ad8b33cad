"""How WooCommerce is shown who asks: Basic over https, OAuth 1.0a over http, keys in the address.

WooCommerce takes one-legged OAuth 1.0a (RFC 5849) only, with the signature in the query, an empty token, HMAC-SHA256.
Its side decodes and encodes each name again and stumbles over brackets, so no parameter of ours may hold any.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from jobs.connectors._oauth1 import joined, parameters, signature
from jobs.connectors.http import Sign, Signed


@dataclass(frozen=True)
class Keys:
    """The two keys that WooCommerce made for us."""

    consumer: str
    secret: str


def basic(keys: Keys) -> Sign:
    """Return a signer that sends the keys in a header; WooCommerce takes that over https only."""
    token = b64encode(f"{keys.consumer}:{keys.secret}".encode()).decode()
    return lambda _method, url: Signed(url, {"Authorization": f"Basic {token}"})


def in_query(keys: Keys) -> Sign:
    """Return a signer that puts the keys into the address, for servers that lose the header; https only."""

    def sign(_method: str, url: str) -> Signed:
        return Signed(joined(url, [("consumer_key", keys.consumer), ("consumer_secret", keys.secret)]))

    return sign


def oauth(keys: Keys, opened: datetime, elapsed: Callable[[], float]) -> Sign:
    """Return a signer for http. Its moment is `opened` plus the seconds since: the shop allows 15 minutes' error."""

    def sign(method: str, url: str) -> Signed:
        moment = opened + timedelta(seconds=elapsed())
        return Signed(oauth_address(keys, method, url, str(int(moment.timestamp())), token_hex(16)))

    return sign


def oauth_address(keys: Keys, method: str, url: str, timestamp: str, nonce: str) -> str:
    """Return the address with OAuth's parameters and its signature (RFC 5849, 3.4)."""
    named = joined(url, parameters(keys.consumer, timestamp, nonce))
    return joined(named, [("oauth_signature", signature(method, named, keys.secret))])
