"""How mail can leave: the options of `use: smtp` and `use: file`, what became of one try, and the file transport.

This module knows no SMTP library, so that checking a configuration stays light; `daemon.outbox.smtp` speaks SMTP.
"""

import asyncio
import hashlib
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from enum import StrEnum
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Protocol, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from daemon.addresses import ascii_address, domain_of
from daemon.errors import NightclerkError
from daemon.model import StoredMail
from daemon.plugin import Options, Secret
from daemon.values import Duration

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_LONGEST_SLUG = 40
_NOBODY = {"noreply", "donotreply", "noresponse"}


def plain_address(value: str) -> str:
    """Return the address in `Shop <shop@example.com>` or the like; raise ValueError where there is not just one."""
    address = parseaddr(value)[1]
    if not value.isprintable() or _ADDRESS.fullmatch(address) is None:
        raise ValueError("an address is written as shop@example.com or Shop <shop@example.com>")
    return address


def _with_address(value: str) -> str:
    try:
        ascii_address(plain_address(value))
    except NightclerkError as error:
        raise ValueError("no mail can come from there: it takes plain letters before the @") from error
    return value


def _answered(value: str) -> str:
    local = plain_address(value).partition("@")[0].lower()
    if re.sub(r"[^a-z]", "", local) in _NOBODY:
        raise ValueError("answers go to somebody who reads them, not to a noreply address")
    return _with_address(value)


Sender = Annotated[str, AfterValidator(_with_address)]
ReplyTo = Annotated[str, AfterValidator(_answered)]


