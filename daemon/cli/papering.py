"""`print`: the sheets of a morning, how many came out of which printer, and what people do about one of them."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from daemon.cli import printing
from daemon.cli.common import Caller, config_option, json_option, zone_of
from daemon.cli.lines import do, local, print_field, print_step
from daemon.cli.printing import safe, table

LINE = "print"
"""The line, as its plug-in names it, that this group of commands works on."""
_COLUMNS = ("waiting", "sent", "held", "uncertain", "bound")
_BAR = 30
_EVERY = 1.0
"""Seconds between two looks with `--watch`."""


@click.group("print", invoke_without_command=True)
@config_option
@json_option
@click.pass_context
def print_command(context: click.Context, config: Path | None, as_json: bool) -> None:
    """Say how the paper of a morning is getting on: of each wave and document how many sheets are printed."""
    if context.invoked_subcommand is None:
        _status(config, as_json)


@print_command.command("status")
@config_option
@json_option
@click.option("--watch", is_flag=True, help="Go on saying it until nothing waits any more.")
def status_command(config: Path | None, as_json: bool, watch: bool) -> None:
    """Say of each wave and document how many sheets are printed, and what stands in the way."""
    if watch and not as_json:
        _watch(config)
    else:
        _status(config, as_json)


def _status(config: Path | None, as_json: bool) -> None:
    rows, stuck = _asked(config)
    if as_json:
        printing.as_json({"waves": rows, "sheets": stuck})
        return
    for line in _told(rows, stuck):
        click.echo(line)


def _asked(config: Path | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the counts of each wave and document, and the sheets that are under way or that a person must see to."""
    caller = Caller(config)
    rows = caller.ask("line_counts", {"line": LINE})
    states = [state for state in ("sent", "held", "uncertain") if any(row["counts"].get(state) for row in rows)]
    stuck = [caller.ask("line", {"line": LINE, "state": state, "limit": 20})["items"] for state in states]
    return rows, [item for items in stuck for item in items]


def _told(rows: Sequence[Mapping[str, Any]], stuck: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return ["no paper waits, and none was printed in the last day"]
    lines = [_row(row) for row in rows]
    return [*lines, *(safe(f"  {one['number']} is {_why(one)}") for one in stuck)]


def _row(row: Mapping[str, Any]) -> str:
    """Return one line: a bar, what is printed of all that is to be, and what stands where of the rest."""
    counts = row["counts"]
    printed, every = counts.get("printed", 0), sum(n for state, n in counts.items() if state != "dropped")
    full = _BAR * printed // every if every else 0
    rest = ", ".join(f"{counts[state]} {state}" for state in _COLUMNS if counts.get(state))
    what = safe(f"{row['wave']}  {row['document']}")
    return f"{'#' * full}{'.' * (_BAR - full)}  {printed} of {every} printed  {what}" + (f"  ({rest})" if rest else "")


def _why(one: Mapping[str, Any]) -> str:
    return ", ".join([one["state"], *one["reasons"]])


def _watch(config: Path | None) -> None:
    """Say it again and again, on a terminal in one place, until nothing waits and nothing is under way."""
    before = 0
    while True:
        rows, stuck = _asked(config)
        lines = _told(rows, stuck)
        if before and sys.stdout.isatty():
            click.echo(f"\033[{before}F\033[J", nl=False)
        for line in lines:
            click.echo(line)
        before = len(lines)
        if not any(row["counts"].get("waiting") or row["counts"].get("sent") for row in rows):
            return
        time.sleep(_EVERY)


@print_command.command("list")
@config_option
@json_option
@click.option("--state", help="Only those that are waiting, sent, held, uncertain, printed, bound or dropped.")
@click.option("--limit", type=click.IntRange(1, 10000), default=100, show_default=True, help="How many at most.")
def list_command(config: Path | None, as_json: bool, state: str | None, limit: int) -> None:
    """List the sheets that are not printed yet, or those in one state."""
    answer = Caller(config).ask("line", {"line": LINE, "state": state, "limit": limit})
    if as_json:
        printing.as_json(answer["items"])
        return
    zone = zone_of(config)
    rows = [
        (one["number"], one["state"], local(one["since"], zone), ", ".join(one["reasons"])) for one in answer["items"]
    ]
    table(("SHEET", "STATE", "SINCE", "WHY"), rows)


@print_command.command("show")
@config_option
@json_option
@click.argument("sheet")
def show_command(config: Path | None, as_json: bool, sheet: str) -> None:
    """Show a sheet: where it stands, what is on it, and what was done with it."""
    answer = Caller(config).ask("line_show", {"line": LINE, "item": sheet})
    if as_json:
        printing.as_json(answer)
        return
    zone = zone_of(config)
    click.echo(safe(f"sheet {answer['number']} is {answer['state']} since {local(answer['since'], zone)}"))
    for line in [*(f"{reason}: {what}" for reason, what in answer["todo"].items()), *filter(None, [answer["words"]])]:
        click.echo(safe(f"  {line}"))
    for name, value in answer["card"].items():
        print_field(name, value, zone)
    for step in answer["history"]:
        print_step(step, zone)


@print_command.command("again")
@config_option
@click.option("--reason", required=True, help="Why, in a few words: they stand on the copy.")
@click.argument("sheet")
def again_command(config: Path | None, reason: str, sheet: str) -> None:
    """Print a sheet once more, marked as a COPY; one that is uncertain is given up for it."""
    do(config, LINE, "line_again", sheet, reason=reason)


@print_command.command("confirm")
@config_option
@click.argument("sheets", nargs=-1, required=True)
def confirm_command(config: Path | None, sheets: tuple[str, ...]) -> None:
    """Say that you hold an uncertain sheet in your hand: it was printed."""
    _each(config, "line_confirm", sheets)


@print_command.command("release")
@config_option
@click.argument("sheets", nargs=-1, required=True)
def release_command(config: Path | None, sheets: tuple[str, ...]) -> None:
    """Let held sheets be printed with the next run."""
    _each(config, "line_release", sheets)


@print_command.command("drop")
@config_option
@click.argument("sheets", nargs=-1, required=True)
def drop_command(config: Path | None, sheets: tuple[str, ...]) -> None:
    """Give sheets up that are not printed: they are not made again."""
    _each(config, "line_drop", sheets)


def _each(config: Path | None, command: str, sheets: Sequence[str]) -> None:
    for sheet in sheets:
        do(config, LINE, command, sheet)
