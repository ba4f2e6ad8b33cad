"""`nightclerk doctor` as a person gives it, with a daemon and without: what is ill, what to do, and nothing changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from daemon import paths

pytestmark = pytest.mark.system
CONFIG = """\
shop: {name: Lamps, timezone: Europe/Berlin}
secrets: keys
connections:
  shop: {use: demo}
  exports: {use: csv, profile: shopify, path: exports/*.csv}
  mail: {use: smtp, host: localhost, port: 1, security: none, username: x, password: !secret post, from: a@lamps.example}
routines:
  stock: {job: inventory, at: "05:00", options: {shop: shop}}
"""


def seen(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return every file below a folder but the logs, with its size, mode and time of modification."""
    stats = {str(path): path.lstat() for path in folder.rglob("*") if path.suffix != ".log"}
    return {name: (stat.st_size, stat.st_mode, stat.st_mtime_ns) for name, stat in stats.items()}


def by_what(text: str) -> dict[str, Any]:
    return {one["what"]: one for one in json.loads(text)}


def test_the_shipped_configuration_has_nothing_ill_and_nothing_is_made(machine: Any) -> None:
    machine.configure(paths.example().read_text(encoding="utf-8"))
    before = seen(machine.folder)
    ended = machine.run("doctor")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "well     connection shop: demo works\n" in ended.stdout
    assert (
        "warn     daemon: none answers for this state folder\n         → `sudo systemctl start nightclerk`"
        in ended.stdout
    )
    assert seen(machine.folder) == before
    assert not machine.state.exists()


@pytest.fixture
def sick(machine: Any) -> Any:
    machine.configure(CONFIG)
    return machine


def test_what_is_ill_comes_first_with_its_remedy_and_the_exit_code_says_so(sick: Any) -> None:
    assert sick.run("run", "stock").returncode == 0
    before = seen(sick.folder)
    ended = sick.run("doctor")
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("ill      connection exports: no CSV file is found at ")
    assert lines[1].startswith("         → correct `connections.exports`")
    assert lines[2].startswith("ill      connection mail: it was not tried: the secret post is missing")
    assert lines[-1].startswith("2 ill, ")
    assert "well     ledger: " in ended.stdout
    assert seen(sick.folder) == before


def test_with_a_daemon_it_is_the_daemon_that_looks(sick: Any) -> None:
    daemon, _ = sick.serve()
    (sick.folder / "keys").mkdir()
    (sick.folder / "keys" / "post").write_text("sesame-1234")
    (sick.folder / "keys" / "post").chmod(0o644)
    ended = sick.run("doctor", "--json")
    found = by_what(ended.stdout)
    assert ended.returncode == 1
    assert found["daemon"]["state"] == "well"
    assert found["ledger"]["state"] == "well"
    assert found["connection shop"] == {
        "what": "connection shop",
        "state": "well",
        "sentence": "demo works",
        "remedy": "",
    }
    assert found["connection mail"]["sentence"].startswith("localhost: while connecting: ")
    assert found["secrets"]["remedy"].startswith("`chmod 600 ")
    assert "sesame" not in ended.stdout
    assert [run["routine"] for run in json.loads(sick.run("runs", "--json").stdout)] == []
    assert sick.stop(daemon)[0] == 0


def test_a_refused_file_is_the_usual_sentence_and_exit_code(sick: Any) -> None:
    sick.configure(CONFIG.replace("routines:", "rotines:"))
    ended = sick.run("doctor")
    assert ended.returncode == 78
    assert 'Did you mean "routines"?' in ended.stderr
    assert ended.stdout == ""
