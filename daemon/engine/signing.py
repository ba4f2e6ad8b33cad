"""Signs what the shop is about to store as mail, where its configuration says so; a mail is never lost over it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from daemon.engine.assigning import Setup
from daemon.errors import NightclerkError
from daemon.log import Once
from daemon.model import StoredMail
from daemon.outbox.signing import signed
from daemon.runner import Report

_once = Once(logging.getLogger(__name__))


async def report_signed(setup: Setup, report: Report | None) -> Report | None:
    """Return a report whose mails bear the shop's signature; made in a thread, as one takes some 12 ms."""
    if report is None or not report.mails:
        return report
    return replace(report, mails=await asyncio.to_thread(shop_signed, setup, report.mails))


def shop_signed(setup: Setup, mails: Sequence[StoredMail]) -> tuple[StoredMail, ...]:
    """Return the mails with the shop's signature; unsigned, which is said once, where its key can't be had."""
    try:
        signature = setup.signature()
    except (NightclerkError, ValidationError) as error:
        reason = str(error) if isinstance(error, NightclerkError) else "what signs is not installed"
        _once.failed("dkim", f"mail leaves without a DKIM signature: {reason}")
        return tuple(mails)
    _once.works("dkim", "the key that signs mail can be read again")
    return signed(mails, signature)
