"""Logging in with a token: against a mail server that takes XOAUTH2 only, and token endpoints of every mood."""

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from daemon.clock import VirtualClock
from daemon.model import StoredMail
from daemon.outbox.delivery import open_transport
from daemon.outbox.smtp import SmtpTransport
from daemon.outbox.tokens import Tokens
from daemon.outbox.transports import Blame, Kind, OAuthOptions, Outcome, SmtpOptions
from daemon.runner.program import printed
from daemon.secrets import SecretText
from tests.daemon.token_servers import REFUSAL, mail_server, provider

NOW = datetime(2026, 7, 21, 5, tzinfo=UTC)
MAIL = StoredMail(
    "<1@shop.example>", "a@shop.example", "b@x.example", "s", b"Subject: s\r\n\r\nx\r\n", date(2026, 7, 21)
)
SECRETS = ("client-secret-1234", "refresh-token-1234", "access-token-1", "access-token-2", "refresh-token-new")


def oauth(url: str, **more: Any) -> OAuthOptions:
    given = {"token_url": url, "client_id": "nightclerk", "client_secret": SecretText("client-secret-1234")}
    return OAuthOptions.model_validate({**given, "refresh_token": SecretText("refresh-token-1234"), **more})


def transport(port: int, way: OAuthOptions, clock: VirtualClock) -> SmtpTransport:
    options = SmtpOptions.model_validate(
        {"host": "127.0.0.1", "port": port, "security": "none", "from": "a@shop.example", "timeout": timedelta(seconds=3),
         "username": "shop@shop.example", "oauth": way}
    )  # fmt: skip
    opened = open_transport(options, Path("/nowhere"), clock, printed)
    assert isinstance(opened, SmtpTransport)
    return opened


def sent(
    way: OAuthOptions, good: set[str], waits: tuple[timedelta, ...] = (timedelta(0),), **server: str
) -> tuple[list[Outcome], list[str], str]:
    """Send one mail after each wait; return what became of them, the tokens the server saw, and all that may be logged."""

    async def scene() -> tuple[list[Outcome], list[str], str]:
        clock = VirtualClock(NOW)
        async with mail_server(good, **server) as (port, seen):
            way_out = transport(port, way, clock)
            outcomes = []
            for wait in waits:
                clock.moment += wait
                outcomes.append(await way_out.send(MAIL))
            return outcomes, seen, f"{way_out!r} {outcomes!r} {way_out.tokens!r}"

    outcomes, seen, shown = asyncio.run(scene())
    assert not [secret for secret in SECRETS if secret in shown]
    return outcomes, seen, shown


def granted(token: str, **more: Any) -> tuple[int, Any]:
    return 200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer", **more}


def test_mail_leaves_with_a_token_that_was_got_for_it_and_the_server_names_it() -> None:
    with provider(granted("access-token-1")) as endpoint:
        outcomes, seen, _ = sent(oauth(endpoint.url, scope="https://mail.google.com/"), {"access-token-1"})
    assert outcomes == [Outcome(Kind.SENT, "127.0.0.1 took it: 250 2.0.0 queued as 4711")]
    assert seen == ["access-token-1"]
    assert endpoint.asked == [
        {"grant_type": "refresh_token", "client_id": "nightclerk", "client_secret": "client-secret-1234",
         "refresh_token": "refresh-token-1234", "scope": "https://mail.google.com/"}
    ]  # fmt: skip


def test_without_a_refresh_token_the_application_asks_as_itself() -> None:
    with provider(granted("access-token-1")) as endpoint:
        sent(
            oauth(endpoint.url, refresh_token=None, scope="https://outlook.office365.com/.default"), {"access-token-1"}
        )
    assert endpoint.asked[0]["grant_type"] == "client_credentials"
    assert "refresh_token" not in endpoint.asked[0]


def test_a_token_serves_until_shortly_before_its_end_and_is_then_renewed() -> None:
    waits = timedelta(0), timedelta(minutes=57), timedelta(minutes=2)
    with provider(granted("access-token-1"), granted("access-token-2")) as endpoint:
        outcomes, seen, _ = sent(oauth(endpoint.url), {"access-token-1", "access-token-2"}, waits)
    assert [one.kind for one in outcomes] == [Kind.SENT] * 3
    assert seen == ["access-token-1", "access-token-1", "access-token-2"]


def test_a_token_that_was_taken_back_is_renewed_once_and_the_mail_leaves() -> None:
    with provider(granted("access-token-1"), granted("access-token-2")) as endpoint:

        async def scene() -> tuple[Outcome, Outcome, list[str]]:
            good = {"access-token-1"}
            async with mail_server(good) as (port, seen):
                way_out = transport(port, oauth(endpoint.url), VirtualClock(NOW))
                first = await way_out.send(MAIL)
                good.clear()
                good.add("access-token-2")
                return first, await way_out.send(MAIL), seen

        first, second, seen = asyncio.run(scene())
    assert (first.kind, second.kind) == (Kind.SENT, Kind.SENT)
    assert seen == ["access-token-1", "access-token-1", "access-token-2"]


