"""Whether a server of CUPS was restarted while it had a sheet: what it is asked for, since nothing of a sheet says so.

A restarted cupsd prints anew whatever it had begun and not written down as ended, and `time-at-processing` is then of
the second time. `printer-up-time` is the clock's (seconds since 1970) and no time since a start. But a subscription
(RFC 3995) to `server-started` and `server-restarted` outlives a restart, and its first event is that very start. So one
subscription is kept per server, without a recipient, under our name; its user data hold the second it was made. One
that is not there any more was lost with what the server had not written down, which is a restart too.

Facts of cupsd 2.4.2, scheduler/main.c, subscriptions.c and ipp.c; tests/system/printing/test_restarts.py holds them
against the real one.
"""

import re
from dataclasses import dataclass

from daemon.api import OutsideError
from jobs.connectors.http import RefusedError
from jobs.connectors.printers import _ipp_wire as ipp
from jobs.connectors.printers._ipp_door import NOT_FOUND, Door, IppRefusedError

_LEASE = 30 * 24 * 3600
"""Seconds a subscription lives on after the last run that printed."""
_EVENTS = ("server-started", "server-restarted")
_MARK = re.compile(rb"nightclerk (\d{1,10})")


@dataclass
class Watch:
    """Watches one server for restarts, on behalf of all its queues."""

    door: Door
    _begun: bool = False
    """Whether this run has seen already that the server lets itself be watched for as long as is needed."""

    def keep(self) -> bool:
        """See to it that every restart from now on is noticed; return whether the server lets us.

        Raises OutsideError where it can't be reached.
        """
        try:
            ours = self._ours()
            if ours is None:
                self._subscribe()
            elif not self._begun:
                self._renew(ours[0])
            self._begun = self._begun or self.since() is not None
        except (IppRefusedError, RefusedError):
            return False
        return self._begun

    def since(self) -> int | None:
        """Return the first second (of the server's clock) of which it is certain that no restart came after it.

        None where nobody watched. A sheet taken at that second or later was had by one server only.
        """
        ours = self._ours()
        if ours is None:
            return None
        number, made = ours
        asked = ipp.integer("notify-subscription-ids", number)
        events = self.door.ask_server(ipp.GET_NOTIFICATIONS, asked).of(ipp.EVENT)
        starts = [event.number("printer-up-time") for event in events]
        return max([made, *(moment + 1 for moment in starts if moment is not None)])

    def _ours(self) -> tuple[int, int] | None:
        """Return the number of our subscription and the second it was made at."""
        asked = ipp.boolean("my-subscriptions", True)
        asked += ipp.keyword("requested-attributes", "notify-subscription-id", "notify-user-data")
        try:
            found = self.door.ask_server(ipp.GET_SUBSCRIPTIONS, asked).of(ipp.SUBSCRIPTION)
        except IppRefusedError as error:
            if error.status == NOT_FOUND:
                return None
            raise
        marked = ((one, _MARK.fullmatch(one.octets("notify-user-data"))) for one in found)
        mine = [(one.number("notify-subscription-id"), int(mark[1])) for one, mark in marked if mark]
        return min(((number, made) for number, made in mine if number is not None), default=None)

    def _subscribe(self) -> None:
        now = self._now()
        self.door.ask_server(
            ipp.CREATE_SUBSCRIPTIONS,
            ipp.group(ipp.SUBSCRIPTION)
            + ipp.keyword("notify-pull-method", "ippget")
            + ipp.keyword("notify-events", *_EVENTS)
            + ipp.octets("notify-user-data", f"nightclerk {now}".encode())
            + ipp.integer("notify-lease-duration", _LEASE),
        )

    def _renew(self, number: int) -> None:
        asked = ipp.integer("notify-subscription-id", number) + ipp.integer("notify-lease-duration", _LEASE)
        self.door.ask_server(ipp.RENEW_SUBSCRIPTION, asked)

    def _now(self) -> int:
        asked = ipp.keyword("requested-attributes", "printer-up-time")
        told = self.door.ask(ipp.GET_PRINTER_ATTRIBUTES, asked).of(ipp.PRINTER)
        now = told[0].number("printer-up-time") if told else None
        if now is None:
            raise OutsideError(f"{self.door.outlet.name}: {self.door.host} does not say its time: check `uri:`")
        return now
