"""What a ledger that was put back keeps from happening, until a person has looked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.ledger import Ledger
from daemon.records import EffectState, MailState
from tests.daemon.put_back import (
    HOUR,
    NOW,
    claim,
    guarded,
    mail,
    opened,
    put_back,
)


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger that was copied at NOW with four mails under way, put back, and opened nine hours later."""
    with opened(tmp_path / "state") as ledger:
        claim(ledger, "post/1")
        ledger.post.add("briefing", [mail(number) for number in (1, 2, 3, 4)], NOW)
        for number in (2, 3, 4):
            ledger.post.sending(number)
        ledger.post.settle(3, MailState.UNCERTAIN, "silence", NOW, NOW + HOUR)
        ledger.post.settle(4, MailState.SENT, "", NOW, None)
        ledger.backup(tmp_path / "copy.db")
    put_back(tmp_path / "copy.db", tmp_path / "state")
    with opened(tmp_path / "state", NOW + 9 * HOUR) as ledger:
        yield ledger


def test_the_guard_says_since_when_nothing_is_known(restored: Ledger) -> None:
    assert restored.restoring.standing is not None
    assert restored.restoring.standing.newest == NOW
    assert restored.restoring.standing.noticed == NOW + 9 * HOUR


def test_an_unknown_key_counts_as_claimed_earlier_until_the_guard_is_lifted(restored: Ledger) -> None:
    later = NOW + 10 * HOUR
    assert claim(restored, "post/2", later) is EffectState.CLAIMED
    assert restored.restoring.lift(later)
    assert not restored.restoring.lift(later)
    assert claim(restored, "post/3", later + HOUR) is None


def test_what_fell_due_or_was_decided_before_the_end_of_the_guard_is_asked_for_after_it_too(restored: Ledger) -> None:
    restored.restoring.lift(NOW + 10 * HOUR)
    later = NOW + 11 * HOUR
    assert claim(restored, "post/2", NOW + HOUR) is EffectState.CLAIMED
    assert claim(restored, "post/3", later, "draft-1-20261120T040000") is EffectState.CLAIMED
    assert claim(restored, "post/4", later, "draft-2-20261120T150000") is None


def test_mail_that_was_waiting_is_held_and_new_mail_is_not(restored: Ledger) -> None:
    later = NOW + 10 * HOUR
    assert [one.id for one in restored.post.held()] == [1, 2, 3]
    assert restored.post.interrupted(later) == 0
    restored.post.add("briefing", [mail(5)], later)
    restored.post.retry(None, later)
    assert [row[0] for row in restored.post.due(later + 99 * HOUR)] == [5]
    assert restored.post.waiting() == 4


def test_held_mail_leaves_one_by_one_or_all_at_the_word_of_a_person(restored: Ledger) -> None:
    later = NOW + 10 * HOUR
    assert restored.post.retry(1, later) == 1
    assert [row[0] for row in restored.post.due(later)] == [1]
    assert restored.post.let_go(later) == 2
    assert [(number, doubted) for number, _, _, doubted in restored.post.due(later)] == [
        (1, False), (2, True), (3, True)
    ]  # fmt: skip
    assert restored.post.held() == []


def test_held_mail_is_never_forgotten(restored: Ledger) -> None:
    restored.purge(NOW + 999 * HOUR)
    assert len(restored.post.held()) == 3


def test_the_guard_and_its_end_outlive_the_daemon(restored: Ledger, tmp_path: Path) -> None:
    assert guarded(tmp_path / "state")
    restored.restoring.lift(NOW + 10 * HOUR)
    assert not guarded(tmp_path / "state")
    with opened(tmp_path / "state") as again:
        assert claim(again, "post/2", NOW + HOUR) is EffectState.CLAIMED


def test_put_back_a_second_time_the_unknown_time_begins_where_it_began_first(restored: Ledger, tmp_path: Path) -> None:
    claim(restored, "post/2", NOW + 10 * HOUR)
    restored.backup(tmp_path / "again.db")
    put_back(tmp_path / "again.db", tmp_path / "elsewhere")
    with opened(tmp_path / "elsewhere", NOW + 20 * HOUR) as again:
        assert again.restoring.standing is not None
        assert again.restoring.standing.newest == NOW
