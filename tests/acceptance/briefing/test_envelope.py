"""The envelope of the briefing, check by check: MIME, headers, delivery, preview."""

import asyncio
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dkim
import pytest
from aiosmtpd.smtp import Envelope
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from daemon.clock import VirtualClock
from daemon.model import Mail, Person, StoredMail
from daemon.outbox.signing import signed
from daemon.outbox.transports import DkimOptions
from daemon.records import MailState
from daemon.render.mime import POLICY
from daemon.render.page import House, compose
from daemon.secrets import SecretText
from tests.acceptance.briefing.posting import (
    HOUSE,
    LETTER,
    ROUTINES,
    Opened,
    ask,
    keeping,
    parsed,
    through_a_server,
    to_port,
)
from tests.daemon.test_outbox import HANG, fake_server
from tests.jobs.briefing import mornings
from tests.jobs.briefing.scene import NOW, SHOP, Briefed


@pytest.fixture(scope="module", params=mornings.NAMES)
def morning(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Briefed:
    return mornings.scene_of(request.param, tmp_path_factory.mktemp("night")).brief()


def test_briefing_01_a_strict_parser_finds_no_defect_and_two_alternatives(morning: Briefed) -> None:
    message = parsed(morning.stored.content)
    assert [part.defects for part in message.walk()] == [[], [], []]
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_briefing_02_no_mail_is_large_enough_to_be_clipped(morning: Briefed) -> None:
    assert len(morning.html.encode()) <= 60_000
    assert len(morning.stored.content) <= 90_000


def test_briefing_03_every_byte_survives_every_relay(morning: Briefed) -> None:
    content = morning.stored.content
    assert content.isascii()
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    for part in parsed(content).iter_parts():
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part.get_content_charset() == "utf-8"


def test_briefing_04_one_identifier_for_each_day_person_and_edition() -> None:
    def of(mail: Mail = LETTER, house: House = HOUSE) -> str:
        return compose(mail, house).message_id

    assert re.fullmatch(r"<notice\.2026-07-21\.[0-9a-f]{12}@keramikglod\.example>", of())
    assert of() == of(house=replace(HOUSE, moment=NOW + timedelta(hours=3), run_id=8))
    others = [
        of(replace(LETTER, day=date(2026, 7, 22))),
        of(replace(LETTER, to=Person("Per", "per@keramikglod.example"))),
        of(replace(LETTER, edition=2)),
        of(replace(LETTER, edition=3)),
        of(house=replace(HOUSE, shop=replace(SHOP, key="other"))),
    ]
    assert len({of(), *others}) == 6


def test_briefing_05_identifiers_of_120_characters_are_never_encoded(morning: Briefed) -> None:
    names = ("Message-ID", "References", "In-Reply-To", "List-Id", "List-Unsubscribe")
    message = EmailMessage(POLICY)
    for name in names:
        message[name] = "<" + "x" * 120 + "@shop.example>"
    for content in (message.as_bytes(), morning.stored.content):
        head = content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode()
        assert not [line for line in head.splitlines() if line.startswith(names) and "=?" in line]
    assert message.as_bytes().count(b"<" + b"x" * 120 + b"@shop.example>\r\n") == 5


def test_briefing_06_headers_say_that_a_machine_writes_and_a_person_answers(morning: Briefed) -> None:
    message = morning.message
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    sent = message["Date"].datetime
    assert sent.utcoffset() == sent.astimezone(ZoneInfo("Europe/Stockholm")).utcoffset() != timedelta(0)
    assert message["Reply-To"] == "lotta@keramikglod.example"
    assert [message["Content-Language"], *(part["Content-Language"] for part in message.iter_parts())] == ["en"] * 3
    assert message["List-Id"] == "<briefing.glod.keramikglod.example>"


def test_briefing_07_two_renders_of_one_morning_are_the_same_bytes(tmp_path: Path) -> None:
    first, second = (mornings.scene_of("normal", tmp_path / name) for name in ("a", "b"))
    assert first.brief().stored == second.brief().stored


def test_briefing_08_a_domain_beyond_ascii_is_xn_in_headers_and_envelope() -> None:
    house = replace(HOUSE, sender="briefing@keramikglöd.example", reply_to="lotta@keramikglöd.example")
    stored = compose(replace(LETTER, to=Person("Lotta", "lotta@keramikglöd.example")), house)
    head = stored.content.partition(b"\r\n\r\n")[0].decode()
    assert re.findall(r"[\w.-]+@([\w.-]+)", head) == ["xn--keramikgld-mcb.example"] * 5
    assert (stored.sender, stored.recipient) == (
        "briefing@xn--keramikgld-mcb.example",
        "lotta@xn--keramikgld-mcb.example",
    )
    envelope = asyncio.run(through_a_server(stored))
    assert (envelope.mail_from, envelope.rcpt_tos) == (stored.sender, [stored.recipient])


def test_briefing_09_each_mail_has_one_recipient_and_nobody_is_hidden() -> None:
    stored = [compose(replace(LETTER, to=Person(name, f"{name}@x.example")), HOUSE) for name in ("ada", "bo")]
    for mail in stored:
        envelope = asyncio.run(through_a_server(mail))
        assert envelope.rcpt_tos == [mail.recipient]
        assert parsed(mail.content).get_all("To") == [parsed(mail.content)["To"]]
        assert len(parsed(mail.content)["To"].addresses) == 1
        assert not {"bcc", "cc"} & {name.lower() for name in parsed(mail.content).keys()}  # noqa: SIM118 - a message


def test_briefing_10_the_stored_bytes_arrive_unchanged_and_their_signature_holds(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    options = DkimOptions.model_validate(
        {"domain": "keramikglod.example", "selector": "night", "key": SecretText(pem.decode())}
    )
    mail = mornings.scene_of("normal", tmp_path).brief().stored
    (stored,) = signed([mail], options)
    arrived = asyncio.run(through_a_server(stored)).original_content
    assert arrived == stored.content
    assert stored.content.endswith(mail.content)
    assert max(len(line) for line in arrived.split(b"\r\n")) <= 78

    def dns(name: bytes, **_: object) -> bytes:
        assert name == b"night._domainkey.keramikglod.example."
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])

    verify: Any = dkim.verify
    assert verify(arrived, dnsfunc=dns)
    assert not verify(arrived.replace(b"Lotta", b"Mallory"), dnsfunc=dns)


