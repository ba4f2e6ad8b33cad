"""A letter, a mail server on loopback, and a desk to ask: what the checks of the envelope share."""

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from daemon.desk import Order, obey
from daemon.desk.people import Actor
from daemon.engine.shift import Shift
from daemon.model import Document, Mail, StoredMail, Text
from daemon.outbox.smtp import SmtpTransport
from daemon.outbox.transports import Kind, SmtpOptions
from daemon.render.page import House
from tests.jobs.briefing.scene import LOTTA, NOW, SHOP

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
ROUTINES = '  morning: {job: briefing, at: "06:30"}\n'
HOUSE = House(SHOP, "briefing@keramikglod.example", NOW, run_id=7, reply_to="lotta@keramikglod.example", routine="m")
DOCUMENT = Document("notice", {"title": Text("the night"), "paragraphs": [Text("was quiet")]})
LETTER = Mail(LOTTA, DOCUMENT, date(2026, 7, 21))
ADA = Actor("ada", frozenset({"owner"}))


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.strict)
    assert isinstance(message, EmailMessage)
    return message


class _Keeper:
    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name there
        self.taken.append(envelope)
        return "250 2.0.0 queued as 4711"


@contextlib.asynccontextmanager
async def keeping() -> AsyncIterator[tuple[SmtpTransport, list[Envelope]]]:
    """A real server on loopback and the way to it; yields what it took."""
    keeper = _Keeper()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(keeper, hostname="localhost"), "127.0.0.1", 0)
    try:
        yield to_port(server.sockets[0].getsockname()[1]), keeper.taken
    finally:
        server.close()
        await server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=5)


def to_port(port: int, patience: float = 5) -> SmtpTransport:
    given = {"host": "127.0.0.1", "port": port, "security": "none", "from": "a@shop.example"}
    return SmtpTransport(SmtpOptions.model_validate({**given, "timeout": timedelta(seconds=patience)}))


async def through_a_server(mail: StoredMail) -> Envelope:
    async with keeping() as (transport, taken):
        assert (await transport.send(mail)).kind is Kind.SENT
    (envelope,) = taken
    return envelope


async def ask(shift: Shift, command: str, **args: Any) -> Any:
    async def say(_text: str) -> None:
        await asyncio.sleep(0)

    shift.nudge = shift.engine.start_one
    shift.deliver = lambda: None  # type: ignore[method-assign]
    return await obey(command, Order(shift, ADA, args, say), {})
