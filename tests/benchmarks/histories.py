"""A shift on a ledger with a long history, in this process: rows are inserted directly, nothing was really run."""

import contextlib
import os
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daemon import __version__, plugins, wire
from daemon.clock import VirtualClock
from daemon.config.loading import load
from daemon.engine.assigning import Setup
from daemon.engine.shift import Shift, open_shift
from daemon.ledger import open_ledger
from daemon.ledger.store import FILE_NAME
from daemon.model import Text
from daemon.outbox.transports import TRANSPORTS
from daemon.spawner import start_spawner
from tests.benchmarks.daemons import configure

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
ROUTINES = 1000
_SAID = wire.dumps(Text("nothing to do"))
_CHECKED = wire.dumps(())
_OCCURRENCE = "INSERT INTO occurrences (shop, routine, slot, due, state, reason, tries, actor, dry, ended) VALUES (?, ?, ?, ?, 'ok', '', 1, '', 0, ?)"
_RUN = "INSERT INTO runs (shop, id, routine, slot, attempt, state, due, started, ended, dry, reason, summary, output, pid, boot, max_rss_kb, requests, checked) VALUES (?, ?, ?, ?, 1, 'ok', ?, ?, ?, 0, '', ?, '', 1000, 'boot', 30000, 0, ?)"


def _nights(shop: str, days: int) -> Iterator[tuple[str, str, str, str]]:
    for back in range(days, 0, -1):
        day = (NOON - timedelta(days=back)).date().isoformat()
        for number in range(ROUTINES):
            yield shop, f"r{number:04}", f"{day}T03:00", f"{day}T03:00:00.000000Z"


def write_history(setup: Setup, days: int) -> None:
    """Make a ledger in which each of 1,000 routines ran well at 03:00 on each of so many days before `NOON`."""
    shop = setup.config.shop.key
    setup.state.mkdir(mode=0o700)
    open_ledger(setup.state, shop, setup.shop_zone, NOON, __version__).close()
    with contextlib.closing(sqlite3.connect(setup.state / FILE_NAME)) as ledger, ledger:
        ledger.execute("PRAGMA synchronous=OFF")
        ledger.executemany(_OCCURRENCE, ((*one, one[3]) for one in _nights(shop, days)))
        rows = enumerate(_nights(shop, days), 1)
        ledger.executemany(
            _RUN, ((shop, n, name, slot, due, due, due, _SAID, _CHECKED) for n, (_, name, slot, due) in rows)
        )


def set_up(folder: Path) -> Setup:
    """Return 1,000 no-op routines at 03:00."""
    loaded = load(configure(folder, ROUTINES, 'at: "03:00"'), plugins.load, TRANSPORTS)
    config = loaded.refuse()
    assert config.state is not None
    return Setup(loaded, config, config.state)


def _refuse(_sock: socket.socket) -> None:
    os._exit(1)


@contextlib.asynccontextmanager
async def shift_on(setup: Setup) -> AsyncIterator[tuple[Shift, VirtualClock]]:
    """Open a shift whose clock stands at `NOON` and that can't run anything."""
    clock = VirtualClock(NOON)
    spawner = start_spawner(_refuse)
    try:
        async with open_shift(setup, spawner, clock) as shift:
            yield shift, clock
    finally:
        spawner.close()
