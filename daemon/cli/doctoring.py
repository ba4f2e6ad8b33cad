"""`doctor`."""

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import click

from daemon import __version__, paths
from daemon.cli import printing
from daemon.cli.common import config_option, fork_spawner, json_option, load_file, progress, start_logging, state_of
from daemon.cli.printing import safe
from daemon.control.client import ControlClient, connect
from daemon.errors import EXIT_FAILED
from daemon.records import Diagnosis, Health

_COLOURS: Mapping[Health, str] = MappingProxyType(
    {Health.ILL: "red", Health.WARN: "yellow", Health.UNKNOWN: "cyan", Health.WELL: "green"}
)
_WORST_FIRST = list(Health)


@click.command("doctor")
@config_option
@json_option
def doctor_command(config: Path | None, as_json: bool) -> None:
    """Try every connection and look at the machine; say what to do, exit 1 where something is ill."""
    found = sorted(_examine(config), key=lambda one: _WORST_FIRST.index(one.state))
    if as_json:
        printing.as_json(found)
    else:
        _print(found)
    if any(one.state is Health.ILL for one in found):
        sys.exit(EXIT_FAILED)


def _examine(config: Path | None) -> list[Diagnosis]:
    """Have the daemon look where one runs, for it is the daemon's user and walls that count; else look ourselves."""
    state = state_of(config)
    client = connect(paths.control_sockets(state, os.environ), state)
    if client is not None:
        return [_daemon(client), *client.ask("doctor", {}, progress)]
    silent = Diagnosis("daemon", Health.WARN, "none answers for this state folder", "`sudo systemctl start nightclerk`")
    return [silent, *_alone(config, state)]


def _daemon(client: ControlClient) -> Diagnosis:
    if client.version == __version__:
        return Diagnosis("daemon", Health.WELL, f"nightclerk {client.version} answers")
    sentence = f"it is nightclerk {client.version}, this command is {__version__}"
    return Diagnosis("daemon", Health.ILL, sentence, "`sudo systemctl restart nightclerk`")


def _alone(config: Path | None, state: Path) -> list[Diagnosis]:
    start_logging(logging.ERROR)
    loaded = load_file(paths.config_file(config, os.environ))
    allowed = loaded.refuse()
    spawner = fork_spawner(loaded)
    try:
        import asyncio  # noqa: PLC0415 - heavy; the spawner is forked before

        from daemon.desk.doctor import examine_alone  # noqa: PLC0415
        from daemon.engine.assigning import Setup  # noqa: PLC0415

        return asyncio.run(examine_alone(Setup(loaded, allowed, state), spawner, progress))
    finally:
        spawner.close()


def _print(found: Sequence[Diagnosis]) -> None:
    """Print one line a diagnosis and beneath it what to do."""
    for one in found:
        mark = click.style(f"{one.state.value:8}", fg=_COLOURS[one.state], bold=one.state is Health.ILL)
        click.echo(f"{mark} {safe(one.what)}: {safe(one.sentence)}")
        if one.remedy:
            click.echo(f"{'':8} → {safe(one.remedy)}")
    counts = [f"{sum(one.state is state for one in found)} {state.value}" for state in Health]
    click.echo(", ".join(counts))
