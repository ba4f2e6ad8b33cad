"""A clean copy of a ledger that is in use, which says of itself that it is a copy.

Wherever such a copy is opened as the ledger, it is known to be older than the world.
"""

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
