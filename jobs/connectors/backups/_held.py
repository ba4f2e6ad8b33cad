"""A scratch folder that one run holds and that is told from one left behind; a run that cleans up before it ends."""

import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

_CUT_SHORT = 128 + signal.SIGTERM


def hold(folder: Path) -> int | None:
    """Return a descriptor that marks a scratch folder as used by this process, None where another one uses it.

    The kernel takes the mark back however the process ends.
    """
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Turn the first SIGTERM into SystemExit, so that what is to be removed is; a later one changes nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(*_: object) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise SystemExit(_CUT_SHORT)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
