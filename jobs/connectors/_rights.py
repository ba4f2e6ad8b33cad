"""What to tell the owner about files and folders that this process may not use."""

import grp
import os
import pwd
import stat
from pathlib import Path

from daemon.api import Text


def unwritable(folder: Path) -> Text | None:
    """Return why files can't be made in `folder`, and what to do; None where they can. Nothing is made."""
    found = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not os.path.isdir(found):  # noqa: PTH112 - never raises
        return Text("{path} is in the way of the folder {folder}: move it, or name another", _named(found, folder))
    if os.access(found, os.W_OK | os.X_OK):
        return None
    return Text(
        "{folder} can't be written by {user}: give it to that user, and name it in `ReadWritePaths=` of the service",
        {"folder": str(folder), "user": _user(os.geteuid())},
    )


def unwritable_file(path: Path) -> Text | None:
    """Return why a file that is there can't be written, and what to do; None where it can."""
    if path.is_file() and os.access(path, os.W_OK):
        return None
    return Text(
        "{path} can't be written by {user}: give it to that user, and name it in `ReadWritePaths=` of the service",
        {"path": str(path), "user": _user(os.geteuid())},
    )


def unreadable_root(pattern: Path) -> Text | None:
    """Return why a path, or the folder before its first wildcard, can't be read; None where it can or is not there."""
    wild = next((n for n, part in enumerate(pattern.parts) if set("*?[") & set(part)), len(pattern.parts))
    root = Path(*pattern.parts[:wild])
    return unreadable(root) if _is_there(root) else None


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def unreadable(path: Path) -> Text | None:
    """Return why a file or folder can't be read, and what to do; None where it can."""
    try:
        status = path.stat()
    except OSError as error:
        values = {"path": str(path), "user": _user(os.geteuid()), "why": error.strerror or str(error)}
        return Text("{path} can't be looked at by {user} ({why}): open the folders that lead to it", values)
    if os.access(path, os.R_OK | (os.X_OK if stat.S_ISDIR(status.st_mode) else 0)):
        return None
    told = {
        "path": str(path), "user": _user(os.geteuid()), "owner": _user(status.st_uid), "group": _group(status.st_gid),
        "mode": f"{stat.S_IMODE(status.st_mode):04o}",
    }  # fmt: skip
    if status.st_gid and status.st_mode & stat.S_IRGRP:
        return Text(
            "{path} can't be read by {user} (it is {owner}'s, group {group}, mode {mode}): "
            "`SupplementaryGroups={group}` for the service, or `chmod o+r`",
            told,
        )
    return Text(
        "{path} can't be read by {user} (it is {owner}'s, group {group}, mode {mode}): give it a group that may read "
        "it (`chgrp`, `chmod g+r`), and that one to the service with `SupplementaryGroups=`",
        told,
    )


def _named(path: Path, folder: Path) -> dict[str, str]:
    return {"path": str(path), "folder": str(folder)}


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
