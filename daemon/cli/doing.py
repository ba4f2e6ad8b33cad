"""Commands that make something happen: `run`, `cancel`, `pause`, `resume`."""

import sys
from datetime import datetime
from pathlib import Path

import click

from daemon.cli import printing
from daemon.cli.arguments import MOMENT, as_utc
from daemon.cli.common import Caller, config_option, json_option, zone_of
from daemon.cli.looking import print_run
from daemon.errors import EXIT_FAILED
from daemon.records import Run, State


@click.command("run")
@config_option
@json_option
@click.option("--at", "moment", type=MOMENT, help="Run as if it were this moment (shop's time).")
@click.option("--dry-run", "dry", is_flag=True, help="Change nothing outside, keep nothing, send nothing.")
@click.argument("routine")
def run_command(config: Path | None, as_json: bool, moment: datetime | None, dry: bool, routine: str) -> None:
    """Run a routine now and wait for its end; exit 1 where it did not end well."""
    at = as_utc(moment, zone_of(config)) if moment else None
    run: Run = Caller(config, creates=True).ask("run", {"routine": routine, "at": at, "dry": dry})
    if as_json:
        printing.as_json(run)
    else:
        print_run(run, zone_of(config))
    if run.state is not State.OK:
        sys.exit(EXIT_FAILED)


@click.command("cancel")
@config_option
@click.argument("run", type=int)
def cancel_command(config: Path | None, run: int) -> None:
    """End a run that is going on."""
    click.echo(Caller(config).ask("cancel", {"run": run}))


@click.command("pause")
@config_option
@click.option("--until", type=MOMENT, help="Go on by itself at this moment (shop's time).")
@click.argument("routine", required=False)
def pause_command(config: Path | None, until: datetime | None, routine: str | None) -> None:
    """Pause one routine or all; their slots are skipped and counted."""
    moment = as_utc(until, zone_of(config)) if until else None
    click.echo(Caller(config).ask("pause", {"routine": routine, "until": moment}))


@click.command("resume")
@config_option
@click.argument("routine", required=False)
def resume_command(config: Path | None, routine: str | None) -> None:
    """Let a paused routine, or all, go on."""
    click.echo(Caller(config).ask("resume", {"routine": routine}))
