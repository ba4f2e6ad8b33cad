"""Commands that need no state: `init`, `check`, `schema`, `plugins`, `install`, `uninstall`."""

import json
import os
import sys
from pathlib import Path

import click

from daemon import installation, paths, plugins
from daemon.cli import printing
from daemon.cli.common import Caller, config_option, json_option, load_file
from daemon.cli.printing import table
from daemon.config.loading import Loaded
from daemon.config.schema import json_schema
from daemon.errors import EXIT_CONFIG, NightclerkError
from daemon.outbox.transports import TRANSPORTS


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default="config.yaml")
def init_command(file: Path) -> None:
    """Write a commented configuration that runs as it is."""
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(paths.example().read_text(encoding="utf-8"))
        file.chmod(0o644)
    except FileExistsError as error:
        raise NightclerkError(f"{file} exists already: name another file, or move it away") from error
    except OSError as error:
        raise NightclerkError(f"{file} can't be written: {error.strerror}") from error
    click.echo(f"{file} is written. It runs as it is, on a built-in demo shop:")
    click.echo(f"  nightclerk check -c {file}\n  nightclerk run briefing -c {file}\n  nightclerk serve -c {file}")


@click.command("check")
@config_option
@json_option
def check_command(config: Path | None, as_json: bool) -> None:
    """Check everything that needs no network; exit 78 where something is wrong."""
    path = paths.config_file(config, os.environ)
    loaded = load_file(path)
    problems = loaded.all_problems()
    notes = [*loaded.notes, *_unmanned_today(path, loaded)]
    if as_json:
        _print_json(path, [str(p) for p in problems], notes)
    else:
        for problem in problems:
            click.echo(str(problem), err=True)
        for note in notes:
            click.echo(f"note: {note}")
    if problems:
        sys.exit(EXIT_CONFIG)
    if not as_json and loaded.config is not None:
        count = len(loaded.config.routines)
        click.echo(f"{path}: well. {count} routines, {len(loaded.config.connections)} connections.")


def _unmanned_today(path: Path, loaded: Loaded) -> list[str]:
    """Return what nobody sees to because people are away, as far as a running daemon answers and knows of absences.

    Where one person does everything nobody else could see to it, and no daemon is asked.
    """
    if loaded.config is None or len(loaded.config.people) <= 1:
        return []
    try:
        told: list[str] = Caller(path).ask_running("unmanned", {}) or []
    except NightclerkError:
        return []
    return [note for note in told if note not in loaded.notes]


def _print_json(path: Path, problems: list[str], notes: list[str]) -> None:
    printing.as_json({"file": path, "ok": not problems, "problems": problems, "notes": notes})


@click.command("schema")
@config_option
def schema_command(config: Path | None) -> None:
    """Print a JSON Schema of the configuration, for editors that complete YAML."""
    try:
        found = load_file(paths.config_file(config, os.environ)).registry
    except NightclerkError:
        found = plugins.load(None)
    click.echo(json.dumps(json_schema(found, TRANSPORTS), indent=2, ensure_ascii=False))


def _found(config: Path | None) -> plugins.Registry:
    try:
        path = paths.config_file(config, os.environ)
    except NightclerkError:
        if config is not None:
            raise
        return plugins.load(None)
    return load_file(path).registry


@click.command("plugins")
@config_option
@json_option
def plugins_command(config: Path | None, as_json: bool) -> None:
    """List the jobs, connectors and lines of work that were found, from where, and what failed and why."""
    registry = _found(config)
    rows = _rows(registry)
    if as_json:
        _plugins_json(rows, registry)
        return
    table(("WHAT", "NAME", "FROM", "DOES"), [(what, name, origin, summary) for what, name, summary, origin in rows])
    for failure in registry.failures:
        click.echo(f"failed: {failure.module} ({failure.origin}): {failure.sentence}", err=True)
    if registry.failures:
        sys.exit(1)


def _rows(registry: plugins.Registry) -> list[tuple[str, str, str, str]]:
    """Return what, name, summary and module of everything that was found."""
    found = [("job", name, job.summary) for name, job in registry.jobs.items()]
    found += [("connector", key, one.summary) for key, one in registry.connectors.items()]
    found += [
        ("line", name, f"Where each {line.what} stands: {', '.join(line.follows)}")
        for name, line in registry.lines.items()
    ]
    return [(what, name, summary, registry.origins[f"{what} {name}"]) for what, name, summary in found]


def _plugins_json(rows: list[tuple[str, str, str, str]], registry: plugins.Registry) -> None:
    listed = [{"what": w, "name": n, "summary": s, "from": o} for w, n, s, o in rows]
    printing.as_json({"plugins": listed, "failures": list(registry.failures)})
    if registry.failures:
        sys.exit(1)


@click.command("install")
def install_command() -> None:
    """Put the systemd unit, folders and a configuration in place (root)."""
    for line in installation.install(installation.this_command()):
        click.echo(line)


@click.command("uninstall")
def uninstall_command() -> None:
    """Take the systemd unit away and leave data and configuration (root)."""
    for line in installation.uninstall():
        click.echo(line)
