"""`state backup` and `state reconcile`."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from daemon.cli import printing
from daemon.cli.common import Caller, config_option, json_option, state_of, zone_of
from daemon.cli.looking import sentence
from daemon.cli.printing import table
from daemon.errors import NightclerkError
from daemon.records import Restored


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


@state_command.command("reconcile")
@config_option
@json_option
@click.option("--release", is_flag=True, help="End the guard: from now on what the ledger does not know was not done.")
@click.option("--send-mail", is_flag=True, help="Let the mails that are held leave; some may arrive a second time.")
@click.option(
    "--not-done", multiple=True, metavar="KEY", help="An uncertain effect that did not happen; again for more."
)
def reconcile_command(
    config: Path | None, as_json: bool, release: bool, send_mail: bool, not_done: tuple[str, ...]
) -> None:
    """Show what a ledger that was put back from an older copy holds back, and let it go on.

    Look at the outside first: what is uncertain is never done again by itself, and a draft from before may be out. One
    that you say did not happen may be made again: approve its draft, or run its routine.
    """
    answer = Caller(config).ask("reconcile", {"release": release, "send_mail": send_mail, "not_done": list(not_done)})
    if as_json:
        printing.as_json(answer)
        return
    zone = zone_of(config)
    _describe(answer, zone)
    if answer["released"]:
        click.echo("the guard is lifted: new effects are made without asking")
    elif answer["restored"]:
        click.echo("when you have looked: nightclerk state reconcile --release")
    if send_mail:
        click.echo(f"{answer['let_go']} mails that were held leave now")
    elif answer["mails"]:
        click.echo("let one leave: nightclerk outbox retry MAIL; all of them: nightclerk state reconcile --send-mail")


def _describe(answer: dict[str, Any], zone: ZoneInfo) -> None:
    """Print what is held back or in doubt."""
    click.echo(_guard(answer["restored"], zone))
    mails = [(str(one.id), _local(one.queued, zone), one.recipient, one.subject) for one in answer["mails"]]
    doubted = [(one.key, _local(one.claimed, zone), one.what) for one in answer["effects"]]
    drafts = [(str(one.id), one.state.value, one.routine, sentence(one.draft.title, zone)) for one in answer["drafts"]]
    _table_of_some(("HELD MAIL", "QUEUED", "TO", "SUBJECT"), mails)
    _table_of_some(("UNCERTAIN", "CLAIMED", "WHAT"), doubted)
    _table_of_some(("DRAFT", "STATE", "ROUTINE", "WHAT"), drafts)


def _guard(restored: Restored | None, zone: ZoneInfo) -> str:
    if restored is None:
        return "no guard stands: the ledger is not known to be older than the world"
    until = _local(restored.newest, zone) if restored.newest else "nothing at all"
    return f"put back: noticed {_local(restored.noticed, zone)}, the ledger knows what was done until {until}"


def _table_of_some(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if rows:
        table(head, rows)


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
