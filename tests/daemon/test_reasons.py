"""Reasons: what the daemon wrote itself is said in the reader's language, what came from outside as it came."""

import pytest

from daemon.engine.alerting import CANCELLED, MADE_ROOM
from daemon.model import Text
from daemon.occurrences.accounting import BEFORE, COVERED, MISSED, PAUSED, TOO_LATE
from daemon.occurrences.dispatching import BLOCKED, NO_PLACE, STILL_RUNNING
from daemon.reasons import state_word, worded
from daemon.records import State
from daemon.render.say import Voice, say
from daemon.runner import STOPPED, TIMED_OUT

OWN = [
    BEFORE, COVERED, MISSED, PAUSED, TOO_LATE, NO_PLACE, MADE_ROOM, STOPPED, TIMED_OUT, f"{STILL_RUNNING} 03:09",
    f"{BLOCKED} orders, stock had not ended", f"{BLOCKED} orders did not end well", f"{CANCELLED} anna",
]  # fmt: skip


@pytest.mark.parametrize("reason", OWN)
def test_a_reason_of_the_daemons_own_is_said_in_the_readers_language(reason: str) -> None:
    assert say(worded(reason), Voice("en", "", "UTC")) == reason
    assert say(worded(reason), Voice("sv", "", "UTC")) != reason


def test_names_and_times_in_a_reason_are_kept() -> None:
    assert worded("still running since 03:09") == Text("still running since {when}", {"when": "03:09"})
    assert say(worded("cancelled by anna"), Voice("de", "", "UTC")) == "abgebrochen von anna"


@pytest.mark.parametrize("reason", ["ValueError: {n} is odd", "the shop answered 503", "", "missed: nothing known"])
def test_a_reason_from_outside_stays_as_it_came(reason: str) -> None:
    assert say(worded(reason), Voice("sv", "", "UTC")) == reason


def test_every_state_has_a_word_in_every_language() -> None:
    words = {say(state_word(state), Voice("de", "", "UTC")) for state in State}
    assert len(words) == len(State)
    assert say(state_word(State.TIMED_OUT), Voice("en", "", "UTC")) == "timed out"
