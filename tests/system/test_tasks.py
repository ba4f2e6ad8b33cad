"""Tasks as a person gives them at a terminal, with and without a daemon: "what first?" has one answer."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.system
FRAME = """\
shop: {name: Lamps, timezone: Europe/Berlin}
people: {ada: {email: ada@lamps.example}PER}
routines: {lamps: {job: inventory, at: "05:00"}, briefing: {job: briefing, at: "06:00"}}
connections: {shop: {use: demo}}
"""
FIVE = (
    ("Sort the receipts", "other", None),
    ("Write the story", "conversion", "long"),
    ("Find a partner", "acquisition", "long"),
    ("Post the glaze", "acquisition", "short"),
    ("Pack the orders", "conversion", "short"),
)


def configure(machine: Any, more: str = "", per: str = "") -> None:
    machine.configure(FRAME.replace("PER", per) + more)


def add(machine: Any, title: str, goal: str | None, horizon: str | None, *more: str) -> Any:
    words = [f"--{name}={value}" for name, value in (("goal", goal), ("horizon", horizon)) if value]
    ended = machine.run("tasks", "add", title, *words, *more, "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def listing(machine: Any, *words: str) -> Any:
    ended = machine.run("tasks", "--json", *words)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_five_tasks_stand_in_the_order_of_their_boxes_and_growth_alone_swaps_two(machine: Any) -> None:
    configure(machine)
    machine.run("run", "briefing")
    for task in FIVE:
        added = add(machine, *task)
        beside = {added.pop("before") is None, added.pop("after") is None}
        assert added in listing(machine), "what `add` says is what the next list says"
        assert beside
    assert [(one["title"], one["box"]) for one in listing(machine)] == [
        ("Pack the orders", "today"), ("Post the glaze", "tomorrow"), ("Find a partner", "next week"),
        ("Write the story", "next month"), ("Sort the receipts", "other"),
    ]  # fmt: skip
    configure(machine, "tasks: {growth: false}")
    swapped = [(one["goal"], one["horizon"], one["rank"]) for one in listing(machine)]
    assert swapped[2:4] == [("conversion", "long", 3), ("acquisition", "long", 4)]


def test_findings_become_tasks_and_a_daemon_hears_what_is_done_with_them(machine: Any) -> None:
    configure(machine)
    daemon, _ = machine.serve()
    for _ in range(5):
        assert machine.run("run", "lamps").returncode == 0
    found = listing(machine)
    assert len({one["source"] for one in found}) == len(found) > 0
    first = found[0]["id"]
    assert machine.run("tasks", "done", first).stdout == f"task {first} is done\n"
    again = machine.run("tasks", "done", first)
    assert (again.returncode, again.stderr) == (1, f"nightclerk: task {first} is done already\n")
    assert [one["id"] for one in listing(machine, "--all") if one["state"] == "done"] == [first]
    moved = machine.run("tasks", "move", found[1]["id"], "--goal", "acquisition", "--horizon", "long")
    assert "box: next week" in moved.stdout
    sorted_ = (found[1]["goal"], found[1]["horizon"])
    back = machine.run("tasks", "move", found[1]["id"], "--clear", "goal", "--clear", "horizon", "--json")
    assert (json.loads(back.stdout)["goal"], json.loads(back.stdout)["horizon"]) == sorted_
    assert sum(json.loads(machine.run("tasks", "stats", "--json").stdout)["boxes"][0]["done"]) == 1
    done = json.loads(machine.run("tasks", "done", found[1]["id"], "--json").stdout)
    assert (done["id"], done["state"], done["rank"]) == (found[1]["id"], "done", None)
    assert machine.stop(daemon)[0] == 0


def test_where_one_person_works_nobody_speaks_of_owners_and_a_title_commands_no_terminal(machine: Any) -> None:
    configure(machine)
    machine.run("run", "briefing")
    assert "owner" not in add(machine, "Clear\x1b[2J the shelf", None, None, "--owner", "ada")
    shown = machine.run("tasks").stdout
    assert "Clear\\x1b[2J the shelf" in shown
    assert "owner" not in (shown + machine.run("tasks", "--json").stdout).lower()
    configure(machine, per=", per: {}")
    assert [one["owner"] for one in listing(machine)] == ["ada"]
    assert "OWNER" in machine.run("tasks").stdout


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("done", "9"), 2, "there is no task 9: `nightclerk tasks` lists them"),
        (("add", "x", "--goal", "fame"), 2, "'fame' is not one of"),
        (("add", "x", "--impact", "nan"), 2, "give a number from 0 up"),
        (("add", "x", "--owner", "eve"), 2, "there is nobody of this name under people: eve"),
        (("move", "9"), 2, "there is no task 9"),
    ],
)
def test_a_mistake_is_one_sentence(machine: Any, words: tuple[str, ...], code: int, sentence: str) -> None:
    configure(machine)
    machine.run("run", "lamps")
    ended = machine.run("tasks", *words)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
