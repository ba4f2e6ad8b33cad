"""`backups`: how each place of backups stands, what its checks say, and what a person accepts of it.

What a card says was seen at its last look. Where that is longer ago than the newest copy may be old, nobody knows any
more how the place stands, and the list says so.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from daemon.cli import printing
from daemon.cli.common import Caller, config_option, json_option, zone_of
from daemon.cli.lines import do, local, print_step
from daemon.cli.printing import safe, table
from daemon.values import write_duration

LINE = "backups"
"""The line, as its plug-in names it, that this group of commands works on."""
UNKNOWN = "unknown"
_MOST = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB")
_KILO = 1000
_ROUNDED = ((timedelta(days=2), 3600), (timedelta(minutes=2), 60), (timedelta(0), 1))


@click.group("backups", invoke_without_command=True)
@config_option
@json_option
@click.pass_context
def backups_command(context: click.Context, config: Path | None, as_json: bool) -> None:
    """List the places of backups: how each stands, and whether each group is 3 copies, 2 media, 1 off-site."""
    if context.invoked_subcommand is not None:
        return
    answer = Caller(config).ask("line", {"line": LINE, "cards": True, "limit": _MOST})
    places = [_judged(one, answer["now"]) for one in answer["items"]]
    if as_json:
        printing.as_json({"places": places, "groups": _groups(places)})
        return
    _list(places, answer["now"], zone_of(config))


def _judged(one: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return a place as it stands now: unknown where its last look is longer ago than its newest copy may be old."""
    card: Mapping[str, Any] = one.get("card") or {}
    looked = datetime.fromisoformat(card["looked"]) if card.get("looked") else None
    stale = looked is None or (now - looked).total_seconds() > float(card.get("limit") or 0)
    return {**one, "state": UNKNOWN, "stale": True} if stale else {**one, "stale": False}


def _list(places: list[dict[str, Any]], now: datetime, zone: ZoneInfo) -> None:
    if not places:
        click.echo("no place of backups was looked at yet: `nightclerk run ROUTINE` looks at once")
        return
    rows = [_row(one, one.get("card") or {}, now, zone) for one in places]
    table(("PLACE", "STATE", "NEWEST", "AGE", "SIZE", "RPO", "RTO", "LOOKED AT", "WHY"), rows)
    for name, group in sorted(_groups(places).items()):
        _print_group(name, group)


