"""The final bytes of a mail: headers that survive Python's email package, two quoted-printable parts, no chance.

The same value gives the same bytes: identifiers and the boundary are hashes, the date is an argument. Known traps
of the email package are stepped around here: identifiers longer than a line would be RFC 2047-encoded (which
breaks threading), a boundary would be random, a domain beyond ASCII would be mangled (`daemon.addresses`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

from daemon.model import Attachment
from daemon.render.columns import cut
from daemon.render.say import clean, plain_spaces

NAME_COLUMNS = 40
LINE = 76
_IDENTIFIERS = {"message-id", "references", "in-reply-to", "list-id", "list-unsubscribe"}
_TABLE = ("text", "csv")
_KINDS = {"csv": _TABLE, "pdf": ("application", "pdf")}
"""The media type of a file beside a mail, by how its name ends."""
_WORDS = {"subject", "from", "to", "reply-to"}


class OwnFolding(EmailPolicy):
    """The SMTP policy, but identifiers and words that people read are folded here.

    An identifier stays whole and is never encoded; of several each has a line of its own (RFC 5322, 2.2.3). Words
    beyond ASCII are encoded as a whole (RFC 2047): folded by Python they lose or gain a space between two words.
    """

    def fold(self, name: str, value: Any) -> str:
        """Return the header as text."""
        if name.lower() in _IDENTIFIERS:
            return f"{name}: {f'{self.linesep} '.join(str(value).split())}{self.linesep}"
        if name.lower() == "subject" or (name.lower() in _WORDS and not str(value).isascii()):
            return f"{name}: {_spelled(name, value, self.linesep)}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the header as bytes."""
        if name.lower() in _IDENTIFIERS | _WORDS:
            return self.fold(name, value).encode("ascii", "replace")
        return super().fold_binary(name, value)


def _spelled(name: str, value: Any, linesep: str) -> str:
    """Return a subject, or a mailbox with its name, in encoded words."""
    mailboxes = getattr(value, "addresses", ())
    words = mailboxes[0].display_name if mailboxes else str(value)
    encoded = Header(words, "us-ascii" if words.isascii() else "utf-8", LINE, name).encode(linesep=linesep)
    return f"{encoded}{linesep} <{mailboxes[0].addr_spec}>" if mailboxes else encoded


POLICY = OwnFolding(linesep="\r\n", max_line_length=LINE, cte_type="7bit", raise_on_defect=False)


@dataclass(frozen=True)
class Letter:
    """All that a mail says; addresses are bare (`name@domain`), `date` is aware and in the zone to show.

    `references` are the mails before it, oldest first, a blank between two.
    """

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
    attachments: tuple[Attachment, ...] = ()


def short_hash(*parts: str) -> str:
    """Return 12 hex digits that stand for `parts`: names somebody in an identifier without naming them."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def header_text(text: str) -> str:
    """Return `text` as it may stand in a header: one line, plain spaces, no controls."""
    return " ".join(plain_spaces(clean(text)).split())


def letter_bytes(letter: Letter) -> bytes:
    """Return the final bytes of a mail: multipart/alternative, CRLF, seven-bit clean; text alone without HTML.

    With attachments that is the first part of multipart/mixed.
    """
    message = EmailMessage(POLICY)
    if letter.html:
        _add_both(message, letter)
    else:
        message.set_content(_body(letter.text), charset="utf-8", cte="quoted-printable")
    if letter.attachments:
        _attach(message, letter)
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


def _attach(message: EmailMessage, letter: Letter) -> None:
    message.make_mixed()
    for one in letter.attachments:
        main, sub = _KINDS.get(one.name.rpartition(".")[2].casefold(), _TABLE)
        message.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
        part = list(message.iter_attachments())[-1]
        if main == "text":
            part.set_param("charset", "utf-8")
        del part["MIME-Version"]
    message.set_boundary("=_" + short_hash("mixed", letter.message_id, *(one.name for one in letter.attachments)))


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
