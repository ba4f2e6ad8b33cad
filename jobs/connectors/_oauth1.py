"""One-legged and three-legged OAuth 1.0a with HMAC-SHA256 (RFC 5849), for shops that sign instead of sending keys.

Our own, as it is thirty lines and requests-oauthlib would be two more packages.
"""

import hmac
from base64 import b64encode
from hashlib import sha256
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

Pairs = list[tuple[str, str]]


def parameters(consumer: str, timestamp: str, nonce: str, token: str = "") -> Pairs:
    """Return OAuth's parameters but for the signature; `timestamp` is in whole seconds, a `nonce` is used once."""
    named = [("oauth_token", token)] if token else []
    return [
        ("oauth_consumer_key", consumer), ("oauth_nonce", nonce), ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", timestamp), *named, ("oauth_version", "1.0"),
    ]  # fmt: skip


def signature(method: str, url: str, secret: str, token_secret: str = "") -> str:
    """Return the signature (RFC 5849, 3.4) of an address whose query holds every parameter, OAuth's among them."""
    key = f"{escaped(secret)}&{escaped(token_secret)}"
    mac = hmac.new(key.encode(), _base(method, url).encode(), sha256)
    return b64encode(mac.digest()).decode()


def joined(url: str, more: Pairs) -> str:
    """Return an address with more parameters behind those it has."""
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(more, quote_via=quote)}"


def escaped(text: str) -> str:
    """Return a text percent-encoded as RFC 5849, 3.6 has it."""
    return quote(text, safe="~")


def _base(method: str, url: str) -> str:
    parts = urlsplit(url)
    pairs = sorted((escaped(name), escaped(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    bare = urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, "", ""))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join((method.upper(), escaped(bare), escaped(query)))
