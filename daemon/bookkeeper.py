"""The one thread that works on the ledger, so that nothing of it ever blocks the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import ParamSpec, TypeVar

from daemon.ledger import Ledger
from daemon.outbox.queue import DueMail
from daemon.outbox.transports import Kind, Outcome
from daemon.records import MailState

P = ParamSpec("P")
T = TypeVar("T")

_STATES = {
    Kind.SENT: MailState.SENT,
    Kind.RETRY: MailState.QUEUED,
    Kind.REFUSED: MailState.REFUSED,
    Kind.UNCERTAIN: MailState.UNCERTAIN,
}


class Bookkeeper:
    """Hands work on the ledger to its thread, one piece at a time, in the order given."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` returns, done on the ledger's thread; its errors are raised here."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(*args, **kwargs))

    async def close(self) -> None:
        """Finish what was handed over, close the ledger and end the thread."""
        await self.call(self.ledger.close)
        self._thread.shutdown()


class LedgerQueue:
    """`daemon.mailqueue.MailQueue` on the ledger."""

    def __init__(self, bookkeeper: Bookkeeper) -> None:
        self._bookkeeper = bookkeeper
        self._post = bookkeeper.ledger.post

    async def due(self, now: datetime) -> list[DueMail]:
        """Return the mails whose next try is due, oldest first."""
        return [DueMail(*row) for row in await self._bookkeeper.call(self._post.due, now)]

    async def begin(self, mail_id: int) -> None:
        """Mark a mail as `sending` and count the try, before anything leaves."""
        await self._bookkeeper.call(self._post.sending, mail_id)

    async def finish(self, mail_id: int, outcome: Outcome, now: datetime) -> None:
        """Record how a try ended."""
        error = "" if outcome.kind is Kind.SENT else outcome.sentence
        await self._bookkeeper.call(self._post.settle, mail_id, _STATES[outcome.kind], error, now, outcome.again)
