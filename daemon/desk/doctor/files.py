"""Looks at the rights of what nightclerk reads and writes: state, configuration, templates, secrets."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from daemon.config.options import leaves
from daemon.desk.doctor.patient import Patient, ill, warn, well
from daemon.desk.people import login_of
from daemon.records import Diagnosis
from daemon.secrets import SecretRef, valid_name

_OTHERS_READ = stat.S_IROTH | stat.S_IXOTH | stat.S_IRGRP | stat.S_IXGRP
_OTHERS_WRITE = stat.S_IWOTH | stat.S_IWGRP


def existing(path: Path) -> Path:
    """Return the path itself or the nearest folder above it that is there."""
    return next(one for one in (path, *path.parents) if os.path.lexists(one))


def unwritable(folder: Path) -> str:
    """Return why a folder can't be written or made; empty where it can. Nothing is made."""
    found = existing(folder)
    if not os.path.isdir(found):  # noqa: PTH112 - never raises
        return f"{found} is no folder"
    if os.access(found, os.W_OK | os.X_OK):
        return ""
    return f"{folder} can't be {'written' if found == folder else f'made in {found}'} by {login_of(os.geteuid())}"


def state_folder(patient: Patient) -> Iterator[Diagnosis]:
    """Look at the folder of the ledger: its mode, whether it can be written, and who its files belong to."""
    what, folder = "state folder", patient.setup.state
    reason = unwritable(folder)
    if reason:
        yield patient.closed(what, reason, f"`chown -R` {folder} to the service's user, or name another `state:`")
    elif not folder.exists():
        yield well(what, f"{folder} is made at the first start: no night has been worked yet")
    else:
        yield _inside(folder) or _mode(folder) or well(what, f"{folder} is {login_of(folder.stat().st_uid)}'s own")


def _inside(folder: Path) -> Diagnosis | None:
    owner = folder.stat().st_uid
    strangers = sorted(path.name for path in folder.iterdir() if path.lstat().st_uid != owner)
    if not strangers:
        return None
    login = login_of(owner)
    sentence = f"{', '.join(strangers)} in {folder} do not belong to {login}, as the folder does"
    return ill("state folder", sentence, f"`sudo chown -R {login}: {folder}`: commands given as root wrote there")


def _mode(folder: Path) -> Diagnosis | None:
    mode = stat.S_IMODE(folder.stat().st_mode)
    remedy = f"`chmod 700 {folder}`"
    if mode & _OTHERS_WRITE:
        return ill("state folder", f"{folder} may be written by others (mode {mode:04o})", remedy)
    if mode & _OTHERS_READ:
        return warn("state folder", f"{folder} may be looked into by others (mode {mode:04o})", remedy)
    return None


def configuration(patient: Patient) -> Iterator[Diagnosis]:
    """Look at the files of the configuration: who else may write them decides what the service does."""
    for file in patient.setup.loaded.files:
        yield _read_only(patient, "configuration", file)


def templates(patient: Patient) -> Iterator[Diagnosis]:
    """Look at the folder of one's own templates."""
    folder = patient.setup.config.templates
    if folder is not None:
        yield _read_only(patient, "templates", folder)


def _read_only(patient: Patient, what: str, path: Path) -> Diagnosis:
    """Return what is to be said of a file or folder that the service reads and others must not write."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return ill(what, f"{path} is not there", "put it back, or take its name out of the configuration")
    if not os.access(path, os.R_OK | (os.X_OK if stat.S_ISDIR(mode) else 0)):
        return patient.closed(what, f"{path} may not be read by this user", f"`chmod go+rX {path}`")
    if mode & stat.S_IWOTH:
        return ill(what, f"{path} may be written by everybody (mode {stat.S_IMODE(mode):04o})", f"`chmod o-w {path}`")
    return well(what, f"{path} can be read")


def secrets(patient: Patient) -> Iterator[Diagnosis]:
    """Look for files of secrets that everybody may read; whether each can be had is told where it is used."""
    setup = patient.setup
    names = {ref.name for _, ref in leaves(setup.loaded.tree) if isinstance(ref, SecretRef) and valid_name(ref.name)}
    if not names:
        return
    folder = setup.secret_places[-1]
    opened = [path for name in sorted(names) if _open_to_all(path := folder / name)]
    for path in opened:
        yield ill("secrets", f"{path} may be read by everybody on this machine", f"`chmod 600 {path}`, then change it")
    if not opened:
        yield well("secrets", f"no file of a secret in {folder} is open to others")


def _open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH) and path.parent.stat().st_mode & stat.S_IXOTH)
    except OSError:  # not there, or closed to this user and so to others
        return False
