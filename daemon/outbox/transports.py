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
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Protocol, Self

from pydantic import AfterValidator, Field, model_validator

from daemon.model import StoredMail
from daemon.plugin import Options, Secret
from daemon.values import Duration

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_LONGEST_SLUG = 40


def plain_address(value: str) -> str:
    """Return the address in `Shop <shop@example.com>` or the like; raise ValueError where there is not just one."""
    address = parseaddr(value)[1]
    if not value.isprintable() or _ADDRESS.fullmatch(address) is None:
        raise ValueError("an address is written as shop@example.com or Shop <shop@example.com>")
    return address


def _with_address(value: str) -> str:
    plain_address(value)
    return value


Sender = Annotated[str, AfterValidator(_with_address)]


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
    sender: Sender = Field(alias="from", description="The address the mail comes from.")
    timeout: Duration = Field(timedelta(seconds=30), description="How long each answer of the server may take.")

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError("security: none is only for a server on this machine; use starttls or tls")
        if bool(self.username) != (self.password is not None):
            raise ValueError("username and password go together")
        if self.timeout <= timedelta(0):
            raise ValueError("timeout is more than 0s")
        return self

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
