"""The control socket: who asks is the kernel's word, and whatever is said, an answer comes and the daemon goes on."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon import wire
from daemon.config import PersonConfig
from daemon.control.client import ControlClient, DaemonError, connect
from daemon.control.server import ControlServer
from daemon.desk.people import Actor, login_of
from daemon.engine.shift import Shift
from daemon.errors import EXIT_BUSY, EXIT_FAILED, EXIT_INTERNAL, BusyError, NightclerkError

Opened = Callable[..., AbstractAsyncContextManager[Shift]]
ROUTINE = "  lamps: {job: fine, every: 1d}\n"
ME = login_of(os.getuid())


async def _answer(command: str, actor: Actor, args: Mapping[str, Any], say: Callable[[str], Awaitable[None]]) -> Any:
    """Answer as a daemon might: with who asked, with a refusal, or with a defect."""
    if command == "refuse":
        raise BusyError("not now")
    if command == "wrong":
        return args["what is not there"]
    if command == "defect":
        raise ArithmeticError("a defect")
    await say("thinking")
    return [actor.name, sorted(actor.roles)]


@pytest.fixture
def talk(opened: Opened, tmp_path: Path) -> Callable[[Callable[[Path], Any]], Any]:
    """Return what `client(path)` comes to, called in a thread while a server listens at the path."""

    def play(client: Callable[[Path], Any]) -> Any:
        async def scene() -> Any:
            async with opened(ROUTINE) as shift:
                path = tmp_path / "s"
                server = ControlServer(path, shift, _answer)
                await server.open()
                try:
                    return await asyncio.to_thread(client, path)
                finally:
                    await server.close()
                    assert not path.exists()

        return asyncio.run(scene())

    return play


def ask(path: Path, command: str, told: list[str] | None = None) -> Any:
    client = connect([path], path.parent / "state")
    assert client is not None
    return client.ask(command, {}, (told if told is not None else []).append)


def test_progress_comes_before_the_answer(talk: Callable[..., Any]) -> None:
    told: list[str] = []
    assert talk(lambda path: ask(path, "who", told)) == [ME, ["admin"]]
    assert told == ["thinking"]


@pytest.mark.parametrize(
    ("command", "sentence", "code"),
    [
        ("refuse", "not now", EXIT_BUSY),
        ("wrong", "the daemon can't take this command", EXIT_FAILED),
        ("defect", "the command failed inside the daemon: see its log", EXIT_INTERNAL),
    ],
)
def test_a_command_that_fails_is_answered_with_a_sentence_and_its_exit_code(
    talk: Callable[..., Any], command: str, sentence: str, code: int
) -> None:
    def client(path: Path) -> tuple[str, int]:
        with pytest.raises(DaemonError) as refused:
            ask(path, command)
        assert ask(path, "who")[0] == ME
        return str(refused.value), refused.value.exit_code

    said, exit_code = talk(client)
    assert sentence in said
    assert exit_code == code


@pytest.mark.parametrize("words", [b"", b"\0\0\0\3{x}", b"\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n\r\n"])
def test_whatever_a_stranger_says_the_next_one_is_heard(talk: Callable[..., Any], words: bytes) -> None:
    def client(path: Path) -> Any:
        with socket.socket(socket.AF_UNIX) as rude:
            rude.connect(str(path))
            wire.receive(rude)
            rude.sendall(words)
            rude.shutdown(socket.SHUT_WR)
            while rude.recv(100):
                pass
        return ask(path, "who")

    assert talk(client)[0] == ME


def test_a_daemon_of_another_state_is_not_asked(talk: Callable[..., Any]) -> None:
    assert talk(lambda path: connect([path], path.parent / "elsewhere")) is None
    assert connect([Path("/nonexistent/socket")], Path("/nonexistent")) is None


AS_NOBODY = """
import os, sys
from pathlib import Path
from daemon.control.client import connect
from daemon.errors import NightclerkError
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    client = connect([Path(sys.argv[1])], Path(sys.argv[2]))
    print("no answer" if client is None else client.ask("who", {}, lambda told: None))
except NightclerkError as error:
    print(error)
"""


def asked_as_nobody(path: Path, state: Path) -> str:
    """Return what the login `nobody` is answered; it is a program of its own, loaded while it is still root."""
    words = [sys.executable, "-c", AS_NOBODY, str(path), str(state)]
    return subprocess.run(words, capture_output=True, text=True, timeout=20, check=True).stdout


@pytest.mark.parametrize(
    ("people", "answer"),
    [
        ({"ada": PersonConfig(login="ada")}, "the login nobody may not give commands here: add `login: nobody`"),
        ({"per": PersonConfig(login="nobody", roles=("warehouse",))}, "['per', ['warehouse']]"),
        ({"kim": PersonConfig(login="nobody")}, "['kim', ['owner']]"),
    ],
)
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_who_asks_is_the_kernels_word(
    opened: Opened, tmp_path: Path, people: dict[str, PersonConfig], answer: str
) -> None:
    path = Path(f"/tmp/nightclerk-test-{os.getpid()}")

    async def scene() -> str:
        async with opened(ROUTINE) as shift:
            shift.engine.setup = replace(shift.setup, config=shift.setup.config.model_copy(update={"people": people}))
            server = ControlServer(path, shift, _answer)
            await server.open()
            try:
                return await asyncio.to_thread(asked_as_nobody, path, tmp_path / "state")
            finally:
                await server.close()

    assert answer in asyncio.run(scene())


def test_a_client_whose_daemon_ends_is_told_so() -> None:
    ours, theirs = socket.socketpair()
    client = ControlClient(ours, {"version": "0"})
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(NightclerkError, match="the daemon ended before it answered"):
        client.ask("status", {}, print)
    theirs.close()


def test_a_client_that_can_not_read_the_answer_names_both_versions() -> None:
    ours, theirs = socket.socketpair()
    client = ControlClient(ours, {"version": "99"})
    theirs.sendall(wire.HEADER.pack(20) + b'{"$":"Comet","v":{}}')
    with pytest.raises(NightclerkError, match=r"the daemon is nightclerk 99, not .*: restart it"):
        client.ask("status", {}, print)
    theirs.close()
