"""The outbox at work: sends what is due, one mail at a time, and keeps what became of each."""

import asyncio
import logging
from datetime import datetime
from pathlib import Path

from daemon.clock import Clock
from daemon.log import Once
from daemon.outbox.queue import DueMail, MailQueue, planned
from daemon.outbox.smtp import SmtpTransport
from daemon.outbox.tokens import Print, Tokens
from daemon.outbox.transports import Blame, FileOptions, FileTransport, Kind, Outcome, SmtpOptions, Transport

_log = logging.getLogger(__name__)


def open_transport(options: SmtpOptions | FileOptions, state: Path, clock: Clock, run: Print) -> Transport:
    """Return the way out that the options describe; a file transport without a path uses `state`/mail.

    `run` starts the owner's command that prints a token, where there is one.
    """
    if isinstance(options, SmtpOptions):
        return SmtpTransport(options, tokens=Tokens(options.oauth, clock, run) if options.oauth else None)
    return FileTransport(options.path or state / "mail")


class Outbox:
    """Sends what is due, one mail at a time. Says a failure once and its recovery once."""

    def __init__(self, queue: MailQueue, transport: Transport, clock: Clock) -> None:
        self.transport = transport
        self._queue = queue
        self._clock = clock
        self._once = Once(_log)
        self._busy = asyncio.Lock()
        self._unrecorded: dict[int, tuple[Outcome, datetime]] = {}

    @property
    def troubles(self) -> list[str]:
        """What keeps mail from leaving now, as sentences; empty where all is well."""
        return list(self._once.troubles.values())

    async def deliver_due(self) -> int:
        """Send every mail that is due and return how many left. Never raises; a second call at once does nothing.

        A failure that is the server's or the settings' ends the round: the other mail would fare no better.
        """
        if self._busy.locked():
            return 0
        async with self._busy:
            try:
                sent = await self._round()
            except Exception as error:  # noqa: BLE001 - boundary outbox to ledger: logged once, mail waits
                self._once.failed("ledger", f"mail waits because the ledger can't be used: {error}")
                return 0
            self._once.works("ledger", "the ledger can be used for mail again")
            return sent

    async def _round(self) -> int:
        await self._record()
        due = await self._queue.due(self._clock.now())
        sent = 0
        for mail in due:
            outcome = await self._try(mail)
            sent += outcome.kind is Kind.SENT
            if outcome.kind is not Kind.SENT and outcome.blame is not Blame.MAIL:
                break
        return sent

    async def _try(self, due: DueMail) -> Outcome:
        await self._queue.begin(due.id)
        outcome = await self.transport.send(due.mail)
        now = self._clock.now()
        outcome = planned(outcome, due, now)
        self._unrecorded[due.id] = (outcome, now)
        self._say(due, outcome)
        await self._record()
        return outcome

    async def _record(self) -> None:
        """Record what became of tries, also of earlier ones whose record could not be made then."""
        for mail_id, (outcome, now) in list(self._unrecorded.items()):
            await self._queue.finish(mail_id, outcome, now)
            del self._unrecorded[mail_id]

    def _say(self, due: DueMail, outcome: Outcome) -> None:
        if outcome.kind is Kind.SENT:
            self._once.works("server", "mail leaves again")
            _log.info("mail %d to %s: %s", due.id, due.mail.recipient, outcome.sentence)
        elif outcome.kind is Kind.RETRY and outcome.blame is not Blame.MAIL:
            self._once.failed("server", f"mail waits: {outcome.sentence}")
        else:
            _log.warning("mail %d to %s is %s: %s", due.id, due.mail.recipient, outcome.kind, outcome.sentence)