def _row(one: Mapping[str, Any], card: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    newest = datetime.fromisoformat(card["newest"]) if card.get("newest") else None
    return (
        one["number"], one["state"],
        local(newest, zone) if newest else "none known",
        _span((now - newest).total_seconds()) if newest else "",
        _size(card.get("size")), _span(card.get("rpo")), _span(card.get("rto")),
        local(datetime.fromisoformat(card["looked"]), zone) if card.get("looked") else "never",
        _why(one, card),
    )  # fmt: skip


def _why(one: Mapping[str, Any], card: Mapping[str, Any]) -> str:
    """Return what keeps a place from being sound: what waits for a person, and the checks that are not well."""
    said = ["nobody has looked since"] if one["stale"] else []
    waits = [f"{reason}?" for reason in one["reasons"]]
    content = ["no copy was read whole"] if card.get("verdict") == UNKNOWN and not card.get("unwell") else []
    return ", ".join([*said, *waits, *card.get("unwell", ()), *content])


def _groups(places: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return each group as the last look at one of its places knows it; what is stale claims nothing."""
    found: dict[str, dict[str, Any]] = {}
    for one in sorted(places, key=lambda one: str((one.get("card") or {}).get("looked") or "")):
        for name, group in ((one.get("card") or {}).get("groups") or {}).items():
            found[name] = {**group, "whole": group["whole"] and not one["stale"], "stale": one["stale"]}
    return found


def _print_group(name: str, group: Mapping[str, Any]) -> None:
    """Print the 3-2-1 line of a group."""
    figures = [f"RPO {_span(group['rpo']) or UNKNOWN}", f"RTO {_span(group['rto']) or UNKNOWN}"]
    missed = f", not counted: {', '.join(group['not counted'])}" if group["not counted"] else ""
    verdict = "3-2-1" if group["whole"] else "not 3-2-1"
    verdict = f"unknown, nobody has looked since ({verdict})" if group["stale"] else verdict
    click.echo(safe(f"{verdict}: {group.get('line', name)}; {', '.join(figures)}{missed}"))


@backups_command.command("show")
@config_option
@json_option
@click.argument("name")
def show_command(config: Path | None, as_json: bool, name: str) -> None:
    """Show every check of a place: what each says, when it was made, how long it took."""
    answer = Caller(config).ask("line_show", {"line": LINE, "item": name})
    if as_json:
        printing.as_json(answer)
        return
    _show(answer, zone_of(config))


def _show(answer: Mapping[str, Any], zone: ZoneInfo) -> None:
    card, looked = answer["card"], answer["card"].get("looked")
    at = f", looked at {local(datetime.fromisoformat(looked), zone)}" if looked else ""
    click.echo(safe(f"{answer['number']} is {answer['state']}{at}"))
    for reason, what in answer["todo"].items():
        click.echo(safe(f"  {reason}: {what}".replace("NAME", answer["number"])))
    for line in _figures(card, zone):
        click.echo(safe(line))
    rows = [
        (check, mark, local(datetime.fromisoformat(at), zone) if at else "", f"{seconds} s" if seconds else "", told)
        for check, mark, at, seconds, told in card.get("checks", ())
    ]
    table(("CHECK", "VERDICT", "MADE", "TOOK", "WHAT IT SAYS"), rows)
    for step in answer["history"]:
        print_step(step, zone)


def _figures(card: Mapping[str, Any], zone: ZoneInfo) -> Iterable[str]:
    """Yield the figures of a place, one a line; what is not known is said to be so."""
    moment = {key: local(datetime.fromisoformat(card[key]), zone) for key in ("newest", "restored") if card.get(key)}
    made = moment.get("newest", "no moment")
    yield f"newest copy: {card.get('name') or 'none known'}, {made}, {_size(card.get('size'))}"
    yield f"copies: {UNKNOWN if card.get('copies') is None else card['copies']}"
    yield f"RPO reached (age of the newest copy that was read whole): {_span(card.get('rpo')) or UNKNOWN}"
    yield f"RTO estimated: {_span(card.get('rto')) or UNKNOWN}, last restored: {moment.get('restored', 'never')}"


@backups_command.command("accept")
@config_option
@json_option
@click.argument("name")
def accept_command(config: Path | None, as_json: bool, name: str) -> None:
    """Take a place as it is: the size of its newest copy is the usual one from now on, and what is gone may be gone.

    The next run of the routine goes by it.
    """
    if not as_json:
        do(config, LINE, "line_confirm", name)
        return
    Caller(config).ask("line_confirm", {"line": LINE, "item": name})
    printing.as_json(Caller(config).ask("line_show", {"line": LINE, "item": name}))


def _size(size: int | None) -> str:
    """Return bytes for people; a size that nobody knows is no number."""
    if size is None:
        return "size unknown"
    left, unit = float(size), 0
    while left >= _KILO and unit < len(_UNITS) - 1:
        left, unit = left / _KILO, unit + 1
    return f"{left:.1f} {_UNITS[unit]}" if unit else f"{size} B"


def _span(seconds: float | None) -> str:
    """Return a span for people, in the two units that matter; empty where nobody knows it."""
    if seconds is None:
        return ""
    span = timedelta(seconds=max(seconds, 0))
    step = next(step for least, step in _ROUNDED if span >= least)
    return write_duration(timedelta(seconds=int(span.total_seconds()) // step * step))
