"""What an owner says about backups in a bucket of S3, or of a server that speaks as S3 does."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from daemon.api import Options, Secret, Size

_BUCKET = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
_LOOPBACK_NAMES = frozenset({"localhost"})
_PORT = {"https": 443, "http": 80}


def _usable_endpoint(value: str) -> str:
    """Return the address as it is signed, without a path; raise ValueError for one that keys may not be sent to."""
    parts = urlsplit(value)
    if parts.scheme not in _PORT or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("the endpoint is written as https://s3.eu-central-1.amazonaws.com, without bucket or folder")
    if parts.username or parts.password:
        raise ValueError("the endpoint holds no password: the keys go into `access_key:` and `secret_key:`")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("without https:// anybody on the way can read the backups' names: http:// is for this machine")
    return f"{parts.scheme}://{_host(parts.hostname)}{_port(parts)}"


def _host(name: str) -> str:
    """Return a name or an address as it stands in a URL: one of IPv6 in brackets."""
    return f"[{name}]" if ":" in name else name


def _port(parts: SplitResult) -> str:
    """Return the port as it stands in a URL: nothing where it is the usual one."""
    return "" if parts.port in {None, _PORT[parts.scheme]} else f":{parts.port}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in _LOOPBACK_NAMES


def _usable_prefix(value: str) -> str:
    if value.startswith("/") or not {".", ".."}.isdisjoint(value.split("/")):
        raise ValueError("the prefix is what the names begin with, such as shop/nightly/, without a slash before it")
    return value


class S3Options(Options):
    """Which objects of a bucket are backups, how the bucket is entered, and what is looked at."""

    endpoint: Annotated[str, AfterValidator(_usable_endpoint)] = Field(
        description="The server's address, such as https://s3.eu-central-1.amazonaws.com; http:// on this machine only."
    )
    bucket: str = Field(pattern=_BUCKET, description="The name of the bucket.")
    prefix: Annotated[str, AfterValidator(_usable_prefix)] = Field(
        "", description="What the names of the backups begin with, such as shop/nightly/; nothing else is listed."
    )
    region: str = Field(
        "us-east-1", pattern=r"^[a-z0-9-]+$", description="The region of the bucket, by which requests are signed."
    )
    access_key: Secret = Field(description="The access key, as a reference; it needs to read and to list, no more.")
    secret_key: Secret = Field(description="The secret key that belongs to it, as a reference.")
    path_style: bool = Field(
        True, description="Whether the bucket stands in the path; false: it stands before the server's name."
    )
    authority: Path | None = Field(
        None, description="A file with the certificate of an authority of your own (PEM).",
        json_schema_extra={"format": "path"},
    )  # fmt: skip
    copies: Literal["object", "folder"] = Field(
        "object", description="What one backup is: an object, or all objects below one name behind the prefix."
    )
    pattern: str = Field(
        "", description="Which backups count, by the name behind the prefix, such as shop-*.tar.gz; all where not set."
    )
    lock_days: int = Field(
        0,
        ge=0,
        le=36500,
        description="For how many days from now the newest must be locked; 0: locks are not asked for.",
    )
    read: bool = Field(
        False, description="Whether the newest backup is read back and hashed, which providers may charge for."
    )
    verify_limit: Size = Field(
        10 * 1024**3,
        ge=0,
        description="The most to read of a backup where `read: true`, such as 10G; the briefing says what was left.",
        json_schema_extra={"default": "10G"},
    )
    requests: int = Field(5000, ge=5, le=1_000_000, description="Requests that one run may make at most.")

    @property
    def base(self) -> str:
        """Where the objects' names begin."""
        if self.path_style:
            return f"{self.endpoint}/{self.bucket}/"
        scheme, _, host = self.endpoint.partition("://")
        return f"{scheme}://{self.bucket}.{host}/"
