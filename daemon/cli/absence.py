"""`absent`: somebody is away, or back."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from daemon.cli.arguments import DAY
from daemon.cli.common import Caller, config_option
from daemon.cli.printing import safe


@click.command("absent")
@config_option
@click.argument("person")
@click.option("--until", type=DAY, help="The last day (shop's time) on which they are away.")
@click.option("--back", is_flag=True, help="They are here again.")
def absent_command(config: Path | None, person: str, until: datetime | None, back: bool) -> None:
    """Say that somebody is away: what is theirs goes back to the queue."""
    if back is (until is not None):
        raise click.UsageError("say --until DATE, or --back")
    answer: dict[str, Any] = Caller(config).ask("absent", {"person": person, "until": until.date() if until else None})
    click.echo(safe(f"{person} is away until the end of {answer['until']}" if answer["until"] else f"{person} is here"))
    if answer["returned"]:
        click.echo(f"given back to the queue: {answer['returned']}")
    for gap in answer["unmanned"]:
        click.echo(f"note: {safe(gap)}")
