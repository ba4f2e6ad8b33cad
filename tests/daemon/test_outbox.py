"""Mail against a real SMTP server with TLS and log-in, and against servers that fail at every step."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from daemon.model import StoredMail
from daemon.outbox.smtp import SmtpTransport
from daemon.outbox.transports import Blame, Kind, Outcome, SmtpOptions
from daemon.secrets import SecretText

PASSWORD = "correct horse battery"
CONTENT = b"Subject: dots\r\n\r\n.\r\n..two\r\n.line\r\nlast =C3=A5\r\n"
MAIL = StoredMail(
    "<briefing.1@shop.example>", "shop@shop.example", "lotta@x.example", "dots", CONTENT, date(2026, 7, 21)
)
GOOD = {
    "banner": "220 fake",
    "EHLO": "250 fake",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go",
    ".": "250 taken",
    "QUIT": "221 bye",
}
HANG, CLOSE = "(hang)", "(close)"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def options(
    port: int, security: str = "none", password: str = "", host: str = "127.0.0.1", patience: float = 0.15
) -> SmtpOptions:
    login = {"username": "shop", "password": SecretText(password)} if password else {}
    given = {"host": host, "port": port, "security": security, "from": "shop@shop.example", **login}
    return SmtpOptions.model_validate({**given, "timeout": timedelta(seconds=patience)})


class Keeper:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name the server calls
        self.envelopes.append(envelope)
        return "250 taken"


def _log_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=data.login == b"shop" and data.password == PASSWORD.encode(), handled=False)


@contextlib.asynccontextmanager
async def real_server(authority: trustme.CA, security: str) -> AsyncIterator[tuple[int, list[Envelope]]]:
    """A real server of the wanted protection; yields its port and what it took."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    keeper = Keeper()
    auth: dict[str, Any] = {"authenticator": _log_in, "auth_require_tls": False}
    if security == "starttls":
        auth = {"authenticator": _log_in, "auth_required": True, "tls_context": tls, "require_starttls": True}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeper, hostname="localhost", **auth),
        "127.0.0.1",
        0,
        ssl=tls if security == "tls" else None,
    )
    try:
        yield server.sockets[0].getsockname()[1], keeper.envelopes
    finally:
        server.close()
        await server.wait_closed()
        await _all_ended()


