"""DKIM signatures (RFC 6376) for shops that run a mail server of their own; a provider signs what it takes by itself.

A mail is signed once, when it is made and before it is stored, so that every try sends the same bytes.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace

from daemon.log import Once
from daemon.model import StoredMail
from daemon.outbox.transports import DkimOptions

_once = Once(logging.getLogger(__name__))
_RELAXED = (b"relaxed", b"relaxed")


def signed(mails: Iterable[StoredMail], options: DkimOptions | None) -> tuple[StoredMail, ...]:
    """Return the mails with a signature on top; unsigned where that fails, which is said once: mail has to leave."""
    return tuple(mails) if options is None else tuple(_signed(mail, options) for mail in mails)


def _signed(mail: StoredMail, options: DkimOptions) -> StoredMail:
    try:
        header = _signature(mail.content, options)
    except Exception as error:  # noqa: BLE001 - boundary to an optional library and the owner's key
        _once.failed("dkim", f"mail leaves without a DKIM signature ({type(error).__name__}): look at `dkim.key`")
        return mail
    _once.works("dkim", "mail is signed again")
    return replace(mail, content=header + mail.content)


def _signature(content: bytes, options: DkimOptions) -> bytes:
    import dkim  # noqa: PLC0415 - an optional library of 14 MB of memory, for who has configured it

    key = options.key.get_secret_value().encode("ascii")
    header: bytes = dkim.sign(
        content, options.selector.encode("ascii"), options.domain.encode("ascii"), key, canonicalize=_RELAXED
    )
    return header
