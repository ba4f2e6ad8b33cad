"""`orders`: the orders on their assembly line, and a person's steps with one of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from daemon.cli import printing
from daemon.cli.common import Caller, config_option, json_option, zone_of
from daemon.cli.lines import do, local, print_field, print_step
from daemon.cli.printing import safe, table

LINE = "orders"
"""The line, as its plug-in names it, that this group of commands works on."""
_WAYS = ("address", "stock", "vendor", "warehouse", "day")
"""What sends the lines of an order on different ways, as its plug-in knows them."""


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
        (one["number"], one["state"], *([one["owner"]] if owners else []), local(one["since"], zone), _why(one))
        for one in answer["items"]
    ]
    table(("ORDER", "STATE", *(["OWNER"] if owners else []), "SINCE", "WHY"), rows)
    click.echo(", ".join(f"{count} {state}" for state, count in answer["counts"].items()) or "no order is on the line")


def _why(one: Mapping[str, Any]) -> str:
    """Return why an order waits, and what it shares a parcel with: ids are the shop's name and a number."""
    return ", ".join([*one["reasons"], *(f"with {mate.partition('/')[2]}" for mate in one.get("joined", ()))])


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
    _stand(answer, zone)
    before = {f"{name} before the change": value or "none" for name, value in answer["was"].items()}
    for name, value in {**answer["card"], **before}.items():
        print_field(name, value, zone)
    _company(answer)
    for name, words in sorted(answer["left"].items()):
        click.echo(safe(f"{name}: {words}"))
    for step in answer["history"]:
        print_step(step, zone)
    for one in answer["others"]:
        click.echo(safe(f"same customer: {one['number']}, {one['state']} since {local(one['since'], zone)}"))


def _stand(answer: Mapping[str, Any], zone: ZoneInfo) -> None:
    """Print where an order stands, whose it is, and what to do about each reason for a hold."""
    owner = f", belongs to {answer['owner']}" if answer.get("owner") else ""
    click.echo(safe(f"order {answer['number']} is {answer['state']} since {local(answer['since'], zone)}{owner}"))
    todo = [f"{reason}: {what}" for reason, what in answer["todo"].items()]
    for line in [*todo, *filter(None, [answer["words"]])]:
        click.echo(safe(f"  {line}"))


def _company(answer: Mapping[str, Any]) -> None:
    """Print what an order travels with, and what it is a part of or split into."""
    if answer["with"]:
        click.echo(safe(f"in one parcel with: {_standing(answer['with'])}"))
    for name, value in answer["together"].items():
        click.echo(safe(f"{name}: {value}"))
    if answer["part_of"]:
        click.echo(safe(f"part of: {answer['part_of']}"))
    if answer["parts"]:
        click.echo(safe(f"parts: {_standing(answer['parts'])}"))


def _standing(rows: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{one['number']} ({one['state']})" for one in rows)


@orders_command.command("hold")
@config_option
@click.argument("order")
@click.option("--reason", required=True, help="Why, in a few words; whoever looks at the order sees them.")
def hold_command(config: Path | None, order: str, reason: str) -> None:
    """Stop an order until somebody releases it."""
    do(config, LINE, "line_hold", order, reason=reason)


@orders_command.command("release")
@config_option
@click.argument("order")
def release_command(config: Path | None, order: str) -> None:
    """Let a held order go on."""
    do(config, LINE, "line_release", order)


@orders_command.command("confirm")
@config_option
@click.argument("order")
@click.argument("state", required=False)
@click.option("--tracking", help="The parcel's tracking number, to be kept with the order.")
@click.option("--carrier", help="Who carries the parcel.")
def confirm_command(
    config: Path | None, order: str, state: str | None, tracking: str | None, carrier: str | None
) -> None:  # fmt: skip
    """Confirm an order's next step (picked, packed, shipped, ...), or that you saw what was changed."""
    do(config, LINE, "line_confirm", order, to=state, left={"tracking": tracking, "carrier": carrier})


@orders_command.command("assign")
@config_option
@click.argument("order")
@click.argument("person")
def assign_command(config: Path | None, order: str, person: str) -> None:
    """Give an order to somebody: a name under `people:`."""
    do(config, LINE, "line_assign", order, person=person)


@orders_command.command("merge")
@config_option
@json_option
@click.argument("orders", nargs=-1, required=True)
def merge_command(config: Path | None, as_json: bool, orders: tuple[str, ...]) -> None:
    """Put waiting orders of one customer into one parcel; one that shares a parcel brings its others along.

    They move together from then on: what stops one stops all. `unmerge` undoes it while nothing is picked.
    """
    _arrange(config, "line_merge", as_json, items=list(orders))


@orders_command.command("split")
@config_option
@json_option
@click.option("--by", type=click.Choice(_WAYS), multiple=True, help="What goes separately; may be given several times.")
@click.option("--grams", type=click.IntRange(1), help="What one parcel may weigh at most.")
@click.option("--items", type=click.IntRange(1), help="How many pieces one parcel may hold at most.")
@click.argument("order")
def split_command(
    config: Path | None, as_json: bool, by: tuple[str, ...], grams: int | None, items: int | None, order: str
) -> None:
    """Send an order in several parcels: by address, by what is in stock, by vendor, warehouse or day, or by limits.

    Each part is an order of its own (1042/1, 1042/2, ...) with its share of the money; the order is shipped when all
    of them are. A change of it in the shop stops them all. `unmerge` undoes it while nothing is picked.
    """
    if not by and grams is None and items is None:
        raise click.UsageError("say what to split by: --by, --grams or --items")
    asked = {"by": list(by), "most_grams": grams, "most_pieces": items}
    _arrange(config, "line_split", as_json, item=order, by=asked)


@orders_command.command("unmerge")
@config_option
@json_option
@click.argument("order")
def unmerge_command(config: Path | None, as_json: bool, order: str) -> None:
    """Undo a merge or a split while nothing of it is picked; any order or part of it may be named."""
    _arrange(config, "line_unmerge", as_json, item=order)


def _arrange(config: Path | None, command: str, as_json: bool, **args: Any) -> None:
    answer = Caller(config).ask(command, {"line": LINE, **args})
    if as_json:
        printing.as_json({name: value for name, value in answer.items() if name != "said"})
    else:
        click.echo(safe(answer["said"]))
