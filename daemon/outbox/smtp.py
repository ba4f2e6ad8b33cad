"""The only door to the mail server: what was stored leaves from here, unchanged, once if it can be helped.

SMTP is spoken step by step, so that it is known how far a try got. Only after the mail's last byte is on its way can
a silence mean that it was taken; such a try is *uncertain* and is repeated once, later, with the same bytes.
"""

import asyncio
import base64
import logging
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

import aiosmtplib

from daemon.errors import OutsideError
from daemon.log import escape
from daemon.model import StoredMail
from daemon.outbox.tokens import Tokens
from daemon.outbox.transports import Blame, Kind, Outcome, SmtpOptions, plain_address
from daemon.secrets import redact

_DATA_PATIENCE = 4
"""How many time-outs the answer to the mail itself may take: servers look for spam before they give it."""
_WHOLE_PATIENCE = 10
"""How many time-outs a try may take from beginning to end."""
_QUIT_PATIENCE = 2.0
"""Seconds; the mail's fate is known by then."""
_LONGEST_REPLY = 200
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_TOKEN_REFUSED = 535
"""What servers answer to a token that has run out or was taken back (RFC 4954, 6)."""
_LOOKS_SECRET = re.compile(r"[A-Za-z0-9+/=_.~-]{60,}")
"""A run of letters no server needs to explain itself: it may be part of what we logged in with."""
_FULL_NAME = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_log = logging.getLogger(__name__)


class _Step(StrEnum):
    """How far a try got; the value completes "while …"."""

    CONNECT = "connecting"
    PROTECT = "starting TLS"
    TOKEN = "getting a token"  # noqa: S105 - the name of a step
    LOGIN = "logging in"
    SENDER = "naming the sender"
    RECIPIENT = "naming the recipient"
    DATA = "handing over the mail"


_SETTINGS_STEPS = frozenset({_Step.CONNECT, _Step.PROTECT, _Step.TOKEN, _Step.LOGIN, _Step.SENDER})
"""Where a permanent refusal is about our settings, not about one mail; such mail is kept."""


@dataclass
class _Dialogue:
    """One connection, the step it is at, and the token it logs in with; `fresh`: fetched for this connection."""

    client: aiosmtplib.SMTP
    step: _Step = _Step.CONNECT
    token: str = field(default="", repr=False)
    fresh: bool = False

    async def take(self, step: _Step, action: Callable[[], Awaitable[object]]) -> None:
        self.step = step
        await action()


_Then = Callable[[_Dialogue], Awaitable[str]]
"""What follows the log-in; returns the server's answer, or nothing."""


