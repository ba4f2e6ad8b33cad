"""What is asked of a bucket: its list, an object's head, its content in pieces, its lock. Nothing else can be asked.

Sources: S3 API reference (ListObjectsV2, HeadObject, GetObject, GetObjectRetention, GetObjectLockConfiguration). The
signer refuses every verb but GET and HEAD, so that no mistake in here can change a bucket.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

from daemon.api import Outlet, Text, stopwatch
from jobs.connectors._sigv4 import NOTHING, Signer, canonical, escaped
from jobs.connectors._xml import Element, read_xml
from jobs.connectors.backups._outcomes import UnknownError
from jobs.connectors.backups._s3_options import S3Options
from jobs.connectors.backups._s3_told import (
    NO_BUCKET_LOCK,
    NO_LOCK,
    ODD_BUCKET_LOCK,
    REPLACED,
    S3Error,
    explained,
    told,
)
from jobs.connectors.backups.tree import shown
from jobs.connectors.http import ANYTHING, Answer, Call, Client, HttpError, Limits, Params, Sign, Signed, Site

PIECE = 8 * 1024 * 1024
"""Bytes that are asked for at a time; one that breaks off is asked for again, not the whole object."""
MOST_ASKED = 1000
"""Objects of one backup that are asked about one by one; what is left is said."""
MOST_OBJECTS = 500_000
_XML = "application/xml"
_SHA256 = 32
_PARTIAL = 206
_RETENTION: Params = (("retention", ""),)
_OBJECT_LOCK: Params = (("object-lock", ""),)


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as the list has it: bytes, and the moment of its upload (UTC)."""

    key: str
    size: int
    moment: datetime


@dataclass(frozen=True)
class Head:
    """What is said of an object: `tag` tells this content from others and is no hash; `sha256` is "" where unknown.

    `packed` says that the content would come unpacked, and so not as it is stored.
    """

    size: int
    tag: str
    sha256: str
    packed: bool


@dataclass(frozen=True)
class Lock:
    """Until when (UTC) nobody, or in the mode GOVERNANCE nobody without a special right, can remove an object."""

    mode: str
    until: datetime


@dataclass(frozen=True)
class Bucket:
    """A bucket that can only be read; `odd` collects the names of objects that the list tells no sense about.

    Objects are read in pieces of `piece` bytes, and at most `most_asked` of one backup are asked about.
    """

    options: S3Options
    client: Client
    odd: list[str] = field(default_factory=list)
    piece: int = PIECE
    most_asked: int = MOST_ASKED

    def objects(self) -> Iterator[Stored]:
        """Yield every object behind the prefix; raise S3Error where the list can't be had to its end."""
        token, seen, listed = "", set[str](), 0
        while True:
            page = self._page(token)
            for entry in page.all("Contents"):
                stored = self._stored(_key(page, entry), entry)
                if stored is not None:
                    yield stored
                    listed += 1
            if page.told("IsTruncated") != "true":
                return
            token = page.told("NextContinuationToken")
            if not token or token in seen or listed > MOST_OBJECTS:
                raise self._error(f"lists without end, or more than {MOST_OBJECTS} objects: name a longer `prefix:`")
            seen.add(token)

    def head(self, key: str) -> Head:
        """Return what is said of an object."""
        heads = self._ask(Call("HEAD", _path(key), media=ANYTHING)).headers
        try:
            size = int(heads.get("content-length", ""))
        except ValueError as error:
            raise self._error(f"does not say how large {shown(key)} is: look at the server") from error
        packed = heads.get("content-encoding", "identity").lower() not in {"identity", "aws-chunked", ""}
        return Head(size, heads.get("etag", ""), _sha256(heads), packed)

    def small(self, key: str) -> bytes:
        """Return the content of an object that is small, such as a list."""
        return self._ask(Call("GET", _path(key), media=ANYTHING)).body

    def pieces(self, key: str, head: Head) -> Iterator[bytes]:
        """Yield the content of an object; raise UnknownError where it is replaced meanwhile, or not what is stored."""
        if head.packed:
            raise UnknownError(Text("it is stored with a Content-Encoding, so that it can't be read as it is stored"))
        for start in range(0, head.size, self.piece):
            yield self._piece(key, head, start)

    def _piece(self, key: str, head: Head, start: int) -> bytes:
        size = min(self.piece, head.size - start)
        headers = {"Range": f"bytes={start}-{start + size - 1}", **({"If-Match": head.tag} if head.tag else {})}
        try:
            answer = self._ask(Call("GET", _path(key), headers=headers, media=ANYTHING))
        except S3Error as error:
            if error.status == REPLACED:
                raise UnknownError(Text("it was replaced while it was read")) from error
            raise
        whole = size == head.size
        if len(answer.body) != size or not (answer.status == _PARTIAL or whole):
            raise UnknownError(Text("the server answers with another part than it was asked for"))
        return answer.body

    def lock(self, key: str) -> Lock | None:
        """Return the lock of an object; None where it has none; raise S3Error where that is not told."""
        try:
            retention = self._document(Call("GET", _path(key), _RETENTION, media=_XML), "Retention")
        except S3Error as error:
            if error.code in {NO_LOCK, ODD_BUCKET_LOCK, NO_BUCKET_LOCK}:
                return None
            raise
        mode, until = retention.told("Mode"), retention.told("RetainUntilDate")
        if not mode and not until:
            return None
        return Lock(mode, self._moment(until))

    def locks(self) -> bool:
        """Say whether the bucket can lock objects at all."""
        try:
            told_of = self._document(Call("GET", "", _OBJECT_LOCK, media=_XML), "ObjectLockConfiguration")
        except S3Error as error:
            if error.code == NO_BUCKET_LOCK:
                return False
            raise
        return told_of.told("ObjectLockEnabled") == "Enabled"

    def _page(self, token: str) -> Element:
        more = (("continuation-token", token),) if token else ()
        params = (("list-type", "2"), ("encoding-type", "url"), ("prefix", self.options.prefix), *more)
        return self._document(Call("GET", "", params, media=_XML), "ListBucketResult")

    def _stored(self, key: str, entry: Element) -> Stored | None:
        try:
            size = int(entry.told("Size"))
            moment = _utc(entry.told("LastModified"))
        except (ValueError, OverflowError):
            self.odd.append(shown(key))
            return None
        if size < 0 or not key.startswith(self.options.prefix):
            self.odd.append(shown(key))
            return None
        return Stored(key, size, moment)

    def _moment(self, text: str) -> datetime:
        try:
            return _utc(text)
        except (ValueError, OverflowError) as error:
            raise self._error("names a moment that is none: look at the server") from error

    def _document(self, call: Call, name: str) -> Element:
        try:
            document = read_xml(self._ask(call).body)
        except ValueError as error:
            raise self._error(f"answered with something that can't be read ({error}): look at the server") from error
        if document.name != name:
            raise self._error(f"answered with {shown(document.name)[:40]} instead of {name}: correct `endpoint:`")
        return document

    def _ask(self, call: Call) -> Answer:
        try:
            return self.client.ask(call)
        except HttpError as error:
            raise explained(error, self._where) from error

    def _error(self, what: str) -> S3Error:
        return S3Error(f"{self._where} {what}")

    @property
    def _where(self) -> str:
        return f"{self.client.site.name}: {self.client.site.host}"


