"""A clean copy of a ledger that is in use, which says of itself that it is a copy, and the keys that belong to it.

Wherever such a copy is opened as the ledger, it is known to be older than the world. What the ledger holds under a
keyed hash is worth nothing without the key, so a `*.key` file of a routine's folder is copied too, but never into the
ledger's file: who has one of the two finds nobody in it.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from daemon import wire
from daemon.ledger.store import COPY, WHOLE_FILE

_SAY_SO = "INSERT OR REPLACE INTO marks (shop, name, value) VALUES (?, ?, ?)"


def copy_ledger(path: Path, target: Path) -> None:
    """Copy the ledger at `path` to the empty file `target`; raise sqlite3.Error or OSError where that can't be."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        with copy:
            copy.execute(_SAY_SO, (WHOLE_FILE, COPY, wire.dumps(True)))


def keys_beside(target: Path) -> Path:
    """Return the folder beside a copy of the ledger that holds the keys: `today.db.keys` for `today.db`."""
    return target.with_name(f"{target.name}.keys")


def copy_keys(state: Path, target: Path) -> int:
    """Copy the keys of all routines into the new folder beside `target`, none where there are none; return how many.

    Only their owner may read them. Raises FileExistsError where the folder is there already, OSError for all else.
    """
    keys = sorted((state / "routines").glob("*/*.key"))
    if keys:
        keys_beside(target).mkdir(mode=0o700)
    for key in keys:
        folder = keys_beside(target) / key.parent.name
        folder.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(folder / key.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.read_bytes())
    return len(keys)