async def _all_ended() -> None:
    """Wait for the servers' side of connections that the transport has closed."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=5)


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def _through_real_server(
    authority: trustme.CA, security: str, password: str, context: ssl.SSLContext | None
) -> tuple[str | None, Outcome, list[Envelope]]:
    async with real_server(authority, security) as (port, envelopes):
        transport = SmtpTransport(options(port, security, password, host="localhost", patience=5), context)
        return await transport.check(), await transport.send(MAIL), envelopes


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_reaches_a_real_server_unchanged(authority: trustme.CA, security: str) -> None:
    said, outcome, envelopes = asyncio.run(_through_real_server(authority, security, PASSWORD, trusting(authority)))
    assert said is None
    assert outcome.kind is Kind.SENT
    assert [(e.mail_from, e.rcpt_tos) for e in envelopes] == [("shop@shop.example", ["lotta@x.example"])]
    assert envelopes[0].original_content == CONTENT


def test_a_wrong_password_keeps_the_mail_and_blames_the_settings(authority: trustme.CA) -> None:
    said, outcome, envelopes = asyncio.run(
        _through_real_server(authority, "starttls", "wrong horse", trusting(authority))
    )
    assert (outcome.kind, outcome.blame) == (Kind.RETRY, Blame.SETTINGS)
    assert "while logging in: it answered 535" in outcome.sentence
    assert "check the settings" in outcome.sentence
    assert "wrong horse" not in outcome.sentence
    assert said == outcome.sentence
    assert envelopes == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_gets_neither_password_nor_mail(authority: trustme.CA, security: str) -> None:
    _, outcome, envelopes = asyncio.run(_through_real_server(authority, security, PASSWORD, None))
    assert (outcome.kind, outcome.blame) == (Kind.RETRY, Blame.SETTINGS)
    assert "certificate is not trusted" in outcome.sentence
    assert envelopes == []


async def _serve(
    script: dict[str, str], heard: list[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    async def say(key: str) -> None:
        if script[key] == HANG:
            await reader.read()
        if script[key] in {HANG, CLOSE}:
            raise ConnectionResetError
        writer.write(script[key].encode() + b"\r\n")
        await writer.drain()

    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        await say("banner")
        while line := await reader.readline():
            verb = line.split()[0].decode().upper()
            heard.append(verb)
            await say(verb)
            if verb == "DATA" and script["DATA"].startswith("354"):
                heard.append(await reader.readuntil(b"\r\n.\r\n"))
                await say(".")
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def fake_server(script: dict[str, str]) -> AsyncIterator[tuple[int, list[Any]]]:
    """A server that answers as the script says; yields its port and what it heard."""
    heard: list[Any] = []
    server = await asyncio.start_server(lambda r, w: _serve({**GOOD, **script}, heard, r, w), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()
        await server.wait_closed()
        await _all_ended()


async def _try_against(script: dict[str, str], mail: StoredMail = MAIL) -> tuple[Outcome, list[Any]]:
    async with fake_server(script) as (port, heard):
        return await SmtpTransport(options(port)).send(mail), heard


@pytest.mark.parametrize(
    ("script", "kind", "blame", "words"),
    [
        ({"banner": HANG}, Kind.RETRY, Blame.SERVER, "while connecting: it took too long"),
        ({"banner": CLOSE}, Kind.RETRY, Blame.SERVER, "while connecting"),
        ({"banner": "SSH-2.0-OpenSSH_9.2"}, Kind.RETRY, Blame.SERVER, "while connecting"),
        ({"banner": "421 come back later"}, Kind.RETRY, Blame.SERVER, "421 come back later"),
        ({"banner": "554 not for you"}, Kind.RETRY, Blame.SETTINGS, "554 not for you"),
        ({"EHLO": CLOSE}, Kind.RETRY, Blame.SERVER, "while naming the sender"),
        ({"MAIL": "421 closing"}, Kind.RETRY, Blame.SERVER, "while naming the sender: it answered 421"),
        ({"MAIL": "530 log in first"}, Kind.RETRY, Blame.SETTINGS, "530 log in first"),
        ({"MAIL": "553 not your address"}, Kind.RETRY, Blame.SETTINGS, "the mail is kept"),
        ({"RCPT": "450 greylisted"}, Kind.RETRY, Blame.MAIL, "while naming the recipient: it answered 450"),
        ({"RCPT": "550 no such user"}, Kind.REFUSED, Blame.MAIL, "550 no such user"),
        ({"RCPT": HANG}, Kind.RETRY, Blame.SERVER, "it took too long"),
        ({"DATA": "451 not now"}, Kind.RETRY, Blame.MAIL, "while handing over the mail: it answered 451"),
        ({"DATA": "554 no"}, Kind.REFUSED, Blame.MAIL, "554 no"),
        ({".": "451 disk full"}, Kind.RETRY, Blame.MAIL, "451 disk full"),
        ({".": "554 looks like spam"}, Kind.REFUSED, Blame.MAIL, "554 looks like spam"),
        ({".": CLOSE}, Kind.UNCERTAIN, Blame.SERVER, "it may or may not have arrived"),
        ({".": HANG}, Kind.UNCERTAIN, Blame.SERVER, "it took too long; it may or may not have arrived"),
        ({".": "what?"}, Kind.UNCERTAIN, Blame.SERVER, "it may or may not have arrived"),
        ({"DATA": HANG}, Kind.UNCERTAIN, Blame.SERVER, "it may or may not have arrived"),
    ],
)
def test_each_failure_is_told_by_how_far_it_got(script: dict[str, str], kind: Kind, blame: Blame, words: str) -> None:
    outcome, _ = asyncio.run(_try_against(script))
    assert (outcome.kind, outcome.blame) == (kind, blame)
    assert words in outcome.sentence


@pytest.mark.parametrize("goodbye", [CLOSE, HANG, "500 what?"])
def test_a_rude_goodbye_does_not_make_a_taken_mail_uncertain(goodbye: str) -> None:
    outcome, heard = asyncio.run(_try_against({"QUIT": goodbye}))
    assert outcome.kind is Kind.SENT
    assert heard[-1] == "QUIT"


def test_a_line_that_begins_with_a_dot_is_doubled_on_the_wire_and_nothing_else_changes() -> None:
    _, heard = asyncio.run(_try_against({}))
    wire = next(part for part in heard if isinstance(part, bytes))
    assert wire == b"Subject: dots\r\n\r\n..\r\n...two\r\n..line\r\nlast =C3=A5\r\n.\r\n"


def test_two_tries_send_the_same_bytes() -> None:
    first, second = (asyncio.run(_try_against({".": HANG}))[1] for _ in range(2))
    assert [part for part in first if isinstance(part, bytes)] == [part for part in second if isinstance(part, bytes)]


@pytest.mark.parametrize("recipient", ["lotta@x.example\r\nRCPT TO:<thief@y.example>", "lötta@x.example"])
def test_an_address_that_can_not_be_named_is_refused_and_smuggles_nothing(recipient: str) -> None:
    outcome, heard = asyncio.run(
        _try_against({}, StoredMail("<1@x>", "shop@shop.example", recipient, "s", CONTENT, date(2026, 7, 21)))
    )
    assert outcome.kind is Kind.REFUSED
    assert "DATA" not in heard
    assert "\n" not in outcome.sentence


def test_a_server_that_answers_with_control_characters_can_not_write_into_the_log() -> None:
    outcome, _ = asyncio.run(_try_against({"RCPT": "550 gone\x1b[2J\x07 <3>forged"}))
    assert outcome.sentence.isprintable()


def test_a_server_without_starttls_gets_neither_password_nor_mail() -> None:
    async def attempt() -> tuple[Outcome, list[Any]]:
        async with fake_server({}) as (port, heard):
            return await SmtpTransport(options(port, "starttls", PASSWORD)).send(MAIL), heard

    outcome, heard = asyncio.run(attempt())
    assert (outcome.kind, outcome.blame) == (Kind.RETRY, Blame.SETTINGS)
    assert "while starting TLS" in outcome.sentence
    assert heard == ["EHLO"]


def test_nobody_listening_keeps_the_mail() -> None:
    async def attempt() -> Outcome:
        server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await SmtpTransport(options(port)).send(MAIL)

    outcome = asyncio.run(attempt())
    assert (outcome.kind, outcome.blame) == (Kind.RETRY, Blame.SERVER)
