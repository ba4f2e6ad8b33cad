"""Each connection is really tried, in a process of its own; what is wrong with it is said with what to do."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from daemon import plugins
from daemon.child import make_child
from daemon.clock import SystemClock
from daemon.config.loading import load
from daemon.desk.doctor.connections import AT_ONCE, Trials
from daemon.desk.doctor.patient import Patient
from daemon.engine.assigning import Setup
from daemon.outbox.transports import TRANSPORTS
from daemon.records import Diagnosis, Health
from daemon.runner import Children
from daemon.spawner import Spawner, start_spawner

NOW = datetime(2026, 7, 21, 12, 0, tzinfo=UTC)
DROP_IN = '''\
"""Lamps that behave badly when they are tried."""
import os, time
from pathlib import Path
from daemon.api import Connector, Kind, NoOptions, Options, OutsideError, Secret, Text
from pydantic import Field

class Locked(Options):
    key: Secret = Field(description="Its key.")

class Where(Options):
    path: Path = Field(description="Where it notes who is at work.")

LAMP = Kind("lamp")

def _hang(_lamp):
    time.sleep(600)

def _refuse(_lamp):
    raise OutsideError("the lamp does not answer: plug it in")

def _stumble(_lamp):
    raise KeyError("bulb")

def _advise(_lamp):
    return Text("screw in {n} bulb", {"n": 2}, "screw in {n} bulbs")

def _die(_lamp):
    os.kill(os.getpid(), 9)

def _tell(lamp):
    raise OutsideError(f"the lamp refuses the key {lamp}")

def _writes(lamp):
    return Text("writes") if lamp.writes or lamp.facts(["lamps.sold"], lamp.now.date(), lamp.now.date()) else None

def _crowd(lamp):
    mine = lamp / str(os.getpid())
    mine.touch()
    time.sleep(0.3)
    (lamp / f"saw-{len(list(lamp.glob('[0-9]*')))}-{os.getpid()}").touch()
    mine.unlink()

for name, check in {"hang": _hang, "refuse": _refuse, "stumble": _stumble, "advise": _advise, "die": _die}.items():
    globals()[name] = Connector(name, LAMP, "A lamp.", NoOptions, lambda o, outlet: outlet, check)
tell = Connector("tell", LAMP, "A lamp.", Locked, lambda o, outlet: o.key.get_secret_value(), _tell)
writes = Connector("writes", LAMP, "A lamp.", NoOptions, lambda o, outlet: outlet, _writes)
mute = Connector("mute", LAMP, "A lamp.", NoOptions, lambda o, outlet: outlet)
crowd = Connector("crowd", LAMP, "A lamp.", Where, lambda o, outlet: o.path, _crowd)
'''
HEAD = "shop: {name: Lamps, timezone: Europe/Berlin}\nsecrets: keys\nroutines: {}\nconnections:\n"
Ask = Callable[..., list[Diagnosis]]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> plugins.Registry:
    folder = tmp_path_factory.mktemp("mine")
    folder.chmod(0o755)
    file = folder / "lamps.py"
    file.write_text(DROP_IN, encoding="utf-8")
    file.chmod(0o644)
    found = plugins.load(folder)
    assert found.failures == ()
    return found


@pytest.fixture(scope="module")
def forks(registry: plugins.Registry) -> Iterator[Spawner]:
    started = start_spawner(make_child(registry))
    yield started
    started.close()


@pytest.fixture
def ask(tmp_path: Path, registry: plugins.Registry, forks: Spawner) -> Ask:
    """Return what is said of connections given as YAML, after a look that the state folder is as it was."""
    (tmp_path / "keys").mkdir()

    def asked(
        lines: str, patience: float = 10.0, told: list[str] | None = None, *, serving: bool = True
    ) -> list[Diagnosis]:
        (tmp_path / "config.yaml").write_text(HEAD + "".join(f"  {line}\n" for line in lines.splitlines()))
        loaded = load(tmp_path / "config.yaml", lambda _folder: registry, TRANSPORTS)
        patient = Patient(Setup(loaded, loaded.refuse(), tmp_path / "state"), NOW, serving)

        async def tell(text: str) -> None:
            (told if told is not None else []).append(text)

        async def work() -> list[Diagnosis]:
            children = Children(forks)
            try:
                return await Trials(patient, children, tell, patience).all()
            finally:
                children.close()

        found = asyncio.run(work())
        assert not (tmp_path / "state").exists()
        return [one for one in found if one.what != "mail"]

    return asked


def test_what_the_shipped_connectors_need_nothing_for_is_well_and_nothing_is_made(ask: Ask) -> None:
    told: list[str] = []
    found = ask(
        "shop: {use: demo}\nletters: {use: newsletter/file}\nposts: {use: social/file}\nmail: {use: file}", told=told
    )
    assert [(one.what, one.state) for one in found] == [
        (f"connection {name}", Health.WELL) for name in ("shop", "letters", "posts", "mail")
    ]
    assert told[0] == "trying the connection shop …"
    assert len(told) == 4


@pytest.mark.parametrize(
    ("use", "sentence", "remedy"),
    [
        ("refuse", "the lamp does not answer: plug it in", "correct `connections.lamp`"),
        ("stumble", "KeyError: 'bulb'", "correct `connections.lamp`"),
        ("advise", "advise can't be used as it is", "screw in 2 bulbs"),
        ("die", "ended by a signal: Killed", "correct `connections.lamp`"),
    ],
)
def test_a_connection_that_fails_is_ill_and_says_how(ask: Ask, use: str, sentence: str, remedy: str) -> None:
    (found,) = ask(f"lamp: {{use: {use}}}")
    assert found.state is Health.ILL
    assert sentence in found.sentence
    assert remedy in found.remedy


def test_a_connection_that_hangs_is_cut_off_and_the_others_are_tried(ask: Ask) -> None:
    clock = SystemClock()
    before = clock.monotonic()
    hanging, fine = ask("lamp: {use: hang}\nshop: {use: demo}", patience=0.5)
    assert clock.monotonic() - before < 8
    assert (hanging.state, fine.state) == (Health.ILL, Health.WELL)
    assert hanging.sentence == "it was cut off because it took too long"


def test_a_plug_in_without_a_way_to_be_tried_is_not_called_well(ask: Ask) -> None:
    (found,) = ask("lamp: {use: mute}")
    assert found.state is Health.UNKNOWN
    assert found.sentence == "it could be opened; the plug-in mute has no way to try more"


def test_a_try_has_no_right_to_write_and_knows_no_earlier_night(ask: Ask) -> None:
    (found,) = ask("lamp: {use: writes, writes: true}")
    assert found.state is Health.WELL


def test_no_more_than_four_are_tried_at_once(ask: Ask, tmp_path: Path) -> None:
    crowd = tmp_path / "crowd"
    crowd.mkdir()
    found = ask("\n".join(f"lamp{n}: {{use: crowd, path: {crowd}}}" for n in range(7)))
    assert {one.state for one in found} == {Health.WELL}
    seen = [int(path.name.split("-")[1]) for path in crowd.glob("saw-*")]
    assert len(seen) == 7
    assert 1 < max(seen) <= AT_ONCE


def test_a_connection_whose_secret_is_missing_is_not_tried_and_says_where_it_belongs(ask: Ask, tmp_path: Path) -> None:
    (found,) = ask("lamp: {use: tell, key: !secret till}")
    assert found.state is Health.ILL
    assert found.sentence.startswith("it was not tried: the secret till is missing: put it in the file ")
    assert str(tmp_path / "keys" / "till") in found.sentence
    assert "nightclerk install" in found.remedy


def test_a_secret_in_an_answer_is_blanked(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "keys" / "till").write_text("sesame-1234")
    (found,) = ask("lamp: {use: tell, key: !secret till}")
    assert found.sentence == "the lamp refuses the key ***"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_secret_that_only_the_service_may_read_is_unknown_to_a_person(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "keys" / "till").write_text("sesame-1234")
    (tmp_path / "keys" / "till").chmod(0o000)
    lines = "lamp: {use: tell, key: !secret till}"
    assert [ask(lines)[0].state, ask(lines, serving=False)[0].state] == [Health.ILL, Health.UNKNOWN]


def test_a_connector_that_is_not_there_is_ill_with_what_may_be_meant(ask: Ask) -> None:
    (found,) = ask("lamp: {use: refus}")
    assert found.state is Health.ILL
    assert 'Did you mean "' in found.sentence
    assert "nightclerk plugins" in found.remedy


def test_a_mail_folder_that_can_not_be_made_is_ill(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "post").write_text("")
    (found,) = ask(f"mail: {{use: file, path: {tmp_path}/post/out}}")
    assert found.state is Health.ILL
    assert found.sentence == f"{tmp_path}/post is no folder"
    assert "let the service write there" in found.remedy


def _log_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=data.password == b"right-password", handled=False)


class Refuser:
    """A mail server's handler that must never be given a mail."""

    taken = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name the server calls
        Refuser.taken += 1
        return "250 taken"


