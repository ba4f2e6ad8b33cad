"""Two orders, a dropshipper, and the nights in which lines are handed over."""

import csv
import email
import email.policy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from email.message import EmailMessage
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from daemon.api import Context, Money
from daemon.render.page import House, compose
from daemon.render.say import Voice, say
from daemon.testing import NOW, SHOP, FakeNight, make_context, names_in
from jobs.kinds import facts
from jobs.kinds.shop import Address, Delivery, Line, Order, Status, Supply
from jobs.orders.handing import hand_over
from jobs.orders.handover import HandoverOptions, Packing

DECLARED = names_in(facts)
BERLIN = ZoneInfo("Europe/Berlin")
ADA = Address("Ada Bauer", "Weg 1", "53111", "Bonn", "DE")
BO = Address("Bo Ek", "Ängsgatan 4", "111 29", "Stockholm", "SE")
MUG = Line("MUG-1", "Tasse", 2, Money(Decimal("4.50"), "EUR"), Supply("Glöd", "north"))
LAMP = Line("LAMP-1", "Lampe", 1, Money(Decimal("7791.25"), "EUR"), Supply("Lux"))
MIXED = Order(
    "1001", NOW - timedelta(hours=9), (MUG, LAMP), Status.OPEN, ADA, "ada", note="ring at ada@home.test",
    delivery=Delivery(email="ada@home.test", phone="+49 228 1"), source="blog", carrier="DHL",
)  # fmt: skip
OTHER = replace(MIXED, number="1002", lines=(LAMP,), address=BO, customer="bo", delivery=Delivery(email="bo@home.test"))
GLOD = HandoverOptions(to="Glöd", email="pack@glod.test", skus=("MUG-*",), approve="auto")
ASKED = GLOD.model_copy(update={"approve": "ask"})


def night_of(
    folder: Path, orders: list[Order], *to: HandoverOptions, night: FakeNight | None = None, **changes: Any
) -> Context:
    stopped = frozenset(changes.pop("stopped", ()))
    ctx = make_context(folder, DECLARED, night=night or FakeNight(), **changes)
    hand_over(ctx, "main", NOW, to, orders, stopped, Packing({"MUG-1": "A-1"}))
    return ctx


def mailed(ctx: Context) -> list[EmailMessage]:
    house = House(shop=SHOP, sender="shop@shop.test", moment=NOW, routine=ctx.routine)
    contents = [compose(mail, house).content for mail in ctx.report.mails]
    return [email.message_from_bytes(content, policy=email.policy.default) for content in contents]


def parts(message: EmailMessage) -> list[str]:
    """Return every text of a mail: plain, HTML and the table."""
    return [part.get_content() for part in message.walk() if not part.is_multipart()]


def told(ctx: Context) -> list[str]:
    voice = Voice("en", "DE", "Europe/Berlin", date(2026, 11, 2))
    return [f"{say(one.title, voice)} | {say(one.next_step, voice)}" for one in ctx.report.findings if one.next_step]


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text)))
