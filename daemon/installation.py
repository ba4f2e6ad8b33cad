"""Puts the service in place on a machine with systemd, and takes it away again.

A fixed user instead of DynamicUser: the plug-ins folder must have an owner that is known, and a printer's or a
repository's group can be given to it. Everything is written below `root`, so that an image can be prepared too.
"""

import os
import re
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from daemon.config import includes
from daemon.errors import NightclerkError
from daemon.paths import example, share
from daemon.secrets import valid_name

_CONFIG = Path("etc/nightclerk")
_UNIT = Path("etc/systemd/system/nightclerk.service")
_CREDENTIALS = Path("etc/systemd/system/nightclerk.service.d/secrets.conf")
_USERS = Path("etc/sysusers.d/nightclerk.conf")
_LINK = Path("usr/local/bin/nightclerk")
_STATE = "state: /var/lib/nightclerk"
_SHIPPED_COMMAND = "/opt/nightclerk/bin/nightclerk"
_HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - what the unit hides from the service
_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9._+@-]+)+")
_SHEBANG = re.compile(rb"#!\s*(/\S+)")
_ELSEWHERE = (
    "install it where every user can read it: `python3 -m venv /opt/nightclerk && "
    "/opt/nightclerk/bin/pip install nightclerk && /opt/nightclerk/bin/nightclerk install`"
)
Run = Callable[[Sequence[str]], int]
"""Runs a program by its words, waits for it and returns its exit code (127 where it is missing)."""


class InstallError(NightclerkError):
    """The service can't be put in place; nothing was changed."""


def run_program(words: Sequence[str]) -> int:
    """Run a program of the system, wait for it and return its exit code; 127 where it is missing."""
    try:
        pid = os.posix_spawnp(words[0], list(words), os.environ)
    except FileNotFoundError:
        return 127
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def this_command() -> Path:
    """Return the absolute path of the `nightclerk` command that is running."""
    script = Path(sysconfig.get_path("scripts")) / "nightclerk"
    return script if script.exists() else Path(sys.argv[0]).absolute()