@pytest.mark.parametrize("refusal", [f"334 {REFUSAL}", "535 5.7.3 Authentication unsuccessful"])
def test_a_fresh_token_that_is_refused_is_not_asked_for_again_and_nothing_of_it_is_shown(refusal: str) -> None:
    with provider(granted("access-token-1")) as endpoint:
        outcomes, seen, shown = sent(oauth(endpoint.url), set(), refusal=refusal)
    assert (outcomes[0].kind, outcomes[0].blame) == (Kind.RETRY, Blame.SETTINGS)
    assert "while logging in: it answered 535" in outcomes[0].sentence
    assert seen == ["access-token-1"]
    assert "dXNlcj1" not in shown


def test_a_new_refresh_token_replaces_the_old_one_from_then_on() -> None:
    answers = granted("access-token-1", refresh_token="refresh-token-new"), granted("access-token-2")
    with provider(*answers) as endpoint:
        sent(oauth(endpoint.url), {"access-token-1", "access-token-2"}, (timedelta(0), timedelta(hours=2)))
    assert [form["refresh_token"] for form in endpoint.asked] == ["refresh-token-1234", "refresh-token-new"]


@pytest.mark.parametrize(
    ("answer", "blame", "words"),
    [
        (
            (400, {"error": "invalid_grant", "error_description": "refresh-token-1234 is old"}),
            Blame.SETTINGS,
            "(invalid_grant)",
        ),
        ((401, {"error": "<b>client-secret-1234</b>"}), Blame.SETTINGS, "it answered 401"),
        ((503, "later"), Blame.SERVER, "it answered 503"),
        ((429, {}), Blame.SERVER, "it answered 429"),
        ((200, {"access_token": "two\r\nlines"}), Blame.SETTINGS, "what came is none"),
        ((200, ["access-token-1"]), Blame.SETTINGS, "what came is none"),
    ],
)
def test_where_no_token_is_given_the_mail_waits_and_the_reason_is_said(answer: Any, blame: Blame, words: str) -> None:
    with provider(answer) as endpoint:
        outcomes, seen, _ = sent(oauth(endpoint.url), {"access-token-1"})
    assert (outcomes[0].kind, outcomes[0].blame) == (Kind.RETRY, blame)
    assert "while getting a token: no token is given" in outcomes[0].sentence
    assert words in outcomes[0].sentence
    assert seen == []


@pytest.mark.parametrize(
    ("said", "minutes"), [(3600, 58), (60, 0.5), (None, 5), (True, 5), ("3600", 5), (-1, 5), (1e18, 1438)]
)
def test_how_long_a_token_is_used(said: Any, minutes: float) -> None:
    with provider((200, {"access_token": "access-token-1", "expires_in": said})) as endpoint:
        tokens = Tokens(oauth(endpoint.url), VirtualClock(NOW), printed)
        asyncio.run(tokens.get())
    assert tokens._token is not None
    assert tokens._token.until == NOW + timedelta(minutes=minutes)


def _script(folder: Path, text: str) -> list[str]:
    file = folder / "token.sh"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o700)
    return [str(file)]


def test_a_command_of_the_owners_prints_the_token_and_knows_no_shell_tricks(tmp_path: Path) -> None:
    argv = [*_script(tmp_path, 'test "$1" = "; exit 1" && echo access-token-1 && echo more'), "; exit 1"]
    outcomes, seen, _ = sent(OAuthOptions(token_command=argv), {"access-token-1"})
    assert outcomes[0].kind is Kind.SENT
    assert seen == ["access-token-1"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("echo access-token-1; exit 3", "ended with 3"),
        ("exec yes access-token-1", "more than a token"),
        ("true", "what came is none"),
    ],
)
def test_a_command_that_fails_shows_nothing_of_what_it_printed(
    tmp_path: Path, text: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    outcomes, _, _ = sent(OAuthOptions(token_command=_script(tmp_path, text)), {"access-token-1"})
    assert outcomes[0].kind is Kind.RETRY
    assert words in outcomes[0].sentence
    assert "access-token" not in caplog.text


def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    argv = _script(tmp_path, "sleep 60 & sleep 60")
    with pytest.raises(Exception, match=r"took longer than 0\.2 s"):
        asyncio.run(printed(argv, 0.2))


def test_a_command_sees_nothing_of_the_environment_that_is_not_meant_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2hunter2")
    assert "hunter2" not in asyncio.run(printed(_script(tmp_path, "env")))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"token_url": "http://login.example/token", "client_id": "x", "client_secret": SecretText("y")},
        {"token_url": "https://login.example/token", "client_id": "x"},
        {"token_url": "https://login.example/token", "client_id": "x", "client_secret": "in the open"},
        {"token_command": ["token.sh"]},
        {"token_command": ["/usr/bin/token"], "client_id": "x"},
    ],
)
def test_settings_no_token_can_come_from_are_refused(given: Any) -> None:
    with pytest.raises(ValidationError):
        OAuthOptions.model_validate(given)


@pytest.mark.parametrize("given", [{"username": ""}, {"password": SecretText("x")}])
def test_a_token_goes_with_a_user_name_and_without_a_password(given: Any) -> None:
    base = {"host": "h", "from": "a@b.example", "username": "u", "oauth": OAuthOptions(token_command=["/bin/true"])}
    with pytest.raises(ValidationError, match=r"go together|not both"):
        SmtpOptions.model_validate({**base, **given})
