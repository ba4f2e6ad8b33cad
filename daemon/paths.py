"""Where nightclerk's files are: what it ships, its configuration, its state, its control socket.

Everything is a function of the environment and the file system; nothing is created here. The environment is an
argument, so that a command and a test see the same rules.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from daemon.errors import ConfigError, Problem

_PACKAGE = Path(__file__).resolve().parent
_SYSTEM_CONFIG = Path("/etc/nightclerk/config.yaml")
_SYSTEM_RUNTIME = Path("/run/nightclerk")
_SOCKET = "control.sock"
LONGEST_SOCKET = 107
"""Bytes of a socket's path that Linux takes (sun_path of unix(7), without the closing zero)."""


def share(name: str) -> Path:
    """Return the shipped file or folder `name`: below the package in a wheel, beside it in a checkout."""
    for folder in (_PACKAGE / "share", _PACKAGE.parent):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"{name} is missing from this installation of nightclerk: install it again")


def templates() -> Path:
    """Return the folder of the shipped mail templates."""
    return share("templates")


def example() -> Path:
    """Return the commented configuration that runs as shipped."""
    return share("config.example.yaml")


def config_file(given: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the configuration file: the given one, the one `$NIGHTCLERK_CONFIG` names, or the first that exists.

    Raises ConfigError with the places that were looked at where there is none.
    """
    named = given or (Path(environ["NIGHTCLERK_CONFIG"]) if environ.get("NIGHTCLERK_CONFIG") else None)
    places = [named] if named else _config_places(environ)
    for place in places:
        if os.path.exists(place) and not os.path.isdir(place):  # noqa: PTH110, PTH112 - these never raise
            return place
    looked = ", ".join(str(place) for place in places)
    raise ConfigError(
        [Problem(f"there is no configuration file (looked for {looked}): `nightclerk init` writes one to start from")]
    )


def _config_places(environ: Mapping[str, str]) -> list[Path]:
    return [Path("config.yaml"), _home(environ) / ".config/nightclerk/config.yaml", _SYSTEM_CONFIG]


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()


def state_folder(configured: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the absolute state folder: `state:` of the YAML, systemd's `$STATE_DIRECTORY`, or one in the home.

    systemd writes a list with colons where a unit names several folders; the first one counts.
    """
    if configured is not None:
        return configured.expanduser().absolute()
    given = _first_folder(environ, "STATE_DIRECTORY")
    return given or _home(environ) / ".local/state/nightclerk"


def _first_folder(environ: Mapping[str, str], variable: str) -> Path | None:
    first = environ.get(variable, "").partition(":")[0]
    return Path(first).absolute() if first else None


def control_socket(state: Path, environ: Mapping[str, str]) -> Path:
    """Return where the daemon listens: in systemd's `$RUNTIME_DIRECTORY`, else in the state folder.

    Raises ConfigError where the path is longer than a socket's may be.
    """
    socket = (_first_folder(environ, "RUNTIME_DIRECTORY") or state) / _SOCKET
    if not _fits(socket):
        raise ConfigError(
            [
                Problem(
                    f"the control socket {socket} has a path of more than {LONGEST_SOCKET} bytes, which Linux does "
                    "not take: choose a shorter folder for `state:`"
                )
            ]
        )
    return socket


def control_sockets(state: Path, environ: Mapping[str, str]) -> list[Path]:
    """Return where a command looks for the daemon of `state`, in order, each place once.

    A daemon of another state folder may answer there: its hello says which one it keeps, and a command goes
    on to the next place where that is not its own.
    """
    folders = [_first_folder(environ, "RUNTIME_DIRECTORY"), state, _SYSTEM_RUNTIME]
    sockets = dict.fromkeys(folder / _SOCKET for folder in folders if folder)
    return [socket for socket in sockets if _fits(socket)]


def _fits(socket: Path) -> bool:
    return len(bytes(socket)) <= LONGEST_SOCKET
