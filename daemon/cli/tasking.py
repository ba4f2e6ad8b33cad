"""`tasks`: what first, and everything a person does with tasks."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from daemon.cli import printing
from daemon.cli.arguments import AMOUNT, DAY
from daemon.cli.common import Caller, F, config_option, json_option, zone_of
from daemon.cli.looking import sentence
from daemon.cli.printing import safe, table
from daemon.model import Goal, Horizon
from daemon.records import Listed, Task

FIELDS = ("goal", "horizon", "due", "impact", "statutory", "owner")
"""What a person may set of a task."""


def _fields_options(function: F) -> F:
    """Add the options that say what a task is: of `tasks add` and `tasks move` alike."""
    options = (
        click.option("--goal", type=click.Choice([goal.value for goal in Goal]), help="What it is for."),
        click.option("--horizon", type=click.Choice([one.value for one in Horizon]), help="When it pays off."),
        click.option("--due", type=DAY, help="By which day (shop's time)."),
        click.option("--impact", type=AMOUNT, help="What it is worth, in the shop's currency; more goes first."),
        click.option("--statutory", metavar="KIND", help="The due date is one set by law: tax, filing, ..."),
        click.option("--owner", metavar="NAME", help="Who does it: a name under `people:`."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _args(given: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed as the daemon takes it; what was not given is left out."""
    day: datetime | None = given["due"]
    typed = {
        **given,
        "goal": Goal(given["goal"]) if given["goal"] else None,
        "horizon": Horizon(given["horizon"]) if given["horizon"] else None,
        "due": day.date() if day else None,
    }
    return {name: value for name, value in typed.items() if value is not None}


@click.group("tasks", invoke_without_command=True)
@config_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Also those that are done.")
@click.pass_context
def tasks_command(context: click.Context, config: Path | None, as_json: bool, everything: bool) -> None:
    """List the tasks: what first, what later."""
    if context.invoked_subcommand is not None:
        return
    answer = Caller(config).ask("tasks", {"all": everything})
    if as_json:
        zone = zone_of(config)
        found = [*answer["listed"], *answer["done"]]
        printing.as_json([_fields(one, zone, owners=answer["owners"]) for one in found])
    else:
        _list(answer, zone_of(config))


@tasks_command.command("add")
@config_option
@json_option
@_fields_options
@click.argument("title")
def add_command(config: Path | None, as_json: bool, title: str, **given: Any) -> None:
    """Add a task and show where it stands."""
    _show_place(config, Caller(config).ask("add_task", {"title": title, **_args(given)}), as_json=as_json)


@tasks_command.command("move")
@config_option
@json_option
@_fields_options
@click.option(
    "--clear",
    multiple=True,
    type=click.Choice(FIELDS),
    help="Take back what was set (again for more): a finding's task is then as the finding says.",
)
@click.argument("task")
def move_command(config: Path | None, as_json: bool, task: str, clear: tuple[str, ...], **given: Any) -> None:
    """Change what a task is for, when it pays off, its date, its worth or who does it, or take that back."""
    args = {"task": task, "clear": list(clear), **_args(given)}
    _show_place(config, Caller(config).ask("move_task", args), as_json=as_json)


@tasks_command.command("done")
@config_option
@json_option
@click.argument("task")
def done_command(config: Path | None, as_json: bool, task: str) -> None:
    """Mark a task as done."""
    answer = Caller(config).ask("finish_task", {"task": task})
    if as_json:
        printing.as_json(_fields(answer["task"], zone_of(config), owners=answer["owners"]))
    else:
        click.echo(f"task {safe(answer['task'].id)} is done")


@tasks_command.command("stats")
@config_option
@json_option
def stats_command(config: Path | None, as_json: bool) -> None:
    """Count what was done in each box in each of the last 13 weeks."""
    answer = Caller(config).ask("task_stats", {})
    if as_json:
        printing.as_json(answer)
        return
    weeks: list[date] = answer["weeks"]
    rows = [(str(week), *(str(box["done"][number]) for box in answer["boxes"])) for number, week in enumerate(weeks)]
    table(("WEEK FROM", *(safe(box["box"]).upper() for box in answer["boxes"])), rows)


def _fields(one: Listed | Task, zone: ZoneInfo, *, owners: bool) -> dict[str, Any]:
    """Return a task flat, for programs; one that is done has no rank, and nobody owns it where one person works."""
    place = one if isinstance(one, Listed) else None
    task = one.task if isinstance(one, Listed) else one
    fields = {"rank": place.rank if place else None, "box": place.box if place else None, **vars(task)}
    fields["until"] = place.until if place else None
    fields["title"] = _title(task, zone)
    return {name: value for name, value in fields.items() if owners or name != "owner"}


def _title(task: Task, zone: ZoneInfo) -> str:
    return task.title if isinstance(task.title, str) else sentence(task.title, zone)


def _list(answer: dict[str, Any], zone: ZoneInfo) -> None:
    owners = answer["owners"]
    rows = [_row(str(one.rank), one.box, one.task, zone, owners=owners) for one in answer["listed"]]
    rows += [_row("", "done", task, zone, owners=owners) for task in answer["done"]]
    table(("RANK", "TASK", "BOX", "DUE", "IMPACT", *(["OWNER"] if owners else []), "WHAT"), rows)
    offered = [one.task.id for one in answer["listed"] if one.task.offered]
    if offered:
        click.echo(f"the cause is gone of {', '.join(offered)}: `nightclerk tasks done ID` closes one")
    if any(one.box == "unsorted" for one in answer["listed"]):
        click.echo("`nightclerk tasks move ID --goal GOAL --horizon HORIZON` sorts what is unsorted")


def _row(rank: str, box: str, task: Task, zone: ZoneInfo, *, owners: bool) -> tuple[str, ...]:
    owner = (task.owner,) if owners else ()
    mornings = "1 morning" if task.slipped == 1 else f"{task.slipped} mornings"
    notes = [f"left over on {mornings}"] if task.slipped else []
    notes += ["the cause is gone"] if task.offered else []
    what = _title(task, zone) + (f" ({', '.join(notes)})" if notes else "")
    return rank, task.id, box, str(task.due or ""), _amount(task.impact), *owner, what


def _amount(impact: Decimal) -> str:
    return f"{impact:.2f}" if impact else ""


def _show_place(config: Path | None, answer: dict[str, Any], *, as_json: bool) -> None:
    zone, owners = zone_of(config), answer["owners"]
    here: Listed = answer["listed"]
    beside = {name: answer[name] for name in ("before", "after")}
    if as_json:
        places = {name: one and _fields(one, zone, owners=owners) for name, one in beside.items()}
        printing.as_json({**_fields(here, zone, owners=owners), **places})
        return
    click.echo(f"task {here.task.id} is number {here.rank}, box: {safe(here.box)}")
    for name, one in beside.items():
        if one is not None:
            click.echo(f"{name} it: {one.rank}. {safe(_title(one.task, zone))} (task {one.task.id}, {safe(one.box)})")
