"""The orders on their line as people handle them at a terminal, through a real daemon."""

import json
from typing import Any

import pytest

from daemon import paths

pytestmark = pytest.mark.system


def test_an_order_is_shown_held_released_and_confirmed_once(machine: Any) -> None:
    machine.configure(paths.example().read_text(encoding="utf-8"))
    daemon, _ = machine.serve()
    assert machine.run("run", "orders").returncode == 0
    number = json.loads(machine.run("orders", "--state", "ready", "--limit", "1", "--json").stdout)[0]["number"]
    shown = machine.run("orders", "show", number).stdout
    assert f"order {number} is ready since" in shown
    assert "address: " in shown
    assert "owner" not in shown
    assert machine.run("orders", "hold", number, "--reason", "call first").stdout == f"order {number} is held\n"
    assert "  call first\n" in machine.run("orders", "show", number).stdout
    assert machine.run("orders", "release", number).stdout == f"order {number} is ready\n"
    assert machine.run("orders", "confirm", number).stdout == f"order {number} is picked\n"
    again = machine.run("orders", "confirm", number)
    assert again.returncode == 1
    assert f"order {number} is picked: already confirmed by " in again.stderr
    listing = machine.run("orders").stdout
    assert listing.startswith("ORDER")
    assert " 1 picked" in listing.splitlines()[-1]
    assert machine.stop(daemon)[0] == 0


def test_check_names_what_is_left_lying_while_somebody_is_away(machine: Any) -> None:
    two = "people:\n  jonas: {roles: [warehouse]}\n"
    machine.configure(paths.example().read_text(encoding="utf-8").replace("people:\n", two, 1))
    daemon, _ = machine.serve()
    assert "nobody who is there" not in machine.run("check").stdout
    said = machine.run("absent", "lotta", "--until", "2099-01-01").stdout
    lying = "note: orders that are held wait: nobody who is there may release them\n"
    assert said.startswith("lotta is away until the end of 2099-01-01\n")
    assert lying in said
    assert lying in machine.run("check").stdout
    assert machine.run("absent", "lotta", "--back").stdout == "lotta is here\n"
    assert lying not in machine.run("check").stdout
    assert machine.run("absent", "lotte", "--back").returncode == 2
    assert machine.stop(daemon)[0] == 0
