"""What every command needs: the configuration, the daemon that holds the state, or the state itself."""

import logging
import os
import pwd
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from daemon import paths, plugins
from daemon.child import make_child
from daemon.config import includes
from daemon.config.loading import Loaded, load
from daemon.control.client import connect
from daemon.errors import ConfigError, NightclerkError
from daemon.log import set_up
from daemon.outbox.transports import TRANSPORTS
from daemon.spawner import Spawner, start_spawner

F = TypeVar("F", bound=Callable[..., Any])
_STATE_LINE = re.compile(r"^state:[ \t]*([^\s#]+)", re.MULTILINE)


def config_option(function: F) -> F:
    """Add `-c FILE`."""
    return click.option(
        "-c", "--config", "config", type=click.Path(path_type=Path, readable=False),
        envvar="NIGHTCLERK_CONFIG", show_envvar=True,
        help="The configuration; else ./config.yaml, ~/.config/nightclerk/config.yaml or /etc/nightclerk/config.yaml.",
    )(function)  # fmt: skip


def json_option(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(function)


def load_file(path: Path) -> Loaded:
    """Read and check a configuration with all its plug-ins."""
    return load(path, plugins.load, TRANSPORTS)


def state_of(config: Path | None) -> Path:
    """Return the state folder that a configuration names, reading no more of it than that.

    Raises ConfigError where the file can't be parsed and holds no such line: another folder would be a guess.
    """
    file = paths.config_file(config, os.environ)
    source = includes.read(file)
    if source.problems and not source.tree and _state_line(file) is None:
        raise ConfigError(list(source.problems))
    return last_state(file)


def last_state(file: Path) -> Path:
    """Return where the daemon of a file most likely kept its state, be that file broken, unreadable or gone."""
    configured = includes.read(file).tree.get("state", _state_line(file))
    return paths.state_folder(Path(configured) if isinstance(configured, str) else None, os.environ)


def _state_line(file: Path) -> str | None:
    """Return what the line `state:` says in a file that is no YAML: the daemon behind it can still be asked."""
    try:
        found = _STATE_LINE.search(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return includes.absolute(found[1].strip("\"'"), str(file)) if found else None


def zone_of(config: Path | None) -> ZoneInfo:
    """Return the shop's zone for printing; UTC where the file does not say."""
    shop = includes.read(paths.config_file(config, os.environ)).tree.get("shop")
    try:
        return ZoneInfo(str(shop["timezone"]))  # type: ignore[index]
    except (KeyError, TypeError, ValueError, OSError):
        return ZoneInfo("UTC")


@dataclass(frozen=True)
class Caller:
    """Gives commands to the daemon that holds the state or, where none runs, does them on the state itself."""

    config: Path | None
    creates: bool = False

    def ask(self, command: str, args: Mapping[str, Any]) -> Any:
        """Return the command's answer; raise NightclerkError with a sentence."""
        state = state_of(self.config)
        client = connect(paths.control_sockets(state, os.environ), state)
        return client.ask(command, args, progress) if client is not None else self._alone(state, command, args)

    def ask_running(self, command: str, args: Mapping[str, Any]) -> Any:
        """Return the answer of the daemon that holds the state; None where none runs."""
        state = state_of(self.config)
        client = connect(paths.control_sockets(state, os.environ), state)
        return client.ask(command, args, progress) if client is not None else None

    def _alone(self, state: Path, command: str, args: Mapping[str, Any]) -> Any:
        if not self.creates and not _has_ledger(state):
            raise NightclerkError(
                f"no night has been worked yet in {state}: start `nightclerk serve`, or try `nightclerk run ROUTINE`"
            )
        _become_owner(state)
        start_logging(logging.ERROR)
        loaded = load_file(paths.config_file(self.config, os.environ))
        config = loaded.refuse()
        spawner = fork_spawner(loaded)
        try:
            import asyncio  # noqa: PLC0415 - heavy; the spawner is forked before

            from daemon.desk.alone import obey_alone  # noqa: PLC0415
            from daemon.engine.assigning import Setup  # noqa: PLC0415

            return asyncio.run(obey_alone(Setup(loaded, config, state), spawner, command, args, progress))
        finally:
            spawner.close()


def fork_spawner(loaded: Loaded) -> Spawner:
    """Fork the spawner of a configuration; call it before anything heavy is imported."""
    return start_spawner(make_child(loaded.registry))


def _become_owner(state: Path) -> None:
    """Work as the owner of the state where root gives the command, so that no file is left the daemon can't write."""
    if os.geteuid() != 0 or not state.is_dir():
        return
    owner = state.stat().st_uid
    if owner == 0:
        return
    try:
        known = pwd.getpwuid(owner)
    except KeyError as error:
        raise NightclerkError(f"the state folder {state} belongs to the unknown user {owner}: chown it") from error
    os.initgroups(known.pw_name, known.pw_gid)
    os.setgid(known.pw_gid)
    os.setuid(owner)


def _has_ledger(state: Path) -> bool:
    """Say whether a night was worked in a state folder; raise NightclerkError where this user may not look."""
    try:
        (state / "ledger.db").stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise NightclerkError(
            f"the state folder {state} may not be read by this user ({error.strerror}) and no daemon answers: use sudo"
        ) from error
    return True


def start_logging(level: int) -> None:
    """Begin to log to the standard error, the way its reader (journal, terminal, file) wants it."""
    set_up(sys.stderr, os.environ, list, level)


def progress(text: str) -> None:
    """Tell a person what is going on, beside the answer."""
    if sys.stderr.isatty():
        click.echo(text, err=True)