class OAuthOptions(Options):
    """How a token is got for a server that takes no password: from a token endpoint, or from a command of your own."""

    token_url: str = Field(
        "", description="The provider's token endpoint, such as https://oauth2.googleapis.com/token; https only."
    )
    client_id: str = Field("", description="The application's id at the provider.")
    client_secret: Secret | None = Field(None, description="The application's secret, as !secret NAME.")
    refresh_token: Secret | None = Field(
        None, description="What was granted once for the mailbox; without one the application logs in as itself."
    )
    scope: str = Field(
        "", description="What the token is for, where the provider asks, such as https://mail.google.com/."
    )
    token_command: list[str] = Field(
        [],
        description="Instead of all others: a program and its arguments, run without a shell, that prints a token.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.token_command:
            if self.model_fields_set - {"token_command"}:
                raise ValueError("token_command stands alone: the command itself knows where the token comes from")
            if not Path(self.token_command[0]).is_absolute():
                raise ValueError("token_command names its program by the whole path")
            return self
        if not self.token_url or not self.client_id:
            raise ValueError("give token_url and client_id, or token_command")
        _check_endpoint(self.token_url)
        if self.client_secret is None and self.refresh_token is None:
            raise ValueError("give client_secret, refresh_token or both: one of them proves who asks")
        return self


def _check_endpoint(url: str) -> None:
    """Raise ValueError for an endpoint that secrets would travel to in the open."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or not _is_loopback(parts.hostname or ""):
        raise ValueError("token_url begins with https://")


class DkimOptions(Options):
    """A signature of your own on every mail; a provider that takes your mail makes its own, and this is not needed."""

    domain: str = Field(
        pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
        description="The domain that signs: that of `from:`, or one above it.",
    )
    selector: str = Field(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$",
        description="Names the key in DNS, as in SELECTOR._domainkey.DOMAIN.",
    )
    key: Secret = Field(description="The private RSA key in PEM, as !secret NAME.")

    @model_validator(mode="after")
    def _installed(self) -> Self:
        if find_spec("dkim") is None:
            raise ValueError('what signs is not installed: pip install "nightclerk[dkim]", or take dkim: out')
        return self


class SmtpOptions(Options):
    """The settings of `use: smtp`: the server that takes the mail."""

    host: str = Field(min_length=1, description="The mail server's name, such as smtp.example.com.")
    port: int | None = Field(
        None, ge=1, le=65535, description="Its port; 587 for starttls, 465 for tls and 25 for none where not set."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is protected; none is only for a server on this machine."
    )
    username: str = Field("", description="The name to log in with; without one nothing is logged in.")
    password: Secret | None = Field(None, description="The password that goes with it, as !secret NAME.")
    oauth: OAuthOptions | None = Field(
        None, description="Instead of a password, for Gmail or Microsoft 365: logs in with a token (XOAUTH2)."
    )
    sender: Sender = Field(alias="from", description="The address the mail comes from.")
    reply_to: ReplyTo = Field(
        "", description="Where answers go; the routine's owner, else the first owner with an address, where not set."
    )
    dkim: DkimOptions | None = Field(None, description="Signs mail for a server of your own; needs nightclerk[dkim].")
    timeout: Duration = Field(timedelta(seconds=30), description="How long each answer of the server may take.")

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError("security: none is only for a server on this machine; use starttls or tls")
        return self

    @model_validator(mode="after")
    def _logs_in_one_way(self) -> Self:
        if self.password is not None and self.oauth is not None:
            raise ValueError("give password or oauth, not both")
        if bool(self.username) != (self.password is not None or self.oauth is not None):
            raise ValueError("username and password go together, and so do username and oauth")
        return self

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        if self.dkim is not None and not self._signs_for(self.dkim.domain.lower()):
            raise ValueError("dkim.domain is the domain of from:, or one above it")
        if self.timeout <= timedelta(0):
            raise ValueError("timeout is more than 0s")
        return self

    def _signs_for(self, domain: str) -> bool:
        own = domain_of(ascii_address(plain_address(self.sender))).lower()
        return f".{own}".endswith(f".{domain}")

    @property
    def used_port(self) -> int:
        """The port that is used: the given one, or the usual one of the protection."""
        return self.port or _PORTS[self.security]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class FileOptions(Options):
    """The settings of `use: file`: mails become files."""

    path: Path | None = Field(None, description="The folder of the mails; mail/ in the state folder where not set.")
    sender: Sender = Field("nightclerk@localhost", alias="from", description="The address the mail comes from.")


TRANSPORTS: dict[str, type[SmtpOptions] | type[FileOptions]] = {"smtp": SmtpOptions, "file": FileOptions}
"""What may stand under `use:` for a mail connection."""


class Kind(StrEnum):
    """How one try to send a mail ended."""

    SENT = "sent"
    RETRY = "retry"
    """It certainly did not leave and may be tried again."""
    REFUSED = "refused"
    """It will never be taken."""
    UNCERTAIN = "uncertain"
    """Nobody can say whether it left."""


class Blame(StrEnum):
    """What a failure is about, which decides how soon to try again and whether other mail has a chance."""

    MAIL = "mail"
    SERVER = "server"
    SETTINGS = "settings"


@dataclass(frozen=True)
class Outcome:
    """What became of one try; `again` is when the next one is due, None where none is made by itself."""

    kind: Kind
    sentence: str
    blame: Blame = Blame.MAIL
    again: datetime | None = None


class Transport(Protocol):
    """A way out for mail."""

    async def send(self, mail: StoredMail) -> Outcome:
        """Try once to send `mail`, unchanged; never raises but for cancellation, and ends in bounded time."""
        ...

    async def check(self) -> str | None:
        """Return what keeps mail from leaving as a sentence, or None; sends nothing."""
        ...


@dataclass(frozen=True)
class FileTransport:
    """Writes each mail to a file of its own that any mail program opens."""

    folder: Path

    async def send(self, mail: StoredMail) -> Outcome:
        """Write the mail to its file; the same Message-ID is always the same file."""
        path = self.folder / file_name(mail)
        try:
            await asyncio.to_thread(_write_file, path, mail.content)
        except OSError as error:
            return Outcome(Kind.RETRY, f"the mail can't be written to {path}: {error.strerror}", Blame.SERVER)
        return Outcome(Kind.SENT, f"written to {path}")

    async def check(self) -> str | None:
        """Return why no file can be written, or None."""
        try:
            await asyncio.to_thread(self.folder.mkdir, 0o700, parents=True, exist_ok=True)
        except OSError as error:
            return f"the mail folder {self.folder} can't be made: {error.strerror}"
        writable = os.access(self.folder, os.W_OK | os.X_OK)
        return None if writable else f"the mail folder {self.folder} may not be written by this user"


def file_name(mail: StoredMail) -> str:
    """Return the name of the mail's file: its day, its subject in plain letters, and what makes it unique."""
    slug = re.sub(r"[^a-z0-9]+", "-", mail.subject.lower())[:_LONGEST_SLUG].strip("-") or "mail"
    unique = hashlib.sha256(mail.message_id.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{mail.day.isoformat()}-{slug}-{unique}.eml"


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
