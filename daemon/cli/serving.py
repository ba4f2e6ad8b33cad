"""`serve` and `reload`."""

import logging
import os
import sys
from pathlib import Path

import click

from daemon import paths, sdnotify
from daemon.cli.common import Caller, config_option, fork_spawner, last_state, load_file, start_logging
from daemon.config.loading import Loaded
from daemon.errors import ConfigError

LAST_GOOD = "last-good.yaml"
_log = logging.getLogger(__name__)


@click.command("serve")
@config_option
def serve_command(config: Path | None) -> None:
    """Work through the nights until stopped."""
    start_logging(logging.INFO)
    path = _file(config)
    loaded, refusal = _usable(path)
    notifier = sdnotify.take(os.environ)  # before the fork: no child may speak for the daemon
    spawner = fork_spawner(loaded)
    try:
        import asyncio  # noqa: PLC0415 - heavy; the spawner is forked before

        from daemon import service  # noqa: PLC0415
        from daemon.engine.assigning import Setup  # noqa: PLC0415

        state = paths.state_folder(loaded.refuse().state, os.environ)
        opening = service.Opening(path, Setup(loaded, loaded.refuse(), state), refusal)
        code = asyncio.run(service.serve(opening, spawner, notifier))
    finally:
        spawner.close()
    sys.exit(code)


def _file(given: Path | None) -> Path:
    """Return the file to serve; where the given one is gone but a night was worked with it, its path all the same.

    Raises ConfigError where there is neither.
    """
    try:
        return paths.config_file(given, os.environ)
    except ConfigError:
        if given is None or not (last_state(given) / LAST_GOOD).is_file():
            raise
        return given


def _usable(path: Path) -> tuple[Loaded, tuple[str, ...]]:
    """Return the file's configuration or, where it is refused, the one that last ran, and what is wrong with the file.

    Raises ConfigError where there is none to fall back on.
    """
    loaded = load_file(path)
    for note in loaded.notes:
        _log.info("%s", note)
    if not loaded.problems:
        for problem in loaded.all_problems():
            _log.warning("%s", problem)
        return loaded, ()
    refused = tuple(str(problem) for problem in loaded.problems)
    for line in refused:
        _log.error("the configuration is refused: %s", line)
    return _last_good(last_state(path) / LAST_GOOD, loaded), refused


def _last_good(path: Path, refused: Loaded) -> Loaded:
    """Return the configuration that last ran; where it is no help, raise what is wrong with the new one."""
    earlier = load_file(path) if path.is_file() else None
    if earlier is None or earlier.problems:
        raise ConfigError(list(refused.problems))
    _log.error("the night goes on with the configuration that last ran, %s", path)
    return earlier


@click.command("reload")
@config_option
def reload_command(config: Path | None) -> None:
    """Have the daemon read its configuration anew, and say what came of it."""
    click.echo(Caller(config).ask("reload", {}))
