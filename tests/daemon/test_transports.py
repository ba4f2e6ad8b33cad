"""What may be written under a mail connection, and mails that become files."""

import asyncio
import os
import stat
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from daemon.clock import VirtualClock
from daemon.model import StoredMail
from daemon.outbox.delivery import open_transport
from daemon.outbox.smtp import SmtpTransport
from daemon.outbox.transports import TRANSPORTS, FileOptions, FileTransport, Kind, SmtpOptions, Transport, file_name
from daemon.runner.program import printed
from daemon.secrets import SecretText

MAIL = StoredMail(
    "<briefing.2026-07-21.ab@shop.example>",
    "shop@shop.example",
    "lotta@shop.example",
    "3 things need you: Ægir & co\n../x",
    b"Subject: x\r\n\r\n.dot\r\n",
    date(2026, 7, 21),
)


def options(**given: Any) -> SmtpOptions:
    return SmtpOptions.model_validate({"host": "smtp.example", "from": "Shop <shop@shop.example>", **given})


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_the_port_follows_the_protection_unless_it_is_given(security: str, port: int) -> None:
    assert options(security=security).used_port == port
    assert options(security=security, port=2525).used_port == 2525


def test_a_mail_without_protection_goes_only_to_this_machine() -> None:
    assert options(host="127.0.0.1", security="none").used_port == 25
    assert options(host="localhost", security="none").host == "localhost"
    assert options(host="::1", security="none").host == "::1"
    with pytest.raises(ValidationError, match="only for a server on this machine"):
        options(security="none")


@pytest.mark.parametrize(
    "given",
    [
        {"username": "shop"},
        {"password": SecretText("x")},
        {"username": "shop", "password": "typed in plain"},
        {"from": "nobody"},
        {"from": "a@b.example\r\nBcc: x@y.example"},
        {"from": "bödkraft@b.example"},
        {"reply_to": "No-Reply <no-reply@b.example>"},
        {"reply_to": "nobody"},
        {"dkim": {"domain": "other.example", "selector": "s", "key": SecretText("k")}},
        {"dkim": {"domain": "op.example", "selector": "s", "key": SecretText("k")}},
        {"timeout": "0s"},
        {"security": "ssl"},
        {"host": ""},
    ],
)
def test_settings_that_can_not_work_are_refused(given: Any) -> None:
    with pytest.raises(ValidationError):
        options(**given)


def test_a_shop_signs_for_its_own_domain_or_one_above_it() -> None:
    for own, signs in (("a@shop.example", "shop.example"), ("a@mail.shop.example", "shop.example")):
        dkim = {"domain": signs, "selector": "s", "key": SecretText("k")}
        assert options(**{"from": own, "dkim": dkim}).dkim is not None


def test_a_signature_without_what_signs_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dkim", None)
    with pytest.raises(ValidationError, match=r"nightclerk\[dkim\]"):
        options(dkim={"domain": "shop.example", "selector": "s", "key": SecretText("k")})


def test_a_password_shows_nowhere() -> None:
    assert "hunter2" not in repr(options(username="shop", password=SecretText("hunter2hunter2")))


def test_every_setting_is_described() -> None:
    for kind in TRANSPORTS.values():
        assert all(field.description for field in kind.model_fields.values())


def _open(given: SmtpOptions | FileOptions, state: Path) -> Transport:
    return open_transport(given, state, VirtualClock(datetime(2026, 7, 21, tzinfo=UTC)), printed)


def test_the_transport_follows_the_settings(tmp_path: Path) -> None:
    assert isinstance(_open(options(), tmp_path), SmtpTransport)
    assert _open(FileOptions(), tmp_path) == FileTransport(tmp_path / "mail")
    assert _open(FileOptions(path=tmp_path / "x"), tmp_path) == FileTransport(tmp_path / "x")


def test_a_mail_becomes_one_private_file_with_exactly_its_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    outcome = asyncio.run(FileTransport(folder).send(MAIL))
    (file,) = folder.iterdir()
    assert outcome.kind is Kind.SENT
    assert file.name.startswith("2026-07-21-3-things-need-you-gir-co-x-")
    assert file.name.endswith(".eml")
    assert file.read_bytes() == MAIL.content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_mail_written_twice_is_one_file(tmp_path: Path) -> None:
    for _ in range(2):
        asyncio.run(FileTransport(tmp_path).send(MAIL))
    assert [file.name for file in tmp_path.iterdir()] == [file_name(MAIL)]


def test_a_crash_while_writing_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    (tmp_path / f".{file_name(MAIL)}.part").write_bytes(b"half")
    assert asyncio.run(FileTransport(tmp_path).send(MAIL)).kind is Kind.SENT
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [MAIL.content]


def test_a_mail_without_a_subject_still_has_a_name() -> None:
    bare = StoredMail("<1@x>", "a@b.example", "c@d.example", "漢字", b"", date(2026, 1, 2))
    assert file_name(bare).startswith("2026-01-02-mail-")


def test_a_folder_that_can_not_be_made_is_a_sentence_and_the_mail_waits(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file in the way")
    transport = FileTransport(tmp_path / "mail")
    outcome = asyncio.run(transport.send(MAIL))
    assert outcome.kind is Kind.RETRY
    assert "can't be written" in outcome.sentence
    said = asyncio.run(transport.check())
    assert said is not None
    assert "can't be made" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    said = asyncio.run(FileTransport(tmp_path).check())
    tmp_path.chmod(0o700)
    assert said is not None
    assert "may not be written" in said


def test_a_folder_in_order_has_nothing_to_say(tmp_path: Path) -> None:
    assert asyncio.run(FileTransport(tmp_path / "mail").check()) is None


def test_the_time_limit_is_written_as_a_duration() -> None:
    assert options(timeout="45s").timeout == timedelta(seconds=45)
