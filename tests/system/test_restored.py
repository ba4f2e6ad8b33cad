"""A real daemon on a ledger that was put back: said wherever a person looks, ended by a command with and without it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.system
SHOP = """
shop: {name: Lamps, timezone: Europe/Berlin, currency: EUR, country: DE}
people: {ada: {email: ada@lamps.example}}
connections:
  shop: {use: demo}
  networks: {use: social/file}
  mail: {use: smtp, host: 127.0.0.1, port: 9, security: none, from: clerk@lamps.example}
routines:
  stock: {job: inventory, at: "05:00"}
  posts: {job: social, at: "05:10", options: {posts: [{text: Lamps are lit}], slots: [{at: "12:00"}]}}
  morning: {job: briefing, at: "06:00"}
"""


@pytest.fixture
def put_back(machine: Any) -> Any:
    """A machine whose ledger was lost and put back from a copy."""
    machine.configure(SHOP)
    for routine in ("stock", "posts", "morning"):
        assert machine.run("run", routine).returncode == 0
    assert machine.run("state", "backup", "copy.db").returncode == 0
    for old in machine.state.glob("ledger.db*"):
        old.unlink()
    shutil.copy(machine.folder / "copy.db", machine.state / "ledger.db")
    return machine


def restored(machine: Any) -> Any:
    return json.loads(machine.run("status", "--json").stdout)["restored"]


def test_a_daemon_says_that_its_ledger_was_put_back_until_an_admin_reconciles_it(put_back: Any) -> None:
    daemon = put_back.launch()
    put_back.wait_for_notice("nightclerk state reconcile")
    assert "older than the world" in put_back.log()
    assert "an older copy that was put back" in put_back.run("status").stdout
    looked = put_back.run("state", "reconcile")
    assert "when you have looked: nightclerk state reconcile --release" in looked.stdout
    assert restored(put_back) is not None
    assert "the guard is lifted" in put_back.run("state", "reconcile", "--release").stdout
    assert restored(put_back) is None
    assert put_back.stop(daemon)[0] == 0


def test_without_a_daemon_a_person_looks_and_reconciles_too(put_back: Any) -> None:
    answer = json.loads(put_back.run("state", "reconcile", "--json").stdout)
    assert (answer["released"], answer["effects"]) == (False, [])
    assert [mail["recipient"] for mail in answer["mails"]] == ["ada@lamps.example"]
    said = put_back.run("state", "reconcile").stdout
    assert "Lamps are lit" in said
    assert "let one leave: nightclerk outbox retry MAIL" in said
    assert answer["restored"]["newest"] < answer["restored"]["noticed"]
    assert json.loads(put_back.run("state", "reconcile", "--release", "--json").stdout)["released"]
    assert put_back.run("state", "reconcile").stdout.startswith("no guard stands")


def test_a_daemon_that_is_killed_any_number_of_times_is_under_no_guard(machine: Any, tmp_path: Path) -> None:
    machine.configure(SHOP)
    for _ in range(3):
        daemon, _ = machine.serve()
        machine.run("run", "stock")
        daemon.kill()
        daemon.wait()
    assert restored(machine) is None
    assert not (tmp_path / "state" / "ledger.new").exists()
