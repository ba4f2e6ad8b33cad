"""Requests signed as Amazon's services want them: AWS Signature Version 4, in the `Authorization` header.

Source: "Signature Version 4 signing process" and, for S3, "Authenticating Requests: Using the Authorization Header" of
the AWS documentation. Only requests without a body are signed, and only those that read: there is no way here to ask
for anything else. Our own, as it is sixty lines and botocore is eighty megabytes.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qsl, quote, urlsplit

NOTHING = sha256(b"").hexdigest()
"""The hash of no body."""
_ALGORITHM = "AWS4-HMAC-SHA256"
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Signer:
    """Who asks which service in which region."""

    key: str
    secret: str = field(repr=False)
    region: str
    service: str = "s3"

    def signed(self, method: str, url: str, moment: datetime, headers: Mapping[str, str]) -> dict[str, str]:
        """Return `headers` (small letters) with those that prove at a moment (UTC) who asks.

        The address must be written as `canonical` has it. Raises ValueError for a request that could change something.
        """
        if method not in _READING:
            raise ValueError(f"{method} is never asked of a place where backups lie")
        stamp = moment.strftime("%Y%m%dT%H%M%SZ")
        all_headers = {**headers, "host": urlsplit(url).netloc, "x-amz-date": stamp}
        names = ";".join(sorted(all_headers))
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        asked = sha256(_request(method, url, all_headers).encode()).hexdigest()
        proof = _mac(self._key(stamp[:8]), f"{_ALGORITHM}\n{stamp}\n{scope}\n{asked}").hex()
        told = f"{_ALGORITHM} Credential={self.key}/{scope}, SignedHeaders={names}, Signature={proof}"
        return {**headers, "x-amz-date": stamp, "authorization": told}

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.secret}".encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = _mac(key, part)
        return key


def canonical(url: str) -> str:
    """Return an address with its query in the one way of writing that is signed; the path stays as it is."""
    parts = urlsplit(url)
    pairs = sorted((escaped(name), escaped(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}{'?' if query else ''}{query}"


def escaped(text: str, safe: str = "") -> str:
    """Return a text percent-encoded as the signature has it; a path keeps its slashes with `safe="/"`."""
    return quote(text, safe=f"~{safe}")


def _request(method: str, url: str, headers: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in sorted(headers))
    body = headers.get("x-amz-content-sha256", NOTHING)
    return "\n".join((method, parts.path, parts.query, lines, ";".join(sorted(headers)), body))


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), sha256).digest()
