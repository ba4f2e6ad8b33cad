"""To whom credentials go and to whom not, and that they reach no sentence; real requests on loopback."""

from base64 import b64encode
from pathlib import Path

import pytest
import trustme

from jobs.connectors.http import (
    MovedError,
    UntrustedError,
    reading,
    writing,
)
from tests.jobs.http_scenes import (
    SECRET,
    client,
    failed,
    signed,
)
from tests.shops.scripted import Said, serving


def _certificate(folder: Path) -> tuple[Path, str]:
    authority = trustme.CA()
    pem = folder / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(pem))
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    return pem, str(folder / "authority.pem")


def test_a_certificate_nobody_vouches_for_is_refused_and_ones_own_authority_is_believed(tmp_path: Path) -> None:
    pem, authority = _certificate(tmp_path)
    with serving(Said(), certificate=pem) as server:
        with pytest.raises(UntrustedError, match="certificate"):
            client(server.url, tries=1)[0].ask(reading("orders"))
        assert not server.heard
        assert client(server.url, authority=authority)[0].ask(reading("orders")).status == 200


def test_credentials_go_to_no_other_host() -> None:
    with serving(Said()) as other, serving(Said(302, headers={"Location": f"{other.url}x?y={SECRET}"})) as server:
        asking, _ = client(server.url)
        with pytest.raises(MovedError, match=other.url[:-1]) as caught:
            asking.ask(reading("orders"))
        assert SECRET not in str(caught.value)
        assert not other.heard


def test_a_redirect_within_the_site_is_followed_and_signed_anew() -> None:
    with serving(Said(301, headers={"Location": "/shop/orders"}), Said(body=b"[1]")) as server:
        assert client(server.url)[0].ask(reading("orders")).data == [1]
    assert server.heard[1].path.startswith("/shop/orders?secret=")


def test_a_redirect_that_never_ends_ends() -> None:
    with serving(Said(301, headers={"Location": "/orders"})) as server:
        with pytest.raises(MovedError):
            client(server.url)[0].ask(reading("orders"))
        assert len(server.heard) == 4


def test_a_change_follows_no_redirect() -> None:
    with serving(Said(301, headers={"Location": "/other"})) as server:
        with pytest.raises(MovedError):
            client(server.url)[0].ask(writing("POST", "notes", {}))
        assert len(server.heard) == 1


def test_a_server_that_says_the_secret_back_does_not_get_it_into_a_sentence() -> None:
    said = f'{{"code": "x", "message": "bad key {SECRET} or {b64encode(f"ck_key:{SECRET}".encode()).decode()}"}}'
    error = failed(Said(400, said.encode()))
    assert "***" in str(error)


def test_what_a_server_says_is_one_short_line_without_markup_or_control_signs() -> None:
    said = b'{"code": "x", "message": "<script>alert(1)</script>\\u001b[31m\\u202e a\\r\\nb ' + b"z" * 5000 + b'"}'
    shown = failed(Said(400, said)).refusal.message
    assert len(shown) == 200
    assert shown.isprintable()
    assert "<" not in shown


def test_the_environment_sends_nothing_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password thief\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(Said()) as server:
        client(server.url)[0].ask(reading("orders"))
    assert server.heard[0].headers["Authorization"] == signed("", "").headers["Authorization"]


def test_no_cookie_of_one_answer_goes_with_the_next_request() -> None:
    with serving(Said(headers={"Set-Cookie": "session=1"})) as server:
        asking, _ = client(server.url)
        asking.ask(reading("a"))
        asking.ask(reading("b"))
    assert "Cookie" not in server.heard[1].headers
