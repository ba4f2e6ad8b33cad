"""`state backup`."""

from pathlib import Path

import click

from daemon.cli.common import Caller, config_option, state_of
from daemon.errors import NightclerkError


@click.group("state")
def state_command() -> None:
    """Look after the state folder."""


@state_command.command("backup")
@config_option
@click.argument("file", type=click.Path(path_type=Path))
def backup_command(config: Path | None, file: Path) -> None:
    """Copy the ledger cleanly to FILE, while it is in use; a plain copy of the folder can't be clean.

    The daemon itself writes FILE: name a place it may write to, such as its state folder.
    """
    target = file.absolute()
    answer = Caller(config).ask("backup", {"file": str(target)})
    if not target.is_file():
        raise NightclerkError(
            f"the daemon wrote {target} where only it can see it (systemd gives it a /tmp of its own): "
            f"name a file below its state folder, {state_of(config)}"
        )
    click.echo(answer)
