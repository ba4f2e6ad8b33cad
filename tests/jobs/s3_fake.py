"""A server on loopback that speaks as S3 does, with its bad habits; it computes every signature by itself.

What it answers follows the S3 API reference and answers of the real service: pages of a few objects, errors in XML,
none to HEAD, "moved" without an address where the region is another.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit
from xml.sax.saxutils import escape

from daemon.testing import NOW
from tests import loopback

KEY, SECRET, REGION, BUCKET = "AKIAFAKE0000000000", "wJalr/FAKE+SECRET0123456789", "eu-test-1", "shop-backups"
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
BOMB = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<ListBucketResult><IsTruncated>false</IsTruncated><Name>&b;</Name></ListBucketResult>"""


@dataclass
class Object:
    """One object: `sha256` is what the server keeps of it, `lock` mode and last moment of its retention."""

    content: bytes
    at: datetime = NOW
    sha256: str = ""
    kind: str = "FULL_OBJECT"
    lock: tuple[str, datetime] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def kept(content: bytes, at: datetime = NOW, **more: object) -> Object:
    """Return an object whose SHA-256 the server keeps."""
    digest = b64encode(hashlib.sha256(content).digest()).decode()
    return Object(content, at, digest, **more)  # type: ignore[arg-type]


@dataclass
class Bucket:
    """What lies in the bucket, how the server misbehaves, and what it was asked.

    `failures` maps the beginning of a request ("GET /") to the codes it answers with, one for each request.
    """

    objects: dict[str, Object] = field(default_factory=dict)
    url: str = ""
    page: int = 2
    can_lock: bool = True
    failures: dict[str, list[str]] = field(default_factory=dict)
    listing: bytes | None = None
    cut: int | None = None
    ignores_ranges: bool = False
    clock: datetime = NOW
    asked: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Words of a query ("retention") that the key may not ask for."""
    replaced: dict[str, Object] = field(default_factory=dict)
    """Objects that take the place of those of their name after the first part was read."""

    def put(self, key: str, content: bytes = b"content", at: datetime = NOW, **more: object) -> Object:
        """Put an object whose hash is kept, and return it."""
        self.objects[key] = kept(content, at, **more)
        return self.objects[key]

    def list_sums(self, *keys: str, to: str, **changed: bytes) -> None:
        """Write a list of the sums of objects, by their names behind its own folder."""
        folder = to[: to.rfind("/") + 1]
        lines = [
            f"{hashlib.sha256(changed.get(key, self.objects[key].content)).hexdigest()}  {key[len(folder) :]}\n"
            for key in keys
        ]
        self.put(to, "".join(lines).encode())


STATUS = {
    "SlowDown": 503, "InternalError": 500, "NoSuchBucket": 404, "NoSuchKey": 404, "PermanentRedirect": 301,
    "NoSuchObjectLockConfiguration": 404, "ObjectLockConfigurationNotFoundError": 404, "PreconditionFailed": 412,
    "AuthorizationHeaderMalformed": 400, "NotImplemented": 501, "InvalidRequest": 400,
}  # fmt: skip


class RefusedError(Exception):
    """The request is answered with an error of this code."""


def signature(method: str, target: str, headers: dict[str, str], secret: str) -> str:
    """Return the signature that a request should have, worked out from what came over the wire."""
    told = headers["authorization"]
    scope = told.split("Credential=")[1].split(",")[0].split("/", 1)[1]
    names = told.split("SignedHeaders=")[1].split(",")[0]
    parts = urlsplit(target)
    pairs = sorted((quote(n, safe="~"), quote(v, safe="~")) for n, v in parse_qsl(parts.query, keep_blank_values=True))
    path = quote(unquote(parts.path), safe="/~")
    asked = "\n".join(
        [
            method,
            path,
            "&".join(f"{n}={v}" for n, v in pairs),
            *(f"{name}:{headers[name].strip()}" for name in names.split(";")),
            "",
            names,
            headers["x-amz-content-sha256"],
        ]
    )
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@dataclass
class Request:
    """One request, judged and answered as `(status, headers, body)`."""

    bucket: Bucket
    method: str
    target: str
    headers: dict[str, str]

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        try:
            self.authenticate()
            self.misbehave()
            return self.asked()
        except RefusedError as error:
            return self.error(str(error))

    def misbehave(self) -> None:
        for begin, codes in self.bucket.failures.items():
            if f"{self.method} {self.target}".startswith(begin) and codes:
                raise RefusedError(codes.pop(0))

    def error(self, code: str) -> tuple[int, dict[str, str], bytes]:
        extra = f"<Region>{REGION}</Region>" if code == "AuthorizationHeaderMalformed" else ""
        body = (
            f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>about {escape(SECRET)}</Message>{extra}</Error>"
        )
        headers = {"Content-Type": "application/xml"}
        if code == "PermanentRedirect":
            headers["x-amz-bucket-region"] = REGION
        return STATUS.get(code, 403), headers, b"" if self.method == "HEAD" else body.encode()

    def authenticate(self) -> None:
        told = self.headers.get("authorization", "")
        if f"Credential={KEY}/" not in told:
            raise RefusedError("InvalidAccessKeyId")
        if f"/{REGION}/s3/" not in told:
            raise RefusedError("AuthorizationHeaderMalformed")
        said = datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(self.bucket.clock - said) > timedelta(minutes=15):
            raise RefusedError("RequestTimeTooSkewed")
        if not told.endswith(f"Signature={signature(self.method, self.target, self.headers, SECRET)}"):
            raise RefusedError("SignatureDoesNotMatch")
        unsigned = [n for n in self.headers if n.startswith("x-amz-") and n not in told]
        if unsigned:
            raise RefusedError("AccessDenied")

    def asked(self) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(self.target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        _, bucket, key = unquote(parts.path).split("/", 2)
        if self.bucket.refused & set(query):
            raise RefusedError("AccessDenied")
        if bucket != BUCKET:
            raise RefusedError("NoSuchBucket")
        if "list-type" in query:
            return self.listed(query)
        if "object-lock" in query:
            return self.locks()
        if key not in self.bucket.objects:
            raise RefusedError("NoSuchKey")
        one = self.bucket.objects[key]
        return self.retention(one) if "retention" in query else self.content(key, one)

    def listed(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.bucket.listing is not None:
            return 200, {"Content-Type": "application/xml"}, self.bucket.listing
        names = sorted(key for key in self.bucket.objects if key.startswith(query["prefix"]))
        start = int(query.get("continuation-token", "0/+=").split("/")[0])
        page, rest = names[start : start + self.bucket.page], names[start + self.bucket.page :]
        token = f"<NextContinuationToken>{start + self.bucket.page}/+=</NextContinuationToken>" if rest else ""
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult {NAMESPACE}><Name>{BUCKET}</Name>'
            f"<EncodingType>url</EncodingType><IsTruncated>{str(bool(rest)).lower()}</IsTruncated>{token}"
            f"{''.join(map(self.entry, page))}</ListBucketResult>"
        )
        return 200, {"Content-Type": "application/xml"}, body.encode()

    def entry(self, key: str) -> str:
        one = self.bucket.objects[key]
        etag = hashlib.md5(one.content).hexdigest()
        return (
            f"<Contents><Key>{escape(quote_plus(key, safe='/'))}</Key><Size>{len(one.content)}</Size>"
            f"<LastModified>{one.at:%Y-%m-%dT%H:%M:%S}.000Z</LastModified><ETag>&quot;{etag}-3&quot;</ETag></Contents>"
        )

    def locks(self) -> tuple[int, dict[str, str], bytes]:
        if not self.bucket.can_lock:
            raise RefusedError("ObjectLockConfigurationNotFoundError")
        body = f"<ObjectLockConfiguration {NAMESPACE}><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
        return 200, {"Content-Type": "application/xml"}, body.encode()

    def retention(self, one: Object) -> tuple[int, dict[str, str], bytes]:
        if not self.bucket.can_lock:
            raise RefusedError("InvalidRequest")
        if one.lock is None:
            raise RefusedError("NoSuchObjectLockConfiguration")
        mode, until = one.lock
        told = f"<Mode>{mode}</Mode><RetainUntilDate>{until:%Y-%m-%dT%H:%M:%S}.000Z</RetainUntilDate>"
        return 200, {"Content-Type": "application/xml"}, f"<Retention {NAMESPACE}>{told}</Retention>".encode()

    def content(self, key: str, one: Object) -> tuple[int, dict[str, str], bytes]:
        tag = f'"{hashlib.md5(one.content).hexdigest()}-3"'
        headers = {
            "ETag": tag, "Last-Modified": format_datetime(one.at, usegmt=True), "Content-Type": "text/html", **one.headers
        }  # fmt: skip
        if self.method == "HEAD":
            if one.sha256 and self.headers.get("x-amz-checksum-mode") == "ENABLED":
                headers |= {"x-amz-checksum-sha256": one.sha256, "x-amz-checksum-type": one.kind}
            return 200, {**headers, "Content-Length": str(len(one.content))}, b""
        if self.headers.get("if-match", tag) != tag:
            raise RefusedError("PreconditionFailed")
        part, status = one.content, 200
        if "range" in self.headers and not self.bucket.ignores_ranges:
            first, last = map(int, self.headers["range"].removeprefix("bytes=").split("-"))
            part, status = one.content[first : last + 1], 206
        if key in self.bucket.replaced:
            self.bucket.objects[key] = self.bucket.replaced.pop(key)
        return status, headers, part


@contextmanager
def serving(bucket: Bucket) -> Iterator[Bucket]:
    """Serve a bucket on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            bucket.asked.append(f"{self.command} {self.path}")
            heard = {name.lower(): value for name, value in self.headers.items()}
            status, headers, body = Request(bucket, self.command, self.path, heard).answer()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: bucket.cut])
            self.close_connection = bucket.cut is not None

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._answer)
    with loopback.serving(Handler) as port:
        bucket.url = f"http://127.0.0.1:{port}"
        yield bucket
