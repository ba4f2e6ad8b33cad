"""A morning's paper through a real daemon: made by the orders, printed once, looked at and asked for again."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.system
pytest.importorskip("typst")

CONFIG = """
shop: {name: Lamps & Co, timezone: Europe/Berlin, country: DE, currency: EUR, language: en}
connections:
  main: {use: demo}
  slips: {use: printer/folder, path: SLIPS}
routines:
  orders:
    job: orders
    at: "05:00"
    options: {paper: {documents: [pick-list, slip, address]}}
  paper:
    job: paper
    at: "05:30"
    options: {queues: {slip: {printer: slips}, pick-list: {printer: slips}}}
"""


def status(machine: Any) -> dict[str, dict[str, int]]:
    found = json.loads(machine.run("print", "--json").stdout)["waves"]
    return {row["document"]: row["counts"] for row in found}


def test_paper_is_printed_once_and_its_codes_are_read(machine: Any) -> None:
    slips: Path = machine.folder / "slips"
    machine.configure(CONFIG.replace("SLIPS", str(slips)))
    daemon, _ = machine.serve()
    assert machine.run("run", "orders").returncode == 0
    waiting = status(machine)
    orders = waiting["slip"]["waiting"]
    assert orders > 3
    assert waiting["pick-list"] == {"waiting": 1}
    done = machine.run("run", "paper")
    assert done.returncode == 0, done.stderr
    assert status(machine)["slip"] == {"printed": orders}
    assert set(status(machine)["address"]) == {"bound"}
    assert len(list(slips.glob("*.pdf"))) == orders + 1
    assert len(list((machine.state / "routines" / "paper").glob("*-address-*.pdf"))) == 1
    assert machine.run("run", "paper").returncode == 0
    assert len(list(slips.glob("*.pdf"))) == orders + 1

    sheet = json.loads(machine.run("print", "list", "--state", "printed", "--json").stdout)[0]["number"]
    shown = machine.run("print", "show", sheet).stdout
    assert "is printed since" in shown
    again = machine.run("print", "again", sheet, "--reason", "coffee on it")
    assert again.stdout == f"sheet {sheet}/copy-1 is waiting\n"
    assert machine.run("run", "paper").returncode == 0
    assert len(list(slips.glob("*.pdf"))) == orders + 2
    assert "[" not in machine.run("print", "status", "--watch").stdout

    slip = next(one for one in json.loads(machine.run("print", "list", "--state", "printed", "--json").stdout)
                if "/slip/" in one["number"])["number"]  # fmt: skip
    card = json.loads(machine.run("print", "show", slip, "--json").stdout)["card"]
    assert re.fullmatch(re.escape(card["order"]) + r"\.[0-9a-f]{4}", card["code"])
    wrong = card["code"][:-4] + ("0000" if card["code"][-4:] != "0000" else "1111")
    refused = machine.run("orders", "confirm", wrong)
    assert refused.returncode == 1
    assert "this paper is out of date" in refused.stderr
    assert machine.run("orders", "confirm", card["code"]).stdout == f"order {card['order']} is picked\n"
    assert machine.stop(daemon)[0] == 0
