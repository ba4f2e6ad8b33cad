"""What the outbox asks of the stored mails, and when a mail that did not leave is tried again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from daemon.model import StoredMail
from daemon.outbox.transports import Blame, Kind, Outcome

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
"""How long to wait after each failed try; the last one holds from then on."""
WRONG_SETTINGS_WAIT = timedelta(minutes=30)
"""A server that refuses our log-in may lock us out if asked often."""
UNCERTAIN_WAIT = timedelta(minutes=10)


def next_try(tries: int, now: datetime) -> datetime:
    """Return when to try again after `tries` (from 1) tries that failed."""
    return now + WAITS[min(max(tries, 1), len(WAITS)) - 1]


@dataclass(frozen=True)
class DueMail:
    """A mail whose time has come; `doubted` says that an earlier try ended uncertain, `tries` counts those before."""

    id: int
    mail: StoredMail
    tries: int
    doubted: bool = False


def planned(outcome: Outcome, due: DueMail, now: datetime) -> Outcome:
    """Return the outcome with the moment of the next try: none for what is over, one only for what is uncertain."""
    if outcome.kind is Kind.RETRY:
        again = next_try(due.tries + 1, now)
        wait = WRONG_SETTINGS_WAIT if outcome.blame is Blame.SETTINGS else timedelta(0)
        return replace(outcome, again=max(again, now + wait))
    if outcome.kind is Kind.UNCERTAIN and not due.doubted:
        return replace(outcome, again=now + UNCERTAIN_WAIT)
    return outcome


class MailQueue(Protocol):
    """The stored mails as the ledger keeps them. Each call commits before it returns; LedgerError where it can't.

    At start, a mail left in `sending` by a crash becomes `uncertain` and doubted, due again after UNCERTAIN_WAIT
    unless it was doubted before.
    """

    async def due(self, now: datetime) -> list[DueMail]:
        """Return the mails whose next try is due, oldest first: never tried, waiting, or uncertain with `again`."""
        ...

    async def begin(self, mail_id: int) -> None:
        """Mark a mail as `sending` and count the try, before anything leaves."""
        ...

    async def finish(self, mail_id: int, outcome: Outcome, now: datetime) -> None:
        """Record how a try ended; `outcome.again` is when it is due again, None: never by itself."""
        ...
