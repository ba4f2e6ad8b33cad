"""Mail is stored as bytes, leaves unchanged, and is never sent twice where nobody knows whether it left."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.ledger import Ledger, open_ledger
from daemon.model import StoredMail
from daemon.records import MailState

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
TODAY = date(2026, 11, 20)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(tmp_path, "mine", ZoneInfo("Europe/Berlin"), NOW, "1.0")
    yield made
    made.close()


def mail(number: int = 1, to: str = "ada@shop.test", day: date = TODAY) -> StoredMail:
    return StoredMail(f"<{number}@shop>", "clerk@shop.test", to, f"Night {number}", b"\x00\xff\r\nbytes", day)


def states(ledger: Ledger) -> list[MailState]:
    return [one.state for one in ledger.post.status()][::-1]


def test_the_bytes_come_back_as_they_were_stored(ledger: Ledger) -> None:
    assert ledger.post.add("briefing", [mail()], NOW) == 1
    assert ledger.post.due(NOW) == [(1, mail(), 0, False)]
    assert ledger.post.due(NOW - MINUTE) == []
    assert ledger.post.stored("briefing", TODAY) == [mail()]


def test_the_same_message_is_stored_once(ledger: Ledger) -> None:
    assert ledger.post.add("briefing", [mail(), mail(2), mail()], NOW) == 2
    assert ledger.post.add("briefing", [mail(2)], NOW) == 0
    assert len(ledger.post.due(NOW)) == 2


def test_a_mail_on_its_way_is_not_due_again(ledger: Ledger) -> None:
    ledger.post.add("briefing", [mail()], NOW)
    ledger.post.sending(1)
    assert ledger.post.due(NOW) == []
    assert [(one.state, one.tries) for one in ledger.post.status()] == [(MailState.SENDING, 1)]


def test_a_sent_mail_is_done(ledger: Ledger) -> None:
    ledger.post.add("briefing", [mail()], NOW)
    ledger.post.sending(1)
    ledger.post.settle(1, MailState.SENT, "", NOW + MINUTE, None)
    (status,) = ledger.post.status()
    assert (status.state, status.sent, status.tries) == (MailState.SENT, NOW + MINUTE, 1)
    assert ledger.post.due(NOW + timedelta(days=9)) == []
    assert (ledger.post.waiting(), ledger.post.next_try()) == (0, None)
    assert ledger.post.retry(1, NOW) == 0


def test_a_delayed_mail_waits_for_its_next_try(ledger: Ledger) -> None:
    ledger.post.add("briefing", [mail()], NOW)
    ledger.post.sending(1)
    ledger.post.settle(1, MailState.QUEUED, "451 later", NOW, NOW + 5 * MINUTE)
    assert ledger.post.next_try() == NOW + 5 * MINUTE
    assert ledger.post.due(NOW + 4 * MINUTE) == []
    assert ledger.post.due(NOW + 5 * MINUTE) == [(1, mail(), 1, False)]
    assert ledger.post.status()[0].error == "451 later"
    assert ledger.post.waiting() == 1


def test_a_refused_mail_is_tried_again_only_when_asked_for_by_number(ledger: Ledger) -> None:
    ledger.post.add("briefing", [mail(), mail(2)], NOW)
    ledger.post.settle(1, MailState.REFUSED, "550 unknown", NOW, None)
    ledger.post.settle(2, MailState.QUEUED, "451", NOW, NOW + 60 * MINUTE)
    assert ledger.post.retry(None, NOW) == 1
    assert [one[0] for one in ledger.post.due(NOW)] == [2]
    assert ledger.post.retry(1, NOW) == 1
    assert [one[0] for one in ledger.post.due(NOW)] == [1, 2]
    assert ledger.post.retry(99, NOW) == 0


def test_mail_that_was_leaving_when_the_daemon_died_is_tried_once_more_and_then_left(ledger: Ledger) -> None:
    ledger.post.add("briefing", [mail(), mail(2)], NOW)
    ledger.post.sending(1)
    assert ledger.post.interrupted(NOW + 15 * MINUTE) == 1
    assert states(ledger) == [MailState.UNCERTAIN, MailState.QUEUED]
    assert [one[0] for one in ledger.post.due(NOW)] == [2]
    assert ledger.post.due(NOW + 15 * MINUTE)[0] == (1, mail(), 1, True)
    ledger.post.sending(1)
    assert ledger.post.interrupted(NOW + 30 * MINUTE) == 1
    assert states(ledger)[0] is MailState.UNCERTAIN
    assert [one[0] for one in ledger.post.due(NOW + timedelta(days=9))] == [2]
    assert ledger.post.interrupted(NOW) == 0


def test_doubt_stays_with_a_mail_through_later_tries(ledger: Ledger) -> None:
    ledger.post.add("briefing", [mail()], NOW)
    ledger.post.settle(1, MailState.UNCERTAIN, "no answer after the data", NOW, NOW + MINUTE)
    ledger.post.settle(1, MailState.QUEUED, "451", NOW, NOW + MINUTE)
    assert ledger.post.due(NOW + MINUTE) == [(1, mail(), 0, True)]


def test_editions_count_per_person_and_day(ledger: Ledger) -> None:
    assert ledger.post.editions("briefing", TODAY) == 0
    ledger.post.add("briefing", [mail(1), mail(2, "bob@shop.test"), mail(3)], NOW)
    ledger.post.add("briefing", [mail(4, day=TODAY + timedelta(days=1))], NOW)
    ledger.post.add("orders", [mail(5), mail(6), mail(7)], NOW)
    assert ledger.post.editions("briefing", TODAY) == 2


def test_the_status_lists_the_newest_first_and_no_more_than_asked(ledger: Ledger) -> None:
    ledger.post.add("briefing", [mail(1)], NOW - timedelta(days=1))
    ledger.post.add("briefing", [mail(2), mail(3)], NOW)
    assert [one.id for one in ledger.post.status()] == [3, 2, 1]
    assert [one.id for one in ledger.post.status(NOW)] == [3, 2]
    assert [one.id for one in ledger.post.status(limit=1)] == [3]
    assert [one.id for one in ledger.post.status(limit=None)] == [3, 2, 1]