@dataclass(frozen=True)
class _Place:
    """The machine, or the tree of one, that is written to."""

    root: Path
    run: Run

    @property
    def live(self) -> bool:
        return self.root == Path("/")

    def write(self, path: Path, text: str) -> None:
        """Put a file in place whole or not at all, readable by everybody."""
        target = self.root / path
        target.parent.mkdir(0o755, parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.write_text(text, encoding="utf-8")
        part.chmod(0o644)
        part.replace(target)

    def tell_systemd(self, *words: str) -> None:
        if self.live and Path("/run/systemd/system").is_dir():
            self.run(["systemctl", *words])


def install(command: Path, root: Path = Path("/"), run: Run = run_program) -> list[str]:
    """Put the unit, the user, the folders and a first configuration in place; return what to tell the person.

    `command` is the installed `nightclerk` as the service will see it. Doing it again renews the unit and the list
    of secrets, and leaves the configuration. Raises InstallError before anything is changed.
    """
    place = _Place(root, run)
    _must_be_root(place)
    _must_be_reachable(place, command)
    place.write(_USERS, (share("systemd") / "nightclerk.sysusers").read_text(encoding="utf-8"))
    if place.live and run(["systemd-sysusers", str(root / _USERS)]) != 0:
        raise InstallError("the user nightclerk could not be made: see the message of systemd-sysusers above")
    lines = _configuration(place)
    unit = (share("systemd") / "nightclerk.service").read_text(encoding="utf-8")
    lines += [f"{root / _UNIT} starts {command}.", *_link(place, command), *_credentials(place)]
    place.write(_UNIT, unit.replace(_SHIPPED_COMMAND, str(command)))
    place.tell_systemd("daemon-reload")
    return [*lines, "Start it now and at every boot: `systemctl enable --now nightclerk`."]


def uninstall(root: Path = Path("/"), run: Run = run_program) -> list[str]:
    """Stop the service and remove what `install` wrote but the configuration; return what to tell the person."""
    place = _Place(root, run)
    _must_be_root(place)
    if (root / _UNIT).exists():
        place.tell_systemd("disable", "--now", "nightclerk.service")
    _unlink(place)
    for path in (_UNIT, _CREDENTIALS, _USERS):
        (root / path).unlink(missing_ok=True)
    drop_ins = root / _CREDENTIALS.parent
    kept = [root / _CONFIG, root / "var/lib/nightclerk"]
    if drop_ins.is_dir() and not any(drop_ins.iterdir()):
        drop_ins.rmdir()
    else:
        kept.append(drop_ins)
    place.tell_systemd("daemon-reload")
    left = ", ".join(str(path) for path in kept if path.exists())
    return ["The service is removed.", *([f"Left as they are: {left}, and the user nightclerk."] if left else [])]


def _must_be_root(place: _Place) -> None:
    if place.live and os.geteuid() != 0:
        raise InstallError("only root can install a service: run it with sudo")


def _must_be_reachable(place: _Place, command: Path) -> None:
    """Refuse a command that the service's user, behind the unit's walls, could not start."""
    if _PLAIN_PATH.fullmatch(str(command)) is None:
        raise InstallError(f"the command {command} has a path that a unit can't name: {_ELSEWHERE}")
    package = [share("systemd")] if place.live else []
    for path in [command, *_interpreter(place.root / command.relative_to("/")), *package]:
        real = _real(place, path)
        hidden = next((top for top in _HIDDEN for p in (path, real) if p.is_relative_to(top)), None)
        if hidden:
            raise InstallError(f"the service can't see {path}, because {hidden} is hidden from it: {_ELSEWHERE}")
        if not _open_to_all(place.root, real):
            raise InstallError(f"the user nightclerk may not read {path}: {_ELSEWHERE}")


def _interpreter(script: Path) -> list[Path]:
    """Return the Python a script names in its first line; raise InstallError where there is no script."""
    try:
        with script.open("rb") as file:
            found = _SHEBANG.match(file.readline())
    except OSError as error:
        raise InstallError(f"the command {script} can't be read: {error.strerror}") from error
    return [Path(os.fsdecode(found[1]))] if found else []


def _real(place: _Place, path: Path) -> Path:
    """Return where `path` of the place leads to, as the service will see it."""
    real = (place.root / path.relative_to("/")).resolve()
    root = place.root.resolve()
    return Path("/") / real.relative_to(root) if real.is_relative_to(root) else real


def _open_to_all(root: Path, path: Path) -> bool:
    """Say whether any user may go through every folder to `path` and run it."""
    inside = [root / part.relative_to("/") for part in (path, *path.parents) if part != Path("/")]
    return all(part.exists() and part.stat().st_mode & 0o001 for part in inside)


def _configuration(place: _Place) -> list[str]:
    """Make /etc/nightclerk with a first configuration and an empty folder for secrets that only root may read."""
    folder, config = place.root / _CONFIG, _CONFIG / "config.yaml"
    folder.mkdir(0o755, parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "secrets").mkdir(0o700, exist_ok=True)
    (folder / "secrets").chmod(0o700)
    if (place.root / config).exists():
        return [f"{place.root / config} was there and is left as it is.", *_missing_state(place.root / config)]
    place.write(config, example().read_text(encoding="utf-8").replace(f"# {_STATE}", _STATE, 1))
    return [f"Edit {place.root / config}, then look at it with `nightclerk check`."]


def _missing_state(config: Path) -> list[str]:
    """Return what to do where a configuration leaves it to each user's home where the state is."""
    if "state" in includes.read(config).tree:
        return []
    return [f"It names no state folder: add `{_STATE}`, or commands look in the home of whoever gives them."]


def _link(place: _Place, command: Path) -> list[str]:
    """Put the command where every user's shell finds it; return what to tell where something else is there."""
    link = place.root / _LINK
    if command == Path("/") / _LINK or (link.is_symlink() and link.readlink() == command):
        return []
    _unlink(place)
    if link.is_symlink() or link.exists():
        return [f"{link} is there already and is left as it is; this one is called as {command}."]
    link.parent.mkdir(0o755, parents=True, exist_ok=True)
    link.symlink_to(command)
    return [f"{link} leads to it, so that everybody can say `nightclerk status`."]


def _unlink(place: _Place) -> None:
    """Remove the link to the command that the unit in place starts; a file or link of somebody else stays."""
    link, unit = place.root / _LINK, place.root / _UNIT
    if link.is_symlink() and unit.exists() and f"ExecStart={link.readlink()} serve" in unit.read_text(encoding="utf-8"):
        link.unlink()


def _credentials(place: _Place) -> list[str]:
    """Name each secret's file in a drop-in, so that systemd hands it over; a folder would rename them.

    SetCredential= gives an empty line as default (systemd takes nothing shorter): without it a file that is gone
    keeps the whole service from starting.
    """
    folder = place.root / _CONFIG / "secrets"
    names = sorted(file.name for file in folder.iterdir() if file.is_file() and valid_name(file.name))
    lines = [f"LoadCredential={name}:/{_CONFIG}/secrets/{name}\nSetCredential={name}:\\n" for name in names]
    text = "\n".join(
        ["# Written by `nightclerk install` from the files in /etc/nightclerk/secrets.", "[Service]", *lines]
    )
    place.write(_CREDENTIALS, text + "\n")
    known = f"Secrets handed to the service: {', '.join(names)}." if names else "No secrets are handed over yet."
    return [f"{known} After a change in {folder}, run `nightclerk install` again and restart the service."]
