"""A shift let work, and the daemon's own mails of it, as their readers see them."""

from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from daemon.engine.shift import Shift

FRIDAY = date(2026, 11, 20)


async def night(shift: Shift) -> None:
    """Do what is due to its end, and let the daemon look at how it ended, twice."""
    for _ in range(3):
        await shift.reconcile()
        await shift.engine.idle()
        await shift.delivered()


async def subjects(shift: Shift) -> list[str]:
    """Return the subjects of all mail, oldest first."""
    found = await shift.bookkeeper.call(shift.engine.ledger.post.status)
    return [mail.subject for mail in found[::-1]]


async def letters(shift: Shift, day: date = FRIDAY) -> list[EmailMessage]:
    """Return the daemon's own mails of a day."""
    stored = await shift.bookkeeper.call(shift.engine.ledger.post.stored, "", day)
    return [message_from_bytes(mail.content, policy=SMTP) for mail in stored]
