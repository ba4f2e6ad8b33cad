"""The final bytes of a mail: headers that survive Python's email package, two quoted-printable parts, no chance.

The same value gives the same bytes: identifiers and the boundary are hashes, the date is an argument. Known traps
of the email package are stepped around here: identifiers longer than a line would be RFC 2047-encoded (which
breaks threading), a boundary would be random, a domain beyond ASCII would be mangled.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

from daemon.errors import NightclerkError
from daemon.render.columns import cut
from daemon.render.say import clean, plain_spaces

NAME_COLUMNS = 40
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]*@[A-Za-z0-9][A-Za-z0-9.-]*")
_IDENTIFIERS = {"message-id", "references", "in-reply-to", "list-id", "list-unsubscribe"}


class WholeIdentifiers(EmailPolicy):
    """The SMTP policy, but an identifier stays on one line and is never encoded, however long it is."""

    def fold(self, name: str, value: Any) -> str:
        """Return the header as text; identifiers as they are."""
        if name.lower() in _IDENTIFIERS:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the header as bytes; identifiers as they are."""
        if name.lower() in _IDENTIFIERS:
            return self.fold(name, value).encode("ascii", "replace")
        return super().fold_binary(name, value)


POLICY = WholeIdentifiers(linesep="\r\n", max_line_length=76, cte_type="7bit", raise_on_defect=False)


@dataclass(frozen=True)
class Letter:
    """All that a mail says; addresses are bare (`name@domain`), `date` is aware and in the zone to show."""

    sender_name: str
    sender: str
    to_name: str
    to: str
    reply_to: str
    subject: str
    text: str
    html: str
    date: datetime
    language: str
    message_id: str
    references: str
    in_reply_to: str = ""
    list_id: str = ""


def ascii_address(address: str) -> str:
    """Return a bare address with its domain in IDNA; raise NightclerkError for one that can't be mailed."""
    local, _, domain = clean(address).strip().rpartition("@")
    try:
        found = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        found = ""
    if not _ADDRESS.fullmatch(found):
        raise NightclerkError(f"{clean(address)!r} is no address that mail can be sent to: correct it")
    return found


def domain_of(address: str) -> str:
    """Return the domain of a bare address."""
    return address.rpartition("@")[2]


def short_hash(*parts: str) -> str:
    """Return 12 hex digits that stand for `parts`: names somebody in an identifier without naming them."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def header_text(text: str) -> str:
    """Return `text` as it may stand in a header: one line, plain spaces, no controls."""
    return " ".join(plain_spaces(clean(text)).split())


def letter_bytes(letter: Letter) -> bytes:
    """Return the final bytes of a mail: multipart/alternative, CRLF, seven-bit clean; text alone without HTML."""
    message = EmailMessage(POLICY)
    if letter.html:
        _add_both(message, letter)
    else:
        message.set_content(_body(letter.text), charset="utf-8", cte="quoted-printable")
    for name, value in _headers(letter).items():
        del message[name]
        message[name] = value
    return message.as_bytes()


def _add_both(message: EmailMessage, letter: Letter) -> None:
    message.make_alternative()
    for subtype, body in (("plain", letter.text), ("html", letter.html)):
        message.add_alternative(_body(body), subtype=subtype, charset="utf-8", cte="quoted-printable")
    for part in message.iter_parts():
        del part["MIME-Version"]
        part["Content-Language"] = letter.language
    message.set_boundary("=_" + short_hash(letter.message_id, letter.text, letter.html))


def _body(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _headers(letter: Letter) -> Mapping[str, object]:
    wanted = {
        "MIME-Version": "1.0",
        "From": _mailbox(letter.sender_name, letter.sender),
        "To": _mailbox(letter.to_name, letter.to),
        "Reply-To": _mailbox("", letter.reply_to),
        "Subject": header_text(letter.subject),
        "Date": format_datetime(letter.date),
        "Message-ID": letter.message_id,
        "References": letter.references,
        "In-Reply-To": letter.in_reply_to,
        "List-Id": letter.list_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": letter.language,
    }
    return {name: value for name, value in wanted.items() if value}


def _mailbox(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(cut(header_text(name), NAME_COLUMNS), local, domain)
