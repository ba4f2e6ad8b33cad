"""The points in what only the daemon itself imports: the ledger, the state's lock and the mail."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from daemon import ledger
from daemon.ledger import store
from daemon.ledger.lock import StateLock
from daemon.outbox import smtp
from tests.system.crash.launcher import Points, put

DURING_SECONDS = 0.02
"""How long after a mail's first byte a point lies that is neither before nor after it."""


def watch_ledger(points: Points) -> None:
    """Put points before and after every commit that changed something."""
    plain = store.Store.begin

    @contextmanager
    def begin(self: store.Store) -> Any:
        caller = sys._getframe(2).f_code.co_qualname
        with plain(self) as connection:
            raw: Any = connection.connection.dbapi_connection
            before = raw.total_changes
            yield connection
            changed = raw.total_changes != before
            if changed:
                points.reach(f"ledger before {caller}")
        if changed:
            points.reach(f"ledger after {caller}")

    put(store.Store, begin=begin)
    points.around(ledger, "migrate", lambda *_: "ledger migrate")
    points.around(StateLock, "__init__", lambda *_: "lock take")
    points.around(StateLock, "close", lambda *_: "lock give")


def watch_mail(points: Points) -> None:
    """Put points around every step of handing over a mail, and into the middle of the last one."""
    plain = smtp._Dialogue.take

    async def take(self: smtp._Dialogue, step: smtp._Step, action: Callable[[], Any]) -> None:
        points.reach(f"mail before {step}")
        if step is smtp._Step.DATA:
            asyncio.get_running_loop().call_later(DURING_SECONDS, points.reach, f"mail during {step}")
        await plain(self, step, action)
        points.reach(f"mail after {step}")

    put(smtp._Dialogue, take=take)
