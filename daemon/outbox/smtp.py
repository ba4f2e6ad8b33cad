"""The only door to the mail server: what was stored leaves from here, unchanged, once if it can be helped.

SMTP is spoken step by step, so that it is known how far a try got. Only after the mail's last byte is on its way can
a silence mean that it was taken; such a try is *uncertain* and is repeated once, later, with the same bytes.
"""

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import aiosmtplib

from daemon.log import escape
from daemon.model import StoredMail
from daemon.outbox.transports import (
    Blame,
    Kind,
    Outcome,
    SmtpOptions,
    plain_address,
)
from daemon.secrets import redact

_DATA_PATIENCE = 4
"""How many time-outs the answer to the mail itself may take: servers look for spam before they give it."""
_WHOLE_PATIENCE = 10
"""How many time-outs a try may take from beginning to end."""
_QUIT_PATIENCE = 2.0
"""Seconds; the mail's fate is known by then."""
_LONGEST_REPLY = 200
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_FULL_NAME = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_log = logging.getLogger(__name__)


class _Step(StrEnum):
    """How far a try got; the value completes "while …"."""

    CONNECT = "connecting"
    PROTECT = "starting TLS"
    LOGIN = "logging in"
    SENDER = "naming the sender"
    RECIPIENT = "naming the recipient"
    DATA = "handing over the mail"


_SETTINGS_STEPS = frozenset({_Step.CONNECT, _Step.PROTECT, _Step.LOGIN, _Step.SENDER})
"""Where a permanent refusal is about our settings, not about one mail; such mail is kept."""


@dataclass
class _Dialogue:
    """One connection and the step it is at."""

    client: aiosmtplib.SMTP
    step: _Step = _Step.CONNECT

    async def take(self, step: _Step, action: Callable[[], Awaitable[object]]) -> None:
        self.step = step
        await action()


@dataclass(frozen=True)
class SmtpTransport:
    """Hands mail to one server, a connection for each mail.

    Certificates are verified by `tls`; without one, by a context made for each connection, which keeps the machine's
    list of authorities out of an idle daemon's memory.
    """

    options: SmtpOptions
    tls: ssl.SSLContext | None = None

    async def send(self, mail: StoredMail) -> Outcome:
        """Try once to hand over `mail`; never raises but for cancellation, and ends in bounded time."""
        dialogue = _Dialogue(self._client())
        try:
            async with asyncio.timeout(self._seconds * _WHOLE_PATIENCE):
                await self._open(dialogue)
                await self._hand_over(dialogue, mail)
            await self._leave(dialogue.client)
        except Exception as error:  # noqa: BLE001 - boundary to the mail server: told in the outcome
            return self._judge(dialogue.step, error)
        finally:
            dialogue.client.close()
        return Outcome(Kind.SENT, f"{self.options.host} took it")

    async def check(self) -> str | None:
        """Connect and log in; return what is wrong, or None. Sends nothing."""
        dialogue = _Dialogue(self._client())
        try:
            async with asyncio.timeout(self._seconds * _WHOLE_PATIENCE):
                await self._open(dialogue)
            await self._leave(dialogue.client)
        except Exception as error:  # noqa: BLE001 - boundary to the mail server: told in the answer
            return self._judge(dialogue.step, error).sentence
        finally:
            dialogue.client.close()
        return None

    @property
    def _seconds(self) -> float:
        return self.options.timeout.total_seconds()

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.options.host,
            port=self.options.used_port,
            local_hostname=_own_name(socket.gethostname()),
            timeout=self._seconds,
            use_tls=self.options.security == "tls",
            start_tls=False,
            tls_context=self.tls,
        )

    async def _open(self, dialogue: _Dialogue) -> None:
        client, password = dialogue.client, self.options.password
        await dialogue.take(_Step.CONNECT, client.connect)
        if self.options.security == "starttls":
            await dialogue.take(_Step.PROTECT, client.starttls)
        if password is not None:
            secret = password.get_secret_value()
            await dialogue.take(_Step.LOGIN, lambda: client.login(self.options.username, secret))

    async def _hand_over(self, dialogue: _Dialogue, mail: StoredMail) -> None:
        client = dialogue.client
        await dialogue.take(_Step.SENDER, lambda: client.mail(plain_address(mail.sender)))
        await dialogue.take(_Step.RECIPIENT, lambda: client.rcpt(plain_address(mail.recipient)))
        await dialogue.take(_Step.DATA, lambda: client.data(mail.content, timeout=self._seconds * _DATA_PATIENCE))

    async def _leave(self, client: aiosmtplib.SMTP) -> None:
        """Take leave politely where the connection still stands; whatever comes of it changes nothing."""
        with suppress(aiosmtplib.SMTPException, OSError):
            if client.is_connected:
                await client.quit(timeout=min(self._seconds, _QUIT_PATIENCE))

    def _judge(self, step: _Step, error: Exception) -> Outcome:
        code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
        known = [self.options.password.get_secret_value()] if self.options.password else []
        kind, blame = _verdict(step, code, error)
        reason = redact(_reason(error), known)
        return Outcome(kind, f"{self.options.host}: while {step}: {reason}{_advice(kind, blame)}", blame)


def _own_name(name: str) -> str:
    """Return what to call ourselves in EHLO: a full host name, or the literal of RFC 5321 that every server takes."""
    return name if _FULL_NAME.fullmatch(name) else "[127.0.0.1]"


def _verdict(step: _Step, code: int, error: Exception) -> tuple[Kind, Blame]:
    """Return what an error at a step means; `code` is the server's, 0 where it gave none.

    After DATA anything but a clear 4xx or 5xx leaves it open whether the mail was taken.
    """
    permanent = 500 <= code <= 599  # noqa: PLR2004 - RFC 5321, 4.2.1
    if isinstance(error, ValueError) and step in {_Step.SENDER, _Step.RECIPIENT}:
        return Kind.REFUSED, Blame.MAIL
    if code in _LOGIN_CODES or (step in _SETTINGS_STEPS and (permanent or _is_settings(error))):
        return Kind.RETRY, Blame.SETTINGS
    if permanent:
        return Kind.REFUSED, Blame.MAIL
    return _unsettled(step, code)


def _unsettled(step: _Step, code: int) -> tuple[Kind, Blame]:
    """Return what an answer that is no final refusal means; once the mail is on its way only a 4xx says "not taken"."""
    if step is _Step.DATA and not 400 <= code <= 499:  # noqa: PLR2004 - RFC 5321, 4.2.1
        return Kind.UNCERTAIN, Blame.SERVER
    return Kind.RETRY, Blame.MAIL if step in {_Step.RECIPIENT, _Step.DATA} and code else Blame.SERVER


def _is_settings(error: Exception) -> bool:
    """Say whether an error without a code is about what was configured: a certificate, a missing extension."""
    if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError) or isinstance(error, ValueError):
        return True
    return isinstance(error, aiosmtplib.SMTPException) and not isinstance(
        error, OSError | aiosmtplib.SMTPResponseException
    )


def _reason(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"it answered {error.code} {escape(error.message)[:_LONGEST_REPLY]}".rstrip()
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({escape(cause.verify_message)})"
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, UnicodeError):
        return "the address has letters that mail addresses can't have"
    return escape(str(error))[:_LONGEST_REPLY] or type(error).__name__


def _advice(kind: Kind, blame: Blame) -> str:
    if kind is Kind.UNCERTAIN:
        return "; it may or may not have arrived"
    if blame is Blame.SETTINGS:
        return "; check the settings of the mail connection, the mail is kept"
    return ""
