"""What a sheet is called where it must be told from all others for ever: by its effect, and by its printer. Pure."""

from hashlib import blake2b
from typing import Any

from daemon.api import Context, WorkItem

LONGEST_NAME = 100
"""Characters that a printer keeps of a name (`jobs/kinds/printer.py`)."""


def tries_of(item: WorkItem) -> int:
    """Return how often a printer has given a sheet up."""
    tries: Any = item.data.get("tries", 0)
    return int(tries)


def key_of(item: WorkItem) -> str:
    """Return the key of the effect by which a sheet is handed over: another for each try that a person allowed."""
    tries = tries_of(item)
    return f"print/{item.id}" + (f"#{tries}" if tries else "")


def name_of(ctx: Context, item: WorkItem) -> str:
    """Return what a printer knows a sheet by: readable, and told from all others by a hash of its whole id."""
    digest = blake2b(f"{ctx.shop.key}/{key_of(item)}".encode("utf-8", "replace"), digest_size=8).hexdigest()
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in item.id.partition("/")[2])
    return f"{kept.strip('-')[: LONGEST_NAME - len(digest) - 1] or 'sheet'}-{digest}"