@dataclass(frozen=True)
class SmtpTransport:
    """Hands mail to one server, a connection for each mail.

    Certificates are verified by `tls`; without one, by a context made for each connection, which keeps the machine's
    list of authorities out of an idle daemon's memory.
    """

    options: SmtpOptions
    tls: ssl.SSLContext | None = None
    tokens: Tokens | None = None

    async def send(self, mail: StoredMail) -> Outcome:
        """Try once to hand over `mail`; never raises but for cancellation, and ends in bounded time."""
        return await self._attempt(partial(self._hand_over, mail=mail))

    async def check(self) -> str | None:
        """Connect and log in; return what is wrong, or None. Sends nothing."""
        outcome = await self._attempt(_nothing_more)
        return None if outcome.kind is Kind.SENT else outcome.sentence

    async def _attempt(self, then: _Then) -> Outcome:
        """Log in and do the rest; where a kept token is refused, once more with a fresh one."""
        outcome, stale = await self._once(then)
        return (await self._once(then))[0] if stale else outcome

    async def _once(self, then: _Then) -> tuple[Outcome, bool]:
        """Return what became of one connection, and whether it ended at a token that was kept from an earlier one."""
        dialogue = _Dialogue(self._client())
        try:
            async with asyncio.timeout(self._seconds * _WHOLE_PATIENCE):
                await self._open(dialogue)
                answer = await then(dialogue)
            await self._leave(dialogue.client)
        except Exception as error:  # noqa: BLE001 - boundary to the mail server: told in the outcome
            return self._judge(dialogue.step, error), self._stale(dialogue, error)
        finally:
            dialogue.client.close()
        return Outcome(Kind.SENT, f"{self.options.host} took it{answer}"), False

    def _stale(self, dialogue: _Dialogue, error: Exception) -> bool:
        """Say whether a fresh token may help, and use the refused one no longer."""
        refused = isinstance(error, aiosmtplib.SMTPResponseException) and error.code == _TOKEN_REFUSED
        if self.tokens is None or dialogue.step is not _Step.LOGIN or not refused:
            return False
        self.tokens.refuse()
        return not dialogue.fresh

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
        if self.tokens is not None:
            await dialogue.take(_Step.TOKEN, partial(self._token, dialogue, self.tokens))
            await dialogue.take(_Step.LOGIN, lambda: client.auth_xoauth2(self.options.username, dialogue.token))

    async def _token(self, dialogue: _Dialogue, tokens: Tokens) -> None:
        dialogue.token, dialogue.fresh = await tokens.get()

    async def _hand_over(self, dialogue: _Dialogue, mail: StoredMail) -> str:
        """Give sender, recipient and bytes; return the server's last words, in which it often names the mail."""
        client, said = dialogue.client, []

        async def data() -> None:
            said.append(await client.data(mail.content, timeout=self._seconds * _DATA_PATIENCE))

        await dialogue.take(_Step.SENDER, lambda: client.mail(plain_address(mail.sender)))
        await dialogue.take(_Step.RECIPIENT, lambda: client.rcpt(plain_address(mail.recipient)))
        await dialogue.take(_Step.DATA, data)
        return f": {said[0].code} {escape(said[0].message)[:_LONGEST_REPLY]}".rstrip()

    async def _leave(self, client: aiosmtplib.SMTP) -> None:
        """Take leave politely where the connection still stands; whatever comes of it changes nothing."""
        with suppress(aiosmtplib.SMTPException, OSError):
            if client.is_connected:
                await client.quit(timeout=min(self._seconds, _QUIT_PATIENCE))

    def _judge(self, step: _Step, error: Exception) -> Outcome:
        code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
        kind, blame = _verdict(step, code, error)
        reason = redact(_reason(error), self._known())
        if step is _Step.LOGIN:
            reason = _LOOKS_SECRET.sub("***", reason)  # before it is cut: half a secret would not be known
        told = f"{self.options.host}: while {step}: {reason[:_LONGEST_REPLY]}{_advice(kind, blame)}"
        return Outcome(kind, told, blame)

    def _known(self) -> list[str]:
        """Return what must not be seen of the log-in, also as it travels (RFC 4616, 4954)."""
        plain = [self.options.password.get_secret_value()] if self.options.password else []
        user = self.options.username
        sent = [*plain, *(f"\0{user}\0{one}" for one in plain)]
        hidden = self.tokens.known if self.tokens else []
        return [*plain, *hidden, *(base64.b64encode(one.encode()).decode() for one in sent)]


async def _nothing_more(_dialogue: _Dialogue) -> str:
    return ""


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
    if isinstance(error, OutsideError):
        return error.permanent
    if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError) or isinstance(error, ValueError):
        return True
    return isinstance(error, aiosmtplib.SMTPException) and not isinstance(
        error, OSError | aiosmtplib.SMTPResponseException
    )


def _reason(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"it answered {error.code} {escape(error.message)}".rstrip()
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({escape(cause.verify_message)})"
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, UnicodeError):
        return "the address has letters that mail addresses can't have"
    return escape(str(error)) or type(error).__name__


def _advice(kind: Kind, blame: Blame) -> str:
    if kind is Kind.UNCERTAIN:
        return "; it may or may not have arrived"
    if blame is Blame.SETTINGS:
        return "; check the settings of the mail connection, the mail is kept"
    return ""
