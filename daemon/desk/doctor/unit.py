"""Looks at the systemd unit: whether there is one, and whether it starts this nightclerk as this version wants it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from daemon.desk.doctor.patient import Patient, ill, unknown, warn, well
from daemon.installation import this_command
from daemon.paths import share
from daemon.records import Diagnosis

_NAME = "nightclerk.service"
_FOLDERS = ("etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system")
_START = re.compile(r"^ExecStart=[@:+!|-]*(\S+)", re.MULTILINE)


def unit(patient: Patient) -> Iterator[Diagnosis]:
    """Look at the unit's own file; what a drop-in changes is the owner's wish."""
    root = patient.machine.root
    files = [file for folder in _FOLDERS if (file := root / folder / _NAME).is_file()]
    if files:
        yield _installed(files[0], root)
    elif (root / "run/systemd/system").is_dir():
        yield warn("service", f"there is no {_NAME}: nobody works after a restart", "`sudo nightclerk install`")
    else:
        yield unknown("service", "this machine is not run by systemd: no unit was looked for")


def _installed(file: Path, root: Path) -> Diagnosis:
    text = file.read_text(encoding="utf-8", errors="replace")
    found = _START.search(text)
    if found is None:
        return ill("service", f"{file} starts nothing: it has no ExecStart=", "`sudo nightclerk install`")
    command, mine = root / found[1].lstrip("/"), this_command()
    if not os.access(command, os.X_OK):
        again = "make the venv anew, then `nightclerk install` with its command"
        return ill("service", f"{file} starts {found[1]}, which is not there or can't be run", again)
    if command.resolve() != mine.resolve():
        return warn("service", f"{file} starts {found[1]}, this is {mine}", f"`sudo {mine} install`, or use the other")
    if text.splitlines() != _shipped(found[1]).splitlines():
        remedy = f"`sudo {mine} install`, then restart the service; changes of your own belong in a drop-in"
        return warn("service", f"{file} is not the unit of this version", remedy)
    return well("service", f"{file} starts {found[1]}")


def _shipped(command: str) -> str:
    """Return the unit as this version installs it."""
    text = (share("systemd") / _NAME).read_text(encoding="utf-8")
    shipped = _START.search(text)
    return text.replace(shipped[1], command) if shipped else text
