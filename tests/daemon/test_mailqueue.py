"""When a mail that did not leave is tried again, and how a round through the queue goes."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clock import VirtualClock
from daemon.errors import LedgerError
from daemon.model import StoredMail
from daemon.outbox.delivery import Outbox
from daemon.outbox.queue import DueMail, next_try, planned
from daemon.outbox.transports import Blame, Kind, Outcome

NOW = datetime(2026, 7, 21, 5, 0, tzinfo=UTC)
SENT = Outcome(Kind.SENT, "taken")
DOWN = Outcome(Kind.RETRY, "refused the connection", Blame.SERVER)
GREY = Outcome(Kind.RETRY, "greylisted")
BOUNCED = Outcome(Kind.REFUSED, "no such user")


def mail(number: int) -> StoredMail:
    return StoredMail(f"<{number}@x>", "a@b.example", f"p{number}@x.example", "s", b"bytes", date(2026, 7, 21))


@dataclass
class Queue:
    """The queue in memory, which can be told to fail as a ledger on a full disk does."""

    waiting: list[DueMail]
    finished: dict[int, Outcome] = field(default_factory=dict)
    begun: list[int] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def _check(self, verb: str) -> None:
        if verb in self.broken:
            raise LedgerError("the disk is full")

    async def due(self, now: datetime) -> list[DueMail]:
        self._check("due")
        return [one for one in self.waiting if one.id not in self.begun]

    async def begin(self, mail_id: int) -> None:
        self._check("begin")
        self.begun.append(mail_id)

    async def finish(self, mail_id: int, outcome: Outcome, now: datetime) -> None:
        self._check("finish")
        self.finished[mail_id] = outcome


@dataclass
class Wire:
    """A way out that answers as it is told and counts how many mails are on it at once."""

    outcomes: list[Outcome]
    sent: list[StoredMail] = field(default_factory=list)
    at_once: int = 0
    most: int = 0

    async def send(self, stored: StoredMail) -> Outcome:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.sent.append(stored)
        return self.outcomes.pop(0)

    async def check(self) -> None:
        return None


def outbox(queue: Queue, *outcomes: Outcome) -> Outbox:
    return over(queue, Wire(list(outcomes)))


def over(queue: Queue, wire: Wire) -> Outbox:
    return Outbox(queue, wire, VirtualClock(NOW))


def test_the_waits_grow_to_an_hour_and_stay_there() -> None:
    waits = [(next_try(tries, NOW) - NOW) // timedelta(minutes=1) for tries in range(1, 9)]
    assert waits == [1, 2, 5, 15, 30, 60, 60, 60]


@given(st.integers(min_value=0, max_value=10_000))
def test_a_next_try_is_always_ahead_and_within_the_hour(tries: int) -> None:
    assert NOW < next_try(tries, NOW) <= NOW + timedelta(hours=1)


def test_wrong_settings_are_tried_rarely_so_that_no_account_is_locked() -> None:
    fault = Outcome(Kind.RETRY, "535", Blame.SETTINGS)
    assert planned(fault, DueMail(1, mail(1), 0), NOW).again == NOW + timedelta(minutes=30)
    assert planned(fault, DueMail(1, mail(1), 9), NOW).again == NOW + timedelta(hours=1)


def test_an_uncertain_mail_is_tried_once_more_and_then_left() -> None:
    doubt = Outcome(Kind.UNCERTAIN, "silence")
    assert planned(doubt, DueMail(1, mail(1), 3), NOW).again == NOW + timedelta(minutes=10)
    assert planned(doubt, DueMail(1, mail(1), 4, doubted=True), NOW).again is None


@pytest.mark.parametrize("outcome", [SENT, BOUNCED])
def test_what_is_over_is_not_tried_again(outcome: Outcome) -> None:
    assert planned(outcome, DueMail(1, mail(1), 0), NOW).again is None


def test_everything_due_leaves_one_at_a_time() -> None:
    queue = Queue([DueMail(n, mail(n), 0) for n in (1, 2, 3)])
    wire = Wire([SENT, SENT, SENT])
    assert asyncio.run(over(queue, wire).deliver_due()) == 3
    assert set(queue.finished) == {1, 2, 3}
    assert wire.most == 1


def test_two_rounds_at_once_send_nothing_twice() -> None:
    queue = Queue([DueMail(1, mail(1), 0)])
    wire = Wire([SENT])
    box = over(queue, wire)

    async def both() -> tuple[int, int]:
        return await asyncio.gather(box.deliver_due(), box.deliver_due())

    assert sorted(asyncio.run(both())) == [0, 1]
    assert len(wire.sent) == 1


def test_one_bad_address_does_not_keep_the_others_from_leaving(caplog: pytest.LogCaptureFixture) -> None:
    queue = Queue([DueMail(n, mail(n), 0) for n in (1, 2, 3)])
    assert asyncio.run(outbox(queue, BOUNCED, GREY, SENT).deliver_due()) == 1
    assert [queue.finished[n].kind for n in (1, 2, 3)] == [Kind.REFUSED, Kind.RETRY, Kind.SENT]
    assert "mail 1 to p1@x.example is refused: no such user" in caplog.text


def test_a_server_that_is_down_is_asked_once_a_round() -> None:
    queue = Queue([DueMail(n, mail(n), 0) for n in (1, 2, 3)])
    box = outbox(queue, DOWN)
    assert asyncio.run(box.deliver_due()) == 0
    assert queue.finished[1].again == NOW + timedelta(minutes=1)
    assert queue.begun == [1]


def test_an_outage_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    queue = Queue([DueMail(n, mail(n), 0) for n in (1, 2, 3)])
    box = outbox(queue, DOWN, DOWN, SENT)
    asyncio.run(box.deliver_due())
    assert box.troubles == ["mail waits: refused the connection"]
    asyncio.run(box.deliver_due())
    asyncio.run(box.deliver_due())
    assert box.troubles == []
    assert caplog.text.count("mail waits") == 1
    assert caplog.text.count("mail leaves again") == 1


@pytest.mark.parametrize("verb", ["due", "begin"])
def test_nothing_leaves_that_can_not_be_recorded(verb: str, caplog: pytest.LogCaptureFixture) -> None:
    queue = Queue([DueMail(1, mail(1), 0)], broken={verb})
    wire = Wire([SENT])
    box = over(queue, wire)
    assert asyncio.run(box.deliver_due()) == 0
    assert asyncio.run(box.deliver_due()) == 0
    assert wire.sent == []
    assert caplog.text.count("the disk is full") == 1
    queue.broken.clear()
    assert asyncio.run(box.deliver_due()) == 1


def test_a_mail_that_left_while_the_ledger_failed_is_recorded_later_and_not_sent_again() -> None:
    queue = Queue([DueMail(1, mail(1), 0)], broken={"finish"})
    wire = Wire([SENT])
    box = over(queue, wire)
    asyncio.run(box.deliver_due())
    assert queue.finished == {}
    queue.broken.clear()
    asyncio.run(box.deliver_due())
    assert queue.finished[1].kind is Kind.SENT
    assert len(wire.sent) == 1
