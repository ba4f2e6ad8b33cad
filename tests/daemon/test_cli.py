"""Every command explains itself, and those that only read a file need nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from daemon import paths
from daemon.cli import cli
from daemon.errors import NightclerkError, UsageError


def commands(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))


ALL = dict(commands(cli))


def call(*words: str) -> Result:
    return CliRunner().invoke(cli, words, prog_name="nightclerk")


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config.yaml"
    path.write_text(paths.example().read_text(encoding="utf-8") + f"\nstate: {tmp_path / 'state'}\n")
    return str(path)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help_and_every_option_a_sentence(words: tuple[str, ...]) -> None:
    shown = call(*words, "--help")
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: nightclerk {' '.join(words)}")
    options = [one for one in ALL[words].params if isinstance(one, click.Option)]
    assert [one.name for one in options if not (one.help or "").endswith(".")] == []
    assert ALL[words].help


def test_a_command_that_is_not_there_is_answered_with_the_one_that_may_be_meant() -> None:
    near, far = call("statsu"), call("foo")
    assert "Did you mean 'status'?" in near.output
    assert "No such command 'foo'." in far.output
    assert (near.exit_code, far.exit_code) == (2, 2)


def test_next_lists_slots_as_json_with_their_moments_in_utc(config: str) -> None:
    shown = call("next", "-c", config, "--json", "--from", "2026-07-01", "--count", "2")
    assert json.loads(shown.output) == [
        {"routine": "orders", "slot": "2026-07-01T05:30", "at": "2026-07-01T03:30:00Z", "note": ""},
        {"routine": "stock", "slot": "2026-07-01T05:45", "at": "2026-07-01T03:45:00Z", "note": ""},
    ]


def test_next_of_an_unknown_routine_is_wrong_usage(config: str) -> None:
    refused = call("next", "-c", config, "ordres")
    assert isinstance(refused.exception, UsageError)
    assert str(refused.exception) == 'there is no routine ordres. Did you mean "orders"?'


def test_check_prints_json_also_of_a_file_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("shop: {name: Lamps}\n")
    shown = call("check", "-c", str(tmp_path / "c.yaml"), "--json")
    assert shown.exit_code == 78
    found = json.loads(shown.output)
    assert found["ok"] is False
    assert any("shop.timezone: is missing" in problem for problem in found["problems"])


def test_plugins_lists_the_lines_beside_jobs_and_connectors(config: str) -> None:
    found = json.loads(call("plugins", "-c", config, "--json").output)["plugins"]
    lines = {one["name"]: one for one in found if one["what"] == "line"}
    line = lines["orders"]
    assert (line["from"], lines["print"]["from"]) == ("jobs.orders", "jobs.kinds.paper")
    assert lines["backups"]["from"] == "jobs.backups"
    assert line["summary"].startswith("Where each order stands: new, checked, ready, split, batched")
    assert {"job", "connector"} < {one["what"] for one in found}
    assert "line       orders" in call("plugins", "-c", config).output


@pytest.mark.parametrize("words", [("status",), ("runs",), ("approve", "1"), ("briefing",), ("state", "backup", "x")])
def test_commands_that_look_make_no_state_and_say_how_to_begin(
    config: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    refused = call(*words, "-c", config)
    assert isinstance(refused.exception, NightclerkError)
    assert "no night has been worked yet in" in str(refused.exception)
    assert not (tmp_path / "state").exists()


def test_init_writes_a_file_that_checks_well_and_never_over_another(tmp_path: Path) -> None:
    target = str(tmp_path / "mine.yaml")
    assert call("init", target).exit_code == 0
    assert "well" in call("check", "-c", target).output
    assert "exists already" in str(call("init", target).exception)


def test_completion_is_printed_for_each_shell() -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_NIGHTCLERK_COMPLETE" in call("completion", shell).output