@pytest.mark.parametrize(("password", "state"), [("right-password", Health.WELL), ("wrong-password", Health.ILL)])
def test_mail_is_tried_up_to_the_login_and_none_is_sent(
    registry: plugins.Registry, forks: Spawner, tmp_path: Path, password: str, state: Health
) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "post").write_text(password)

    async def tell(_text: str) -> None:
        """Say nothing."""

    async def work() -> Diagnosis:
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(Refuser(), hostname="localhost", authenticator=_log_in, auth_require_tls=False), "127.0.0.1", 0
        )
        port = server.sockets[0].getsockname()[1]
        mail = f"{{use: smtp, host: localhost, port: {port}, security: none, username: shop, password: !secret post, from: a@b.example}}"
        (tmp_path / "config.yaml").write_text(f"{HEAD}  mail: {mail}\n")
        loaded = load(tmp_path / "config.yaml", lambda _folder: registry, TRANSPORTS)
        children = Children(forks)
        try:
            (found,) = await Trials(
                Patient(Setup(loaded, loaded.refuse(), tmp_path / "state"), NOW, serving=True), children, tell
            ).all()
        finally:
            children.close()
            server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            if others:
                await asyncio.wait(others, timeout=5)
        return found

    found = asyncio.run(work())
    assert found.state is state, found
    assert Refuser.taken == 0
    assert password not in str(found)
    if state is Health.ILL:
        assert "while logging in: it answered 535" in found.sentence
        assert "username and password" in found.remedy


def test_a_mail_server_that_does_not_answer_is_cut_off(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        mail = f"mail: {{use: smtp, host: localhost, port: {port}, security: none, from: a@b.example}}"
        (found,) = ask(mail, patience=0.3)
    assert found.state is Health.ILL
    assert found.sentence == "localhost: no answer within 0.3 seconds"
