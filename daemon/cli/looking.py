"""Commands that only look: `status`, `next`, `runs`, `show`, `outbox`."""

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from daemon import paths
from daemon.cli import printing
from daemon.cli.arguments import MOMENT, as_utc
from daemon.cli.common import Caller, config_option, json_option, load_file, zone_of
from daemon.cli.printing import safe, table
from daemon.clock import SystemClock
from daemon.config import Config
from daemon.config.wording import suggest
from daemon.errors import NightclerkError, UsageError
from daemon.model import Text
from daemon.occurrences.timetable import timetable
from daemon.records import Run
from daemon.render.say import Voice, say


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def sentence(text: Text | None, zone: ZoneInfo) -> str:
    """Return a message in English for the terminal."""
    return "" if text is None else say(text, Voice("en", "", str(zone)))


@click.command("status")
@config_option
@json_option
def status_command(config: Path | None, as_json: bool) -> None:
    """Say how the night is going: what runs, what comes, what failed, what waits."""
    answer = Caller(config).ask("status", {})
    if as_json:
        printing.as_json(answer)
        return
    zone = ZoneInfo(answer["timezone"])
    click.echo(f"{safe(answer['shop'])}: {_local(answer['now'], zone)} {zone}, nightclerk {answer['version']}")
    for line in _warnings(answer, zone):
        click.echo(click.style(line, fg="red"))
    for run in answer["running"]:
        click.echo(f"running: {run.routine} (run {run.id}) since {_local(run.started, zone)}")
    for one in answer["next"]:
        click.echo(f"next:    {one.routine} at {_local(one.at, zone)}" + (f" ({one.note})" if one.note else ""))
    for run in answer["failed"]:
        click.echo(
            f"{run.state.value}: {run.routine} (run {run.id}) at {_local(run.started, zone)}: {safe(run.reason)}"
        )
    click.echo(f"{answer['drafts']} drafts wait for approval, {answer['mails_waiting']} mails wait to leave")


def _warnings(answer: dict[str, Any], zone: ZoneInfo) -> list[str]:
    lines = [f"refused configuration: {safe(line)}" for line in answer["refused"]]
    voice = Voice("en", "", str(zone), answer["now"].astimezone(zone).date())
    lines += [say(answer[name], voice) for name in ("clock", "restored") if answer[name] is not None]
    lines += [f"broken: {name}: {safe(reason)}" for name, reason in answer["broken"].items()]
    lines += [_paused(name, until, zone) for name, until in answer["paused"].items()]
    return lines + [f"mail: {safe(line)}" for line in answer["mail_trouble"]]


def _paused(name: str, until: datetime | None, zone: ZoneInfo) -> str:
    what = "everything" if name == "*" else name
    return f"paused: {what} until {_local(until, zone)}" if until else f"paused: {what}"


@click.command("next")
@config_option
@json_option
@click.option("--from", "start", type=MOMENT, help="Count from this moment instead of now (shop's time).")
@click.option("--count", type=click.IntRange(1, 10000), default=10, show_default=True, help="How many slots to show.")
@click.argument("routine", required=False)
def next_command(config: Path | None, as_json: bool, start: datetime | None, count: int, routine: str | None) -> None:
    """Show what runs next, of one routine or of all, and why a moment differs from its name."""
    loaded = load_file(paths.config_file(config, os.environ))
    frame = loaded.refuse()
    if routine is not None and routine not in frame.routines:
        raise UsageError(suggest(f"there is no routine {routine}", routine, sorted(frame.routines)))
    table_of = timetable(frame, _days_off(config, frame))
    moment = SystemClock().now() if start is None else as_utc(start, table_of.zone)
    slots = table_of.first(moment, count, routine)
    if as_json:
        printing.as_json(slots)
        return
    rows = [(one.routine, one.slot, _local(one.at, table_of.zone), one.note) for one in slots]
    table(("ROUTINE", "SLOT", "RUNS AT", "NOTE"), rows)


def _days_off(config: Path | None, frame: Config) -> frozenset[date]:
    """Return the holidays that the state knows, where a routine leaves them out; without a state none are known."""
    if all(routine.except_ is None for routine in frame.routines.values()):
        return frozenset()
    try:
        return frozenset(Caller(config).ask("days_off", {}))
    except NightclerkError as error:
        click.echo(f"holidays are not left out here: {error}", err=True)
        return frozenset()


@click.command("runs")
@config_option
@json_option
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
@click.argument("routine", required=False)
def runs_command(config: Path | None, as_json: bool, limit: int, routine: str | None) -> None:
    """List past runs, newest first."""
    found: list[Run] = Caller(config).ask("runs", {"routine": routine, "limit": limit})
    if as_json:
        printing.as_json(found)
        return
    zone = zone_of(config)
    table(("RUN", "ROUTINE", "SLOT", "STARTED", "TOOK", "STATE", "SAID"), [_run_row(run, zone) for run in found])


def took(run: Run) -> str:
    """Return how long a run took."""
    return "" if run.ended is None else f"{(run.ended - run.started).total_seconds():.2f} s"


def _run_row(run: Run, zone: ZoneInfo) -> tuple[str, ...]:
    said = run.reason or sentence(run.summary, zone)
    state = run.state.value
    return str(run.id), run.routine, run.slot, _local(run.started, zone), took(run), state, said


@click.command("show")
@config_option
@json_option
@click.argument("run", type=int)
def show_command(config: Path | None, as_json: bool, run: int) -> None:
    """Show one run: how it ended, what it found and what it printed."""
    answer = Caller(config).ask("show", {"run": run})
    if as_json:
        printing.as_json(answer)
        return
    print_run(answer["run"], zone_of(config))
    for finding in answer["findings"]:
        click.echo(f"found:   [{finding.urgency.value}] {safe(sentence(finding.title, zone_of(config)))}")


def print_run(run: Run, zone: ZoneInfo) -> None:
    """Print one run for people."""
    click.echo(f"run {run.id} of {run.routine}, slot {run.slot}, try {run.attempt}" + (" (dry run)" if run.dry else ""))
    click.echo(f"state:   {printing.coloured(run.state.value)}" + (f": {safe(run.reason)}" if run.reason else ""))
    asked = f"  requests {run.requests}" if run.requests else ""
    click.echo(f"started: {_local(run.started, zone)}  took {took(run)}  memory {run.max_rss_kb // 1024} MB{asked}")
    if run.summary is not None:
        click.echo(f"said:    {safe(sentence(run.summary, zone))}")
    for text in run.checked:
        click.echo(f"fine:    {safe(sentence(text, zone))}")
    for line in run.output.splitlines():
        click.echo(f"  | {safe(line)}")


@click.group("outbox", invoke_without_command=True)
@config_option
@json_option
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
@click.pass_context
def outbox_command(context: click.Context, config: Path | None, as_json: bool, limit: int) -> None:
    """List stored mails and how they fared."""
    if context.invoked_subcommand is not None:
        return
    found = Caller(config).ask("outbox", {"limit": limit})
    if as_json:
        printing.as_json(found)
        return
    zone = zone_of(config)
    rows = [
        (str(m.id), m.state.value, str(m.tries), _local(m.queued, zone), m.recipient, m.subject, m.error) for m in found
    ]
    table(("MAIL", "STATE", "TRIES", "QUEUED", "TO", "SUBJECT", "TROUBLE"), rows)


@outbox_command.command("retry")
@config_option
@click.argument("mail", type=int, required=False)
def retry_command(config: Path | None, mail: int | None) -> None:
    """Try mails again now: one by its number, or all that wait."""
    click.echo(Caller(config).ask("retry", {"mail": mail}))
