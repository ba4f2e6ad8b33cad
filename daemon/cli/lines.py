"""How the items of a line are printed, whichever line it is: moments, a card's fields, what was done with an item."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from daemon.cli.common import Caller
from daemon.cli.printing import safe

_DEEDS = {
    "": "moved", "hold": "held", "release": "released", "confirm": "confirmed", "merge": "merged", "split": "split",
    "unmerge": "taken apart",
}  # fmt: skip


def do(config: Path | None, line: str, command: str, item: str, **args: Any) -> None:
    """Take a person's step with an item of a line and print where it stands then."""
    click.echo(safe(Caller(config).ask(command, {"line": line, "item": item, **args})))


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment in the shop's time."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def print_step(step: Mapping[str, Any], zone: ZoneInfo) -> None:
    """Print one step of an item's history: when, what, and by whom."""
    by = f" by {step['who']}" if step["who"] else ""
    to = f" to {step['state']}" if step["state"] != _DEEDS[step["deed"]] else ""
    click.echo(safe(f"{local(step['at'], zone)}  {_DEEDS[step['deed']]}{to}{by}"))


def print_field(name: str, value: Any, zone: ZoneInfo) -> None:
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
    return local(moment, zone) if moment.tzinfo else text