def bucket(options: S3Options, outlet: Outlet) -> Bucket:
    """Return the bucket of a connection; nothing is asked yet."""
    keys = tuple(key.get_secret_value().strip() for key in (options.access_key, options.secret_key))
    authority = str(options.authority.expanduser()) if options.authority else ""
    signer = Signer(keys[0], keys[1], options.region)
    site = Site(outlet.name, options.base, _sign(signer, outlet.now), keys, authority, told)
    return Bucket(options, Client(site, Limits(requests=options.requests), outlet.requested))


def is_askable(key: str) -> bool:
    """Say whether an object of this name can be asked for: addresses lose a `..` and a slash at their beginning."""
    return not key.startswith("/") and {".", ".."}.isdisjoint(key.split("/"))


def _sign(signer: Signer, opened: datetime) -> Sign:
    """Return a signer whose moment is `opened` plus the seconds since; each HEAD asks for the stored checksums too."""
    passed = stopwatch()

    def sign(method: str, url: str) -> Signed:
        """Sign a request without a body."""
        plain = canonical(url)
        asked = {"x-amz-content-sha256": NOTHING, **({"x-amz-checksum-mode": "ENABLED"} if method == "HEAD" else {})}
        return Signed(plain, signer.signed(method, plain, opened + timedelta(seconds=passed()), asked))

    return sign


def _key(page: Element, entry: Element) -> str:
    """Return the name of a listed object, which is asked for encoded: XML can't hold every sign that a name may."""
    key = entry.told("Key")
    return unquote_plus(key, errors="replace") if page.told("EncodingType") == "url" else key


def _path(key: str) -> str:
    if not is_askable(key):
        raise UnknownError(Text("its name can't be asked for: {name}", {"name": shown(key)}))
    return escaped(key, "/")


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)


def _sha256(heads: Mapping[str, str]) -> str:
    """Return the SHA-256 of the whole content where the server keeps it; that of a list of parts is none of it."""
    kept = heads.get("x-amz-checksum-sha256", "")
    if heads.get("x-amz-checksum-type", "FULL_OBJECT").upper() != "FULL_OBJECT":
        return ""
    try:
        digest = b64decode(kept, validate=True)
    except (Base64Error, ValueError):
        return ""
    return digest.hex() if len(digest) == _SHA256 else ""
