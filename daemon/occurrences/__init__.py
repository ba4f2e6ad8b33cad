"""What is due, what was missed, what may start: pure functions over configuration, ledger rows and the time.

The clock and the ledger belong to others; given the same values these functions give the same answers, so a
whole year can be tested in a second.
"""

from daemon.occurrences.accounting import MOST_ACCOUNTED, MOST_REPEATED, ON_TIME, PAUSED, Accounting, account
from daemon.occurrences.dispatching import Kill, Situation, Skip, Start, Step, dispatch, in_turn, refill
from daemon.occurrences.retrying import retry_at

__all__ = [
    "MOST_ACCOUNTED",
    "MOST_REPEATED",
    "ON_TIME",
    "PAUSED",
    "Accounting",
    "Kill",
    "Situation",
    "Skip",
    "Start",
    "Step",
    "account",
    "dispatch",
    "in_turn",
    "refill",
    "retry_at",
]
