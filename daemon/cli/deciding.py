"""Commands of a person who decides: `drafts`, `approve`, `reject`."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from daemon.cli import printing
from daemon.cli.common import Caller, config_option, json_option, zone_of
from daemon.cli.looking import sentence
from daemon.cli.printing import safe, table
from daemon.errors import UsageError
from daemon.records import Draft


@click.command("drafts")
@config_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Also those that were decided, applied or expired.")
@click.argument("draft", type=int, required=False)
def drafts_command(config: Path | None, as_json: bool, everything: bool, draft: int | None) -> None:
    """List the drafts that wait for a person, or show one whole."""
    found: list[Draft] = Caller(config).ask("drafts", {"all": everything or draft is not None})
    if draft is not None:
        found = [one for one in found if one.id == draft]
        if not found:
            raise UsageError(f"there is no draft {draft}: `nightclerk drafts --all` lists them")
    if as_json:
        printing.as_json(found)
    elif draft is not None:
        _show(found[0], zone_of(config))
    else:
        _list(found, zone_of(config))


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""


def _list(found: list[Draft], zone: ZoneInfo) -> None:
    rows = [
        (
            str(one.id),
            one.state.value,
            one.routine,
            _moment(one.draft.not_before, zone),
            sentence(one.draft.title, zone),
        )
        for one in found
    ]
    table(("DRAFT", "STATE", "ROUTINE", "NOT BEFORE", "WHAT"), rows)
    if any(one.state.value == "waiting" for one in found):
        click.echo(
            "`nightclerk drafts ID` shows one, `nightclerk approve ID` lets it out, `nightclerk reject ID` keeps it in"
        )


def _show(draft: Draft, zone: ZoneInfo) -> None:
    click.echo(f"draft {draft.id} of {draft.routine}: {printing.coloured(draft.state.value)}")
    click.echo(safe(sentence(draft.draft.title, zone)))
    if draft.draft.not_before:
        click.echo(f"not before {_moment(draft.draft.not_before, zone)}")
    for line in draft.draft.preview.splitlines():
        click.echo(f"  {safe(line)}")


@click.command("approve")
@config_option
@click.argument("draft", type=int)
def approve_command(config: Path | None, draft: int) -> None:
    """Approve a draft: it is made real once."""
    click.echo(Caller(config).ask("approve", {"draft": draft}))


@click.command("reject")
@config_option
@click.argument("draft", type=int)
def reject_command(config: Path | None, draft: int) -> None:
    """Reject a draft: it never leaves the house."""
    click.echo(Caller(config).ask("reject", {"draft": draft}))
