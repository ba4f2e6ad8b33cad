"""Whether a server of CUPS was restarted while it had a sheet, and how often it began one: a sheet itself says neither.

A restarted cupsd prints anew whatever it had begun and not written down as ended, and one whose backend failed prints
the sheet again; `time-at-processing` is then of the last time. `printer-up-time` is the clock's (seconds since 1970)
and no time since a start. But a subscription (RFC 3995) to `server-started` outlives a restart, and its first event is
that very start; one to `job-state-changed` has an event for each time a sheet is begun. So one subscription is kept
per server, without a recipient, under our name; its user data hold the second it was made. One that is not there any
more was lost with what the server had not written down, which is a restart too. Events are kept in memory, the last
100 of them (MaxEvents).

Facts of cupsd 2.4.2, scheduler/main.c, subscriptions.c and ipp.c; tests/system/printing/test_restarts.py holds them
against the real one.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from daemon.api import OutsideError
from jobs.connectors.http import RefusedError
from jobs.connectors.printers import _ipp_wire as ipp
from jobs.connectors.printers._ipp_door import NOT_FOUND, Door, IppRefusedError

_LEASE = 30 * 24 * 3600
"""Seconds a subscription lives on after the last run that printed."""
_STARTED = ("server-started", "server-restarted")
_BEGUN = "job-state-changed"
_WHICH = "notify-subscribed-event"
_SEQUENCE = "notify-sequence-number"
_PROCESSING = 5
_MARK = re.compile(rb"nightclerk (\d{1,10})")


@dataclass(frozen=True)
class Seen:
    """What was watched: since which second (of the server's clock) it certainly was not restarted, and what it began.

    A sheet taken at that second or later was had by one life of the server only. `begun` counts by the number of a job;
    one that is not in it was begun longer ago than the server remembers, or never.
    """

    since: int
    begun: Mapping[int, int]


@dataclass
class Watch:
    """Watches one server for restarts, on behalf of all its queues."""

    door: Door
    _allowed: bool = False
    """Whether this run has seen already that the server lets itself be watched for as long as is needed."""
    _events: list[ipp.Group] = field(default_factory=list)
    """What this run was told already; the server's numbering of events may fall back at a restart."""

    def keep(self) -> bool:
        """See to it that every restart from now on is noticed; return whether the server lets us.

        Raises OutsideError where it can't be reached.
        """
        try:
            ours = self._ours()
            if ours is None:
                self._subscribe()
            elif not self._allowed:
                self._renew(ours[0])
            self._allowed = self._allowed or self.seen() is not None
        except (IppRefusedError, RefusedError):
            return False
        return self._allowed

    def seen(self) -> Seen | None:
        """Return what was watched; None where nobody watched."""
        ours = self._ours()
        if ours is None:
            return None
        number, made = ours
        events = self._told(number)
        starts = (one.number("printer-up-time") for one in events if one.text(_WHICH) in _STARTED)
        begun = (one.number("notify-job-id") for one in events if one.number("job-state") == _PROCESSING)
        since = max([made, *(moment + 1 for moment in starts if moment is not None)])
        return Seen(since, Counter(job for job in begun if job is not None))

    def _told(self, number: int) -> Sequence[ipp.Group]:
        """Return all events of a subscription; those behind the last one known are asked for, if it is still there."""
        known = self._events[-1:]
        events = self._asked(number, known[0].number(_SEQUENCE) if known else None)
        if known and events[:1] != known:
            known, self._events, events = [], [], self._asked(number, None)
        self._events += events[len(known) :]
        return self._events

    def _asked(self, number: int, first: int | None) -> list[ipp.Group]:
        asked = ipp.integer("notify-subscription-ids", number)
        if first is not None:
            asked += ipp.integer("notify-sequence-numbers", first)
        return self.door.ask_server(ipp.GET_NOTIFICATIONS, asked).of(ipp.EVENT)

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
            + ipp.keyword("notify-events", *_STARTED, _BEGUN)
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
