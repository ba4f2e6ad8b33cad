"""The orders on their line as people handle them at a terminal, through a real daemon."""

import json
from itertools import pairwise
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


def test_orders_are_merged_split_and_taken_apart_again(machine: Any) -> None:
    machine.configure(paths.example().read_text(encoding="utf-8"))
    daemon, _ = machine.serve()
    assert machine.run("run", "orders").returncode == 0
    held = json.loads(machine.run("orders", "--state", "held", "--json").stdout)
    waiting = [row["number"] for row in held if row["reasons"] == ["together"]]
    merged = [json.loads(done.stdout) for pair in pairwise(waiting)
              if (done := machine.run("orders", "merge", *pair, "--json")).returncode == 0]  # fmt: skip
    assert merged, "the example has orders that may share a parcel every day"
    assert merged[0]["state"] == "ready"
    one, other = merged[0]["numbers"]
    assert "already merged by " in machine.run("orders", "merge", other, one).stderr
    assert f"with {other}\n" in machine.run("orders").stdout
    assert f"in one parcel with: {other} (ready)\n" in machine.run("orders", "show", one).stdout
    assert machine.run("orders", "confirm", one).stdout == f"order {one} is picked, and so is {other}\n"
    assert "can't be taken apart any more" in machine.run("orders", "unmerge", other).stderr
    ready = [row["number"] for row in json.loads(machine.run("orders", "--state", "ready", "--json").stdout)]
    tried = ((number, machine.run("orders", "split", number, "--items", "1")) for number in ready)
    number, told = next((number, told) for number, told in tried if told.returncode == 0)
    assert told.stdout.startswith(f"order {number} is split: {number}/1 is ready, {number}/2 is ready")
    assert f"part of: {number}\n" in machine.run("orders", "show", f"{number}/2").stdout
    assert machine.run("orders", "unmerge", f"{number}/2").stdout == f"order {number} is whole again\n"
    refused = machine.run("orders", "merge", one, number)
    assert (refused.returncode, "it can't be merged any more" in refused.stderr) == (1, True)
    assert machine.run("orders", "split", number).returncode == 2
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