def test_briefing_10_a_key_that_can_not_sign_costs_the_signature_and_not_the_mail(
    caplog: pytest.LogCaptureFixture,
) -> None:
    options = DkimOptions.model_validate({"domain": "a.example", "selector": "s", "key": SecretText("no key at all")})
    mail = compose(LETTER, HOUSE)
    assert signed([mail, mail], options) == (mail, mail)
    assert caplog.text.count("without a DKIM signature") == 1
    assert "no key at all" not in caplog.text


def test_briefing_11_silence_after_the_mail_is_uncertain_and_the_same_bytes_go_once_more(opened: Opened) -> None:
    async def scene() -> tuple[list[tuple[MailState, int]], list[bytes], bytes]:
        clock = VirtualClock(NOW)
        async with opened(ROUTINES, clock) as shift, fake_server({".": HANG}) as (port, heard):
            await ask(shift, "run", routine="morning")
            shift.outbox.transport = to_port(port, 0.15)
            met = []
            for _ in range(3):
                await shift.outbox.deliver_due()
                met += [(one.state, one.tries) for one in await ask(shift, "outbox")]
                clock.moment += timedelta(minutes=11)
            (stored,) = await ask(shift, "briefing", day=NOW.date())
            return met, [part for part in heard if isinstance(part, bytes)], stored.content

    met, heard, stored = asyncio.run(scene())
    assert met == [(MailState.UNCERTAIN, 1), (MailState.UNCERTAIN, 2), (MailState.UNCERTAIN, 2)]
    digests = {hashlib.sha256(part.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")).hexdigest() for part in heard}
    assert len(heard) == 2
    assert digests == {hashlib.sha256(stored).hexdigest()}


def test_briefing_11_a_permanent_refusal_is_not_tried_again(opened: Opened) -> None:
    async def scene() -> list[Any]:
        clock = VirtualClock(NOW)
        async with opened(ROUTINES, clock) as shift, fake_server({"RCPT": "550 no such user"}) as (port, heard):
            await ask(shift, "run", routine="morning")
            shift.outbox.transport = to_port(port, 1)
            for _ in range(3):
                await shift.outbox.deliver_due()
                clock.moment += timedelta(hours=2)
            (mail,) = await ask(shift, "outbox")
            return [mail.state, mail.tries, "550 no such user" in mail.error, heard.count("RCPT")]

    assert asyncio.run(scene()) == [MailState.REFUSED, 1, True, 1]


def test_briefing_46_a_preview_makes_the_real_bytes_and_mails_nothing(opened: Opened) -> None:
    async def scene() -> tuple[list[StoredMail], list[Any], list[StoredMail]]:
        async with opened(ROUTINES, VirtualClock(NOW)) as shift:
            seen = await ask(shift, "preview_briefing")
            waiting = await ask(shift, "outbox")
            await ask(shift, "send_briefing")
            return seen, waiting, await ask(shift, "briefing", day=NOW.date())

    seen, waiting, real = asyncio.run(scene())
    assert waiting == []
    assert [mail.message_id for mail in seen] == [mail.message_id for mail in real]
    assert [mail.subject for mail in seen] == [mail.subject for mail in real]


def test_briefing_46_a_test_goes_to_whoever_asks_and_says_which_bytes_went_where(opened: Opened) -> None:
    async def scene() -> tuple[dict[str, Any], list[Envelope], list[Any], list[StoredMail]]:
        async with opened(ROUTINES, VirtualClock(NOW)) as shift, keeping() as (transport, taken):
            shift.outbox.transport = transport
            told = await ask(shift, "test_briefing")
            return told, taken, await ask(shift, "outbox"), await ask(shift, "preview_briefing")

    told, taken, waiting, real = asyncio.run(scene())
    (envelope,) = taken
    content = envelope.original_content
    assert isinstance(content, bytes)
    assert envelope.rcpt_tos == [told["recipient"]] == ["ada@lamps.example"]
    assert (told["sha256"], told["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (told["result"], told["answer"]) == ("sent", "127.0.0.1 took it: 250 2.0.0 queued as 4711")
    message = parsed(content)
    assert message["Message-ID"] == told["message_id"] != real[0].message_id
    assert message["Subject"].startswith("Test: ")
    assert waiting == []


def test_briefing_46_the_command_writes_three_files_and_names_the_bytes_of_a_test(tmp_path: Path) -> None:
    def nightclerk(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "daemon", *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    (tmp_path / "config.yaml").write_text(
        "shop: {name: Lamps, timezone: Europe/Berlin}\nstate: state\npeople: {ada: {email: ada@lamps.example}}\n"
        'connections: {store: {use: demo}}\nroutines: {morning: {job: briefing, at: "06:30"}}\n'
    )
    nightclerk("briefing", "--preview", "--out", "out")
    files = {path.suffix: path for path in (tmp_path / "out").iterdir()}
    assert sorted(files) == [".eml", ".html", ".txt"]
    assert files[".html"].read_text().startswith("<!DOCTYPE html>")
    assert not (tmp_path / "state" / "mail").exists()
    told = nightclerk("briefing", "--send-test")
    (sent,) = (tmp_path / "state" / "mail").iterdir()
    assert f"SHA-256:    {hashlib.sha256(sent.read_bytes()).hexdigest()}" in told
    assert f"bytes:      {sent.stat().st_size}" in told
    assert "to:         ada@lamps.example" in told
