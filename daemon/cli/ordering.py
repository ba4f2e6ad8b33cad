"""`orders`: the orders on their assembly line, and a person's steps with one of them."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from daemon.cli import printing
from daemon.cli.common import Caller, config_option, json_option, zone_of
from daemon.cli.printing import safe, table

LINE = "orders"
"""The line, as its plug-in names it, that this group of commands works on."""
_DEEDS = {"": "moved", "hold": "held", "release": "released", "confirm": "confirmed"}


@click.group("orders", invoke_without_command=True)
@config_option
@json_option
@click.option("--state", help="Only those that are new, ready, held, picked, ...; also shipped, closed, cancelled.")
@click.option("--limit", type=click.IntRange(1, 10000), default=100, show_default=True, help="How many at most.")
@click.pass_context
def orders_command(context: click.Context, config: Path | None, as_json: bool, state: str | None, limit: int) -> None:
    """List the open orders: which are ready, which are held and why."""
    if context.invoked_subcommand is not None:
        return
    answer = Caller(config).ask("line", {"line": LINE, "state": state, "limit": limit})
    if as_json:
        printing.as_json(answer["items"])
        return
    _list(answer, zone_of(config))


def _list(answer: Mapping[str, Any], zone: ZoneInfo) -> None:
    owners = answer["owners"]
    rows = [
        (one["number"], one["state"], *([one["owner"]] if owners else []), _local(one["since"], zone), _why(one))
        for one in answer["items"]
    ]
    table(("ORDER", "STATE", *(["OWNER"] if owners else []), "SINCE", "WHY"), rows)
    click.echo(", ".join(f"{count} {state}" for state, count in answer["counts"].items()) or "no order is on the line")


def _why(one: Mapping[str, Any]) -> str:
    return ", ".join(one["reasons"])


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


@orders_command.command("show")
@config_option
@json_option
@click.argument("order")
def show_command(config: Path | None, as_json: bool, order: str) -> None:
    """Show an order's work card: items, note, address, why it is held, what changed, earlier orders."""
    answer = Caller(config).ask("line_show", {"line": LINE, "item": order})
    if as_json:
        printing.as_json(answer)
        return
    _show(answer, zone_of(config))


def _show(answer: Mapping[str, Any], zone: ZoneInfo) -> None:
    owner = f", belongs to {answer['owner']}" if answer.get("owner") else ""
    click.echo(safe(f"order {answer['number']} is {answer['state']} since {_local(answer['since'], zone)}{owner}"))
    for reason, todo in answer["todo"].items():
        click.echo(safe(f"  {reason}: {todo}"))
    if answer["words"]:
        click.echo(safe(f"  {answer['words']}"))
    for name, value in answer["card"].items():
        _field(name, value, zone)
    for name, value in answer["was"].items():
        _field(f"{name} before the change", value or "none", zone)
    for step in answer["history"]:
        by = f" by {step['who']}" if step["who"] else ""
        click.echo(safe(f"{_local(step['at'], zone)}  {_DEEDS[step['deed']]} to {step['state']}{by}"))
    for one in answer["others"]:
        click.echo(safe(f"same customer: {one['number']}, {one['state']} since {_local(one['since'], zone)}"))


def _field(name: str, value: Any, zone: ZoneInfo) -> None:
    """Print one field of a card: rows below its name, a list in one line, a moment in the shop's time."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        click.echo(safe(f"{name}:"))
        for row in value:
            click.echo(safe(f"  {'  '.join(map(str, row))}"))
        return
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if isinstance(value, Mapping):
        value = ", ".join(f"{key} {one}" for key, one in value.items())
    click.echo(safe(f"{name}: {_moment(str(value), zone)}"))


def _moment(text: str, zone: ZoneInfo) -> str:
    """Return a moment in the shop's time, and every other text as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return _local(moment, zone) if moment.tzinfo else text


@orders_command.command("hold")
@config_option
@click.argument("order")
@click.option("--reason", required=True, help="Why, in a few words; whoever looks at the order sees them.")
def hold_command(config: Path | None, order: str, reason: str) -> None:
    """Stop an order until somebody releases it."""
    _do(config, "line_hold", order, reason=reason)


@orders_command.command("release")
@config_option
@click.argument("order")
def release_command(config: Path | None, order: str) -> None:
    """Let a held order go on."""
    _do(config, "line_release", order)


@orders_command.command("confirm")
@config_option
@click.argument("order")
@click.argument("state", required=False)
def confirm_command(config: Path | None, order: str, state: str | None) -> None:
    """Confirm an order's next step (picked, packed, shipped, ...), or that you saw what was changed."""
    _do(config, "line_confirm", order, to=state)


@orders_command.command("assign")
@config_option
@click.argument("order")
@click.argument("person")
def assign_command(config: Path | None, order: str, person: str) -> None:
    """Give an order to somebody: a name under `people:`."""
    _do(config, "line_assign", order, person=person)


def _do(config: Path | None, command: str, order: str, **args: Any) -> None:
    click.echo(safe(Caller(config).ask(command, {"line": LINE, "item": order, **args})))
