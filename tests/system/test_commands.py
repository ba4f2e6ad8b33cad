"""Commands as a person gives them at a terminal or a script in a pipe: no traceback for anything they did."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon import paths

pytestmark = pytest.mark.system
EVIL = 'shop: {name: "Lamps\\e[2J", timezone: Europe/Berlin}\nroutines: {lamps: {job: inventory, at: "05:00"}}\nconnections: {shop: {use: demo}}'


@pytest.fixture
def shipped(machine: Any) -> Any:
    machine.configure(paths.example().read_text(encoding="utf-8"))
    return machine


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("status",), 1, "no night has been worked yet in"),
        (("run", "ordres"), 2, 'there is no routine ordres. Did you mean "orders"?'),
        (("run",), 2, "Missing argument 'ROUTINE'"),
        (("statsu",), 2, "Did you mean 'status'?"),
        (("next", "--count", "none"), 2, "'none' is not a valid integer range"),
        (("pause", "--until", "soon"), 2, "does not match the formats"),
        (("status", "-c", "/nonexistent.yaml"), 78, "there is no configuration file (looked for /nonexistent.yaml)"),
        (("replay", "--from", "2026-01-02", "--to", "2026-01-01", "--out", "x"), 2, "--to is before --from"),
    ],
)
def test_what_was_given_wrongly_is_one_sentence_and_an_exit_code(
    shipped: Any, words: tuple[str, ...], code: int, sentence: str
) -> None:
    ended = shipped.run(*words)
    assert ended.returncode == code
    assert sentence in ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr


def test_a_run_without_a_daemon_makes_the_state_and_the_others_read_it(shipped: Any) -> None:
    ran = shipped.run("run", "stock", "--json")
    assert json.loads(ran.stdout)["state"] == "ok"
    assert [run["routine"] for run in json.loads(shipped.run("runs", "--json").stdout)] == ["stock"]
    failed = shipped.run("show", "99", "--json")
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr == "nightclerk: there is no run 99: `nightclerk runs` lists them\n"
    assert shipped.run("state", "backup", "copy.db").returncode == 0
    assert (shipped.folder / "copy.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_reader_who_has_seen_enough_is_no_error(shipped: Any, more: tuple[str, ...]) -> None:
    words = [
        str(Path(sys.executable).with_name("nightclerk")),
        "next",
        "--count",
        "3000",
        *more,
        "-c",
        str(shipped.config),
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=shipped.env) as asking:
        assert asking.stdout is not None
        assert asking.stderr is not None
        asking.stdout.readline()
        asking.stdout.close()
        assert asking.stderr.read() == b""


def test_a_terminal_that_lacks_a_letter_is_no_error(machine: Any) -> None:
    machine.env["PYTHONIOENCODING"] = "latin-1"
    machine.configure(EVIL.replace("Lamps", "桜"))
    machine.run("run", "lamps")
    ended = machine.run("status")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("\\u685c")


def test_a_name_that_would_clear_the_screen_is_shown_not_obeyed(machine: Any) -> None:
    machine.configure(EVIL)
    machine.run("run", "lamps")
    assert "Lamps\\x1b[2J" in machine.run("status").stdout


def _on_a_terminal(words: list[str], env: dict[str, str]) -> bytes:
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as asking:
        os.close(theirs)
        said = bytearray()
        try:
            while part := os.read(ours, 4096):
                said += part
        except OSError:  # the terminal's other end is closed
            pass
        asking.wait(20)
    os.close(ours)
    return bytes(said)


def test_colours_are_for_terminals_only(shipped: Any) -> None:
    words = [str(Path(sys.executable).with_name("nightclerk")), "next", "-c", str(shipped.config)]
    env = {name: value for name, value in shipped.env.items() if name != "NO_COLOR"} | {"TERM": "xterm"}
    assert b"\x1b[1m" in _on_a_terminal(words, env)
    assert "\x1b" not in shipped.run("next").stdout


def test_a_state_that_may_not_be_read_is_a_sentence(shipped: Any, tmp_path: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("root may read everything")
    shipped.state.mkdir(mode=0o000)
    ended = shipped.run("status")
    assert "may not be read by this user" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_disk_that_is_full_is_a_sentence(shipped: Any) -> None:
    shipped.configure(paths.example().read_text(encoding="utf-8"))
    shipped.config.write_text(shipped.config.read_text(encoding="utf-8").replace(str(shipped.state), "/proc/nowhere"))
    ended = shipped.run("run", "stock")
    assert ended.returncode == 1
    assert "/proc/nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_drafts_are_listed_shown_and_decided_through_the_daemon(shipped: Any) -> None:
    daemon, _ = shipped.serve()
    shipped.run("run", "social")
    (draft,) = json.loads(shipped.run("drafts", "--json").stdout)
    number = str(draft["id"])
    assert "waiting" in shipped.run("drafts", number).stdout
    assert shipped.run("approve", number).stdout == f"draft {number} is approved\n"
    again = shipped.run("reject", number)
    assert again.returncode == 1
    assert "already" in again.stderr
    assert shipped.run("drafts", "99").returncode == 2
    assert shipped.stop(daemon)[0] == 0
